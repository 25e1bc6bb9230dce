/* Numbers for names: the groups of a run and the partitions of its program, so that families keep plain rows. */
#ifndef SIM_ORACLE_PLACES_H
#define SIM_ORACLE_PLACES_H

#include "scenario/program.h"

#define PLACES_GROUPS_MAX 1024 /* groups past it are not judged */

struct places;

struct places *places_create(const struct program *program); /* NULL: out of memory */
void places_destroy(struct places *places);                  /* takes NULL */

/* From 0, in the order in which they were first asked for; PROGRAM_NONE: too many, or no name. */
size_t places_group(struct places *places, const char *name);
size_t places_groups(const struct places *places);
const char *places_group_name(const struct places *places, size_t group);

/* Index of a topic of the program; PROGRAM_NONE: it has none of that name. */
size_t places_topic(struct places *places, const char *name);

/* The cell of a partition in a row of places_cells(); PROGRAM_NONE: the program has no such partition. */
size_t places_cell(struct places *places, const char *topic, int32_t partition);
size_t places_cells(const struct places *places);
size_t places_first_cell(const struct places *places, size_t topic);

#endif
