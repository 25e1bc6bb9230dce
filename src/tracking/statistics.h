/*
 * What librdkafka's statistics say of every client of a server, ready for the next report: partitions with their
 * differences and freeze times, the state of the groups, polls, pauses, and bytes per second.
 *
 * A client is known by its subscription group.  A new client (statistics_start) has no past: its first document has
 * differences of 0 and freeze times since the start.  Each document replaces the one before it.
 *
 * Times are monotonic milliseconds with fractions.
 *
 * Locks: two of its own.  `emission` makes documents one at a time and is held while one is read (tens of ms for
 * 10 000 partitions); `state` guards what reports and the other events touch, for moments only.  emission is taken
 * first.  Threads: any.
 */
#ifndef TRACKING_STATISTICS_H
#define TRACKING_STATISTICS_H

#include "carafe.h"
#include "tracking/json_document.h"
#include "tracking/snapshot.h"

#define STATISTICS_CLIENTS_MAX  4096
#define STATISTICS_PAUSE_MAX_MS INT64_C(1000000000000) /* a pause without end, as the Web UI knows it */

struct statistics;

struct statistics *statistics_create(void);
void statistics_destroy(struct statistics *statistics);

/*
 * A client of this subscription group was made, and polled just now.
 * Errors: CARAFE_FULL, more than STATISTICS_CLIENTS_MAX; CARAFE_NO_MEMORY.
 */
int statistics_start(struct statistics *statistics, const char *group, const char *subscription_group, double now_ms,
                     struct carafe_error *error) CARAFE_RESULT;

/* The client will be made anew: what it said stays until the next one says something. */
void statistics_reset(struct statistics *statistics, const char *subscription_group);

/* Is there a client of this subscription group that was started, and neither reset nor stopped since? */
bool statistics_knows(struct statistics *statistics, const char *subscription_group);

void statistics_polled(struct statistics *statistics, const char *subscription_group, double now_ms);

/* The client is gone; so are its partitions in reports, and its pauses. */
void statistics_stop(struct statistics *statistics, const char *subscription_group);

/*
 * `duration_ms` -1: without end. CARAFE_FULL: more pauses than PAUSES_MAX.
 */
int statistics_pause(struct statistics *statistics, const char *subscription_group, const char *topic,
                     int32_t partition, int64_t duration_ms, double now_ms) CARAFE_RESULT;
void statistics_resume(struct statistics *statistics, const char *subscription_group, const char *topic,
                       int32_t partition);

/*
 * librdkafka emitted `json`. A client never started is started with it; one that was stopped is not listened to.
 * Errors: those of snapshot_read() and statistics_start(); the client keeps what it had.
 */
int statistics_emit(struct statistics *statistics, const char *group, const char *subscription_group, const char *json,
                    size_t len, double now_ms, struct carafe_error *error) CARAFE_RESULT;

/* Bytes per second of all clients over the last 60 s, rounded. */
void statistics_transfer(struct statistics *statistics, double now_ms, int64_t *received, int64_t *sent);

struct identity;

/* What the schema adds to consumer groups. */
struct statistics_format {
    struct snapshot_format partitions;
    bool instance_id;
    bool poll_interval;
    const struct identity *identity; /* may be NULL when neither is asked for */
};

/* Fill `groups` (an object) with every consumer group seen. */
void statistics_write(struct statistics *statistics, const struct statistics_format *format, double now_ms,
                      struct json_document *document, struct json_value *groups);

#endif
