#include "base/lock.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/assert.h"
#include "carafe.h"

#define FAILURE_MAX 256

static const char *const names[] = {[LOCK_NONE] = "none",
#define LOCK_NAME(symbol, name, outer) [LOCK_##symbol] = (name),
                                    LOCK_ORDER(LOCK_NAME)
#undef LOCK_NAME
};

static const enum lock_place outer_places[] = {
#define LOCK_OUTER(symbol, name, outer) [LOCK_##symbol] = LOCK_##outer,
    LOCK_ORDER(LOCK_OUTER)
#undef LOCK_OUTER
};

#define LOCK_HAS_NO_CIRCLE(symbol, name, outer)                                                                        \
    _Static_assert(LOCK_##outer < LOCK_##symbol, "an outer lock stands before the inner one");
LOCK_ORDER(LOCK_HAS_NO_CIRCLE)
#undef LOCK_HAS_NO_CIRCLE

/* Of this thread: the lock that was taken last; the others follow by `outer`. */
static _Thread_local struct lock *held;

static const char *name_of(const struct lock *lock)
{
    return names[lock == NULL ? LOCK_NONE : lock->place];
}

static void fail(const char *function, const char *format, ...) CARAFE_FORMAT(2, 3) __attribute__((noreturn, cold));

static void fail(const char *function, const char *format, ...)
{
    char expectation[FAILURE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(expectation, sizeof expectation, format, arguments);
    va_end(arguments);
    assert_failed(__FILE__, __LINE__, function, expectation);
}

static bool may_be_inside(enum lock_place inner, enum lock_place outer)
{
    enum lock_place place = outer_places[inner];
    while (place != LOCK_NONE && place != outer) {
        place = outer_places[place];
    }
    return place == outer;
}

static void check_order(const struct lock *lock)
{
    for (const struct lock *other = held; other != NULL; other = other->outer) {
        if (other == lock) {
            fail("lock_take", "lock `%s` not to be held yet, got it a second time", name_of(lock));
        }
    }
    if (!may_be_inside(lock->place, held->place)) {
        fail("lock_take", "lock `%s` to be taken with `%s` or none held, got `%s` held", name_of(lock),
             names[outer_places[lock->place]], name_of(held));
    }
}

void lock_init(struct lock *lock, enum lock_place place)
{
    ASSERT(pthread_mutex_init(&lock->mutex, NULL) == 0);
    lock->place = place;
    lock->outer = NULL;
}

void lock_close(struct lock *lock)
{
    (void)pthread_mutex_destroy(&lock->mutex);
}

void lock_take(struct lock *lock)
{
    if (held != NULL) {
        check_order(lock);
    }
    ASSERT(pthread_mutex_lock(&lock->mutex) == 0);
    lock->outer = held;
    held = lock;
}

void lock_give(struct lock *lock)
{
    if (held != lock) {
        fail("lock_give", "lock `%s` to be the last one taken, got `%s`", name_of(lock), name_of(held));
    }
    held = lock->outer;
    ASSERT(pthread_mutex_unlock(&lock->mutex) == 0);
}

void lock_suspend(struct lock *lock)
{
    if (held != lock) {
        fail("lock_suspend", "lock `%s` to be the last one taken, got `%s`", name_of(lock), name_of(held));
    }
    if (lock->outer != NULL) {
        fail("lock_suspend", "lock `%s` to be the only one held while it waits, got `%s` too", name_of(lock),
             name_of(lock->outer));
    }
    held = NULL;
}

void lock_resume(struct lock *lock)
{
    lock->outer = NULL;
    held = lock;
}

void lock_expect_none_held(const char *what)
{
    if (held != NULL) {
        fail("lock_expect_none_held", "no lock to be held when %s is called, got `%s`", what, name_of(held));
    }
}
