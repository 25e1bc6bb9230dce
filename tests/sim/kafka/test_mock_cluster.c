#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kafka/mock_cluster.h"
#include "kafka/names.h"
#include "scenario/vocabulary.h"

#define BROKERS 3

/* One cluster for all tests: it takes a second to end. */
static int create_cluster(void **state)
{
    const struct mock_cluster_options options = {.brokers = BROKERS};
    struct mock_cluster *cluster = NULL;
    struct carafe_error error = {0};
    assert_int_equal(mock_cluster_create(&options, &cluster, &error), 0);
    assert_int_equal(mock_cluster_topic(cluster, "orders", 4, 3, &error), 0);
    *state = cluster;
    return 0;
}

static int destroy_cluster(void **state)
{
    mock_cluster_destroy(*state);
    return 0;
}

static void a_request_is_found_by_name_in_any_case(void **state)
{
    (void)state;
    int api = -1;
    assert_int_equal(kafka_api_of_name("offsetcommit", &api, NULL), 0);
    assert_int_equal(api, KAFKA_API_OFFSET_COMMIT);
    assert_string_equal(kafka_api_name(api), "OffsetCommit");
    assert_null(kafka_api_name(7));
}

static void an_unknown_request_is_refused_with_the_nearest(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    int api = -1;
    assert_int_equal(kafka_api_of_name("OffsetComit", &api, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "api: name: expected a request of Kafka such as OffsetCommit, got OffsetComit");
    assert_int_equal(api, -1);
}

static void an_error_is_found_by_name_in_any_case(void **state)
{
    (void)state;
    int code = -1;
    assert_int_equal(kafka_error_of_name("not_coordinator", &code, NULL), 0);
    assert_int_equal(code, 16);
    assert_string_equal(kafka_error_name(code), "NOT_COORDINATOR");
    assert_int_equal(kafka_error_of_name("_TRANSPORT", &code, NULL), 0);
    assert_int_equal(code, -195);
    assert_int_equal(kafka_error_of_name("NO_ERROR", &code, NULL), 0);
    assert_int_equal(code, 0);
}

static void an_error_is_found_by_the_name_that_kafka_gives_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < vocabulary_error_count; i++) {
        int code = 0;
        assert_int_equal(kafka_error_of_name(vocabulary_errors[i].name, &code, NULL), 0);
        assert_int_equal(code, vocabulary_errors[i].code);
    }
}

static void the_apis_that_faults_may_name_are_those_of_the_mock(void **state)
{
    (void)state;
    int api = 0;
    for (size_t i = 0; i < VOCABULARY_APIS_ANSWERED; i++) {
        assert_int_equal(kafka_api_of_name(vocabulary_apis[i].name, &api, NULL), 0);
        assert_int_equal(api, vocabulary_apis[i].code);
    }
    for (size_t i = VOCABULARY_APIS_ANSWERED; i < vocabulary_api_count; i++) {
        assert_int_not_equal(kafka_api_of_name(vocabulary_apis[i].name, &api, NULL), 0);
    }
}

static void an_unknown_error_is_refused_with_the_nearest(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    int code = -1;
    assert_int_equal(kafka_error_of_name("NOT_CORDINATOR", &code, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "error: name: expected a Kafka error such as NOT_COORDINATOR, got NOT_CORDINATOR");
}

static void every_name_of_the_tables_is_found(void **state)
{
    (void)state;
    int number = 0;
    size_t count = 0;
    for (; kafka_api_at(count) != NULL; count++) {
        assert_int_equal(kafka_api_of_name(kafka_api_at(count), &number, NULL), 0);
    }
    assert_int_equal(count, 17);
    for (count = 0; kafka_error_at(count) != NULL; count++) {
        assert_int_equal(kafka_error_of_name(kafka_error_at(count), &number, NULL), 0);
        assert_string_equal(kafka_error_name(number), kafka_error_at(count));
    }
    assert_true(count > 100);
}

static void each_broker_has_its_port_in_the_bootstraps(void **state)
{
    const struct mock_cluster *cluster = *state;
    assert_int_equal(mock_cluster_brokers(cluster), BROKERS);
    for (int broker = 1; broker <= BROKERS; broker++) {
        char text[16];
        (void)snprintf(text, sizeof text, ":%u", mock_cluster_port(cluster, broker));
        assert_non_null(strstr(mock_cluster_bootstraps(cluster), text));
        assert_int_equal(mock_cluster_broker_at(cluster, mock_cluster_port(cluster, broker)), broker);
    }
    assert_int_equal(mock_cluster_port(cluster, 0), 0);
    assert_int_equal(mock_cluster_port(cluster, BROKERS + 1), 0);
    assert_int_equal(mock_cluster_broker_at(cluster, 1), 0);
}

static void a_cluster_needs_a_sane_count_of_brokers(void **state)
{
    (void)state;
    static const int COUNTS[] = {-1, 0, MOCK_CLUSTER_BROKERS_MAX + 1};
    for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++) {
        const struct mock_cluster_options options = {.brokers = COUNTS[i]};
        struct mock_cluster *cluster = NULL;
        struct carafe_error error = {0};
        assert_int_equal(mock_cluster_create(&options, &cluster, &error), CARAFE_INVALID);
        assert_null(cluster);
    }
}

static void topics_that_make_no_sense_are_refused(void **state)
{
    struct mock_cluster *cluster = *state;
    struct carafe_error error = {0};
    assert_int_equal(mock_cluster_topic(cluster, "", 1, 1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_topic(cluster, "new", 0, 1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_topic(cluster, "new", MOCK_CLUSTER_PARTITIONS_MAX + 1, 1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_topic(cluster, "new", 1, 0, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_topic(cluster, "new", 1, BROKERS + 1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_partitions(cluster, "new"), 0);
    assert_int_equal(mock_cluster_topic(cluster, "orders", 4, 1, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "topic orders: name: expected a new one, got one that exists");
    assert_int_equal(mock_cluster_partitions(cluster, "orders"), 4);
}

static void brokers_and_partitions_that_do_not_exist_are_refused(void **state)
{
    struct mock_cluster *cluster = *state;
    struct carafe_error error = {0};
    assert_int_equal(mock_cluster_broker_down(cluster, 4, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "broker: id: expected 1 to 3, got 4");
    assert_int_equal(mock_cluster_broker_up(cluster, 0, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_latency(cluster, 9, 1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_latency(cluster, 1, -1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_latency(cluster, 1, MOCK_CLUSTER_LATENCY_MAX_MS + 1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_rack(cluster, 4, "rack", &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_coordinator(cluster, "billing", -1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_leader(cluster, "orders", 4, 1, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "topic orders: partition: expected 0 to 3, got 4");
    assert_int_equal(mock_cluster_leader(cluster, "none", 0, 1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_leader(cluster, "orders", 0, 4, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_follower(cluster, "orders", 0, -1, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_follower_watermarks(cluster, "orders", 0, 5, 4, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_topic_error(cluster, "none", NULL, &error), CARAFE_INVALID);
    assert_int_equal(mock_cluster_topic_error(cluster, "orders", "NONSENSE", &error), CARAFE_INVALID);
    size_t count = 0;
    assert_int_equal(mock_cluster_waiting(cluster, "Produce", 0, &count, &error), CARAFE_INVALID);
}

static void what_exists_can_be_changed(void **state)
{
    struct mock_cluster *cluster = *state;
    struct carafe_error error = {0};
    assert_int_equal(mock_cluster_leader(cluster, "orders", 0, MOCK_CLUSTER_NO_LEADER, &error), 0);
    assert_int_equal(mock_cluster_leader(cluster, "orders", 0, 2, &error), 0);
    assert_int_equal(mock_cluster_follower(cluster, "orders", 0, 3, &error), 0);
    assert_int_equal(mock_cluster_follower_watermarks(cluster, "orders", 0, -1, -1, &error), 0);
    assert_int_equal(mock_cluster_coordinator(cluster, "billing", 2, &error), 0);
    assert_int_equal(mock_cluster_latency(cluster, MOCK_CLUSTER_ALL_BROKERS, 5, &error), 0);
    assert_int_equal(mock_cluster_rack(cluster, 1, "rack", &error), 0);
    assert_int_equal(mock_cluster_topic_error(cluster, "orders", "TOPIC_AUTHORIZATION_FAILED", &error), 0);
    assert_int_equal(mock_cluster_topic_error(cluster, "orders", NULL, &error), 0);
    uint16_t port = mock_cluster_port(cluster, 1);
    assert_int_equal(mock_cluster_broker_down(cluster, 1, &error), 0);
    assert_int_equal(mock_cluster_broker_up(cluster, 1, &error), 0);
    assert_int_equal(mock_cluster_port(cluster, 1), port);
}

static void injections_wait_at_their_broker(void **state)
{
    struct mock_cluster *cluster = *state;
    struct carafe_error error = {0};
    struct mock_cluster_injection injection = {"Produce", "NOT_LEADER_FOR_PARTITION", 3, 2, 10};
    assert_int_equal(mock_cluster_inject(cluster, &injection, &error), 0);
    size_t count = 0;
    assert_int_equal(mock_cluster_waiting(cluster, "Produce", 2, &count, &error), 0);
    assert_int_equal(count, 3);
    injection.broker = MOCK_CLUSTER_ALL_BROKERS;
    injection.delay_ms = 0;
    assert_int_equal(mock_cluster_inject(cluster, &injection, &error), CARAFE_REFUSED);
    injection.api = "Fetch";
    assert_int_equal(mock_cluster_inject(cluster, &injection, &error), 0);
    assert_int_equal(mock_cluster_clear(cluster, "Fetch", &error), 0);
}

static void injections_that_make_no_sense_are_refused(void **state)
{
    struct mock_cluster *cluster = *state;
    const struct mock_cluster_injection wrong[] = {
        {"Nonsense", "NOT_COORDINATOR", 1, 1, 0},
        {"Heartbeat", "NONSENSE", 1, 1, 0},
        {"Heartbeat", "NOT_COORDINATOR", 0, 1, 0},
        {"Heartbeat", "NOT_COORDINATOR", MOCK_CLUSTER_ERRORS_MAX + 1, 1, 0},
        {"Heartbeat", "NOT_COORDINATOR", 1, 4, 0},
        {"Heartbeat", "NOT_COORDINATOR", 1, 1, -1},
        {"Heartbeat", NULL, 1, -1, 10},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct carafe_error error = {0};
        assert_int_equal(mock_cluster_inject(cluster, &wrong[i], &error), CARAFE_INVALID);
        assert_int_not_equal(error.text[0], '\0');
    }
    struct carafe_error error = {0};
    assert_int_equal(mock_cluster_clear(cluster, "Nonsense", &error), CARAFE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_found_by_name_in_any_case),
        cmocka_unit_test(an_unknown_request_is_refused_with_the_nearest),
        cmocka_unit_test(an_error_is_found_by_name_in_any_case),
        cmocka_unit_test(an_error_is_found_by_the_name_that_kafka_gives_it),
        cmocka_unit_test(the_apis_that_faults_may_name_are_those_of_the_mock),
        cmocka_unit_test(an_unknown_error_is_refused_with_the_nearest),
        cmocka_unit_test(every_name_of_the_tables_is_found),
        cmocka_unit_test(each_broker_has_its_port_in_the_bootstraps),
        cmocka_unit_test(a_cluster_needs_a_sane_count_of_brokers),
        cmocka_unit_test(topics_that_make_no_sense_are_refused),
        cmocka_unit_test(brokers_and_partitions_that_do_not_exist_are_refused),
        cmocka_unit_test(what_exists_can_be_changed),
        cmocka_unit_test(injections_wait_at_their_broker),
        cmocka_unit_test(injections_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, create_cluster, destroy_cluster);
}
