/*
 * Locks that know their place.  Which of them may be taken inside of which is written down once, here, and checked
 * whenever one is taken, in every build; src/README.md shows the same order, and a test compares the two.  What breaks
 * it is an error of the programmer: an assertion that names the locks.
 *
 * Each thread remembers what it holds.  A lock that is being waited with (clock_wait) is not held meanwhile.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>

/*
 * PLACE(symbol, name, outer): may be taken when nothing is held, or when `outer` is, or what `outer` may be inside of.
 * The outer one stands before the inner one, so that there is no circle.
 */
#define LOCK_ORDER(PLACE)                                                                                              \
    PLACE(SERVER, "server", NONE)                                                                                      \
    PLACE(WORKER_POOL, "worker pool", SERVER)                                                                          \
    PLACE(JOBS_QUEUE, "jobs queue", NONE)                                                                              \
    PLACE(CONSUMER, "consumer", JOBS_QUEUE)                                                                            \
    PLACE(EMISSION, "emission", NONE)                                                                                  \
    PLACE(STATISTICS, "statistics", EMISSION)                                                                          \
    PLACE(STATUS, "status", NONE)                                                                                      \
    PLACE(LISTENER, "listener", NONE)                                                                                  \
    PLACE(FORCEFUL_HELPER, "forceful helper", NONE)                                                                    \
    PLACE(SIGNAL_DISPATCH, "signal dispatch", NONE)                                                                    \
    PLACE(TRACKER, "tracker", NONE)                                                                                    \
    PLACE(REPORTER, "reporter", NONE)                                                                                  \
    PLACE(REPORT_DISPATCH, "report dispatch", NONE)                                                                    \
    PLACE(REPORT_SCHEDULER, "report scheduler", NONE)                                                                  \
    PLACE(LIVENESS, "liveness", NONE)                                                                                  \
    PLACE(MEMBER, "member", NONE)                                                                                      \
    PLACE(PRODUCER, "producer", NONE)                                                                                  \
    PLACE(CARAFE, "carafe", NONE)

enum lock_place {
    LOCK_NONE,
#define LOCK_PLACE(symbol, name, outer) LOCK_##symbol,
    LOCK_ORDER(LOCK_PLACE)
#undef LOCK_PLACE
};

struct lock {
    pthread_mutex_t mutex; /* for the clock, which waits with it */
    enum lock_place place;
    struct lock *outer; /* while held: what its thread took before */
};

void lock_init(struct lock *lock, enum lock_place place);
void lock_close(struct lock *lock);

void lock_take(struct lock *lock);
/* The one that was taken last. */
void lock_give(struct lock *lock);

/* Around a wait, which gives `lock` up and gets it back: it has to be the only one. */
void lock_suspend(struct lock *lock);
void lock_resume(struct lock *lock);

/* For whoever calls what may take its time, or take locks of its own: `what` names it. */
void lock_expect_none_held(const char *what);

#endif
