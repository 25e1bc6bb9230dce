/* The command that repeats one run. */
#ifndef SIM_RUN_REPEAT_H
#define SIM_RUN_REPEAT_H

#include "run/options.h"

/* As a shell reads it, quoted where it must be; no newline.  Everything that decides how the run goes is in it. */
void repeat_write(FILE *out, const struct options *options, const char *path, uint64_t seed);

#endif
