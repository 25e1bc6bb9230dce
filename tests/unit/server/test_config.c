#include <string.h>

#include "server/config.h"
#include "support/cmocka_all.h"

static struct carafe_config config;
static struct carafe_topic topics[4];
static struct carafe_error error;

static int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)consumer;
    (void)messages;
    (void)count;
    return 0;
}

static int eofed(struct carafe_consumer *consumer)
{
    (void)consumer;
    return 0;
}

static int setup(void **state)
{
    (void)state;
    carafe_config_init(&config);
    static const char *const names[] = {"orders", "invoices", "letters", "returns"};
    for (size_t i = 0; i < 4; i++) {
        topics[i] = (struct carafe_topic){.name = names[i], .group = "billing", .handler = {.consume = consume}};
    }
    config.topics = topics;
    config.topic_count = 2;
    error = (struct carafe_error){.code = CARAFE_OK};
    return 0;
}

static void assert_refused(const char *text)
{
    assert_null(config_create(&config, &error));
    assert_int_equal(error.code, CARAFE_INVALID);
    assert_string_equal(error.text, text);
}

static struct config *assert_taken(void)
{
    struct config *parsed = config_create(&config, &error);
    assert_non_null(parsed);
    return parsed;
}

static const char *setting(const struct subscription_group *group, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < group->kafka.count; i++) {
        value = strcmp(group->kafka.list[i].name, name) == 0 ? group->kafka.list[i].value : value;
    }
    return value;
}

static void topics_of_equal_settings_share_a_subscription_group(void **state)
{
    (void)state;
    struct config *parsed = assert_taken();
    assert_int_equal(parsed->group_count, 1);
    assert_string_equal(parsed->groups[0].id, "billing_0");
    assert_int_equal(parsed->groups[0].topic_count, 2);
    config_destroy(parsed);
}

static void subscription_groups_are_numbered_within_their_group(void **state)
{
    (void)state;
    static const struct carafe_setting fetch = {"fetch.min.bytes", "7"};
    config.topic_count = 3;
    topics[1].kafka = (struct carafe_settings){&fetch, 1};
    topics[2].group = "shipping";
    struct config *parsed = assert_taken();
    assert_int_equal(parsed->group_count, 3);
    assert_string_equal(parsed->groups[1].id, "billing_1");
    assert_string_equal(parsed->groups[2].id, "shipping_0");
    assert_string_equal(setting(&parsed->groups[1], "fetch.min.bytes"), "7");
    assert_null(setting(&parsed->groups[0], "fetch.min.bytes"));
    config_destroy(parsed);
}

static void client_settings_go_over_the_defaults(void **state)
{
    (void)state;
    static const struct carafe_setting latest = {"auto.offset.reset", "latest"};
    config.kafka = (struct carafe_settings){&latest, 1};
    struct config *parsed = assert_taken();
    assert_string_equal(setting(&parsed->groups[0], "auto.offset.reset"), "latest");
    assert_string_equal(setting(&parsed->groups[0], "statistics.interval.ms"), "5000");
    assert_string_equal(setting(&parsed->groups[0], "enable.auto.offset.store"), "false");
    assert_string_equal(setting(&parsed->groups[0], "client.id"), "carafe");
    assert_null(setting(&parsed->groups[0], "enable.partition.eof"));
    config_destroy(parsed);
}

static void eofed_callback_of_a_later_topic_asks_for_ends_of_partitions(void **state)
{
    (void)state;
    topics[1].handler.eofed = eofed;
    struct config *parsed = assert_taken();
    assert_int_equal(parsed->group_count, 1);
    assert_string_equal(setting(&parsed->groups[0], "enable.partition.eof"), "true");
    config_destroy(parsed);
}

static void zero_of_a_topic_is_the_default_of_the_server(void **state)
{
    (void)state;
    topics[0].dead_letters = (struct carafe_dead_letters){.topic = "dead", .max_retries = -1};
    struct config *parsed = assert_taken();
    const struct carafe_topic *topic = &parsed->topics[0].settings;
    assert_int_equal(topic->max_messages, 100);
    assert_int_equal(topic->max_wait_time_ms, 1000);
    assert_int_equal(topic->pause_timeout_ms, 1000);
    assert_int_equal(topic->pause_max_timeout_ms, 30000);
    assert_int_equal(topic->dead_letters.max_retries, 3);
    assert_string_equal(topic->handler.name, "orders");
    config_destroy(parsed);
}

static void configuration_is_copied(void **state)
{
    (void)state;
    char name[] = "orders";
    topics[0].name = name;
    struct config *parsed = assert_taken();
    name[0] = 'X';
    assert_string_equal(parsed->topics[0].settings.name, "orders");
    config_destroy(parsed);
}

static void every_violation_is_told_at_once(void **state)
{
    (void)state;
    config.shutdown_timeout_ms = -1;
    config.supervision_sleep_ms = 0;
    topics[0].name = "or ders";
    topics[1].group = "";
    topics[1].handler.consume = NULL;
    assert_refused(
        "config: shutdown_timeout_ms: expected 0 to 604800000, got -1\n"
        "config: supervision_sleep_ms: expected 1 to 60000, got 0\n"
        "config: groups.billing.topics.or ders.name: expected 1 to 249 of a-z A-Z 0-9 . _ -, got \"or ders\"\n"
        "config: topics.invoices.group: expected 1 to 255 printable bytes, got an empty text\n"
        "config: topics.invoices.handler: expected a consume callback, got none");
}

static void shutdown_timeout_of_zero_is_allowed(void **state)
{
    (void)state;
    config.shutdown_timeout_ms = 0;
    config_destroy(assert_taken());
}

static void topic_twice_in_a_group_is_refused(void **state)
{
    (void)state;
    topics[1].name = "orders";
    assert_refused("config: groups.billing.topics.orders.name: expected one topic of it in a group, got two");
}

static void topic_in_two_groups_is_taken(void **state)
{
    (void)state;
    topics[1].name = "orders";
    topics[1].group = "shipping";
    config_destroy(assert_taken());
}

static void server_without_topics_is_refused(void **state)
{
    (void)state;
    config.topic_count = 0;
    assert_refused("config: groups: topics: expected 1 to 10000, got 0");
}

static void list_that_is_not_there_is_refused(void **state)
{
    (void)state;
    config.topics = NULL;
    config.kafka = (struct carafe_settings){NULL, 3};
    config.tags = (struct carafe_names){NULL, 1};
    assert_refused("config: kafka: expected a list of at most 1000 settings, got none\n"
                   "config: groups: expected a list of topics, got none\n"
                   "config: tags: expected a list of at most 10000 names, got none");
}

static void settings_that_are_ours_are_refused_and_values_never_shown(void **state)
{
    (void)state;
    static const struct carafe_setting list[] = {
        {"group.id", "secret"}, {"enable.auto.offset.store", "true"}, {"sasl.password", NULL}};
    config.kafka = (struct carafe_settings){list, 3};
    assert_null(config_create(&config, &error));
    assert_non_null(strstr(error.text, "group.id: expected the topic's group"));
    assert_non_null(strstr(error.text, "enable.auto.offset.store: expected false"));
    assert_non_null(strstr(error.text, "setting 2: expected a name and a value"));
    assert_null(strstr(error.text, "secret"));
}

static void named_subscription_group_of_unequal_settings_is_refused(void **state)
{
    (void)state;
    topics[0].subscription_group = "fast";
    topics[1].subscription_group = "fast";
    topics[1].max_messages = 7;
    assert_refused(
        "config: groups.billing.topics.invoices.subscription_group: expected the client settings of topic orders, "
        "which is in fast too, got others");
}

static void pause_longer_than_its_bound_is_refused(void **state)
{
    (void)state;
    topics[0].pause_timeout_ms = 40000;
    assert_refused("config: groups.billing.topics.orders.pause_max_timeout_ms: expected at least pause_timeout_ms "
                   "(40000), got 30000");
}

static void dead_letters_to_itself_are_refused(void **state)
{
    (void)state;
    topics[0].dead_letters.topic = "orders";
    assert_refused("config: groups.billing.topics.orders.dead_letters.topic: expected another topic, got itself");
}

static void unknown_schema_is_refused_unless_reporting_is_off(void **state)
{
    (void)state;
    config.reporting.schema = "1.5.0";
    assert_refused("config: reporting.schema: expected 1.4.0, 1.4.1, 1.6.0 or 1.7.0, got \"1.5.0\"");
    config.reporting.enabled = false;
    config_destroy(assert_taken());
}

/* ---- Activity ---- */

static void assert_active(struct config *parsed, bool first, bool second)
{
    assert_int_equal(config_apply_activity(parsed, &error), 0);
    assert_int_equal(parsed->topics[0].active, first);
    assert_int_equal(parsed->topics[1].active, second);
    config_destroy(parsed);
}

static void everything_is_active_without_lists(void **state)
{
    (void)state;
    assert_active(assert_taken(), true, true);
}

static void excluded_topic_is_left_out(void **state)
{
    (void)state;
    static const char *const names[] = {"orders"};
    config.activity.exclude_topics = (struct carafe_names){names, 1};
    assert_active(assert_taken(), false, true);
}

static void inclusion_wins_over_exclusion(void **state)
{
    (void)state;
    static const char *const names[] = {"orders"};
    config.activity.include_topics = (struct carafe_names){names, 1};
    config.activity.exclude_topics = (struct carafe_names){names, 1};
    assert_active(assert_taken(), true, false);
}

static void subscription_group_goes_by_its_id_and_its_name(void **state)
{
    (void)state;
    static const char *const names[] = {"billing_0", "fast"};
    topics[1].subscription_group = "fast";
    config.activity.include_subscription_groups = (struct carafe_names){names, 2};
    assert_active(assert_taken(), true, true);
}

static void every_unknown_name_is_told_and_that_nothing_is_left(void **state)
{
    (void)state;
    static const char *const groups[] = {"nobody", "none"};
    static const char *const unknown[] = {"nowhere"};
    config.activity.include_groups = (struct carafe_names){groups, 2};
    config.activity.exclude_topics = (struct carafe_names){unknown, 1};
    struct config *parsed = assert_taken();
    assert_int_equal(config_apply_activity(parsed, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "activity: include_groups: expected a known consumer group, got \"nobody\"\n"
                                    "activity: include_groups: expected a known consumer group, got \"none\"\n"
                                    "activity: exclude_topics: expected a known topic, got \"nowhere\"\n"
                                    "activity: expected a topic to subscribe to, got none left");
    config_destroy(parsed);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(topics_of_equal_settings_share_a_subscription_group),
        TEST(subscription_groups_are_numbered_within_their_group),
        TEST(client_settings_go_over_the_defaults),
        TEST(eofed_callback_of_a_later_topic_asks_for_ends_of_partitions),
        TEST(zero_of_a_topic_is_the_default_of_the_server),
        TEST(configuration_is_copied),
        TEST(every_violation_is_told_at_once),
        TEST(shutdown_timeout_of_zero_is_allowed),
        TEST(topic_twice_in_a_group_is_refused),
        TEST(topic_in_two_groups_is_taken),
        TEST(server_without_topics_is_refused),
        TEST(list_that_is_not_there_is_refused),
        TEST(settings_that_are_ours_are_refused_and_values_never_shown),
        TEST(named_subscription_group_of_unequal_settings_is_refused),
        TEST(pause_longer_than_its_bound_is_refused),
        TEST(dead_letters_to_itself_are_refused),
        TEST(unknown_schema_is_refused_unless_reporting_is_off),
        TEST(everything_is_active_without_lists),
        TEST(excluded_topic_is_left_out),
        TEST(inclusion_wins_over_exclusion),
        TEST(subscription_group_goes_by_its_id_and_its_name),
        TEST(every_unknown_name_is_told_and_that_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
