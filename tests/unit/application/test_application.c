#include <string.h>

#include "application/application.h"
#include "support/bench.h"
#include "support/cmocka_all.h"

static struct bench *bench;
static struct application *application;
static struct carafe_error error;
static struct carafe_error run_error;
static pthread_t runner;
static int run_code;

static int setup(void **state)
{
    (void)state;
    bench = bench_create();
    application = NULL;
    error = (struct carafe_error){.code = CARAFE_OK};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (application_destroy(application)) {
        bench_destroy(bench);
    } else {
        bench_keep(application);
        bench_keep(bench);
    }
    return 0;
}

static void *run(void *argument)
{
    (void)argument;
    run_code = application_run(application, &run_error);
    return NULL;
}

static struct fake_member *start(enum carafe_execution_mode mode)
{
    application = application_create(&bench->config, &bench->ports, mode, &error);
    assert_non_null(application);
    assert_int_equal(application_subscribe(application, recorder_note, bench->recorder, &error), 0);
    assert_int_equal(pthread_create(&runner, NULL, run, NULL), 0);
    struct fake_member *member = fake_factory_member(&bench->factory, 0);
    fake_member_assign(member, "orders", 0);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED, 1);
    return member;
}

static void application_runs_reports_and_stops(void **state)
{
    (void)state;
    struct fake_member *member = start(CARAFE_STANDALONE);
    fake_member_message(member, "orders", 0, 7);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1);
    assert_int_equal(application_status(application), CARAFE_RUNNING);
    assert_int_equal(application_stop(application, &error), 0);
    pthread_join(runner, NULL);
    assert_int_equal(run_code, 0);
    assert_int_equal(application_status(application), CARAFE_TERMINATED);
    assert_int_equal(fake_member_stored(member, "orders", 0), 8);
    size_t reports = recorder_count(bench->recorder, CARAFE_EVENT_REPORTER_REPORTED);
    assert_true(reports >= 2);
    assert_int_equal(bench_producer_count(&bench->producer), reports);
    assert_string_equal(bench_producer_await(&bench->producer, 0)->topic, "karafka_consumers_reports");
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_ERROR_OCCURRED), 0);
}

static void application_tells_that_it_stopped_before_the_producer_is_closed(void **state)
{
    (void)state;
    (void)start(CARAFE_STANDALONE);
    assert_int_equal(application_stop(application, &error), 0);
    pthread_join(runner, NULL);
    struct recorded last = {.status = CARAFE_INITIALIZING};
    for (size_t i = 1; i <= recorder_count(bench->recorder, CARAFE_EVENT_REPORTER_REPORTED); i++) {
        last = recorder_await(bench->recorder, CARAFE_EVENT_REPORTER_REPORTED, i);
    }
    assert_int_equal(last.status, CARAFE_STOPPED);
}

static void application_without_reporting_sends_nothing(void **state)
{
    (void)state;
    bench->config.reporting.enabled = false;
    (void)start(CARAFE_STANDALONE);
    assert_int_equal(application_stop(application, &error), 0);
    pthread_join(runner, NULL);
    assert_int_equal(bench_producer_count(&bench->producer), 0);
}

static void forced_embedded_application_is_not_freed(void **state)
{
    (void)state;
    bench->config.shutdown_timeout_ms = 0;
    bench->config.forceful_shutdown_wait_ms = 0;
    struct fake_member *member = start(CARAFE_EMBEDDED);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 7);
    bench_await_batches(bench, 1);
    assert_int_equal(application_stop(application, &error), CARAFE_FORCED);
    pthread_join(runner, NULL);
    assert_int_equal(run_code, CARAFE_FORCED);
    assert_false(application_destroy(application));
    assert_true(fake_log_has(&bench->log, "it is never freed"));
}

static void application_refuses_every_violation_at_once(void **state)
{
    (void)state;
    bench->config.concurrency = 0;
    bench->topics[0].handler.consume = NULL;
    assert_null(application_create(&bench->config, &bench->ports, CARAFE_STANDALONE, &error));
    assert_int_equal(error.code, CARAFE_INVALID);
    assert_string_equal(error.text,
                        "config: concurrency: expected 1 to 10000, got 0\n"
                        "config: groups.billing.topics.orders.handler: expected a consume callback, got none");
}

static void application_refuses_settings_that_the_library_refuses(void **state)
{
    (void)state;
    static const struct carafe_setting wrong = {"wrong.setting", "1"};
    bench->config.kafka = (struct carafe_settings){&wrong, 1};
    assert_null(application_create(&bench->config, &bench->ports, CARAFE_STANDALONE, &error));
    assert_string_equal(error.text, "kafka: billing_0: expected a known setting, got wrong.setting");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(application_runs_reports_and_stops),
        TEST(application_tells_that_it_stopped_before_the_producer_is_closed),
        TEST(application_without_reporting_sends_nothing),
        TEST(forced_embedded_application_is_not_freed),
        TEST(application_refuses_every_violation_at_once),
        TEST(application_refuses_settings_that_the_library_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
