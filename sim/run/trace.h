/* Writes what happens: into the hash of the world, to the trace file, and as a timeline and a picture for a person. */
#ifndef SIM_RUN_TRACE_H
#define SIM_RUN_TRACE_H

#include "run/run.h"

struct trace;

/* Errors: CARAFE_FAILED, the trace file or the picture cannot be written. */
int trace_create(struct run *run, struct trace **trace, struct carafe_error *error);
/* Closes the file and draws the picture.  Errors: CARAFE_FAILED, not all of it could be written. */
int trace_destroy(struct trace *trace, struct carafe_error *error);

void trace_observe(struct trace *trace, const struct observation *observation);

/* The last events of a process; of all, when it is NULL or nothing is known of it. */
const struct result_events *trace_last(const struct trace *trace, const char *process);

uint64_t trace_count(const struct trace *trace);

#endif
