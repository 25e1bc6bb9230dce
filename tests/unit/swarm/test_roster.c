#include "ports/clock.h"
#include "support/cmocka_all.h"
#include "swarm/roster.h"

#define BACKOFF_NS (5 * NS_PER_S)
#define SILENCE_NS (60 * NS_PER_S)
#define END_NS     (66 * NS_PER_S)
#define START_NS   (1000 * NS_PER_S)

static struct roster roster;

static int setup(void **state)
{
    (void)state;
    static const struct roster_limits limits = {
        .restart_backoff_ns = BACKOFF_NS, .liveness_timeout_ns = SILENCE_NS, .end_timeout_ns = END_NS};
    struct carafe_error error;
    return roster_init(&roster, 2, &limits, START_NS, &error);
}

static int teardown(void **state)
{
    (void)state;
    roster_close(&roster);
    return 0;
}

static void expect_duty(int64_t now_ns, enum roster_duty duty, size_t node)
{
    size_t got = SIZE_MAX;
    assert_int_equal(roster_next(&roster, now_ns, &got), duty);
    if (duty != ROSTER_NOTHING) {
        assert_int_equal(got, node);
    }
}

static void fork_all(void)
{
    for (size_t i = 0; i < 2; i++) {
        expect_duty(START_NS, ROSTER_FORK, i);
        roster_forked(&roster, i, START_NS);
    }
    expect_duty(START_NS, ROSTER_NOTHING, 0);
}

static void all_nodes_are_forked_at_once(void **state)
{
    (void)state;
    fork_all();
    assert_int_equal(roster_alive(&roster), 2);
    assert_int_equal(roster_deadline(&roster), START_NS + SILENCE_NS);
}

static void ended_node_is_forked_when_the_backoff_is_over(void **state)
{
    (void)state;
    fork_all();
    roster_ended(&roster, 1, START_NS + 7);
    assert_false(roster_is_alive(&roster, 1));
    assert_int_equal(roster_deadline(&roster), START_NS + 7 + BACKOFF_NS);
    expect_duty(START_NS + 7 + BACKOFF_NS - 1, ROSTER_NOTHING, 0);
    expect_duty(START_NS + 7 + BACKOFF_NS, ROSTER_FORK, 1);
}

static void failed_fork_is_tried_again_after_the_backoff(void **state)
{
    (void)state;
    expect_duty(START_NS, ROSTER_FORK, 0);
    roster_fork_failed(&roster, 0, START_NS);
    expect_duty(START_NS, ROSTER_FORK, 1);
    roster_forked(&roster, 1, START_NS);
    expect_duty(START_NS + BACKOFF_NS - 1, ROSTER_NOTHING, 0);
    expect_duty(START_NS + BACKOFF_NS, ROSTER_FORK, 0);
}

static void silent_node_is_stopped_then_killed_then_waited_for(void **state)
{
    (void)state;
    fork_all();
    roster_reported(&roster, 1, true, START_NS + SILENCE_NS);
    expect_duty(START_NS + SILENCE_NS - 1, ROSTER_NOTHING, 0);
    expect_duty(START_NS + SILENCE_NS, ROSTER_TERM, 0);
    expect_duty(START_NS + SILENCE_NS, ROSTER_NOTHING, 0);
    int64_t end_ns = START_NS + SILENCE_NS + END_NS;
    roster_reported(&roster, 1, true, end_ns);
    expect_duty(end_ns - 1, ROSTER_NOTHING, 0);
    expect_duty(end_ns, ROSTER_KILL, 0);
    expect_duty(end_ns, ROSTER_NOTHING, 0);
    assert_true(roster_is_alive(&roster, 0));
    roster_ended(&roster, 0, end_ns + 1);
    expect_duty(end_ns + 1 + BACKOFF_NS, ROSTER_FORK, 0);
}

static void healthy_report_begins_the_silence_anew(void **state)
{
    (void)state;
    fork_all();
    roster_reported(&roster, 0, true, START_NS + 10);
    roster_reported(&roster, 1, true, START_NS + 20);
    expect_duty(START_NS + SILENCE_NS + 9, ROSTER_NOTHING, 0);
    expect_duty(START_NS + SILENCE_NS + 10, ROSTER_TERM, 0);
}

static void unhealthy_report_stops_the_node_at_once(void **state)
{
    (void)state;
    fork_all();
    roster_reported(&roster, 1, false, START_NS + 10);
    expect_duty(START_NS + 10, ROSTER_TERM, 1);
}

static void report_of_a_node_that_was_told_to_stop_changes_nothing(void **state)
{
    (void)state;
    fork_all();
    roster_reported(&roster, 1, false, START_NS);
    expect_duty(START_NS, ROSTER_TERM, 1);
    roster_reported(&roster, 1, true, START_NS + END_NS - 1);
    roster_reported(&roster, 0, true, START_NS + END_NS - 1);
    expect_duty(START_NS + END_NS, ROSTER_KILL, 1);
}

static void excuse_moves_the_end_of_the_silence_only(void **state)
{
    (void)state;
    fork_all();
    roster_ended(&roster, 1, START_NS);
    roster_excuse(&roster, 90 * NS_PER_S);
    expect_duty(START_NS + BACKOFF_NS, ROSTER_FORK, 1);
    roster_forked(&roster, 1, START_NS + 150 * NS_PER_S);
    expect_duty(START_NS + SILENCE_NS + 90 * NS_PER_S - 1, ROSTER_NOTHING, 0);
    expect_duty(START_NS + SILENCE_NS + 90 * NS_PER_S, ROSTER_TERM, 0);
}

static void quiet_swarm_forks_no_more_but_watches(void **state)
{
    (void)state;
    fork_all();
    roster_quiet(&roster);
    roster_ended(&roster, 1, START_NS);
    expect_duty(START_NS + BACKOFF_NS, ROSTER_NOTHING, 0);
    expect_duty(START_NS + SILENCE_NS, ROSTER_TERM, 0);
}

static void stopping_swarm_neither_forks_nor_watches_but_kills(void **state)
{
    (void)state;
    fork_all();
    roster_ended(&roster, 1, START_NS);
    roster_stop(&roster, START_NS + 3);
    expect_duty(START_NS + SILENCE_NS, ROSTER_NOTHING, 0);
    assert_int_equal(roster_deadline(&roster), START_NS + 3 + END_NS);
    expect_duty(START_NS + 3 + END_NS, ROSTER_KILL, 0);
    roster_ended(&roster, 0, START_NS + 4 + END_NS);
    assert_int_equal(roster_alive(&roster), 0);
    assert_int_equal(roster_deadline(&roster), NEVER_NS);
}

static void stop_leaves_an_earlier_kill_where_it_was(void **state)
{
    (void)state;
    fork_all();
    roster_reported(&roster, 0, false, START_NS);
    expect_duty(START_NS, ROSTER_TERM, 0);
    roster_stop(&roster, START_NS + 30 * NS_PER_S);
    expect_duty(START_NS + END_NS, ROSTER_KILL, 0);
    expect_duty(START_NS + END_NS, ROSTER_NOTHING, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_nodes_are_forked_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(ended_node_is_forked_when_the_backoff_is_over, setup, teardown),
        cmocka_unit_test_setup_teardown(failed_fork_is_tried_again_after_the_backoff, setup, teardown),
        cmocka_unit_test_setup_teardown(silent_node_is_stopped_then_killed_then_waited_for, setup, teardown),
        cmocka_unit_test_setup_teardown(healthy_report_begins_the_silence_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(unhealthy_report_stops_the_node_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(report_of_a_node_that_was_told_to_stop_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(excuse_moves_the_end_of_the_silence_only, setup, teardown),
        cmocka_unit_test_setup_teardown(quiet_swarm_forks_no_more_but_watches, setup, teardown),
        cmocka_unit_test_setup_teardown(stopping_swarm_neither_forks_nor_watches_but_kills, setup, teardown),
        cmocka_unit_test_setup_teardown(stop_leaves_an_earlier_kill_where_it_was, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
