/*
 * What a server owes its handlers, held against every call of one: a consumer is created before it is asked for
 * anything, is asked for one thing at a time, hears once of its end, and is destroyed after that; its batches are its
 * partition's, in order.  Whatever breaks this breaks invariant 3.
 */
#ifndef SIM_RUN_GUESTS_H
#define SIM_RUN_GUESTS_H

#include "run/run.h"

struct guests;

struct guests *guests_create(struct run *run); /* NULL: out of memory */
void guests_destroy(struct guests *guests);    /* takes NULL */

/* The callbacks of a consumer of process `process`, as they begin. */
void guests_arrived(struct guests *guests, size_t process, struct carafe_consumer *consumer);
void guests_asked(struct guests *guests, struct carafe_consumer *consumer, enum carafe_job_type type);
void guests_left(struct guests *guests, struct carafe_consumer *consumer);

/* A batch, as it begins, after guests_asked(). */
void guests_served(struct guests *guests, struct carafe_consumer *consumer, const struct carafe_message *messages,
                   size_t count);

/* The callback that was asked for returns. */
void guests_answered(struct guests *guests, struct carafe_consumer *consumer);

/* A process ended; `whole`: it had the time to close all that it had opened. */
void guests_gone(struct guests *guests, size_t process, bool whole);

#endif
