#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <time.h>

#include "carafe.h"
#include "posix/posix.h"

#define SHORT_NS (2 * NS_PER_MS)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool flag;

static int64_t now(void)
{
    return posix_clock()->monotonic_ns(posix_clock());
}

static void monotonic_is_the_clock_of_the_system(void **state)
{
    (void)state;
    struct timespec system;
    int64_t before_ns = now();
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &system), 0);
    int64_t system_ns = system.tv_sec * NS_PER_S + system.tv_nsec;
    assert_true(before_ns <= system_ns);
    assert_true(system_ns <= now());
}

static void wall_counts_from_1970(void **state)
{
    (void)state;
    int64_t wall_ns = posix_clock()->wall_ns(posix_clock());
    assert_true(wall_ns / NS_PER_S >= (int64_t)time(NULL) - 1);
    assert_true(wall_ns / NS_PER_S <= (int64_t)time(NULL) + 1);
}

static void sleep_until_lasts_until_the_deadline_and_not_at_all_when_it_passed(void **state)
{
    (void)state;
    int64_t deadline_ns = now() + SHORT_NS;
    posix_clock()->sleep_until(posix_clock(), deadline_ns);
    assert_true(now() >= deadline_ns);
    posix_clock()->sleep_until(posix_clock(), 0);
    posix_clock()->sleep_until(posix_clock(), -5);
}

static int wait_for_flag(int64_t deadline_ns)
{
    int result = 0;
    (void)pthread_mutex_lock(&lock);
    while (!flag && result == 0) {
        result = posix_clock()->wait_until(posix_clock(), &changed, &lock, deadline_ns);
    }
    flag = false;
    (void)pthread_mutex_unlock(&lock);
    return result;
}

static void *raise_flag(void *argument)
{
    (void)pthread_mutex_lock(&lock);
    flag = true;
    (void)pthread_cond_signal(&changed);
    (void)pthread_mutex_unlock(&lock);
    return argument;
}

static void wait_until_times_out_at_its_deadline(void **state)
{
    (void)state;
    int64_t deadline_ns = now() + SHORT_NS;
    assert_int_equal(wait_for_flag(deadline_ns), CARAFE_TIMEOUT);
    assert_true(now() >= deadline_ns);
    assert_int_equal(wait_for_flag(-1), CARAFE_TIMEOUT);
}

static void wait_until_ends_with_a_signal(void **state)
{
    (void)state;
    const int64_t deadlines_ns[] = {NEVER_NS, now() + 60 * NS_PER_S};
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, raise_flag, NULL), 0);
        assert_int_equal(wait_for_flag(deadlines_ns[i]), 0);
        (void)pthread_join(thread, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_is_the_clock_of_the_system),
        cmocka_unit_test(wall_counts_from_1970),
        cmocka_unit_test(sleep_until_lasts_until_the_deadline_and_not_at_all_when_it_passed),
        cmocka_unit_test(wait_until_times_out_at_its_deadline),
        cmocka_unit_test(wait_until_ends_with_a_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
