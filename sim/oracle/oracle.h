/*
 * The invariants of every run, asked for or not.  One file for each family; see scenarios/README.md for their list.
 *
 * An alarm is always a fault of what was run, never of the weather: what crashes, faults and refusals of brokers make
 * legal is legal here, and what cannot be decided is left undecided.
 *
 * Threads: any simulated one, one at a time.  Nothing here blocks or switches.  Memory grows with the partitions in use
 * and (one bit a message) with what is handled out of order; an observation costs the same whenever it comes.
 */
#ifndef SIM_ORACLE_ORACLE_H
#define SIM_ORACLE_ORACLE_H

#include "run/run.h"

struct oracle;

struct oracle *oracle_create(struct run *run); /* NULL: out of memory */
void oracle_destroy(struct oracle *oracle);    /* takes NULL */

/* Something happened. */
void oracle_observe(struct oracle *oracle, const struct observation *observation);

/* The run is over, and its expectations held. */
void oracle_finish(struct oracle *oracle);

/* Everything ended gracefully, brokers and all: nothing may be left of it. */
void oracle_left_over(struct oracle *oracle);

/* A canary passes only when the invariant that it names is broken: `number` has to be, and was not. */
bool oracle_owes(const struct oracle *oracle, int number);

/* Invariant `number` does not hold: what was expected, and what was seen instead. */
void oracle_broken(struct oracle *oracle, int number, const char *format, ...) CARAFE_FORMAT(3, 4);

#endif
