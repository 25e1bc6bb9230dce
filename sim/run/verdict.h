/* Puts the first failure of a run into words. */
#ifndef SIM_RUN_VERDICT_H
#define SIM_RUN_VERDICT_H

#include "run/judge.h"
#include "run/run.h"

bool verdict_failed(const struct run *run);

/* An expectation failed: place, nearest miss, last event, how to repeat it. */
void verdict_expectation(struct run *run, const struct judge_failure *failure);

/* An invariant failed. */
void verdict_invariant(struct run *run, int number, const char *format, ...) CARAFE_FORMAT(3, 4);

/* Anything else that ends a run: `code` says whose fault it is. */
void verdict_error(struct run *run, enum exit_code code, const char *format, ...) CARAFE_FORMAT(3, 4);

#endif
