#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/config_file.h"

static char path[] = "/tmp/carafe_config_XXXXXX";
static struct arena arena;
static struct carafe_config config;
static struct carafe_error error;

static int new_file(void **state)
{
    (void)state;
    (void)memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    (void)close(fd);
    config = (struct carafe_config){.shutdown_timeout_ms = 60000};
    return fd < 0 ? -1 : 0;
}

static int remove_file(void **state)
{
    (void)state;
    arena_free(&arena);
    return unlink(path);
}

static int read_bytes(const char *text, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    (void)fclose(file);
    return config_file_read(path, &config, &arena, &error);
}

static int read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

/* What it said, without the name of the file. */
static void assert_says(const char *line)
{
    char expected[CARAFE_ERROR_TEXT_MAX];
    (void)snprintf(expected, sizeof expected, "%s: %s", path, line);
    if (strstr(error.text, expected) == NULL) {
        fail_msg("expected: %s\ngot: %s", expected, error.text);
    }
}

static void every_kind_of_field_is_read(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("{\"kafka\": {\"bootstrap.servers\": \"a:1\", \"session.timeout.ms\": 6000, "
                  "\"enable.partition.eof\": true},"
                  "\"groups\": {\"billing\": {\"topics\": {"
                  "  \"orders\": {\"handler\": \"" HANDLERS_MODULE ":orders_handler\", \"max_messages\": 7,"
                  "    \"long_running\": true, \"kafka\": {\"fetch.min.bytes\": 1},"
                  "    \"dead_letters\": {\"topic\": \"dead\", \"max_retries\": 0}},"
                  "  \"refunds\": {\"handler\": \"log\"}}},"
                  " \"other\": {\"topics\": {\"orders\": {\"handler\": \"log\"}}}},"
                  "\"shutdown_timeout_ms\": 500, \"forceful_exit_code\": 3, \"reporting\": {\"enabled\": false},"
                  "\"activity\": {\"include_topics\": [\"orders\"]}, \"tags\": [\"blue\", \"2\"]}"),
        0);
    assert_int_equal(config.kafka.count, 3);
    assert_string_equal(config.kafka.list[0].value, "a:1");
    assert_string_equal(config.kafka.list[1].value, "6000");
    assert_string_equal(config.kafka.list[2].value, "true");
    assert_int_equal(config.topic_count, 3);
    assert_string_equal(config.topics[0].name, "orders");
    assert_string_equal(config.topics[0].group, "billing");
    assert_string_equal(config.topics[0].handler.name, "Orders");
    assert_non_null(config.topics[0].handler.consume);
    assert_int_equal(config.topics[0].max_messages, 7);
    assert_true(config.topics[0].long_running);
    assert_string_equal(config.topics[0].kafka.list[0].name, "fetch.min.bytes");
    assert_string_equal(config.topics[0].dead_letters.topic, "dead");
    assert_int_equal(config.topics[0].dead_letters.max_retries, 0);
    assert_int_equal(config.topics[1].dead_letters.max_retries, -1);
    assert_string_equal(config.topics[2].group, "other");
    assert_int_equal(config.shutdown_timeout_ms, 500);
    assert_int_equal(config.forceful_exit_code, 3);
    assert_false(config.reporting.enabled);
    assert_string_equal(config.activity.include_topics.list[0], "orders");
    assert_int_equal(config.tags.count, 2);
}

static void what_the_file_leaves_out_stays(void **state)
{
    (void)state;
    assert_int_equal(read_text(" {} \n"), 0);
    assert_int_equal(config.shutdown_timeout_ms, 60000);
}

static void all_violations_are_told_at_once(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("{\"concurency\": 5, \"shutdown_timeout_ms\": \"soon\", \"max_messages\": -1,"
                  "\"tick_interval_ms\": 1.5, \"tags\": \"x\", \"reporting\": {\"enabled\": 1, \"zzzzzzzzz\": 0},"
                  "\"groups\": {\"g\": {\"topics\": {\"t\": {}, \"u\": 5, \"v\": {\"handler\": \"what\"}}}}}"),
        CARAFE_INVALID);
    assert_says("concurency: expected a known key such as concurrency, got an unknown one\n");
    assert_says("shutdown_timeout_ms: expected an integer from 0 to 9007199254740992, got the text 'soon'\n");
    assert_says("max_messages: expected an integer from 0 to 9007199254740992, got the number -1\n");
    assert_says("tick_interval_ms: expected an integer from 0 to 9007199254740992, got the number 1.5\n");
    assert_says("tags: expected a list of texts, got the text 'x'\n");
    assert_says("reporting.enabled: expected true or false, got the number 1\n");
    assert_says("reporting.zzzzzzzzz: expected one of enabled, interval_ms, reports_topic, errors_topic, schema, "
                "sync_threshold, errors_max, got an unknown one\n");
    assert_says("groups.g.topics.t.handler: expected log or LIBRARY:SYMBOL, got nothing\n");
    assert_says("groups.g.topics.u: expected an object, got the number 5\n");
    assert_says("groups.g.topics.v.handler: expected log or LIBRARY:SYMBOL, got 'what'");
}

static void secrets_come_from_the_environment_or_a_file(void **state)
{
    (void)state;
    char secret[] = "/tmp/carafe_secret_XXXXXX";
    char text[512];
    int fd = mkstemp(secret);
    assert_int_equal(write(fd, "from file\n", 10), 10);
    (void)close(fd);
    assert_int_equal(setenv("CARAFE_TEST_SECRET", "from environment", 1), 0);
    (void)snprintf(
        text, sizeof text,
        "{\"kafka\": {\"sasl.password\": {\"env\": \"CARAFE_TEST_SECRET\"}, \"ssl.key.pem\": {\"file\": \"%s\"}}}",
        secret);
    assert_int_equal(read_text(text), 0);
    assert_string_equal(config.kafka.list[0].value, "from environment");
    assert_string_equal(config.kafka.list[1].value, "from file");
    (void)unlink(secret);
    assert_int_equal(unsetenv("CARAFE_TEST_SECRET"), 0);
    assert_int_equal(read_text(text), CARAFE_INVALID);
    assert_says("kafka.sasl.password: expected a variable of the environment, got no variable CARAFE_TEST_SECRET\n");
    assert_says("kafka.ssl.key.pem: expected a file of at most 65536 bytes of text, got '/tmp/carafe_secret_");
}

static void secrets_in_the_file_are_refused_and_not_shown(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("{\"kafka\": {\"sasl.password\": \"hunter2\", \"ssl.key.password\": {\"enw\": \"hunter2\"}}}"),
        CARAFE_INVALID);
    assert_says("kafka.sasl.password: expected {\"env\": NAME} or {\"file\": PATH} for a secret, got a value\n");
    assert_says("kafka.ssl.key.password: expected {\"env\": NAME} or {\"file\": PATH}, got another object");
    assert_null(strstr(error.text, "hunter2"));
}

static void text_that_is_no_json_is_placed(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"tags\": [],\n  oops}"), CARAFE_INVALID);
    assert_says("expected JSON, got something else near line 2 column 4");
    assert_int_equal(read_text(""), CARAFE_INVALID);
    assert_int_equal(read_text("{} {}"), CARAFE_INVALID);
    assert_int_equal(read_bytes("{}\0{}", 5), CARAFE_INVALID);
    assert_int_equal(read_text("[]"), CARAFE_INVALID);
    assert_says("expected an object, got a list");
}

static void keys_that_come_twice_are_refused(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"tags\": [], \"tags\": []}"), CARAFE_INVALID);
    assert_says("tags: expected each key once, got it twice");
}

static void handlers_that_are_not_there_are_refused(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"groups\": {\"g\": {\"topics\": {"
                               "\"a\": {\"handler\": \"./no_such.so:x\"},"
                               "\"b\": {\"handler\": \"" HANDLERS_MODULE ":no_such_symbol\"},"
                               "\"c\": {\"handler\": \":x\"}, \"d\": {\"handler\": 5}}}}}"),
                     CARAFE_INVALID);
    assert_says("groups.g.topics.a.handler: expected a shared object, got ");
    assert_says("groups.g.topics.b.handler: expected a struct carafe_handler, got ");
    assert_says("groups.g.topics.c.handler: expected log or LIBRARY:SYMBOL, got ':x'");
    assert_says("groups.g.topics.d.handler: expected a text, got the number 5");
}

static void files_that_are_missing_or_too_large_are_refused(void **state)
{
    (void)state;
    assert_int_equal(config_file_read("/no/such/file.json", &config, &arena, &error), CARAFE_INVALID);
    assert_non_null(strstr(error.text, "/no/such/file.json: expected a file, got "));
    char *large = malloc(CONFIG_FILE_MAX + 1);
    memset(large, ' ', CONFIG_FILE_MAX + 1);
    assert_int_equal(read_bytes(large, CONFIG_FILE_MAX + 1), CARAFE_INVALID);
    assert_says("expected a file of at most 1048576 bytes, got more");
    free(large);
}

int main(void)
{
#define WITH_A_FILE(test) cmocka_unit_test_setup_teardown(test, new_file, remove_file)
    const struct CMUnitTest tests[] = {
        WITH_A_FILE(every_kind_of_field_is_read),
        WITH_A_FILE(what_the_file_leaves_out_stays),
        WITH_A_FILE(all_violations_are_told_at_once),
        WITH_A_FILE(secrets_come_from_the_environment_or_a_file),
        WITH_A_FILE(secrets_in_the_file_are_refused_and_not_shown),
        WITH_A_FILE(text_that_is_no_json_is_placed),
        WITH_A_FILE(keys_that_come_twice_are_refused),
        WITH_A_FILE(handlers_that_are_not_there_are_refused),
        WITH_A_FILE(files_that_are_missing_or_too_large_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
