#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "court.h"

#define GROUP "billing_0"

static void tell(struct court *court, enum carafe_event_kind kind)
{
    court_event(court, &(struct carafe_event){.kind = kind, .group = "billing", .subscription_group = GROUP});
}

static void tell_of(struct court *court, uint64_t id, enum carafe_job_type type, enum carafe_event_kind kind,
                    const char *failure_type)
{
    const struct carafe_job_view job = {.id = id,
                                        .type = type,
                                        .group = "billing",
                                        .subscription_group = GROUP,
                                        .topic = "orders",
                                        .first_offset = -1001,
                                        .last_offset = -1001};
    const struct carafe_failure failure = {.type = failure_type, .error_class = "Error", .message = "it failed"};
    court_event(court, &(struct carafe_event){.kind = kind,
                                              .group = "billing",
                                              .subscription_group = GROUP,
                                              .topic = "orders",
                                              .job = &job,
                                              .failure = failure_type != NULL ? &failure : NULL});
}

static void tick(struct court *court, uint64_t id, enum carafe_event_kind kind)
{
    tell_of(court, id, CARAFE_JOB_TICK, kind, NULL);
}

/* Up to the fetch loop. */
static struct court *listening(void)
{
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_INITIALIZED);
    tell(court, CARAFE_EVENT_LISTENER_PENDING);
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    tell(court, CARAFE_EVENT_LISTENER_STARTING);
    tell(court, CARAFE_EVENT_LISTENER_RUNNING);
    tell(court, CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP);
    return court;
}

static void fetch(struct court *court)
{
    tell(court, CARAFE_EVENT_LISTENER_FETCH_LOOP);
    tell(court, CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED);
}

static void end(struct court *court, enum carafe_event_kind last)
{
    static const enum carafe_event_kind steps[] = {CARAFE_EVENT_LISTENER_AFTER_FETCH_LOOP,
                                                   CARAFE_EVENT_LISTENER_QUIETING, CARAFE_EVENT_LISTENER_QUIET,
                                                   CARAFE_EVENT_LISTENER_STOPPING, CARAFE_EVENT_LISTENER_STOPPED};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        tell(court, steps[i]);
        if (steps[i] == last) {
            break;
        }
    }
}

static void job(struct court *court, uint64_t id)
{
    tick(court, id, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    tick(court, id, CARAFE_EVENT_WORKER_PROCESS);
    tick(court, id, CARAFE_EVENT_CONSUMER_TICK);
    tick(court, id, CARAFE_EVENT_CONSUMER_TICKED);
    tick(court, id, CARAFE_EVENT_WORKER_PROCESSED);
    tick(court, id, CARAFE_EVENT_WORKER_COMPLETED);
}

static void expect_and_close(struct court *court, int number)
{
    court_expect(court, number);
    court_close(court);
}

/* ---- Listeners --------------------------------------------------------------------------------------------------- */

static void a_whole_life_is_sound(void **state)
{
    (void)state;
    struct court *court = listening();
    fetch(court);
    tell(court, CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGN);
    tell(court, CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED);
    job(court, 1);
    tell(court, CARAFE_EVENT_CONSUMER_PAUSE);
    tell(court, CARAFE_EVENT_CLIENT_PAUSE);
    tell(court, CARAFE_EVENT_LISTENER_AFTER_FETCH_LOOP);
    tell(court, CARAFE_EVENT_CLIENT_RESET);
    tell(court, CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP);
    fetch(court);
    end(court, CARAFE_EVENT_LISTENER_STOPPED);
    court_reported(court, CARAFE_STOPPED, true);
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    expect_and_close(court, 0);
}

static void a_listener_announced_after_running_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    tell(court, CARAFE_EVENT_LISTENER_PENDING);
    expect_and_close(court, 4);
}

static void a_listener_that_starts_before_running_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    tell(court, CARAFE_EVENT_LISTENER_PENDING);
    tell(court, CARAFE_EVENT_LISTENER_STARTING);
    expect_and_close(court, 4);
}

static void a_listener_that_goes_back_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    end(court, CARAFE_EVENT_LISTENER_QUIET);
    tell(court, CARAFE_EVENT_LISTENER_QUIETING);
    expect_and_close(court, 4);
}

static void a_fetch_after_the_loop_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    end(court, CARAFE_EVENT_LISTENER_AFTER_FETCH_LOOP);
    fetch(court);
    expect_and_close(court, 4);
}

static void a_fetch_that_receives_twice_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    fetch(court);
    tell(court, CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED);
    expect_and_close(court, 4);
}

static void a_reset_within_the_loop_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tell(court, CARAFE_EVENT_CLIENT_RESET);
    expect_and_close(court, 4);
}

static void an_assignment_that_ends_before_it_begins_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tell(court, CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED);
    expect_and_close(court, 4);
}

static void a_revocation_that_ends_as_an_assignment_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tell(court, CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKE);
    tell(court, CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED);
    expect_and_close(court, 4);
}

static void a_pause_of_the_client_alone_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tell(court, CARAFE_EVENT_CLIENT_PAUSE);
    expect_and_close(court, 4);
}

static void a_listener_left_at_the_end_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    end(court, CARAFE_EVENT_LISTENER_STOPPING);
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    expect_and_close(court, 4);
}

/* ---- Jobs -------------------------------------------------------------------------------------------------------- */

static void many_jobs_side_by_side_are_sound(void **state)
{
    (void)state;
    struct court *court = listening();
    for (uint64_t id = 1; id <= 1000; id++) {
        tick(court, id, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    }
    for (uint64_t id = 1000; id >= 1; id--) { /* of one partition: in turn */
        tick(court, id, CARAFE_EVENT_WORKER_PROCESS);
        tick(court, id, CARAFE_EVENT_WORKER_PROCESSED); /* nothing to do any more */
        tick(court, id, CARAFE_EVENT_WORKER_COMPLETED);
    }
    end(court, CARAFE_EVENT_LISTENER_STOPPED);
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    expect_and_close(court, 0);
}

static void a_failure_ends_a_job_and_that_of_its_dead_letter_does_not(void **state)
{
    (void)state;
    struct court *court = listening();
    tell_of(court, 1, CARAFE_JOB_TICK, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, NULL);
    tick(court, 1, CARAFE_EVENT_WORKER_PROCESS);
    tick(court, 1, CARAFE_EVENT_CONSUMER_TICK);
    tell_of(court, 1, CARAFE_JOB_TICK, CARAFE_EVENT_ERROR_OCCURRED, "consumer.tick.error");
    tell_of(court, 1, CARAFE_JOB_TICK, CARAFE_EVENT_ERROR_OCCURRED, "consumer.after_consume.error");
    tick(court, 1, CARAFE_EVENT_WORKER_PROCESSED);
    court_expect(court, 0);
    tell_of(court, 1, CARAFE_JOB_TICK, CARAFE_EVENT_ERROR_OCCURRED, "consumer.tick.error");
    expect_and_close(court, 4);
}

static void a_job_that_was_not_scheduled_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tick(court, 7, CARAFE_EVENT_WORKER_PROCESS);
    expect_and_close(court, 4);
}

static void a_job_scheduled_twice_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tick(court, 7, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    tick(court, 7, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    expect_and_close(court, 4);
}

static void a_job_that_ends_without_a_beginning_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tick(court, 1, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    tick(court, 1, CARAFE_EVENT_WORKER_PROCESS);
    tick(court, 1, CARAFE_EVENT_CONSUMER_TICKED);
    expect_and_close(court, 4);
}

static void a_job_that_never_says_how_it_ended_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tick(court, 1, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    tick(court, 1, CARAFE_EVENT_WORKER_PROCESS);
    tick(court, 1, CARAFE_EVENT_CONSUMER_TICK);
    tick(court, 1, CARAFE_EVENT_WORKER_PROCESSED);
    expect_and_close(court, 4);
}

static void a_job_that_begins_as_another_kind_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tick(court, 1, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    tick(court, 1, CARAFE_EVENT_WORKER_PROCESS);
    tick(court, 1, CARAFE_EVENT_CONSUMER_IDLE);
    expect_and_close(court, 4);
}

static void a_job_completed_before_it_is_processed_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tick(court, 1, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    tick(court, 1, CARAFE_EVENT_WORKER_PROCESS);
    tick(court, 1, CARAFE_EVENT_WORKER_COMPLETED);
    expect_and_close(court, 4);
}

static void two_jobs_of_a_partition_at_once_are_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tick(court, 1, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    tick(court, 2, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    tick(court, 1, CARAFE_EVENT_WORKER_PROCESS);
    court_expect(court, 0);
    tick(court, 2, CARAFE_EVENT_WORKER_PROCESS);
    expect_and_close(court, 3);
}

static void a_job_begun_while_quieting_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    end(court, CARAFE_EVENT_LISTENER_QUIETING);
    tell_of(court, 1, CARAFE_JOB_SHUTDOWN, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, NULL);
    court_expect(court, 0);
    tick(court, 2, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    expect_and_close(court, 4);
}

static void a_farewell_when_all_is_quiet_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    end(court, CARAFE_EVENT_LISTENER_QUIET);
    tell_of(court, 1, CARAFE_JOB_REVOKED, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, NULL);
    court_expect(court, 0);
    tell_of(court, 2, CARAFE_JOB_SHUTDOWN, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, NULL);
    expect_and_close(court, 4);
}

static void a_job_left_at_the_end_is_noticed(void **state)
{
    (void)state;
    struct court *court = listening();
    tick(court, 1, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    end(court, CARAFE_EVENT_LISTENER_STOPPED);
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    expect_and_close(court, 4);
}

static void what_a_forceful_end_leaves_is_excused(void **state)
{
    (void)state;
    struct court *court = listening();
    tick(court, 1, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    court_error(court, "app.stopping.error");
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    expect_and_close(court, 0);
}

static void what_a_crash_leaves_is_forgotten_by_the_next_life(void **state)
{
    (void)state;
    struct court *court = listening();
    job(court, 1);
    tick(court, 2, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE);
    court_crash(court);
    court_status(court, CARAFE_EVENT_APP_INITIALIZED);
    tell(court, CARAFE_EVENT_LISTENER_PENDING);
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    tell(court, CARAFE_EVENT_LISTENER_STARTING);
    tell(court, CARAFE_EVENT_LISTENER_RUNNING);
    job(court, 1);
    job(court, 2);
    expect_and_close(court, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_life_is_sound),
        cmocka_unit_test(a_listener_announced_after_running_is_noticed),
        cmocka_unit_test(a_listener_that_starts_before_running_is_noticed),
        cmocka_unit_test(a_listener_that_goes_back_is_noticed),
        cmocka_unit_test(a_fetch_after_the_loop_is_noticed),
        cmocka_unit_test(a_fetch_that_receives_twice_is_noticed),
        cmocka_unit_test(a_reset_within_the_loop_is_noticed),
        cmocka_unit_test(an_assignment_that_ends_before_it_begins_is_noticed),
        cmocka_unit_test(a_revocation_that_ends_as_an_assignment_is_noticed),
        cmocka_unit_test(a_pause_of_the_client_alone_is_noticed),
        cmocka_unit_test(a_listener_left_at_the_end_is_noticed),
        cmocka_unit_test(many_jobs_side_by_side_are_sound),
        cmocka_unit_test(a_failure_ends_a_job_and_that_of_its_dead_letter_does_not),
        cmocka_unit_test(a_job_that_was_not_scheduled_is_noticed),
        cmocka_unit_test(a_job_scheduled_twice_is_noticed),
        cmocka_unit_test(a_job_that_ends_without_a_beginning_is_noticed),
        cmocka_unit_test(a_job_that_never_says_how_it_ended_is_noticed),
        cmocka_unit_test(a_job_that_begins_as_another_kind_is_noticed),
        cmocka_unit_test(a_job_completed_before_it_is_processed_is_noticed),
        cmocka_unit_test(two_jobs_of_a_partition_at_once_are_noticed),
        cmocka_unit_test(a_job_begun_while_quieting_is_noticed),
        cmocka_unit_test(a_farewell_when_all_is_quiet_is_noticed),
        cmocka_unit_test(a_job_left_at_the_end_is_noticed),
        cmocka_unit_test(what_a_forceful_end_leaves_is_excused),
        cmocka_unit_test(what_a_crash_leaves_is_forgotten_by_the_next_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
