/* Shows a sweep to a person: failures as they come, a bar on a terminal, the summary. */
#ifndef SIM_RUN_CONSOLE_H
#define SIM_RUN_CONSOLE_H

#include "run/finished.h"

#define CONSOLE_GREEN "\033[32m"
#define CONSOLE_RED   "\033[31m"
#define CONSOLE_PLAIN "\033[0m"

struct console {
    bool bar;     /* standard output is a terminal, and there is more than one run */
    bool colours; /* it is a terminal that wants them */
    uint64_t total;
    double started; /* wall time */
};

/* What became of a scenario over all its seeds. */
struct tally {
    uint64_t runs;
    uint64_t failed;
    uint64_t first_failed_seed;
    uint64_t last_seed; /* of the run that ended last */
    uint64_t last_hash;
    int64_t virtual_ns;
    double wall;
    uint64_t hash; /* over all runs, in whatever order they ended */
    uint64_t events;
};

/* Standard output takes colours: it is a terminal, and NO_COLOR is not set. */
bool console_has_colours(void);
double console_seconds(void); /* of real time, from anywhere */

void console_begin(struct console *console, uint64_t total);
void console_progress(const struct console *console, uint64_t done, uint64_t failed);
void console_failure(const struct console *console, const struct finished *finished);
/* The one line of a scenario: over all its seeds. */
void console_tally(const struct console *console, const char *path, const struct tally *tally);
/* `signal` is what stopped it before its end, or 0. */
void console_end(const struct console *console, uint64_t done, uint64_t failed, int signal);
void console_clear(const struct console *console);

#endif
