/* A run that is over, as those are told who write about it. */
#ifndef SIM_RUN_FINISHED_H
#define SIM_RUN_FINISHED_H

#include "run/result.h"

/* Borrowed: valid while it is told. */
struct finished {
    const char *path;
    uint64_t seed;
    enum exit_code code;
    double wall_s;
    const struct result *result;
};

#endif
