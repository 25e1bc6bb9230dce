/* Reads Kafka's elementary types from bytes that may be anything.  Past the end it fails, once and for all. */
#ifndef SIM_KAFKA_READER_H
#define SIM_KAFKA_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
    const uint8_t *at;
    size_t left;
    bool failed; /* all later reads give zeroes and empty views */
};

/* Borrowed bytes.  `null` differs from empty. */
struct view {
    const uint8_t *bytes;
    size_t len;
    bool null;
};

struct reader reader_of(const void *bytes, size_t len);

int8_t read_int8(struct reader *reader);
int16_t read_int16(struct reader *reader);
int32_t read_int32(struct reader *reader);
int64_t read_int64(struct reader *reader);
uint32_t read_uint32(struct reader *reader);
/* Zigzag, as in records; fails past 64 bits. */
int64_t read_varint(struct reader *reader);
struct view read_raw(struct reader *reader, size_t len);
/* 16-bit length, -1 is null. */
struct view read_string(struct reader *reader);
/* 32-bit length, -1 is null. */
struct view read_bytes(struct reader *reader);
/* Varint length, -1 is null. */
struct view read_varint_bytes(struct reader *reader);
/* Count of an array whose elements take at least `element_min` bytes; null counts 0; fails if they cannot fit. */
int32_t read_count(struct reader *reader, size_t element_min);

bool view_equal(struct view a, struct view b);

#endif
