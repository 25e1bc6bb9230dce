/* Threads that cannot be had: the linker puts our pthread_create() before the real one. */
#include "support/bench.h"
#include "support/cmocka_all.h"

/* Counts down to the one thread that cannot be made; 0: all can. */
static int failing_thread;
static pthread_mutex_t failing_lock = PTHREAD_MUTEX_INITIALIZER;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*main)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*main)(void *), void *argument);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*main)(void *), void *argument)
{
    pthread_mutex_lock(&failing_lock);
    bool fails = failing_thread > 0 && --failing_thread == 0;
    pthread_mutex_unlock(&failing_lock);
    return fails ? 11 : __real_pthread_create(thread, attributes, main, argument);
}

static int setup(void **state)
{
    *state = bench_create();
    return 0;
}

static int teardown(void **state)
{
    failing_thread = 0;
    bench_destroy(*state);
    return 0;
}

/* The first thread is the runner's own, made by the bench. */
static void assert_run_fails(struct bench *bench, int thread, const char *text)
{
    failing_thread = 1 + thread;
    bench_start(bench);
    assert_int_equal(bench_join(bench), CARAFE_FAILED);
    assert_string_equal(bench->run_error.text, text);
    struct recorded error = recorder_await_failure(bench->recorder, "runner.call.error", 1);
    assert_string_equal(error.failure_message, text);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_STOPPING), 1);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_APP_STOPPED), 1);
    assert_int_equal(server_status(bench->server), CARAFE_TERMINATED);
    assert_int_equal(bench->producer.closes, 1);
}

static void run_without_its_second_worker_goes_all_the_way_down(void **state)
{
    assert_run_fails(*state, 2, "worker: thread: expected one more, got error 11");
}

static void run_without_its_listener_goes_all_the_way_down(void **state)
{
    assert_run_fails(*state, 3, "listener billing_0: thread: expected one more, got error 11");
}

static void run_without_its_second_listener_stops_the_first(void **state)
{
    struct bench *bench = *state;
    bench->topics[1] = bench->topics[0];
    bench->topics[1].name = "invoices";
    bench->topics[1].group = "shipping";
    bench->config.topic_count = 2;
    assert_run_fails(bench, 4, "listener shipping_0: thread: expected one more, got error 11");
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_LISTENER_STOPPED), 1);
}

static void forceful_stop_without_a_helper_is_told_and_ends_all_the_same(void **state)
{
    struct bench *bench = *state;
    bench->config.shutdown_timeout_ms = 0;
    struct fake_member *member = bench_start_assigned(bench);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 7);
    bench_await_batches(bench, 1);
    failing_thread = 2;
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_TERM), 0);
    (void)recorder_await_failure(bench->recorder, "app.forceful_stopping.error", 1);
    assert_int_equal(bench_process_await_exit(&bench->process), 2);
}

static size_t workers_of(struct bench *bench)
{
    struct inspection inspection;
    server_inspector(bench->server)->inspect(server_inspector(bench->server), &inspection);
    return inspection.workers;
}

static void scaling_that_gets_one_of_two_threads_leaves_a_pool_of_what_is_there(void **state)
{
    struct bench *bench = *state;
    struct carafe_error error = {.code = CARAFE_OK};
    struct fake_member *member = bench_start_assigned(bench);
    size_t before = workers_of(bench);
    failing_thread = 2;
    assert_int_equal(server_scale(bench->server, before + 2, &error), CARAFE_FAILED);
    assert_int_equal(workers_of(bench), before + 1);
    assert_int_equal(recorder_await(bench->recorder, CARAFE_EVENT_WORKER_SCALING_UP, 1).workers, before + 1);
    assert_int_equal(server_scale(bench->server, 1, &error), 0);
    fake_member_message(member, "orders", 0, 7);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1);
    assert_int_equal(signal_dispatch_raise(bench->signals.dispatch, SIGNAL_TERM), 0);
    assert_int_equal(bench_join(bench), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(run_without_its_second_worker_goes_all_the_way_down),
        TEST(run_without_its_listener_goes_all_the_way_down),
        TEST(run_without_its_second_listener_stops_the_first),
        TEST(scaling_that_gets_one_of_two_threads_leaves_a_pool_of_what_is_there),
        TEST(forceful_stop_without_a_helper_is_told_and_ends_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
