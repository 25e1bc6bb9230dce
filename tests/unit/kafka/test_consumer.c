#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "kafka/consumer.h"
#include "kafka/kafka.h"
#include "posix/posix.h"
#include "cluster.h"

#define LONG_NS    (30 * NS_PER_S)
#define PARTITIONS 4

/* What the observer was told. */
struct seen {
    int assign;
    int assigned;
    int revoke;
    int revoked;
    size_t partitions;
    int statistics;
    int commits;
    int commit_code;
    int64_t committed_offset;
    int fatal;
    char error_class[64];
};

static struct cluster cluster;
static struct recorder recorder;
static struct consumer_factory *factory;
static struct consumer *member; /* joined once: the mock makes a first member wait for 3 s */
static struct seen seen;

/* ---- The observer ---- */

static void on_assign(const struct carafe_partition *partitions, size_t count, void *owner)
{
    struct seen *mine = owner;
    assert_int_equal(mine->assign, mine->assigned);
    assert_non_null(partitions);
    mine->assign++;
    mine->partitions = count;
}

static void on_assigned(const struct carafe_partition *partitions, size_t count, void *owner)
{
    (void)partitions;
    (void)count;
    ((struct seen *)owner)->assigned++;
}

static void on_revoke(const struct carafe_partition *partitions, size_t count, bool lost, void *owner)
{
    (void)partitions;
    assert_false(lost);
    struct seen *mine = owner;
    assert_int_equal(mine->revoke, mine->revoked);
    mine->revoke++;
    mine->partitions = count;
}

static void on_revoked(const struct carafe_partition *partitions, size_t count, bool lost, void *owner)
{
    (void)partitions;
    (void)count;
    (void)lost;
    ((struct seen *)owner)->revoked++;
}

static void on_statistics(const char *client_id, const char *json, size_t len, void *owner)
{
    assert_non_null(strstr(client_id, "carafe-test#consumer-"));
    assert_int_equal(strlen(json), len);
    ((struct seen *)owner)->statistics++;
}

static void on_committed(const struct carafe_partition *partitions, size_t count, int code, const char *error_class,
                         void *owner)
{
    struct seen *mine = owner;
    assert_non_null(error_class);
    mine->commits++;
    mine->commit_code = code;
    for (size_t i = 0; i < count; i++) {
        if (partitions[i].offset >= 0) {
            mine->committed_offset = partitions[i].offset;
        }
    }
}

static void on_failed(const char *error_class, const char *text, bool fatal, void *owner)
{
    struct seen *mine = owner;
    assert_non_null(text);
    (void)snprintf(mine->error_class, sizeof mine->error_class, "%s", error_class);
    mine->fatal += fatal ? 1 : 0;
}

/* ---- Helpers ---- */

static struct consumer *consumer_with(const char *servers, const char *group, const char *strategy, struct seen *mine)
{
    const struct carafe_setting list[] = {
        {"bootstrap.servers", servers},        {"client.id", "carafe-test"},
        {"enable.auto.offset.store", "false"}, {"auto.offset.reset", "earliest"},
        {"session.timeout.ms", "6000"},        {"statistics.interval.ms", "100"},
        {"enable.partition.eof", "true"},      {"fetch.wait.max.ms", "50"},
        {"sasl.password", "hunter2-secret"},   {"partition.assignment.strategy", strategy}};
    const struct consumer_options options = {
        .group = group,
        .subscription_group = "sg_0",
        .kafka = {list, sizeof list / sizeof list[0]},
        .observer = {on_assign, on_assigned, on_revoke, on_revoked, on_statistics, on_committed, on_failed, mine}};
    struct consumer *consumer = NULL;
    struct carafe_error error = {0};
    assert_int_equal(factory->open(factory, &options, &consumer, &error), 0);
    return consumer;
}

static struct consumer *consumer_at(const char *servers, const char *group, struct seen *mine)
{
    return consumer_with(servers, group, "range,roundrobin", mine);
}

static int64_t in(int64_t ns)
{
    return posix_clock()->monotonic_ns(posix_clock()) + ns;
}

static void produce_one(int32_t partition, const char *payload)
{
    const struct carafe_setting list[] = {{"bootstrap.servers", cluster.servers}};
    const struct carafe_settings settings = {list, 1};
    const struct carafe_header headers[] = {{"trace", "abc", 3}, {"nothing", NULL, 0}};
    const struct carafe_record record = {.topic = "orders",
                                         .partition = partition,
                                         .key = "key",
                                         .key_len = 3,
                                         .payload = payload,
                                         .payload_len = strlen(payload),
                                         .headers = headers,
                                         .header_count = 2};
    struct producer *producer = NULL;
    struct carafe_error error = {0};
    assert_int_equal(kafka_producer_create(&settings, posix_clock(), &recorder.port, &producer, &error), 0);
    assert_int_equal(producer->produce(producer, &record, NULL, NULL, &error), 0);
    assert_int_equal(producer->flush(producer, in(LONG_NS), &error), 0);
    kafka_producer_destroy(producer);
}

/* Poll until `kind` comes from `partition` (-1: any); everything else is let go. */
static void poll_until(struct consumer *consumer, enum consumer_poll_kind kind, int32_t partition,
                       struct consumer_poll *result)
{
    int64_t deadline_ns = in(LONG_NS);
    for (;;) {
        consumer->poll(consumer, deadline_ns, result);
        assert_int_not_equal(result->kind, CONSUMER_NOTHING);
        int32_t from =
            result->kind == CONSUMER_MESSAGE ? result->message.message.partition : result->partition.partition;
        if (result->kind == kind && (partition < 0 || from == partition)) {
            return;
        }
        if (result->kind == CONSUMER_MESSAGE) {
            consumer->release(&result->message);
        }
    }
}

static int start_all(void **state)
{
    (void)state;
    recorder_init(&recorder);
    cluster_start(&cluster);
    cluster_topic(&cluster, "orders", PARTITIONS);
    factory = kafka_consumer_factory_create(posix_clock(), &recorder.port);
    member = consumer_at(cluster.servers, "group", &seen);
    const char *const topics[] = {"orders"};
    const struct carafe_names names = {topics, 1};
    struct carafe_error error = {0};
    assert_int_equal(member->subscribe(member, &names, &error), 0);
    struct consumer_poll result = {0};
    while (seen.assigned == 0) {
        poll_until(member, CONSUMER_INTERRUPTED, -1, &result);
    }
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    kafka_consumer_factory_destroy(factory);
    cluster_stop(&cluster);
    return 0;
}

/* ---- A member of a group ---- */

static void rebalance_interrupts_the_poll_and_is_told_before_and_after(void **state)
{
    (void)state;
    assert_int_equal(seen.assign, 1);
    assert_int_equal(seen.assigned, 1);
    assert_int_equal(seen.partitions, PARTITIONS);
    assert_false(member->assignment_lost(member));
}

static void poll_gives_messages_with_headers_and_the_end_of_a_partition(void **state)
{
    (void)state;
    struct consumer_poll result = {0};
    produce_one(0, "first");
    poll_until(member, CONSUMER_MESSAGE, 0, &result);
    const struct carafe_message *message = &result.message.message;
    assert_string_equal(message->topic, "orders");
    assert_int_equal(message->offset, 0);
    assert_true(message->timestamp_ms > 0);
    assert_int_equal(message->key_len, 3);
    assert_memory_equal(message->key, "key", 3);
    assert_int_equal(message->payload_len, 5);
    assert_memory_equal(message->payload, "first", 5);
    assert_int_equal(message->header_count, 2);
    assert_string_equal(message->headers[0].name, "trace");
    assert_int_equal(message->headers[0].value_len, 3);
    assert_memory_equal(message->headers[0].value, "abc", 3);
    assert_string_equal(message->headers[1].name, "nothing");
    assert_null(message->headers[1].value);
    assert_true(result.message.fetched_ns <= in(0));
    member->release(&result.message);
    poll_until(member, CONSUMER_EOF, 0, &result);
    assert_string_equal(result.partition.topic, "orders");
    assert_int_equal(result.partition.offset, 1);
}

static void seek_reads_a_message_again(void **state)
{
    (void)state;
    struct consumer_poll result = {0};
    struct carafe_error error = {0};
    const struct carafe_partition start = {"orders", 1, 0};
    produce_one(1, "again");
    for (int i = 0; i < 2; i++) {
        poll_until(member, CONSUMER_MESSAGE, 1, &result);
        assert_int_equal(result.message.message.offset, 0);
        member->release(&result.message);
        assert_int_equal(member->seek(member, &start, &error), 0);
    }
}

static void pause_holds_messages_back_until_resume(void **state)
{
    (void)state;
    struct consumer_poll result = {0};
    struct carafe_error error = {0};
    const struct carafe_partition paused = {"orders", 2, 0};
    assert_int_equal(member->pause(member, &paused, &error), 0);
    produce_one(2, "held back");
    produce_one(3, "let through");
    int64_t deadline_ns = in(300 * NS_PER_MS);
    do {
        member->poll(member, deadline_ns, &result);
        if (result.kind == CONSUMER_MESSAGE) {
            assert_int_not_equal(result.message.message.partition, 2);
            member->release(&result.message);
        }
    } while (result.kind != CONSUMER_NOTHING);
    assert_int_equal(member->resume(member, &paused, &error), 0);
    poll_until(member, CONSUMER_MESSAGE, 2, &result);
    member->release(&result.message);
}

static void commit_takes_what_is_stored_and_the_observer_hears_of_it(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    const struct carafe_partition next = {"orders", 0, 1};
    seen.commits = 0;
    assert_int_equal(member->store(member, &next, &error), 0);
    assert_int_equal(member->commit(member, NULL, true, &error), 0);
    member->serve(member);
    assert_int_equal(seen.commits, 1);
    assert_int_equal(seen.commit_code, 0);
    assert_int_equal(seen.committed_offset, 1);
    assert_int_equal(member->commit(member, NULL, true, &error), 0); /* nothing new */
    const struct carafe_partition other = {"orders", 1, 1};
    assert_int_equal(member->commit(member, &other, true, &error), 0);
}

static void store_and_seek_refuse_what_is_not_assigned(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    const struct carafe_partition foreign = {"orders", 77, 5};
    assert_int_equal(member->store(member, &foreign, &error), CARAFE_REFUSED);
    assert_non_null(strstr(error.text, "consumer sg_0: store: expected success, got _"));
    assert_int_equal(member->seek(member, &foreign, &error), CARAFE_REFUSED);
}

static void statistics_come_while_polling_and_by_serve_alone(void **state)
{
    (void)state;
    struct consumer_poll result = {0};
    seen.statistics = 0;
    while (seen.statistics == 0) {
        member->poll(member, in(LONG_NS), &result);
        if (result.kind == CONSUMER_MESSAGE) {
            member->release(&result.message);
        }
        if (seen.statistics == 0) {
            member->poll(member, in(100 * NS_PER_MS), &result);
        }
    }
    produce_one(0, "not for serve");
    seen.statistics = 0;
    int64_t until_ns = in(LONG_NS);
    while (seen.statistics == 0 && in(0) < until_ns) {
        member->serve(member);
    }
    assert_true(seen.statistics > 0);
    poll_until(member, CONSUMER_MESSAGE, 0, &result); /* serve took no message */
    member->release(&result.message);
}

static void wait_once(struct consumer *consumer, enum consumer_poll_kind expected)
{
    struct consumer_poll result = {0};
    consumer->poll(consumer, in(LONG_NS), &result);
    assert_int_equal(result.kind, expected);
}

static void leaving_revokes_and_messages_outlive_the_consumer(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    struct consumer_poll result = {0};
    const struct carafe_partition start = {"orders", 0, 0};
    assert_int_equal(member->seek(member, &start, &error), 0);
    poll_until(member, CONSUMER_MESSAGE, 0, &result);
    const struct carafe_partition next = {"orders", 0, 2};
    seen.commits = 0;
    assert_int_equal(member->store(member, &next, &error), 0);
    assert_int_equal(member->unsubscribe(member, in(LONG_NS), &error), 0);
    assert_int_equal(seen.revoke, 1);
    assert_int_equal(seen.revoked, 1);
    assert_int_equal(seen.partitions, PARTITIONS);
    assert_int_equal(member->store(member, &next, &error), CARAFE_REFUSED);
    assert_int_equal(member->close(member, &error), 0);
    assert_int_equal(seen.commits > 0, 1);
    assert_int_equal(seen.committed_offset, 2);
    wait_once(member, CONSUMER_FAILED);
    assert_int_equal(member->close(member, &error), 0);
    void (*release)(struct consumer_message *) = member->release;
    member->destroy(member);
    assert_memory_equal(result.message.message.payload, "first", 5);
    release(&result.message);
}

/* ---- Without a group ---- */

static void *wake_it(void *argument)
{
    struct consumer *consumer = argument;
    consumer->wake(consumer);
    return NULL;
}

static struct consumer *lonely(struct seen *mine)
{
    *mine = (struct seen){0};
    return consumer_at(CLUSTER_NOBODY, "lonely", mine);
}

static void wake_before_or_during_a_poll_ends_it(void **state)
{
    (void)state;
    struct seen mine;
    struct consumer *consumer = lonely(&mine);
    struct carafe_error error = {0};
    consumer->wake(consumer);
    wait_once(consumer, CONSUMER_INTERRUPTED);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake_it, consumer), 0);
    wait_once(consumer, CONSUMER_INTERRUPTED);
    (void)pthread_join(thread, NULL);
    assert_int_equal(consumer->close(consumer, &error), 0);
    consumer->destroy(consumer);
}

static void poll_ends_at_its_deadline(void **state)
{
    (void)state;
    struct seen mine;
    struct consumer *consumer = lonely(&mine);
    struct carafe_error error = {0};
    struct consumer_poll result = {0};
    int64_t deadline_ns = in(50 * NS_PER_MS);
    consumer->poll(consumer, deadline_ns, &result);
    assert_int_equal(result.kind, CONSUMER_NOTHING);
    assert_true(in(0) >= deadline_ns);
    consumer->poll(consumer, 0, &result);
    assert_int_equal(result.kind, CONSUMER_NOTHING);
    assert_int_equal(consumer->close(consumer, &error), 0);
    consumer->destroy(consumer);
}

static void close_is_bounded_when_no_broker_answers(void **state)
{
    (void)state;
    struct seen mine;
    struct consumer *consumer = lonely(&mine);
    const char *const topics[] = {"orders"};
    const struct carafe_names names = {topics, 1};
    struct carafe_error error = {0};
    struct consumer_poll result = {0};
    assert_int_equal(consumer->subscribe(consumer, &names, &error), 0);
    consumer->poll(consumer, in(50 * NS_PER_MS), &result);
    assert_int_equal(consumer->unsubscribe(consumer, in(LONG_NS), &error), 0);
    int64_t bound_ns = in((KAFKA_COMMIT_WAIT_MS + KAFKA_CLOSE_WAIT_MS + 500) * NS_PER_MS);
    (void)consumer->close(consumer, &error);
    assert_true(in(0) < bound_ns);
    consumer->destroy(consumer);
}

static void unreachable_brokers_are_told(void **state)
{
    (void)state;
    struct seen mine;
    struct consumer *consumer = lonely(&mine);
    struct carafe_error error = {0};
    struct consumer_poll result = {0};
    int64_t until_ns = in(LONG_NS);
    while (mine.error_class[0] == '\0' && in(0) < until_ns) {
        consumer->poll(consumer, in(50 * NS_PER_MS), &result);
    }
    assert_true(strcmp(mine.error_class, "_TRANSPORT") == 0 || strcmp(mine.error_class, "_ALL_BROKERS_DOWN") == 0);
    assert_int_equal(mine.fatal, 0);
    (void)consumer->close(consumer, &error);
    consumer->destroy(consumer);
}

static void fatal_errors_are_told_by_their_own_name(void **state)
{
    (void)state;
    struct seen mine;
    struct consumer *consumer = lonely(&mine);
    struct carafe_error error = {0};
    struct consumer_poll result = {0};
    rd_kafka_t *kafka = ((struct kafka_consumer *)consumer)->kafka;
    assert_int_equal(rd_kafka_test_fatal_error(kafka, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "fenced for a test"),
                     RD_KAFKA_RESP_ERR_NO_ERROR);
    int64_t until_ns = in(LONG_NS);
    bool fatal = false;
    while (!fatal && in(0) < until_ns) {
        consumer->poll(consumer, in(50 * NS_PER_MS), &result);
        fatal = result.kind == CONSUMER_FAILED && result.fatal;
        if (mine.fatal > 0) {
            fatal = true;
            assert_string_equal(mine.error_class, "FENCED_INSTANCE_ID");
        }
    }
    assert_true(fatal);
    (void)consumer->close(consumer, &error);
    consumer->destroy(consumer);
}

static void cooperative_members_are_assigned_and_revoked_too(void **state)
{
    (void)state;
    struct seen mine = {0};
    struct consumer *consumer = consumer_with(cluster.servers, "cooperative", "cooperative-sticky", &mine);
    const char *const topics[] = {"orders"};
    const struct carafe_names names = {topics, 1};
    struct carafe_error error = {0};
    struct consumer_poll result = {0};
    assert_int_equal(consumer->subscribe(consumer, &names, &error), 0);
    while (mine.assigned == 0) {
        poll_until(consumer, CONSUMER_INTERRUPTED, -1, &result);
    }
    assert_int_equal(mine.partitions, PARTITIONS);
    const struct carafe_partition next = {"orders", 0, 1};
    assert_int_equal(consumer->store(consumer, &next, &error), 0);
    assert_int_equal(consumer->unsubscribe(consumer, in(LONG_NS), &error), 0);
    assert_int_equal(mine.revoked, 1);
    assert_int_equal(consumer->close(consumer, &error), 0);
    assert_int_equal(mine.committed_offset, 1);
    consumer->destroy(consumer);
}

static void close_drops_messages_that_nobody_took(void **state)
{
    (void)state;
    struct seen mine = {0};
    for (int i = 0; i < 3; i++) {
        produce_one(3, "waiting");
    }
    struct consumer *consumer = consumer_at(cluster.servers, "hasty", &mine);
    const char *const topics[] = {"orders"};
    const struct carafe_names names = {topics, 1};
    struct carafe_error error = {0};
    struct consumer_poll result = {0};
    assert_int_equal(consumer->subscribe(consumer, &names, &error), 0);
    poll_until(consumer, CONSUMER_MESSAGE, 3, &result); /* the other two came with it */
    consumer->release(&result.message);
    assert_int_equal(consumer->close(consumer, &error), 0);
    assert_int_equal(mine.revoked, 1);
    consumer->destroy(consumer);
}

static void open_refuses_wrong_settings_without_showing_secrets(void **state)
{
    (void)state;
    const struct carafe_setting list[] = {
        {"sesion.timeout.ms", "1"}, {"sasl.pasword", "hunter2"}, {"session.timeout.ms", "never"}};
    const struct consumer_options options = {.group = "g", .subscription_group = "g_0", .kafka = {list, 3}};
    struct consumer *consumer = NULL;
    struct carafe_error error = {0};
    assert_int_equal(factory->open(factory, &options, &consumer, &error), CARAFE_INVALID);
    assert_null(consumer);
    assert_non_null(strstr(error.text, "such as session.timeout.ms"));
    assert_non_null(strstr(error.text, "such as sasl.password"));
    assert_non_null(strstr(error.text, "got 'never'"));
    assert_null(strstr(error.text, "hunter2"));
    struct carafe_error checked = {0};
    assert_int_equal(factory->check(factory, &options, &checked), CARAFE_INVALID);
    assert_string_equal(checked.text, error.text);
}

static void open_refuses_settings_that_contradict_each_other(void **state)
{
    (void)state;
    const struct carafe_setting list[] = {{"max.poll.interval.ms", "1000"}, {"session.timeout.ms", "60000"}};
    const struct consumer_options options = {.group = "g", .subscription_group = "g_0", .kafka = {list, 2}};
    struct consumer *consumer = NULL;
    struct carafe_error error = {0};
    assert_int_equal(factory->open(factory, &options, &consumer, &error), CARAFE_INVALID);
    assert_non_null(strstr(error.text, "max.poll.interval.ms"));
}

static void library_version_is_of_the_loaded_library(void **state)
{
    (void)state;
    assert_string_equal(factory->library_version(factory), rd_kafka_version_str());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebalance_interrupts_the_poll_and_is_told_before_and_after),
        cmocka_unit_test(poll_gives_messages_with_headers_and_the_end_of_a_partition),
        cmocka_unit_test(seek_reads_a_message_again),
        cmocka_unit_test(pause_holds_messages_back_until_resume),
        cmocka_unit_test(commit_takes_what_is_stored_and_the_observer_hears_of_it),
        cmocka_unit_test(store_and_seek_refuse_what_is_not_assigned),
        cmocka_unit_test(statistics_come_while_polling_and_by_serve_alone),
        cmocka_unit_test(leaving_revokes_and_messages_outlive_the_consumer),
        cmocka_unit_test(wake_before_or_during_a_poll_ends_it),
        cmocka_unit_test(poll_ends_at_its_deadline),
        cmocka_unit_test(close_is_bounded_when_no_broker_answers),
        cmocka_unit_test(unreachable_brokers_are_told),
        cmocka_unit_test(fatal_errors_are_told_by_their_own_name),
        cmocka_unit_test(cooperative_members_are_assigned_and_revoked_too),
        cmocka_unit_test(close_drops_messages_that_nobody_took),
        cmocka_unit_test(open_refuses_wrong_settings_without_showing_secrets),
        cmocka_unit_test(open_refuses_settings_that_contradict_each_other),
        cmocka_unit_test(library_version_is_of_the_loaded_library),
    };
    return cmocka_run_group_tests(tests, start_all, stop_all);
}
