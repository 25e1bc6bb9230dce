/*
 * Runs many: every seed of every scenario in a child process of its own, so that each starts from nothing and a crash
 * ends that one only.
 */
#ifndef SIM_RUN_SWEEP_H
#define SIM_RUN_SWEEP_H

#include "run/result.h"

struct program;

struct sweep_scenario {
    const char *path; /* as given, for people */
    const struct program *program;
    bool once; /* `sweep off`: only the first seed */
};

/* Run `program` with `seed` to its end in this process, a child that started for nothing else, and fill in `result`. */
typedef void (*sweep_run)(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                          struct result *result);

/* Prints results as they come, then the summary.  Returns the worst of all exit codes. */
enum exit_code sweep(const struct sweep_scenario *scenarios, size_t count, const struct options *options,
                     sweep_run run);

/*
 * As sweep, for exactly one run: `result` is the caller's, in memory shared with the child.  Returns its exit code.
 * What the child died of, if it did, is in result->text.
 */
enum exit_code sweep_one(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                         sweep_run run, struct result *result);

#endif
