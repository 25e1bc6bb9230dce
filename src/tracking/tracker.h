/*
 * Follows the server through its events, and holds what the next report will say: counters, jobs, the last minute's
 * work, errors, and (through statistics) partitions, polls, pauses and bytes.
 *
 * Locks: `lock` of its own, held for moments only, and never while a port is called; statistics' locks are taken
 * without it or inside it, never around it.  Threads: any.
 */
#ifndef TRACKING_TRACKER_H
#define TRACKING_TRACKER_H

#include "carafe.h"
#include "ports/clock.h"
#include "tracking/error_queue.h"
#include "tracking/identity.h"
#include "tracking/json_document.h"
#include "tracking/statistics.h"

/* Since the last report that was sent. */
struct tracker_counters {
    int64_t jobs;
    int64_t batches;
    int64_t messages;
    int64_t errors;
    int64_t retries;
    int64_t dead;
};

struct tracker;

/* `identity` is borrowed for the tracker's life. NULL without memory. */
struct tracker *tracker_create(struct clock *clock, struct process *process, const struct identity *identity,
                               size_t errors_max);
void tracker_destroy(struct tracker *tracker);

/* Errors: what went wrong with following this event (statistics that are none, a bound reached). */
int tracker_on_event(struct tracker *tracker, const struct carafe_event *event,
                     struct carafe_error *error) CARAFE_RESULT;

/* What a report took out of the tracker. */
struct tracker_taken {
    struct tracker_counters counters;
    struct error_queue errors;
    size_t dropped; /* error documents lost to the bound since the last report */
};

/* What the tracker knows of the last minute, and what it lists. */
struct tracker_view {
    double worked_ms; /* time spent in jobs in the last 60 s, of all workers */
    bool worked;      /* there was any */
    int64_t bytes_received;
    int64_t bytes_sent;
};

/* Take counters and errors out, and look at the rest. Pass what was not sent back to tracker_give_back(). */
void tracker_take(struct tracker *tracker, double now_ms, struct tracker_taken *taken, struct tracker_view *view);

/* Nothing counted meanwhile is lost: counters are added, errors come before the newer ones. Empties `taken`. */
void tracker_give_back(struct tracker *tracker, struct tracker_taken *taken);

/* A document could not be delivered: it goes with the next report. Owns `document`. */
void tracker_requeue_error(struct tracker *tracker, struct error_document *document);

/* The `consumer_groups` and `jobs` of a report, into these two. */
void tracker_write(struct tracker *tracker, double now_ms, struct json_document *document, struct json_value *groups,
                   struct json_value *jobs);

#endif
