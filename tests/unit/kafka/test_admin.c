/* librdkafka 2.0.2's mock has no CreateTopics: here is what comes before a broker's answer, and its refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <pthread.h>

#include "kafka/kafka.h"
#include "cluster.h"

static struct cluster cluster;
static struct carafe_error error;
static enum kafka_topic_outcome outcomes[KAFKA_TOPICS_MAX];

static int start_cluster(void **state)
{
    (void)state;
    cluster_start(&cluster);
    return 0;
}

static int stop_cluster(void **state)
{
    (void)state;
    cluster_stop(&cluster);
    return 0;
}

static int create(const char *servers, struct kafka_topic topic, int64_t timeout_ms)
{
    const struct carafe_setting list[] = {{"bootstrap.servers", servers}, {"sasl.password", "plugh-43"}};
    const struct carafe_settings settings = {list, 2};
    outcomes[0] = KAFKA_TOPIC_REFUSED;
    return kafka_topics_create(&settings, &topic, 1, timeout_ms, outcomes, &error);
}

static const struct kafka_topic good = {"reports", 1, -1, 86400000};

static void a_topic_that_cannot_be_is_refused_before_anybody_is_asked(void **state)
{
    (void)state;
    assert_int_equal(create(CLUSTER_NOBODY, (struct kafka_topic){"", 1, 1, 1}, 1000), CARAFE_INVALID);
    assert_int_equal(create(CLUSTER_NOBODY, (struct kafka_topic){"a b", 1, 1, 1}, 1000), CARAFE_INVALID);
    assert_int_equal(create(CLUSTER_NOBODY, (struct kafka_topic){"reports", 0, 1, 1}, 1000), CARAFE_INVALID);
    assert_non_null(strstr(error.text, "kafka: topic reports: "));
    assert_int_equal(create(CLUSTER_NOBODY, (struct kafka_topic){"reports", 1, 99999, 1}, 1000), CARAFE_INVALID);
}

static void counts_and_times_out_of_range_are_refused(void **state)
{
    (void)state;
    const struct carafe_settings none = {NULL, 0};
    assert_int_equal(kafka_topics_create(&none, &good, 0, 1000, outcomes, &error), CARAFE_INVALID);
    assert_int_equal(kafka_topics_create(&none, &good, KAFKA_TOPICS_MAX + 1, 1000, outcomes, &error), CARAFE_INVALID);
    assert_int_equal(create(CLUSTER_NOBODY, good, 0), CARAFE_INVALID);
    assert_int_equal(create(CLUSTER_NOBODY, good, KAFKA_ADMIN_TIMEOUT_MAX_MS + 1), CARAFE_INVALID);
}

static void a_wrong_setting_is_named(void **state)
{
    (void)state;
    const struct carafe_setting list[] = {{"bootstrap.serverz", "x"}};
    const struct carafe_settings settings = {list, 1};
    assert_int_equal(kafka_topics_create(&settings, &good, 1, 1000, outcomes, &error), CARAFE_INVALID);
    assert_non_null(strstr(error.text, "such as bootstrap.servers"));
}

static void without_brokers_it_gives_up_in_time(void **state)
{
    (void)state;
    assert_int_equal(create(CLUSTER_NOBODY, good, 300), CARAFE_TIMEOUT);
    assert_int_equal(outcomes[0], KAFKA_TOPIC_REFUSED);
    assert_non_null(strstr(error.text, "in 300 ms, got "));
}

static void a_broker_that_cannot_create_topics_is_told_so(void **state)
{
    (void)state;
    int code = create(cluster.servers, good, 3000);
    assert_true(code == CARAFE_FAILED || code == CARAFE_TIMEOUT);
    assert_int_equal(outcomes[0], KAFKA_TOPIC_REFUSED);
    assert_non_null(strstr(error.text, "kafka: admin: expected topics to be created in 3000 ms, got "));
    assert_null(strstr(error.text, "plugh-43"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_topic_that_cannot_be_is_refused_before_anybody_is_asked),
        cmocka_unit_test(counts_and_times_out_of_range_are_refused),
        cmocka_unit_test(a_wrong_setting_is_named),
        cmocka_unit_test(without_brokers_it_gives_up_in_time),
        cmocka_unit_test(a_broker_that_cannot_create_topics_is_told_so),
    };
    return cmocka_run_group_tests(tests, start_cluster, stop_cluster);
}
