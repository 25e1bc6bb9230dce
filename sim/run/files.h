/* The files that a scenario names: shared objects with handlers, payloads of loads. */
#ifndef SIM_RUN_FILES_H
#define SIM_RUN_FILES_H

#include "run/options.h"
#include "scenario/program.h"

#define LOAD_FILE_MAX (16 * 1024 * 1024) /* bytes of payloads */

/* Look for every one of them before anything runs.  Returns how many mistakes `errors` holds then. */
size_t files_check(const struct program *program, const struct options *options, struct program_errors *errors);

#endif
