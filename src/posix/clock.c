#include "posix/posix.h"

#include <errno.h>
#include <time.h>

#include "base/assert.h"
#include "carafe.h"

static int64_t now_ns(clockid_t id)
{
    struct timespec now;
    ASSERT(clock_gettime(id, &now) == 0);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static struct timespec timespec_of(int64_t ns)
{
    if (ns < 0) {
        ns = 0; /* before the origin is as past as the origin */
    }
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

static int64_t monotonic_ns(struct clock *clock)
{
    (void)clock;
    return now_ns(CLOCK_MONOTONIC);
}

static int64_t wall_ns(struct clock *clock)
{
    (void)clock;
    return now_ns(CLOCK_REALTIME);
}

static void sleep_until(struct clock *clock, int64_t deadline_ns)
{
    (void)clock;
    const struct timespec deadline = timespec_of(deadline_ns);
    int result = 0;
    do {
        result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
    } while (result == EINTR);
    ASSERT(result == 0);
}

static int wait_until(struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline_ns)
{
    (void)clock;
    if (deadline_ns == NEVER_NS) {
        ASSERT(pthread_cond_wait(condition, mutex) == 0);
        return 0;
    }
    const struct timespec deadline = timespec_of(deadline_ns);
    int result = pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &deadline);
    ASSERT(result == 0 || result == ETIMEDOUT);
    return result == 0 ? 0 : CARAFE_TIMEOUT;
}

struct clock *posix_clock(void)
{
    static struct clock clock = {
        .monotonic_ns = monotonic_ns, .wall_ns = wall_ns, .sleep_until = sleep_until, .wait_until = wait_until};
    return &clock;
}
