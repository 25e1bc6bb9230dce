#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"

static void *add_one(void *argument)
{
    return (char *)argument + 1;
}

static void body_join(void)
{
    char bytes[2];
    void *result;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, add_one, bytes) == 0);
    CHECK(pthread_join(thread, &result) == 0);
    CHECK(result == bytes + 1);
    CHECK(pthread_join(pthread_self(), NULL) == EDEADLK);
}

static void join_gives_the_result(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_join, &outcome);
    assert_int_equal(outcome.summary.threads_live, 1);
    assert_int_equal(outcome.summary.threads_created, 2);
}

static void *exit_from_within(void *argument)
{
    pthread_exit((char *)argument + 1);
    return NULL;
}

static void body_exit(void)
{
    char bytes[2];
    void *result;
    pthread_t thread;
    pthread_create(&thread, NULL, exit_from_within, bytes);
    pthread_join(thread, &result);
    CHECK(result == bytes + 1);
}

static void thread_exit_gives_the_result(void **state)
{
    (void)state;
    harness_expect_success(body_exit, NULL);
}

/* A thread that ended and was not joined keeps its identity for itself. */
static void body_identity(void)
{
    enum { COUNT = 50 };
    pthread_t threads[COUNT];
    char bytes[COUNT + 1];
    void *result;
    for (int i = 0; i < COUNT; i++) {
        pthread_create(&threads[i], NULL, add_one, &bytes[i]);
        sim_sleep_until(sim_now() + MS);
    }
    for (int i = COUNT - 1; i >= 0; i--) {
        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result == &bytes[i + 1]);
    }
}

static void ended_thread_is_not_taken_for_a_new_one(void **state)
{
    (void)state;
    harness_expect_success(body_identity, NULL);
}

static void body_detach(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &attributes, add_one, NULL);
    pthread_create(&thread, NULL, add_one, NULL);
    CHECK(pthread_detach(thread) == 0);
    sim_sleep_until(MS);
    pthread_create(&thread, NULL, add_one, NULL);
    sim_sleep_until(2 * MS);
    CHECK(pthread_detach(thread) == 0);
    CHECK(pthread_join(thread, NULL) == ESRCH);
}

static void detached_threads_leave_nothing(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_detach, &outcome);
    assert_int_equal(outcome.summary.threads_live, 1);
}

static void *name_itself(void *unused)
{
    char name[32];
    CHECK(pthread_setname_np(pthread_self(), "worker") == 0);
    CHECK(pthread_getname_np(pthread_self(), name, sizeof(name)) == 0);
    CHECK(strcmp(name, "worker") == 0);
    CHECK(pthread_getname_np(pthread_self(), name, 3) == ERANGE);
    CHECK(strcmp(sim_thread_name(), "worker") == 0);
    sim_thread_set_name("other");
    CHECK(strcmp(sim_thread_name(), "other") == 0);
    CHECK(sim_thread_number() == 2);
    return unused;
}

static void body_names(void)
{
    pthread_t thread;
    CHECK(strcmp(sim_thread_name(), "main") == 0);
    pthread_create(&thread, NULL, name_itself, NULL);
    pthread_join(thread, NULL);
    CHECK(strcmp(sim_thread_name(), "main") == 0);
}

static void threads_keep_their_names(void **state)
{
    (void)state;
    harness_expect_success(body_names, NULL);
}

static pthread_key_t key;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int destroyed;
static int destroyed_by;

/* A destructor may lock and wait like any code of the thread. */
static void destroy_value(void *value)
{
    pthread_mutex_lock(&mutex);
    sim_sleep_until(sim_now() + MS);
    destroyed += *(int *)value;
    destroyed_by = sim_thread_number();
    pthread_mutex_unlock(&mutex);
}

static void *use_key(void *value)
{
    pthread_setspecific(key, value);
    return NULL;
}

static void body_keys(void)
{
    pthread_t threads[4];
    int value = 7;
    pthread_key_create(&key, destroy_value);
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, use_key, &value);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(destroyed == 28);
    CHECK(destroyed_by > 1);
    pthread_key_delete(key);
}

static void destructors_run_on_their_simulated_thread(void **state)
{
    (void)state;
    harness_expect_success(body_keys, NULL);
}

static thread_local int own = 5;

static void *change_own(void *unused)
{
    CHECK(own == 5);
    own = 6;
    errno = 77;
    sched_yield();
    sim_sleep_until(sim_now() + MS);
    CHECK(errno == 77);
    CHECK(own == 6);
    return unused;
}

static void body_thread_local(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, change_own, NULL);
    }
    errno = 33;
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(errno == 33);
    CHECK(own == 5);
}

static void errno_and_thread_locals_stay_with_their_thread(void **state)
{
    (void)state;
    harness_expect_success(body_thread_local, NULL);
}

static int tell_current(void *unused)
{
    (void)unused;
    return (int)thrd_current();
}

static void body_c11_identity(void)
{
    thrd_t thread;
    int number;
    CHECK(thrd_current() == 1);
    thrd_create(&thread, tell_current, NULL);
    CHECK(thrd_join(thread, &number) == thrd_success);
    CHECK(number == 2);
}

static void c11_current_thread_is_a_number_and_no_address(void **state)
{
    (void)state;
    harness_expect_success(body_c11_identity, NULL);
}

static void body_mask(void)
{
    sigset_t set;
    sigset_t old;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &old) == 0);
    CHECK(sigismember(&old, SIGTERM) == 1);
    CHECK(pthread_sigmask(SIG_UNBLOCK, &set, &old) == 0);
    CHECK(pthread_sigmask(SIG_SETMASK, NULL, &old) == 0);
    CHECK(sigismember(&old, SIGTERM) == 0);
    CHECK(pthread_kill(pthread_self(), 0) == 0);
}

static void signal_mask_is_remembered(void **state)
{
    (void)state;
    harness_expect_success(body_mask, NULL);
}

static void *sleep_long(void *unused)
{
    sim_sleep_until(1000 * S);
    return unused;
}

static void body_abandon(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, sleep_long, NULL);
    sim_sleep_until(S);
}

static void summary_counts_threads_that_are_left(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_abandon, &outcome);
    assert_int_equal(outcome.summary.threads_live, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_gives_the_result),
        cmocka_unit_test(thread_exit_gives_the_result),
        cmocka_unit_test(ended_thread_is_not_taken_for_a_new_one),
        cmocka_unit_test(detached_threads_leave_nothing),
        cmocka_unit_test(threads_keep_their_names),
        cmocka_unit_test(destructors_run_on_their_simulated_thread),
        cmocka_unit_test(errno_and_thread_locals_stay_with_their_thread),
        cmocka_unit_test(c11_current_thread_is_a_number_and_no_address),
        cmocka_unit_test(signal_mask_is_remembered),
        cmocka_unit_test(summary_counts_threads_that_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
