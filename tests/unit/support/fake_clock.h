/*
 * A clock that stands still until a test moves it.
 *
 * Waits are real waits on real conditions; a wait whose deadline is passed by fake_clock_advance() ends.  Nothing here
 * depends on the speed of the machine.
 */
#ifndef SUPPORT_FAKE_CLOCK_H
#define SUPPORT_FAKE_CLOCK_H

#include <pthread.h>

#include "ports/clock.h"

#define FAKE_CLOCK_START_NS  (INT64_C(1000) * NS_PER_S)
#define FAKE_CLOCK_WAITS_MAX 256

struct fake_wait {
    pthread_cond_t *condition;
    int64_t deadline_ns;
};

struct fake_clock {
    struct clock port;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a wait began, or time moved */
    int64_t now_ns;
    struct fake_wait waits[FAKE_CLOCK_WAITS_MAX];
};

void fake_clock_init(struct fake_clock *clock);
void fake_clock_close(struct fake_clock *clock);

/* Returns when every wait whose deadline is reached has ended. */
void fake_clock_advance(struct fake_clock *clock, int64_t duration_ms);

/* Until somebody waits for exactly the deadline of `duration_ms` from now. */
void fake_clock_await_deadline(struct fake_clock *clock, int64_t duration_ms);

/* Until somebody waits with exactly this deadline (NEVER_NS: without one). */
void fake_clock_await_wait(struct fake_clock *clock, int64_t deadline_ns);

#endif
