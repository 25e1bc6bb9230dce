/* Clocks and sleeping. */
#include "world/clock.h"
#include "world/intercept.h"
#include "world/scheduler.h"

#define NS_PER_SECOND INT64_C(1000000000)

SIM_INTERCEPT int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!INSIDE(clock_gettime)) {
        return REAL(clock_gettime)(clock, time);
    }
    sim_scheduler_point();
    *time = sim_clock_timespec(sim_clock_read(clock));
    return 0;
}

SIM_INTERCEPT int timespec_get(struct timespec *time, int base)
{
    if (!INSIDE(timespec_get)) {
        return REAL(timespec_get)(time, base);
    }
    sim_scheduler_point();
    *time = sim_clock_timespec(sim_clock_read(CLOCK_REALTIME));
    return base;
}

SIM_INTERCEPT int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    if (!INSIDE(gettimeofday)) {
        return REAL(gettimeofday)(time, zone);
    }
    sim_scheduler_point();
    struct timespec now = sim_clock_timespec(sim_clock_read(CLOCK_REALTIME));
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

SIM_INTERCEPT time_t time(time_t *result)
{
    if (!INSIDE(time)) {
        return REAL(time)(result);
    }
    sim_scheduler_point();
    time_t now = sim_clock_timespec(sim_clock_read(CLOCK_REALTIME)).tv_sec;
    if (result) {
        *result = now;
    }
    return now;
}

static void sleep_for(int64_t ns)
{
    sim_clock_sleep((struct sim_deadline){sim_clock_after(ns < 0 ? 0 : ns), SIM_NEVER});
}

/* 0, or EINVAL for a time that is none. */
static int check_time(const struct timespec *time)
{
    return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < NS_PER_SECOND ? 0 : EINVAL;
}

SIM_INTERCEPT int nanosleep(const struct timespec *time, struct timespec *left)
{
    if (!INSIDE(nanosleep)) {
        return REAL(nanosleep)(time, left);
    }
    if (check_time(time) != 0) {
        return sim_intercept_result(EINVAL);
    }
    sleep_for(sim_clock_ns(time));
    return 0;
}

SIM_INTERCEPT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
    if (!INSIDE(clock_nanosleep)) {
        return REAL(clock_nanosleep)(clock, flags, time, left);
    }
    if (check_time(time) != 0) {
        return EINVAL;
    }
    if ((flags & TIMER_ABSTIME) != 0) {
        sim_clock_sleep(sim_clock_deadline(clock, time));
    } else {
        sleep_for(sim_clock_ns(time));
    }
    return 0;
}

SIM_INTERCEPT int thrd_sleep(const struct timespec *time, struct timespec *left)
{
    if (!INSIDE(thrd_sleep)) {
        return REAL(thrd_sleep)(time, left);
    }
    if (check_time(time) != 0) {
        return -2;
    }
    sleep_for(sim_clock_ns(time));
    return 0;
}

SIM_INTERCEPT int usleep(useconds_t us)
{
    if (!INSIDE(usleep)) {
        return REAL(usleep)(us);
    }
    sleep_for((int64_t)us * 1000);
    return 0;
}

SIM_INTERCEPT unsigned sleep(unsigned seconds)
{
    if (!INSIDE(sleep)) {
        return REAL(sleep)(seconds);
    }
    sleep_for((int64_t)seconds * NS_PER_SECOND);
    return 0;
}
