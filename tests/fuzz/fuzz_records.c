/*
 * Feeds the record decoder with batches whose checksum and length are right and whose rest is anything: first byte the
 * attributes, second the count of records, then the records.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "kafka/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BATCH_HEAD 61u

static uint32_t crc32c(const uint8_t *bytes, size_t len)
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

static void set_int(uint8_t *bytes, uint32_t value)
{
    for (size_t i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static void look(size_t *sum, struct view view)
{
    for (size_t i = 0; i < view.len; i++) {
        *sum += view.bytes[i];
    }
}

static void on_record(const struct record *record, void *owner)
{
    look(owner, record->key);
    look(owner, record->payload);
    ASSERT(record->header_count <= RECORD_HEADERS_MAX);
    for (size_t i = 0; i < record->header_count; i++) {
        look(owner, record->headers[i].name);
        look(owner, record->headers[i].value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    size_t len = BATCH_HEAD + size - 2;
    uint8_t *batch = calloc(1, len);
    ASSERT(batch != NULL);
    set_int(batch + 8, (uint32_t)len - 12);
    batch[16] = 2;       /* magic */
    batch[22] = data[0]; /* attributes */
    batch[60] = data[1]; /* count */
    memcpy(batch + BATCH_HEAD, data + 2, size - 2);
    set_int(batch + 17, crc32c(batch + 21, len - 21));
    size_t sum = 0;
    int64_t count = 0;
    struct carafe_error error = {0};
    struct view view = {.bytes = batch, .len = len};
    int code = records_decode(view, on_record, &sum, &count, &error);
    ASSERT(code == error.code);
    free(batch);
    return 0;
}
