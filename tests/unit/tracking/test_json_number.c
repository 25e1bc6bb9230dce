#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tracking/json_number.h"

static struct json_number read_text(const char *text)
{
    return json_number_read(text, strlen(text));
}

static void assert_written(double number, const char *expected)
{
    char text[JSON_NUMBER_TEXT_MAX + 1];
    text[json_float_write(number, text)] = '\0';
    assert_string_equal(text, expected);
}

static void integers_and_floats_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(read_text("1").kind, JSON_NUMBER_INTEGER);
    assert_int_equal(read_text("-0").kind, JSON_NUMBER_INTEGER);
    assert_int_equal(read_text("1.0").kind, JSON_NUMBER_FLOAT);
    assert_int_equal(read_text("1e3").kind, JSON_NUMBER_FLOAT);
    assert_int_equal(read_text("-0.0").kind, JSON_NUMBER_FLOAT);
}

static void integers_of_64_bits_are_exact_and_larger_ones_are_big(void **state)
{
    (void)state;
    assert_true(read_text("9223372036854775807").integer == INT64_MAX);
    assert_true(read_text("-9223372036854775808").integer == INT64_MIN);
    assert_int_equal(read_text("9223372036854775808").kind, JSON_NUMBER_BIG);
    assert_int_equal(read_text("-9223372036854775809").kind, JSON_NUMBER_BIG);
    assert_int_equal(read_text("123456789012345678901234567890").kind, JSON_NUMBER_BIG);
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "-", "01", "-01", "1.", ".5", "1e", "1e+", "+1", "x", "1.e3"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(read_text(wrong[i]).kind, JSON_NUMBER_NONE);
    }
}

static void floats_are_the_nearest_double(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0.1",    "1e23",    "9007199254740993.0",   "5e-324", "2.2250738585072011e-308",
        "1e-400", "1.5e300", "123456789012345678.25"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_true(read_text(texts[i]).number == strtod(texts[i], NULL));
    }
    assert_true(isinf(read_text("1e999").number));
    assert_true(signbit(read_text("-0.0").number));
}

static void floats_are_written_shortest_and_always_as_floats(void **state)
{
    (void)state;
    assert_written(1.0, "1.0");
    assert_written(-0.0, "-0.0");
    assert_written(0.1, "0.1");
    assert_written(898.79, "898.79");
    assert_written(1795396605.087074, "1795396605.087074");
    assert_written(1e100, "1e+100");
    assert_written(5e-324, "5e-324");
    assert_written(0.30000000000000004, "0.30000000000000004");
    assert_written(NAN, "null");
    assert_written(INFINITY, "null");
}

static void written_floats_read_back_as_the_same_double(void **state)
{
    (void)state;
    uint64_t random = 42;
    for (int i = 0; i < 20000; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double number;
        memcpy(&number, &random, sizeof number);
        if (!isfinite(number)) {
            continue;
        }
        char text[JSON_NUMBER_TEXT_MAX];
        struct json_number back = json_number_read(text, json_float_write(number, text));
        assert_int_equal(back.kind, JSON_NUMBER_FLOAT);
        assert_true(back.number == number);
    }
}

static void the_locale_of_the_host_does_not_matter(void **state)
{
    (void)state;
    const char *set = setlocale(LC_ALL, "de_DE.UTF-8"); /* where it is not installed the claim is tested elsewhere */
    assert_written(0.30000000000000004, "0.30000000000000004");
    assert_true(read_text("0.30000000000000004").number == 0.30000000000000004);
    setlocale(LC_ALL, "C");
    (void)set;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_and_floats_are_told_apart),
        cmocka_unit_test(integers_of_64_bits_are_exact_and_larger_ones_are_big),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(floats_are_the_nearest_double),
        cmocka_unit_test(floats_are_written_shortest_and_always_as_floats),
        cmocka_unit_test(written_floats_read_back_as_the_same_double),
        cmocka_unit_test(the_locale_of_the_host_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
