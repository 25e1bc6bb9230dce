#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "court.h"

/* ---- 1 ----------------------------------------------------------------------------------------------------------- */

static void a_commit_of_a_node_is_judged_by_what_nodes_handled(void **state)
{
    (void)state;
    struct court *court = court_open("server pool group=billing mode=supervisor nodes=2\n"
                                     "handler pool orders\nat 0 start pool\n");
    court_append(court, 0, 0);
    court_append(court, 0, 1);
    court_handled(court, "pool.1", 0, 0, 0);
    court_commit(court, "pool.0", 0, 1, 0);
    court_expect(court, 0);
    court_commit(court, "pool.0", 0, 2, 0);
    court_expect(court, 1);
    court_close(court);
}

static void commits_of_what_was_handled_are_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_commit(court, "s1", 0, 10, 0);
    court_batch(court, 0, 10, 19);
    court_commit(court, "s1", 0, 15, 0);
    court_commit(court, "s1", 0, 20, 0);
    oracle_finish(court->run.oracle);
    court_expect(court, 0);
    court_close(court);
}

static void a_commit_past_an_unhandled_message_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_commit(court, "s1", 0, 11, 0);
    court_expect(court, 1);
    court_close(court);
}

static void a_commit_past_a_gap_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_handled(court, "s1", 0, 0, 9);
    court_handled(court, "s1", 0, 11, 200);
    court_commit(court, "s1", 0, 201, 0);
    court_expect(court, 1);
    court_close(court);
}

static void a_gap_that_another_server_filled_is_none(void **state)
{
    (void)state;
    struct court *court = court_open("server s2 group=billing\nhandler s2 orders\n");
    court_handled(court, "s1", 0, 100, 300);
    court_handled(court, "s2", 0, 0, 99);
    court_commit(court, "s2", 0, 301, 0);
    court_expect(court, 0);
    court_close(court);
}

static void a_partition_does_not_count_for_another(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_handled(court, "s1", 0, 0, 9);
    court_commit(court, "s1", 1, 1, 0);
    court_expect(court, 1);
    court_close(court);
}

static void a_group_does_not_count_for_another(void **state)
{
    (void)state;
    struct court *court = court_open("server s2 group=shipping\nhandler s2 orders\n");
    court_handled(court, "s2", 0, 0, 9);
    court_commit(court, "s1", 0, 10, 0);
    court_expect(court, 1);
    court_close(court);
}

static void marks_of_the_server_are_not_taken_for_handling(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_topic_event(court, CARAFE_EVENT_CONSUMER_MARKED, 0, 9);
    court_commit(court, "s1", 0, 10, 0);
    court_expect(court, 1);
    court_close(court);
}

static void marks_inside_of_a_users_handler_are(void **state)
{
    (void)state;
    struct court *court = court_open("handler s1 orders use ./mine.so:consume\n");
    court_assigned(court, "s1", 0, true);
    court_consume(court, 0, 0, 9);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_MARKED, 0, 4);
    court_commit(court, "s1", 0, 5, 0);
    court_expect(court, 0);
    court_failed(court, 0, 0, 9);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_MARKED, 0, 9);
    court_commit(court, "s1", 0, 10, 0);
    court_expect(court, 1);
    court_close(court);
}

static void a_dead_letter_counts_as_handled(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_handled(court, "s1", 0, 0, 4);
    court_topic_event(court, CARAFE_EVENT_DEAD_LETTER_DISPATCHED, 0, 5);
    court_commit(court, "s1", 0, 6, 0);
    court_expect(court, 0);
    court_commit(court, "s1", 0, 7, 0);
    court_expect(court, 1);
    court_close(court);
}

static void a_handler_that_seeks_leaves_out_on_purpose(void **state)
{
    (void)state;
    struct court *court = court_open("handler s1 orders seeks=50\n");
    court_handled(court, "s1", 0, 0, 9);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_SEEK, 0, 50);
    court_handled(court, "s1", 0, 50, 59);
    court_commit(court, "s1", 0, 60, 0);
    court_expect(court, 0);
    court_close(court);
}

static void a_retrys_seek_leaves_nothing_out(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_topic_event(court, CARAFE_EVENT_CONSUMER_SEEK, 0, 50);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_PAUSE, 0, 50);
    court_commit(court, "s1", 0, 50, 0);
    court_expect(court, 1);
    court_close(court);
}

static void a_refused_commit_is_no_violation(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_commit(court, "s1", 0, 10, 27);
    court_commit(court, "s1", 0, 10, WIRE_UNANSWERED);
    court_expect(court, 0);
    court_close(court);
}

static void a_plain_member_may_commit_what_it_is_about_to_handle(void **state)
{
    (void)state;
    struct court *court = court_open("member m1 group=billing topics=orders\n");
    court_commit(court, "m1", 0, 10, 0);
    court_handled(court, "s1", 0, 10, 19);
    court_commit(court, "s1", 0, 20, 0);
    court_expect(court, 0);
    court_close(court);
}

static void reading_from_the_latest_leaves_out_what_came_before(void **state)
{
    (void)state;
    struct court *court = court_open_program("cluster brokers=1\ntopic orders partitions=2\n"
                                             "server s1 group=billing kafka.auto.offset.reset=latest\n"
                                             "handler s1 orders\n"
                                             "at 0 load orders 1\n");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 70, 79);
    court_commit(court, "s1", 0, 80, 0);
    court_expect(court, 0);
    court_close(court);
}

/* ---- 2 ----------------------------------------------------------------------------------------------------------- */

static void a_commit_that_goes_back_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_handled(court, "s1", 0, 0, 99);
    court_commit(court, "s1", 0, 100, 0);
    court_commit(court, "s1", 0, 50, 0);
    court_expect(court, 2);
    court_close(court);
}

static void a_retrys_seek_does_not_lower_what_was_committed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_handled(court, "s1", 0, 0, 99);
    court_commit(court, "s1", 0, 100, 0);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_SEEK, 0, 50);
    court_commit(court, "s1", 0, 50, 0);
    court_expect(court, 2);
    court_close(court);
}

static void a_handlers_seek_does(void **state)
{
    (void)state;
    struct court *court = court_open("handler s1 orders seeks=50\n");
    court_handled(court, "s1", 0, 0, 99);
    court_commit(court, "s1", 0, 100, 0);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_SEEK, 0, 50);
    court_commit(court, "s1", 0, 60, 0);
    court_expect(court, 0);
    court_close(court);
}

static void a_repeated_commit_that_got_no_answer_may_come_late(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_handled(court, "s1", 0, 0, 99);
    court_commit(court, "s1", 0, 50, WIRE_UNANSWERED);
    court_commit(court, "s1", 0, 100, 0);
    court_commit(court, "s1", 0, 50, 0);
    court_expect(court, 0);
    court_close(court);
}

static void a_storm_excuses_what_the_same_client_repeats(void **state)
{
    (void)state;
    struct court *court = court_open("at 5s fault broker 1 bounce for 1s\n");
    court_stimulus(court, 0);
    court_handled(court, "s1", 0, 0, 99);
    court_commit(court, "s1", 0, 100, 0);
    court_commit(court, "s1", 0, 50, 0);
    court_expect(court, 0);
    court_commit(court, "s1", 0, 100, 0);
    court_wait(court, 180000);
    court_commit(court, "s1", 0, 50, 0);
    court_expect(court, 2);
    court_close(court);
}

static void no_storm_excuses_another_server(void **state)
{
    (void)state;
    struct court *court = court_open("server s2 group=billing\nhandler s2 orders\n"
                                     "at 5s fault broker 1 bounce for 1s\n");
    court_stimulus(court, 0);
    court_handled(court, "s1", 0, 0, 99);
    court_commit(court, "s1", 0, 100, 0);
    court_commit(court, "s2", 0, 50, 0);
    court_expect(court, 2);
    court_close(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_of_a_node_is_judged_by_what_nodes_handled),
        cmocka_unit_test(commits_of_what_was_handled_are_sound),
        cmocka_unit_test(a_commit_past_an_unhandled_message_is_noticed),
        cmocka_unit_test(a_commit_past_a_gap_is_noticed),
        cmocka_unit_test(a_gap_that_another_server_filled_is_none),
        cmocka_unit_test(a_partition_does_not_count_for_another),
        cmocka_unit_test(a_group_does_not_count_for_another),
        cmocka_unit_test(marks_of_the_server_are_not_taken_for_handling),
        cmocka_unit_test(marks_inside_of_a_users_handler_are),
        cmocka_unit_test(a_dead_letter_counts_as_handled),
        cmocka_unit_test(a_handler_that_seeks_leaves_out_on_purpose),
        cmocka_unit_test(a_retrys_seek_leaves_nothing_out),
        cmocka_unit_test(a_refused_commit_is_no_violation),
        cmocka_unit_test(a_plain_member_may_commit_what_it_is_about_to_handle),
        cmocka_unit_test(reading_from_the_latest_leaves_out_what_came_before),
        cmocka_unit_test(a_commit_that_goes_back_is_noticed),
        cmocka_unit_test(a_retrys_seek_does_not_lower_what_was_committed),
        cmocka_unit_test(a_handlers_seek_does),
        cmocka_unit_test(a_repeated_commit_that_got_no_answer_may_come_late),
        cmocka_unit_test(a_storm_excuses_what_the_same_client_repeats),
        cmocka_unit_test(no_storm_excuses_another_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
