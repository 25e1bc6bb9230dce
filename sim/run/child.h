/* The process of one run: started, ended, and asked what became of it. */
#ifndef SIM_RUN_CHILD_H
#define SIM_RUN_CHILD_H

#include "run/sweep.h"

#include <sys/types.h>

/* Memory for a result that a child can fill in; NULL: none.  child_result_destroy takes NULL. */
struct result *child_result_create(void);
void child_result_destroy(struct result *result);

/* Run in a child that dies with this process.  Returns its id; -1: it could not be started, and `result` says why. */
pid_t child_start(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options, sweep_run run,
                  struct result *result);

/* What the child that ended with `status` (of waitpid) said, or what it died of: that is put into `result`. */
enum exit_code child_outcome(const struct sweep_scenario *scenario, struct result *result, int status);

/* The last part of a path. */
const char *child_base_name(const char *path);

#endif
