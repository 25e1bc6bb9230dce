/*
 * A trial of an invariant: a scenario in which the core as it is passes, and with one bug fails by this invariant, and
 * by no other.
 */
#ifndef TESTS_SIM_INVARIANTS_TRIAL_H
#define TESTS_SIM_INVARIANTS_TRIAL_H

#include <stddef.h>

#include "broken_core.h"

struct trial {
    const char *claim;
    enum bug bug;
    int invariant;
    const char *words;    /* of the failure */
    const char *scenario; /* without what is said of invariants */
};

struct trials {
    const struct trial *list;
    size_t count;
};

extern const struct trials trials_of_offsets;   /* 1, 2, 3, 11 */
extern const struct trials trials_of_lifecycle; /* 4, 8, 9, 10 */
extern const struct trials trials_of_reporting; /* 5, 6, 7 */
extern const struct trials trials_of_the_end;   /* 12, 13 */

#define TRIALS(array)                                                                                                  \
    {                                                                                                                  \
        (array), sizeof(array) / sizeof *(array)                                                                       \
    }

/* One broker, s1 with handlers of orders; `settings` of the server. */
#define SERVER(settings)                                                                                               \
    "cluster brokers=1\n"                                                                                              \
    "topic   orders partitions=2\n"                                                                                    \
    "server  s1 group=billing shutdown_timeout=2s forceful_shutdown_wait=3s " settings "\n"

/* It gets 40 messages, is told to stop at `stop`, and ends. */
#define LIFE(stop)                                                                                                     \
    "at 0    load orders 40\n"                                                                                         \
    "at 0    start s1\n"                                                                                               \
    "at " stop " signal s1 TERM\n"                                                                                     \
    "by +10s expect exit s1\n"

#endif
