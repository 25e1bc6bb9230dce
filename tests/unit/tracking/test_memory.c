/*
 * Without memory: one allocation after the other is made to fail, and nothing worse comes of it than a report that is
 * late.  The linker sends the allocations of our objects here (--wrap).
 */
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "tracked.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static bool armed;
static size_t until_failure;
static bool lasting; /* after the first all others fail as well */
static bool failed;

static bool fails_now(void)
{
    if (!armed || (failed && !lasting)) {
        return false;
    }
    if (until_failure > 0) {
        until_failure--;
        return false;
    }
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails_now() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : __real_strdup(text);
}

static void arm(size_t allocations)
{
    until_failure = allocations;
    failed = false;
    armed = true;
}

#define STATISTICS                                                                                                     \
    "{\"brokers\":{\"b\":{\"rxbytes\":1,\"txbytes\":1}},\"topics\":{\"t\":{\"partitions\":{\"0\":{\"fetch_state\":"    \
    "\"active\",\"consumer_lag\":1,\"consumer_lag_stored\":2,\"committed_offset\":3,\"stored_offset\":4,"              \
    "\"hi_offset\":5,\"lo_offset\":6,\"eof_offset\":7,\"ls_offset\":8}}}},\"cgrp\":{\"state\":\"up\",\"join_state\":"  \
    "\"steady\",\"stateage\":1,\"rebalance_age\":1,\"rebalance_cnt\":1,\"rebalance_reason\":\"\"}}"

/* Something of everything that tracking remembers. */
static void live(struct tracked *tracked)
{
    const struct carafe_job_view job = {.id = 1,
                                        .group = "g",
                                        .subscription_group = "g_0",
                                        .topic = "t",
                                        .consumer = "C",
                                        .first_offset = 1,
                                        .last_offset = 1,
                                        .messages = 1};
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP,
                                                   .group = "g",
                                                   .subscription_group = "g_0"});
    tracked_publish(
        tracked, (struct carafe_event){
                     .kind = CARAFE_EVENT_CONSUMER_PAUSE, .subscription_group = "g_0", .topic = "t", .duration_ms = 5});
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_STATISTICS_EMITTED,
                                                   .group = "g",
                                                   .subscription_group = "g_0",
                                                   .statistics = STATISTICS,
                                                   .statistics_len = strlen(STATISTICS)});
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_CONSUMER_CONSUME, .job = &job});
    tracked_fail(tracked, "librdkafka.error", "one");
}

/* On this thread, so that the failing allocation is the same in every run. */
static void report(struct tracked *tracked)
{
    const struct carafe_failure failure = {.type = "app.stopping.error", .error_class = "E", .message = "m"};
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED, .failure = &failure});
}

static bool survive(size_t allocations)
{
    struct tracked *tracked = tracked_create();
    tracked_begin(tracked);
    fake_inspector_set_status(&tracked->inspector, CARAFE_RUNNING, true);
    arm(allocations);
    live(tracked);
    report(tracked);
    armed = false;
    bool all_went_well = !failed;
    report(tracked);
    size_t reports = tracked_reports(tracked);
    assert_in_range(reports, 1, 2);
    assert_string_equal(tracked_report_violations(tracked, reports - 1, SCHEMA_1_4_0), "");
    assert_in_range(tracked_errors(tracked), lasting ? 1 : 2, 5);
    tracked_destroy(tracked);
    return all_went_well;
}

static void an_allocation_that_fails_costs_one_report_at_most(void **state)
{
    (void)state;
    size_t allocations = 0;
    while (!survive(allocations)) {
        allocations++;
    }
    assert_true(allocations > 20); /* it did fail */
}

static void memory_that_is_gone_for_a_while_costs_what_happened_then(void **state)
{
    (void)state;
    size_t allocations = 0;
    lasting = true;
    while (!survive(allocations)) {
        allocations++;
    }
    lasting = false;
    assert_true(allocations > 20);
}

static void creation_without_memory_fails_and_leaves_nothing(void **state)
{
    (void)state;
    size_t failures = 0;
    for (bool created = false; !created; failures++) {
        struct tracked *tracked = tracked_create();
        struct carafe_error error = {0};
        arm(failures);
        struct tracking *tracking = tracking_create(&tracked->options, &error);
        armed = false;
        created = tracking != NULL;
        assert_int_equal(error.code, created ? CARAFE_OK : CARAFE_NO_MEMORY);
        tracking_destroy(tracking);
        tracked_destroy(tracked);
    }
    assert_true(failures > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allocation_that_fails_costs_one_report_at_most),
        cmocka_unit_test(memory_that_is_gone_for_a_while_costs_what_happened_then),
        cmocka_unit_test(creation_without_memory_fails_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
