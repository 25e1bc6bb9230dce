/* What the world says when it cannot go on. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static void *lock_crosswise(void *unused)
{
    pthread_setname_np(pthread_self(), "crosser");
    pthread_mutex_lock(&second);
    sim_sleep_until(MS);
    pthread_mutex_lock(&first);
    return unused;
}

static void body_deadlock(void)
{
    pthread_t thread;
    pthread_mutex_lock(&first);
    pthread_create(&thread, NULL, lock_crosswise, NULL);
    sim_sleep_until(2 * MS);
    pthread_mutex_lock(&second);
}

static void deadlock_names_who_waits_for_what(void **state)
{
    (void)state;
    harness_expect_failure(body_deadlock,
                           "world: deadlock: main waits for mutex 2 in a ring, in which crosser waits for ");
    harness_expect_failure(
        body_deadlock, "world: main (thread 1) in pthread_mutex_lock: waits for mutex 2 held by crosser (thread 2)");
    harness_expect_failure(body_deadlock, "world: crosser (thread 2) in pthread_mutex_lock: waits for mutex 1 held by "
                                          "main (thread 1); holds 1 locks");
}

static void *await_nothing(void *unused)
{
    pthread_mutex_lock(&first);
    pthread_cond_wait(&condition, &first);
    return unused;
}

static void body_nobody_signals(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, await_nothing, NULL);
    pthread_join(thread, NULL);
}

static void lost_signal_is_a_deadlock(void **state)
{
    (void)state;
    harness_expect_failure(body_nobody_signals, "waits for the end of thread-2 (thread 2)");
    harness_expect_failure(body_nobody_signals, "waits for condition ");
}

static void body_relock(void)
{
    pthread_mutex_lock(&first);
    pthread_mutex_lock(&first);
}

static void relock_by_its_owner_is_a_deadlock(void **state)
{
    (void)state;
    harness_expect_failure(body_relock, "world: deadlock: main locks mutex 1, which it holds already");
}

static void body_unlock(void)
{
    pthread_mutex_unlock(&first);
}

static void unlock_of_a_mutex_not_owned_is_misuse(void **state)
{
    (void)state;
    harness_expect_failure(body_unlock, "world: misuse: main unlocks mutex 1, which it does not hold");
}

static void body_wait_without_mutex(void)
{
    pthread_cond_wait(&condition, &first);
}

static void wait_without_its_mutex_is_misuse(void **state)
{
    (void)state;
    harness_expect_failure(body_wait_without_mutex, "main waits on condition 1 without holding mutex 2");
}

static void body_fork(void)
{
    fork();
}

static void body_epoll(void)
{
    epoll_create1(0);
}

static void body_eventfd(void)
{
    eventfd(0, 0);
}

static void body_select(void)
{
    struct timeval timeout = {0};
    select(0, NULL, NULL, NULL, &timeout);
}

static void body_cancel(void)
{
    pthread_cancel(pthread_self());
}

static void body_barrier(void)
{
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 1);
}

static void body_datagram(void)
{
    socket(AF_INET, SOCK_DGRAM, 0);
}

static void body_dup(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    dup(ends[0]);
}

static void calls_that_are_not_there_end_the_run_by_name(void **state)
{
    (void)state;
    harness_expect_failure(body_fork, "world: unsupported: fork() is not part of the simulated world");
    harness_expect_failure(body_epoll, "epoll_create1() is not part");
    harness_expect_failure(body_eventfd, "eventfd() is not part");
    harness_expect_failure(body_select, "select() is not part");
    harness_expect_failure(body_cancel, "pthread_cancel() is not part");
    harness_expect_failure(body_barrier, "pthread_barrier_init() is not part");
    harness_expect_failure(body_datagram, "world: unsupported: socket(2, 2, 0)");
    harness_expect_failure(body_dup, "dup() is not part");
}

static volatile bool go_on = true;

static void *spin_for_real(void *unused)
{
    pthread_setname_np(pthread_self(), "spinner");
    while (go_on) {
    }
    return unused;
}

static void body_spin(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, spin_for_real, NULL);
    pthread_join(thread, NULL);
}

static void watchdog_names_the_thread_that_spins(void **state)
{
    (void)state;
    for (int backend = SIM_COROUTINES; backend <= SIM_THREADS; backend++) {
        struct sim_options options;
        struct harness_outcome outcome;
        sim_options_init(&options);
        options.backend = (enum sim_backend)backend;
        options.wall_limit_ms = 50;
        harness_run(&options, body_spin, &outcome);
        assert_int_equal(outcome.exit_code, SIM_EXIT_FAILURE);
        assert_non_null(strstr(outcome.text, "world: watchdog: more than 50 ms of real time; running: world: spinner "
                                             "(thread 2), its last call: pthread_setname_np"));
    }
}

static void body_livelock(void)
{
    for (;;) {
        sim_point();
    }
}

static void body_events(void)
{
    for (int i = 0; i < 3000; i++) {
        sim_point();
        if (i % 900 == 0) {
            sim_trace_event("on", 2);
        }
    }
}

static void livelock_is_many_points_without_an_event(void **state)
{
    struct sim_options options;
    struct harness_outcome outcome;
    (void)state;
    sim_options_init(&options);
    options.livelock_points = 1000;
    harness_run(&options, body_livelock, &outcome);
    assert_int_equal(outcome.exit_code, SIM_EXIT_FAILURE);
    assert_non_null(strstr(outcome.text, "world: livelock: 1000 scheduling points without an event or a socket byte"));
    harness_run(&options, body_events, &outcome);
    assert_int_equal(outcome.exit_code, 0);
}

static void *wait_for_ever(void *unused)
{
    for (;;) {
        sim_sleep_until(sim_now() + MS / 10);
        sim_trace_event("on", 2);
    }
    return unused;
}

static void body_spin_beside_events(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_ever, NULL);
    pthread_setname_np(pthread_self(), "spinner");
    body_livelock();
}

static void body_waits_beside_events(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_ever, NULL);
    for (int i = 0; i < 100; i++) {
        for (int point = 0; point < 900; point++) {
            sim_point();
        }
        sim_sleep_until(sim_now() + MS);
    }
}

static void livelock_is_a_thread_that_spins_whatever_others_do(void **state)
{
    struct sim_options options;
    struct harness_outcome outcome;
    (void)state;
    sim_options_init(&options);
    options.spin_points = 1000;
    harness_run(&options, body_spin_beside_events, &outcome);
    assert_int_equal(outcome.exit_code, SIM_EXIT_FAILURE);
    assert_non_null(
        strstr(outcome.text, "world: livelock: spinner: 1000 scheduling points without a wait, an event or"));
    harness_run(&options, body_waits_beside_events, &outcome);
    assert_int_equal(outcome.exit_code, 0);
}

static void *swap_locks(void *unused)
{
    pthread_setname_np(pthread_self(), "crosser");
    pthread_mutex_lock(&second);
    sim_sleep_until(MS);
    pthread_mutex_lock(&first);
    return unused;
}

static void body_ring(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_ever, NULL);
    pthread_mutex_lock(&first);
    pthread_create(&thread, NULL, swap_locks, NULL);
    sim_sleep_until(2 * MS);
    pthread_mutex_lock(&second);
}

static void ring_of_locks_is_a_deadlock_whatever_others_do(void **state)
{
    (void)state;
    harness_expect_failure(body_ring, "world: deadlock: main waits for mutex 2 in a ring, in which crosser waits for ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlock_names_who_waits_for_what),
        cmocka_unit_test(lost_signal_is_a_deadlock),
        cmocka_unit_test(relock_by_its_owner_is_a_deadlock),
        cmocka_unit_test(unlock_of_a_mutex_not_owned_is_misuse),
        cmocka_unit_test(wait_without_its_mutex_is_misuse),
        cmocka_unit_test(calls_that_are_not_there_end_the_run_by_name),
        cmocka_unit_test(watchdog_names_the_thread_that_spins),
        cmocka_unit_test(livelock_is_many_points_without_an_event),
        cmocka_unit_test(livelock_is_a_thread_that_spins_whatever_others_do),
        cmocka_unit_test(ring_of_locks_is_a_deadlock_whatever_others_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
