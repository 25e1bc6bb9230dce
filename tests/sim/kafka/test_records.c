#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

#include "kafka/records.h"
#include "frames.h"

#define GZIP   1
#define SNAPPY 2

/* What the callback saw. */
struct seen {
    int64_t count;
    int64_t last_index;
    int64_t last_timestamp_ms;
    bool key_null;
    char key[32];
    char payload[32];
    size_t header_count;
    char header[32];
    char value[32];
};

static void copy(char *text, struct view view)
{
    assert_true(view.len < 32);
    if (view.len > 0) {
        memcpy(text, view.bytes, view.len);
    }
    text[view.len] = '\0';
}

static void see(const struct record *record, void *owner)
{
    struct seen *seen = owner;
    seen->count++;
    seen->last_index = record->index;
    seen->last_timestamp_ms = record->timestamp_ms;
    seen->key_null = record->key.null;
    copy(seen->key, record->key);
    copy(seen->payload, record->payload);
    seen->header_count = record->header_count;
    if (record->header_count > 0) {
        copy(seen->header, record->headers[0].name);
        copy(seen->value, record->headers[0].value);
    }
}

static int decode(const struct frame *frame, size_t len, struct seen *seen)
{
    /* On the heap, so that a sanitizer sees a read past the end. */
    uint8_t *bytes = malloc(len + 1);
    assert_non_null(bytes);
    memcpy(bytes, frame->bytes, len);
    struct view view = {.bytes = bytes, .len = len};
    struct carafe_error error = {0};
    int64_t count = -1;
    *seen = (struct seen){0};
    int code = records_decode(view, see, seen, &count, &error);
    assert_int_equal(code, error.code);
    if (code == 0) {
        assert_int_equal(count, seen->count);
    }
    free(bytes);
    return code;
}

static struct frame two_records(int attributes)
{
    struct frame body = {.len = 0};
    put_record(&body, 0, "key", "first", 0);
    put_record(&body, 1, NULL, "second", 2);
    struct frame frame = {.len = 0};
    put_batch(&frame, attributes, 2, &body);
    return frame;
}

static void records_give_key_payload_headers_and_time(void **state)
{
    (void)state;
    struct frame frame = two_records(0);
    struct seen seen;
    assert_int_equal(decode(&frame, frame.len, &seen), 0);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.last_index, 1);
    assert_int_equal(seen.last_timestamp_ms, 1005);
    assert_true(seen.key_null);
    assert_string_equal(seen.payload, "second");
    assert_int_equal(seen.header_count, 2);
    assert_string_equal(seen.header, "name");
    assert_string_equal(seen.value, "value");
}

static void records_of_several_batches_are_counted_through(void **state)
{
    (void)state;
    struct frame frame = two_records(0);
    struct frame second = two_records(0);
    put_raw(&frame, second.bytes, second.len);
    struct seen seen;
    assert_int_equal(decode(&frame, frame.len, &seen), 0);
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.last_index, 3);
}

static void records_cut_anywhere_are_refused(void **state)
{
    (void)state;
    struct frame frame = two_records(0);
    for (size_t len = 0; len < frame.len; len++) {
        struct seen seen;
        assert_int_equal(decode(&frame, len, &seen), CARAFE_INVALID);
        assert_int_equal(seen.count, 0);
    }
}

static void records_cut_inside_a_sealed_batch_are_refused(void **state)
{
    (void)state;
    struct frame whole = two_records(0);
    for (size_t len = 61; len < whole.len; len++) {
        struct frame frame = whole;
        frame.len = len;
        batch_seal(&frame, 0);
        struct seen seen;
        assert_int_equal(decode(&frame, frame.len, &seen), CARAFE_INVALID);
    }
}

static void records_with_any_byte_changed_are_refused_or_keep_their_count(void **state)
{
    (void)state;
    struct frame whole = two_records(0);
    for (size_t at = 61; at < whole.len; at++) {
        for (int value = 0; value < 256; value++) {
            struct frame frame = whole;
            frame.bytes[at] = (uint8_t)value;
            batch_seal(&frame, 0);
            struct seen seen;
            int code = decode(&frame, frame.len, &seen);
            assert_true(code == CARAFE_INVALID || code == CARAFE_FULL || (code == 0 && seen.count == 2));
        }
    }
}

static void records_with_a_wrong_checksum_are_refused(void **state)
{
    (void)state;
    struct frame frame = two_records(0);
    frame.bytes[frame.len - 1] ^= 1;
    struct seen seen;
    assert_int_equal(decode(&frame, frame.len, &seen), CARAFE_INVALID);
    assert_int_equal(seen.count, 0);
}

static void records_of_another_format_are_refused(void **state)
{
    (void)state;
    struct frame frame = two_records(0);
    frame.bytes[16] = 1;
    batch_seal(&frame, 0);
    struct seen seen;
    assert_int_equal(decode(&frame, frame.len, &seen), CARAFE_INVALID);
}

static void control_batches_are_refused(void **state)
{
    (void)state;
    struct frame frame = two_records(0x20);
    struct seen seen;
    assert_int_equal(decode(&frame, frame.len, &seen), CARAFE_INVALID);
}

static void more_bytes_than_the_records_take_are_refused(void **state)
{
    (void)state;
    struct frame frame = two_records(0);
    put_int(&frame, 1, 0);
    batch_seal(&frame, 0);
    struct seen seen;
    assert_int_equal(decode(&frame, frame.len, &seen), CARAFE_INVALID);
}

static void a_record_longer_than_what_it_holds_is_refused(void **state)
{
    (void)state;
    struct frame body = {.len = 0};
    put_record(&body, 0, "key", "payload", 0);
    put_int(&body, 1, 0);
    body.bytes[0] += 2; /* zigzag: one byte longer */
    struct frame frame = {.len = 0};
    put_batch(&frame, 0, 1, &body);
    struct seen seen;
    assert_int_equal(decode(&frame, frame.len, &seen), CARAFE_INVALID);
    assert_int_equal(seen.count, 0);
}

static void more_headers_than_the_bound_are_refused(void **state)
{
    (void)state;
    for (int headers = RECORD_HEADERS_MAX; headers <= RECORD_HEADERS_MAX + 1; headers++) {
        struct frame body = {.len = 0};
        put_record(&body, 0, "key", "payload", headers);
        struct frame frame = {.len = 0};
        put_batch(&frame, 0, 1, &body);
        struct seen seen;
        assert_int_equal(decode(&frame, frame.len, &seen), headers > RECORD_HEADERS_MAX ? CARAFE_FULL : 0);
    }
}

static void a_batch_that_claims_more_records_than_fit_is_refused(void **state)
{
    (void)state;
    struct frame frame = two_records(0);
    set_int(&frame, 57, 4, INT32_MAX);
    batch_seal(&frame, 0);
    struct seen seen;
    assert_int_equal(decode(&frame, frame.len, &seen), CARAFE_INVALID);
    assert_int_equal(seen.count, 0);
}

static void another_codec_is_named(void **state)
{
    (void)state;
    struct frame frame = two_records(SNAPPY);
    struct view view = {.bytes = frame.bytes, .len = frame.len};
    struct carafe_error error = {0};
    int64_t count = 0;
    assert_int_equal(records_decode(view, NULL, NULL, &count, &error), CARAFE_REFUSED);
    assert_int_equal(count, 2);
    assert_string_equal(error.text, "records: codec: expected none or gzip, got snappy");
}

/* Compress `body` into a batch that claims `count` records. */
static void put_gzip_batch(struct frame *frame, int32_t count, const uint8_t *body, size_t len)
{
    struct frame packed = {.len = 0};
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)body,
                       .avail_in = (uInt)len,
                       .next_out = packed.bytes,
                       .avail_out = sizeof packed.bytes};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.len = stream.total_out;
    assert_int_equal(deflateEnd(&stream), Z_OK);
    put_batch(frame, GZIP, count, &packed);
}

static struct frame gzip_records(void)
{
    struct frame body = {.len = 0};
    put_record(&body, 0, "key", "first", 0);
    put_record(&body, 1, NULL, "second", 1);
    struct frame frame = {.len = 0};
    put_gzip_batch(&frame, 2, body.bytes, body.len);
    return frame;
}

static void gzip_is_inflated(void **state)
{
    (void)state;
    struct frame frame = gzip_records();
    struct seen seen;
    assert_int_equal(decode(&frame, frame.len, &seen), 0);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.payload, "second");
}

static void gzip_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct frame whole = gzip_records();
    for (size_t len = 61; len < whole.len; len++) {
        struct frame frame = whole;
        frame.len = len;
        batch_seal(&frame, 0);
        struct seen seen;
        assert_int_equal(decode(&frame, frame.len, &seen), CARAFE_INVALID);
        assert_int_equal(seen.count, 0);
    }
}

static void gzip_past_the_bound_is_refused(void **state)
{
    (void)state;
    size_t len = (size_t)RECORDS_INFLATED_MAX + 1;
    uint8_t *zeroes = calloc(1, len);
    assert_non_null(zeroes);
    uLongf packed_len = compressBound((uLong)len) + 64;
    uint8_t *packed = malloc(packed_len);
    assert_non_null(packed);
    z_stream stream = {
        .next_in = zeroes, .avail_in = (uInt)len, .next_out = packed + 61, .avail_out = (uInt)(packed_len - 61)};
    assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t batch_len = 61 + stream.total_out;
    assert_int_equal(deflateEnd(&stream), Z_OK);
    struct frame header = {.len = 0};
    put_batch(&header, GZIP, 1, &(struct frame){.len = 0});
    memcpy(packed, header.bytes, 61);
    struct frame numbers = {.len = 0};
    put_int(&numbers, 4, (int64_t)batch_len - 12);
    put_int(&numbers, 4, bitwise_crc32c(packed + 21, batch_len - 21));
    memcpy(packed + 8, numbers.bytes, 4);
    memcpy(packed + 17, numbers.bytes + 4, 4);
    struct carafe_error error = {0};
    int64_t count = 0;
    struct view view = {.bytes = packed, .len = batch_len};
    assert_int_equal(records_decode(view, NULL, NULL, &count, &error), CARAFE_FULL);
    free(packed);
    free(zeroes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_give_key_payload_headers_and_time),
        cmocka_unit_test(records_of_several_batches_are_counted_through),
        cmocka_unit_test(records_cut_anywhere_are_refused),
        cmocka_unit_test(records_cut_inside_a_sealed_batch_are_refused),
        cmocka_unit_test(records_with_any_byte_changed_are_refused_or_keep_their_count),
        cmocka_unit_test(records_with_a_wrong_checksum_are_refused),
        cmocka_unit_test(records_of_another_format_are_refused),
        cmocka_unit_test(control_batches_are_refused),
        cmocka_unit_test(more_bytes_than_the_records_take_are_refused),
        cmocka_unit_test(a_record_longer_than_what_it_holds_is_refused),
        cmocka_unit_test(more_headers_than_the_bound_are_refused),
        cmocka_unit_test(a_batch_that_claims_more_records_than_fit_is_refused),
        cmocka_unit_test(another_codec_is_named),
        cmocka_unit_test(gzip_is_inflated),
        cmocka_unit_test(gzip_cut_anywhere_is_refused),
        cmocka_unit_test(gzip_past_the_bound_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
