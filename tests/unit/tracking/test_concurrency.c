/* Events come from many threads while reports go out: for ThreadSanitizer, and so that nothing is lost between them. */
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "tracked.h"

#define THREADS 4
#define JOBS    2000

struct worker {
    struct tracked *tracked;
    uint64_t number;
    pthread_t thread;
};

#define STATISTICS                                                                                                     \
    "{\"topics\":{\"t\":{\"partitions\":{\"0\":{\"fetch_state\":\"active\",\"consumer_lag\":1,"                        \
    "\"consumer_lag_stored\":2,\"committed_offset\":3,\"stored_offset\":4,\"hi_offset\":5,\"lo_offset\":6,"            \
    "\"eof_offset\":7,\"ls_offset\":8}}}},\"cgrp\":{\"state\":\"up\",\"join_state\":\"steady\",\"stateage\":1,"        \
    "\"rebalance_age\":1,\"rebalance_cnt\":1,\"rebalance_reason\":\"\"}}"

static void publish_statistics(struct worker *worker)
{
    tracked_publish(worker->tracked, (struct carafe_event){.kind = CARAFE_EVENT_STATISTICS_EMITTED,
                                                           .group = "g",
                                                           .subscription_group = worker->number % 2 ? "g_1" : "g_0",
                                                           .statistics = STATISTICS,
                                                           .statistics_len = strlen(STATISTICS)});
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (uint64_t i = 0; i < JOBS; i++) {
        const struct carafe_job_view job = {.id = worker->number * JOBS + i + 1,
                                            .group = "g",
                                            .subscription_group = "g_0",
                                            .topic = "t",
                                            .consumer = "C",
                                            .messages = 3};
        tracked_publish(worker->tracked, (struct carafe_event){.kind = CARAFE_EVENT_WORKER_PROCESS, .job = &job});
        tracked_publish(worker->tracked, (struct carafe_event){.kind = CARAFE_EVENT_CONSUMER_CONSUME, .job = &job});
        tracked_publish(worker->tracked, (struct carafe_event){.kind = CARAFE_EVENT_CONSUMER_CONSUMED, .job = &job});
        tracked_publish(worker->tracked, (struct carafe_event){.kind = CARAFE_EVENT_WORKER_PROCESSED, .job = &job});
        if (i % 100 == 0) {
            publish_statistics(worker);
            tracked_fail(worker->tracked, "librdkafka.error", "x");
        }
    }
    return NULL;
}

static int64_t sum(struct tracked *tracked, const char *path)
{
    int64_t total = 0;
    for (size_t i = 0; i < tracked_reports(tracked); i++) {
        total += strtoll(tracked_report_field(tracked, i, path), NULL, 10);
    }
    return total;
}

static void nothing_counted_between_reports_is_lost(void **state)
{
    (void)state;
    struct tracked *tracked = tracked_create();
    struct worker workers[THREADS];
    tracked->options.reporting.errors_max = THREADS * JOBS;
    tracked_begin(tracked);
    tracked_run(tracked);
    for (uint64_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.tracked = tracked, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    fake_producer_fail(tracked->producer, CARAFE_FULL, 3); /* some reports are not taken */
    for (int i = 0; i < 5; i++) {
        tracked_pass(tracked, 5000);
    }
    fake_producer_fail(tracked->producer, 0, 0);
    for (int i = 0; i < 20; i++) {
        tracked_pass(tracked, 5000);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    }
    tracked_enter(tracked, CARAFE_STOPPED);
    assert_int_equal(sum(tracked, "stats/total/jobs"), THREADS * JOBS);
    assert_int_equal(sum(tracked, "stats/total/messages"), 3 * THREADS * JOBS);
    assert_int_equal(sum(tracked, "stats/total/errors"), tracked_errors(tracked));
    assert_string_equal(tracked_report_field(tracked, tracked_reports(tracked) - 1, "jobs"), "[]");
    tracked_destroy(tracked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_counted_between_reports_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
