/* The errors of a scenario: collected, sorted by place, with the word that was perhaps meant. */
#ifndef SCENARIO_DIAGNOSTICS_H
#define SCENARIO_DIAGNOSTICS_H

#include "scenario/program.h"

/* Add an error that marks `place` (line 0: the file as a whole).  Past the bound it is only counted. */
void diagnostics_add(struct program_errors *errors, const struct program_place *place, int file_order,
                     const char *message);

void diagnostics_sort(struct program_errors *errors);

/* The nearest of the known words, by edit distance, to one that is not known. */
struct nearest {
    const char *word;
    const char *best; /* NULL: none is near */
    size_t distance;
    size_t considered;
};

void nearest_init(struct nearest *nearest, const char *word);
void nearest_consider(struct nearest *nearest, const char *candidate);

#endif
