/* Time and every wait.  The core never asks the system for the time, and never sleeps or waits but through here. */
#ifndef PORTS_CLOCK_H
#define PORTS_CLOCK_H

#include <pthread.h>
#include <stdint.h>

#include "base/lock.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)
#define NEVER_NS  INT64_MAX /* the deadline of a wait without one */

struct clock {
    /* For timers and durations: never goes back, origin unspecified. */
    int64_t (*monotonic_ns)(struct clock *clock);
    /* For timestamps: nanoseconds since 1970, may be stepped at any time. */
    int64_t (*wall_ns)(struct clock *clock);
    /* Until the monotonic clock reaches `deadline_ns`. */
    void (*sleep_until)(struct clock *clock, int64_t deadline_ns);
    /*
     * Wait on `condition` (initialised with default attributes), with `mutex` held, until signalled or until the
     * monotonic clock reaches `deadline_ns` (NEVER_NS: no deadline).  Wakes without a signal are possible.
     * Returns 0, or CARAFE_TIMEOUT when the deadline has passed.
     */
    int (*wait_until)(struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline_ns);
};

/* The same with a lock, which has to be the only one that is held: a wait gives up no other. */
static inline int clock_wait(struct clock *clock, pthread_cond_t *condition, struct lock *lock, int64_t deadline_ns)
{
    lock_suspend(lock);
    int code = clock->wait_until(clock, condition, &lock->mutex, deadline_ns);
    lock_resume(lock);
    return code;
}

#endif
