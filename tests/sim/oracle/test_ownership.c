#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "court.h"

static void batches_in_order_are_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_batch(court, 0, 10, 10);
    court_assigned(court, "s1", 1, true);
    court_batch(court, 1, 40, 41);
    court_expect(court, 0);
    court_close(court);
}

static void a_batch_that_leaves_messages_out_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_batch(court, 0, 11, 12);
    court_expect(court, 3);
    court_close(court);
}

static void a_batch_that_comes_again_without_a_failure_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_batch(court, 0, 0, 9);
    court_expect(court, 3);
    court_close(court);
}

static void a_retry_at_the_first_unmarked_message_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_consume(court, 0, 10, 19);
    court_failed(court, 0, 10, 19);
    court_batch(court, 0, 10, 12);
    court_batch(court, 0, 13, 20);
    court_expect(court, 0);
    court_close(court);
}

static void a_retry_after_marks_by_hand_begins_behind_them(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_consume(court, 0, 10, 19);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_MARKED, 0, 14);
    court_failed(court, 0, 10, 19);
    court_consume(court, 0, 15, 19);
    court_expect(court, 0);
    court_close(court);
}

static void a_retry_that_forgets_a_message_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_consume(court, 0, 10, 19);
    court_failed(court, 0, 10, 19);
    court_consume(court, 0, 11, 19);
    court_expect(court, 3);
    court_close(court);
}

static void a_failure_without_any_mark_goes_back_to_the_beginning(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_consume(court, 0, 0, 9);
    court_consumed(court, 0, 0, 9);
    court_consume(court, 0, 10, 19);
    court_failed(court, 0, 10, 19);
    court_consume(court, 0, 0, 9);
    court_expect(court, 0);
    court_close(court);
}

static void two_batches_at_one_time_are_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_consume(court, 0, 0, 9);
    court_consume(court, 0, 10, 19);
    court_expect(court, 3);
    court_close(court);
}

static void a_start_after_the_revocation_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_commit(court, "s1", 0, 10, 0);
    court_assigned(court, "s1", 0, false);
    court_consume(court, 0, 10, 19);
    court_expect(court, 3);
    court_close(court);
}

static void a_batch_from_before_the_last_assignment_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_schedule(court, 0, 0, 9);
    court_assigned(court, "s1", 0, false);
    court_assigned(court, "s1", 0, true);
    court_consume(court, 0, 0, 9);
    court_expect(court, 3);
    court_close(court);
}

static void a_batch_may_end_after_the_revocation(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_consume(court, 0, 0, 9);
    court_assigned(court, "s1", 0, false);
    court_consumed(court, 0, 0, 9);
    court_expect(court, 0);
    court_close(court);
}

static void a_new_assignment_begins_anywhere(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_commit(court, "s1", 0, 10, 0);
    court_consume(court, 0, 10, 19);
    court_assigned(court, "s1", 0, false);
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 10, 12);
    court_expect(court, 0);
    court_close(court);
}

static void a_crashed_process_owns_nothing_any_more(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_crash(court);
    court_consume(court, 0, 0, 9);
    court_expect(court, 3);
    court_close(court);
}

static void a_handlers_seek_moves_the_next_batch(void **state)
{
    (void)state;
    struct court *court = court_open("handler s1 orders seeks=5\n");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_SEEK, 0, 5);
    court_batch(court, 0, 5, 9);
    court_expect(court, 0);

    court_close(court);
}

static void one_owner_in_each_generation_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_membership(court, WIRE_JOINED, "a", 1, -1);
    court_membership(court, WIRE_JOINED, "b", 1, -1);
    court_membership(court, WIRE_SYNCED, "a", 1, 0);
    court_membership(court, WIRE_SYNCED, "b", 1, 1);
    court_membership(court, WIRE_JOINED, "b", 2, -1);
    court_membership(court, WIRE_SYNCED, "b", 2, 0);
    court_expect(court, 0);
    court_close(court);
}

static void two_owners_in_one_generation_are_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_membership(court, WIRE_JOINED, "a", 1, -1);
    court_membership(court, WIRE_JOINED, "b", 1, -1);
    court_membership(court, WIRE_SYNCED, "a", 1, 0);
    court_membership(court, WIRE_SYNCED, "b", 1, 0);
    court_expect(court, 3);
    court_close(court);
}

static void a_group_that_begins_anew_counts_from_one_again(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_membership(court, WIRE_JOINED, "a", 1, -1);
    court_membership(court, WIRE_SYNCED, "a", 1, 0);
    court_membership(court, WIRE_JOINED, "b", 1, -1);
    court_membership(court, WIRE_SYNCED, "b", 1, 0);
    court_expect(court, 0);
    court_close(court);
}

static void after_a_handlers_seek_a_retry_begins_anywhere(void **state)
{
    (void)state;
    struct court *court = court_open("handler s1 orders seeks=400\n");
    court_assigned(court, "s1", 0, true);
    court_batch(court, 0, 0, 9);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_SEEK, 0, 400);
    court_consume(court, 0, 0, 9);
    court_failed(court, 0, 0, 9);
    court_consume(court, 0, 400, 409);
    court_expect(court, 0);
    court_close(court);
}

static void attempts_that_count_or_begin_anew_are_sound(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_attempt(court, 1);
    court_attempt(court, 2);
    court_attempt(court, 1);
    court_attempt(court, 2);
    court_expect(court, 0);
    court_close(court);
}

static void an_attempt_that_is_left_out_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open("");
    court_assigned(court, "s1", 0, true);
    court_attempt(court, 1);
    court_attempt(court, 3);
    court_expect(court, 3);
    court_close(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_in_order_are_sound),
        cmocka_unit_test(a_batch_that_leaves_messages_out_is_noticed),
        cmocka_unit_test(a_batch_that_comes_again_without_a_failure_is_noticed),
        cmocka_unit_test(a_retry_at_the_first_unmarked_message_is_sound),
        cmocka_unit_test(a_retry_after_marks_by_hand_begins_behind_them),
        cmocka_unit_test(a_retry_that_forgets_a_message_is_noticed),
        cmocka_unit_test(a_failure_without_any_mark_goes_back_to_the_beginning),
        cmocka_unit_test(two_batches_at_one_time_are_noticed),
        cmocka_unit_test(a_start_after_the_revocation_is_noticed),
        cmocka_unit_test(a_batch_from_before_the_last_assignment_is_noticed),
        cmocka_unit_test(a_batch_may_end_after_the_revocation),
        cmocka_unit_test(a_new_assignment_begins_anywhere),
        cmocka_unit_test(a_crashed_process_owns_nothing_any_more),
        cmocka_unit_test(a_handlers_seek_moves_the_next_batch),
        cmocka_unit_test(after_a_handlers_seek_a_retry_begins_anywhere),
        cmocka_unit_test(attempts_that_count_or_begin_anew_are_sound),
        cmocka_unit_test(an_attempt_that_is_left_out_is_noticed),
        cmocka_unit_test(one_owner_in_each_generation_is_sound),
        cmocka_unit_test(two_owners_in_one_generation_are_noticed),
        cmocka_unit_test(a_group_that_begins_anew_counts_from_one_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
