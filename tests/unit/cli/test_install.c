#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/install.h"

#define TEXT_MAX      8192
#define ARGUMENTS_MAX 8

static char path[] = "/tmp/carafe_install_XXXXXX";
static char out_text[TEXT_MAX];
static char err_text[TEXT_MAX];

static int new_file(void **state)
{
    (void)state;
    (void)memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    int fd = mkstemp(path);
    (void)close(fd);
    return fd < 0 ? -1 : 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void put(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

/* `install` with up to four arguments, the first NULL ends them. */
static int install(const char *a, const char *b, const char *c, const char *d)
{
    char name[] = "install";
    char *argv[ARGUMENTS_MAX] = {name};
    const char *given[] = {a, b, c, d};
    int argc = 1;
    for (size_t i = 0; i < 4 && given[i] != NULL; i++) {
        argv[argc++] = (char *)(uintptr_t)given[i];
    }
    memset(out_text, 0, sizeof out_text);
    memset(err_text, 0, sizeof err_text);
    FILE *out = fmemopen(out_text, sizeof out_text - 1, "w");
    FILE *err = fmemopen(err_text, sizeof err_text - 1, "w");
    assert_non_null(out);
    assert_non_null(err);
    int code = cli_install(argc, argv, out, err);
    (void)fclose(out);
    (void)fclose(err);
    return code;
}

static void help_names_every_exit_code(void **state)
{
    (void)state;
    assert_int_equal(install("--help", NULL, NULL, NULL), 0);
    assert_non_null(strstr(out_text, "usage: carafe install"));
    assert_non_null(strstr(out_text, "64 usage or configuration"));
}

static void wrong_arguments_are_refused(void **state)
{
    (void)state;
    assert_int_equal(install(NULL, NULL, NULL, NULL), 64);
    assert_non_null(strstr(err_text, "expected FILE.json, got none"));
    assert_int_equal(install("a.json", "b.json", NULL, NULL), 64);
    assert_non_null(strstr(err_text, "expected one file, got a.json and b.json"));
    assert_int_equal(install("--topics", "x", "a.json", NULL), 64);
    assert_non_null(strstr(err_text, "--topics: expected an option"));
    assert_int_equal(install("--replication-factor", "0", "a.json", NULL), 64);
    assert_non_null(strstr(err_text, "--replication-factor: expected 1 to 32767, got 0"));
    assert_int_equal(install("--timeout-ms", "soon", "a.json", NULL), 64);
    assert_non_null(strstr(err_text, "--timeout-ms: expected 1 to 600000, got soon"));
    assert_int_equal(install("a.json", "--errors-topic", NULL, NULL), 64);
    assert_non_null(strstr(err_text, "--errors-topic: expected a name, got none"));
}

static void a_wrong_configuration_is_refused(void **state)
{
    (void)state;
    assert_int_equal(install("/nonexistent/a.json", NULL, NULL, NULL), 64);
    put("{\"kafka\":{}}");
    assert_int_equal(install(path, NULL, NULL, NULL), 64);
    assert_non_null(strstr(err_text, "bootstrap.servers: expected brokers, got none"));
    put("{\"kafka\":{\"bootstrap.servers\":\"127.0.0.1:1\",\"ack\":\"1\"}}");
    assert_int_equal(install(path, NULL, NULL, NULL), 64);
    assert_non_null(strstr(err_text, "ack"));
    put("{\"kafka\":{\"bootstrap.servers\":\"127.0.0.1:1\"},\"reporting\":{\"errors_topic\":\"\"}}");
    assert_int_equal(install(path, "--timeout-ms", "300", NULL), 64);
}

static void brokers_that_do_not_answer_are_a_failure_in_time(void **state)
{
    (void)state;
    put("{\"kafka\":{\"bootstrap.servers\":\"127.0.0.1:1\"}}");
    assert_int_equal(install("--timeout-ms", "300", path, NULL), 1);
    assert_string_equal(out_text, "");
    assert_non_null(strstr(err_text, "carafe install: kafka: admin: expected topics to be created in 300 ms, got "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_file, remove_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(help_names_every_exit_code),
        TEST(wrong_arguments_are_refused),
        TEST(a_wrong_configuration_is_refused),
        TEST(brokers_that_do_not_answer_are_a_failure_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
