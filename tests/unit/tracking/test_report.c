/* What a report and an error document say of what the server did. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "tracked.h"

#define GROUP                                                                                                          \
    "\"cgrp\":{\"state\":\"up\",\"join_state\":\"steady\",\"stateage\":1,\"rebalance_age\":1,\"rebalance_cnt\":1,"     \
    "\"rebalance_reason\":\"\"}"
#define STATISTICS                                                                                                     \
    "{\"brokers\":{\"b\":{\"rxbytes\":100,\"txbytes\":10}},\"topics\":{\"orders\":{\"partitions\":{\"2\":{"            \
    "\"fetch_state\":\"active\",\"consumer_lag\":1,\"consumer_lag_stored\":2,\"committed_offset\":3,"                  \
    "\"stored_offset\":4,\"hi_offset\":5,\"lo_offset\":6,\"eof_offset\":7,\"ls_offset\":8}}}}," GROUP "}"

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

static void publish_client(struct tracked *tracked, enum carafe_event_kind kind)
{
    tracked_publish(tracked,
                    (struct carafe_event){.kind = kind, .group = "billing", .subscription_group = "billing_0"});
}

static void emit_text(struct tracked *tracked, const char *statistics)
{
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_STATISTICS_EMITTED,
                                                   .group = "billing",
                                                   .subscription_group = "billing_0",
                                                   .statistics = statistics,
                                                   .statistics_len = strlen(statistics)});
}

static void emit(struct tracked *tracked)
{
    emit_text(tracked, STATISTICS);
}

static struct carafe_job_view view(uint64_t id, enum carafe_job_type type)
{
    return (struct carafe_job_view){.id = id,
                                    .type = type,
                                    .group = "billing",
                                    .subscription_group = "billing_0",
                                    .topic = "orders",
                                    .partition = 2,
                                    .consumer = "Billing::OrdersConsumer",
                                    .first_offset = 10,
                                    .last_offset = 19,
                                    .messages = 10,
                                    .committed_offset = 9};
}

static void publish_job(struct tracked *tracked, enum carafe_event_kind kind, const struct carafe_job_view *job)
{
    tracked_publish(tracked,
                    (struct carafe_event){
                        .kind = kind, .group = job->group, .subscription_group = job->subscription_group, .job = job});
}

static void an_idle_server_is_reported_whole_and_in_order(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    assert_string_equal(
        tracked_report_field(tracked, 0, ""),
        "{\"schema_version\":\"1.4.0\",\"type\":\"consumer\",\"dispatched_at\":1000.0,\"process\":{\"id\":"
        "\"host:42:0123456789ab\",\"started_at\":1000.0,\"status\":\"running\",\"execution_mode\":\"standalone\","
        "\"listeners\":{\"active\":1,\"standby\":0},\"workers\":5,\"memory_usage\":2048,\"memory_total_usage\":4096,"
        "\"memory_size\":8192,\"cpus\":2,\"threads\":9,\"cpu_usage\":[0.5,0.25,-1.0],\"tags\":[\"blue\",\"mode:test\"],"
        "\"bytes_received\":0,\"bytes_sent\":0},\"versions\":{\"ruby\":\"none (carafe " CARAFE_VERSION ", C11)\","
        "\"karafka\":\"2.5.0\",\"karafka_core\":\"2.5.2\",\"karafka_web\":\"0.10.4\",\"waterdrop\":\"" CARAFE_VERSION
        "\",\"rdkafka\":\"" CARAFE_VERSION "\",\"librdkafka\":\"2.0.2\"},\"stats\":{\"busy\":0,\"enqueued\":0,"
        "\"waiting\":0,\"utilization\":0,\"total\":{\"jobs\":0,\"batches\":0,\"messages\":0,\"errors\":0,\"retries\":0,"
        "\"dead\":0}},\"consumer_groups\":{},\"jobs\":[]}");
}

static void documents_of_every_schema_keep_their_contract(void **state)
{
    (void)state;
    for (int i = 0; i < SCHEMA_COUNT; i++) {
        enum contract_schema schema = (enum contract_schema)i;
        struct tracked *tracked = tracked_create();
        tracked->options.reporting.schema = contract_schema_name(schema);
        tracked_begin(tracked);
        publish_client(tracked, CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP);
        emit(tracked);
        struct carafe_job_view job = view(1, CARAFE_JOB_CONSUME);
        publish_job(tracked, CARAFE_EVENT_CONSUMER_CONSUME, &job);
        tracked_fail(tracked, "librdkafka.error", "x");
        tracked_run(tracked);
        assert_string_equal(tracked_report_violations(tracked, 0, schema), "");
        assert_string_equal(tracked_error_violations(tracked, 0, schema), "");
        bool newest = schema == SCHEMA_1_7_0;
        assert_int_equal(*tracked_report_violations(tracked, 0, SCHEMA_1_7_0) == '\0', newest);
        tracked_destroy(tracked);
    }
}

static void static_membership_shows_from_1_6_0_on(void **state)
{
    struct tracked *tracked = *state;
    static const struct client_traits clients[] = {{"shipping_0", "cart-1", 0}, {"billing_0", "till-3", 60000}};
    tracked->options.reporting.schema = "1.7.0";
    tracked->options.clients = clients;
    tracked->options.client_count = 2;
    tracked_begin(tracked);
    emit(tracked);
    tracked_run(tracked);
    const char *group = "consumer_groups/billing/subscription_groups/billing_0/";
    assert_string_equal(tracked_report_field(tracked, 0, "consumer_groups/billing/id"), "\"billing\"");
    char path[128];
    (void)snprintf(path, sizeof path, "%sinstance_id", group);
    assert_string_equal(tracked_report_field(tracked, 0, path), "\"till-3\"");
    (void)snprintf(path, sizeof path, "%sstate/poll_interval", group);
    assert_string_equal(tracked_report_field(tracked, 0, path), "60000");
    (void)snprintf(path, sizeof path, "%stopics/orders/partitions_cnt", group);
    assert_string_equal(tracked_report_field(tracked, 0, path), "1");
}

static void a_client_without_static_membership_says_so(void **state)
{
    struct tracked *tracked = *state;
    static const struct client_traits clients[] = {{"shipping_0", "cart-1", 60000}};
    tracked->options.reporting.schema = "1.7.0";
    tracked->options.clients = clients;
    tracked->options.client_count = 1;
    tracked_begin(tracked);
    emit(tracked);
    tracked_run(tracked);
    const char *group = "consumer_groups/billing/subscription_groups/billing_0/";
    char path[128];
    (void)snprintf(path, sizeof path, "%sinstance_id", group);
    assert_string_equal(tracked_report_field(tracked, 0, path), "false");
    (void)snprintf(path, sizeof path, "%sstate/poll_interval", group);
    assert_string_equal(tracked_report_field(tracked, 0, path), "300000");
}

static void jobs_are_counted_before_they_run_and_listed_until_they_end(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    struct carafe_job_view consume = view(1, CARAFE_JOB_CONSUME);
    struct carafe_job_view pending = view(2, CARAFE_JOB_CONSUME);
    struct carafe_job_view revoked = view(3, CARAFE_JOB_REVOKED);
    struct carafe_job_view idle = view(4, CARAFE_JOB_IDLE);
    publish_job(tracked, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, &consume);
    publish_job(tracked, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, &pending);
    publish_job(tracked, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, &idle);
    publish_job(tracked, CARAFE_EVENT_CONSUMER_CONSUME, &consume);
    publish_job(tracked, CARAFE_EVENT_CONSUMER_REVOKE, &revoked);
    publish_job(tracked, CARAFE_EVENT_CONSUMER_REVOKED, &revoked);
    publish_job(tracked, CARAFE_EVENT_CONSUMER_IDLE, &idle);
    tracked_run(tracked);
    assert_string_equal(tracked_report_field(tracked, 0, "stats/total"),
                        "{\"jobs\":2,\"batches\":1,\"messages\":10,\"errors\":0,\"retries\":0,\"dead\":0}");
    assert_string_equal(tracked_report_field(tracked, 0, "jobs/0/status"), "\"running\"");
    assert_string_equal(tracked_report_field(tracked, 0, "jobs/1/status"), "\"pending\"");
    assert_string_equal(tracked_report_field(tracked, 0, "jobs/2"), "");
    publish_job(tracked, CARAFE_EVENT_CONSUMER_CONSUMED, &consume);
    publish_client(tracked, CARAFE_EVENT_CLIENT_RESET);
    tracked_pass(tracked, 5000);
    assert_string_equal(tracked_report_field(tracked, 1, "jobs"), "[]");
    assert_string_equal(tracked_report_field(tracked, 1, "stats/total/jobs"), "0");
}

static void a_failed_job_is_not_listed_any_more_and_named_in_the_error(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    static const char *const tags[] = {"slow"};
    struct carafe_job_view job = view(1, CARAFE_JOB_CONSUME);
    job.tags = (struct carafe_names){tags, 1};
    publish_job(tracked, CARAFE_EVENT_CONSUMER_CONSUME, &job);
    const struct carafe_failure failure = {.type = "consumer.consume.error",
                                           .error_class = "Billing::Refused",
                                           .message = "no funds",
                                           .backtrace = "a\nb"};
    tracked_publish(tracked,
                    (struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED, .job = &job, .failure = &failure});
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_CONSUMER_RETRY, .job = &job});
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_DEAD_LETTER_DISPATCHED, .job = &job});
    tracked_run(tracked);
    assert_string_equal(tracked_report_field(tracked, 0, "jobs"), "[]");
    assert_string_equal(tracked_report_field(tracked, 0, "stats/total"),
                        "{\"jobs\":1,\"batches\":1,\"messages\":10,\"errors\":1,\"retries\":1,\"dead\":1}");
    assert_string_equal(
        tracked_error_field(tracked, 0, ""),
        "{\"schema_version\":\"1.1.0\",\"type\":\"consumer.consume.error\",\"error_class\":\"Billing::Refused\","
        "\"error_message\":\"no funds\",\"backtrace\":\"a\\nb\",\"details\":{\"topic\":\"orders\",\"consumer_group\":"
        "\"billing\",\"subscription_group\":\"billing_0\",\"partition\":2,\"first_offset\":10,\"last_offset\":19,"
        "\"committed_offset\":9,\"consumer\":\"Billing::OrdersConsumer\",\"tags\":[\"slow\"]},\"occurred_at\":1000.0,"
        "\"process\":{\"id\":\"host:42:0123456789ab\",\"tags\":[\"blue\",\"mode:test\"]}}");
}

static void utilization_is_the_share_of_the_workers_time(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    struct carafe_job_view job = view(1, CARAFE_JOB_CONSUME);
    publish_job(tracked, CARAFE_EVENT_WORKER_PROCESS, &job);
    tracked_pass(tracked, 2500);
    publish_job(tracked, CARAFE_EVENT_WORKER_PROCESSED, &job);
    tracked_pass(tracked, 2500);
    assert_string_equal(tracked_report_field(tracked, 1, "stats/utilization"), "10.0"); /* 2.5 s of 5 x 5 s */
    tracked_pass(tracked, 70000);
    assert_string_equal(tracked_report_field(tracked, tracked_reports(tracked) - 1, "stats/utilization"), "0");
}

static void statistics_polls_and_pauses_reach_the_partitions(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    publish_client(tracked, CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP);
    tracked_run(tracked);
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_CONSUMER_PAUSE,
                                                   .subscription_group = "billing_0",
                                                   .topic = "orders",
                                                   .partition = 2,
                                                   .duration_ms = 4000});
    tracked_pass(tracked, 3000);
    emit(tracked);
    publish_client(tracked, CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED);
    tracked_pass(tracked, 2000);
    const char *sg = "consumer_groups/billing/subscription_groups/billing_0";
    char path[128];
    (void)snprintf(path, sizeof path, "%s/state/poll_age", sg);
    assert_string_equal(tracked_report_field(tracked, 1, path), "2000.0");
    (void)snprintf(path, sizeof path, "%s/topics/orders/partitions/2", sg);
    assert_string_equal(
        tracked_report_field(tracked, 1, path),
        "{\"lag\":1,\"lag_d\":0,\"lag_stored\":2,\"lag_stored_d\":0,\"committed_offset\":3,\"committed_offset_fd\":"
        "3000,"
        "\"stored_offset\":4,\"stored_offset_fd\":3000,\"fetch_state\":\"active\",\"hi_offset\":5,\"hi_offset_fd\":"
        "3000,"
        "\"lo_offset\":6,\"eof_offset\":7,\"ls_offset\":8,\"ls_offset_d\":0,\"ls_offset_fd\":3000,\"id\":2,"
        "\"poll_state\":\"paused\",\"poll_state_ch\":1000}");
    publish_client(tracked, CARAFE_EVENT_LISTENER_STOPPED);
    tracked_pass(tracked, 5000);
    assert_string_equal(tracked_report_field(tracked, 2, "consumer_groups/billing/subscription_groups"), "{}");
}

/* The first broker has totals of two moments, the second of one: that is no rate yet. */
static void bytes_of_all_brokers_are_told_by_the_second(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    emit_text(tracked, "{\"brokers\":{\"a\":{\"rxbytes\":1000,\"txbytes\":50}},\"topics\":{}," GROUP "}");
    tracked_pass(tracked, 3000);
    emit_text(tracked, "{\"brokers\":{\"a\":{\"rxbytes\":7001,\"txbytes\":650},\"b\":{\"rxbytes\":9,\"txbytes\":9}},"
                       "\"topics\":{}," GROUP "}");
    tracked_pass(tracked, 2000);
    assert_string_equal(tracked_report_field(tracked, 1, "process/bytes_received"), "2000");
    assert_string_equal(tracked_report_field(tracked, 1, "process/bytes_sent"), "200");
    tracked_pass(tracked, 60000);
    assert_string_equal(tracked_report_field(tracked, tracked_reports(tracked) - 1, "process/bytes_received"), "0");
}

static const char *poll_state(struct tracked *tracked)
{
    const char *path = "consumer_groups/billing/subscription_groups/billing_0/topics/orders/partitions/2/poll_state";
    emit(tracked);
    tracked_pass(tracked, 5000);
    return tracked_report_field(tracked, tracked_reports(tracked) - 1, path);
}

static void publish_pause(struct tracked *tracked, enum carafe_event_kind kind)
{
    tracked_publish(
        tracked,
        (struct carafe_event){
            .kind = kind, .subscription_group = "billing_0", .topic = "orders", .partition = 2, .duration_ms = -1});
}

static void a_pause_ends_with_its_resumption_or_the_loss_of_its_partition(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_run(tracked);
    publish_pause(tracked, CARAFE_EVENT_CONSUMER_PAUSE);
    assert_string_equal(poll_state(tracked), "\"paused\"");
    publish_pause(tracked, CARAFE_EVENT_CLIENT_RESUME);
    assert_string_equal(poll_state(tracked), "\"active\"");
    publish_pause(tracked, CARAFE_EVENT_CONSUMER_PAUSE);
    assert_string_equal(poll_state(tracked), "\"paused\"");
    const struct carafe_partition revoked = {.topic = "orders", .partition = 2};
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED,
                                                   .subscription_group = "billing_0",
                                                   .partitions = &revoked,
                                                   .partition_count = 1});
    assert_string_equal(poll_state(tracked), "\"active\"");
}

static void statistics_that_are_none_are_an_error_and_no_harm(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_STATISTICS_EMITTED,
                                                   .group = "billing",
                                                   .subscription_group = "billing_0",
                                                   .statistics = "{\"x\"",
                                                   .statistics_len = 4});
    struct recorded failure = recorder_await_failure(tracked->recorder, "callbacks.statistics.error", 1);
    assert_string_equal(failure.failure_message, "not JSON: expected ':', got the end of the text at line 1 column 5");
    tracked_run(tracked);
    assert_int_equal(tracked_reports(tracked), 1);
    assert_int_equal(tracked_errors(tracked), 1);
}

static void messages_are_cut_and_always_utf8(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    char *message = malloc(40002);
    assert_non_null(message);
    for (int i = 0; i < 20000; i++) {
        memcpy(message + 2 * i, "\xC3\xA4", 2);
    }
    message[0] = '\xFF';
    message[40000] = '\0';
    tracked_fail(tracked, "librdkafka.error", message);
    free(message);
    tracked_run(tracked);
    const char *written = tracked_error_field(tracked, 0, "error_message");
    assert_memory_equal(written, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xA4", 9); /* 0xFF, a lone 0xA4, and so on */
    assert_int_equal(strlen(written), 2 + 3 + 3 + 2 * 9998);
}

static void an_error_of_a_client_names_it(void **state)
{
    struct tracked *tracked = *state;
    tracked_begin(tracked);
    const struct carafe_failure failure = {.type = "librdkafka.error", .error_class = "", .message = NULL};
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED,
                                                   .group = "billing",
                                                   .subscription_group = "billing_0",
                                                   .client_id = "carafe#consumer-1",
                                                   .failure = &failure});
    tracked_run(tracked);
    assert_string_equal(tracked_error_field(tracked, 0, "details"),
                        "{\"consumer_group\":\"billing\",\"subscription_group\":\"billing_0\",\"id\":"
                        "\"carafe#consumer-1\",\"name\":\"carafe#consumer-1\"}");
    assert_string_equal(tracked_error_field(tracked, 0, "error_class"), "\"UnknownError\"");
    assert_string_equal(tracked_error_field(tracked, 0, "error_message"), "\"\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_idle_server_is_reported_whole_and_in_order),
        TEST(documents_of_every_schema_keep_their_contract),
        TEST(static_membership_shows_from_1_6_0_on),
        TEST(a_client_without_static_membership_says_so),
        TEST(jobs_are_counted_before_they_run_and_listed_until_they_end),
        TEST(a_failed_job_is_not_listed_any_more_and_named_in_the_error),
        TEST(utilization_is_the_share_of_the_workers_time),
        TEST(statistics_polls_and_pauses_reach_the_partitions),
        TEST(bytes_of_all_brokers_are_told_by_the_second),
        TEST(a_pause_ends_with_its_resumption_or_the_loss_of_its_partition),
        TEST(statistics_that_are_none_are_an_error_and_no_harm),
        TEST(messages_are_cut_and_always_utf8),
        TEST(an_error_of_a_client_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
