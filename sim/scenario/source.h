/* One file of a scenario: read within bounds, checked to be text, and cut into lines. */
#ifndef SCENARIO_SOURCE_H
#define SCENARIO_SOURCE_H

#include "scenario/arena.h"
#include "scenario/program.h"

struct source {
    const char *name;   /* as errors show it */
    int order;          /* among the files read, from 0 */
    const char **lines; /* zero-terminated, without line end and byte order mark */
    size_t line_count;
    const struct source *parent; /* the file that includes it */
    const struct source *next;   /* of all that were read */
    const char *real;            /* canonical path, to find cycles; of text from memory: the name */
};

/*
 * The canonical form of `path`, so that two names of one file are known for it.  NULL: `reason` says why, or the arena
 * has failed.  The caller adds the error, since only the caller knows what the file was wanted for.
 */
const char *source_canonical(struct arena *arena, const char *path, char *reason, size_t reason_size);

/*
 * Check `text` and cut it.  Errors that have a line are added to `errors`; returns CARAFE_INVALID then.  The text must
 * live in the arena.
 */
int source_cut_lines(struct arena *arena, struct source *source, char *text, size_t len, struct program_errors *errors);

/* Bytes of the file at `path`, in the arena; `len` of them and a zero.  NULL: as above. */
char *source_bytes(struct arena *arena, const char *path, size_t *len, char *reason, size_t reason_size);

/* `name` as seen from the folder of `from`: "a/b.scn" and "c.scn" give "a/c.scn". NULL: no memory. */
const char *source_beside(struct arena *arena, const char *from, const char *name);

#endif
