/* The scenario files of a call: found, read and checked. */
#ifndef SIM_RUN_SCENARIOS_H
#define SIM_RUN_SCENARIOS_H

#include "run/sweep.h"

struct scenarios {
    struct sweep_scenario *list;
    size_t count;
    char **paths; /* owned, one for each of list */
};

/*
 * Read every file, and every *.scn below every folder in the order of their names.  Prints what is wrong with them.
 * Close it whatever it returns.
 */
enum exit_code scenarios_load(struct scenarios *scenarios, const struct options *options);
void scenarios_close(struct scenarios *scenarios);

#endif
