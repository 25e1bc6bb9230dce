/*
 * A node tells its parent that it is well, and notices when there is no parent any more.
 *
 * Well is: every listener polled within the poll interval.  One that did not is out of its group anyway, by
 * `max.poll.interval.ms`; only a new node helps.  A node that is quieting or stopping is always well: it has a deadline
 * of its own.
 *
 * Locks: its own, never while somebody is told.  Threads: one of its own.
 */
#ifndef SWARM_LIVENESS_H
#define SWARM_LIVENESS_H

#include "carafe.h"
#include "ports/children.h"
#include "ports/clock.h"

#define LIVENESS_LISTENERS_MAX 1000 /* more are not watched */

struct liveness;

struct liveness_options {
    struct clock *clock;
    struct parent *parent;
    int64_t every_ms;
    int64_t poll_interval_ms;
    void (*orphaned)(void *owner); /* once, on the thread of the liveness */
    void *owner;
};

struct liveness *liveness_create(const struct liveness_options *options); /* NULL: no memory */
/* Ended before.  Takes NULL. */
void liveness_destroy(struct liveness *liveness);

/* A subscriber of the node's events. */
int liveness_note(const struct carafe_event *event, void *liveness);

/* The first report comes at once.  CARAFE_FAILED: no thread. */
int liveness_start(struct liveness *liveness, struct carafe_error *error) CARAFE_RESULT;
/* No report follows.  Returns whether the node was orphaned. */
bool liveness_end(struct liveness *liveness);

#endif
