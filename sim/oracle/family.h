/*
 * A family of invariants: what it remembers of a run, and what it does with what happens.
 *
 * All functions but create and destroy may be NULL.  None blocks or switches.
 */
#ifndef SIM_ORACLE_FAMILY_H
#define SIM_ORACLE_FAMILY_H

#include "oracle/oracle.h"

struct family {
    void *(*create)(struct oracle *oracle); /* NULL: out of memory */
    void (*destroy)(void *memory);
    void (*observe)(void *memory, const struct observation *observation);
    void (*finish)(void *memory);    /* the run is over */
    void (*left_over)(void *memory); /* everything is torn down */
};

extern const struct family family_lifecycle;

/* Invariant `number` of scenarios/README.md does not hold: what was expected, and what was seen instead. */
void oracle_broken(struct oracle *oracle, int number, const char *format, ...) CARAFE_FORMAT(3, 4);

struct run *oracle_run(struct oracle *oracle);

/* Which server of the program an observation is about; PROGRAM_NONE: none. */
size_t oracle_server(const struct oracle *oracle, const struct observation *observation);

#endif
