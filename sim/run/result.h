/* What one run says when it is over: filled in by the run's own process, read by the one that started it. */
#ifndef SIM_RUN_RESULT_H
#define SIM_RUN_RESULT_H

#include "run/options.h"

#define RESULT_TEXT_MAX  32768
#define RESULT_EVENTS    5
#define RESULT_EVENT_MAX 256

/* The last events, as lines for a person. */
struct result_events {
    uint64_t count; /* of all so far; event n stands at n % RESULT_EVENTS */
    char text[RESULT_EVENTS][RESULT_EVENT_MAX];
};

struct result {
    bool complete; /* false: the process ended before it could say anything */
    int report;    /* descriptor of what a sanitizer says of the run; -1: there is none */
    enum exit_code code;
    int64_t virtual_ns;
    uint64_t events;
    uint64_t trace_hash;
    struct result_events recent; /* of all processes: what is known of a run that died */
    char text[RESULT_TEXT_MAX];  /* why it failed, ready to print; empty when it passed */
};

#endif
