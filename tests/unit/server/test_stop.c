#include <string.h>

#include "server/server.h"
#include "support/bench.h"
#include "support/cmocka_all.h"

static int setup(void **state)
{
    *state = bench_create();
    return 0;
}

static int teardown(void **state)
{
    bench_destroy(*state);
    return 0;
}

static void assert_order(struct bench *bench, enum carafe_event_kind first, enum carafe_event_kind second)
{
    size_t before = recorder_position(bench->recorder, first, 1);
    size_t after = recorder_position(bench->recorder, second, 1);
    assert_true(before != SIZE_MAX && after != SIZE_MAX && before < after);
}

static void *stop_main(void *argument)
{
    static int code;
    code = bench_stop(argument);
    return &code;
}

static pthread_t stop_on_thread(struct bench *bench)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_main, bench), 0);
    return thread;
}

static int join_code(pthread_t thread)
{
    void *code = NULL;
    pthread_join(thread, &code);
    return code == NULL ? 1 : *(int *)code;
}

static void idle_server_stops_without_a_tick_of_the_clock(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
    assert_int_equal(bench->clock.now_ns, FAKE_CLOCK_START_NS);
    assert_int_equal(fake_member_count(member, "unsubscribe"), 1);
    assert_int_equal(fake_member_count(member, "close"), 1);
    assert_int_equal(fake_member_count(member, "destroy"), 1);
    assert_int_equal(bench->producer.closes, 1);
    assert_false(bench_process_has_exited(&bench->process));
}

static void graceful_stop_goes_through_every_state_in_order(void **state)
{
    struct bench *bench = *state;
    (void)bench_start_assigned(bench);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
    assert_order(bench, CARAFE_EVENT_APP_INITIALIZED, CARAFE_EVENT_APP_RUNNING);
    assert_order(bench, CARAFE_EVENT_APP_RUNNING, CARAFE_EVENT_APP_STOPPING);
    assert_order(bench, CARAFE_EVENT_LISTENER_QUIETING, CARAFE_EVENT_LISTENER_QUIET);
    assert_order(bench, CARAFE_EVENT_LISTENER_QUIET, CARAFE_EVENT_LISTENER_STOPPING);
    assert_order(bench, CARAFE_EVENT_LISTENER_STOPPED, CARAFE_EVENT_APP_STOPPED);
    assert_order(bench, CARAFE_EVENT_APP_STOPPED, CARAFE_EVENT_APP_TERMINATED);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_QUIET), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_ERROR_OCCURRED), 0);
}

static void stop_waits_for_the_running_job(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 7);
    bench_await_batches(bench, 1);
    pthread_t stopper = stop_on_thread(bench);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_LISTENER_QUIETING, 1);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_LISTENER_QUIET), 0);
    bench_hold(bench, false);
    assert_int_equal(join_code(stopper), 0);
    assert_int_equal(bench_join(bench), 0);
    assert_int_equal(fake_member_stored(member, "orders", 0), 8);
    assert_int_equal(bench->handler.shut_down, 1);
    assert_int_equal(bench->handler.destroyed, 1);
}

static void second_stop_returns_at_once(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 7);
    bench_await_batches(bench, 1);
    pthread_t stopper = stop_on_thread(bench);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_APP_STOPPING, 1);
    assert_int_equal(server_stop(bench->server, NULL), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_STOPPED), 0);
    bench_hold(bench, false);
    assert_int_equal(join_code(stopper), 0);
    assert_int_equal(bench_join(bench), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_STOPPING), 1);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_TERMINATED), 1);
}

static void hanging_handler_ends_a_standalone_process_by_force(void **state)
{
    struct bench *bench = *state;
    bench->config.shutdown_timeout_ms = 500;
    struct fake_member *member = bench_start_assigned(bench);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 7);
    bench_await_batches(bench, 1);
    pthread_t stopper = stop_on_thread(bench);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_LISTENER_QUIETING, 1);
    fake_clock_await_deadline(&bench->clock, 100);
    fake_clock_advance(&bench->clock, 499);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_ERROR_OCCURRED), 0);
    fake_clock_await_deadline(&bench->clock, 1);
    fake_clock_advance(&bench->clock, 1);
    struct recorded error = recorder_await_failure(bench->recorder, "app.stopping.error", 1);
    assert_string_equal(error.failure_class, "ForcefulShutdownError");
    assert_int_equal(error.status, CARAFE_STOPPING);
    assert_int_equal(error.alive_workers, 2);
    assert_non_null(strstr(error.active_listeners, " (billing_0)"));
    assert_string_equal(error.in_processing, "Consume orders/0 (billing_0, blocking)");
    assert_int_equal(bench_process_await_exit(&bench->process), 2);
    pthread_join(stopper, NULL);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_STOPPED), 0);
    assert_int_equal(bench->producer.closes, 0);
}

static void forceful_stop_of_an_embedded_server_returns_and_abandons(void **state)
{
    struct bench *bench = *state;
    bench->mode = CARAFE_EMBEDDED;
    bench->config.shutdown_timeout_ms = 500;
    struct fake_member *member = bench_start_assigned(bench);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 7);
    bench_await_batches(bench, 1);
    pthread_t stopper = stop_on_thread(bench);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_LISTENER_QUIETING, 1);
    fake_clock_await_deadline(&bench->clock, 100);
    fake_clock_advance(&bench->clock, 500);
    assert_int_equal(join_code(stopper), CARAFE_FORCED);
    assert_int_equal(bench_join(bench), CARAFE_FORCED);
    assert_true(server_is_abandoned(bench->server));
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_TERMINATED), 1);
    assert_int_equal(bench->producer.closes, 1);
    assert_true(fake_log_has(&bench->log, "was abandoned"));
    assert_false(bench_process_has_exited(&bench->process));
}

static void cancelled_handler_wakes_from_its_sleep(void **state)
{
    struct bench *bench = *state;
    bench->mode = CARAFE_EMBEDDED;
    bench->config.shutdown_timeout_ms = 500;
    bench->handler.sleeps = true;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 7);
    bench_await_batches(bench, 1);
    pthread_t stopper = stop_on_thread(bench);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_LISTENER_QUIETING, 1);
    fake_clock_await_deadline(&bench->clock, 100);
    fake_clock_advance(&bench->clock, 500);
    struct recorded error = recorder_await_failure(bench->recorder, "consumer.consume.error", 1);
    assert_string_equal(error.failure_class, "HandlerError");
    assert_int_equal(join_code(stopper), CARAFE_FORCED);
    assert_int_equal(bench_join(bench), CARAFE_FORCED);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
}

static void client_that_cannot_be_closed_does_not_outlast_the_bound(void **state)
{
    struct bench *bench = *state;
    bench->config.shutdown_timeout_ms = 500;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_set_stuck(member, true);
    pthread_t stopper = stop_on_thread(bench);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_APP_STOPPING, 1);
    fake_clock_await_deadline(&bench->clock, 100);
    fake_clock_advance(&bench->clock, 500);
    (void)recorder_await_failure(bench->recorder, "app.stopping.error", 1);
    fake_clock_await_deadline(&bench->clock, 5000);
    fake_clock_advance(&bench->clock, 5000);
    assert_int_equal(bench_process_await_exit(&bench->process), 2);
    pthread_join(stopper, NULL);
}

static void complete_stop_is_not_forced_with_a_timeout_of_zero(void **state)
{
    struct bench *bench = *state;
    bench->config.shutdown_timeout_ms = 0;
    bench_make(bench);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_ERROR_OCCURRED), 0);
    assert_int_equal(server_status(bench->server), CARAFE_TERMINATED);
}

static void stop_before_the_run_lets_nothing_start(void **state)
{
    struct bench *bench = *state;
    bench_make(bench);
    assert_int_equal(bench_stop(bench), 0);
    bench_start(bench);
    assert_int_equal(bench_join(bench), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_RUNNING), 0);
    assert_int_equal(bench->factory.count, 0);
}

static int stop_result;

static int stop_from_handler(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)messages;
    (void)count;
    stop_result = bench_stop(carafe_consumer_argument(consumer));
    return 0;
}

static void stop_from_a_worker_is_refused(void **state)
{
    struct bench *bench = *state;
    bench->handler.act = stop_from_handler;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 7);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1);
    assert_int_equal(stop_result, CARAFE_REFUSED);
    assert_int_equal(server_status(bench->server), CARAFE_RUNNING);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
}

static void term_stops_and_is_noticed(void **state)
{
    struct bench *bench = *state;
    (void)bench_start_assigned(bench);
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_TERM), 0);
    assert_int_equal(bench_join(bench), 0);
    assert_string_equal(recorder_await(bench->recorder, CARAFE_EVENT_PROCESS_NOTICE_SIGNAL, 1).signal, "TERM");
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_TERM), CARAFE_CLOSED);
}

static void term_during_warm_up(void *owner)
{
    struct bench *bench = owner;
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_TERM), 0);
    server_wait_terminated(bench->server);
}

static void term_during_the_warm_up_lets_nothing_start(void **state)
{
    struct bench *bench = *state;
    bench->warm_up = term_during_warm_up;
    bench_start(bench);
    assert_int_equal(bench_join(bench), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_RUNNING), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_TERMINATED), 1);
    assert_int_equal(bench->factory.count, 0);
}

static void quiet_during_the_warm_up_lets_nothing_start_until_the_stop(void **state)
{
    struct bench *bench = *state;
    bench_make(bench);
    server_quiet(bench->server);
    bench_start(bench);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_APP_QUIET, 1);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
    assert_int_equal(bench->factory.count, 0);
}

static void signals_are_served_during_a_stop(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 7);
    bench_await_batches(bench, 1);
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_TERM), 0);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_LISTENER_QUIETING, 1);
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_TSTP), 0);
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_INT), 0);
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_TTIN), 0);
    fake_log_await(&bench->log, "state: job 1:");
    bench_hold(bench, false);
    assert_int_equal(bench_join(bench), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_PROCESS_NOTICE_SIGNAL), 4);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_QUIETING), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_STOPPING), 1);
}

static int stop_when_running(const struct carafe_event *event, void *owner)
{
    if (event->kind == CARAFE_EVENT_APP_RUNNING) {
        stop_result = bench_stop(owner);
    }
    return event->kind == CARAFE_EVENT_APP_STOPPING ? 1 : 0;
}

static void stop_from_a_subscriber_is_refused_and_a_failing_one_contained(void **state)
{
    struct bench *bench = *state;
    stop_result = 0;
    bench_make(bench);
    assert_int_equal(monitor_subscribe(bench->monitor, stop_when_running, bench, NULL), 0);
    (void)bench_start_assigned(bench);
    assert_int_equal(stop_result, CARAFE_REFUSED);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
    assert_int_equal(recorder_count_failures(bench->recorder, "callbacks.error.error"), 1);
}

static void quiet_keeps_the_assignment_and_starts_no_job(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_TSTP), 0);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_APP_QUIET, 1);
    fake_member_message(member, "orders", 0, 7);
    fake_clock_await_deadline(&bench->clock, 5000);
    fake_clock_advance(&bench->clock, 5000);
    assert_int_equal(fake_member_count(member, "pause"), 1);
    assert_int_equal(fake_member_count(member, "close"), 0);
    assert_int_equal(bench_batches(bench), 0);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
    assert_order(bench, CARAFE_EVENT_APP_QUIETING, CARAFE_EVENT_APP_QUIET);
    assert_order(bench, CARAFE_EVENT_LISTENER_QUIET, CARAFE_EVENT_APP_QUIET);
}

static void ttin_dumps_every_worker_listener_and_job(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 7);
    bench_await_batches(bench, 1);
    server_dump(bench->server);
    assert_true(fake_log_has(&bench->log, "standalone, running"));
    assert_true(fake_log_has(&bench->log, "(billing_0): running, 1 jobs"));
    assert_true(fake_log_has(&bench->log, ": running Consume orders/0 (billing_0, blocking)"));
    assert_true(fake_log_has(&bench->log, "state: job 1: Consume orders/0 (billing_0, blocking), running, messages 1"));
    bench_hold(bench, false);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
}

static void wrong_activity_fails_the_run_and_goes_all_the_way_down(void **state)
{
    struct bench *bench = *state;
    static const char *const unknown[] = {"nowhere"};
    bench->config.activity.include_topics = (struct carafe_names){unknown, 1};
    bench_start(bench);
    assert_int_equal(bench_join(bench), CARAFE_INVALID);
    assert_string_equal(bench->run_error.text, "activity: include_topics: expected a known topic, got \"nowhere\"\n"
                                               "activity: expected a topic to subscribe to, got none left");
    assert_int_equal(server_status(bench->server), CARAFE_TERMINATED);
    assert_int_equal(bench->producer.closes, 1);
}

static void second_run_is_refused(void **state)
{
    struct bench *bench = *state;
    (void)bench_start_assigned(bench);
    struct carafe_error error = {.code = CARAFE_OK};
    assert_int_equal(server_run(bench->server, &error), CARAFE_REFUSED);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(idle_server_stops_without_a_tick_of_the_clock),
        TEST(graceful_stop_goes_through_every_state_in_order),
        TEST(stop_waits_for_the_running_job),
        TEST(second_stop_returns_at_once),
        TEST(hanging_handler_ends_a_standalone_process_by_force),
        TEST(forceful_stop_of_an_embedded_server_returns_and_abandons),
        TEST(cancelled_handler_wakes_from_its_sleep),
        TEST(client_that_cannot_be_closed_does_not_outlast_the_bound),
        TEST(complete_stop_is_not_forced_with_a_timeout_of_zero),
        TEST(stop_before_the_run_lets_nothing_start),
        TEST(stop_from_a_worker_is_refused),
        TEST(term_stops_and_is_noticed),
        TEST(term_during_the_warm_up_lets_nothing_start),
        TEST(quiet_during_the_warm_up_lets_nothing_start_until_the_stop),
        TEST(signals_are_served_during_a_stop),
        TEST(stop_from_a_subscriber_is_refused_and_a_failing_one_contained),
        TEST(quiet_keeps_the_assignment_and_starts_no_job),
        TEST(ttin_dumps_every_worker_listener_and_job),
        TEST(wrong_activity_fails_the_run_and_goes_all_the_way_down),
        TEST(second_run_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
