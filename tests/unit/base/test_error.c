#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"

static void error_set_replaces_text_and_returns_its_code(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    assert_int_equal(error_set(&error, CARAFE_INVALID, "topic: name: expected %s, got %d", "a string", 5),
                     CARAFE_INVALID);
    assert_string_equal(error.text, "topic: name: expected a string, got 5");
    assert_int_equal(error.code, CARAFE_INVALID);
    assert_int_equal(error_set(&error, CARAFE_CLOSED, "gone"), CARAFE_CLOSED);
    assert_string_equal(error.text, "gone");
}

static void error_append_keeps_every_line(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    error_append(&error, CARAFE_INVALID, "first");
    error_append(&error, CARAFE_INVALID, "second");
    assert_string_equal(error.text, "first\nsecond");
}

static void error_append_cuts_at_the_bound(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    for (int i = 0; i < 2 * CARAFE_ERROR_TEXT_MAX; i++) {
        error_append(&error, CARAFE_INVALID, "x");
    }
    assert_int_equal(strlen(error.text), CARAFE_ERROR_TEXT_MAX - 1);
}

static void error_append_lines_moves_each_line_to_another_place(void **state)
{
    (void)state;
    struct carafe_error error = {0};
    error_append(&error, CARAFE_INVALID, "first");
    assert_int_equal(error_append_lines(&error, CARAFE_INVALID, "here: a\nb\nhere: here: c", "here: ", "there."),
                     CARAFE_INVALID);
    assert_string_equal(error.text, "first\nthere.a\nb\nthere.here: c");
}

static void error_functions_take_null(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, CARAFE_FULL, "x"), CARAFE_FULL);
    assert_int_equal(error_append(NULL, CARAFE_FULL, "x"), CARAFE_FULL);
    error_clear(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_set_replaces_text_and_returns_its_code),
        cmocka_unit_test(error_append_keeps_every_line),
        cmocka_unit_test(error_append_cuts_at_the_bound),
        cmocka_unit_test(error_append_lines_moves_each_line_to_another_place),
        cmocka_unit_test(error_functions_take_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
