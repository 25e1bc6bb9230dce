#include "world/clock.h"

#include "world/process.h"
#include "world/scheduler.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define SECONDS_MAX   INT64_C(9000000000) /* what is later is never */

int64_t sim_now(void)
{
    return sim_world.now_ns;
}

void sim_point(void)
{
    sim_scheduler_point();
}

void sim_sleep_until(int64_t deadline_ns)
{
    if (deadline_ns <= sim_world.now_ns) {
        sim_scheduler_point();
        return;
    }
    /* Nothing else can wake it early; a pause may make it late. */
    while (sim_world.now_ns < deadline_ns) {
        sim_scheduler_wait(WAIT_SLEEP, NULL, deadline_ns);
    }
}

static bool is_wall(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

int64_t sim_clock_read(clockid_t clock)
{
    if (is_wall(clock)) {
        return sim_process_wall_at(sim_world.current->process, sim_world.now_ns);
    }
    return SIM_MONOTONIC_ORIGIN_NS + sim_world.now_ns;
}

struct timespec sim_clock_timespec(int64_t ns)
{
    int64_t seconds = ns / NS_PER_SECOND;
    int64_t rest = ns % NS_PER_SECOND;
    if (rest < 0) {
        seconds--;
        rest += NS_PER_SECOND;
    }
    return (struct timespec){.tv_sec = seconds, .tv_nsec = rest};
}

int64_t sim_clock_ns(const struct timespec *time)
{
    if (time->tv_sec > SECONDS_MAX) {
        return SIM_NEVER;
    }
    if (time->tv_sec < -SECONDS_MAX) {
        return -SECONDS_MAX * NS_PER_SECOND;
    }
    return (int64_t)time->tv_sec * NS_PER_SECOND + time->tv_nsec;
}

struct sim_deadline sim_clock_deadline(clockid_t clock, const struct timespec *time)
{
    int64_t ns = sim_clock_ns(time);
    if (ns == SIM_NEVER) {
        return SIM_NO_DEADLINE;
    }
    if (is_wall(clock)) {
        return (struct sim_deadline){sim_process_wall_to_now(sim_world.current->process, ns), ns};
    }
    return (struct sim_deadline){ns - SIM_MONOTONIC_ORIGIN_NS, SIM_NEVER};
}

int64_t sim_clock_after(int64_t duration_ns)
{
    if (duration_ns < 0 || duration_ns > SIM_NEVER - sim_world.now_ns) {
        return SIM_NEVER;
    }
    return sim_world.now_ns + duration_ns;
}

void sim_clock_sleep(struct sim_deadline deadline)
{
    if (deadline.now_ns <= sim_world.now_ns) {
        sim_scheduler_point();
        return;
    }
    /* Its deadline moves with the wall clock, so the wait itself knows when it is over. */
    while (!sim_scheduler_wait_wall(WAIT_SLEEP, NULL, deadline.now_ns, deadline.wall_ns)) {
    }
}
