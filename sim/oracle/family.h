/*
 * A family of invariants: what it remembers of a run, and what it does with what happens.
 *
 * All functions but create and destroy may be NULL.  None blocks or switches.
 */
#ifndef SIM_ORACLE_FAMILY_H
#define SIM_ORACLE_FAMILY_H

#include "oracle/oracle.h"
#include "oracle/places.h"
#include "oracle/positions.h"
#include "oracle/traits.h"
#include "oracle/weather.h"

/* What all families may look at.  Up to date with the observation at hand before any family sees it. */
struct oracle_view {
    const struct program *program;
    const struct traits *traits;
    struct places *places;
    struct weather *weather;
    struct positions *positions; /* kept by the family of offsets, which comes first */
};

struct family {
    void *(*create)(struct oracle *oracle); /* NULL: out of memory */
    void (*destroy)(void *memory);
    void (*observe)(void *memory, const struct observation *observation);
    void (*finish)(void *memory);    /* the run is over */
    void (*left_over)(void *memory); /* everything is torn down */
};

extern const struct family family_accounts;
extern const struct family family_deadlines;
extern const struct family family_documents;
extern const struct family family_errors;
extern const struct family family_leftovers;
extern const struct family family_letters;
extern const struct family family_lifecycle;
extern const struct family family_offsets;
extern const struct family family_ownership;
extern const struct family family_reporting;
extern const struct family family_settling;
extern const struct family family_telling;

const struct oracle_view *oracle_view(const struct oracle *oracle);

/* Since the start of the scenario, as of the latest observation. */
int64_t oracle_now(const struct oracle *oracle);

/* Which server or node of the program an observation is about, as its row; PROGRAM_NONE: none. */
size_t oracle_server(struct oracle *oracle, const struct observation *observation);

/* The exit code of an OBSERVATION_EXIT; false: a signal ended it, or a crash. */
bool oracle_exit_code(const struct observation *observation, int64_t *code);

/* A row a process (see struct traits), zeroed.  NULL: out of memory. */
void *oracle_server_rows(const struct oracle *oracle, size_t size);

#endif
