#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "kafka/reader.h"
#include "frames.h"

static void integers_are_read_big_endian(void **state)
{
    (void)state;
    struct frame frame = {.len = 0};
    put_int(&frame, 1, -2);
    put_int(&frame, 2, -300);
    put_int(&frame, 4, 70000);
    put_int(&frame, 8, INT64_MIN);
    put_int(&frame, 4, UINT32_MAX);
    struct reader reader = reader_of(frame.bytes, frame.len);
    assert_int_equal(read_int8(&reader), -2);
    assert_int_equal(read_int16(&reader), -300);
    assert_int_equal(read_int32(&reader), 70000);
    assert_true(read_int64(&reader) == INT64_MIN);
    assert_true(read_uint32(&reader) == UINT32_MAX);
    assert_false(reader.failed);
    assert_int_equal(reader.left, 0);
}

static void a_read_past_the_end_fails_for_good(void **state)
{
    (void)state;
    static const uint8_t BYTES[] = {1, 2, 3};
    struct reader reader = reader_of(BYTES, sizeof BYTES);
    assert_int_equal(read_int32(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(read_int8(&reader), 0);
    assert_null(read_raw(&reader, 1).bytes);
    assert_false(read_bytes(&reader).null);
    assert_int_equal(read_varint(&reader), 0);
}

static void varints_reach_both_ends(void **state)
{
    (void)state;
    static const int64_t VALUES[] = {0, -1, 1, -64, 64, 12345, INT32_MIN, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++) {
        struct frame frame = {.len = 0};
        put_varint(&frame, VALUES[i]);
        struct reader reader = reader_of(frame.bytes, frame.len);
        assert_true(read_varint(&reader) == VALUES[i]);
        assert_false(reader.failed);
        assert_int_equal(reader.left, 0);
    }
}

static void varints_past_64_bits_fail(void **state)
{
    (void)state;
    static const uint8_t TOO_LARGE[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
    static const uint8_t ENDLESS[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
    struct reader reader = reader_of(TOO_LARGE, sizeof TOO_LARGE);
    assert_int_equal(read_varint(&reader), 0);
    assert_true(reader.failed);
    reader = reader_of(ENDLESS, sizeof ENDLESS);
    assert_int_equal(read_varint(&reader), 0);
    assert_true(reader.failed);
}

static void null_differs_from_empty(void **state)
{
    (void)state;
    struct frame frame = {.len = 0};
    put_string(&frame, NULL);
    put_string(&frame, "");
    put_int(&frame, 4, -1);
    put_varint_string(&frame, NULL);
    struct reader reader = reader_of(frame.bytes, frame.len);
    struct view null = read_string(&reader);
    struct view empty = read_string(&reader);
    assert_true(null.null);
    assert_false(empty.null);
    assert_false(view_equal(null, empty));
    assert_true(view_equal(null, read_bytes(&reader)));
    assert_true(read_varint_bytes(&reader).null);
    assert_false(reader.failed);
}

static void lengths_below_null_fail(void **state)
{
    (void)state;
    struct frame frame = {.len = 0};
    put_int(&frame, 4, -2);
    struct reader reader = reader_of(frame.bytes, frame.len);
    assert_false(read_bytes(&reader).null);
    assert_true(reader.failed);
}

static void counts_that_cannot_fit_fail(void **state)
{
    (void)state;
    static const int64_t COUNTS[] = {-2, INT32_MIN, 3, INT32_MAX};
    for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++) {
        struct frame frame = {.len = 0};
        put_int(&frame, 4, COUNTS[i]);
        put_int(&frame, 8, 0);
        struct reader reader = reader_of(frame.bytes, frame.len);
        assert_int_equal(read_count(&reader, 4), 0);
        assert_true(reader.failed);
    }
}

static void counts_that_fit_are_read_and_null_is_none(void **state)
{
    (void)state;
    struct frame frame = {.len = 0};
    put_int(&frame, 4, -1);
    put_int(&frame, 4, 2);
    put_int(&frame, 8, 0);
    struct reader reader = reader_of(frame.bytes, frame.len);
    assert_int_equal(read_count(&reader, 4), 0);
    assert_int_equal(read_count(&reader, 4), 2);
    assert_false(reader.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_read_big_endian), cmocka_unit_test(a_read_past_the_end_fails_for_good),
        cmocka_unit_test(varints_reach_both_ends),      cmocka_unit_test(varints_past_64_bits_fail),
        cmocka_unit_test(null_differs_from_empty),      cmocka_unit_test(lengths_below_null_fail),
        cmocka_unit_test(counts_that_cannot_fit_fail),  cmocka_unit_test(counts_that_fit_are_read_and_null_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
