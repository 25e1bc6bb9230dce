#include "kafka/mock_cluster.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "kafka/names.h"
#include "kafka/owner.h"

#define APIS_MAX    64 /* numbers of requests that the mock knows are below */
#define NO_WILDCARD 1  /* for check_broker: nothing but a broker will do; broker 1 always exists */

struct topic {
    char *name;
    int partitions;
};

struct mock_cluster {
    rd_kafka_t *owner; /* the mock's; no client of anything */
    rd_kafka_mock_cluster_t *mock;
    int brokers;
    uint16_t ports[MOCK_CLUSTER_BROKERS_MAX]; /* of broker i + 1 */
    struct topic topics[MOCK_CLUSTER_TOPICS_MAX];
    size_t topic_count;
    bool own_errors[APIS_MAX]; /* some broker had an injection of its own for this api */
    mock_cluster_log log;
    void *log_owner;
};

static void forward_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    const struct mock_cluster *cluster = handle == NULL ? NULL : rd_kafka_opaque(handle);
    if (cluster != NULL && cluster->log != NULL) {
        cluster->log(level, facility, text, cluster->log_owner);
    }
}

static int failed(struct carafe_error *error, const char *where, rd_kafka_resp_err_t code)
{
    return error_set(error, CARAFE_FAILED, "mock cluster: %s: expected success, got %s", where,
                     rd_kafka_err2name(code));
}

static int done(struct carafe_error *error, const char *where, rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : failed(error, where, code);
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, struct carafe_error *error)
{
    char text[512];
    if (rd_kafka_conf_set(conf, name, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        return error_set(error, CARAFE_FAILED, "mock cluster: %s: expected a setting of librdkafka, got %s", name,
                         text);
    }
    return 0;
}

/*
 * The owner has no brokers to talk to, unless a load borrows it; what could still wake it up is switched off.  The
 * settings of a load are in load.h.
 */
static int configure_owner(rd_kafka_conf_t *conf, const struct mock_cluster_options *options,
                           struct carafe_error *error)
{
    static const char *const settings[][2] = {
        {"client.id", "mock"},
        {"statistics.interval.ms", "0"},
        {"topic.metadata.refresh.interval.ms", "-1"},
        {"linger.ms", "0"},
        {"message.send.max.retries", "0"},
        {"partitioner", "murmur2_random"},
        {"message.max.bytes", "2000000"},
    };
    int code = 0;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0] && code == 0; i++) {
        code = set(conf, settings[i][0], settings[i][1], error);
    }
    return code == 0 && options->debug ? set(conf, "debug", "mock", error) : code;
}

rd_kafka_t *mock_cluster_owner(struct mock_cluster *cluster)
{
    return cluster->owner;
}

/* The load learns of a broker that is gone by its deliveries; without this it would go to stderr. */
static void ignore_error(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
    (void)handle;
    (void)code;
    (void)reason;
    (void)opaque;
}

static int create_owner(struct mock_cluster *cluster, const struct mock_cluster_options *options,
                        struct carafe_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_opaque(conf, cluster);
    rd_kafka_conf_set_log_cb(conf, forward_log);
    rd_kafka_conf_set_error_cb(conf, ignore_error);
    int code = configure_owner(conf, options, error);
    if (code != 0) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    char text[512] = "";
    cluster->owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (cluster->owner == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set(error, CARAFE_FAILED, "mock cluster: owner: expected a handle, got %s", text);
    }
    return 0;
}

/* Bootstraps are `host:port,...` in the order of the brokers' ids. */
static void read_ports(struct mock_cluster *cluster)
{
    const char *at = rd_kafka_mock_cluster_bootstraps(cluster->mock);
    for (int i = 0; i < cluster->brokers; i++) {
        at = strchr(at, ':');
        ASSERT(at != NULL);
        at++;
        cluster->ports[i] = (uint16_t)strtoul(at, NULL, 10);
    }
}

int mock_cluster_create(const struct mock_cluster_options *options, struct mock_cluster **result,
                        struct carafe_error *error)
{
    if (options->brokers < 1 || options->brokers > MOCK_CLUSTER_BROKERS_MAX) {
        return error_set(error, CARAFE_INVALID, "cluster: brokers: expected 1 to %d, got %d", MOCK_CLUSTER_BROKERS_MAX,
                         options->brokers);
    }
    struct mock_cluster *cluster = calloc(1, sizeof *cluster);
    if (cluster == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "cluster: memory: expected some, got none");
    }
    cluster->brokers = options->brokers;
    cluster->log = options->log;
    cluster->log_owner = options->log_owner;
    int code = create_owner(cluster, options, error);
    if (code == 0) {
        cluster->mock = rd_kafka_mock_cluster_new(cluster->owner, options->brokers);
        if (cluster->mock == NULL) {
            code = error_set(error, CARAFE_FAILED, "cluster: mock: expected brokers, got none");
        }
    }
    if (code != 0) {
        mock_cluster_destroy(cluster);
        return code;
    }
    read_ports(cluster);
    *result = cluster;
    return 0;
}

void mock_cluster_destroy(struct mock_cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    if (cluster->mock != NULL) {
        rd_kafka_mock_cluster_destroy(cluster->mock);
    }
    if (cluster->owner != NULL) {
        rd_kafka_destroy(cluster->owner);
    }
    for (size_t i = 0; i < cluster->topic_count; i++) {
        free(cluster->topics[i].name);
    }
    free(cluster);
}

const char *mock_cluster_bootstraps(const struct mock_cluster *cluster)
{
    return rd_kafka_mock_cluster_bootstraps(cluster->mock);
}

int mock_cluster_brokers(const struct mock_cluster *cluster)
{
    return cluster->brokers;
}

uint16_t mock_cluster_port(const struct mock_cluster *cluster, int broker)
{
    return broker < 1 || broker > cluster->brokers ? 0 : cluster->ports[broker - 1];
}

int mock_cluster_broker_at(const struct mock_cluster *cluster, uint16_t port)
{
    for (int i = 0; i < cluster->brokers; i++) {
        if (cluster->ports[i] == port) {
            return i + 1;
        }
    }
    return 0;
}

/* ---- what is asked for must exist ---- */

static int check_broker(const struct mock_cluster *cluster, int broker, int wildcard, struct carafe_error *error)
{
    if (broker == wildcard || (broker >= 1 && broker <= cluster->brokers)) {
        return 0;
    }
    return error_set(error, CARAFE_INVALID, "broker: id: expected 1 to %d, got %d", cluster->brokers, broker);
}

int mock_cluster_partitions(const struct mock_cluster *cluster, const char *topic)
{
    for (size_t i = 0; i < cluster->topic_count; i++) {
        if (strcmp(cluster->topics[i].name, topic) == 0) {
            return cluster->topics[i].partitions;
        }
    }
    return 0;
}

static int check_partition(const struct mock_cluster *cluster, const char *topic, int32_t partition,
                           struct carafe_error *error)
{
    int partitions = mock_cluster_partitions(cluster, topic);
    if (partitions == 0) {
        return error_set(error, CARAFE_INVALID, "topic: name: expected a topic of this cluster, got %s", topic);
    }
    if (partition < 0 || partition >= partitions) {
        return error_set(error, CARAFE_INVALID, "topic %s: partition: expected 0 to %d, got %d", topic, partitions - 1,
                         (int)partition);
    }
    return 0;
}

/* ---- topics ---- */

static int check_new_topic(const struct mock_cluster *cluster, const char *topic, int partitions, int replication,
                           struct carafe_error *error)
{
    if (topic[0] == '\0') {
        return error_set(error, CARAFE_INVALID, "topic: name: expected one, got none");
    }
    if (partitions < 1 || partitions > MOCK_CLUSTER_PARTITIONS_MAX) {
        return error_set(error, CARAFE_INVALID, "topic %s: partitions: expected 1 to %d, got %d", topic,
                         MOCK_CLUSTER_PARTITIONS_MAX, partitions);
    }
    if (replication < 1 || replication > cluster->brokers) {
        return error_set(error, CARAFE_INVALID, "topic %s: replication: expected 1 to %d, got %d", topic,
                         cluster->brokers, replication);
    }
    if (mock_cluster_partitions(cluster, topic) != 0) {
        return error_set(error, CARAFE_INVALID, "topic %s: name: expected a new one, got one that exists", topic);
    }
    if (cluster->topic_count == MOCK_CLUSTER_TOPICS_MAX) {
        return error_set(error, CARAFE_FULL, "topic %s: cluster: expected up to %d topics, got more", topic,
                         MOCK_CLUSTER_TOPICS_MAX);
    }
    return 0;
}

int mock_cluster_topic(struct mock_cluster *cluster, const char *topic, int partitions, int replication,
                       struct carafe_error *error)
{
    int code = check_new_topic(cluster, topic, partitions, replication, error);
    if (code != 0) {
        return code;
    }
    char *name = strdup(topic);
    if (name == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "topic %s: memory: expected some, got none", topic);
    }
    rd_kafka_resp_err_t result = rd_kafka_mock_topic_create(cluster->mock, topic, partitions, replication);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) {
        free(name);
        return failed(error, "topic", result);
    }
    cluster->topics[cluster->topic_count++] = (struct topic){name, partitions};
    for (int32_t p = 0; code == 0 && p < partitions; p++) {
        code = mock_cluster_leader(cluster, topic, p, 1 + p % cluster->brokers, error);
    }
    return code;
}

int mock_cluster_topic_error(struct mock_cluster *cluster, const char *topic, const char *error_name,
                             struct carafe_error *error)
{
    int number = 0;
    int code = check_partition(cluster, topic, 0, error);
    if (code == 0 && error_name != NULL) {
        code = kafka_error_of_name(error_name, &number, error);
    }
    if (code == 0) {
        rd_kafka_mock_topic_set_error(cluster->mock, topic, (rd_kafka_resp_err_t)number);
    }
    return code;
}

int mock_cluster_leader(struct mock_cluster *cluster, const char *topic, int32_t partition, int broker,
                        struct carafe_error *error)
{
    int code = check_partition(cluster, topic, partition, error);
    if (code == 0) {
        code = check_broker(cluster, broker, MOCK_CLUSTER_NO_LEADER, error);
    }
    if (code != 0) {
        return code;
    }
    return done(error, "leader", rd_kafka_mock_partition_set_leader(cluster->mock, topic, partition, broker));
}

int mock_cluster_follower(struct mock_cluster *cluster, const char *topic, int32_t partition, int broker,
                          struct carafe_error *error)
{
    int code = check_partition(cluster, topic, partition, error);
    if (code == 0) {
        code = check_broker(cluster, broker, NO_WILDCARD, error);
    }
    if (code != 0) {
        return code;
    }
    return done(error, "follower", rd_kafka_mock_partition_set_follower(cluster->mock, topic, partition, broker));
}

int mock_cluster_follower_watermarks(struct mock_cluster *cluster, const char *topic, int32_t partition, int64_t low,
                                     int64_t high, struct carafe_error *error)
{
    int code = check_partition(cluster, topic, partition, error);
    if (code != 0) {
        return code;
    }
    if (low < -1 || high < -1 || (low >= 0 && high >= 0 && low > high)) {
        return error_set(error, CARAFE_INVALID, "watermarks: expected low up to high or -1, got %lld and %lld",
                         (long long)low, (long long)high);
    }
    return done(error, "watermarks",
                rd_kafka_mock_partition_set_follower_wmarks(cluster->mock, topic, partition, low, high));
}

/* ---- brokers ---- */

int mock_cluster_broker_down(struct mock_cluster *cluster, int broker, struct carafe_error *error)
{
    int code = check_broker(cluster, broker, MOCK_CLUSTER_ALL_BROKERS, error);
    return code != 0 ? code : done(error, "broker down", rd_kafka_mock_broker_set_down(cluster->mock, broker));
}

int mock_cluster_broker_up(struct mock_cluster *cluster, int broker, struct carafe_error *error)
{
    int code = check_broker(cluster, broker, MOCK_CLUSTER_ALL_BROKERS, error);
    return code != 0 ? code : done(error, "broker up", rd_kafka_mock_broker_set_up(cluster->mock, broker));
}

static int check_delay(int delay_ms, struct carafe_error *error)
{
    if (delay_ms < 0 || delay_ms > MOCK_CLUSTER_LATENCY_MAX_MS) {
        return error_set(error, CARAFE_INVALID, "latency: expected 0 to %d ms, got %d", MOCK_CLUSTER_LATENCY_MAX_MS,
                         delay_ms);
    }
    return 0;
}

int mock_cluster_latency(struct mock_cluster *cluster, int broker, int latency_ms, struct carafe_error *error)
{
    int code = check_broker(cluster, broker, MOCK_CLUSTER_ALL_BROKERS, error);
    if (code == 0) {
        code = check_delay(latency_ms, error);
    }
    return code != 0 ? code : done(error, "latency", rd_kafka_mock_broker_set_rtt(cluster->mock, broker, latency_ms));
}

int mock_cluster_rack(struct mock_cluster *cluster, int broker, const char *rack, struct carafe_error *error)
{
    int code = check_broker(cluster, broker, MOCK_CLUSTER_ALL_BROKERS, error);
    return code != 0 ? code : done(error, "rack", rd_kafka_mock_broker_set_rack(cluster->mock, broker, rack));
}

int mock_cluster_coordinator(struct mock_cluster *cluster, const char *group, int broker, struct carafe_error *error)
{
    int code = check_broker(cluster, broker, NO_WILDCARD, error);
    return code != 0 ? code
                     : done(error, "coordinator", rd_kafka_mock_coordinator_set(cluster->mock, "group", group, broker));
}

/* ---- errors ---- */

/* What an injection says, as librdkafka wants it. */
struct resolved {
    int16_t api;
    rd_kafka_resp_err_t code;
};

static int check_injection(const struct mock_cluster *cluster, const struct mock_cluster_injection *injection,
                           struct carafe_error *error)
{
    int code = check_broker(cluster, injection->broker, MOCK_CLUSTER_ALL_BROKERS, error);
    if (code == 0) {
        code = check_delay(injection->delay_ms, error);
    }
    if (code != 0) {
        return code;
    }
    if (injection->count < 1 || injection->count > MOCK_CLUSTER_ERRORS_MAX) {
        return error_set(error, CARAFE_INVALID, "injection: count: expected 1 to %d, got %d", MOCK_CLUSTER_ERRORS_MAX,
                         injection->count);
    }
    if (injection->delay_ms != 0 && injection->broker == MOCK_CLUSTER_ALL_BROKERS) {
        return error_set(error, CARAFE_INVALID, "injection: delay: expected one broker, got all");
    }
    return 0;
}

static int resolve(const struct mock_cluster *cluster, const struct mock_cluster_injection *injection,
                   struct resolved *resolved, struct carafe_error *error)
{
    int api = 0;
    int number = 0;
    int code = kafka_api_of_name(injection->api, &api, error);
    if (code == 0 && injection->error_name != NULL) {
        code = kafka_error_of_name(injection->error_name, &number, error);
    }
    if (code != 0) {
        return code;
    }
    ASSERT(api < APIS_MAX);
    if (injection->broker == MOCK_CLUSTER_ALL_BROKERS && cluster->own_errors[api]) {
        return error_set(error, CARAFE_REFUSED,
                         "injection: broker: expected one, since %s had injections at one broker before, got all",
                         injection->api);
    }
    *resolved = (struct resolved){(int16_t)api, (rd_kafka_resp_err_t)number};
    return 0;
}

static int inject_all(struct mock_cluster *cluster, const struct resolved *resolved, int count,
                      struct carafe_error *error)
{
    rd_kafka_resp_err_t *errors = malloc((size_t)count * sizeof *errors);
    if (errors == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "injection: memory: expected some, got none");
    }
    for (int i = 0; i < count; i++) {
        errors[i] = resolved->code;
    }
    rd_kafka_mock_push_request_errors_array(cluster->mock, resolved->api, (size_t)count, errors);
    free(errors);
    return 0;
}

int mock_cluster_inject(struct mock_cluster *cluster, const struct mock_cluster_injection *injection,
                        struct carafe_error *error)
{
    struct resolved resolved = {0};
    int code = check_injection(cluster, injection, error);
    if (code == 0) {
        code = resolve(cluster, injection, &resolved, error);
    }
    if (code != 0) {
        return code;
    }
    if (injection->broker == MOCK_CLUSTER_ALL_BROKERS) {
        return inject_all(cluster, &resolved, injection->count, error);
    }
    cluster->own_errors[resolved.api] = true;
    for (int i = 0; code == 0 && i < injection->count; i++) {
        code = done(error, "injection",
                    rd_kafka_mock_broker_push_request_error_rtts(cluster->mock, injection->broker, resolved.api, 1,
                                                                 resolved.code, injection->delay_ms));
    }
    return code;
}

int mock_cluster_clear(struct mock_cluster *cluster, const char *api, struct carafe_error *error)
{
    int number = 0;
    int code = kafka_api_of_name(api, &number, error);
    if (code == 0) {
        rd_kafka_mock_clear_request_errors(cluster->mock, (int16_t)number);
    }
    return code;
}

int mock_cluster_waiting(struct mock_cluster *cluster, const char *api, int broker, size_t *count,
                         struct carafe_error *error)
{
    int number = 0;
    int code = kafka_api_of_name(api, &number, error);
    if (code == 0) {
        code = check_broker(cluster, broker, NO_WILDCARD, error);
    }
    if (code != 0) {
        return code;
    }
    return done(error, "waiting", rd_kafka_mock_broker_error_stack_cnt(cluster->mock, broker, (int16_t)number, count));
}
