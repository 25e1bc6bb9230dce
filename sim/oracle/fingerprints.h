/* What the records of a partition looked like, in few bytes: whether a record is the copy of another. */
#ifndef SIM_ORACLE_FINGERPRINTS_H
#define SIM_ORACLE_FINGERPRINTS_H

#include "kafka/records.h"

#define FINGERPRINTS_MAX (INT64_C(1) << 22) /* records at offsets past it are not remembered: 48 MiB a partition */

/* Different ones are of different parts; equal ones may be, once in 2^32.  Null differs from empty.  None is 0. */
struct fingerprint {
    uint32_t key;
    uint32_t payload;
    uint32_t headers;
};

/* Of a partition: 12 bytes a record.  All zero: no record yet. */
struct fingerprints {
    struct fingerprint *list; /* by offset; all zero: unknown */
    size_t room;
    int64_t end; /* offset past the last record, remembered or not */
};

/* `header_count`: so many of its headers, from the first on. */
struct fingerprint fingerprint_of(const struct record *record, size_t header_count);

/* Without memory, and past the bound, it stays unknown. */
void fingerprints_add(struct fingerprints *fingerprints, int64_t offset, const struct record *record);
/* NULL: unknown.  Valid until the next is added. */
const struct fingerprint *fingerprints_at(const struct fingerprints *fingerprints, int64_t offset);
void fingerprints_close(struct fingerprints *fingerprints);

#endif
