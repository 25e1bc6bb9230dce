#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "court.h"
#include "world/world.h"

static size_t threads_left;
static size_t descriptors_left;

void sim_world_summary(struct sim_summary *summary)
{
    *summary = (struct sim_summary){.threads_live = 1 + threads_left, .descriptors_open = descriptors_left};
}

static void up(struct court *court)
{
    court_status(court, CARAFE_EVENT_APP_RUNNING);
    court_assigned(court, "s1", 0, true);
}

static void load_that_was_handled_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    up(court);
    court_append(court, 0, 0);
    court_batch(court, 0, 0, 0);
    court_commit(court, "s1", 0, 1, 0);
    court_wait(court, 60000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);
    court_close(court);
}

static void load_that_is_not_handled_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    up(court);
    court_append(court, 0, 0);
    court_append(court, 0, 1);
    court_batch(court, 0, 0, 0);
    court_commit(court, "s1", 0, 1, 0);
    court_wait(court, 60000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 11);
    court_close(court);
}

static void load_that_is_not_committed_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    up(court);
    court_append(court, 0, 0);
    court_batch(court, 0, 0, 0);
    court_wait(court, 60000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 11);
    court_close(court);
}

static void a_commit_that_got_no_answer_may_have_arrived(void **state)
{
    (void)state;
    struct court *court = court_open("");
    up(court);
    court_append(court, 0, 0);
    court_batch(court, 0, 0, 0);
    court_commit(court, "s1", 0, 1, WIRE_UNANSWERED);
    court_wait(court, 60000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);
    court_close(court);
}

static void fresh_load_decides_nothing(void **state)
{
    (void)state;
    struct court *court = court_open("");
    up(court);
    court_wait(court, 60000);
    court_append(court, 0, 0);
    court_wait(court, 20000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);
    court_close(court);
}

static void a_fresh_server_decides_nothing(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_append(court, 0, 0);
    court_wait(court, 60000);
    up(court);
    court_wait(court, 20000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);
    court_close(court);
}

static void a_fault_under_way_decides_nothing(void **state)
{
    (void)state;
    struct court *court = court_open("at 5s fault broker 1 down\nat 300s fault broker 1 up\n");
    up(court);
    court_append(court, 0, 0);
    court_stimulus(court, 0);
    court_wait(court, 3600000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);

    court_close(court);
}

static void a_fault_that_ended_long_ago_excuses_nothing(void **state)
{
    (void)state;
    struct court *court = court_open("at 5s fault broker 1 down\nat 300s fault broker 1 up\n");
    up(court);
    court_append(court, 0, 0);
    court_stimulus(court, 0);
    court_wait(court, 10000);
    court_stimulus(court, 1);
    court_wait(court, 100000);
    court_crash(court);
    up(court);
    court_wait(court, 600000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 11);

    court_close(court);
}

static void another_broker_that_is_up_ends_no_fault(void **state)
{
    (void)state;
    struct court *court = court_open("at 5s fault broker all down\nat 300s fault broker 1 up\n");
    up(court);
    court_append(court, 0, 0);
    court_stimulus(court, 0);
    court_stimulus(court, 1);
    court_wait(court, 3600000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);

    court_close(court);
}

static void a_quiet_server_keeps_what_it_holds(void **state)
{
    (void)state;
    struct court *court = court_open("server s2 group=billing\nhandler s2 orders\nat 0 start s2\n");
    struct carafe_event quiet = {.kind = CARAFE_EVENT_APP_QUIET, .status = CARAFE_QUIET};
    struct carafe_event running = {.kind = CARAFE_EVENT_APP_RUNNING, .status = CARAFE_RUNNING};
    up(court);
    court_event_of(court, "s2", &running);
    court_append(court, 1, 0);
    court_event_of(court, "s2", &quiet);
    court_wait(court, 3600000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);
    court_close(court);
}

static void a_non_blocking_handler_waits_for_each_of_its_messages(void **state)
{
    (void)state;
    struct court *court = court_open("server s2 group=billing\nhandler s2 orders non_blocking\nat 0 start s2\n");
    up(court);
    for (int64_t offset = 0; offset < 100; offset++) {
        court_append(court, 0, offset);
    }
    court_wait(court, 100000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);
    court_close(court);
}

static void a_clock_that_was_set_back_is_caught_up_first(void **state)
{
    (void)state;
    struct court *court = court_open("at 5s fault clock s1 step=-30m\n");
    up(court);
    court_append(court, 0, 0);
    court_stimulus(court, 0);
    court_wait(court, 1800000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);
    court_crash(court);
    up(court);
    court_wait(court, 600000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 11);
    court_close(court);
}

static void a_handler_that_hangs_decides_nothing(void **state)
{
    (void)state;
    struct court *court = court_open("handler s1 orders hangs\n");
    up(court);
    court_append(court, 0, 0);
    court_wait(court, 3600000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);

    court_close(court);
}

static void a_slow_handler_has_its_time(void **state)
{
    (void)state;
    struct court *court = court_open("handler s1 orders takes=50s\n");
    up(court);
    court_append(court, 0, 0);
    court_wait(court, 70000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);

    court_close(court);
}

static void a_plain_member_decides_nothing(void **state)
{
    (void)state;
    struct court *court = court_open("member m1 group=billing topics=orders\n");
    up(court);
    court_append(court, 0, 0);
    court_wait(court, 3600000);
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_expect(court, 0);

    court_close(court);
}

static void nothing_left_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    oracle_left_over(court->run.oracle);
    court_expect(court, 0);
    court_close(court);
}

static void a_thread_left_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    threads_left = 1;
    oracle_left_over(court->run.oracle);
    threads_left = 0;
    court_expect(court, 12);
    court_close(court);
}

static void a_descriptor_left_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    descriptors_left = 1;
    oracle_left_over(court->run.oracle);
    descriptors_left = 0;
    court_expect(court, 12);
    court_close(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load_that_was_handled_is_sound),
        cmocka_unit_test(load_that_is_not_handled_is_noticed),
        cmocka_unit_test(load_that_is_not_committed_is_noticed),
        cmocka_unit_test(a_commit_that_got_no_answer_may_have_arrived),
        cmocka_unit_test(fresh_load_decides_nothing),
        cmocka_unit_test(a_fresh_server_decides_nothing),
        cmocka_unit_test(a_fault_under_way_decides_nothing),
        cmocka_unit_test(a_fault_that_ended_long_ago_excuses_nothing),
        cmocka_unit_test(another_broker_that_is_up_ends_no_fault),
        cmocka_unit_test(a_quiet_server_keeps_what_it_holds),
        cmocka_unit_test(a_non_blocking_handler_waits_for_each_of_its_messages),
        cmocka_unit_test(a_clock_that_was_set_back_is_caught_up_first),
        cmocka_unit_test(a_handler_that_hangs_decides_nothing),
        cmocka_unit_test(a_slow_handler_has_its_time),
        cmocka_unit_test(a_plain_member_decides_nothing),
        cmocka_unit_test(nothing_left_is_sound),
        cmocka_unit_test(a_thread_left_is_noticed),
        cmocka_unit_test(a_descriptor_left_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
