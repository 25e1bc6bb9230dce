/*
 * Feeds the wire decoder with anything.  Input: pieces of `side length bytes`; side odd: written by the broker, even:
 * read by it; 255: the connection ends; length: 16 bits.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "kafka/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define END 255

struct checks {
    size_t sum; /* of every byte that was told: a sanitizer sees what does not belong to us */
    int undecodable;
};

static void look(struct checks *checks, const void *bytes, size_t len)
{
    ASSERT(checks->undecodable == 0);
    for (size_t i = 0; i < len; i++) {
        checks->sum += ((const uint8_t *)bytes)[i];
    }
}

static void look_at_text(struct checks *checks, const char *text)
{
    look(checks, text, strlen(text));
}

static void on_record(const struct wire_record *record, void *owner)
{
    look_at_text(owner, record->topic);
    look(owner, record->record->key.bytes, record->record->key.len);
    look(owner, record->record->payload.bytes, record->record->payload.len);
    ASSERT(record->record->header_count <= RECORD_HEADERS_MAX);
    for (size_t i = 0; i < record->record->header_count; i++) {
        look(owner, record->record->headers[i].name.bytes, record->record->headers[i].name.len);
        look(owner, record->record->headers[i].value.bytes, record->record->headers[i].value.len);
    }
}

static void on_committed(const struct wire_commit *commit, void *owner)
{
    look_at_text(owner, commit->group);
    look_at_text(owner, commit->member);
    look_at_text(owner, commit->topic);
}

static void on_membership(const struct wire_membership *membership, void *owner)
{
    look_at_text(owner, membership->group);
    look_at_text(owner, membership->member);
    look_at_text(owner, membership->instance == NULL ? "" : membership->instance);
    look_at_text(owner, membership->protocol == NULL ? "" : membership->protocol);
    ASSERT(membership->assigned_count <= WIRE_ASSIGNMENT_MAX);
    for (size_t i = 0; i < membership->assigned_count; i++) {
        look_at_text(owner, membership->assigned[i].topic);
    }
}

static void on_coordinator(const struct wire_coordinator *coordinator, void *owner)
{
    look_at_text(owner, coordinator->group);
}

static void on_position(const struct wire_position *position, void *owner)
{
    look_at_text(owner, position->group);
    look_at_text(owner, position->topic);
}

static void on_compressed(const struct wire_origin *origin, const char *topic, int32_t partition, int64_t count,
                          const char *why, void *owner)
{
    (void)origin;
    (void)partition;
    (void)count;
    look_at_text(owner, topic);
    look_at_text(owner, why);
}

static void on_undecodable(const struct wire_origin *origin, const char *why, void *owner)
{
    (void)origin;
    struct checks *checks = owner;
    look_at_text(checks, why); /* asserts that it is the first */
    checks->undecodable++;
}

/* A copy of its exact length, so that a sanitizer sees a read past the end. */
static void feed(struct wire_connection *connection, bool written, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    ASSERT(copy != NULL);
    memcpy(copy, bytes, len);
    (written ? wire_written : wire_read)(connection, copy, len, 1);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct checks checks = {0};
    const struct wire_observer observer = {
        .appended = on_record,
        .refused = on_record,
        .committed = on_committed,
        .membership = on_membership,
        .coordinator = on_coordinator,
        .position = on_position,
        .compressed = on_compressed,
        .undecodable = on_undecodable,
        .owner = &checks,
    };
    struct wire_connection *connection = wire_open(&observer, 1, 40000, 1001);
    ASSERT(connection != NULL);
    while (size >= 3) {
        uint8_t side = data[0];
        size_t len = (size_t)data[1] << 8 | data[2];
        data += 3;
        size -= 3;
        if (len > size) {
            len = size;
        }
        if (side == END) {
            wire_end(connection, 1);
        }
        feed(connection, (side & 1) != 0, data, len);
        data += len;
        size -= len;
    }
    wire_close(connection, 2);
    return 0;
}
