#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "run/ledger.h"

static const char TEXT[] = "cluster brokers=1\n"
                           "topic orders partitions=2\n"
                           "topic other partitions=1\n"
                           "server s1 group=billing\n"
                           "server s2 group=billing\n"
                           "handler s1 orders takes=1ms\n"
                           "handler s2 orders takes=1ms\n"
                           "at 0 start s1\n";

struct fixture {
    struct program *program;
    struct ledger *ledger;
};

static const char SWARM[] = "cluster brokers=1\n"
                            "topic orders partitions=2\n"
                            "server s1 group=billing\n"
                            "server pool group=swarm mode=supervisor nodes=2\n"
                            "member m1 group=swarm topics=orders\n"
                            "handler pool orders takes=1ms\n"
                            "at 0 start pool\n";

static int set_up(void **state, const char *text)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct program_errors *errors = calloc(1, sizeof *errors);
    if (program_load_text("test.scn", text, strlen(text), NULL, 0, &fixture->program, errors) != 0) {
        program_errors_print(stderr, errors);
        return -1;
    }
    free(errors);
    fixture->ledger = ledger_create(fixture->program);
    *state = fixture;
    return 0;
}

static int setup(void **state)
{
    return set_up(state, TEXT);
}

static int setup_swarm(void **state)
{
    return set_up(state, SWARM);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    ledger_destroy(fixture->ledger);
    program_destroy(fixture->program);
    free(fixture);
    return 0;
}

static const struct program_partition ALL = {.topic = PROGRAM_NONE, .partition = PROGRAM_NO_PARTITION};
static const struct program_partition ORDERS_1 = {.topic = 0, .partition = 1};

static void what_nodes_do_counts_for_their_supervisor(void **state)
{
    struct fixture *fixture = *state;
    struct ledger *ledger = fixture->ledger;
    size_t first = program_process_named(fixture->program, "pool.0");
    size_t second = program_process_named(fixture->program, "pool.1");
    size_t pool = program_process_named(fixture->program, "pool");
    assert_int_equal(second, first + 1);
    assert_int_equal(second + 1, program_process_count(fixture->program));
    assert_int_equal(program_process_named(fixture->program, "pool.2"), PROGRAM_NONE);
    assert_int_equal(program_process_named(fixture->program, "s1.0"), PROGRAM_NONE);
    ledger_processed(ledger, first, "swarm", 0, 1, 7);
    ledger_processed(ledger, second, "swarm", 0, 1, 7);
    ledger_processed(ledger, second, "swarm", 0, 1, 8);
    ledger_reported(ledger, first, false);
    ledger_assigned(ledger, second, 0, 1, true);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_PROCESSED, second, &ORDERS_1), 2);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_PROCESSED, pool, &ORDERS_1), 2);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_REPORTS, pool, &ALL), 1);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_REPORTS, PROGRAM_NONE, &ALL), 1);
    assert_true(ledger_owns(ledger, pool, 0, 1));
    assert_false(ledger_owns(ledger, first, 0, 1));
    ledger_unassign_all(ledger, second);
    assert_false(ledger_owns(ledger, pool, 0, 1));
}

static void ledger_counts_an_offset_processed_twice_once(void **state)
{
    struct ledger *ledger = ((struct fixture *)*state)->ledger;
    for (int turn = 0; turn < 2; turn++) {
        ledger_consumed(ledger, 0, "billing", 0, 1, 7);
        ledger_processed(ledger, 0, "billing", 0, 1, 7);
    }
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_CONSUMED, 0, &ORDERS_1), 2);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_PROCESSED, 0, &ORDERS_1), 1);
}

static void ledger_counts_what_two_members_of_a_group_processed_once(void **state)
{
    struct ledger *ledger = ((struct fixture *)*state)->ledger;
    ledger_processed(ledger, 0, "billing", 0, 1, 7);
    ledger_processed(ledger, 1, "billing", 0, 1, 7);
    ledger_processed(ledger, 1, "billing", 0, 1, 8);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_PROCESSED, PROGRAM_NONE, &ALL), 2);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_PROCESSED, 1, &ALL), 2);
}

static void ledger_reads_commits_of_the_group_for_each_of_its_servers(void **state)
{
    struct ledger *ledger = ((struct fixture *)*state)->ledger;
    ledger_committed(ledger, "billing", 0, 1, 12);
    ledger_committed(ledger, "billing", 0, 1, 9);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_COMMITTED, 1, &ORDERS_1), 9);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_COMMITTED, PROGRAM_NONE, &ALL), 9);
}

static void ledger_ignores_topics_and_partitions_that_are_not_there(void **state)
{
    struct ledger *ledger = ((struct fixture *)*state)->ledger;
    ledger_appended(ledger, PROGRAM_NONE, 0, 5);
    ledger_appended(ledger, 0, 2, 5);
    ledger_appended(ledger, 0, -1, 5);
    ledger_processed(ledger, 0, "billing", 0, 99, 5);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_PRODUCED, PROGRAM_NONE, &ALL), 0);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_PROCESSED, PROGRAM_NONE, &ALL), 0);
}

static void ledger_compares_each_partition_on_its_own(void **state)
{
    struct ledger *ledger = ((struct fixture *)*state)->ledger;
    ledger_processed(ledger, 0, "billing", 0, 0, 0);
    ledger_processed(ledger, 0, "billing", 0, 0, 1);
    ledger_committed(ledger, "billing", 0, 1, 1);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_COMMITTED, PROGRAM_NONE, &ALL), 1);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_PROCESSED, PROGRAM_NONE, &ALL), 2);
    assert_false(
        ledger_compare(ledger, PROGRAM_COUNT_COMMITTED, PROGRAM_AT_MOST, PROGRAM_COUNT_PROCESSED, PROGRAM_NONE, &ALL));
}

static void ledger_compares_only_topics_that_are_handled(void **state)
{
    struct ledger *ledger = ((struct fixture *)*state)->ledger;
    ledger_appended(ledger, 1, 0, 41);
    assert_int_equal(ledger_count(ledger, PROGRAM_COUNT_PRODUCED, PROGRAM_NONE, &ALL), 42);
    assert_true(
        ledger_compare(ledger, PROGRAM_COUNT_PROCESSED, PROGRAM_EQUAL, PROGRAM_COUNT_PRODUCED, PROGRAM_NONE, &ALL));
}

static void ledger_knows_who_owns_what(void **state)
{
    struct ledger *ledger = ((struct fixture *)*state)->ledger;
    ledger_assigned(ledger, 0, 0, 0, true);
    ledger_assigned(ledger, 0, 0, 1, true);
    ledger_assigned(ledger, 0, 0, 0, false);
    assert_false(ledger_owns(ledger, 0, 0, 0));
    assert_true(ledger_owns(ledger, 0, 0, 1));
    assert_int_equal(ledger_owned_count(ledger, 0, &ALL), 1);
    ledger_unassign_all(ledger, 0);
    assert_int_equal(ledger_owned_count(ledger, 0, &ALL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_nodes_do_counts_for_their_supervisor, setup_swarm, teardown),
        TEST(ledger_counts_an_offset_processed_twice_once),
        TEST(ledger_counts_what_two_members_of_a_group_processed_once),
        TEST(ledger_reads_commits_of_the_group_for_each_of_its_servers),
        TEST(ledger_ignores_topics_and_partitions_that_are_not_there),
        TEST(ledger_compares_each_partition_on_its_own),
        TEST(ledger_compares_only_topics_that_are_handled),
        TEST(ledger_knows_who_owns_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
