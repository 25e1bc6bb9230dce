/* Each breach ends a child of this test; what it said last is compared. */
#include "base/lock.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ports/clock.h"
#include "ports/log.h"
#include "ports/monitor.h"
#include "support/cmocka_all.h"

extern void __gcov_dump(void) __attribute__((weak));

static void keep_counters(int number)
{
    (void)number;
    if (__gcov_dump != NULL) {
        __gcov_dump();
    }
    _exit(3);
}

static void expect_death(void (*breach)(void), const char *words)
{
    int ends[2];
    char said[1024] = "";
    size_t len = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGABRT, keep_counters);
        (void)dup2(ends[1], STDERR_FILENO);
        breach();
        _exit(0);
    }
    (void)close(ends[1]);
    ssize_t count;
    while (len < sizeof said - 1 && (count = read(ends[0], said + len, sizeof said - 1 - len)) > 0) {
        len += (size_t)count;
    }
    (void)close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    if (strstr(said, words) == NULL) {
        fail_msg("expected `%s`, got `%s`", words, said);
    }
}

static void take(enum lock_place place, struct lock *lock)
{
    lock_init(lock, place);
    lock_take(lock);
}

/* ---- What may be ------------------------------------------------------------------------------------------------- */

static void locks_nest_as_the_order_says(void **state)
{
    (void)state;
    static const enum lock_place pairs[][2] = {
        {LOCK_SERVER, LOCK_WORKER_POOL}, {LOCK_JOBS_QUEUE, LOCK_CONSUMER}, {LOCK_EMISSION, LOCK_STATISTICS}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct lock outer;
        struct lock inner;
        take(pairs[i][0], &outer);
        take(pairs[i][1], &inner);
        lock_give(&inner);
        lock_give(&outer);
        lock_expect_none_held("this test");
        lock_close(&inner);
        lock_close(&outer);
    }
}

static void *expect_none(void *argument)
{
    lock_expect_none_held("another thread");
    return argument;
}

static void what_a_thread_holds_is_its_own(void **state)
{
    (void)state;
    struct lock lock;
    pthread_t thread;
    take(LOCK_STATUS, &lock);
    assert_int_equal(pthread_create(&thread, NULL, expect_none, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    lock_give(&lock);
    lock_close(&lock);
}

static int look_while_waiting(struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex,
                              int64_t deadline_ns)
{
    (void)clock;
    (void)condition;
    lock_expect_none_held("a wait");
    assert_int_not_equal(pthread_mutex_trylock(mutex), 0);
    return deadline_ns == 7 ? CARAFE_TIMEOUT : 0;
}

static struct clock looking_clock = {.wait_until = look_while_waiting};

static void a_lock_is_not_held_while_the_clock_waits_with_it_and_is_again_afterwards(void **state)
{
    (void)state;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct lock lock;
    take(LOCK_LISTENER, &lock);
    assert_int_equal(clock_wait(&looking_clock, &condition, &lock, 7), CARAFE_TIMEOUT);
    assert_int_equal(clock_wait(&looking_clock, &condition, &lock, NEVER_NS), 0);
    lock_give(&lock);
    lock_close(&lock);
}

/* ---- What may not ------------------------------------------------------------------------------------------------ */

static void take_inside_out(void)
{
    struct lock outer;
    struct lock inner;
    take(LOCK_WORKER_POOL, &inner);
    take(LOCK_SERVER, &outer);
}

static void take_unrelated(void)
{
    struct lock first;
    struct lock second;
    take(LOCK_SERVER, &first);
    take(LOCK_CONSUMER, &second);
}

static void take_two_of_a_kind(void)
{
    struct lock first;
    struct lock second;
    take(LOCK_CONSUMER, &first);
    take(LOCK_CONSUMER, &second);
}

static void lock_take_refuses_what_the_order_does_not_say(void **state)
{
    (void)state;
    expect_death(take_inside_out,
                 "expected lock `server` to be taken with `none` or none held, got `worker pool` held");
    expect_death(take_unrelated,
                 "expected lock `consumer` to be taken with `jobs queue` or none held, got `server` held");
    expect_death(take_two_of_a_kind,
                 "expected lock `consumer` to be taken with `jobs queue` or none held, got `consumer` held");
}

static void take_twice(void)
{
    struct lock outer;
    struct lock inner;
    take(LOCK_SERVER, &outer);
    take(LOCK_WORKER_POOL, &inner);
    lock_take(&outer);
}

static void lock_take_refuses_a_lock_that_is_held(void **state)
{
    (void)state;
    expect_death(take_twice, "expected lock `server` not to be held yet, got it a second time");
}

static void give_without_taking(void)
{
    struct lock lock;
    lock_init(&lock, LOCK_STATUS);
    lock_give(&lock);
}

static void give_out_of_turn(void)
{
    struct lock outer;
    struct lock inner;
    take(LOCK_SERVER, &outer);
    take(LOCK_WORKER_POOL, &inner);
    lock_give(&outer);
}

static void lock_give_refuses_any_but_the_last_one_taken(void **state)
{
    (void)state;
    expect_death(give_without_taking, "expected lock `status` to be the last one taken, got `none`");
    expect_death(give_out_of_turn, "expected lock `server` to be the last one taken, got `worker pool`");
}

static void wait_with_another(void)
{
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct lock outer;
    struct lock inner;
    take(LOCK_SERVER, &outer);
    take(LOCK_WORKER_POOL, &inner);
    (void)clock_wait(&looking_clock, &condition, &inner, NEVER_NS);
}

static void wait_without(void)
{
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct lock lock;
    lock_init(&lock, LOCK_STATUS);
    (void)clock_wait(&looking_clock, &condition, &lock, NEVER_NS);
}

static void a_wait_refuses_a_lock_that_is_not_held_or_not_alone(void **state)
{
    (void)state;
    expect_death(wait_with_another,
                 "expected lock `worker pool` to be the only one held while it waits, got `server` too");
    expect_death(wait_without, "expected lock `status` to be the last one taken, got `none`");
}

static int64_t no_time(struct clock *clock)
{
    (void)clock;
    return 0;
}

static void publish_under_a_lock(void)
{
    struct clock clock = {.monotonic_ns = no_time};
    struct lock lock;
    struct carafe_event event = {.kind = CARAFE_EVENT_APP_RUNNING};
    struct monitor *monitor = monitor_create(&clock, NULL);
    take(LOCK_LISTENER, &lock);
    monitor_publish(monitor, &event);
}

static void log_under_a_lock(void)
{
    struct lock lock;
    take(LOCK_WORKER_POOL, &lock);
    log_line(NULL, LOG_INFO_LEVEL, "a line");
}

static void subscribers_and_the_log_refuse_a_lock_that_is_held(void **state)
{
    (void)state;
    expect_death(publish_under_a_lock, "expected no lock to be held when a subscriber is called, got `listener`");
    expect_death(log_under_a_lock, "expected no lock to be held when the log is called, got `worker pool`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locks_nest_as_the_order_says),
        cmocka_unit_test(what_a_thread_holds_is_its_own),
        cmocka_unit_test(a_lock_is_not_held_while_the_clock_waits_with_it_and_is_again_afterwards),
        cmocka_unit_test(lock_take_refuses_what_the_order_does_not_say),
        cmocka_unit_test(lock_take_refuses_a_lock_that_is_held),
        cmocka_unit_test(lock_give_refuses_any_but_the_last_one_taken),
        cmocka_unit_test(a_wait_refuses_a_lock_that_is_not_held_or_not_alone),
        cmocka_unit_test(subscribers_and_the_log_refuse_a_lock_that_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
