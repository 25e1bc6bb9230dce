#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "carafe.h"

static const struct carafe_setting nobody[] = {{"bootstrap.servers", "127.0.0.1:1"}};
static const struct carafe_setting misspelt[] = {{"bootstrap.serverz", "127.0.0.1:1"}};

static int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)consumer;
    (void)messages;
    (void)count;
    return 0;
}

static const struct carafe_topic topics[] = {{.name = "orders", .group = "billing", .handler = {.consume = consume}}};

static struct carafe_config config_with(const struct carafe_setting *kafka)
{
    struct carafe_config config;
    carafe_config_init(&config);
    config.kafka = (struct carafe_settings){kafka, 1};
    config.topics = topics;
    config.topic_count = 1;
    config.reporting.enabled = false; /* no broker would ever take a report */
    return config;
}

static struct carafe *lonely(void)
{
    struct carafe_config config = config_with(nobody);
    struct carafe_error error = {0};
    struct carafe *carafe = carafe_create(&config, &error);
    assert_non_null(carafe);
    return carafe;
}

static void stop_and_quiet_without_start_are_refused(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    struct carafe *carafe = lonely();
    assert_int_equal(carafe_embedded_stop(carafe, &error), CARAFE_REFUSED);
    assert_string_equal(error.text, "carafe: embedded stop: expected a start before, got none");
    assert_int_equal(carafe_embedded_quiet(carafe, &error), CARAFE_REFUSED);
    assert_int_equal(carafe_scale(carafe, 2, &error), CARAFE_REFUSED);
    assert_int_equal(carafe_status(carafe), CARAFE_INITIALIZING);
    carafe_destroy(carafe);
}

static void start_is_idempotent_and_stop_ends_terminated(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    struct carafe *carafe = lonely();
    assert_int_equal(carafe_embedded_start(carafe, &error), 0);
    assert_int_equal(carafe_embedded_start(carafe, &error), 0);
    assert_int_equal(carafe_run(carafe, &error), CARAFE_REFUSED);
    assert_int_equal(carafe_embedded_quiet(carafe, &error), 0);
    assert_int_equal(carafe_embedded_stop(carafe, &error), 0);
    assert_int_equal(carafe_status(carafe), CARAFE_TERMINATED);
    assert_int_equal(carafe_embedded_stop(carafe, &error), 0);
    carafe_destroy(carafe);
}

static void two_servers_live_side_by_side(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    struct carafe *both[] = {lonely(), lonely()};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(carafe_embedded_start(both[i], &error), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(carafe_embedded_stop(both[i], &error), 0);
        carafe_destroy(both[i]);
    }
}

static void create_tells_of_wrong_settings_and_start_of_unknown_names(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    struct carafe_config config = config_with(misspelt);
    assert_null(carafe_create(&config, &error));
    assert_int_equal(error.code, CARAFE_INVALID);
    assert_non_null(strstr(error.text, "such as bootstrap.servers"));
    const char *const unknown[] = {"ordres"};
    config = config_with(nobody);
    config.activity.include_topics = (struct carafe_names){unknown, 1};
    struct carafe *carafe = carafe_create(&config, &error);
    assert_non_null(carafe);
    assert_int_equal(carafe_embedded_start(carafe, &error), CARAFE_INVALID);
    assert_non_null(strstr(error.text, "ordres"));
    assert_int_equal(carafe_embedded_start(carafe, &error), CARAFE_REFUSED);
    assert_non_null(strstr(error.text, "got one that has ended"));
    carafe_destroy(carafe);
}

static void stop_before_run_makes_it_return_at_once(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    struct carafe *carafe = lonely();
    assert_int_equal(carafe_stop(carafe, &error), 0);
    assert_int_equal(carafe_run(carafe, &error), 0);
    carafe_destroy(carafe);
}

static int ignore(const struct carafe_event *event, void *owner)
{
    (void)event;
    (void)owner;
    return 0;
}

static void subscribing_ends_at_its_bound_and_with_the_start(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    struct carafe *carafe = lonely();
    int result = 0;
    int count = 0;
    while ((result = carafe_subscribe(carafe, ignore, NULL, &error)) == 0) {
        count++;
    }
    assert_int_equal(result, CARAFE_FULL);
    assert_true(count > 0);
    assert_int_equal(carafe_stop(carafe, &error), 0);
    assert_int_equal(carafe_run(carafe, &error), 0);
    assert_int_equal(carafe_subscribe(carafe, ignore, NULL, &error), CARAFE_REFUSED);
    carafe_destroy(carafe);
    carafe_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stop_and_quiet_without_start_are_refused),
        cmocka_unit_test(start_is_idempotent_and_stop_ends_terminated),
        cmocka_unit_test(two_servers_live_side_by_side),
        cmocka_unit_test(create_tells_of_wrong_settings_and_start_of_unknown_names),
        cmocka_unit_test(stop_before_run_makes_it_return_at_once),
        cmocka_unit_test(subscribing_ends_at_its_bound_and_with_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
