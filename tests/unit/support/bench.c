#include "support/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define HOUR_MS INT64_C(3600000)

static struct bench_handler *handler_of(struct carafe_consumer *consumer)
{
    return &((struct bench *)carafe_consumer_argument(consumer))->handler;
}

static void note_batch_locked(struct bench_handler *handler, const struct carafe_message *messages, size_t count)
{
    handler->batches++;
    for (size_t i = 0; i < count; i++) {
        ASSERT(handler->consumed < BENCH_CONSUMED_MAX);
        handler->offsets[handler->consumed++] = messages[i].offset;
    }
    pthread_cond_broadcast(&handler->changed);
}

static int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    struct bench_handler *handler = handler_of(consumer);
    pthread_mutex_lock(&handler->lock);
    note_batch_locked(handler, messages, count);
    while (handler->held) {
        pthread_cond_wait(&handler->changed, &handler->lock);
    }
    bool fails = handler->failures_left != 0;
    handler->failures_left -= handler->failures_left > 0 ? 1 : 0;
    bool sleeps = handler->sleeps;
    int (*act)(struct carafe_consumer *, const struct carafe_message *, size_t) = handler->act;
    pthread_mutex_unlock(&handler->lock);
    if (sleeps) {
        return carafe_consumer_sleep(consumer, HOUR_MS);
    }
    if (act != NULL) {
        int code = act(consumer, messages, count);
        if (code != 0) {
            return code;
        }
    }
    return fails ? carafe_consumer_fail(consumer, "BenchError", "told to fail at %lld", (long long)messages[0].offset)
                 : 0;
}

static void count_call(struct carafe_consumer *consumer, size_t offset)
{
    struct bench_handler *handler = handler_of(consumer);
    pthread_mutex_lock(&handler->lock);
    ++*(size_t *)(void *)((char *)handler + offset);
    pthread_cond_broadcast(&handler->changed);
    pthread_mutex_unlock(&handler->lock);
}

#define COUNTING(name, field)                                                                                          \
    static int name(struct carafe_consumer *consumer)                                                                  \
    {                                                                                                                  \
        count_call(consumer, offsetof(struct bench_handler, field));                                                   \
        return 0;                                                                                                      \
    }

COUNTING(on_create, created)
COUNTING(on_revoked, revoked)
COUNTING(on_shutdown, shut_down)

static void on_destroy(struct carafe_consumer *consumer)
{
    count_call(consumer, offsetof(struct bench_handler, destroyed));
}

struct bench *bench_create(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    ASSERT(bench != NULL);
    fake_clock_init(&bench->clock);
    fake_log_init(&bench->log);
    bench_process_init(&bench->process);
    bench_signals_init(&bench->signals, &bench->clock.port);
    bench_producer_init(&bench->producer);
    fake_factory_init(&bench->factory, &bench->clock);
    bench_metrics_init(&bench->metrics);
    pthread_mutex_init(&bench->handler.lock, NULL);
    pthread_cond_init(&bench->handler.changed, NULL);
    bench->recorder = recorder_create();
    bench->ports = (struct ports){
        .clock = &bench->clock.port,
        .signals = &bench->signals.port,
        .producer = &bench->producer.port,
        .consumers = &bench->factory.port,
        .process = &bench->process.port,
        .metrics = &bench->metrics,
        .log = &bench->log.port,
    };
    bench->topics[0] = (struct carafe_topic){
        .name = "orders",
        .group = "billing",
        .handler =
            {
                .create = on_create,
                .consume = consume,
                .revoked = on_revoked,
                .shutdown = on_shutdown,
                .destroy = on_destroy,
            },
        .argument = bench,
        .max_messages = 1,
    };
    carafe_config_init(&bench->config);
    bench->config.topics = bench->topics;
    bench->config.topic_count = 1;
    bench->config.concurrency = 2;
    return bench;
}

void bench_make(struct bench *bench)
{
    struct carafe_error error = {.code = CARAFE_OK};
    bench->parsed = config_create(&bench->config, &error);
    ASSERT(bench->parsed != NULL);
    bench->monitor = monitor_create(&bench->clock.port, &bench->log.port);
    ASSERT(monitor_subscribe(bench->monitor, recorder_note, bench->recorder, &error) == 0);
    struct server_options options = {.config = bench->parsed,
                                     .ports = &bench->ports,
                                     .monitor = bench->monitor,
                                     .mode = bench->mode,
                                     .warm_up = bench->warm_up,
                                     .owner = bench};
    bench->server = server_create(&options);
    ASSERT(bench->server != NULL);
}

static void *run(void *argument)
{
    struct bench *bench = argument;
    bench->run_code = server_run(bench->server, &bench->run_error);
    return NULL;
}

void bench_start(struct bench *bench)
{
    if (bench->server == NULL) {
        bench_make(bench);
    }
    ASSERT(pthread_create(&bench->runner, NULL, run, bench) == 0);
    bench->has_runner = true;
}

struct fake_member *bench_start_assigned(struct bench *bench)
{
    bench_start(bench);
    struct fake_member *member = fake_factory_member(&bench->factory, 0);
    fake_member_assign(member, "orders", 0);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED, 1);
    return member;
}

int bench_stop(struct bench *bench)
{
    struct carafe_error error = {.code = CARAFE_OK};
    return server_stop(bench->server, &error);
}

int bench_join(struct bench *bench)
{
    ASSERT(bench->has_runner);
    pthread_join(bench->runner, NULL);
    bench->has_runner = false;
    return bench->run_code;
}

void bench_keep(void *abandoned)
{
    struct kept {
        void *abandoned;
        struct kept *next;
    };
    static struct kept *first;
    struct kept *kept = calloc(1, sizeof *kept);
    ASSERT(kept != NULL);
    *kept = (struct kept){abandoned, first};
    first = kept;
}

void bench_destroy(struct bench *bench)
{
    bool abandoned = bench->server != NULL && server_is_abandoned(bench->server);
    if (bench->has_runner || abandoned || bench_process_has_exited(&bench->process)) {
        bench_keep(bench); /* somebody may still use all of it, by design */
        return;
    }
    server_destroy(bench->server);
    monitor_destroy(bench->monitor);
    config_destroy(bench->parsed);
    recorder_destroy(bench->recorder);
    fake_factory_close(&bench->factory);
    bench_producer_close(&bench->producer);
    bench_signals_close(&bench->signals);
    bench_process_close(&bench->process);
    fake_log_close(&bench->log);
    fake_clock_close(&bench->clock);
    pthread_cond_destroy(&bench->handler.changed);
    pthread_mutex_destroy(&bench->handler.lock);
    free(bench);
}

void bench_hold(struct bench *bench, bool held)
{
    pthread_mutex_lock(&bench->handler.lock);
    bench->handler.held = held;
    pthread_cond_broadcast(&bench->handler.changed);
    pthread_mutex_unlock(&bench->handler.lock);
}

void bench_await_batches(struct bench *bench, size_t count)
{
    pthread_mutex_lock(&bench->handler.lock);
    while (bench->handler.batches < count) {
        pthread_cond_wait(&bench->handler.changed, &bench->handler.lock);
    }
    pthread_mutex_unlock(&bench->handler.lock);
}

size_t bench_batches(struct bench *bench)
{
    pthread_mutex_lock(&bench->handler.lock);
    size_t batches = bench->handler.batches;
    pthread_mutex_unlock(&bench->handler.lock);
    return batches;
}
