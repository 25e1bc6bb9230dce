/*
 * The thread that reports while the server runs: looks every tenth of the interval, at once when a report is due,
 * woken or asked for a forced one.
 *
 * Locks: one of its own, never held while it reports.
 */
#ifndef TRACKING_SCHEDULER_H
#define TRACKING_SCHEDULER_H

#include <pthread.h>

#include "base/lock.h"
#include "ports/clock.h"
#include "tracking/reporter.h"

struct scheduler {
    struct clock *clock;
    struct reporter *reporter;
    int64_t interval_ms;

    struct lock lock;
    pthread_cond_t changed;
    bool started;
    bool joined;
    bool woken;
    bool ending;
    pthread_t thread;
};

void scheduler_init(struct scheduler *scheduler, struct clock *clock, struct reporter *reporter, int64_t interval_ms);
/* Ends and joins the thread. Not from that thread. */
void scheduler_close(struct scheduler *scheduler);

/* Once; later calls do nothing, also after an end. CARAFE_FAILED: no thread. */
int scheduler_start(struct scheduler *scheduler, struct carafe_error *error) CARAFE_RESULT;
void scheduler_wake(struct scheduler *scheduler);
/* Let the thread end; does not wait for it. */
void scheduler_end(struct scheduler *scheduler);
/* Wait until the thread has ended. Only after scheduler_end(). */
void scheduler_join(struct scheduler *scheduler);

#endif
