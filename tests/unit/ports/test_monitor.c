#include <string.h>

#include "ports/monitor.h"
#include "support/cmocka_all.h"
#include "support/fake_clock.h"
#include "support/fake_log.h"
#include "support/recorder.h"

struct fixture {
    struct fake_clock clock;
    struct fake_log log;
    struct monitor *monitor;
    struct recorder *recorder;
};

static int setup(void **state)
{
    static struct fixture fixture;
    fake_clock_init(&fixture.clock);
    fake_log_init(&fixture.log);
    fixture.monitor = monitor_create(&fixture.clock.port, &fixture.log.port);
    fixture.recorder = recorder_create();
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    monitor_destroy(fixture->monitor);
    recorder_destroy(fixture->recorder);
    fake_log_close(&fixture->log);
    fake_clock_close(&fixture->clock);
    return 0;
}

static int failing_subscriber(const struct carafe_event *event, void *owner)
{
    (void)event;
    ++*(int *)owner;
    return 7;
}

static void monitor_publish_stamps_time_and_status(void **state)
{
    struct fixture *fixture = *state;
    struct carafe_event event = {.kind = CARAFE_EVENT_CLIENT_PAUSE};
    assert_int_equal(monitor_subscribe(fixture->monitor, recorder_note, fixture->recorder, NULL), 0);
    monitor_set_status(fixture->monitor, CARAFE_QUIET);
    monitor_publish(fixture->monitor, &event);
    assert_int_equal(fixture->recorder->events[0].monotonic_ns, FAKE_CLOCK_START_NS);
    assert_int_equal(fixture->recorder->events[0].status, CARAFE_QUIET);
}

static void monitor_publish_leaves_status_of_reported_event(void **state)
{
    struct fixture *fixture = *state;
    struct carafe_event event = {.kind = CARAFE_EVENT_REPORTER_REPORTED, .status = CARAFE_RUNNING};
    assert_int_equal(monitor_subscribe(fixture->monitor, recorder_note, fixture->recorder, NULL), 0);
    monitor_set_status(fixture->monitor, CARAFE_QUIET);
    monitor_publish(fixture->monitor, &event);
    assert_int_equal(fixture->recorder->events[0].status, CARAFE_RUNNING);
}

static void monitor_contains_failing_subscriber(void **state)
{
    struct fixture *fixture = *state;
    int calls = 0;
    struct carafe_event event = {.kind = CARAFE_EVENT_CLIENT_PAUSE};
    assert_int_equal(monitor_subscribe(fixture->monitor, failing_subscriber, &calls, NULL), 0);
    assert_int_equal(monitor_subscribe(fixture->monitor, recorder_note, fixture->recorder, NULL), 0);
    monitor_publish(fixture->monitor, &event);
    assert_int_equal(fixture->recorder->count, 2);
    assert_int_equal(fixture->recorder->events[0].kind, CARAFE_EVENT_CLIENT_PAUSE);
    assert_string_equal(fixture->recorder->events[1].failure_type, "callbacks.error.error");
    assert_string_equal(fixture->recorder->events[1].failure_message,
                        "1 subscriber of client.pause failed, expected 0, got 7");
}

static void monitor_logs_failure_of_handling_a_failure(void **state)
{
    struct fixture *fixture = *state;
    int calls = 0;
    struct carafe_event event = {.kind = CARAFE_EVENT_CLIENT_PAUSE};
    assert_int_equal(monitor_subscribe(fixture->monitor, failing_subscriber, &calls, NULL), 0);
    monitor_publish(fixture->monitor, &event);
    assert_int_equal(calls, 2);
    assert_true(fake_log_has(&fixture->log, "1 subscriber of error.occurred failed"));
}

static void monitor_refuses_subscribers_past_the_bound(void **state)
{
    struct fixture *fixture = *state;
    struct carafe_error error = {0};
    for (int i = 0; i < MONITOR_SUBSCRIBERS_MAX; i++) {
        assert_int_equal(monitor_subscribe(fixture->monitor, recorder_note, fixture->recorder, &error), 0);
    }
    assert_int_equal(monitor_subscribe(fixture->monitor, recorder_note, fixture->recorder, &error), CARAFE_FULL);
    assert_string_equal(error.text, "monitor: subscribers: expected at most 32, got one more");
}

static void monitor_refuses_null_subscriber(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(monitor_subscribe(fixture->monitor, NULL, NULL, NULL), CARAFE_INVALID);
}

static int note_one(const struct carafe_event *event, void *owner)
{
    (void)event;
    strcat(owner, "1");
    return 0;
}

static int note_two(const struct carafe_event *event, void *owner)
{
    (void)event;
    strcat(owner, "2");
    return 0;
}

static int note_last(const struct carafe_event *event, void *owner)
{
    (void)event;
    strcat(owner, "L");
    return 0;
}

static void monitor_tells_the_last_subscriber_after_those_who_came_later(void **state)
{
    struct fixture *fixture = *state;
    char order[8] = "";
    struct carafe_event event = {.kind = CARAFE_EVENT_CLIENT_PAUSE};
    assert_int_equal(monitor_subscribe_last(fixture->monitor, note_last, order, NULL), 0);
    assert_int_equal(monitor_subscribe(fixture->monitor, note_one, order, NULL), 0);
    assert_int_equal(monitor_subscribe(fixture->monitor, note_two, order, NULL), 0);
    monitor_publish(fixture->monitor, &event);
    assert_string_equal(order, "12L");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(monitor_publish_stamps_time_and_status),
        TEST(monitor_publish_leaves_status_of_reported_event),
        TEST(monitor_contains_failing_subscriber),
        TEST(monitor_logs_failure_of_handling_a_failure),
        TEST(monitor_refuses_subscribers_past_the_bound),
        TEST(monitor_refuses_null_subscriber),
        TEST(monitor_tells_the_last_subscriber_after_those_who_came_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
