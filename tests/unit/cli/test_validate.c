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

static void what_inflates_beyond_bounds_is_refused(void **state)
{
    (void)state;
    static const size_t bomb_chunks = 4100; /* of 64 KiB: a little more than 256 MiB */
    static Bytef packed[1 << 20];
    static Bytef blanks[1 << 16];
    memset(blanks, ' ', sizeof blanks);
    z_stream stream = {.next_out = packed, .avail_out = sizeof packed};
    assert_int_equal(deflateInit(&stream, Z_BEST_COMPRESSION), Z_OK);
    for (size_t i = 0; i < bomb_chunks; i++) {
        stream.next_in = blanks;
        stream.avail_in = sizeof blanks;
        assert_int_equal(deflate(&stream, Z_NO_FLUSH), Z_OK);
    }
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(run("--zlib", packed, stream.total_out), 1);
    assert_string_equal(out_text, "invalid : not zlib: expected at most 268435456 bytes when inflated, got more\n");
    (void)deflateEnd(&stream);
}

/* Every one of them in one line, whatever is in it. */
static void hostile_text_is_answered_in_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        const char *answer;
    } cases[] = {
#define CASE(text, answer) {text, sizeof(text) - 1, answer}
        CASE("{\"a\":\"x\0y\"}", "expected no control character in a string, got byte 0x00 at line 1 column 8"),
        CASE("{}\0", "not JSON: expected the end of the document, got byte 0x00 at line 1 column 3"),
        CASE("\xEF\xBB\xBF{}", "not JSON: expected a value, got byte 0xef at line 1 column 1"),
        CASE("\x7F\x45LF", "not JSON: expected a value, got byte 0x7f at line 1 column 1"),
        CASE(" \r\n ", "not JSON: expected a value, got the end of the text at line 2 column 2"),
        CASE("{\"type\":\"\xFF\xC0\x80\"}", "type: expected \"consumer\", got \"\xEF\xBF\xBD"),
        CASE("{\"type\":1,\"type\":2}", "type: expected \"consumer\", got 2;"),
        CASE("{\"type\":123456789012345678901}", "type: expected \"consumer\", got 123456789012345678901;"),
        CASE("{\"consumer_groups\":{\"a\\n\":1}}", "consumer_groups.\"a\\n\": expected an object, got 1;"),
#undef CASE
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(run("", cases[i].text, cases[i].len), 1);
        assert_non_null(strstr(out_text, cases[i].answer));
        assert_ptr_equal(strchr(out_text, '\n'), out_text + strlen(out_text) - 1);
    }
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    static char deep[1 << 20];
    memset(deep, '[', sizeof deep);
    assert_int_equal(run("", deep, sizeof deep), 1);
    assert_string_equal(out_text,
                        "invalid : not JSON: expected at most 100 levels of nesting, got '[' at line 1 column 101\n");
}

static void every_line_is_answered_blank_ones_too(void **state)
{
    (void)state;
    assert_int_equal(run_text("--kind error --jsonl", SOUND_ERROR "\r\n\r\n\n" SOUND_ERROR), 1);
    assert_string_equal(out_text, "valid\n"
                                  "invalid : not JSON: expected a value, got the end of the text at line 1 column 2\n"
                                  "invalid : not JSON: expected a value, got the end of the text at line 1 column 1\n"
                                  "valid\n");
}

static void a_file_that_cannot_be_read_does_not_keep_the_others_back(void **state)
{
    (void)state;
    assert_int_equal(run_text("--kind error / - /nonexistent", SOUND_ERROR), 64);
    assert_string_equal(out_text, "valid\n");
    assert_string_equal(err_text, "carafe validate: /: Is a directory\n"
                                  "carafe validate: /nonexistent: No such file or directory\n");
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
        cmocka_unit_test(what_inflates_beyond_bounds_is_refused),
        cmocka_unit_test(hostile_text_is_answered_in_one_line),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(every_line_is_answered_blank_ones_too),
        cmocka_unit_test(a_file_that_cannot_be_read_does_not_keep_the_others_back),
        cmocka_unit_test(a_document_is_held_to_the_schema_it_names),
        cmocka_unit_test(a_dash_is_standard_input_and_options_end_with_two),
        cmocka_unit_test(wrong_usage_ends_with_64),
        cmocka_unit_test(help_shows_the_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
