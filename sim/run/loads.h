/* What the scenario produces: one plain librdkafka producer, one thread that sends on time. */
#ifndef SIM_RUN_LOADS_H
#define SIM_RUN_LOADS_H

#include "run/run.h"

struct loads;

struct loads *loads_create(struct run *run);
void loads_destroy(struct loads *loads);

/* From now on.  Threads: the director's. */
void loads_start(struct loads *loads, const struct program_load *load);
/* Nothing is left to be sent. */
bool loads_done(const struct loads *loads);
/* Stop sending, deliver what was taken (bounded), close the producer.  Waits for it. */
void loads_stop(struct loads *loads);

#endif
