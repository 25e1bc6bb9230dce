/* The recorded scenarios (tests/vectors) prove the usual; these are the ends of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka_all.h"
#include "tracking/pauses.h"
#include "tracking/statistics.h"

#define GROUP "\"cgrp\":{\"state\":\"up\",\"join_state\":\"steady\"}"

static struct statistics *statistics;
static struct json_document document;
static struct json_buffer text;

static int setup(void **state)
{
    (void)state;
    statistics = statistics_create();
    json_document_init(&document);
    json_buffer_init(&text);
    assert_non_null(statistics);
    return statistics_start(statistics, "g", "g_0", 0, NULL);
}

static int teardown(void **state)
{
    (void)state;
    statistics_destroy(statistics);
    json_document_close(&document);
    json_buffer_close(&text);
    return 0;
}

static int emit(const char *json, double now_ms, struct carafe_error *error)
{
    return statistics_emit(statistics, "g", "g_0", json, strlen(json), now_ms, error);
}

/* The groups as a report has them. */
static const char *written(double now_ms)
{
    static const struct statistics_format format = {0};
    json_document_reset(&document);
    struct json_value *groups = json_add_object(&document, NULL, JSON_NO_KEY);
    statistics_write(statistics, &format, now_ms, &document, groups);
    json_buffer_reset(&text);
    json_write(&text, groups);
    return json_buffer_text(&text);
}

static void assert_topics(const char *topics_in, const char *topics_out)
{
    char json[2048];
    (void)snprintf(json, sizeof json, "{\"topics\":%s," GROUP "}", topics_in);
    struct carafe_error error = {0};
    if (emit(json, 10, &error) != 0) {
        fail_msg("%s", error.text);
    }
    const char *topics = strstr(written(10), "\"topics\":");
    assert_non_null(topics);
    assert_int_equal(strncmp(topics + strlen("\"topics\":"), topics_out, strlen(topics_out)), 0);
}

static void what_is_missing_is_left_out_and_what_is_no_number_is_null(void **state)
{
    (void)state;
    assert_topics(
        "{\"t\":{\"partitions\":{\"0\":{\"hi_offset\":5,\"lo_offset\":null,\"eof_offset\":\"x\","
        "\"ls_offset\":[1],\"extra\":{\"a\":[]}}}}}",
        "{\"t\":{\"name\":\"t\",\"partitions\":{\"0\":{\"hi_offset\":5,\"hi_offset_fd\":10,\"lo_offset\":null,"
        "\"eof_offset\":\"x\",\"ls_offset\":null,\"id\":0,\"poll_state\":\"active\",\"poll_state_ch\":0}}}}");
}

static void integers_beyond_64_bits_become_the_nearest_of_64(void **state)
{
    (void)state;
    assert_topics(
        "{\"t\":{\"partitions\":{\"0\":{\"hi_offset\":99999999999999999999,\"lo_offset\":-99999999999999999999"
        "}}}}",
        "{\"t\":{\"name\":\"t\",\"partitions\":{\"0\":{\"hi_offset\":9223372036854775807,\"hi_offset_fd\":10,"
        "\"lo_offset\":-9223372036854775808,");
}

static void differences_do_not_overflow(void **state)
{
    (void)state;
    assert_int_equal(emit("{\"topics\":{\"t\":{\"partitions\":{\"0\":{\"consumer_lag\":-9223372036854775808}}}}," GROUP
                          "}",
                          1, NULL),
                     0);
    assert_topics("{\"t\":{\"partitions\":{\"0\":{\"consumer_lag\":9223372036854775807}}}}",
                  "{\"t\":{\"name\":\"t\",\"partitions\":{\"0\":{\"lag\":9223372036854775807,"
                  "\"lag_d\":9223372036854775807,");
}

static void what_is_no_partition_is_dropped(void **state)
{
    (void)state;
    assert_topics("{\"a\":{\"partitions\":{\"-1\":{\"hi_offset\":1},\"01\":{\"hi_offset\":1},\"x\":{\"hi_offset\":1},"
                  "\"99999999999\":{\"hi_offset\":1},\"4\":7,\"5\":{}}},\"b\":3,\"c\":{},\"d\":{\"partitions\":[]},"
                  "\"e\":{\"partitions\":{\"1\":{\"fetch_state\":\"stopped\",\"hi_offset\":1},"
                  "\"2\":{\"fetch_state\":\"none\"}}}}",
                  "{}");
}

static void topics_and_partitions_come_in_order_and_the_last_of_equals_counts(void **state)
{
    (void)state;
    assert_topics("{\"b\":{\"partitions\":{\"2\":{\"lo_offset\":1},\"0\":{\"lo_offset\":2},\"2\":{\"lo_offset\":3}}},"
                  "\"a\":{\"partitions\":{\"0\":{\"lo_offset\":4}}},\"b\":{\"partitions\":{\"7\":{\"lo_offset\":5}}}}",
                  "{\"a\":{\"name\":\"a\",\"partitions\":{\"0\":{\"lo_offset\":4,\"id\":0,\"poll_state\":\"active\","
                  "\"poll_state_ch\":0}}},\"b\":{\"name\":\"b\",\"partitions\":{\"7\":{\"lo_offset\":5,");
    assert_topics("{\"b\":{\"partitions\":{\"2\":{\"lo_offset\":1},\"0\":{\"lo_offset\":2},\"2\":{\"lo_offset\":3}}}}",
                  "{\"b\":{\"name\":\"b\",\"partitions\":{\"0\":{\"lo_offset\":2,\"id\":0,\"poll_state\":\"active\","
                  "\"poll_state_ch\":0},\"2\":{\"lo_offset\":3,");
}

static void what_is_no_statistics_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "[]",
        "{\"topics\":{}}",
        "{" GROUP "}",
        "{\"topics\":null," GROUP "}",
        "{\"topics\":{\"t\":{\"partitions\":{\"0\":{\"lo_offset\":9}}}}," GROUP,
        "{\"topics\":{}," GROUP "} x",
    };
    assert_topics("{\"t\":{\"partitions\":{\"0\":{\"lo_offset\":1}}}}", "{\"t\":");
    char *before = strdup(written(10));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct carafe_error error = {0};
        assert_int_equal(emit(wrong[i], 10, &error), CARAFE_INVALID);
        assert_string_not_equal(error.text, "");
        assert_string_equal(written(10), before);
    }
    free(before);
}

static void every_cut_of_a_document_is_refused_without_harm(void **state)
{
    (void)state;
    const char *whole = "{\"brokers\":{\"b\":{\"rxbytes\":1,\"txbytes\":2}},\"topics\":{\"t\":{\"partitions\":{\"0\":"
                        "{\"fetch_state\":\"active\",\"lo_offset\":1.5}}}}," GROUP "}";
    for (size_t len = 0; len < strlen(whole); len++) {
        char *exact = malloc(len + 1);
        assert_non_null(exact);
        memcpy(exact, whole, len);
        assert_int_equal(statistics_emit(statistics, "g", "g_0", exact, len, 1, NULL), CARAFE_INVALID);
        free(exact);
    }
}

static void a_new_client_has_no_past(void **state)
{
    (void)state;
    const char *before = "{\"topics\":{\"t\":{\"partitions\":{\"0\":{\"consumer_lag\":100}}}}," GROUP "}";
    const char *after = "{\"topics\":{\"t\":{\"partitions\":{\"0\":{\"consumer_lag\":7}}}}," GROUP "}";
    assert_int_equal(emit(before, 1000, NULL), 0);
    statistics_reset(statistics, "g_0");
    assert_false(statistics_knows(statistics, "g_0"));
    assert_non_null(strstr(written(1000), "\"lag\":100")); /* until the new one says something */
    assert_int_equal(statistics_start(statistics, "g", "g_0", 2000, NULL), 0);
    assert_int_equal(emit(after, 3000, NULL), 0);
    assert_non_null(strstr(written(3000), "\"lag\":7,\"lag_d\":0,"));
}

static void a_stopped_client_is_not_listened_to_until_it_starts_again(void **state)
{
    (void)state;
    const char *json = "{\"topics\":{\"t\":{\"partitions\":{\"0\":{\"consumer_lag\":7}}}}," GROUP "}";
    assert_int_equal(emit(json, 1000, NULL), 0);
    statistics_stop(statistics, "g_0");
    assert_string_equal(written(1000), "{\"g\":{\"id\":\"g\",\"subscription_groups\":{}}}");
    assert_int_equal(emit(json, 2000, NULL), 0);
    assert_string_equal(written(2000), "{\"g\":{\"id\":\"g\",\"subscription_groups\":{}}}");
    assert_int_equal(statistics_start(statistics, "g", "g_0", 3000, NULL), 0);
    assert_int_equal(emit(json, 4000, NULL), 0);
    assert_non_null(strstr(written(4000), "\"lag\":7"));
}

static void a_pause_without_end_is_shown_as_a_very_long_one(void **state)
{
    (void)state;
    assert_int_equal(statistics_pause(statistics, "g_0", "t", 3, -1, 10), 0);
    assert_topics("{\"t\":{\"partitions\":{\"3\":{\"lo_offset\":1}}}}",
                  "{\"t\":{\"name\":\"t\",\"partitions\":{\"3\":{\"lo_offset\":1,\"id\":3,\"poll_state\":\"paused\","
                  "\"poll_state_ch\":1000000000000}");
    statistics_resume(statistics, "g_0", "t", 3);
    assert_topics("{\"t\":{\"partitions\":{\"3\":{\"lo_offset\":1}}}}",
                  "{\"t\":{\"name\":\"t\",\"partitions\":{\"3\":{\"lo_offset\":1,\"id\":3,\"poll_state\":\"active\"");
}

static void pauses_are_found_by_group_topic_and_partition(void **state)
{
    (void)state;
    struct pauses pauses = {0};
    static const char *const names[] = {"b", "a", "c"};
    for (int32_t i = 0; i < 30; i++) {
        assert_int_equal(pauses_set(&pauses, names[i % 3], names[i / 10], i, i), 0);
    }
    for (int32_t i = 0; i < 30; i++) {
        const struct pause *pause = pauses_find(&pauses, names[i % 3], names[i / 10], i);
        assert_non_null(pause);
        assert_true(pause->until_ms == i);
    }
    assert_null(pauses_find(&pauses, "a", "a", 0));
    pauses_remove(&pauses, "b", "b", 0);
    assert_null(pauses_find(&pauses, "b", "b", 0));
    pauses_remove_all(&pauses, "a");
    assert_int_equal(pauses.count, 19);
    assert_null(pauses_find(&pauses, "a", "b", 1));
    assert_non_null(pauses_find(&pauses, "c", "b", 2));
    pauses_close(&pauses);
}

static void many_documents_take_no_more_memory_than_two(void **state)
{
    (void)state;
    const char *json = "{\"topics\":{\"t\":{\"partitions\":{\"0\":{\"fetch_state\":\"active\",\"lo_offset\":1},\"1\":"
                       "{\"fetch_state\":\"active\",\"lo_offset\":1}}}}," GROUP "}";
    struct snapshot snapshot = {0};
    struct json_reader reader;
    json_reader_init(&reader);
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(snapshot_read(&snapshot, &reader, json, strlen(json), NULL), 0);
        assert_true(i == 0 || snapshot.text.capacity == capacity);
        capacity = snapshot.text.capacity;
    }
    assert_int_equal(snapshot.partition_count, 2);
    snapshot_close(&snapshot);
    json_reader_close(&reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_missing_is_left_out_and_what_is_no_number_is_null),
        TEST(integers_beyond_64_bits_become_the_nearest_of_64),
        TEST(differences_do_not_overflow),
        TEST(what_is_no_partition_is_dropped),
        TEST(topics_and_partitions_come_in_order_and_the_last_of_equals_counts),
        TEST(what_is_no_statistics_is_refused_and_changes_nothing),
        TEST(every_cut_of_a_document_is_refused_without_harm),
        TEST(a_new_client_has_no_past),
        TEST(a_stopped_client_is_not_listened_to_until_it_starts_again),
        TEST(a_pause_without_end_is_shown_as_a_very_long_one),
        TEST(pauses_are_found_by_group_topic_and_partition),
        TEST(many_documents_take_no_more_memory_than_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
