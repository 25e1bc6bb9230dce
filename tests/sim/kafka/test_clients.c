#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kafka/load.h"
#include "kafka/member.h"
#include "kafka/names.h"

/* Nobody listens there: what is sent stays in the queue. */
#define NOWHERE "127.0.0.1:1"

struct seen {
    int purged;
    int others;
    uint64_t tags;
};

static void on_delivered(const struct load_delivery *delivery, void *owner)
{
    struct seen *seen = owner;
    bool purged = strcmp(kafka_error_name(delivery->error), "_PURGE_QUEUE") == 0;
    seen->purged += purged;
    seen->others += !purged || delivery->offset != -1 || strcmp(delivery->topic, "orders") != 0;
    seen->tags += delivery->tag;
}

static struct load *open_load(struct seen *seen, const struct carafe_setting *settings, size_t count)
{
    const struct load_options options = {
        .bootstraps = NOWHERE, .kafka = {settings, count}, .delivered = on_delivered, .owner = seen};
    struct load *load = NULL;
    assert_int_equal(load_create(&options, &load, NULL), 0);
    return load;
}

static void a_load_with_an_unknown_setting_is_refused(void **state)
{
    (void)state;
    static const struct carafe_setting WRONG[] = {{"lingerer.ms", "0"}};
    const struct load_options options = {.bootstraps = NOWHERE, .kafka = {WRONG, 1}};
    struct load *load = NULL;
    struct carafe_error error = {0};
    assert_int_equal(load_create(&options, &load, &error), CARAFE_INVALID);
    assert_null(load);
    assert_non_null(strstr(error.text, "lingerer.ms"));
}

static void a_load_with_settings_that_contradict_is_refused(void **state)
{
    (void)state;
    static const struct carafe_setting WRONG[] = {{"enable.idempotence", "true"}, {"acks", "1"}};
    const struct load_options options = {.bootstraps = NOWHERE, .kafka = {WRONG, 2}};
    struct load *load = NULL;
    struct carafe_error error = {0};
    assert_int_equal(load_create(&options, &load, &error), CARAFE_INVALID);
    assert_null(load);
}

static void what_was_never_delivered_is_told_at_the_close(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct load *load = open_load(&seen, NULL, 0);
    assert_int_equal(load_send(load, "orders", 0, "key", 3, "payload", 7, 40, NULL), 0);
    assert_int_equal(load_send(load, "orders", -1, NULL, 0, NULL, 0, 2, NULL), 0);
    struct carafe_error error = {0};
    assert_int_equal(load_flush(load, 0, &error), CARAFE_TIMEOUT);
    assert_int_equal(seen.purged, 0);
    load_close(load, 0);
    assert_int_equal(seen.purged, 2);
    assert_int_equal(seen.others, 0);
    assert_int_equal(seen.tags, 42);
}

static void a_record_that_is_too_large_is_refused(void **state)
{
    (void)state;
    static const struct carafe_setting SMALL[] = {{"message.max.bytes", "1000"}};
    static const char PAYLOAD[2000];
    struct seen seen = {0};
    struct load *load = open_load(&seen, SMALL, 1);
    struct carafe_error error = {0};
    assert_int_equal(load_send(load, "orders", 0, NULL, 0, PAYLOAD, sizeof PAYLOAD, 1, &error), CARAFE_INVALID);
    assert_non_null(strstr(error.text, "MSG_SIZE_TOO_LARGE"));
    load_close(load, 0);
    assert_int_equal(seen.purged + seen.others, 0);
}

static void a_full_queue_is_told(void **state)
{
    (void)state;
    static const struct carafe_setting SMALL[] = {{"queue.buffering.max.messages", "1"}};
    struct seen seen = {0};
    struct load *load = open_load(&seen, SMALL, 1);
    struct carafe_error error = {0};
    assert_int_equal(load_send(load, "orders", 0, NULL, 0, "x", 1, 1, &error), 0);
    assert_int_equal(load_send(load, "orders", 0, NULL, 0, "x", 1, 2, &error), CARAFE_FULL);
    load_close(load, 0);
    assert_int_equal(seen.tags, 1);
}

static void a_member_without_topics_or_with_too_many_is_refused(void **state)
{
    (void)state;
    static const char *topics[MEMBER_TOPICS_MAX + 1];
    for (size_t i = 0; i <= MEMBER_TOPICS_MAX; i++) {
        topics[i] = "orders";
    }
    static const size_t COUNTS[] = {0, MEMBER_TOPICS_MAX + 1};
    for (size_t i = 0; i < 2; i++) {
        const struct member_options options = {
            .bootstraps = NOWHERE, .group = "billing", .topics = topics, .topic_count = COUNTS[i]};
        struct member *member = NULL;
        struct carafe_error error = {0};
        assert_int_equal(member_start(&options, &member, &error), CARAFE_INVALID);
        assert_null(member);
    }
}

static void a_member_with_an_unknown_setting_is_refused(void **state)
{
    (void)state;
    static const char *const TOPICS[] = {"orders"};
    static const struct carafe_setting WRONG[] = {{"session.timeout", "0"}};
    const struct member_options options = {
        .bootstraps = NOWHERE, .group = "billing", .topics = TOPICS, .topic_count = 1, .kafka = {WRONG, 1}};
    struct member *member = NULL;
    struct carafe_error error = {0};
    assert_int_equal(member_start(&options, &member, &error), CARAFE_INVALID);
    assert_null(member);
    assert_non_null(strstr(error.text, "session.timeout"));
}

static void nothing_is_closed_twice(void **state)
{
    (void)state;
    load_close(NULL, 0);
    member_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_load_with_an_unknown_setting_is_refused),
        cmocka_unit_test(a_load_with_settings_that_contradict_is_refused),
        cmocka_unit_test(what_was_never_delivered_is_told_at_the_close),
        cmocka_unit_test(a_record_that_is_too_large_is_refused),
        cmocka_unit_test(a_full_queue_is_told),
        cmocka_unit_test(a_member_without_topics_or_with_too_many_is_refused),
        cmocka_unit_test(a_member_with_an_unknown_setting_is_refused),
        cmocka_unit_test(nothing_is_closed_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
