/* Decodes record batches (message format 2).  Pure functions; every byte may be hostile. */
#ifndef SIM_KAFKA_RECORDS_H
#define SIM_KAFKA_RECORDS_H

#include "carafe.h"
#include "kafka/reader.h"

#define RECORD_HEADERS_MAX   64
#define RECORDS_INFLATED_MAX (64u << 20) /* of one gzip batch */

struct record_header {
    struct view name;
    struct view value;
};

/* One record; everything is borrowed for the call. */
struct record {
    int64_t index; /* of the record in what was decoded, from 0: offset = base offset + index */
    int64_t timestamp_ms;
    struct view key;
    struct view payload;
    struct record_header headers[RECORD_HEADERS_MAX];
    size_t header_count;
};

typedef void (*record_callback)(const struct record *record, void *owner);

/*
 * Call `callback` (NULL: count only) for every record of the batches in `bytes`, in order; `*count`: how many.
 * Checks the CRC and every length.  Records before the first wrong byte were given out already when it fails.
 * Errors: CARAFE_INVALID, not a record batch; CARAFE_REFUSED, compressed by a codec other than gzip (the text names it,
 * `*count` is what the batches claim); CARAFE_FULL, more than the bounds above.
 */
int records_decode(struct view bytes, record_callback callback, void *owner, int64_t *count,
                   struct carafe_error *error);

#endif
