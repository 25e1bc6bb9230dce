/* Sends records to Kafka. */
#ifndef PORTS_PRODUCER_H
#define PORTS_PRODUCER_H

#include "carafe.h"

/* What became of a record. */
struct delivery {
    int code;         /* 0: appended */
    const char *text; /* the reason of a failure, else NULL */
    int32_t partition;
    int64_t offset;
};

/* Threads: the producer's own.  Must not block.  Called exactly once for every record that was taken. */
typedef void (*delivery_callback)(const struct delivery *delivery, void *owner);

struct producer {
    /*
     * Take a copy of `record`.  `callback` may be NULL.  Never blocks.
     * Errors: CARAFE_FULL, the queue is full, try again later; CARAFE_CLOSED; CARAFE_INVALID, the record can never be
     * sent (too large, unknown partition); CARAFE_FAILED.
     */
    int (*produce)(struct producer *producer, const struct carafe_record *record, delivery_callback callback,
                   void *owner, struct carafe_error *error);
    /* Wait until all that was taken is delivered.  CARAFE_TIMEOUT: some is not at `deadline_ns` (monotonic). */
    int (*flush)(struct producer *producer, int64_t deadline_ns, struct carafe_error *error);
    /*
     * Flush until `deadline_ns` at the latest, then purge what is left (counted in `purged`; their callbacks get
     * CARAFE_TIMEOUT), then close.  No callback runs after it returned.  A second close returns 0 at once.
     */
    int (*close)(struct producer *producer, int64_t deadline_ns, size_t *purged, struct carafe_error *error);
    bool (*is_open)(struct producer *producer);
    /*
     * Records of `topic` that are not delivered after `timeout_ms` are given up from now on: their callbacks get
     * CARAFE_TIMEOUT.  Before the first record of the topic; a shorter time that is set for all topics stays.
     * Errors: CARAFE_INVALID; CARAFE_FULL, too many topics; CARAFE_FAILED.
     */
    int (*expire)(struct producer *producer, const char *topic, int64_t timeout_ms, struct carafe_error *error);
};

#endif
