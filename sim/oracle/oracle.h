/*
 * The invariants of every run, asked for or not.  One file for each family; see scenarios/README.md for their list.
 */
#ifndef SIM_ORACLE_ORACLE_H
#define SIM_ORACLE_ORACLE_H

#include "run/run.h"

struct oracle;

struct oracle *oracle_create(struct run *run); /* NULL: out of memory */
void oracle_destroy(struct oracle *oracle);

/* Something happened.  Does not switch. */
void oracle_observe(struct oracle *oracle, const struct observation *observation);

/* The run is over, and its expectations held. */
void oracle_finish(struct oracle *oracle);

/* Everything ended gracefully, brokers and all: nothing may be left of it. */
void oracle_left_over(struct oracle *oracle);

#endif
