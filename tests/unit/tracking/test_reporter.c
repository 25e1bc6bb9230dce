/* When a server reports, and what becomes of reports that cannot be sent. */
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "tracked.h"

static int setup(void **state)
{
    *state = tracked_create();
    return 0;
}

static int teardown(void **state)
{
    tracked_destroy(*state);
    return 0;
}

static void nothing_is_reported_before_running(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_enter(tracked, CARAFE_SUPERVISING);
    tracked_fail(tracked, "runner.call.error", "no boot");
    tracked_enter(tracked, CARAFE_STOPPING);
    tracked_enter(tracked, CARAFE_STOPPED);
    tracked_enter(tracked, CARAFE_TERMINATED);
    assert_int_equal(tracked->producer->calls, 0);
}

static void the_first_report_goes_out_when_running_is_entered(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    assert_int_equal(tracked_reports(tracked), 1);
    assert_string_equal(tracked_report_field(tracked, 0, "process/status"), "\"running\"");
    assert_int_equal(recorder_count(tracked->recorder, CARAFE_EVENT_REPORTER_REPORTED), 1);
}

static void reports_follow_each_other_by_the_interval(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_pass(tracked, 4500);
    assert_int_equal(tracked_reports(tracked), 1);
    tracked_pass(tracked, 500);
    assert_int_equal(tracked_reports(tracked), 2);
    tracked_pass(tracked, 5000);
    assert_int_equal(tracked_reports(tracked), 3);
}

static void a_listener_that_begins_to_fetch_does_not_bring_reports_forward(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_pass(tracked, 1000);
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP,
                                                   .group = "g",
                                                   .subscription_group = "g_0"});
    tracked_pass(tracked, 500);
    assert_int_equal(tracked_reports(tracked), 1);
}

static void every_status_on_the_way_down_is_reported_exactly_once(void **state)
{
    struct tracked *tracked = *state;
    static const char *const expected[] = {"\"running\"", "\"quieting\"", "\"quiet\"", "\"stopping\"", "\"stopped\""};
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_enter(tracked, CARAFE_QUIETING);
    (void)recorder_await(tracked->recorder, CARAFE_EVENT_REPORTER_REPORTED, 2);
    tracked_enter(tracked, CARAFE_QUIET);
    (void)recorder_await(tracked->recorder, CARAFE_EVENT_REPORTER_REPORTED, 3);
    tracked_enter(tracked, CARAFE_STOPPING);
    tracked_enter(tracked, CARAFE_STOPPED);
    tracked_enter(tracked, CARAFE_TERMINATED);
    assert_int_equal(tracked_reports(tracked), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(tracked_report_field(tracked, i, "process/status"), expected[i]);
    }
}

static void statuses_that_follow_at_once_are_reported_in_order(void **state)
{
    struct tracked *tracked = *state;
    static const char *const expected[] = {"\"running\"", "\"quieting\"", "\"quiet\"", "\"stopping\"", "\"stopped\""};
    tracked_begin(tracked);
    tracked_run(tracked);
    for (enum carafe_status status = CARAFE_QUIETING; status <= CARAFE_STOPPED; status++) {
        tracked_enter(tracked, status);
    }
    assert_int_equal(tracked_reports(tracked), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(tracked_report_field(tracked, i, "process/status"), expected[i]);
    }
}

static void nothing_follows_the_report_of_stopped(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_enter(tracked, CARAFE_STOPPING);
    tracked_enter(tracked, CARAFE_STOPPED);
    tracked_enter(tracked, CARAFE_QUIET); /* told late */
    tracked_pass(tracked, 20000);
    assert_int_equal(tracked_reports(tracked), 3);
}

static void messages_carry_their_envelope(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_fail(tracked, "consumer.consume.error", "boom");
    tracked_run(tracked);
    const struct fake_record *report = fake_producer_record(tracked->producer, REPORTS_TOPIC, 0);
    assert_string_equal(report->key, "host:42:0123456789ab");
    assert_string_equal(report->headers, "zlib=true;");
    assert_int_equal(report->partition, 0);
    assert_int_equal((unsigned char)report->payload[0], 0x78); /* a zlib header */
    const struct fake_record *error = fake_producer_record(tracked->producer, ERRORS_TOPIC, 0);
    assert_string_equal(error->key, "host:42:0123456789ab");
    assert_string_equal(error->headers, "zlib=true;");
    assert_int_equal(error->partition, -1);
    struct recorded reported = recorder_await(tracked->recorder, CARAFE_EVENT_REPORTER_REPORTED, 1);
    assert_int_equal(reported.messages, 2);
    assert_int_equal(reported.status, CARAFE_RUNNING);
}

static void the_stopping_error_goes_out_at_once_with_what_blocked(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_enter(tracked, CARAFE_STOPPING);
    const struct carafe_failure failure = {.type = "app.stopping.error",
                                           .error_class = "ForcefulShutdownError",
                                           .message = "forced",
                                           .alive_workers = 2,
                                           .in_processing = "Consume orders/2 (billing_0, blocking)"};
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED, .failure = &failure});
    assert_int_equal(tracked_reports(tracked), 3);
    assert_string_equal(tracked_report_field(tracked, 2, "process/status"), "\"stopping\"");
    assert_string_equal(tracked_error_field(tracked, 0, "details"),
                        "{\"alive_workers\":2,\"in_processing\":\"Consume orders/2 (billing_0, blocking)\"}");
    assert_string_equal(tracked_error_field(tracked, 0, "error_class"), "\"ForcefulShutdownError\"");
}

static void other_errors_wait_for_the_next_report(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_fail(tracked, "librdkafka.error", "broker down");
    assert_int_equal(tracked_errors(tracked), 0);
    tracked_pass(tracked, 5000);
    assert_int_equal(tracked_errors(tracked), 1);
    assert_string_equal(tracked_report_field(tracked, 1, "stats/total/errors"), "1");
    tracked_pass(tracked, 5000);
    assert_int_equal(tracked_errors(tracked), 1);
    assert_string_equal(tracked_report_field(tracked, 2, "stats/total/errors"), "0");
}

static void a_full_producer_keeps_counters_and_errors_for_the_next_report(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_fail(tracked, "librdkafka.error", "first");
    fake_producer_fail(tracked->producer, CARAFE_FULL, 0);
    tracked_pass(tracked, 5000);
    assert_int_equal(tracked_reports(tracked), 1);
    assert_int_equal(recorder_count_failures(tracked->recorder, "reporter.report.error"), 1);
    fake_producer_fail(tracked->producer, 0, 0);
    tracked_pass(tracked, 5000);
    assert_int_equal(tracked_reports(tracked), 2);
    assert_string_equal(tracked_report_field(tracked, 1, "stats/total/errors"), "2"); /* and the failure to report */
    assert_int_equal(tracked_errors(tracked), 2);
    assert_string_equal(tracked_error_field(tracked, 0, "error_message"), "\"first\"");
    assert_int_equal(recorder_count_failures(tracked->recorder, "reporter.report.error"), 1);
}

static void errors_that_were_not_taken_stay_in_order(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_fail(tracked, "librdkafka.error", "one");
    tracked_fail(tracked, "librdkafka.error", "two");
    tracked_fail(tracked, "librdkafka.error", "three");
    fake_producer_fail(tracked->producer, CARAFE_FULL, 2); /* the report and one error are taken */
    tracked_pass(tracked, 5000);
    assert_int_equal(tracked_errors(tracked), 1);
    fake_producer_fail(tracked->producer, 0, 0);
    tracked_pass(tracked, 5000);
    assert_int_equal(tracked_errors(tracked), 4);
    assert_string_equal(tracked_error_field(tracked, 1, "error_message"), "\"two\"");
    assert_string_equal(tracked_error_field(tracked, 2, "error_message"), "\"three\"");
    assert_string_equal(tracked_error_field(tracked, 3, "type"), "\"reporter.report.error\"");
}

static void a_producer_closed_meanwhile_is_nobodys_failure(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    fake_producer_fail(tracked->producer, CARAFE_CLOSED, 0);
    tracked_enter(tracked, CARAFE_STOPPING);
    assert_int_equal(recorder_count(tracked->recorder, CARAFE_EVENT_ERROR_OCCURRED), 0);
    assert_int_equal(tracked_reports(tracked), 1);
}

struct corruption {
    struct report_filter port;
    enum contract_kind kind;
    int left; /* documents to corrupt */
    const char *path;
    const char *text;
};

static void corrupt(struct report_filter *filter, enum contract_kind kind, struct json_document *document)
{
    struct corruption *self = (struct corruption *)filter;
    if (kind == self->kind && self->left > 0) {
        self->left--;
        assert_int_equal(json_document_assign(document, self->path, self->text, NULL), 0);
    }
}

static void a_report_that_violates_its_contract_is_not_sent_and_named(void **state)
{
    struct tracked *tracked = *state;
    struct corruption corruption = {{corrupt}, CONTRACT_REPORT, 1, "process.id", "\"x\""};
    tracked->options.filter = &corruption.port;
    tracked_begin(tracked);
    tracked_fail(tracked, "librdkafka.error", "kept");
    tracked_run(tracked);
    assert_int_equal(tracked->producer->calls, 0);
    struct recorded failure = recorder_await_failure(tracked->recorder, "reporter.report.error", 1);
    assert_string_equal(failure.failure_message, "process.id: expected a string with at least two colons, got \"x\"");
    tracked_pass(tracked, 4500);
    assert_int_equal(tracked->producer->calls, 0);
    tracked_pass(tracked, 500);
    assert_int_equal(tracked_reports(tracked), 1);
    assert_string_equal(tracked_report_field(tracked, 0, "stats/total/errors"), "2");
    assert_int_equal(tracked_errors(tracked), 2);
}

static void an_error_document_that_violates_its_contract_is_set_aside(void **state)
{
    struct tracked *tracked = *state;
    struct corruption corruption = {{corrupt}, CONTRACT_ERROR, 1, "occurred_at", "1"};
    tracked->options.filter = &corruption.port;
    tracked_begin(tracked);
    tracked_fail(tracked, "librdkafka.error", "poison");
    tracked_fail(tracked, "librdkafka.error", "sound");
    tracked_run(tracked);
    assert_int_equal(tracked_reports(tracked), 1);
    assert_int_equal(tracked_errors(tracked), 1);
    assert_string_equal(tracked_error_field(tracked, 0, "error_message"), "\"sound\"");
    struct recorded failure = recorder_await_failure(tracked->recorder, "reporter.report.error", 1);
    assert_string_equal(failure.failure_message, "error document set aside: occurred_at: expected a float, got 1");
    assert_int_equal(tracking_losses(tracked->tracking).set_aside, 1);
}

static void an_error_document_that_can_never_be_sent_is_set_aside(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_fail(tracked, "librdkafka.error", "too large");
    fake_producer_fail(tracked->producer, CARAFE_INVALID, 1);
    tracked_run(tracked);
    assert_int_equal(tracking_losses(tracked->tracking).set_aside, 1);
    fake_producer_fail(tracked->producer, 0, 0);
    tracked_pass(tracked, 5000);
    assert_int_equal(tracked_errors(tracked), 1);
    assert_string_equal(tracked_error_field(tracked, 0, "type"), "\"reporter.report.error\"");
}

static void an_error_document_that_was_not_delivered_goes_with_the_next_report(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked->producer->answer_code = CARAFE_TIMEOUT;
    tracked_fail(tracked, "librdkafka.error", "again");
    tracked_run(tracked);
    assert_int_equal(tracked_errors(tracked), 1);
    tracked->producer->answer_code = 0;
    tracked_pass(tracked, 10000);
    assert_int_equal(tracked_reports(tracked), 3); /* reports are not sent again */
    assert_int_equal(tracked_errors(tracked), 2);
    assert_string_equal(tracked_error_field(tracked, 1, "error_message"), "\"again\"");
}

static void errors_that_were_not_delivered_stay_in_order_and_the_oldest_go(void **state)
{
    struct tracked *tracked = *state;
    tracked->options.reporting.errors_max = 3;
    tracked_begin(tracked);
    tracked->producer->answer_code = CARAFE_TIMEOUT;
    tracked_fail(tracked, "librdkafka.error", "one");
    tracked_fail(tracked, "librdkafka.error", "two");
    tracked_fail(tracked, "librdkafka.error", "three");
    tracked_run(tracked);
    tracked_fail(tracked, "librdkafka.error", "four");
    tracked->producer->answer_code = 0;
    tracked_pass(tracked, 5000);
    assert_int_equal(tracked_errors(tracked), 6);
    assert_string_equal(tracked_error_field(tracked, 3, "error_message"), "\"two\"");
    assert_string_equal(tracked_error_field(tracked, 4, "error_message"), "\"three\"");
    assert_string_equal(tracked_error_field(tracked, 5, "error_message"), "\"four\"");
    assert_int_equal(tracking_losses(tracked->tracking).dropped, 1);
}

static void past_the_bound_the_oldest_errors_are_dropped_and_told(void **state)
{
    struct tracked *tracked = *state;
    tracked->options.reporting.errors_max = 3;
    tracked_begin(tracked);
    for (int i = 0; i < 5; i++) {
        tracked_fail(tracked, "librdkafka.error", i < 2 ? "old" : "new");
    }
    tracked_run(tracked);
    assert_int_equal(tracked_errors(tracked), 3);
    assert_string_equal(tracked_error_field(tracked, 0, "error_message"), "\"new\"");
    struct recorded dropped = recorder_await(tracked->recorder, CARAFE_EVENT_REPORTER_DROPPED, 1);
    assert_int_equal(dropped.messages, 2);
    assert_int_equal(tracking_losses(tracked->tracking).dropped, 2);
    assert_string_equal(tracked_report_field(tracked, 0, "stats/total/errors"), "5");
}

static void without_brokers_no_more_errors_are_under_way_than_the_bound(void **state)
{
    struct tracked *tracked = *state;
    tracked->options.reporting.errors_max = 3;
    tracked_begin(tracked);
    tracked->producer->answer = false;
    for (int report = 0; report < 4; report++) {
        tracked_fail(tracked, "librdkafka.error", "x");
        tracked_fail(tracked, "librdkafka.error", "y");
        if (report == 0) {
            tracked_run(tracked);
        } else {
            tracked_pass(tracked, 5000);
        }
    }
    assert_int_equal(tracked_reports(tracked), 4);
    assert_int_equal(tracked_errors(tracked), 3);
}

static void *stop(void *argument)
{
    tracked_enter(argument, CARAFE_STOPPING);
    return NULL;
}

static void a_forced_report_waits_a_second_at_most(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked->producer->answer = false;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop, tracked), 0);
    fake_clock_await_deadline(&tracked->clock, REPORTER_FORCED_WAIT_MS);
    assert_int_equal(tracked_reports(tracked), 2);
    fake_clock_advance(&tracked->clock, REPORTER_FORCED_WAIT_MS);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void a_forced_report_waits_no_longer_than_its_deliveries(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked->producer->answer = false;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop, tracked), 0);
    fake_clock_await_deadline(&tracked->clock, REPORTER_FORCED_WAIT_MS);
    fake_producer_answer(tracked->producer, 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

/* A machine whose /proc answers when it is told to. */
struct slow_metrics {
    struct metrics port;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool slow;
    bool asked;
};

static void sample_slowly(struct metrics *metrics, struct metrics_sample *sample)
{
    struct slow_metrics *self = (struct slow_metrics *)metrics;
    *sample = (struct metrics_sample){.cpus = 1, .load = {-1, -1, -1}};
    pthread_mutex_lock(&self->lock);
    self->asked = self->slow;
    pthread_cond_broadcast(&self->changed);
    while (self->slow) {
        pthread_cond_wait(&self->changed, &self->lock);
    }
    pthread_mutex_unlock(&self->lock);
}

static void set_slow(struct slow_metrics *metrics, bool slow)
{
    pthread_mutex_lock(&metrics->lock);
    metrics->slow = slow;
    pthread_cond_broadcast(&metrics->changed);
    pthread_mutex_unlock(&metrics->lock);
}

static void a_forced_report_comes_after_the_one_that_is_being_made(void **state)
{
    struct tracked *tracked = *state;
    struct slow_metrics metrics = {
        .port = {sample_slowly}, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    tracked->options.metrics = &metrics.port;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_pass(tracked, 4500);
    set_slow(&metrics, true);
    fake_clock_advance(&tracked->clock, 500);
    pthread_mutex_lock(&metrics.lock);
    while (!metrics.asked) {
        pthread_cond_wait(&metrics.changed, &metrics.lock);
    }
    pthread_mutex_unlock(&metrics.lock);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop, tracked), 0);
    fake_clock_await_wait(&tracked->clock, NEVER_NS);
    assert_int_equal(tracked_reports(tracked), 1);
    set_slow(&metrics, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(tracked_reports(tracked), 3);
    assert_string_equal(tracked_report_field(tracked, 2, "process/status"), "\"stopping\"");
}

static void many_messages_are_waited_for(void **state)
{
    struct tracked *tracked = *state;
    tracked->options.reporting.sync_threshold = 3;
    tracked_begin(tracked);
    tracked->producer->answer = false;
    tracked_fail(tracked, "librdkafka.error", "one");
    tracked_fail(tracked, "librdkafka.error", "two");
    tracked_enter(tracked, CARAFE_RUNNING);
    fake_clock_await_deadline(&tracked->clock, REPORTER_SYNC_WAIT_MS);
    fake_producer_answer(tracked->producer, 0);
    fake_clock_await_deadline(&tracked->clock, 500);
    assert_int_equal(tracked_errors(tracked), 2);
}

static void without_a_producer_nothing_is_reported(void **state)
{
    struct tracked *tracked = *state;
    tracked->options.producer = NULL;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_enter(tracked, CARAFE_STOPPED);
    assert_int_equal(recorder_count(tracked->recorder, CARAFE_EVENT_REPORTER_REPORTED), 0);
}

static void reporting_can_be_off(void **state)
{
    struct tracked *tracked = *state;
    tracked->options.reporting.enabled = false;
    tracked_begin(tracked);
    tracked_run(tracked);
    tracked_enter(tracked, CARAFE_STOPPED);
    assert_int_equal(tracked->producer->calls, 0);
}

static void reports_expire_and_error_documents_do_not(void **state)
{
    struct tracked *tracked = *state;
    tracked->options.reporting.reports_topic = "reports";
    tracked_begin(tracked);
    assert_int_equal(tracked->producer->expiries, 1);
    assert_string_equal(tracked->producer->expiring_topic, "reports");
    assert_int_equal(tracked->producer->expiry_ms, 30000);
}

static void a_producer_that_cannot_expire_reports_is_refused(void **state)
{
    struct tracked *tracked = *state;
    struct carafe_error error = {0};
    tracked->producer->expire_code = CARAFE_FAILED;
    assert_null(tracking_create(&tracked->options, &error));
    assert_int_equal(error.code, CARAFE_FAILED);
}

static void wrong_settings_are_refused_all_at_once(void **state)
{
    struct tracked *tracked = *state;
    struct carafe_error error = {0};
    tracked->options.reporting.schema = "9.9";
    tracked->options.reporting.interval_ms = -1;
    tracked->options.reporting.errors_max = 2000000;
    assert_null(tracking_create(&tracked->options, &error));
    assert_int_equal(error.code, CARAFE_INVALID);
    assert_string_equal(error.text, "reporting: interval_ms: expected 1 to 86400000, got -1\n"
                                    "reporting: errors_max: expected at most 1000000, got 2000000\n"
                                    "reporting: schema: report schema: expected 1.4.0, 1.4.1, 1.6.0 or 1.7.0, got 9.9");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_reported_before_running),
        TEST(the_first_report_goes_out_when_running_is_entered),
        TEST(reports_follow_each_other_by_the_interval),
        TEST(a_listener_that_begins_to_fetch_does_not_bring_reports_forward),
        TEST(every_status_on_the_way_down_is_reported_exactly_once),
        TEST(statuses_that_follow_at_once_are_reported_in_order),
        TEST(nothing_follows_the_report_of_stopped),
        TEST(messages_carry_their_envelope),
        TEST(the_stopping_error_goes_out_at_once_with_what_blocked),
        TEST(other_errors_wait_for_the_next_report),
        TEST(a_full_producer_keeps_counters_and_errors_for_the_next_report),
        TEST(errors_that_were_not_taken_stay_in_order),
        TEST(a_producer_closed_meanwhile_is_nobodys_failure),
        TEST(a_report_that_violates_its_contract_is_not_sent_and_named),
        TEST(an_error_document_that_violates_its_contract_is_set_aside),
        TEST(an_error_document_that_can_never_be_sent_is_set_aside),
        TEST(an_error_document_that_was_not_delivered_goes_with_the_next_report),
        TEST(errors_that_were_not_delivered_stay_in_order_and_the_oldest_go),
        TEST(past_the_bound_the_oldest_errors_are_dropped_and_told),
        TEST(without_brokers_no_more_errors_are_under_way_than_the_bound),
        TEST(a_forced_report_waits_a_second_at_most),
        TEST(a_forced_report_waits_no_longer_than_its_deliveries),
        TEST(a_forced_report_comes_after_the_one_that_is_being_made),
        TEST(many_messages_are_waited_for),
        TEST(without_a_producer_nothing_is_reported),
        TEST(reporting_can_be_off),
        TEST(reports_expire_and_error_documents_do_not),
        TEST(a_producer_that_cannot_expire_reports_is_refused),
        TEST(wrong_settings_are_refused_all_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
