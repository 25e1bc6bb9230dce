#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tracking/json_document.h"
#include "tracking/utf8.h"

static struct json_reader reader;
static struct json_document document;
static struct json_buffer buffer;

static int setup(void **state)
{
    (void)state;
    json_reader_init(&reader);
    json_document_init(&document);
    json_buffer_init(&buffer);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_reader_close(&reader);
    json_document_close(&document);
    json_buffer_close(&buffer);
    return 0;
}

static int parse(const char *text, struct carafe_error *error)
{
    return json_document_parse(&document, &reader, text, strlen(text), error);
}

static const char *written(void)
{
    json_buffer_reset(&buffer);
    json_write(&buffer, document.root);
    return json_buffer_text(&buffer);
}

static void assert_becomes(const char *text, const char *expected)
{
    struct carafe_error error = {0};
    if (parse(text, &error) != 0) {
        fail_msg("%s: %s", text, error.text);
    }
    assert_string_equal(written(), expected);
}

static void assert_refused(const char *text, const char *expected)
{
    struct carafe_error error = {0};
    assert_int_equal(parse(text, &error), CARAFE_INVALID);
    assert_string_equal(error.text, expected);
}

static void documents_are_written_as_they_were_read(void **state)
{
    (void)state;
    assert_becomes(" { \"a\" : [ 1 , 1.0 , -0.0, true , false , null , \"x\" , { } , [ ] ] } ",
                   "{\"a\":[1,1.0,-0.0,true,false,null,\"x\",{},[]]}");
    assert_becomes("123456789012345678901234567890", "123456789012345678901234567890");
    assert_becomes("\"\"", "\"\"");
}

static void escapes_are_understood_and_written_where_needed(void **state)
{
    (void)state;
    assert_becomes("\"\\u0041\\n\\t\\\"\\\\\\/\\u0001\"", "\"A\\n\\t\\\"\\\\/\\u0001\"");
    assert_becomes("\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\"");
    assert_becomes("{\"\\u0061\":1}", "{\"a\":1}");
}

static void invalid_utf8_and_lone_surrogates_are_replaced(void **state)
{
    (void)state;
    assert_becomes("\"a\xFFz\"", "\"a\xEF\xBF\xBDz\"");
    assert_becomes("\"\xC0\x80\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    assert_becomes("\"\xED\xA0\x80\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    assert_becomes("\"\\ud800x\"", "\"\xEF\xBF\xBDx\"");
    assert_becomes("\"\\ud800\\u0041\"", "\"\xEF\xBF\xBD"
                                         "A\"");
    assert_becomes("\"\xE2\x82\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    json_document_reset(&document);
    json_add_string(&document, NULL, JSON_NO_KEY, "a\xFF", 2);
    assert_string_equal(written(), "\"a\xEF\xBF\xBD\"");
}

static void a_cleaned_text_is_utf8_and_ends_at_a_character(void **state)
{
    char out[8];
    (void)state;
    utf8_clean("caf\xE9", out, sizeof out);
    assert_string_equal(out, "caf\xEF\xBF\xBD");
    utf8_clean("123456\xC3\xA9", out, sizeof out);
    assert_string_equal(out, "123456");
    utf8_clean("12345\xC3\xA9z", out, sizeof out);
    assert_string_equal(out, "12345\xC3\xA9");
    utf8_clean("", out, sizeof out);
    assert_string_equal(out, "");
}

static void the_ends_of_utf8_are_kept_and_what_is_beyond_them_is_replaced(void **state)
{
    (void)state;
    assert_becomes("\"\xE0\xA0\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\xED\x9F\xBF\"",
                   "\"\xE0\xA0\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\xED\x9F\xBF\"");
    assert_becomes("\"\xE0\x9F\xBF\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    assert_becomes("\"\xF0\x8F\xBF\xBF\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    assert_becomes("\"\xF4\x90\x80\x80\"", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void the_last_of_equal_keys_wins_on_the_place_of_the_first(void **state)
{
    (void)state;
    assert_becomes("{\"a\":1,\"b\":2,\"a\":{\"c\":3}}", "{\"a\":{\"c\":3},\"b\":2}");
    assert_becomes("{\"a\":1,\"a\":2,\"a\":3}", "{\"a\":3}");
    assert_becomes("{\"1\":0,\"2\":0,\"3\":0,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":0,\"10\":0,\"3\":1,\"9\":2}",
                   "{\"1\":0,\"2\":0,\"3\":1,\"4\":0,\"5\":0,\"6\":0,\"7\":0,\"8\":0,\"9\":2,\"10\":0}");
    assert_int_equal(document.root->len, 10);
}

static void what_is_no_json_is_refused_with_line_and_column(void **state)
{
    (void)state;
    assert_refused("", "not JSON: expected a value, got the end of the text at line 1 column 1");
    assert_refused("{\n  \"a\": tru\n}", "not JSON: expected a value, got 't' at line 2 column 8");
    assert_refused("[1,]", "not JSON: expected a value, got ']' at line 1 column 4");
    assert_refused("{\"a\":1,}", "not JSON: expected a key, got '}' at line 1 column 8");
    assert_refused("{\"a\" 1}", "not JSON: expected ':', got '1' at line 1 column 6");
    assert_refused("[1 2]", "not JSON: expected ',' or ']', got '2' at line 1 column 4");
    assert_refused("{} {}", "not JSON: expected the end of the document, got '{' at line 1 column 4");
    assert_refused("\"\xC3\xA4\n\"", "not JSON: expected no control character in a string, got byte 0x0a at line 1 "
                                     "column 3");
    assert_refused("\"\\x\"", "not JSON: expected an escape sequence, got 'x' at line 1 column 3");
    assert_refused("\"abc", "not JSON: expected a closing quote, got the end of the text at line 1 column 5");
    assert_refused("[01]", "not JSON: expected a digit, got '1' at line 1 column 3");
    assert_refused("NaN", "not JSON: expected a value, got 'N' at line 1 column 1");
    assert_refused("[}", "not JSON: expected a value, got '}' at line 1 column 2");
    assert_refused("{1:2}", "not JSON: expected a key or '}', got '1' at line 1 column 2");
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    char text[3 * JSON_DEPTH_MAX];
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    text[2 * JSON_DEPTH_MAX] = '\0';
    assert_int_equal(parse(text, NULL), 0);
    memset(text, '[', JSON_DEPTH_MAX + 1);
    struct carafe_error error;
    assert_int_equal(parse(text, &error), CARAFE_INVALID);
    assert_non_null(strstr(error.text, "at most 100 levels"));
}

static void every_cut_of_a_document_is_refused_without_harm(void **state)
{
    (void)state;
    const char *whole = "{\"a\\u00e4\":[1.5e3,-7,\"\\ud83d\\ude00\",{\"b\":null}],\"c\":true}";
    for (size_t len = 0; len < strlen(whole); len++) {
        char *exact = malloc(len + 1); /* so that a read past the end is seen by the sanitizer */
        memcpy(exact, whole, len);
        assert_int_equal(json_document_parse(&document, &reader, exact, len, NULL), CARAFE_INVALID);
        free(exact);
    }
}

static void fields_can_be_replaced_added_and_removed(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    assert_int_equal(parse("{\"p\":{\"id\":\"a:b\",\"x.y\":{\"z\":1}},\"jobs\":[{\"type\":1},{\"type\":2}]}", &error),
                     0);
    assert_int_equal(json_document_assign(&document, "p.id", "7", &error), 0);
    assert_int_equal(json_document_assign(&document, "p.x.y.z", "[1,2]", &error), 0);
    assert_int_equal(json_document_assign(&document, "jobs.1.type", "\"tick\"", &error), 0);
    assert_int_equal(json_document_assign(&document, "p.fresh", "null", &error), 0);
    assert_int_equal(json_document_assign(&document, "jobs.0", NULL, &error), 0);
    assert_string_equal(written(),
                        "{\"p\":{\"id\":7,\"x.y\":{\"z\":[1,2]},\"fresh\":null},\"jobs\":[{\"type\":\"tick\"}]}");
}

static void assigning_to_nothing_is_refused(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    assert_int_equal(parse("{\"p\":{\"id\":1}}", &error), 0);
    assert_int_equal(json_document_assign(&document, "p.q.r", "1", &error), CARAFE_INVALID);
    assert_string_equal(error.text, "p.q.r: expected a field of the document, got none");
    assert_int_equal(json_document_assign(&document, "p.none", NULL, &error), CARAFE_INVALID);
    assert_int_equal(json_document_assign(&document, "p.id", "tru", &error), CARAFE_INVALID);
    assert_string_equal(written(), "{\"p\":{\"id\":1}}");
}

static void a_star_assigns_to_each_entry_and_says_to_how_many(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    size_t assigned = 9;
    assert_int_equal(parse("{\"g\":{\"a\":{\"t\":[{\"x\":1},{\"x\":2}]},\"b\":{\"t\":[{\"x\":3}]},\"c\":5},"
                           "\"none\":[],\"list\":[1,2,3]}",
                           &error),
                     0);
    assert_int_equal(json_document_assign_each(&document, "g.*.t.*.x", "true", &assigned, &error), 0);
    assert_int_equal(assigned, 3);
    assert_int_equal(json_document_assign_each(&document, "none.*.x", "true", &assigned, &error), 0);
    assert_int_equal(assigned, 0);
    assert_int_equal(json_document_assign_each(&document, "missing.*", "true", &assigned, &error), 0);
    assert_int_equal(assigned, 0);
    assert_int_equal(json_document_assign_each(&document, "g.b.t.0.x", NULL, &assigned, &error), 0);
    assert_int_equal(assigned, 1);
    assert_int_equal(json_document_assign_each(&document, "list.*", NULL, &assigned, &error), 0);
    assert_int_equal(assigned, 3);
    assert_string_equal(written(), "{\"g\":{\"a\":{\"t\":[{\"x\":true},{\"x\":true}]},\"b\":{\"t\":[{}]},\"c\":5},"
                                   "\"none\":[],\"list\":[]}");
    assert_int_equal(json_document_assign_each(&document, "g.a.t.*", "0.5", &assigned, &error), 0);
    assert_int_equal(assigned, 2);
    assert_int_equal(json_document_assign_each(&document, "g.*.t.*", "tru", &assigned, &error), CARAFE_INVALID);
    assert_int_equal(json_document_assign_each(&document, "q.r", "1", &assigned, &error), CARAFE_INVALID);
    assert_non_null(strstr(written(), "{\"a\":{\"t\":[0.5,0.5]}"));
}

static void a_reset_document_takes_no_more_memory(void **state)
{
    (void)state;
    size_t bytes = 0;
    for (int round = 0; round < 5; round++) {
        json_document_reset(&document);
        struct json_value *root = json_add_array(&document, NULL, JSON_NO_KEY);
        for (int i = 0; i < 20000; i++) {
            json_add_text(&document, root, JSON_NO_KEY, "some words");
        }
        assert_true(round == 0 || document.bytes == bytes);
        bytes = document.bytes;
    }
    assert_int_equal(document.root->len, 20000);
}

static void skipping_leaves_the_reader_behind_the_value(void **state)
{
    (void)state;
    const char *text = "{\"a\":{\"b\":[1,{\"c\":2}]},\"d\":5}";
    json_reader_begin(&reader, text, strlen(text));
    assert_int_equal(json_reader_next(&reader), JSON_TOKEN_OBJECT);
    enum json_token key = json_reader_next(&reader);
    assert_int_equal(key, JSON_TOKEN_KEY);
    assert_true(json_reader_skip(&reader, key));
    assert_int_equal(json_reader_next(&reader), JSON_TOKEN_KEY);
    assert_int_equal(json_reader_next(&reader), JSON_TOKEN_INTEGER);
    assert_int_equal(reader.integer, 5);
    assert_int_equal(json_reader_next(&reader), JSON_TOKEN_OBJECT_END);
    assert_int_equal(json_reader_next(&reader), JSON_TOKEN_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(documents_are_written_as_they_were_read, setup, teardown),
        cmocka_unit_test_setup_teardown(escapes_are_understood_and_written_where_needed, setup, teardown),
        cmocka_unit_test_setup_teardown(invalid_utf8_and_lone_surrogates_are_replaced, setup, teardown),
        cmocka_unit_test(a_cleaned_text_is_utf8_and_ends_at_a_character),
        cmocka_unit_test_setup_teardown(the_ends_of_utf8_are_kept_and_what_is_beyond_them_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_of_equal_keys_wins_on_the_place_of_the_first, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_json_is_refused_with_line_and_column, setup, teardown),
        cmocka_unit_test_setup_teardown(nesting_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(every_cut_of_a_document_is_refused_without_harm, setup, teardown),
        cmocka_unit_test_setup_teardown(fields_can_be_replaced_added_and_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(assigning_to_nothing_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_star_assigns_to_each_entry_and_says_to_how_many, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reset_document_takes_no_more_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(skipping_leaves_the_reader_behind_the_value, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
