/* Runs everything twice and compares all that the trace covers. */
#ifndef SIM_RUN_VERIFY_H
#define SIM_RUN_VERIFY_H

#include "run/sweep.h"

/* As run_scenario, twice, in two child processes.  A difference is EXIT_DIFFERED with the first line that diverges. */
void verify_scenario(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                     struct result *result);

#endif
