#include "kafka/records.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/error.h"

/* A record batch, message format 2 (Kafka protocol guide, "Record Batch"): */
#define BATCH_LENGTH_MIN 49u /* from the leader epoch to the count of records */
#define BATCH_CRC_SKIP   9u  /* leader epoch, magic and the CRC itself are not covered by it */
#define RECORD_MIN       7u  /* length, attributes, two deltas, key, value, headers: a byte each at least */
#define MAGIC            2
#define CODEC_MASK       7
#define CODEC_NONE       0
#define CODEC_GZIP       1
#define CONTROL_BATCH    0x20

static const char *const CODECS[] = {"none", "gzip", "snappy", "lz4", "zstd", "codec 5", "codec 6", "codec 7"};

struct batch {
    int32_t length;
    uint32_t crc;
    int16_t attributes;
    int64_t first_timestamp_ms;
    int32_t count;
    struct view body; /* the records, perhaps compressed */
};

struct decoding {
    record_callback callback;
    void *owner;
    int64_t count;
    struct carafe_error *error;
};

static int invalid(const struct decoding *decoding, const char *what)
{
    return error_set(decoding->error, CARAFE_INVALID, "records: record %lld: %s", (long long)decoding->count, what);
}

/* The Castagnoli polynomial, reflected, four bits at a time. */
static uint32_t crc32c(const uint8_t *bytes, size_t len)
{
    static const uint32_t TABLE[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
        0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        crc = TABLE[crc & 15] ^ crc >> 4;
        crc = TABLE[crc & 15] ^ crc >> 4;
    }
    return ~crc;
}

static int read_batch(struct reader *reader, struct batch *batch, const struct decoding *decoding)
{
    (void)read_int64(reader); /* base offset: the broker sets it */
    batch->length = read_int32(reader);
    if (reader->failed || batch->length < (int32_t)BATCH_LENGTH_MIN || (size_t)batch->length > reader->left) {
        return invalid(decoding, "expected a whole batch, got less");
    }
    struct reader inner = reader_of(reader->at, (size_t)batch->length);
    (void)read_raw(reader, (size_t)batch->length);
    const uint8_t *start = inner.at;
    (void)read_int32(&inner); /* leader epoch */
    if (read_int8(&inner) != MAGIC) {
        return invalid(decoding, "expected message format 2, got another");
    }
    batch->crc = read_uint32(&inner);
    batch->attributes = read_int16(&inner);
    (void)read_int32(&inner); /* last offset delta */
    batch->first_timestamp_ms = read_int64(&inner);
    (void)read_int64(&inner); /* last timestamp */
    (void)read_int64(&inner); /* producer id */
    (void)read_int16(&inner); /* producer epoch */
    (void)read_int32(&inner); /* base sequence */
    batch->count = read_int32(&inner);
    batch->body = read_raw(&inner, inner.left);
    if (batch->count < 0) {
        return invalid(decoding, "expected a count of records, got less than 0");
    }
    if (crc32c(start + BATCH_CRC_SKIP, (size_t)batch->length - BATCH_CRC_SKIP) != batch->crc) {
        return invalid(decoding, "expected the checksum of the batch, got another");
    }
    return 0;
}

static void read_headers(struct reader *reader, struct record *record, bool *too_many)
{
    int64_t count = read_varint(reader);
    if (count < 0) {
        reader->failed = true;
        return;
    }
    if (count > RECORD_HEADERS_MAX) {
        *too_many = true;
        return;
    }
    record->header_count = (size_t)count;
    for (size_t i = 0; i < record->header_count && !reader->failed; i++) {
        record->headers[i].name = read_varint_bytes(reader);
        record->headers[i].value = read_varint_bytes(reader);
        if (record->headers[i].name.null) {
            reader->failed = true;
        }
    }
}

/* Timestamps are hostile too: the sum must not overflow. */
static int64_t wrapping_sum(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int decode_record(struct reader *reader, const struct batch *batch, struct decoding *decoding)
{
    struct view bytes = read_varint_bytes(reader);
    if (reader->failed || bytes.null) {
        return invalid(decoding, "expected a whole record, got less");
    }
    struct reader inner = reader_of(bytes.bytes, bytes.len);
    struct record record;
    record.index = decoding->count;
    record.header_count = 0;
    (void)read_int8(&inner); /* attributes: unused by the format */
    record.timestamp_ms = wrapping_sum(batch->first_timestamp_ms, read_varint(&inner));
    (void)read_varint(&inner); /* offset delta: the order says it */
    record.key = read_varint_bytes(&inner);
    record.payload = read_varint_bytes(&inner);
    bool too_many = false;
    read_headers(&inner, &record, &too_many);
    if (too_many) {
        return error_set(decoding->error, CARAFE_FULL, "records: record %lld: expected up to %d headers, got more",
                         (long long)decoding->count, RECORD_HEADERS_MAX);
    }
    if (inner.failed || inner.left != 0) {
        return invalid(decoding, "expected a record as long as it says, got another length");
    }
    decoding->count++;
    if (decoding->callback != NULL) {
        decoding->callback(&record, decoding->owner);
    }
    return 0;
}

static int decode_body(struct view body, const struct batch *batch, struct decoding *decoding)
{
    struct reader reader = reader_of(body.bytes, body.len);
    if ((size_t)batch->count > body.len / RECORD_MIN) {
        return invalid(decoding, "expected as many records as the batch says, got less");
    }
    for (int32_t i = 0; i < batch->count; i++) {
        int code = decode_record(&reader, batch, decoding);
        if (code != 0) {
            return code;
        }
    }
    if (reader.left != 0) {
        return invalid(decoding, "expected the end of the batch, got more bytes");
    }
    return 0;
}

/* Grow `*bytes` for the inflater; CARAFE_FULL past the bound. */
static int grow(uint8_t **bytes, size_t *capacity, const struct decoding *decoding)
{
    if (*capacity >= RECORDS_INFLATED_MAX) {
        return error_set(decoding->error, CARAFE_FULL, "records: batch: expected up to %u bytes inflated, got more",
                         RECORDS_INFLATED_MAX);
    }
    size_t larger = *capacity == 0 ? 64 * 1024 : *capacity * 2;
    uint8_t *grown = realloc(*bytes, larger);
    if (grown == NULL) {
        return error_set(decoding->error, CARAFE_NO_MEMORY, "records: batch: expected %zu bytes, got none", larger);
    }
    *bytes = grown;
    *capacity = larger;
    return 0;
}

static int inflate_body(z_stream *stream, uint8_t **bytes, size_t *len, const struct decoding *decoding)
{
    size_t capacity = 0;
    for (;;) {
        if (*len == capacity) {
            int code = grow(bytes, &capacity, decoding);
            if (code != 0) {
                return code;
            }
        }
        stream->next_out = *bytes + *len;
        stream->avail_out = (uInt)(capacity - *len);
        int status = inflate(stream, Z_NO_FLUSH);
        *len = capacity - stream->avail_out;
        if (status == Z_STREAM_END) {
            return 0;
        }
        if (status != Z_OK || (stream->avail_in == 0 && stream->avail_out != 0)) {
            return invalid(decoding, "expected gzip, got broken bytes");
        }
    }
}

static int decode_gzip(const struct batch *batch, struct decoding *decoding)
{
    /* 15 bits of window, 16: a gzip header.  zlib's input pointer is not const, it does not write there. */
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)batch->body.bytes, .avail_in = (uInt)batch->body.len};
    if (inflateInit2(&stream, 15 + 16) != Z_OK) {
        return error_set(decoding->error, CARAFE_NO_MEMORY, "records: batch: expected an inflater, got none");
    }
    struct view inflated = {0};
    uint8_t *bytes = NULL;
    int code = inflate_body(&stream, &bytes, &inflated.len, decoding);
    if (code == 0) {
        inflated.bytes = bytes;
        code = decode_body(inflated, batch, decoding);
    }
    free(bytes);
    (void)inflateEnd(&stream);
    return code;
}

static int decode_batch(const struct batch *batch, struct decoding *decoding)
{
    int codec = batch->attributes & CODEC_MASK;
    if ((batch->attributes & CONTROL_BATCH) != 0) {
        return invalid(decoding, "expected data, got a control batch");
    }
    if (codec == CODEC_NONE) {
        return decode_body(batch->body, batch, decoding);
    }
    if (codec == CODEC_GZIP) {
        return decode_gzip(batch, decoding);
    }
    decoding->count += batch->count;
    return error_set(decoding->error, CARAFE_REFUSED, "records: codec: expected none or gzip, got %s", CODECS[codec]);
}

int records_decode(struct view bytes, record_callback callback, void *owner, int64_t *count, struct carafe_error *error)
{
    struct decoding decoding = {.callback = callback, .owner = owner, .error = error};
    struct reader reader = reader_of(bytes.bytes, bytes.len);
    int code = bytes.len == 0 ? invalid(&decoding, "expected a batch, got nothing") : 0;
    while (code == 0 && reader.left > 0) {
        struct batch batch;
        code = read_batch(&reader, &batch, &decoding);
        if (code == 0) {
            code = decode_batch(&batch, &decoding);
        }
    }
    *count = decoding.count;
    return code;
}
