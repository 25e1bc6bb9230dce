/*
 * A day of a reporter on a clock that is moved by hand: 24 hours, a report every 5 s, statistics, jobs and errors all
 * the time.  The linker sends the allocations of our objects here (--wrap): what is held after the day is what was held
 * after its first minutes.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "support/fake_clock.h"
#include "support/fake_host.h"
#include "support/fake_log.h"
#include "tracking/tracking.h"

#define INTERVAL_S 5
#define DAY_S      86400
#define WARM_UP_S  600
#define ROUND_MAX  4096

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *memory);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t held;
static int64_t blocks;

static void *count(void *memory, int64_t sign)
{
    if (memory != NULL) {
        (void)pthread_mutex_lock(&lock);
        held += sign * (int64_t)malloc_usable_size(memory);
        blocks += sign;
        (void)pthread_mutex_unlock(&lock);
    }
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return count(__real_malloc(size), 1);
}

void *__wrap_calloc(size_t items, size_t size)
{
    return count(__real_calloc(items, size), 1);
}

void *__wrap_realloc(void *memory, size_t size)
{
    (void)count(memory, -1);
    void *moved = __real_realloc(memory, size);
    (void)count(moved == NULL ? memory : moved, 1);
    return moved;
}

char *__wrap_strdup(const char *text)
{
    return count(__real_strdup(text), 1);
}

void __wrap_free(void *memory)
{
    (void)count(memory, -1);
    __real_free(memory);
}

/* ---- A producer that keeps nothing; every third error document is not delivered at first ------------------------- */

static size_t reports;
static size_t errors;

static int produce(struct producer *producer, const struct carafe_record *record, delivery_callback callback,
                   void *owner, struct carafe_error *error)
{
    (void)producer;
    (void)error;
    bool is_report = record->partition == 0;
    reports += is_report;
    errors += !is_report;
    bool fails = !is_report && errors % 3 == 0;
    callback(&(struct delivery){.code = fails ? CARAFE_TIMEOUT : 0}, owner);
    return 0;
}

static bool is_open(struct producer *producer)
{
    (void)producer;
    return true;
}

static int expire(struct producer *producer, const char *topic, int64_t timeout_ms, struct carafe_error *error)
{
    (void)producer;
    (void)topic;
    (void)timeout_ms;
    (void)error;
    return 0;
}

/* ---- Five seconds of a server ------------------------------------------------------------------------------------ */

static void emit(struct monitor *monitor, int64_t round)
{
    char json[ROUND_MAX];
    int len = snprintf(json, sizeof json,
                       "{\"brokers\":{\"b\":{\"rxbytes\":%lld,\"txbytes\":%lld}},\"topics\":{\"t\":{\"partitions\":{"
                       "\"%lld\":{\"fetch_state\":\"active\",\"consumer_lag\":%lld,\"consumer_lag_stored\":2,"
                       "\"committed_offset\":3,\"stored_offset\":4,\"hi_offset\":%lld,\"lo_offset\":6,\"eof_offset\":7,"
                       "\"ls_offset\":8}}}},\"cgrp\":{\"state\":\"up\",\"join_state\":\"steady\",\"stateage\":1,"
                       "\"rebalance_age\":1,\"rebalance_cnt\":1,\"rebalance_reason\":\"\"}}",
                       (long long)round * 1000, (long long)round * 10, (long long)round % 16, (long long)round % 7,
                       (long long)round);
    monitor_publish(monitor, &(struct carafe_event){.kind = CARAFE_EVENT_STATISTICS_EMITTED,
                                                    .group = "g",
                                                    .subscription_group = "g_0",
                                                    .statistics = json,
                                                    .statistics_len = (size_t)len});
}

static void live(struct monitor *monitor, int64_t round)
{
    static const enum carafe_event_kind kinds[] = {
        CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, CARAFE_EVENT_WORKER_PROCESS,    CARAFE_EVENT_CONSUMER_CONSUME,
        CARAFE_EVENT_CONSUMER_TAGGED,          CARAFE_EVENT_CONSUMER_CONSUMED, CARAFE_EVENT_WORKER_PROCESSED};
    static const char *const tags[] = {"slow"};
    struct carafe_job_view job = {.id = (uint64_t)round + 1,
                                  .group = "g",
                                  .subscription_group = "g_0",
                                  .topic = "t",
                                  .consumer = "C",
                                  .messages = 1,
                                  .tags = {tags, 1}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        monitor_publish(monitor,
                        &(struct carafe_event){
                            .kind = kinds[i], .group = "g", .subscription_group = "g_0", .topic = "t", .job = &job});
    }
    const struct carafe_failure failure = {
        .type = "consumer.consume.error", .error_class = "TillError", .message = "the till is closed"};
    monitor_publish(monitor, &(struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED, .failure = &failure});
    monitor_publish(monitor, &(struct carafe_event){.kind = CARAFE_EVENT_CONSUMER_PAUSE,
                                                    .subscription_group = "g_0",
                                                    .topic = "t",
                                                    .partition = (int32_t)(round % 16),
                                                    .duration_ms = 1000});
    emit(monitor, round);
}

static void pass(struct fake_clock *clock)
{
    for (int i = 0; i < INTERVAL_S * 2; i++) {
        fake_clock_advance(clock, 500);
        fake_clock_await_deadline(clock, 500);
    }
}

static void memory_is_flat_over_a_day_of_reports(void **state)
{
    (void)state;
    static struct fake_clock clock;
    static struct fake_process process;
    static struct fake_metrics metrics;
    static struct fake_inspector inspector;
    static struct fake_log log;
    fake_clock_init(&clock);
    fake_process_init(&process);
    fake_metrics_init(&metrics);
    fake_inspector_init(&inspector);
    fake_inspector_set_status(&inspector, CARAFE_RUNNING, true);
    fake_log_init(&log);
    struct producer producer = {.produce = produce, .is_open = is_open, .expire = expire};
    struct monitor *monitor = monitor_create(&clock.port, &log.port);
    const struct tracking_options options = {.reporting = {.enabled = true},
                                             .server_id = "0123456789ab",
                                             .librdkafka_version = "2.0.2",
                                             .clock = &clock.port,
                                             .process = &process.port,
                                             .metrics = &metrics.port,
                                             .producer = &producer,
                                             .log = &log.port,
                                             .monitor = monitor,
                                             .inspector = &inspector.port};
    struct tracking *tracking = tracking_create(&options, NULL);
    assert_non_null(tracking);
    monitor_publish(monitor, &(struct carafe_event){.kind = CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP,
                                                    .group = "g",
                                                    .subscription_group = "g_0"});
    monitor_publish(monitor, &(struct carafe_event){.kind = CARAFE_EVENT_APP_RUNNING});
    fake_clock_await_deadline(&clock, 500);
    int64_t held_early = 0;
    int64_t blocks_early = 0;
    for (int64_t round = 0; round < DAY_S / INTERVAL_S; round++) {
        live(monitor, round);
        pass(&clock);
        if (round == WARM_UP_S / INTERVAL_S) {
            held_early = held;
            blocks_early = blocks;
        }
    }
    assert_int_equal(reports, DAY_S / INTERVAL_S + 1);
    assert_true(errors > DAY_S / INTERVAL_S);
    print_message("held after %d s: %lld bytes in %lld blocks, after a day: %lld in %lld\n", WARM_UP_S,
                  (long long)held_early, (long long)blocks_early, (long long)held, (long long)blocks);
    assert_in_range(held, 1, held_early + 8192); /* an error document that waits, a number that has more digits */
    assert_in_range(blocks, 1, blocks_early + 4);
    tracking_stop(tracking);
    tracking_destroy(tracking);
    monitor_destroy(monitor);
    fake_log_close(&log);
    fake_clock_close(&clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_is_flat_over_a_day_of_reports)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
