#include "oracle/fingerprints.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 64

/* FNV-1a.  Compared within a run only. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

/* The length goes first, so that no two rows of views look like one. */
static uint64_t hash_view(uint64_t hash, const struct view *view)
{
    int64_t len = view->null ? -1 : (int64_t)view->len;
    hash = hash_bytes(hash, &len, sizeof len);
    return view->null ? hash : hash_bytes(hash, view->bytes, view->len);
}

static uint32_t fold(uint64_t hash)
{
    uint32_t folded = (uint32_t)(hash ^ (hash >> 32));
    return folded != 0 ? folded : 1;
}

struct fingerprint fingerprint_of(const struct record *record, size_t header_count)
{
    const uint64_t start = UINT64_C(14695981039346656037);
    uint64_t headers = start;
    for (size_t i = 0; i < header_count; i++) {
        headers = hash_view(headers, &record->headers[i].name);
        headers = hash_view(headers, &record->headers[i].value);
    }
    return (struct fingerprint){.key = fold(hash_view(start, &record->key)),
                                .payload = fold(hash_view(start, &record->payload)),
                                .headers = fold(headers)};
}

static bool make_room(struct fingerprints *fingerprints, size_t needed)
{
    if (needed <= fingerprints->room) {
        return true;
    }
    size_t room = needed < ROOM_MIN ? ROOM_MIN : needed * 2;
    struct fingerprint *list = realloc(fingerprints->list, room * sizeof *list);
    if (list == NULL) {
        return false;
    }
    memset(list + fingerprints->room, 0, (room - fingerprints->room) * sizeof *list);
    fingerprints->list = list;
    fingerprints->room = room;
    return true;
}

void fingerprints_add(struct fingerprints *fingerprints, int64_t offset, const struct record *record)
{
    if (offset < 0) {
        return;
    }
    fingerprints->end = offset + 1 > fingerprints->end ? offset + 1 : fingerprints->end;
    if (offset < FINGERPRINTS_MAX && make_room(fingerprints, (size_t)offset + 1)) {
        fingerprints->list[offset] = fingerprint_of(record, record->header_count);
    }
}

const struct fingerprint *fingerprints_at(const struct fingerprints *fingerprints, int64_t offset)
{
    bool known = offset >= 0 && (size_t)offset < fingerprints->room && fingerprints->list[offset].key != 0;
    return known ? &fingerprints->list[offset] : NULL;
}

void fingerprints_close(struct fingerprints *fingerprints)
{
    free(fingerprints->list);
}
