/* Does a field have the value that a scenario wants? */
#ifndef SIM_RUN_FILTER_H
#define SIM_RUN_FILTER_H

#include "run/observation.h"
#include "scenario/program.h"

/* All filters of `condition` hold for `observation`. */
bool filters_match(const struct program_condition *condition, const struct observation *observation);
/* How many of them. */
size_t filters_matching(const struct program_condition *condition, const struct observation *observation);

#endif
