#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "court.h"

static const struct court_document stopped = {.status = "stopped"};
static const struct court_document failed = {.error = true, .type = "consumer.consume.error"};

static void one_report_for_every_status_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_reported(court, CARAFE_RUNNING, false);
    court_wait(court, 5000);
    court_reported(court, CARAFE_RUNNING, false);
    court_status(court, CARAFE_EVENT_APP_QUIETING);
    court_status(court, CARAFE_EVENT_APP_QUIET);
    court_reported(court, CARAFE_QUIETING, true);
    court_reported(court, CARAFE_QUIET, true);
    court_stop(court);
    court_expect(court, 0);
    court_close(court);
}

static void a_missing_forced_report_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_status(court, CARAFE_EVENT_APP_QUIETING);
    court_stop(court);
    court_expect(court, 5);
    court_close(court);
}

static void a_forced_report_too_many_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_reported(court, CARAFE_STOPPING, true);
    court_stop(court);
    court_expect(court, 5);
    court_close(court);
}

static void a_failed_attempt_is_an_attempt(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_status(court, CARAFE_EVENT_APP_QUIETING);
    court_error(court, "reporter.report.error");
    court_stop(court);
    court_expect(court, 0);
    court_close(court);
}

static void a_forceful_error_without_its_report_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_reported(court, CARAFE_STOPPING, true);
    court_wait(court, 60000);
    court_error(court, "app.stopping.error");
    court_document(court, &(struct court_document){.error = true, .type = "app.stopping.error"});
    court_exit(court, 2);
    court_expect(court, 5);
    court_close(court);
}

static void a_closed_producer_excuses_missing_reports(void **state)
{
    (void)state;
    struct court *court = court_open("at 5s fault producer s1 closed\n");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_closed_producer(court);
    court_status(court, CARAFE_EVENT_APP_TERMINATED);
    court_exit(court, 0);
    court_expect(court, 0);

    court_close(court);
}

static void a_crash_excuses_missing_reports(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_crash(court);
    court_expect(court, 0);
    court_close(court);
}

static void a_report_before_running_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_reported(court, CARAFE_RUNNING, false);
    court_wait(court, 100);
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_expect(court, 5);
    court_close(court);
}

static void a_report_of_an_early_status_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_reported(court, CARAFE_SUPERVISING, false);
    court_expect(court, 5);
    court_close(court);
}

static void a_report_of_who_never_ran_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_reported(court, CARAFE_STOPPING, false);
    court_exit(court, 1);
    court_expect(court, 5);
    court_close(court);
}

static void a_report_may_be_told_of_just_before_running(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_reported(court, CARAFE_RUNNING, false);
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_expect(court, 0);
    court_close(court);
}

static void periodic_reports_too_close_are_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_reported(court, CARAFE_RUNNING, false);
    court_wait(court, 4900);
    court_reported(court, CARAFE_RUNNING, false);
    court_expect(court, 5);
    court_close(court);
}

static void a_periodic_report_right_after_a_forced_one_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_reported(court, CARAFE_QUIET, true);
    court_reported(court, CARAFE_QUIET, false);
    court_expect(court, 5);
    court_close(court);
}

static void good_documents_are_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_document(court, &(struct court_document){.status = "running"});
    court_document(court, &(struct court_document){.error = true, .type = "x.error"});
    court_expect(court, 0);
    court_close(court);
}

static void a_report_on_another_partition_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_document(court, &(struct court_document){.partition = 1});
    court_expect(court, 6);
    court_close(court);
}

static void an_error_document_goes_where_its_key_says(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_document(court, &(struct court_document){.error = true, .type = "x.error", .partition = 1});
    court_expect(court, 0);
    court_close(court);
}

static void another_key_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_document(court, &(struct court_document){.key = "host:18:0123456789ab"});
    court_expect(court, 6);
    court_close(court);
}

static void another_header_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_document(court, &(struct court_document){.header_value = "false"});
    court_expect(court, 6);
    court_close(court);
}

static void a_document_against_its_contract_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_document(court, &(struct court_document){.error = true, .type = "x.error", .text = "{\"type\":\"x\"}"});
    court_expect(court, 6);
    court_close(court);
}

static void a_document_of_another_schema_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open_program("cluster brokers=1\ntopic orders\nserver s1 report_schema=1.4.1\n"
                                             "handler s1 orders\nat 0 start s1\n");
    court_document(court, &(struct court_document){.status = "running"});
    court_expect(court, 6);
    court_close(court);
}

static void a_document_that_is_no_json_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_document(court, &(struct court_document){.text = "zlib"});
    court_expect(court, 6);
    court_close(court);
}

static void an_error_and_its_document_are_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_error(court, "consumer.consume.error");
    court_document(court, &failed);
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_LISTENER_STOPPED});
    court_document(court, &stopped);
    court_exit(court, 1);
    court_expect(court, 0);
    court_close(court);
}

static void an_error_without_its_document_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_error(court, "consumer.consume.error");
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_LISTENER_STOPPED});
    court_document(court, &stopped);
    court_exit(court, 1);
    court_expect(court, 7);
    court_close(court);
}

static void a_document_too_many_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_error(court, "consumer.consume.error");
    court_document(court, &failed);
    court_document(court, &failed);
    court_exit(court, 1);
    court_expect(court, 7);
    court_close(court);
}

static void a_document_may_come_twice_when_answers_get_lost(void **state)
{
    (void)state;
    struct court *court = court_open("at 5s fault net s1 <- broker 1 cut for 5s\n");
    court_error(court, "consumer.consume.error");
    court_document(court, &failed);
    court_document(court, &failed);
    court_exit(court, 1);
    court_expect(court, 0);

    court_close(court);
}

static void a_dropped_document_is_excused(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_error(court, "consumer.consume.error");
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_REPORTER_DROPPED, .messages = 1});
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_LISTENER_STOPPED});
    court_document(court, &stopped);
    court_exit(court, 1);
    court_expect(court, 0);
    court_close(court);
}

static void a_crash_takes_errors_along(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_error(court, "consumer.consume.error");
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_LISTENER_STOPPED});
    court_document(court, &stopped);
    court_crash(court);
    court_expect(court, 0);
    court_close(court);
}

static void an_error_after_the_last_listener_is_excused(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_LISTENER_STOPPED});
    court_error(court, "librdkafka.error");
    court_document(court, &stopped);
    court_exit(court, 1);
    court_expect(court, 0);
    court_close(court);
}

static void a_storm_excuses_a_lost_document(void **state)
{
    (void)state;
    struct court *court = court_open("at 5s fault broker 1 down\n");
    court_stimulus(court, 0);
    court_error(court, "consumer.consume.error");
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_LISTENER_STOPPED});
    court_document(court, &stopped);
    court_exit(court, 1);
    court_expect(court, 0);

    court_close(court);
}

static void a_forceful_error_that_never_arrives_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_wait(court, 60000);
    court_error(court, "app.stopping.error");
    court_exit(court, 2);
    court_expect(court, 7);
    court_close(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_report_for_every_status_is_sound),
        cmocka_unit_test(a_missing_forced_report_is_noticed),
        cmocka_unit_test(a_forced_report_too_many_is_noticed),
        cmocka_unit_test(a_failed_attempt_is_an_attempt),
        cmocka_unit_test(a_forceful_error_without_its_report_is_noticed),
        cmocka_unit_test(a_closed_producer_excuses_missing_reports),
        cmocka_unit_test(a_crash_excuses_missing_reports),
        cmocka_unit_test(a_report_before_running_is_noticed),
        cmocka_unit_test(a_report_of_an_early_status_is_noticed),
        cmocka_unit_test(a_report_of_who_never_ran_is_noticed),
        cmocka_unit_test(a_report_may_be_told_of_just_before_running),
        cmocka_unit_test(periodic_reports_too_close_are_noticed),
        cmocka_unit_test(a_periodic_report_right_after_a_forced_one_is_noticed),
        cmocka_unit_test(good_documents_are_sound),
        cmocka_unit_test(a_report_on_another_partition_is_noticed),
        cmocka_unit_test(an_error_document_goes_where_its_key_says),
        cmocka_unit_test(another_key_is_noticed),
        cmocka_unit_test(another_header_is_noticed),
        cmocka_unit_test(a_document_against_its_contract_is_noticed),
        cmocka_unit_test(a_document_of_another_schema_is_noticed),
        cmocka_unit_test(a_document_that_is_no_json_is_noticed),
        cmocka_unit_test(an_error_and_its_document_are_sound),
        cmocka_unit_test(an_error_without_its_document_is_noticed),
        cmocka_unit_test(a_document_too_many_is_noticed),
        cmocka_unit_test(a_document_may_come_twice_when_answers_get_lost),
        cmocka_unit_test(a_dropped_document_is_excused),
        cmocka_unit_test(a_crash_takes_errors_along),
        cmocka_unit_test(an_error_after_the_last_listener_is_excused),
        cmocka_unit_test(a_storm_excuses_a_lost_document),
        cmocka_unit_test(a_forceful_error_that_never_arrives_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
