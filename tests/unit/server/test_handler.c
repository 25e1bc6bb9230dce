#include <stdio.h>
#include <string.h>

#include "server/consumer_state.h"
#include "server/server.h"
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

/* Give one message to a handler that does `act`, and stop the server. */
static const int *results_of(struct bench *bench, int (*act)(struct carafe_consumer *consumer,
                                                             const struct carafe_message *messages, size_t count))
{
    bench->handler.act = act;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_message(member, "orders", 0, 7);
    (void)recorder_await(bench->recorder, CARAFE_EVENT_CONSUMER_CONSUMED, 1);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
    return bench->handler.results;
}

static int look_around(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    struct bench *bench = carafe_consumer_argument(consumer);
    int *results = bench->handler.results;
    (void)messages;
    (void)count;
    results[0] = strcmp(carafe_consumer_topic(consumer), "orders");
    results[1] = carafe_consumer_partition(consumer);
    results[2] = strcmp(carafe_consumer_group(consumer), "billing");
    results[3] = carafe_consumer_attempt(consumer);
    results[4] = carafe_consumer_cancelled(consumer);
    results[5] = carafe_consumer_stopping(consumer);
    results[6] = carafe_consumer_revoked(consumer);
    results[7] = carafe_consumer_state(consumer) == NULL;
    carafe_consumer_set_state(consumer, bench);
    results[8] = carafe_consumer_state(consumer) == bench;
    return 0;
}

static void handler_sees_where_it_is_and_that_nothing_ends(void **state)
{
    static const int expected[] = {0, 0, 0, 1, 0, 0, 0, 1, 1};
    assert_memory_equal(results_of(*state, look_around), expected, sizeof expected);
}

static int change_tags(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    struct bench *bench = carafe_consumer_argument(consumer);
    int *results = bench->handler.results;
    char name[CONSUMER_TAG_NAME_MAX + 1];
    char text[CONSUMER_TAG_TEXT_MAX + 1];
    (void)messages;
    (void)count;
    memset(name, 'n', sizeof name - 1);
    memset(text, 't', sizeof text - 1);
    name[sizeof name - 1] = text[sizeof text - 1] = '\0';
    results[0] = carafe_consumer_tag(consumer, name, "one");
    results[1] = carafe_consumer_tag(consumer, "name", text);
    for (int i = 0; i < CONSUMER_TAGS_MAX; i++) {
        (void)snprintf(name, sizeof name, "tag %d", i);
        results[2] += carafe_consumer_tag(consumer, name, "one");
    }
    results[3] = carafe_consumer_tag(consumer, "one more", "one");
    results[4] = carafe_consumer_tag(consumer, "tag 3", "two");
    results[5] = carafe_consumer_tag(consumer, "never there", NULL);
    results[6] = carafe_consumer_tag(consumer, "tag 0", NULL);
    results[7] = carafe_consumer_tag(consumer, "one more", "one");
    return 0;
}

static void tags_are_bounded_replaced_and_taken_away(void **state)
{
    static const int expected[] = {CARAFE_INVALID, CARAFE_INVALID, 0, CARAFE_FULL, 0, 0, 0, 0};
    assert_memory_equal(results_of(*state, change_tags), expected, sizeof expected);
}

/* What another thread asks while the handler runs. */
struct intrusion {
    struct carafe_consumer *consumer;
    const struct carafe_message *message;
    int *results;
};

static void *intrude(void *argument)
{
    struct intrusion *intrusion = argument;
    struct carafe_consumer *consumer = intrusion->consumer;
    struct carafe_record record = {.topic = "elsewhere"};
    struct carafe_error error = {.code = CARAFE_OK};
    int *results = intrusion->results;
    results[0] = carafe_consumer_mark(consumer, intrusion->message);
    results[1] = carafe_consumer_pause(consumer, -1, 100);
    results[2] = carafe_consumer_resume(consumer);
    results[3] = carafe_consumer_seek(consumer, 0);
    results[4] = carafe_consumer_tag(consumer, "step", "one");
    results[5] = carafe_consumer_produce(consumer, &record, &error);
    results[6] = carafe_consumer_fail(consumer, "IntruderError", "nobody hears this");
    return NULL;
}

static int let_another_thread_ask(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    struct bench *bench = carafe_consumer_argument(consumer);
    struct intrusion intrusion = {consumer, messages, bench->handler.results};
    pthread_t thread;
    (void)count;
    if (pthread_create(&thread, NULL, intrude, &intrusion) != 0) {
        return CARAFE_FAILED;
    }
    pthread_join(thread, NULL);
    return 0;
}

static void another_thread_is_refused(void **state)
{
    struct bench *bench = *state;
    static const int expected[] = {CARAFE_REFUSED, CARAFE_REFUSED, CARAFE_REFUSED, CARAFE_REFUSED,
                                   CARAFE_REFUSED, CARAFE_REFUSED, CARAFE_FAILED};
    assert_memory_equal(results_of(bench, let_another_thread_ask), expected, sizeof expected);
    assert_int_equal(bench_producer_count(&bench->producer), 0);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_ERROR_OCCURRED), 0);
}

static int ask_for_the_impossible(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    struct bench *bench = carafe_consumer_argument(consumer);
    struct carafe_error error = {.code = CARAFE_OK};
    struct carafe_record nowhere = {.topic = ""};
    int *results = bench->handler.results;
    (void)messages;
    (void)count;
    results[0] = carafe_consumer_seek(consumer, -1);
    results[1] = carafe_consumer_pause(consumer, -1, -2);
    results[2] = carafe_consumer_produce(consumer, NULL, &error);
    results[3] = carafe_consumer_produce(consumer, &nowhere, &error);
    results[4] = strcmp(error.text, "produce: record: expected a topic, got none");
    results[5] = carafe_consumer_pause(consumer, -1, 100);
    results[6] = carafe_consumer_resume(consumer);
    return 0;
}

static void what_cannot_be_is_refused_and_a_pause_can_be_taken_back(void **state)
{
    struct bench *bench = *state;
    static const int expected[] = {CARAFE_INVALID, CARAFE_INVALID, CARAFE_INVALID, CARAFE_INVALID, 0, 0, 0};
    assert_memory_equal(results_of(bench, ask_for_the_impossible), expected, sizeof expected);
    assert_int_equal(recorder_count(bench->recorder, CARAFE_EVENT_CLIENT_PAUSE), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(handler_sees_where_it_is_and_that_nothing_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(tags_are_bounded_replaced_and_taken_away, setup, teardown),
        cmocka_unit_test_setup_teardown(another_thread_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_and_a_pause_can_be_taken_back, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
