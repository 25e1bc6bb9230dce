/* Puts Kafka's requests and answers together by hand. */
#ifndef TESTS_SIM_KAFKA_FRAMES_H
#define TESTS_SIM_KAFKA_FRAMES_H

#include <stdint.h>
#include <string.h>

#include "base/assert.h"

#define FRAME_BYTES_MAX 16384

struct frame {
    uint8_t bytes[FRAME_BYTES_MAX];
    size_t len;
};

static inline void put_raw(struct frame *frame, const void *bytes, size_t len)
{
    ASSERT(len <= sizeof frame->bytes - frame->len);
    if (len > 0) {
        memcpy(frame->bytes + frame->len, bytes, len);
    }
    frame->len += len;
}

static inline void set_int(struct frame *frame, size_t at, size_t len, uint64_t value)
{
    for (size_t i = 0; i < len; i++) {
        frame->bytes[at + i] = (uint8_t)(value >> 8 * (len - 1 - i));
    }
}

static inline void put_int(struct frame *frame, size_t len, int64_t value)
{
    static const uint8_t ZEROES[8];
    put_raw(frame, ZEROES, len);
    set_int(frame, frame->len - len, len, (uint64_t)value);
}

static inline void put_varint(struct frame *frame, int64_t value)
{
    uint64_t zigzag = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
    do {
        uint8_t byte = (uint8_t)((zigzag & 0x7f) | (zigzag > 0x7f ? 0x80 : 0));
        put_raw(frame, &byte, 1);
        zigzag >>= 7;
    } while (zigzag > 0);
}

/* NULL is null. */
static inline void put_string(struct frame *frame, const char *text)
{
    put_int(frame, 2, text == NULL ? -1 : (int64_t)strlen(text));
    put_raw(frame, text, text == NULL ? 0 : strlen(text));
}

static inline void put_bytes(struct frame *frame, const struct frame *inner)
{
    put_int(frame, 4, (int64_t)inner->len);
    put_raw(frame, inner->bytes, inner->len);
}

static inline void put_varint_string(struct frame *frame, const char *text)
{
    put_varint(frame, text == NULL ? -1 : (int64_t)strlen(text));
    put_raw(frame, text, text == NULL ? 0 : strlen(text));
}

/* ---- requests and answers; the size in front is set by frame_end ---- */

static inline struct frame request_begin(int api, int version, int32_t correlation)
{
    struct frame frame = {.len = 0};
    put_int(&frame, 4, 0);
    put_int(&frame, 2, api);
    put_int(&frame, 2, version);
    put_int(&frame, 4, correlation);
    put_string(&frame, "tester");
    return frame;
}

static inline struct frame answer_begin(int32_t correlation)
{
    struct frame frame = {.len = 0};
    put_int(&frame, 4, 0);
    put_int(&frame, 4, correlation);
    return frame;
}

static inline void frame_end(struct frame *frame)
{
    set_int(frame, 0, 4, frame->len - 4);
}

/* ---- records ---- */

static inline uint32_t bitwise_crc32c(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
        }
    }
    return ~crc;
}

/* The checksum of the batch that starts at `at` and goes to the end of the frame; its length too. */
static inline void batch_seal(struct frame *frame, size_t at)
{
    set_int(frame, at + 8, 4, frame->len - at - 12);
    set_int(frame, at + 17, 4, bitwise_crc32c(frame->bytes + at + 21, frame->len - at - 21));
}

static inline void put_batch(struct frame *frame, int attributes, int32_t count, const struct frame *body)
{
    size_t at = frame->len;
    put_int(frame, 8, 0);  /* base offset */
    put_int(frame, 4, 0);  /* length */
    put_int(frame, 4, -1); /* leader epoch */
    put_int(frame, 1, 2);  /* magic */
    put_int(frame, 4, 0);  /* checksum */
    put_int(frame, 2, attributes);
    put_int(frame, 4, count - 1);
    put_int(frame, 8, 1000); /* first timestamp */
    put_int(frame, 8, 1000);
    put_int(frame, 8, -1); /* producer id, epoch, sequence */
    put_int(frame, 2, -1);
    put_int(frame, 4, -1);
    put_int(frame, 4, count);
    put_raw(frame, body->bytes, body->len);
    batch_seal(frame, at);
}

/* A record with `headers` times the header `name`: `value`. */
static inline void put_record(struct frame *frame, int64_t index, const char *key, const char *payload, int headers)
{
    struct frame inner = {.len = 0};
    put_int(&inner, 1, 0);
    put_varint(&inner, index * 5); /* timestamp delta */
    put_varint(&inner, index);
    put_varint_string(&inner, key);
    put_varint_string(&inner, payload);
    put_varint(&inner, headers);
    for (int i = 0; i < headers; i++) {
        put_varint_string(&inner, "name");
        put_varint_string(&inner, "value");
    }
    put_varint(frame, (int64_t)inner.len);
    put_raw(frame, inner.bytes, inner.len);
}

#endif
