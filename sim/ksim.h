/*
 * libksim: runs scenarios out of a test program, with handlers of that program.
 *
 *     handler s1 orders use self:count_orders
 *
 * calls the function `count_orders` of the program, which it must export: linked with -rdynamic, and not hidden.  Other
 * paths are those of shared objects, seen from the folder of the scenario.
 *
 * Every call runs in a child process that is forked from the caller as it stands and ends with the run: what handlers
 * change in memory is gone afterwards, and a crash is a verdict.  Threads: any, one call at a time.
 * The language: scenarios/README.md.
 */
#ifndef KSIM_H
#define KSIM_H

#include "carafe.h"

#define KSIM_TEXT_MAX 32768

/* How a run ends; the exit codes of ksim. */
enum ksim_code {
    KSIM_PASSED = 0,
    KSIM_FAILED = 1,   /* an expectation or an invariant */
    KSIM_MISTAKE = 2,  /* in the scenario or in the options */
    KSIM_INTERNAL = 4, /* the run died, used up its real time, or could not be started */
};

/* `-D name=value` */
struct ksim_define {
    const char *name;
    const char *value;
};

/* What is 0 or NULL has the value of ksim itself. */
struct ksim_options {
    uint64_t seed; /* 0: 1 */
    const struct ksim_define *defines;
    size_t define_count;    /* at most 64 */
    int wall_limit_s;       /* real seconds that a run may take; 0: 60 */
    const char *trace_path; /* a line of JSON for each event; NULL: none */
    bool timeline;          /* show what happens on standard output */
};

struct ksim_verdict {
    bool passed;
    enum ksim_code code;
    uint64_t seed;
    int64_t virtual_ns;
    uint64_t events;
    uint64_t trace_hash;
    char text[KSIM_TEXT_MAX]; /* why it failed, lines for a person; empty when it passed */
};

/*
 * Run the scenario `text`.  `name` stands for its file: in messages, and for the paths that it mentions, which are seen
 * from the folder of `name`.  `options` NULL: as they are by default.  `verdict` NULL: not wanted.
 * Returns verdict->code: 0 when the scenario passed.
 */
CARAFE_API int ksim_run_text(const char *name, const char *text, const struct ksim_options *options,
                             struct ksim_verdict *verdict);

/* Likewise, the scenario in the file `path`. */
CARAFE_API int ksim_run_file(const char *path, const struct ksim_options *options, struct ksim_verdict *verdict);

#endif
