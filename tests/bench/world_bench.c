/*
 * How fast the simulated machine runs librdkafka with its mock cluster.
 *
 *   world_bench [outage|short] [-s SEED] [-b coroutines|threads] [-p PREEMPTION] [-c POINT_COST_NS]
 *               [-m MESSAGES] [-n WORLDS] [-v]
 *
 * `outage`: 120 virtual seconds, one producer, one consumer, the group's coordinator down from 20 s to 50 s.
 * `short`: the same without the outage, until the consumer has everything: some 8 virtual seconds.
 * -n runs so many worlds, each in a child process and with a seed of its own, and says how many a second.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world/world.h"

enum { BROKERS = 3, PARTITIONS = 3, COORDINATOR = 2 };

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

struct bench {
    bool is_short;
    bool is_verbose;
    int messages;
    int worlds;
    struct sim_options world;
};

static struct bench bench;
static char bootstrap[256];
static int delivered;
static int consumed;
static bool stopping;
static bool consumer_done;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;

static void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void trace(const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    sim_trace_event(line, len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *owner)
{
    (void)client;
    (void)owner;
    delivered += message->err == 0;
    trace("delivered %d@%ld: %s", (int)message->partition, (long)message->offset, rd_kafka_err2name(message->err));
}

static int on_statistics(rd_kafka_t *client, char *json, size_t len, void *owner)
{
    (void)client;
    (void)owner;
    (void)json;
    trace("statistics of %zu bytes", len);
    return 0;
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
    (void)client;
    trace("log %d %s %s", level, facility, text);
}

static void set(rd_kafka_conf_t *settings, const char *name, const char *value)
{
    char why[256];
    if (rd_kafka_conf_set(settings, name, value, why, sizeof(why)) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "world_bench: %s\n", why);
        exit(1);
    }
}

static rd_kafka_conf_t *make_settings(void)
{
    rd_kafka_conf_t *settings = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(settings, on_log);
    rd_kafka_conf_set_stats_cb(settings, on_statistics);
    set(settings, "bootstrap.servers", bootstrap);
    if (!bench.is_short) {
        set(settings, "statistics.interval.ms", "1000");
    }
    return settings;
}

static rd_kafka_t *make_client(rd_kafka_type_t type, rd_kafka_conf_t *settings)
{
    char why[256];
    rd_kafka_t *client = rd_kafka_new(type, settings, why, sizeof(why));
    if (!client) {
        fprintf(stderr, "world_bench: %s\n", why);
        exit(1);
    }
    return client;
}

static rd_kafka_t *make_consumer(void)
{
    rd_kafka_conf_t *settings = make_settings();
    set(settings, "group.id", "g");
    set(settings, "auto.offset.reset", "earliest");
    set(settings, "session.timeout.ms", "6000");
    set(settings, "heartbeat.interval.ms", "1000");
    set(settings, "max.poll.interval.ms", "60000");
    rd_kafka_t *consumer = make_client(RD_KAFKA_CONSUMER, settings);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, "t", RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return consumer;
}

static void *consume(void *unused)
{
    rd_kafka_t *consumer = make_consumer();
    while (!stopping && !(bench.is_short && consumed >= bench.messages)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        if (message && message->err == 0) {
            consumed++;
            trace("consumed %d@%ld", (int)message->partition, (long)message->offset);
        }
        if (message) {
            rd_kafka_message_destroy(message);
        }
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    pthread_mutex_lock(&lock);
    consumer_done = true;
    pthread_cond_signal(&done);
    pthread_mutex_unlock(&lock);
    return unused;
}

/* The coordinator goes down and comes back when the time for it has come. */
static void apply_outage(rd_kafka_mock_cluster_t *cluster, int64_t elapsed_ns)
{
    static int step;
    if (!bench.is_short && step == 0 && elapsed_ns > 20 * NS_PER_S) {
        rd_kafka_mock_broker_set_down(cluster, COORDINATOR);
        step = 1;
    } else if (step == 1 && elapsed_ns > 50 * NS_PER_S) {
        rd_kafka_mock_broker_set_up(cluster, COORDINATOR);
        step = 2;
    }
}

static void produce(rd_kafka_t *producer, rd_kafka_mock_cluster_t *cluster)
{
    int64_t started_ns = sim_now();
    for (int i = 0; i < bench.messages; i++) {
        char value[32];
        int len = snprintf(value, sizeof(value), "m%d", i);
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(i % PARTITIONS),
                          RD_KAFKA_V_VALUE(value, (size_t)len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_END);
        rd_kafka_poll(producer, 0);
        sim_sleep_until(sim_now() + (bench.is_short ? 80 : 50) * NS_PER_MS);
        apply_outage(cluster, sim_now() - started_ns);
    }
    while (!bench.is_short && sim_now() - started_ns < 120 * NS_PER_S) {
        rd_kafka_poll(producer, 100);
        apply_outage(cluster, sim_now() - started_ns);
    }
    rd_kafka_flush(producer, 60000);
}

/* The mock prints addresses into member ids and the cluster's id. */
static int print_number(char *buffer, size_t size, va_list arguments, void *owner)
{
    static unsigned last;
    (void)arguments;
    return snprintf(buffer, size, "%s%06u", (const char *)owner, ++last);
}

static void run_clients(rd_kafka_mock_cluster_t *cluster)
{
    pthread_t thread;
    rd_kafka_conf_t *settings = make_settings();
    rd_kafka_conf_set_dr_msg_cb(settings, on_delivery);
    rd_kafka_t *producer = make_client(RD_KAFKA_PRODUCER, settings);
    pthread_create(&thread, NULL, consume, NULL);
    produce(producer, cluster);
    stopping = !bench.is_short;
    pthread_mutex_lock(&lock);
    while (!consumer_done) {
        pthread_cond_wait(&done, &lock);
    }
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    rd_kafka_destroy(producer);
}

static void run_world(struct sim_summary *summary)
{
    sim_format_hook("librdkafka", "%p", print_number, "member-");
    sim_format_hook("librdkafka", "mockCluster%lx", print_number, "mockCluster");
    sim_world_start(&bench.world);
    rd_kafka_conf_t *settings = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(settings, on_log);
    rd_kafka_t *owner = make_client(RD_KAFKA_PRODUCER, settings);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(owner, BROKERS);
    rd_kafka_mock_topic_create(cluster, "t", PARTITIONS, BROKERS);
    rd_kafka_mock_coordinator_set(cluster, "group", "g", COORDINATOR);
    snprintf(bootstrap, sizeof(bootstrap), "%s", rd_kafka_mock_cluster_bootstraps(cluster));
    run_clients(cluster);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
    sim_world_finish(summary);
}

static double real_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_summary(const struct sim_summary *summary, double seconds)
{
    printf("seed %llu hash %016llx events %016llx bytes %016llx switches %016llx\n",
           (unsigned long long)bench.world.seed, (unsigned long long)summary->hash,
           (unsigned long long)summary->event_hash, (unsigned long long)summary->byte_hash,
           (unsigned long long)summary->switch_hash);
    printf("virtual %.6f s, real %.4f s, ratio %.0f; %llu switches, %llu points, %llu threads, %zu live, "
           "%zu descriptors; %d delivered, %d consumed\n",
           (double)summary->now_ns / 1e9, seconds, (double)summary->now_ns / 1e9 / seconds,
           (unsigned long long)summary->switches, (unsigned long long)summary->points,
           (unsigned long long)summary->threads_created, summary->threads_live, summary->descriptors_open, delivered,
           consumed);
}

static int run_one(void)
{
    struct sim_summary summary;
    double started = real_seconds();
    run_world(&summary);
    print_summary(&summary, real_seconds() - started);
    return 0;
}

/* 0 when the child's world ended well. */
static int run_child(void)
{
    struct sim_summary summary;
    pid_t child = fork();
    if (child == 0) {
        run_world(&summary);
        if (bench.is_verbose) {
            printf("seed %llu hash %016llx\n", (unsigned long long)bench.world.seed, (unsigned long long)summary.hash);
            fflush(stdout);
        }
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

/* What a library does once for a process is done before the processes fork. */
static void warm_up(void)
{
    rd_kafka_conf_t *settings = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(settings, NULL);
    rd_kafka_destroy(make_client(RD_KAFKA_PRODUCER, settings));
}

static int run_many(void)
{
    warm_up();
    double started = real_seconds();
    for (int i = 0; i < bench.worlds; i++) {
        if (run_child() != 0) {
            fprintf(stderr, "world_bench: seed %llu failed\n", (unsigned long long)bench.world.seed);
            return 1;
        }
        bench.world.seed++;
    }
    double seconds = real_seconds() - started;
    printf("%d worlds in %.3f s: %.1f a second\n", bench.worlds, seconds, bench.worlds / seconds);
    return 0;
}

int main(int argc, char **argv)
{
    int option;
    sim_options_init(&bench.world);
    bench.messages = 1000;
    if (argc > 1 && argv[1][0] != '-') {
        bench.is_short = strcmp(argv[1], "short") == 0;
        bench.messages = bench.is_short ? 100 : 1000;
        argc--;
        argv++;
    }
    while ((option = getopt(argc, argv, "s:b:p:c:m:n:v")) >= 0) {
        switch (option) {
        case 's':
            bench.world.seed = strtoull(optarg, NULL, 10);
            break;
        case 'b':
            bench.world.backend = strcmp(optarg, "threads") == 0 ? SIM_THREADS : SIM_COROUTINES;
            break;
        case 'p':
            bench.world.preemption = (unsigned)atoi(optarg);
            break;
        case 'c':
            bench.world.point_cost_ns = atoll(optarg);
            break;
        case 'm':
            bench.messages = atoi(optarg);
            break;
        case 'n':
            bench.worlds = atoi(optarg);
            break;
        case 'v':
            bench.is_verbose = true;
            break;
        default:
            fprintf(stderr, "usage: world_bench [outage|short] [-s seed] [-b backend] [-p preemption] "
                            "[-c point-cost-ns] [-m messages] [-n worlds] [-v]\n");
            return 64;
        }
    }
    return bench.worlds > 0 ? run_many() : run_one();
}
