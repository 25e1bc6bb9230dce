/*
 * Compresses documents and hands them to the producer, and knows which of them are under way.  An error document whose
 * delivery fails goes back to the tracker; a report that fails is gone, the next one says it better.
 *
 * Locks: one of its own, held for moments, never while the producer is called.  Sending is for one thread at a time;
 * waiting for any.
 */
#ifndef TRACKING_DISPATCH_H
#define TRACKING_DISPATCH_H

#include <pthread.h>

#include "base/lock.h"
#include "ports/clock.h"
#include "ports/producer.h"
#include "tracking/compress.h"
#include "tracking/tracker.h"

struct dispatch {
    struct clock *clock;
    struct producer *producer;
    struct tracker *tracker;
    const char *key;
    char *reports_topic;
    char *errors_topic;
    struct compressor compressor;
    struct json_buffer payload;

    struct lock lock;
    pthread_cond_t delivered;
    size_t under_way;             /* messages, of both kinds */
    struct error_queue in_flight; /* error documents among them */
};

/* `key` is borrowed, topics are copied. CARAFE_NO_MEMORY. */
int dispatch_init(struct dispatch *dispatch, const char *key, const char *reports_topic, const char *errors_topic,
                  struct carafe_error *error) CARAFE_RESULT;
/* Only when the producer calls back no more: after its close. */
void dispatch_close(struct dispatch *dispatch);

/*
 * Send a report, or an error document (`document`, owned by the dispatch on success) with `json` as its text. Adds the
 * compressed length to `*bytes`.
 * Errors: those of producer->produce().
 */
int dispatch_report(struct dispatch *dispatch, const struct json_buffer *json, size_t *bytes,
                    struct carafe_error *error) CARAFE_RESULT;
int dispatch_error(struct dispatch *dispatch, struct error_document *document, const struct json_buffer *json,
                   size_t *bytes, struct carafe_error *error) CARAFE_RESULT;

/* How many error documents are under way. */
size_t dispatch_errors_in_flight(struct dispatch *dispatch);

/* Wait until nothing is under way, at most until `deadline_ns`. */
void dispatch_await(struct dispatch *dispatch, int64_t deadline_ns);

#endif
