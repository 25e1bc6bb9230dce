#include <string.h>

#include "support/cmocka_all.h"
#include "swarm/node_config.h"

static const struct carafe_setting with_id[] = {{"client.id", "c"}, {"group.instance.id", "shop"}};
static const struct carafe_setting own_id[] = {{"group.instance.id", "desk"}, {"max.poll.interval.ms", "900000"}};
static const char *const tags[] = {"blue"};

static struct node_config *make(size_t number)
{
    struct carafe_topic topics[2] = {{.name = "orders"}, {.name = "payments", .kafka = {own_id, 2}}};
    struct carafe_config config;
    struct carafe_error error;
    static struct carafe_topic kept[2]; /* borrowed by the node's */
    memcpy(kept, topics, sizeof kept);
    carafe_config_init(&config);
    config.kafka = (struct carafe_settings){with_id, 2};
    config.topics = kept;
    config.topic_count = 2;
    config.tags = (struct carafe_names){tags, 1};
    struct node_config *node = node_config_create(&config, number, 77, &error);
    assert_non_null(node);
    return node;
}

static void static_members_get_the_number_of_the_node(void **state)
{
    (void)state;
    struct node_config *node = make(2);
    const struct carafe_config *values = node_config_values(node);
    assert_string_equal(values->kafka.list[0].value, "c");
    assert_string_equal(values->kafka.list[1].value, "shop_2");
    assert_int_equal(values->topics[0].kafka.count, 0);
    assert_string_equal(values->topics[1].kafka.list[0].value, "desk_2");
    assert_string_equal(with_id[1].value, "shop");
    node_config_destroy(node);
}

static void tags_say_which_node_it_is(void **state)
{
    (void)state;
    struct node_config *node = make(1);
    const struct carafe_names *names = &node_config_values(node)->tags;
    assert_int_equal(names->count, 4);
    assert_string_equal(names->list[0], "blue");
    assert_string_equal(names->list[1], "mode:swarm");
    assert_string_equal(names->list[2], "node:1");
    assert_string_equal(names->list[3], "ppid:77");
    node_config_destroy(node);
}

static void poll_interval_is_the_longest_or_the_default(void **state)
{
    (void)state;
    struct node_config *node = make(0);
    assert_int_equal(node_config_poll_interval_ms(node), 900000);
    node_config_destroy(node);
    struct carafe_config config;
    struct carafe_error error;
    carafe_config_init(&config);
    node = node_config_create(&config, 0, 1, &error);
    assert_int_equal(node_config_poll_interval_ms(node), 300000);
    node_config_destroy(node);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(static_members_get_the_number_of_the_node),
        cmocka_unit_test(tags_say_which_node_it_is),
        cmocka_unit_test(poll_interval_is_the_longest_or_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
