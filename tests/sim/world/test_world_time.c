#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return now.tv_sec * S + now.tv_nsec;
}

static void body_origins(void)
{
    struct timespec utc;
    struct timeval day;
    CHECK(sim_now() == 0);
    CHECK(read_clock(CLOCK_MONOTONIC) == SIM_MONOTONIC_ORIGIN_NS + sim_now());
    CHECK(read_clock(CLOCK_REALTIME) == SIM_WALL_ORIGIN_NS + sim_now());
    CHECK(sim_now() == 2 * POINT);
    CHECK(time(NULL) == SIM_WALL_ORIGIN_NS / S);
    CHECK(timespec_get(&utc, TIME_UTC) == TIME_UTC);
    CHECK(utc.tv_sec * S + utc.tv_nsec == SIM_WALL_ORIGIN_NS + sim_now());
    CHECK(gettimeofday(&day, NULL) == 0);
    CHECK(day.tv_sec == SIM_WALL_ORIGIN_NS / S && day.tv_usec == sim_now() / 1000);
}

static void clocks_start_at_their_origins_and_every_look_costs_a_point(void **state)
{
    (void)state;
    harness_expect_success(body_origins, NULL);
}

static void body_sleeps(void)
{
    struct timespec second = {.tv_sec = 1};
    struct timespec absolute = {.tv_sec = SIM_MONOTONIC_ORIGIN_NS / S + 10};
    struct timespec wrong = {.tv_nsec = -1};
    sim_sleep_until(S);
    CHECK(sim_now() == S);
    CHECK(nanosleep(&second, NULL) == 0);
    CHECK(sim_now() == 2 * S);
    CHECK(usleep(5) == 0);
    CHECK(sim_now() == 2 * S + 5000);
    CHECK(sleep(1) == 0);
    CHECK(sim_now() == 3 * S + 5000);
    CHECK(thrd_sleep(&second, NULL) == 0);
    CHECK(sim_now() == 4 * S + 5000);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &absolute, NULL) == 0);
    CHECK(sim_now() == 10 * S);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &second, NULL) == 0);
    CHECK(sim_now() == 11 * S);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &absolute, NULL) == 0);
    CHECK(sim_now() == 11 * S + POINT);
    CHECK(nanosleep(&wrong, NULL) == -1 && errno == EINVAL);
}

static void sleeps_end_exactly(void **state)
{
    (void)state;
    harness_expect_success(body_sleeps, NULL);
}

static void check_skewed(void *unused)
{
    (void)unused;
    int64_t started_ns = sim_now();
    CHECK(read_clock(CLOCK_REALTIME) == SIM_WALL_ORIGIN_NS + sim_now() - 3600 * S + (sim_now() - started_ns) / 1000);
    CHECK(read_clock(CLOCK_MONOTONIC) == SIM_MONOTONIC_ORIGIN_NS + sim_now());
    struct timespec wake = {.tv_sec = SIM_WALL_ORIGIN_NS / S - 3600 + 1001};
    CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &wake, NULL) == 0);
    CHECK(read_clock(CLOCK_REALTIME) >= wake.tv_sec * S);
    CHECK(sim_now() > 999 * S && sim_now() < 1001 * S);
}

static void body_process_clock(void)
{
    struct sim_process_options options = {
        .name = "skewed", .wall_offset_ns = -3600 * S, .wall_drift_ppb = 1000000}; /* a millisecond a second */
    struct sim_process *process = sim_process_create(&options);
    sim_process_spawn(process, "checker", check_skewed, NULL);
    sim_sleep_until(2000 * S);
    CHECK(sim_process_threads(process) == 0);
    CHECK(read_clock(CLOCK_REALTIME) == SIM_WALL_ORIGIN_NS + sim_now());
    CHECK(sim_process_wall_offset(process) == -3600 * S + sim_now() / 1000);
}

static void every_process_has_its_own_wall_clock_with_drift(void **state)
{
    (void)state;
    harness_expect_success(body_process_clock, NULL);
}

static int64_t woke_ns;

static void sleep_on_the_wall(void *unused)
{
    (void)unused;
    struct timespec wake = {.tv_sec = SIM_WALL_ORIGIN_NS / S + 100};
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &wake, NULL);
    woke_ns = sim_now();
    sim_hand_over(&woke_ns);
}

static void body_step(void)
{
    struct sim_process *process = sim_process_create(&(struct sim_process_options){.name = "stepped"});
    sim_process_spawn(process, "sleeper", sleep_on_the_wall, NULL);
    sim_sleep_until(10 * S);
    sim_process_set_wall(process, 60 * S, 0);
    sim_sleep_until(20 * S);
    sim_process_set_wall(process, 50 * S, 0);
    sim_sleep_until(90 * S);
    sim_take_over(&woke_ns);
    CHECK(woke_ns == 50 * S);
}

static void waits_on_the_wall_clock_follow_its_steps(void **state)
{
    (void)state;
    harness_expect_success(body_step, NULL);
}

/* A loop on the clock ends, because every look costs time. */
static void body_loop(void)
{
    int64_t end_ns = SIM_MONOTONIC_ORIGIN_NS + MS;
    int looks = 0;
    while (read_clock(CLOCK_MONOTONIC) < end_ns) {
        looks++;
    }
    CHECK(looks == MS / POINT - 1);
}

static void loop_on_the_clock_ends(void **state)
{
    (void)state;
    harness_expect_success(body_loop, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_start_at_their_origins_and_every_look_costs_a_point),
        cmocka_unit_test(sleeps_end_exactly),
        cmocka_unit_test(every_process_has_its_own_wall_clock_with_drift),
        cmocka_unit_test(waits_on_the_wall_clock_follow_its_steps),
        cmocka_unit_test(loop_on_the_clock_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
