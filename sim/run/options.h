/* The command line of ksim. */
#ifndef SIM_RUN_OPTIONS_H
#define SIM_RUN_OPTIONS_H

#include "carafe.h"

#include <stdio.h>

#define OPTIONS_FILES_MAX    4096
#define OPTIONS_DEFINES_MAX  64
#define OPTIONS_JOBS_MAX     256
#define OPTIONS_SEEDS_MAX    UINT64_C(1000000) /* of one call */
#define OPTIONS_SHARDS_MAX   10000
#define OPTIONS_WALL_LIMIT_S 60 /* unless told otherwise */

/* How ksim ends; the worst of all runs. */
enum exit_code {
    EXIT_ALL_PASSED = 0,
    EXIT_EXPECTATION_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_DIFFERED = 3,
    EXIT_INTERNAL = 4
};

enum option_backend { BACKEND_DEFAULT, BACKEND_COROUTINES, BACKEND_THREADS };
enum option_action { ACTION_RUN, ACTION_CHECK, ACTION_HELP, ACTION_VERSION };

struct option_define {
    const char *name;
    const char *value;
};

/* Borrows from argv. */
struct options {
    enum option_action action;
    uint64_t seed_first;
    uint64_t seed_last;
    int jobs;               /* runs at the same time */
    const char *trace_path; /* NULL: none */
    const char *reports_path;
    const char *picture_path;
    const char *junit_path;
    bool tap;             /* instead of the timeline and the summary */
    uint64_t shard_index; /* from 1 */
    uint64_t shard_count; /* 0: everything is run */
    bool verify;
    bool quiet;
    bool verbose;
    bool timeline;       /* there is one run, and a person who watches it */
    bool embedded;       /* in a program that is linked with libksim */
    const char *command; /* argv[0] */
    const char *preset;  /* of the launcher; NULL: its usual one */
    enum option_backend backend;
    int wall_limit_s;
    struct option_define defines[OPTIONS_DEFINES_MAX];
    size_t define_count;
    const char *files[OPTIONS_FILES_MAX];
    size_t file_count;
};

/* Errors: CARAFE_INVALID, names the argument and what was expected. */
int options_parse(struct options *options, int argc, char **argv, struct carafe_error *error);

/*
 * Hold the options against the number of runs that the files came to.  Errors: CARAFE_INVALID, one of them makes sense
 * for a single run only.
 */
int options_settle(struct options *options, uint64_t runs, struct carafe_error *error);

void options_help(FILE *out);

#endif
