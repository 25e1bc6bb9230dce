/* Only for ThreadSanitizer: it finds races of code that runs inside, although only one thread runs at a time. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"

enum { RACE_EXIT = 66 }; /* of ThreadSanitizer */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other_mutex = PTHREAD_MUTEX_INITIALIZER;
static int value;
static int ends[2];

/* Whether the one has ended when the other runs or not. */
static void *write_unlocked(void *unused)
{
    value++;
    return unused;
}

static void *write_under_mutex(void *own)
{
    pthread_mutex_lock(own);
    value++;
    pthread_mutex_unlock(own);
    return NULL;
}

static void run_two(void *(*entry)(void *), void *first_argument, void *second_argument)
{
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, entry, first_argument);
    pthread_create(&threads[1], NULL, entry, second_argument);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static void body_unlocked(void)
{
    run_two(write_unlocked, NULL, NULL);
}

static void body_two_mutexes(void)
{
    run_two(write_under_mutex, &mutex, &other_mutex);
}

static void body_one_mutex(void)
{
    run_two(write_under_mutex, &mutex, &mutex);
    value++;
}

static void *read_byte_then_write(void *unused)
{
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);
    value++;
    return unused;
}

static void body_pipe(void)
{
    pthread_t thread;
    CHECK(pipe(ends) == 0);
    pthread_create(&thread, NULL, read_byte_then_write, NULL);
    value++;
    CHECK(write(ends[1], "x", 1) == 1);
    pthread_join(thread, NULL);
}

static void write_late(void *unused)
{
    (void)unused;
    value++;
}

static void body_ended_unseen(void)
{
    sim_process_spawn(sim_process_current(), "ends", write_late, NULL);
    sim_sleep_until(MS);
    value++;
}

static void write_and_hand_over(void *unused)
{
    (void)unused;
    value++;
    sim_hand_over(&value);
}

static void body_handed_over(void)
{
    sim_process_spawn(sim_process_current(), "ends", write_and_hand_over, NULL);
    sim_sleep_until(MS);
    sim_take_over(&value);
    value++;
}

static void expect_race(void (*body)(void), bool race)
{
    for (int backend = SIM_COROUTINES; backend <= SIM_THREADS; backend++) {
        struct sim_options options;
        struct harness_outcome outcome;
        sim_options_init(&options);
        options.backend = (enum sim_backend)backend;
        harness_run(&options, body, &outcome);
        bool found = strstr(outcome.text, "ThreadSanitizer: data race") != NULL;
        if (found != race) {
            print_error("backend %d: %s", backend, outcome.text);
        }
        assert_int_equal(found, race);
        assert_int_equal(outcome.exit_code, race ? RACE_EXIT : 0);
    }
}

static void planted_races_are_found(void **state)
{
    (void)state;
    expect_race(body_unlocked, true);
    expect_race(body_two_mutexes, true);
    expect_race(body_ended_unseen, true);
}

static void clean_programs_are_not_accused(void **state)
{
    (void)state;
    expect_race(body_one_mutex, false);
    expect_race(body_pipe, false);
    expect_race(body_handed_over, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_races_are_found),
        cmocka_unit_test(clean_programs_are_not_accused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
