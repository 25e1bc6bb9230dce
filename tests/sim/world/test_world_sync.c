#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <threads.h>
#include <time.h>

#include <cmocka.h>

#include "harness.h"

enum { THREADS = 8, ROUNDS = 200 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int counter;
static int inside;

static void run_threads(void *(*entry)(void *))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, entry, NULL) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
    }
}

static void *count_up(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        CHECK(++inside == 1);
        sim_point();
        counter++;
        inside--;
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void body_mutual_exclusion(void)
{
    run_threads(count_up);
    CHECK(counter == THREADS * ROUNDS);
}

static void mutex_lets_one_thread_in_at_a_time(void **state)
{
    (void)state;
    harness_expect_success(body_mutual_exclusion, NULL);
}

static void body_mutex_kinds(void)
{
    pthread_mutex_t recursive;
    pthread_mutex_t checking;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checking, &attributes);
    CHECK(pthread_mutex_lock(&recursive) == 0);
    CHECK(pthread_mutex_lock(&recursive) == 0);
    CHECK(pthread_mutex_unlock(&recursive) == 0);
    CHECK(pthread_mutex_destroy(&recursive) == EBUSY);
    CHECK(pthread_mutex_unlock(&recursive) == 0);
    CHECK(pthread_mutex_unlock(&recursive) == EPERM);
    CHECK(pthread_mutex_destroy(&recursive) == 0);
    CHECK(pthread_mutex_lock(&checking) == 0);
    CHECK(pthread_mutex_lock(&checking) == EDEADLK);
    CHECK(pthread_mutex_unlock(&checking) == 0);
    CHECK(pthread_mutex_unlock(&checking) == EPERM);
}

static void mutex_kinds_answer_as_posix_says(void **state)
{
    (void)state;
    harness_expect_success(body_mutex_kinds, NULL);
}

static void *hold_for_a_second(void *unused)
{
    pthread_mutex_lock(&mutex);
    sim_sleep_until(sim_now() + S);
    pthread_mutex_unlock(&mutex);
    return unused;
}

static struct timespec at(int64_t monotonic_ns)
{
    return (struct timespec){.tv_sec = monotonic_ns / S, .tv_nsec = monotonic_ns % S};
}

static void body_timed_lock(void)
{
    pthread_t holder;
    int64_t deadline_ns = 500 * MS;
    struct timespec deadline = at(SIM_MONOTONIC_ORIGIN_NS + deadline_ns);
    struct timespec wall = at(SIM_WALL_ORIGIN_NS + 600 * MS);
    pthread_create(&holder, NULL, hold_for_a_second, NULL);
    sim_sleep_until(MS);
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
    CHECK(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &deadline) == ETIMEDOUT);
    CHECK(sim_now() == deadline_ns);
    CHECK(pthread_mutex_timedlock(&mutex, &wall) == ETIMEDOUT);
    CHECK(sim_now() == 600 * MS);
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(sim_now() > S && sim_now() < S + MS);
    pthread_mutex_unlock(&mutex);
    pthread_join(holder, NULL);
}

static void mutex_timed_lock_ends_exactly_at_its_deadline(void **state)
{
    (void)state;
    harness_expect_success(body_timed_lock, NULL);
}

static void body_condition_timeout(void)
{
    pthread_condattr_t attributes;
    pthread_cond_t monotonic;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&monotonic, &attributes);
    struct timespec deadline = at(SIM_MONOTONIC_ORIGIN_NS + 2 * S + 17);
    pthread_mutex_lock(&mutex);
    CHECK(pthread_cond_timedwait(&monotonic, &mutex, &deadline) == ETIMEDOUT);
    CHECK(sim_now() == 2 * S + 17);
    deadline = at(SIM_WALL_ORIGIN_NS + 3 * S);
    CHECK(pthread_cond_timedwait(&condition, &mutex, &deadline) == ETIMEDOUT);
    CHECK(sim_now() == 3 * S);
    deadline = at(SIM_MONOTONIC_ORIGIN_NS + 4 * S + 1);
    CHECK(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &deadline) == ETIMEDOUT);
    CHECK(sim_now() == 4 * S + 1);
    CHECK(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &deadline) == ETIMEDOUT);
    CHECK(sim_now() < 4 * S + 10000);
    pthread_mutex_unlock(&mutex);
}

static void condition_timed_wait_ends_exactly_at_its_deadline(void **state)
{
    (void)state;
    harness_expect_success(body_condition_timeout, NULL);
}

static void *await_turn(void *unused)
{
    pthread_mutex_lock(&mutex);
    inside++;
    while (counter == 0) {
        pthread_cond_wait(&condition, &mutex);
    }
    counter--;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void body_condition_signal(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, await_turn, NULL);
    }
    sim_sleep_until(MS);
    pthread_mutex_lock(&mutex);
    CHECK(inside == THREADS);
    counter = 1;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    sim_sleep_until(2 * MS);
    pthread_mutex_lock(&mutex);
    CHECK(counter == 0);
    counter = THREADS - 1;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(counter == 0);
}

static void condition_signal_wakes_one_and_broadcast_all(void **state)
{
    (void)state;
    harness_expect_success(body_condition_signal, NULL);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int readers;
static atomic_int readers_most;
static int writers;

static void *read_and_write(void *unused)
{
    for (int i = 0; i < 20; i++) {
        pthread_rwlock_rdlock(&rwlock);
        int now = atomic_fetch_add(&readers, 1) + 1;
        readers_most = now > readers_most ? now : readers_most;
        CHECK(writers == 0);
        sim_point();
        atomic_fetch_sub(&readers, 1);
        pthread_rwlock_unlock(&rwlock);
        pthread_rwlock_wrlock(&rwlock);
        CHECK(++writers == 1 && readers == 0);
        sim_point();
        writers--;
        pthread_rwlock_unlock(&rwlock);
    }
    return unused;
}

static void body_rwlock(void)
{
    struct timespec wall = at(SIM_WALL_ORIGIN_NS + S);
    run_threads(read_and_write);
    CHECK(readers_most > 1);
    CHECK(pthread_rwlock_tryrdlock(&rwlock) == 0);
    CHECK(pthread_rwlock_trywrlock(&rwlock) == EBUSY);
    CHECK(pthread_rwlock_timedwrlock(&rwlock, &wall) == ETIMEDOUT);
    CHECK(sim_now() == S);
    CHECK(pthread_rwlock_unlock(&rwlock) == 0);
    CHECK(pthread_rwlock_wrlock(&rwlock) == 0);
    CHECK(pthread_rwlock_rdlock(&rwlock) == EDEADLK);
    CHECK(pthread_rwlock_unlock(&rwlock) == 0);
}

static void rwlock_lets_in_many_readers_or_one_writer(void **state)
{
    (void)state;
    harness_expect_success(body_rwlock, NULL);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static once_flag c11_once = ONCE_FLAG_INIT;

static void count_slowly(void)
{
    int before = counter;
    sim_sleep_until(sim_now() + MS);
    counter = before + 1;
}

static int counter_too;

static void count_slowly_too(void)
{
    int before = counter_too;
    sim_sleep_until(sim_now() + MS);
    counter_too = before + 1;
}

static void *call_both_once(void *unused)
{
    pthread_once(&once, count_slowly);
    CHECK(counter == 1);
    call_once(&c11_once, count_slowly_too);
    CHECK(counter_too == 1);
    return unused;
}

static void body_once(void)
{
    run_threads(call_both_once);
    CHECK(counter == 1 && counter_too == 1);
}

static void once_runs_once_and_others_wait_for_it(void **state)
{
    (void)state;
    harness_expect_success(body_once, NULL);
}

static sem_t semaphore;

static void *post_later(void *unused)
{
    sim_sleep_until(sim_now() + S);
    CHECK(sem_post(&semaphore) == 0);
    return unused;
}

static void body_semaphore(void)
{
    pthread_t poster;
    struct timespec wall = at(SIM_WALL_ORIGIN_NS + 300 * MS);
    sem_init(&semaphore, 0, 1);
    CHECK(sem_wait(&semaphore) == 0);
    CHECK(sem_trywait(&semaphore) == -1 && errno == EAGAIN);
    CHECK(sem_timedwait(&semaphore, &wall) == -1 && errno == ETIMEDOUT);
    CHECK(sim_now() == 300 * MS);
    pthread_create(&poster, NULL, post_later, NULL);
    CHECK(sem_wait(&semaphore) == 0);
    CHECK(sim_now() >= 1300 * MS && sim_now() < 1301 * MS);
    pthread_join(poster, NULL);
    sem_destroy(&semaphore);
}

static void semaphore_counts_and_times_out_exactly(void **state)
{
    (void)state;
    harness_expect_success(body_semaphore, NULL);
}

static mtx_t c11_mutex;
static cnd_t c11_condition;

static int signal_c11(void *unused)
{
    (void)unused;
    mtx_lock(&c11_mutex);
    counter = 1;
    cnd_signal(&c11_condition);
    mtx_unlock(&c11_mutex);
    return 41;
}

static void body_c11(void)
{
    thrd_t thread;
    int result;
    struct timespec wall = at(SIM_WALL_ORIGIN_NS + S);
    mtx_init(&c11_mutex, mtx_plain);
    cnd_init(&c11_condition);
    mtx_lock(&c11_mutex);
    CHECK(mtx_trylock(&c11_mutex) == thrd_busy);
    CHECK(thrd_create(&thread, signal_c11, NULL) == thrd_success);
    while (counter == 0) {
        CHECK(cnd_wait(&c11_condition, &c11_mutex) == thrd_success);
    }
    CHECK(cnd_timedwait(&c11_condition, &c11_mutex, &wall) == thrd_timedout);
    CHECK(sim_now() == S);
    mtx_unlock(&c11_mutex);
    CHECK(thrd_join(thread, &result) == thrd_success && result == 41);
    mtx_destroy(&c11_mutex);
    cnd_destroy(&c11_condition);
}

static void c11_threads_mutexes_and_conditions_work(void **state)
{
    (void)state;
    harness_expect_success(body_c11, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutex_lets_one_thread_in_at_a_time),
        cmocka_unit_test(mutex_kinds_answer_as_posix_says),
        cmocka_unit_test(mutex_timed_lock_ends_exactly_at_its_deadline),
        cmocka_unit_test(condition_timed_wait_ends_exactly_at_its_deadline),
        cmocka_unit_test(condition_signal_wakes_one_and_broadcast_all),
        cmocka_unit_test(rwlock_lets_in_many_readers_or_one_writer),
        cmocka_unit_test(once_runs_once_and_others_wait_for_it),
        cmocka_unit_test(semaphore_counts_and_times_out_exactly),
        cmocka_unit_test(c11_threads_mutexes_and_conditions_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
