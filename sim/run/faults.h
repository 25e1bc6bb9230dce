/* Breaks and mends what the scenario says. */
#ifndef SIM_RUN_FAULTS_H
#define SIM_RUN_FAULTS_H

#include "run/run.h"

/*
 * Do step `step` (0: the fault itself) of `fault`.  Returns when the next step (a mending, the next bounce) is due, in
 * ns after the first step; 0: there is none.  `draws` keeps the drawn values of one fault together.
 * Threads: the director's; may wait for the mock cluster's thread.
 */
int64_t faults_step(struct run *run, const struct program_fault *fault, int step, uint64_t draws);

#endif
