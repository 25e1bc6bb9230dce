#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/nearest.h"
#include "kafka/kafka.h"
#include "kafka/secrets.h"
#include "kafka/settings.h"

static int check(const struct carafe_setting *list, size_t count, struct carafe_error *error)
{
    const struct carafe_settings settings = {list, count};
    error->code = CARAFE_OK;
    error->text[0] = '\0';
    return kafka_settings_check(&settings, error);
}

static void settings_of_clients_and_of_topics_are_known(void **state)
{
    (void)state;
    struct carafe_error error;
    const struct carafe_setting list[] = {{"session.timeout.ms", "6000"}, {"auto.offset.reset", "earliest"}};
    assert_int_equal(check(list, 2, &error), 0);
}

static void unknown_settings_are_named_with_the_nearest(void **state)
{
    (void)state;
    struct carafe_error error;
    const struct carafe_setting list[] = {{"sesion.timeout.ms", "6000"}, {"auto.ofset.reset", "x"}, {"zzzzzz", "1"}};
    assert_int_equal(check(list, 3, &error), CARAFE_INVALID);
    assert_string_equal(
        error.text,
        "kafka: sesion.timeout.ms: expected a setting of librdkafka such as session.timeout.ms, got an unknown name\n"
        "kafka: auto.ofset.reset: expected a setting of librdkafka such as auto.offset.reset, got an unknown name\n"
        "kafka: zzzzzz: expected a setting of librdkafka, got an unknown name");
}

static void wrong_values_are_shown(void **state)
{
    (void)state;
    struct carafe_error error;
    const struct carafe_setting list[] = {{"session.timeout.ms", "soon"}};
    assert_int_equal(check(list, 1, &error), CARAFE_INVALID);
    assert_non_null(
        strstr(error.text, "kafka: session.timeout.ms: expected a value that librdkafka takes, got 'soon'"));
}

static void secret_values_are_never_shown(void **state)
{
    (void)state;
    struct carafe_error error;
    const struct carafe_setting list[] = {{"sasl.pasword", "hunter2"},
                                          {"enable.ssl.certificate.verificaton", "hunter2"}};
    assert_int_equal(check(list, 2, &error), CARAFE_INVALID);
    assert_null(strstr(error.text, "hunter2"));
    assert_non_null(strstr(error.text, "such as sasl.password"));
}

static void settings_without_name_or_value_are_refused(void **state)
{
    (void)state;
    struct carafe_error error;
    const struct carafe_setting list[] = {{NULL, "x"}, {"acks", NULL}};
    assert_int_equal(check(list, 2, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "kafka: settings: expected a name and a value, got none\n"
                                    "kafka: acks: expected a name and a value, got none");
}

static void settings_integer_falls_back_when_there_is_none(void **state)
{
    (void)state;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    assert_int_equal(settings_integer(conf, "max.poll.interval.ms", 1), 300000);
    assert_int_equal(settings_integer(conf, "client.id", 7), 7);
    assert_int_equal(settings_integer(conf, "no.such", 8), 8);
    rd_kafka_conf_destroy(conf);
}

static void secrets_name_knows_every_kind(void **state)
{
    (void)state;
    const char *const secret[] = {"sasl.password", "ssl.key.password",           "ssl.keystore.password",
                                  "ssl.key.pem",   "sasl.oauthbearer.config",    "sasl.oauthbearer.client.secret",
                                  "ssl_key",       "sasl.oauthbearer.extensions"};
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        assert_true(secrets_name(secret[i]));
    }
    assert_false(secrets_name("bootstrap.servers"));
    assert_false(secrets_name("sasl.oauthbearer.method"));
    assert_false(secrets_name("ssl.key.location"));
}

static void secrets_hide_covers_every_occurrence(void **state)
{
    (void)state;
    const struct carafe_setting list[] = {{"sasl.password", "abc"}, {"ssl.key.password", "xy"}, {"client.id", "id-7"}};
    const struct carafe_settings settings = {list, 3};
    struct secrets secrets;
    assert_int_equal(secrets_init(&secrets, &settings), 0);
    char text[] = "abcabc id-7 xy .abc.";
    secrets_hide(&secrets, text);
    assert_string_equal(text, "****** id-7 xy .***.");
    secrets_close(&secrets);
}

static void secrets_hide_covers_one_that_begins_with_another(void **state)
{
    (void)state;
    const struct carafe_setting list[] = {{"sasl.password", "abc"}, {"ssl.key.password", "abcdef"}};
    const struct carafe_settings settings = {list, 2};
    struct secrets secrets;
    assert_int_equal(secrets_init(&secrets, &settings), 0);
    char text[] = "abcdef abc";
    secrets_hide(&secrets, text);
    assert_string_equal(text, "****** ***");
    secrets_close(&secrets);
}

static void nearest_word_has_a_third_of_its_letters_and_one_wrong_at_most(void **state)
{
    (void)state;
    const char *const words[] = {"topics", "groups", "handler"};
    assert_string_equal(nearest_word("topcis", words, 3), "topics");
    assert_string_equal(nearest_word("handlr", words, 3), "handler");
    assert_null(nearest_word("xxxxxx", words, 3));
    assert_null(nearest_word("", words, 3));
    assert_string_equal(nearest_word("tqqqcs", words, 3), "topics");
    assert_null(nearest_word("tqqqqs", words, 3));
    assert_null(nearest_word("x", (const char *const[]){"y"}, 1));
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
    assert_int_equal(nearest_distance("topics", "topcis"), 1);
    assert_int_equal(nearest_distance("Topics", "tOpics"), 0);
}

static void nearest_distance_bounds_its_words(void **state)
{
    (void)state;
    char large[NEAREST_WORD_MAX + 2];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    assert_true(nearest_distance(large, "x") == SIZE_MAX);
    assert_true(nearest_distance("x", large) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_of_clients_and_of_topics_are_known),
        cmocka_unit_test(unknown_settings_are_named_with_the_nearest),
        cmocka_unit_test(wrong_values_are_shown),
        cmocka_unit_test(secret_values_are_never_shown),
        cmocka_unit_test(settings_without_name_or_value_are_refused),
        cmocka_unit_test(settings_integer_falls_back_when_there_is_none),
        cmocka_unit_test(secrets_name_knows_every_kind),
        cmocka_unit_test(secrets_hide_covers_every_occurrence),
        cmocka_unit_test(secrets_hide_covers_one_that_begins_with_another),
        cmocka_unit_test(nearest_word_has_a_third_of_its_letters_and_one_wrong_at_most),
        cmocka_unit_test(nearest_distance_bounds_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
