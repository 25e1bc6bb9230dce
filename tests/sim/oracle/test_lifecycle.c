#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "court.h"

static void run_up(struct court *court)
{
    court_status(court, CARAFE_EVENT_APP_INITIALIZED);
    court_status(court, CARAFE_EVENT_APP_SUPERVISING);
    court_status(court, CARAFE_EVENT_APP_RUNNING);
}

static void a_graceful_life_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_stop(court);
    court_expect(court, 0);
    court_close(court);
}

static void a_second_life_begins_anew(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_stop(court);
    run_up(court);
    court_crash(court);
    run_up(court);
    court_stop(court);
    court_expect(court, 0);
    court_close(court);
}

static const char SWARM[] =
    "server pool group=shipping mode=supervisor nodes=2\nhandler pool orders\nat 0 start pool\n";

static void status_of(struct court *court, const char *process, enum carafe_event_kind kind)
{
    struct carafe_event event = {.kind = kind};
    court_event_of(court, process, &event);
}

static void nodes_and_their_supervisor_have_lives_of_their_own(void **state)
{
    (void)state;
    struct court *court = court_open(SWARM);
    status_of(court, "pool", CARAFE_EVENT_APP_SUPERVISING);
    status_of(court, "pool.0", CARAFE_EVENT_APP_RUNNING);
    status_of(court, "pool.1", CARAFE_EVENT_APP_RUNNING);
    status_of(court, "pool", CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);
    court_close(court);
}

static void a_step_back_of_a_node_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open(SWARM);
    status_of(court, "pool.1", CARAFE_EVENT_APP_RUNNING);
    status_of(court, "pool.1", CARAFE_EVENT_APP_RUNNING);
    court_expect(court, 4);
    court_close(court);
}

static void a_step_back_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_status(court, CARAFE_EVENT_APP_SUPERVISING);
    court_expect(court, 4);
    court_close(court);
}

static void a_status_entered_twice_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_expect(court, 4);
    court_close(court);
}

static void a_stop_before_running_reports_nothing_and_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_SUPERVISING);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    court_status(court, CARAFE_EVENT_APP_TERMINATED);
    court_exit(court, 0);
    court_expect(court, 0);
    court_close(court);
}

static void a_missing_stopped_report_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_closed_producer(court);
    court_status(court, CARAFE_EVENT_APP_TERMINATED);
    court_expect(court, 8);
    court_close(court);
}

static void a_producer_left_open_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_reported(court, CARAFE_STOPPED, true);
    court_status(court, CARAFE_EVENT_APP_TERMINATED);
    court_expect(court, 8);
    court_close(court);
}

static void a_report_after_the_producers_close_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_closed_producer(court);
    court_reported(court, CARAFE_STOPPED, true);
    court_expect(court, 8);
    court_close(court);
}

static void a_document_after_the_producers_close_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_reported(court, CARAFE_STOPPED, true);
    court_document(court, &(struct court_document){.status = "stopped"});
    court_closed_producer(court);
    court_expect(court, 0);
    court_document(court, &(struct court_document){.status = "running"});
    court_expect(court, 8);
    court_close(court);
}

static void a_failing_report_excuses_its_absence(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    court_error(court, "reporter.report.error");
    court_closed_producer(court);
    court_status(court, CARAFE_EVENT_APP_TERMINATED);
    court_expect(court, 0);
    court_close(court);
}

static void a_report_that_failed_before_excuses_nothing(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_error(court, "reporter.report.error");
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    court_closed_producer(court);
    court_status(court, CARAFE_EVENT_APP_TERMINATED);
    court_expect(court, 8);
    court_close(court);
}

static void a_close_that_gave_up_is_excused(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_reported(court, CARAFE_STOPPED, true);
    court_wait(court, 65000);
    court_closed_producer(court);
    court_document(court, &(struct court_document){.status = "stopped"});
    court_expect(court, 0);
    court_close(court);
}

static void a_forceful_life_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_reported(court, CARAFE_STOPPING, true);
    court_reported(court, CARAFE_STOPPING, true);
    court_wait(court, 60000);
    court_error(court, "app.stopping.error");
    court_document(court, &(struct court_document){.error = true, .type = "app.stopping.error"});
    court_exit(court, 2);
    court_expect(court, 0);
    court_close(court);
}

static void exit_0_by_force_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_wait(court, 60000);
    court_error(court, "app.stopping.error");
    court_document(court, &(struct court_document){.error = true, .type = "app.stopping.error"});
    court_exit(court, 0);
    court_expect(court, 9);
    court_close(court);
}

static void exit_2_without_force_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_TERMINATED);
    court_exit(court, 2);
    court_expect(court, 9);
    court_close(court);
}

static void exit_1_by_force_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_wait(court, 60000);
    court_error(court, "app.stopping.error");
    court_document(court, &(struct court_document){.error = true, .type = "app.stopping.error"});
    court_exit(court, 1);
    court_expect(court, 9);
    court_close(court);
}

static void exit_0_without_terminated_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_exit(court, 0);
    court_expect(court, 9);
    court_close(court);
}

static void exit_1_after_a_failure_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_error(court, "runner.call.error");
    court_document(court, &(struct court_document){.error = true, .type = "runner.call.error"});
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_reported(court, CARAFE_STOPPING, true);
    court_reported(court, CARAFE_STOPPED, true);
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    court_closed_producer(court);
    court_status(court, CARAFE_EVENT_APP_TERMINATED);
    court_exit(court, 1);
    court_expect(court, 0);
    court_close(court);
}

static void force_before_its_time_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    run_up(court);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_wait(court, 59900);
    court_error(court, "app.stopping.error");
    court_expect(court, 9);
    court_close(court);
}

static void two_forceful_errors_are_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_wait(court, 60000);
    court_error(court, "app.stopping.error");
    court_error(court, "app.stopping.error");
    court_expect(court, 9);
    court_close(court);
}

static void a_stop_that_takes_too_long_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_signal_noticed(court, "TERM");
    court_wait(court, 65099);
    court_error(court, "x.error");
    court_expect(court, 0);
    court_wait(court, 2);
    court_error(court, "x.error");
    court_expect(court, 10);
    court_close(court);
}

static void a_process_that_falls_silent_is_noticed_at_the_end(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_signal_noticed(court, "TERM");
    court_wait(court, 70000);
    court_expect(court, 0);
    oracle_finish(court->run.oracle);
    court_expect(court, 10);
    court_close(court);
}

static void an_exit_that_comes_too_late_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("server s2\nhandler s2 orders\n");
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_wait(court, 66000);
    court_exit(court, 1);
    court_expect(court, 10);

    court_close(court);
}

static void a_stop_in_time_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_signal_noticed(court, "TERM");
    court_wait(court, 65099);
    court_crash(court);
    court_wait(court, 65099);
    court_error(court, "x.error");
    court_expect(court, 0);
    court_close(court);
}

static void a_signal_that_is_no_stop_starts_no_clock(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_signal_noticed(court, "TTIN");
    court_signal_noticed(court, "TSTP");
    court_wait(court, 1000000);
    court_error(court, "x.error");
    court_expect(court, 0);
    court_close(court);
}

static void a_process_that_stood_still_is_excused(void **state)
{
    (void)state;
    struct court *court = court_open("at 5s fault process s1 pause for 90s\n");
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_wait(court, 1000000);
    court_exit(court, 1);
    court_expect(court, 0);

    court_close(court);
}

static void an_invariant_that_is_off_says_nothing(void **state)
{
    (void)state;
    struct court *court = court_open("invariant 4 off\n");
    run_up(court);
    run_up(court);
    oracle_finish(court->run.oracle);
    court_expect(court, 0);

    court_close(court);
}

static void a_canary_that_sings_passes(void **state)
{
    (void)state;
    struct court *court = court_open("invariant 4 must_break\n");
    run_up(court);
    run_up(court);
    oracle_finish(court->run.oracle);
    court_expect(court, 0);
    assert_false(oracle_owes(court->run.oracle, 4));

    court_close(court);
}

static void a_canary_that_is_silent_owes_its_invariant(void **state)
{
    (void)state;
    struct court *court = court_open("invariant 4 must_break\n");
    run_up(court);
    oracle_finish(court->run.oracle);
    court_expect(court, 0);
    assert_true(oracle_owes(court->run.oracle, 4));

    court_close(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graceful_life_is_sound),
        cmocka_unit_test(a_second_life_begins_anew),
        cmocka_unit_test(nodes_and_their_supervisor_have_lives_of_their_own),
        cmocka_unit_test(a_step_back_of_a_node_is_noticed),
        cmocka_unit_test(a_step_back_is_noticed),
        cmocka_unit_test(a_status_entered_twice_is_noticed),
        cmocka_unit_test(a_stop_before_running_reports_nothing_and_is_sound),
        cmocka_unit_test(a_missing_stopped_report_is_noticed),
        cmocka_unit_test(a_producer_left_open_is_noticed),
        cmocka_unit_test(a_report_after_the_producers_close_is_noticed),
        cmocka_unit_test(a_document_after_the_producers_close_is_noticed),
        cmocka_unit_test(a_failing_report_excuses_its_absence),
        cmocka_unit_test(a_report_that_failed_before_excuses_nothing),
        cmocka_unit_test(a_close_that_gave_up_is_excused),
        cmocka_unit_test(a_forceful_life_is_sound),
        cmocka_unit_test(exit_0_by_force_is_noticed),
        cmocka_unit_test(exit_2_without_force_is_noticed),
        cmocka_unit_test(exit_1_by_force_is_noticed),
        cmocka_unit_test(exit_0_without_terminated_is_noticed),
        cmocka_unit_test(exit_1_after_a_failure_is_sound),
        cmocka_unit_test(force_before_its_time_is_noticed),
        cmocka_unit_test(two_forceful_errors_are_noticed),
        cmocka_unit_test(a_stop_that_takes_too_long_is_noticed),
        cmocka_unit_test(a_process_that_falls_silent_is_noticed_at_the_end),
        cmocka_unit_test(an_exit_that_comes_too_late_is_noticed),
        cmocka_unit_test(a_stop_in_time_is_sound),
        cmocka_unit_test(a_signal_that_is_no_stop_starts_no_clock),
        cmocka_unit_test(a_process_that_stood_still_is_excused),
        cmocka_unit_test(an_invariant_that_is_off_says_nothing),
        cmocka_unit_test(a_canary_that_sings_passes),
        cmocka_unit_test(a_canary_that_is_silent_owes_its_invariant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
