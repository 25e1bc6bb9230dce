/* The way in, with the bound of memory open to tests. */
#ifndef SCENARIO_LOAD_H
#define SCENARIO_LOAD_H

#include "scenario/program.h"

struct load_input {
    const char *name;
    const char *text; /* NULL: read the file `name` */
    size_t len;
    const struct program_define *defines;
    size_t define_count;
    size_t memory_max;
};

/* As program_load(). */
int program_load_input(const struct load_input *input, struct program **program,
                       struct program_errors *errors) CARAFE_RESULT;

#endif
