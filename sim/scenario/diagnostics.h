/* The errors of a scenario: collected, sorted by place, with the word that was perhaps meant. */
#ifndef SCENARIO_DIAGNOSTICS_H
#define SCENARIO_DIAGNOSTICS_H

#include "scenario/program.h"

/* Add an error that marks `place` (line 0: the file as a whole).  Past the bound it is only counted. */
void diagnostics_add(struct program_errors *errors, const struct program_place *place, int file_order,
                     const char *message);

void diagnostics_sort(struct program_errors *errors);

/* The known words among which the one is looked for that was perhaps meant; looked at only when there is an error. */
#define NEAREST_CANDIDATES_MAX 1024 /* more are not looked at */
struct nearest {
    const char *word;
    size_t count;
    const char *candidates[NEAREST_CANDIDATES_MAX];
};

void nearest_init(struct nearest *nearest, const char *word);
void nearest_consider(struct nearest *nearest, const char *candidate);

/* As nearest_word(). */
const char *nearest_best(const struct nearest *nearest);

#endif
