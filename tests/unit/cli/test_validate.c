#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cli/validate.h"
#include "support/cmocka_all.h"

#define SOUND_ERROR                                                                                                    \
    "{\"schema_version\":\"1.1.0\",\"type\":\"t\",\"error_class\":\"c\",\"error_message\":\"\",\"backtrace\":\"\","    \
    "\"details\":{},\"occurred_at\":1.0,\"process\":{\"id\":\"p\"}}"

static char out_text[8192];
static char err_text[8192];

/* Run with `arguments` (separated by spaces) and these bytes on standard input. */
static int run(const char *arguments, const void *input, size_t len)
{
    char copy[512];
    char *argv[32] = {"validate"};
    int argc = 1;
    (void)snprintf(copy, sizeof copy, "%s", arguments);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        argv[argc++] = word;
    }
    memset(out_text, 0, sizeof out_text);
    memset(err_text, 0, sizeof err_text);
    FILE *in = len > 0 ? fmemopen((void *)(uintptr_t)input, len, "rb") : fopen("/dev/null", "rb");
    FILE *out = fmemopen(out_text, sizeof out_text, "w");
    FILE *err = fmemopen(err_text, sizeof err_text, "w");
    int code = cli_validate_streams(argc, argv, in, out, err);
    (void)fclose(in);
    (void)fclose(out);
    (void)fclose(err);
    return code;
}

static int run_text(const char *arguments, const char *input)
{
    return run(arguments, input, strlen(input));
}

static void sound_documents_are_valid(void **state)
{
    (void)state;
    assert_int_equal(run_text("--kind error", SOUND_ERROR), 0);
    assert_string_equal(out_text, "valid\n");
}

static void violations_are_named_on_one_line(void **state)
{
    (void)state;
    assert_int_equal(run_text("--kind error",
                              "{\"schema_version\":1,\"type\":\"t\",\"error_class\":\"c\",\"error_message\":"
                              "\"\",\"backtrace\":\"\",\"details\":{},\"occurred_at\":1,\"process\":{}}"),
                     1);
    assert_string_equal(out_text,
                        "invalid schema_version: expected a string, got 1; occurred_at: expected a float, got "
                        "1; process.id: expected a non-empty string, got nothing\n");
}

static void text_that_is_no_json_is_invalid_with_its_place(void **state)
{
    (void)state;
    assert_int_equal(run_text("", "{\n  x"), 1);
    assert_string_equal(out_text, "invalid : not JSON: expected a key or '}', got 'x' at line 2 column 3\n");
    assert_int_equal(run_text("", ""), 1);
    assert_string_equal(out_text, "invalid : not JSON: expected a value, got the end of the text at line 1 column 1\n");
    assert_int_equal(run_text("", "[]"), 1);
    assert_string_equal(out_text, "invalid : expected an object, got []\n");
}

static void every_line_is_a_document_with_jsonl(void **state)
{
    (void)state;
    assert_int_equal(run_text("--kind error --jsonl", SOUND_ERROR "\n7\n" SOUND_ERROR "\n"), 1);
    assert_string_equal(out_text, "valid\ninvalid : expected an object, got 7\nvalid\n");
}

static void zlib_streams_are_inflated(void **state)
{
    (void)state;
    Bytef packed[1024];
    uLongf len = sizeof packed;
    assert_int_equal(compress(packed, &len, (const Bytef *)SOUND_ERROR, strlen(SOUND_ERROR)), Z_OK);
    assert_int_equal(run("--kind error --zlib", packed, len), 0);
    assert_string_equal(out_text, "valid\n");
    assert_int_equal(run("--kind error --zlib", packed, len - 3), 1);
    assert_string_equal(out_text, "invalid : not zlib: expected more bytes, got the end\n");
    assert_int_equal(run_text("--kind error --zlib", "{}"), 1);
    assert_string_equal(out_text, "invalid : not zlib: expected a zlib stream, got something else\n");
}

static void a_document_is_held_to_the_schema_it_names(void **state)
{
    (void)state;
    char newer[1024] = SOUND_ERROR;
    memcpy(strstr(newer, "1.1.0"), "1.2.0", 5);
    assert_int_equal(run_text("--kind error", newer), 1);
    assert_string_equal(out_text, "invalid id: expected a UUID, got nothing\n");
    assert_int_equal(run_text("--kind error --schema 1.1.0", newer), 0);
    assert_int_equal(run_text("--schema 1.7.0 --kind error", SOUND_ERROR), 1);
}

static void a_dash_is_standard_input_and_options_end_with_two(void **state)
{
    (void)state;
    assert_int_equal(run_text("--kind error -", SOUND_ERROR), 0);
    assert_int_equal(run_text("--kind error -- -", SOUND_ERROR), 0);
    assert_string_equal(out_text, "valid\n");
    assert_int_equal(run_text("-- --kind", SOUND_ERROR), 64); /* a file of that name */
}

static void wrong_usage_ends_with_64(void **state)
{
    (void)state;
    static const char *const wrong[] = {"--kind x", "--kind", "--schema 9", "--schema", "--nonsense", "/nonexistent"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(run_text(wrong[i], SOUND_ERROR), 64);
        assert_string_not_equal(err_text, "");
        assert_string_equal(out_text, "");
    }
}

static void help_shows_the_usage(void **state)
{
    (void)state;
    assert_int_equal(run_text("--help", "x"), 0);
    assert_non_null(strstr(out_text, "usage: carafe validate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_documents_are_valid),
        cmocka_unit_test(violations_are_named_on_one_line),
        cmocka_unit_test(text_that_is_no_json_is_invalid_with_its_place),
        cmocka_unit_test(every_line_is_a_document_with_jsonl),
        cmocka_unit_test(zlib_streams_are_inflated),
        cmocka_unit_test(a_document_is_held_to_the_schema_it_names),
        cmocka_unit_test(a_dash_is_standard_input_and_options_end_with_two),
        cmocka_unit_test(wrong_usage_ends_with_64),
        cmocka_unit_test(help_shows_the_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
