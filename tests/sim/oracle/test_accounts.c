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

static void tell_status(struct court *court, enum carafe_event_kind kind, enum carafe_status status)
{
    court_event(court, &(struct carafe_event){.kind = kind, .status = status, .workers = 5});
}

/* One listener, five workers. */
static struct court *running(void)
{
    struct court *court = court_open("");
    tell_status(court, CARAFE_EVENT_APP_INITIALIZED, CARAFE_INITIALIZED);
    tell(court, CARAFE_EVENT_LISTENER_PENDING);
    tell_status(court, CARAFE_EVENT_APP_RUNNING, CARAFE_RUNNING);
    tell(court, CARAFE_EVENT_LISTENER_STARTING);
    tell(court, CARAFE_EVENT_LISTENER_RUNNING);
    return court;
}

static void tick(struct court *court, uint64_t id)
{
    static const enum carafe_event_kind steps[] = {
        CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, CARAFE_EVENT_WORKER_PROCESS,   CARAFE_EVENT_CONSUMER_TICK,
        CARAFE_EVENT_CONSUMER_TICKED,          CARAFE_EVENT_WORKER_PROCESSED, CARAFE_EVENT_WORKER_COMPLETED};
    const struct carafe_job_view job = {
        .id = id, .type = CARAFE_JOB_TICK, .group = "billing", .subscription_group = GROUP, .topic = "orders"};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        court_event(
            court,
            &(struct carafe_event){
                .kind = steps[i], .group = "billing", .subscription_group = GROUP, .topic = "orders", .job = &job});
    }
}

/* A graceful end; its reports of stopping and stopped count so many jobs. */
static void stop(struct court *court, int64_t stopping_jobs, int64_t stopped_jobs)
{
    court_reported(court, CARAFE_STOPPING, true);
    tell_status(court, CARAFE_EVENT_APP_STOPPING, CARAFE_STOPPING);
    court_report(court, "stopping", stopping_jobs, 5);
    tell(court, CARAFE_EVENT_LISTENER_QUIETING);
    tell(court, CARAFE_EVENT_LISTENER_QUIET);
    tell(court, CARAFE_EVENT_LISTENER_STOPPING);
    tell(court, CARAFE_EVENT_LISTENER_STOPPED);
    court_reported(court, CARAFE_STOPPED, true);
    tell_status(court, CARAFE_EVENT_APP_STOPPED, CARAFE_STOPPED);
    court_report(court, "stopped", stopped_jobs, 5);
    court_closed_producer(court);
    tell_status(court, CARAFE_EVENT_APP_TERMINATED, CARAFE_TERMINATED);
    court_exit(court, 0);
}

static void expect_and_close(struct court *court, int number)
{
    court_expect(court, number);
    court_close(court);
}

static void sums_that_add_up_are_sound(void **state)
{
    (void)state;
    struct court *court = running();
    tick(court, 1);
    tick(court, 2);
    tick(court, 3);
    stop(court, 2, 1);
    expect_and_close(court, 0);
}

static void a_job_that_is_counted_twice_is_noticed(void **state)
{
    (void)state;
    struct court *court = running();
    tick(court, 1);
    stop(court, 1, 1);
    expect_and_close(court, 7);
}

static void a_job_that_no_report_counts_is_noticed(void **state)
{
    (void)state;
    struct court *court = running();
    tick(court, 1);
    tick(court, 2);
    stop(court, 1, 0);
    expect_and_close(court, 7);
}

static void what_a_lost_report_counted_is_excused(void **state)
{
    (void)state;
    struct court *court = running();
    tick(court, 1);
    court_reported(court, CARAFE_RUNNING, false);
    stop(court, 0, 0);
    expect_and_close(court, 0);
}

static void a_second_life_counts_from_nothing(void **state)
{
    (void)state;
    struct court *court = running();
    tick(court, 1);
    stop(court, 1, 0);
    tell_status(court, CARAFE_EVENT_APP_RUNNING, CARAFE_RUNNING);
    tell_status(court, CARAFE_EVENT_APP_STOPPING, CARAFE_STOPPING);
    court_reported(court, CARAFE_STOPPING, true);
    court_report(court, "stopping", 1, 5);
    court_exit(court, 1);
    expect_and_close(court, 7);
}

static void a_report_of_how_things_stand_is_sound(void **state)
{
    (void)state;
    struct court *court = running();
    tick(court, 1);
    court_wait(court, 10000);
    court_report(court, "running", 1, 5);
    expect_and_close(court, 0);
}

static void a_report_that_is_made_meanwhile_may_be_older(void **state)
{
    (void)state;
    struct court *court = running();
    tell_status(court, CARAFE_EVENT_APP_QUIETING, CARAFE_QUIETING);
    court_wait(court, 9000);
    court_report(court, "running", 0, 5);
    expect_and_close(court, 0);
}

static void a_status_of_another_time_is_noticed(void **state)
{
    (void)state;
    struct court *court = running();
    court_wait(court, 10000);
    court_report(court, "quieting", 0, 5);
    expect_and_close(court, 7);
}

static void another_number_of_workers_is_noticed(void **state)
{
    (void)state;
    struct court *court = running();
    court_wait(court, 10000);
    court_report(court, "running", 0, 4);
    expect_and_close(court, 7);
}

static void a_listener_too_many_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    tell_status(court, CARAFE_EVENT_APP_RUNNING, CARAFE_RUNNING);
    court_wait(court, 10000);
    court_report(court, "running", 0, 5);
    expect_and_close(court, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_that_add_up_are_sound),
        cmocka_unit_test(a_job_that_is_counted_twice_is_noticed),
        cmocka_unit_test(a_job_that_no_report_counts_is_noticed),
        cmocka_unit_test(what_a_lost_report_counted_is_excused),
        cmocka_unit_test(a_second_life_counts_from_nothing),
        cmocka_unit_test(a_report_of_how_things_stand_is_sound),
        cmocka_unit_test(a_report_that_is_made_meanwhile_may_be_older),
        cmocka_unit_test(a_status_of_another_time_is_noticed),
        cmocka_unit_test(another_number_of_workers_is_noticed),
        cmocka_unit_test(a_listener_too_many_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
