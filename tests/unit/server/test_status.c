#include <sched.h>

#include "server/status.h"
#include "support/cmocka_all.h"
#include "support/fake_clock.h"
#include "support/fake_log.h"
#include "support/recorder.h"

static struct fake_clock clock_of_test;
static struct fake_log log_of_test;
static struct monitor *monitor;
static struct recorder *recorder;
static struct status *status;

/* Held inside app.quieting until let go. */
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_changed = PTHREAD_COND_INITIALIZER;
static bool gate_entered;
static bool gate_open;

static int gate(const struct carafe_event *event, void *owner)
{
    (void)owner;
    if (event->kind != CARAFE_EVENT_APP_QUIETING) {
        return 0;
    }
    pthread_mutex_lock(&gate_lock);
    gate_entered = true;
    pthread_cond_broadcast(&gate_changed);
    while (!gate_open) {
        pthread_cond_wait(&gate_changed, &gate_lock);
    }
    pthread_mutex_unlock(&gate_lock);
    return 0;
}

static int advance_inside(const struct carafe_event *event, void *owner)
{
    if (event->kind == CARAFE_EVENT_APP_QUIETING) {
        *(bool *)owner = status_is_telling(status) && status_advance(status, CARAFE_STOPPING);
    }
    return 0;
}

static int setup(void **state)
{
    (void)state;
    fake_clock_init(&clock_of_test);
    fake_log_init(&log_of_test);
    monitor = monitor_create(&clock_of_test.port, &log_of_test.port);
    recorder = recorder_create();
    status = status_create(&clock_of_test.port, monitor);
    gate_entered = false;
    gate_open = false;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    status_destroy(status);
    recorder_destroy(recorder);
    monitor_destroy(monitor);
    fake_log_close(&log_of_test);
    fake_clock_close(&clock_of_test);
    return 0;
}

static void record(void)
{
    assert_int_equal(monitor_subscribe(monitor, recorder_note, recorder, NULL), 0);
}

static void status_advance_ignores_return_from_quiet_to_running(void **state)
{
    (void)state;
    record();
    assert_true(status_advance(status, CARAFE_QUIET));
    assert_false(status_advance(status, CARAFE_RUNNING));
    assert_int_equal(status_get(status), CARAFE_QUIET);
    assert_int_equal(recorder->count, 1);
}

static void status_advance_to_the_same_state_emits_nothing(void **state)
{
    (void)state;
    record();
    assert_true(status_advance(status, CARAFE_RUNNING));
    assert_false(status_advance(status, CARAFE_RUNNING));
    assert_int_equal(recorder->count, 1);
    assert_int_equal(recorder->events[0].kind, CARAFE_EVENT_APP_RUNNING);
}

static void status_advance_may_skip_states(void **state)
{
    (void)state;
    record();
    assert_true(status_advance(status, CARAFE_INITIALIZED));
    assert_true(status_advance(status, CARAFE_TERMINATED));
    assert_int_equal(recorder->count, 2);
    assert_int_equal(recorder->events[1].kind, CARAFE_EVENT_APP_TERMINATED);
    assert_int_equal(recorder->events[1].status, CARAFE_TERMINATED);
}

static void status_is_done_from_quieting_on(void **state)
{
    (void)state;
    (void)status_advance(status, CARAFE_RUNNING);
    assert_false(status_is_done(status));
    (void)status_advance(status, CARAFE_QUIETING);
    assert_true(status_is_done(status));
}

static void *advance_to_stopping(void *argument)
{
    (void)argument;
    (void)status_advance(status, CARAFE_STOPPING);
    return NULL;
}

static void *advance_to_quieting(void *argument)
{
    (void)argument;
    (void)status_advance(status, CARAFE_QUIETING);
    return NULL;
}

static void status_events_keep_their_order_when_a_subscriber_is_slow(void **state)
{
    (void)state;
    pthread_t first;
    pthread_t second;
    assert_int_equal(monitor_subscribe(monitor, gate, NULL, NULL), 0);
    record();
    pthread_create(&first, NULL, advance_to_quieting, NULL);
    pthread_mutex_lock(&gate_lock);
    while (!gate_entered) {
        pthread_cond_wait(&gate_changed, &gate_lock);
    }
    pthread_mutex_unlock(&gate_lock);
    pthread_create(&second, NULL, advance_to_stopping, NULL);
    while (status_get(status) != CARAFE_STOPPING) {
        sched_yield();
    }
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_APP_STOPPING), 0);
    pthread_mutex_lock(&gate_lock);
    gate_open = true;
    pthread_cond_broadcast(&gate_changed);
    pthread_mutex_unlock(&gate_lock);
    pthread_join(second, NULL);
    pthread_join(first, NULL);
    assert_int_equal(recorder->count, 2);
    assert_int_equal(recorder->events[0].kind, CARAFE_EVENT_APP_QUIETING);
    assert_int_equal(recorder->events[1].kind, CARAFE_EVENT_APP_STOPPING);
}

static void status_advance_inside_a_subscriber_follows_the_event_being_told(void **state)
{
    (void)state;
    bool advanced = false;
    assert_int_equal(monitor_subscribe(monitor, advance_inside, &advanced, NULL), 0);
    record();
    assert_true(status_advance(status, CARAFE_QUIETING));
    assert_true(advanced);
    assert_int_equal(recorder->count, 2);
    assert_int_equal(recorder->events[0].kind, CARAFE_EVENT_APP_QUIETING);
    assert_int_equal(recorder->events[1].kind, CARAFE_EVENT_APP_STOPPING);
    assert_false(status_is_telling(status));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(status_advance_ignores_return_from_quiet_to_running),
        TEST(status_advance_to_the_same_state_emits_nothing),
        TEST(status_advance_may_skip_states),
        TEST(status_is_done_from_quieting_on),
        TEST(status_events_keep_their_order_when_a_subscriber_is_slow),
        TEST(status_advance_inside_a_subscriber_follows_the_event_being_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
