/*
 * Does what the scenario says, when it says so: the main thread of the world.
 */
#ifndef SIM_RUN_DIRECTOR_H
#define SIM_RUN_DIRECTOR_H

#include "run/judge.h"
#include "run/run.h"

struct director;

struct director *director_create(struct run *run); /* NULL: out of memory */
void director_destroy(struct director *director);

/* Until every line is settled and every server has ended, until the limit, or until the first failure. */
void director_run(struct director *director);

/* Something happened: lines that wait for it are due.  Any thread; does not switch. */
void director_observe(struct director *director, const struct observation *observation);
/* Statement `statement` is settled: lines that count from it are due.  Any thread; does not switch. */
void director_settle(struct director *director, size_t statement, int64_t at_ns);
/* Look again, e.g. because the run has failed or a server has ended.  Any thread; does not switch. */
void director_wake(struct director *director);

#endif
