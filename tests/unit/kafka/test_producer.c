#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "kafka/kafka.h"
#include "posix/posix.h"
#include "cluster.h"

#define LONG_NS (30 * NS_PER_S)

struct receipt {
    int calls;
    int code;
    int64_t offset;
    int32_t partition;
    bool here; /* called on the thread of the test */
    pthread_t tester;
};

static struct cluster cluster;
static struct recorder recorder;

static int start_cluster(void **state)
{
    (void)state;
    recorder_init(&recorder);
    cluster_start(&cluster);
    cluster_topic(&cluster, "orders", 2);
    return 0;
}

static int stop_cluster(void **state)
{
    (void)state;
    cluster_stop(&cluster);
    return 0;
}

static struct producer *producer_at(const char *servers)
{
    const struct carafe_setting list[] = {{"bootstrap.servers", servers}};
    const struct carafe_settings settings = {list, 1};
    struct producer *producer = NULL;
    struct carafe_error error = {0};
    assert_int_equal(kafka_producer_create(&settings, posix_clock(), &recorder.port, &producer, &error), 0);
    return producer;
}

static int64_t in(int64_t ns)
{
    return posix_clock()->monotonic_ns(posix_clock()) + ns;
}

static void note(const struct delivery *delivery, void *owner)
{
    struct receipt *receipt = owner;
    receipt->calls++;
    receipt->code = delivery->code;
    receipt->offset = delivery->offset;
    receipt->partition = delivery->partition;
    receipt->here = pthread_equal(receipt->tester, pthread_self());
    assert_true((delivery->code == 0) == (delivery->text == NULL));
}

static int send_to(struct producer *producer, int32_t partition, struct receipt *receipt, struct carafe_error *error)
{
    const struct carafe_header headers[] = {{"zlib", "true", 4}, {"empty", NULL, 0}};
    const struct carafe_record record = {.topic = "orders",
                                         .partition = partition,
                                         .key = "k",
                                         .key_len = 1,
                                         .payload = "p",
                                         .payload_len = 1,
                                         .headers = headers,
                                         .header_count = 2};
    receipt->tester = pthread_self();
    return producer->produce(producer, &record, note, receipt, error);
}

static void flush_delivers_and_calls_back_once_on_the_producers_thread(void **state)
{
    (void)state;
    struct producer *producer = producer_at(cluster.servers);
    struct receipt receipts[2] = {0};
    struct carafe_error error = {0};
    assert_int_equal(send_to(producer, 1, &receipts[0], &error), 0);
    assert_int_equal(send_to(producer, 1, &receipts[1], &error), 0);
    assert_int_equal(producer->flush(producer, in(LONG_NS), &error), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(receipts[i].calls, 1);
        assert_int_equal(receipts[i].code, 0);
        assert_int_equal(receipts[i].partition, 1);
        assert_int_equal(receipts[i].offset, i);
        assert_false(receipts[i].here);
    }
    kafka_producer_destroy(producer);
}

static void close_delivers_what_is_queued_and_then_refuses_more(void **state)
{
    (void)state;
    struct producer *producer = producer_at(cluster.servers);
    struct receipt receipt = {0};
    struct receipt late = {0};
    struct carafe_error error = {0};
    size_t purged = 99;
    assert_true(producer->is_open(producer));
    assert_int_equal(send_to(producer, 0, &receipt, &error), 0);
    assert_int_equal(producer->close(producer, in(LONG_NS), &purged, &error), 0);
    assert_int_equal(purged, 0);
    assert_int_equal(receipt.calls, 1);
    assert_int_equal(receipt.code, 0);
    assert_false(producer->is_open(producer));
    assert_int_equal(send_to(producer, 0, &late, &error), CARAFE_CLOSED);
    assert_int_equal(producer->close(producer, in(LONG_NS), &purged, &error), 0);
    assert_int_equal(late.calls, 0);
    kafka_producer_destroy(producer);
}

static void close_purges_what_no_broker_took_and_counts_it(void **state)
{
    (void)state;
    struct producer *producer = producer_at(CLUSTER_NOBODY);
    struct receipt receipts[3] = {0};
    struct carafe_error error = {0};
    size_t purged = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send_to(producer, 0, &receipts[i], &error), 0);
    }
    assert_int_equal(producer->flush(producer, in(0), &error), CARAFE_TIMEOUT);
    assert_int_equal(producer->close(producer, in(0), &purged, &error), 0);
    assert_int_equal(purged, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(receipts[i].calls, 1);
        assert_int_equal(receipts[i].code, CARAFE_TIMEOUT);
    }
    kafka_producer_destroy(producer);
}

static void produce_refuses_what_can_never_be_sent(void **state)
{
    (void)state;
    struct producer *producer = producer_at(cluster.servers);
    struct carafe_error error = {0};
    size_t len = 2000000;
    char *large = calloc(1, len);
    struct carafe_record record = {.topic = "orders", .partition = 0, .payload = large, .payload_len = len};
    assert_int_equal(producer->produce(producer, &record, NULL, NULL, &error), CARAFE_INVALID);
    record = (struct carafe_record){.topic = NULL, .partition = 0};
    assert_int_equal(producer->produce(producer, &record, NULL, NULL, &error), CARAFE_INVALID);
    free(large);
    kafka_producer_destroy(producer);
}

static void delivery_to_a_partition_that_does_not_exist_fails(void **state)
{
    (void)state;
    struct producer *producer = producer_at(cluster.servers);
    struct receipt receipt = {0};
    struct carafe_error error = {0};
    int result = send_to(producer, 7, &receipt, &error);
    if (result == 0) { /* the metadata was not there yet: the delivery says it */
        assert_int_equal(producer->flush(producer, in(LONG_NS), &error), 0);
        assert_int_equal(receipt.calls, 1);
        result = receipt.code;
    }
    assert_int_equal(result, CARAFE_INVALID);
    kafka_producer_destroy(producer);
}

static void produce_takes_records_without_key_payload_and_callback(void **state)
{
    (void)state;
    struct producer *producer = producer_at(cluster.servers);
    struct carafe_error error = {0};
    const struct carafe_record record = {.topic = "orders", .partition = -1};
    assert_int_equal(producer->produce(producer, &record, NULL, NULL, &error), 0);
    assert_int_equal(producer->flush(producer, in(LONG_NS), &error), 0);
    kafka_producer_destroy(producer);
}

static void produce_says_full_when_the_queue_is(void **state)
{
    (void)state;
    const struct carafe_setting list[] = {{"bootstrap.servers", CLUSTER_NOBODY}, {"queue.buffering.max.messages", "1"}};
    const struct carafe_settings settings = {list, 2};
    struct producer *producer = NULL;
    struct carafe_error error = {0};
    struct receipt receipts[2] = {0};
    assert_int_equal(kafka_producer_create(&settings, posix_clock(), &recorder.port, &producer, &error), 0);
    assert_int_equal(send_to(producer, 0, &receipts[0], &error), 0);
    assert_int_equal(send_to(producer, 0, &receipts[1], &error), CARAFE_FULL);
    kafka_producer_destroy(producer);
    assert_int_equal(receipts[0].calls, 1);
    assert_int_equal(receipts[1].calls, 0);
}

/* A producer without brokers that was told when to give up `orders`. */
static struct producer *expiring_producer(const struct carafe_setting *setting, int64_t timeout_ms)
{
    const struct carafe_setting list[] = {{"bootstrap.servers", CLUSTER_NOBODY}, *setting};
    const struct carafe_settings settings = {list, 2};
    struct producer *producer = NULL;
    struct carafe_error error = {0};
    assert_int_equal(kafka_producer_create(&settings, posix_clock(), &recorder.port, &producer, &error), 0);
    assert_int_equal(producer->expire(producer, "orders", timeout_ms, &error), 0);
    return producer;
}

static void expire_gives_up_the_records_of_one_topic_and_keeps_the_others(void **state)
{
    (void)state;
    const struct carafe_setting setting = {"message.timeout.ms", "300000"};
    struct producer *producer = expiring_producer(&setting, 50);
    struct carafe_error error = {0};
    struct receipt receipt = {0};
    struct receipt other = {0};
    const struct carafe_record record = {.topic = "payments", .partition = 0};
    assert_int_equal(send_to(producer, 0, &receipt, &error), 0);
    assert_int_equal(producer->flush(producer, in(LONG_NS), &error), 0);
    assert_int_equal(receipt.calls, 1);
    assert_int_equal(receipt.code, CARAFE_TIMEOUT);
    other.tester = pthread_self();
    assert_int_equal(send_to(producer, 0, &receipt, &error), 0);
    assert_int_equal(producer->produce(producer, &record, note, &other, &error), 0);
    assert_int_equal(producer->flush(producer, in(3 * NS_PER_S), &error), CARAFE_TIMEOUT);
    assert_int_equal(receipt.calls, 2);
    assert_int_equal(other.calls, 0);
    kafka_producer_destroy(producer);
}

static void expire_keeps_a_shorter_time_that_is_set_for_all(void **state)
{
    (void)state;
    const struct carafe_setting setting = {"message.timeout.ms", "50"};
    struct producer *producer = expiring_producer(&setting, 600000);
    struct carafe_error error = {0};
    struct receipt receipt = {0};
    assert_int_equal(send_to(producer, 0, &receipt, &error), 0);
    assert_int_equal(producer->flush(producer, in(LONG_NS), &error), 0);
    assert_int_equal(receipt.code, CARAFE_TIMEOUT);
    kafka_producer_destroy(producer);
}

static void expire_gives_way_to_a_longer_lingering(void **state)
{
    (void)state;
    const struct carafe_setting setting = {"linger.ms", "60000"};
    kafka_producer_destroy(expiring_producer(&setting, 50));
}

static void expire_refuses_no_topic_no_time_and_too_many_topics(void **state)
{
    (void)state;
    struct producer *producer = producer_at(CLUSTER_NOBODY);
    struct carafe_error error = {0};
    assert_int_equal(producer->expire(producer, "", 50, &error), CARAFE_INVALID);
    assert_int_equal(producer->expire(producer, NULL, 50, &error), CARAFE_INVALID);
    assert_int_equal(producer->expire(producer, "orders", 0, &error), CARAFE_INVALID);
    assert_int_equal(producer->expire(producer, "orders", INT64_C(1) << 40, &error), CARAFE_INVALID);
    int result = 0;
    for (char name[] = "a"; name[0] <= 'z' && result == 0; name[0]++) {
        result = producer->expire(producer, name, 50, &error);
    }
    assert_int_equal(result, CARAFE_FULL);
    kafka_producer_destroy(producer);
}

static void create_names_every_wrong_setting(void **state)
{
    (void)state;
    const struct carafe_setting list[] = {{"linger.mss", "5"}, {"acks", "many"}};
    const struct carafe_settings settings = {list, 2};
    struct producer *producer = NULL;
    struct carafe_error error = {0};
    assert_int_equal(kafka_producer_create(&settings, posix_clock(), &recorder.port, &producer, &error),
                     CARAFE_INVALID);
    assert_null(producer);
    assert_non_null(strstr(error.text, "such as linger.ms"));
    assert_non_null(strstr(error.text, "kafka: acks: "));
}

static void lines_of_librdkafka_go_to_the_log_without_secrets(void **state)
{
    (void)state;
    const struct carafe_setting list[] = {{"bootstrap.servers", CLUSTER_NOBODY},
                                          {"debug", "conf"},
                                          {"client.id", "careless-plugh-43"},
                                          {"sasl.password", "plugh-43"}};
    const struct carafe_settings settings = {list, 4};
    struct producer *producer = NULL;
    struct carafe_error error = {0};
    assert_int_equal(kafka_producer_create(&settings, posix_clock(), &recorder.port, &producer, &error), 0);
    kafka_producer_destroy(producer);
    assert_true(recorder_has(&recorder, "client.id = careless-********"));
    assert_false(recorder_has(&recorder, "plugh-43"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flush_delivers_and_calls_back_once_on_the_producers_thread),
        cmocka_unit_test(close_delivers_what_is_queued_and_then_refuses_more),
        cmocka_unit_test(close_purges_what_no_broker_took_and_counts_it),
        cmocka_unit_test(produce_refuses_what_can_never_be_sent),
        cmocka_unit_test(delivery_to_a_partition_that_does_not_exist_fails),
        cmocka_unit_test(produce_takes_records_without_key_payload_and_callback),
        cmocka_unit_test(produce_says_full_when_the_queue_is),
        cmocka_unit_test(expire_gives_up_the_records_of_one_topic_and_keeps_the_others),
        cmocka_unit_test(expire_keeps_a_shorter_time_that_is_set_for_all),
        cmocka_unit_test(expire_gives_way_to_a_longer_lingering),
        cmocka_unit_test(expire_refuses_no_topic_no_time_and_too_many_topics),
        cmocka_unit_test(create_names_every_wrong_setting),
        cmocka_unit_test(lines_of_librdkafka_go_to_the_log_without_secrets),
    };
    return cmocka_run_group_tests(tests, start_cluster, stop_cluster);
}
