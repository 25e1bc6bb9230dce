#include <string.h>

#include "support/bench.h"
#include "support/cmocka_all.h"

static int setup(void **state)
{
    *state = bench_create();
    return 0;
}

static int teardown(void **state)
{
    bench_destroy(*state);
    return 0;
}

static void end(struct bench *bench)
{
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
}

/* ---- Offsets ---- */

static void handled_batch_is_stored_up_to_its_last_message(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].max_messages = 3;
    struct fake_member *member = bench_start_assigned(bench);
    for (int64_t offset = 5; offset < 8; offset++) {
        fake_member_message(member, "orders", 0, offset);
    }
    struct recorded consumed = recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1);
    (void)fake_member_await(member, "store", 1);
    end(bench);
    assert_int_equal(consumed.first_offset, 5);
    assert_int_equal(consumed.last_offset, 7);
    assert_int_equal(consumed.messages, 3);
    assert_int_equal(consumed.committed_offset, 4);
    assert_int_equal(fake_member_stored(member, "orders", 0), 8);
    assert_true(recorder_position(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1) <
                recorder_position(bench->recorder, CARAFE_EVENT_CONSUMER_MARKED, 1));
}

static void manual_marking_stores_nothing_by_itself(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].manual_marking = true;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_WORKER_COMPLETED, 1);
    end(bench);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
}

static int mark_first_sync(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    struct bench *bench = carafe_consumer_argument(consumer);
    struct carafe_message strange = {.offset = messages[count - 1].offset + 1};
    bench->handler.results[0] = carafe_consumer_mark_sync(consumer, &messages[0]);
    bench->handler.results[1] = carafe_consumer_mark(consumer, &strange);
    bench->handler.results[2] = carafe_consumer_mark(consumer, NULL);
    return 0;
}

static void mark_sync_commits_and_strange_messages_are_refused(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].manual_marking = true;
    bench->handler.act = mark_first_sync;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_WORKER_COMPLETED, 1);
    end(bench);
    assert_int_equal(bench->handler.results[0], 0);
    assert_int_equal(bench->handler.results[1], CARAFE_INVALID);
    assert_int_equal(bench->handler.results[2], CARAFE_INVALID);
    assert_int_equal(fake_member_stored(member, "orders", 0), 6);
    assert_int_equal(fake_member_await(member, "commit", 1).offset, 6);
}

static int tag(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    struct bench *bench = carafe_consumer_argument(consumer);
    (void)messages;
    (void)count;
    bench->handler.results[0] = carafe_consumer_tag(consumer, "step", "one");
    bench->handler.results[1] = carafe_consumer_tag(consumer, NULL, "one");
    return 0;
}

static void tags_are_told_while_the_job_runs(void **state)
{
    struct bench *bench = *state;
    bench->handler.act = tag;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    struct recorded consumed = recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1);
    struct recorded tagged = recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_TAGGED, 1);
    end(bench);
    assert_int_equal(bench->handler.results[0], 0);
    assert_int_equal(bench->handler.results[1], CARAFE_INVALID);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CONSUMER_TAGGED), 1);
    assert_int_equal(tagged.job_id, consumed.job_id);
    assert_true(recorder_position(bench->recorder, CARAFE_EVENT_CONSUMER_TAGGED, 1) <
                recorder_position(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1));
}

/* ---- Retries ---- */

static void failed_batch_is_retried_after_two_seconds_from_its_first_message(void **state)
{
    struct bench *bench = *state;
    bench->handler.failures_left = 1;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    struct recorded pause = recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_PAUSE, 1);
    assert_int_equal(pause.duration_ms, 2000);
    assert_int_equal(pause.offset, 5);
    assert_int_equal(fake_member_await(member, "seek", 1).offset, 5);
    struct recorded error = recorder_await_failure(bench->recorder, "consumer.consume.error", 1);
    assert_string_equal(error.failure_class, "BenchError");
    assert_string_equal(error.failure_message, "told to fail at 5");
    assert_int_equal(error.attempt, 1);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CONSUMER_RETRY), 1);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
    fake_clock_await_deadline(&bench->clock, 1000);
    fake_clock_advance(&bench->clock, 1000);
    fake_clock_await_deadline(&bench->clock, 1000);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CLIENT_RESUME), 0);
    fake_clock_advance(&bench->clock, 1000);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_RESUME, 1);
    fake_member_message(member, "orders", 0, 5);
    struct recorded consumed = recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1);
    assert_int_equal(consumed.attempt, 2);
    (void)fake_member_await(member, "store", 1);
    end(bench);
    assert_int_equal(fake_member_stored(member, "orders", 0), 6);
}

static void message_that_slips_through_a_pause_is_fetched_again(void **state)
{
    struct bench *bench = *state;
    bench->handler.failures_left = 1;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_PAUSE, 1);
    fake_member_message(member, "orders", 0, 6);
    fake_member_await_drained(member);
    fake_clock_advance(&bench->clock, 2000);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_RESUME, 1);
    end(bench);
    assert_int_equal(bench_batches(bench), 1);
    assert_int_equal(fake_member_count(member, "seek"), 2);
    assert_int_equal(fake_member_await(member, "seek", 2).offset, 5);
}

static void seek_that_fails_resets_the_client(void **state)
{
    struct bench *bench = *state;
    bench->handler.failures_left = 1;
    struct fake_member *member = bench_start_assigned(bench);
    member->seek_code = CARAFE_FAILED;
    fake_member_message(member, "orders", 0, 5);
    struct recorded error = recorder_await_failure(bench->recorder, "connection.listener.fetch_loop.error", 1);
    assert_string_equal(error.failure_class, "SeekError");
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_RESET, 1);
    fake_clock_await_deadline(&bench->clock, 6000);
    fake_clock_advance(&bench->clock, 6000);
    (void)fake_factory_member(&bench->factory, 1);
    end(bench);
    assert_int_equal(bench->handler.revoked, 1);
    assert_int_equal(bench->handler.destroyed, 1);
}

/* ---- Dead letters ---- */

static void use_dead_letters(struct bench *bench, bool synchronous)
{
    bench->topics[0].dead_letters =
        (struct carafe_dead_letters){.topic = "dead", .max_retries = 0, .synchronous = synchronous};
    bench->handler.failures_left = -1;
}

static void exhausted_message_goes_to_the_dead_letters_and_is_marked(void **state)
{
    struct bench *bench = *state;
    use_dead_letters(bench, true);
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    struct recorded dispatched = recorder_await(bench->recorder, CARAFE_EVENT_DEAD_LETTER_DISPATCHED, 1);
    assert_int_equal(dispatched.offset, 5);
    struct recorded pause = recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_PAUSE, 1);
    assert_int_equal(pause.duration_ms, 1000);
    assert_int_equal(pause.offset, 6);
    end(bench);
    const struct bench_record *record = bench_producer_await(&bench->producer, 0);
    assert_string_equal(record->topic, "dead");
    assert_string_equal(record->payload, "payload");
    assert_string_equal(record->key, "key");
    assert_int_equal(record->header_count, 6);
    assert_string_equal(bench_record_header(record, "trace"), "abc");
    assert_string_equal(bench_record_header(record, "source_topic"), "orders");
    assert_string_equal(bench_record_header(record, "source_partition"), "0");
    assert_string_equal(bench_record_header(record, "source_offset"), "5");
    assert_string_equal(bench_record_header(record, "source_consumer_group"), "billing");
    assert_string_equal(bench_record_header(record, "source_attempts"), "1");
    assert_int_equal(fake_member_stored(member, "orders", 0), 6);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CONSUMER_RETRY), 0);
}

static void asynchronous_dead_letter_is_marked_only_when_delivered(void **state)
{
    struct bench *bench = *state;
    use_dead_letters(bench, false);
    bench->producer.held = true;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_PAUSE, 1);
    fake_clock_await_deadline(&bench->clock, 1000);
    fake_clock_advance(&bench->clock, 1000);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED, 3);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CLIENT_RESUME), 0);
    bench_producer_deliver(&bench->producer, 0);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_RESUME, 1);
    assert_int_equal(fake_member_stored(member, "orders", 0), 6);
    end(bench);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_DEAD_LETTER_DISPATCHED), 1);
    assert_int_equal(fake_member_await(member, "seek", 2).offset, 6);
}

static void undelivered_dead_letter_is_not_marked_but_tried_again(void **state)
{
    struct bench *bench = *state;
    use_dead_letters(bench, false);
    bench->producer.held = true;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_PAUSE, 1);
    bench_producer_deliver(&bench->producer, CARAFE_TIMEOUT);
    fake_clock_advance(&bench->clock, 1000);
    (void)recorder_await_failure(bench->recorder, "consumer.after_consume.error", 1);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_RESUME, 1);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
    fake_member_message(member, "orders", 0, 5);
    (void)bench_producer_await(&bench->producer, 1);
    bench_producer_deliver(&bench->producer, 0);
    end(bench);
    assert_int_equal(fake_member_stored(member, "orders", 0), 6);
}

static void refused_dead_letter_is_an_error_and_a_retry(void **state)
{
    struct bench *bench = *state;
    use_dead_letters(bench, true);
    bench->producer.produce_code = CARAFE_FULL;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    struct recorded error = recorder_await_failure(bench->recorder, "consumer.after_consume.error", 1);
    assert_string_equal(error.failure_class, "DeadLetterDispatchError");
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_RETRY, 1);
    end(bench);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
}

static void attempts_before_the_bound_are_retries(void **state)
{
    struct bench *bench = *state;
    use_dead_letters(bench, true);
    bench->topics[0].dead_letters.max_retries = 1;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_RETRY, 1);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_PAUSE, 1);
    assert_int_equal(bench_producer_count(&bench->producer), 0);
    fake_clock_advance(&bench->clock, 2000);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_RESUME, 1);
    fake_member_message(member, "orders", 0, 5);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_DEAD_LETTER_DISPATCHED, 1);
    end(bench);
    assert_string_equal(bench_record_header(bench_producer_await(&bench->producer, 0), "source_attempts"), "2");
}

/* ---- Pause and seek by hand ---- */

static int pause_by_hand(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)messages;
    (void)count;
    struct bench *bench = carafe_consumer_argument(consumer);
    bench->handler.results[0] = carafe_consumer_pause(consumer, -1, 700);
    bench->handler.results[1] = carafe_consumer_pause(consumer, -2, 700);
    return bench->handler.results[0] != 0 ? bench->handler.results[0] : carafe_consumer_pause(consumer, -1, 700);
}

static void pause_by_hand_ends_by_itself_without_a_seek(void **state)
{
    struct bench *bench = *state;
    bench->handler.act = pause_by_hand;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    struct recorded pause = recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_PAUSE, 1);
    assert_int_equal(pause.duration_ms, 700);
    fake_clock_await_deadline(&bench->clock, 700);
    fake_clock_advance(&bench->clock, 700);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_RESUME, 1);
    end(bench);
    assert_int_equal(bench->handler.results[1], CARAFE_INVALID);
    assert_int_equal(fake_member_count(member, "seek"), 0);
    assert_int_equal(fake_member_stored(member, "orders", 0), 6);
}

static int seek_by_hand(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)count;
    return messages[0].offset == 5 ? carafe_consumer_seek(consumer, 2) : 0;
}

static void seek_by_hand_goes_back_and_marks_nothing(void **state)
{
    struct bench *bench = *state;
    bench->handler.act = seek_by_hand;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    struct recorded seek = recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_SEEK, 1);
    assert_int_equal(seek.offset, 2);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
    fake_member_message(member, "orders", 0, 2);
    (void)fake_member_await(member, "store", 1);
    end(bench);
    assert_int_equal(fake_member_stored(member, "orders", 0), 3);
}

/* ---- Membership ---- */

static void revoked_partition_ends_its_consumer(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    (void)fake_member_await(member, "store", 1);
    fake_member_revoke(member, "orders", 0);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_REVOKED, 1);
    end(bench);
    assert_true(recorder_position(bench->recorder, CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED, 1) <
                recorder_position(bench->recorder, CARAFE_EVENT_CONSUMER_REVOKE, 1));
    assert_int_equal(bench->handler.created, 1);
    assert_int_equal(bench->handler.revoked, 1);
    assert_int_equal(bench->handler.destroyed, 1);
    assert_int_equal(bench->handler.shut_down, 0);
}

static void partition_that_comes_back_gets_a_new_consumer(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    fake_member_revoke(member, "orders", 0);
    fake_member_assign(member, "orders", 0);
    fake_member_message(member, "orders", 0, 6);
    (void)fake_member_await(member, "store", 2);
    end(bench);
    assert_int_equal(bench->handler.created, 2);
    assert_int_equal(bench->handler.destroyed, 2);
}

static void long_running_job_lets_the_listener_poll_with_its_partition_paused(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].long_running = true;
    struct fake_member *member = bench_start_assigned(bench);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 5);
    bench_await_batches(bench, 1);
    fake_member_assign(member, "orders", 1);
    fake_member_message(member, "orders", 1, 9);
    bench_await_batches(bench, 2);
    assert_int_equal(fake_member_count(member, "resume"), 0);
    assert_int_equal(fake_member_await(member, "pause", 1).partition, 0);
    bench_hold(bench, false);
    (void)fake_member_await(member, "resume", 2);
    end(bench);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CLIENT_PAUSE), 0);
}

static void lost_long_running_job_marks_nothing_and_hears_of_it(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].long_running = true;
    struct fake_member *member = bench_start_assigned(bench);
    bench_hold(bench, true);
    fake_member_message(member, "orders", 0, 5);
    bench_await_batches(bench, 1);
    fake_member_revoke(member, "orders", 0);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED, 1);
    bench_hold(bench, false);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_REVOKED, 1);
    end(bench);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
    assert_true(recorder_position(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1) <
                recorder_position(bench->recorder, CARAFE_EVENT_CONSUMER_REVOKE, 1));
}

/* ---- Failures of the client ---- */

static void fatal_poll_resets_the_client_after_the_backoff(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_fail(member, true);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_RESET, 1);
    (void)recorder_await_failure(bench->recorder, "connection.listener.fetch_loop.error", 1);
    assert_int_equal(fake_member_count(member, "close"), 1);
    fake_clock_await_deadline(&bench->clock, 6000);
    fake_clock_advance(&bench->clock, 6000);
    struct fake_member *second = fake_factory_member(&bench->factory, 1);
    fake_member_assign(second, "orders", 0);
    fake_member_message(second, "orders", 0, 5);
    (void)fake_member_await(second, "store", 1);
    end(bench);
    assert_int_equal(fake_member_count(member, "destroy"), 1);
    assert_int_equal(fake_member_count(second, "destroy"), 1);
}

static void stop_interrupts_the_backoff(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_fail(member, true);
    fake_clock_await_deadline(&bench->clock, 6000);
    end(bench);
    assert_int_equal(bench->clock.now_ns, FAKE_CLOCK_START_NS);
    assert_int_equal(bench->factory.count, 1);
}

static void poll_failure_that_is_not_fatal_is_told_and_polled_past(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_fail(member, false);
    fake_member_message(member, "orders", 0, 5);
    (void)fake_member_await(member, "store", 1);
    end(bench);
    assert_int_equal(recorder_count_failures(bench->recorder, "connection.client.poll.error"), 1);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CLIENT_RESET), 0);
}

static void client_that_cannot_be_opened_is_tried_again(void **state)
{
    struct bench *bench = *state;
    bench->factory.open_failures = 1;
    bench_start(bench);
    (void)recorder_await_failure(bench->recorder, "connection.listener.fetch_loop.error", 1);
    fake_clock_await_deadline(&bench->clock, 6000);
    fake_clock_advance(&bench->clock, 6000);
    (void)fake_factory_member(&bench->factory, 0);
    end(bench);
}

static void failed_unsubscribe_is_told_and_the_client_closed_all_the_same(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    member->unsubscribe_code = CARAFE_TIMEOUT;
    end(bench);
    assert_int_equal(recorder_count_failures(bench->recorder, "connection.client.unsubscribe.error"), 1);
    assert_int_equal(fake_member_count(member, "close"), 1);
}

/* ---- Other jobs, other hands ---- */

static int count_eofed(struct carafe_consumer *consumer)
{
    (void)consumer;
    return 0;
}

static void end_of_partition_becomes_a_job(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].handler.eofed = count_eofed;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_eof(member, "orders", 0);
    struct recorded eofed = recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_EOFED, 1);
    end(bench);
    assert_int_equal(eofed.job_type, CARAFE_JOB_EOFED);
}

static void ticks_come_at_their_interval_without_messages(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].handler.tick = count_eofed;
    bench->topics[0].tick_ms = 300;
    (void)bench_start_assigned(bench);
    fake_clock_await_deadline(&bench->clock, 300);
    fake_clock_advance(&bench->clock, 300);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_TICKED, 1);
    fake_clock_await_deadline(&bench->clock, 300);
    end(bench);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CONSUMER_TICKED), 1);
}

static void idle_follows_a_poll_that_brought_nothing(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].handler.idle = count_eofed;
    (void)bench_start_assigned(bench);
    fake_clock_await_deadline(&bench->clock, 1000);
    fake_clock_advance(&bench->clock, 1000);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_IDLED, 1);
    end(bench);
}

/* What its consumer returns is no business of the listener: it goes on to the end. */
static int grumble(struct carafe_consumer *consumer)
{
    (void)consumer;
    return -7;
}

static void callbacks_that_fail_are_told_by_their_own_type_and_end_nothing(void **state)
{
    struct bench *bench = *state;
    struct carafe_handler *handler = &bench->topics[0].handler;
    handler->eofed = handler->idle = handler->shutdown = handler->revoked = grumble;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_eof(member, "orders", 0);
    (void)recorder_await_failure(bench->recorder, "consumer.eofed.error", 1);
    fake_clock_await_deadline(&bench->clock, 1000);
    fake_clock_advance(&bench->clock, 1000);
    struct recorded idle = recorder_await_failure(bench->recorder, "consumer.idle.error", 1);
    assert_string_equal(idle.failure_class, "HandlerError");
    fake_member_revoke(member, "orders", 0);
    (void)recorder_await_failure(bench->recorder, "consumer.revoked.error", 1);
    fake_member_assign(member, "orders", 0);
    fake_member_message(member, "orders", 0, 5);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1);
    end(bench);
    assert_int_equal(recorder_count_failures(bench->recorder, "consumer.shutdown.error"), 1);
    assert_int_equal(bench->handler.destroyed, 2);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CLIENT_RESET), 0);
}

static void tick_that_fails_is_told_and_comes_again(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].handler.tick = grumble;
    bench->topics[0].tick_ms = 300;
    (void)bench_start_assigned(bench);
    for (size_t i = 1; i <= 2; i++) {
        fake_clock_await_deadline(&bench->clock, 300);
        fake_clock_advance(&bench->clock, 300);
        (void)recorder_await_failure(bench->recorder, "consumer.tick.error", i);
    }
    end(bench);
}

static int create_at_the_second_try(struct carafe_consumer *consumer)
{
    struct bench *bench = carafe_consumer_argument(consumer);
    return bench->handler.results[0]++ == 0 ? carafe_consumer_fail(consumer, "NotYet", "not yet") : 0;
}

static void failing_create_is_an_error_and_a_retry(void **state)
{
    struct bench *bench = *state;
    bench->topics[0].handler.create = create_at_the_second_try;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 5);
    struct recorded error = recorder_await_failure(bench->recorder, "consumer.initialized.error", 1);
    assert_string_equal(error.failure_class, "NotYet");
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_PAUSE, 1);
    fake_clock_advance(&bench->clock, 2000);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CLIENT_RESUME, 1);
    fake_member_message(member, "orders", 0, 5);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1);
    end(bench);
    assert_int_equal(bench->handler.results[0], 2);
    assert_int_equal(bench->handler.destroyed, 1);
}

static void pool_is_scaled_up_and_down_while_it_runs(void **state)
{
    struct bench *bench = *state;
    struct carafe_error error = {.code = CARAFE_OK};
    (void)bench_start_assigned(bench);
    assert_int_equal(server_scale(bench->server, 0, &error), CARAFE_INVALID);
    assert_int_equal(server_scale(bench->server, 5, &error), 0);
    assert_int_equal(server_scale(bench->server, 1, &error), 0);
    assert_int_equal(recorder_await(bench->recorder, CARAFE_EVENT_WORKER_SCALING_UP, 1).workers, 5);
    assert_int_equal(recorder_await(bench->recorder, CARAFE_EVENT_WORKER_SCALING_DOWN, 1).workers, 1);
    struct inspection inspection;
    server_inspector(bench->server)->inspect(server_inspector(bench->server), &inspection);
    assert_int_equal(inspection.workers, 1);
    assert_int_equal(inspection.listeners_active, 1);
    assert_true(inspection.was_running);
    end(bench);
    assert_int_equal(server_scale(bench->server, 2, &error), CARAFE_REFUSED);
}

static void topics_of_one_group_with_other_settings_have_listeners_of_their_own(void **state)
{
    struct bench *bench = *state;
    bench->topics[1] = bench->topics[0];
    bench->topics[1].name = "invoices";
    bench->topics[1].max_messages = 7;
    bench->config.topic_count = 2;
    bench_start(bench);
    (void)fake_factory_member(&bench->factory, 1);
    end(bench);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_LISTENER_STOPPED), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(handled_batch_is_stored_up_to_its_last_message),
        TEST(manual_marking_stores_nothing_by_itself),
        TEST(mark_sync_commits_and_strange_messages_are_refused),
        TEST(tags_are_told_while_the_job_runs),
        TEST(failed_batch_is_retried_after_two_seconds_from_its_first_message),
        TEST(message_that_slips_through_a_pause_is_fetched_again),
        TEST(seek_that_fails_resets_the_client),
        TEST(exhausted_message_goes_to_the_dead_letters_and_is_marked),
        TEST(asynchronous_dead_letter_is_marked_only_when_delivered),
        TEST(undelivered_dead_letter_is_not_marked_but_tried_again),
        TEST(refused_dead_letter_is_an_error_and_a_retry),
        TEST(attempts_before_the_bound_are_retries),
        TEST(pause_by_hand_ends_by_itself_without_a_seek),
        TEST(seek_by_hand_goes_back_and_marks_nothing),
        TEST(revoked_partition_ends_its_consumer),
        TEST(partition_that_comes_back_gets_a_new_consumer),
        TEST(long_running_job_lets_the_listener_poll_with_its_partition_paused),
        TEST(lost_long_running_job_marks_nothing_and_hears_of_it),
        TEST(fatal_poll_resets_the_client_after_the_backoff),
        TEST(stop_interrupts_the_backoff),
        TEST(poll_failure_that_is_not_fatal_is_told_and_polled_past),
        TEST(client_that_cannot_be_opened_is_tried_again),
        TEST(failed_unsubscribe_is_told_and_the_client_closed_all_the_same),
        TEST(end_of_partition_becomes_a_job),
        TEST(ticks_come_at_their_interval_without_messages),
        TEST(idle_follows_a_poll_that_brought_nothing),
        TEST(callbacks_that_fail_are_told_by_their_own_type_and_end_nothing),
        TEST(tick_that_fails_is_told_and_comes_again),
        TEST(failing_create_is_an_error_and_a_retry),
        TEST(pool_is_scaled_up_and_down_while_it_runs),
        TEST(topics_of_one_group_with_other_settings_have_listeners_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
