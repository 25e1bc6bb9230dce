/*
 * Holds what happens against what the scenario expects: one claim for each `expect`, `never` and `always`.
 *
 * Times are nanoseconds since the start of the scenario.  Not one function blocks or waits.
 */
#ifndef SIM_RUN_JUDGE_H
#define SIM_RUN_JUDGE_H

#include "run/ledger.h"
#include "run/observation.h"

struct judge;

/* Why the run failed. */
struct judge_failure {
    const struct program_statement *statement;
    int64_t from_ns; /* the window */
    int64_t to_ns;
    char what[256];    /* under the caret: "nothing happened in this window" */
    char nearest[512]; /* empty: nothing came near */
};

struct judge_options {
    const struct program *program;
    const struct ledger *ledger;
    /* A claim was met: statements may wait for it. */
    void (*settled)(size_t statement, int64_t at_ns, void *owner);
    /* A claim failed, told once: the first failure ends the run. */
    void (*failed)(const struct judge_failure *failure, void *owner);
    void *owner;
};

struct judge *judge_create(const struct judge_options *options); /* NULL: out of memory */
void judge_destroy(struct judge *judge);

/* The window of `statement`, an expectation, is known from now on; it may be open already. */
void judge_open(struct judge *judge, size_t statement, int64_t from_ns, int64_t to_ns, int64_t now_ns);

/* Something happened (the ledger knows it already). */
void judge_observe(struct judge *judge, const struct observation *observation);

/* Close the windows that ended before `now_ns`.  Returns when the next one opens or closes; INT64_MAX: none. */
int64_t judge_advance(struct judge *judge, int64_t now_ns);

/* The run is over: what is still open is decided.  */
void judge_finish(struct judge *judge, int64_t now_ns);

/* Expectations that are neither met nor failed, `never` and `always` not counted. */
size_t judge_unsettled(const struct judge *judge);

/* Does `condition` hold at this moment?  For those that are a state: status, assignment, counts. */
bool judge_holds(const struct judge *judge, const struct program_condition *condition);
/* Is it what `condition` looks for?  For all the others. */
bool judge_matches(const struct judge *judge, const struct program_condition *condition,
                   const struct observation *observation);
/* Is it a state (judge_holds) rather than something that happens (judge_matches)? */
bool judge_is_state(const struct program_condition *condition);

#endif
