/*
 * The status of a server: initializing ... terminated, only ever forward, states may be skipped.
 *
 * Every state that is entered is published as `app.<state>` exactly once, and in the order in which the states were
 * entered, whatever threads entered them.
 *
 * Locks: its own, never while somebody is told.  Threads: any.
 */
#ifndef SERVER_STATUS_H
#define SERVER_STATUS_H

#include "carafe.h"
#include "ports/clock.h"
#include "ports/monitor.h"

struct status;

/* Told of every change before it is published: who waits for it must not wait for a slow subscriber. */
typedef void (*status_observer)(enum carafe_status status, void *owner);

struct status *status_create(struct clock *clock, struct monitor *monitor);
void status_destroy(struct status *status);

/* Before the first change. */
void status_observe(struct status *status, status_observer observer, void *owner);

/* What app.running says of the pool. */
void status_set_workers(struct status *status, size_t workers);

/*
 * Enter `to`.  Returns false, and does nothing, when it is there or past it.  When true is returned the event has been
 * delivered to every subscriber; only a call from inside a subscriber of `app.*` returns earlier (the event follows
 * the one that is being delivered).
 */
bool status_advance(struct status *status, enum carafe_status to);

enum carafe_status status_get(const struct status *status);

/* Any of quieting, quiet, stopping, stopped, terminated: no new work. */
bool status_is_done(const struct status *status);

/* Until `state` or a later one was entered and published. */
void status_wait(struct status *status, enum carafe_status state);

/* Is the calling thread inside a subscriber of one of our `app.*` events? */
bool status_is_telling(struct status *status);

#endif
