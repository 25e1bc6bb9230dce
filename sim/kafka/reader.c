#include "kafka/reader.h"

#include <string.h>

struct reader reader_of(const void *bytes, size_t len)
{
    struct reader reader = {.at = bytes, .left = len};
    return reader;
}

/* The next `len` bytes, NULL past the end. */
static const uint8_t *take(struct reader *reader, size_t len)
{
    if (reader->failed || len > reader->left) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *bytes = reader->at;
    reader->at += len;
    reader->left -= len;
    return bytes;
}

static uint64_t read_big_endian(struct reader *reader, size_t len)
{
    const uint8_t *bytes = take(reader, len);
    uint64_t value = 0;
    for (size_t i = 0; bytes != NULL && i < len; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

int8_t read_int8(struct reader *reader)
{
    return (int8_t)read_big_endian(reader, 1);
}

int16_t read_int16(struct reader *reader)
{
    return (int16_t)read_big_endian(reader, 2);
}

int32_t read_int32(struct reader *reader)
{
    return (int32_t)read_big_endian(reader, 4);
}

int64_t read_int64(struct reader *reader)
{
    return (int64_t)read_big_endian(reader, 8);
}

uint32_t read_uint32(struct reader *reader)
{
    return (uint32_t)read_big_endian(reader, 4);
}

int64_t read_varint(struct reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t *byte = take(reader, 1);
        if (byte == NULL) {
            return 0;
        }
        if (shift == 63 && *byte > 1) {
            break;
        }
        value |= (uint64_t)(*byte & 0x7f) << shift;
        if ((*byte & 0x80) == 0) {
            return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
        }
    }
    reader->failed = true;
    return 0;
}

struct view read_raw(struct reader *reader, size_t len)
{
    const uint8_t *bytes = take(reader, len);
    struct view view = {.bytes = bytes, .len = bytes == NULL ? 0 : len};
    return view;
}

/* -1 is null, below that is wrong. */
static struct view read_sized(struct reader *reader, int64_t len)
{
    if (len == -1 && !reader->failed) {
        struct view null = {.null = true};
        return null;
    }
    if (len < 0 || (uint64_t)len > SIZE_MAX) {
        reader->failed = true;
        return (struct view){0};
    }
    return read_raw(reader, (size_t)len);
}

struct view read_string(struct reader *reader)
{
    return read_sized(reader, read_int16(reader));
}

struct view read_bytes(struct reader *reader)
{
    return read_sized(reader, read_int32(reader));
}

struct view read_varint_bytes(struct reader *reader)
{
    return read_sized(reader, read_varint(reader));
}

int32_t read_count(struct reader *reader, size_t element_min)
{
    int32_t count = read_int32(reader);
    if (count == -1) {
        return 0;
    }
    if (count < 0 || (size_t)count > reader->left / element_min) {
        reader->failed = true;
        return 0;
    }
    return count;
}

bool view_equal(struct view a, struct view b)
{
    return a.null == b.null && a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}
