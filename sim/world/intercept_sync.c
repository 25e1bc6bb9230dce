/* Mutexes, conditions, read-write locks, semaphores: POSIX and C11. */
#include <limits.h>

#include "world/clock.h"
#include "world/intercept.h"
#include "world/sync.h"

static clockid_t condition_clock(const pthread_cond_t *condition)
{
    /* The C library keeps CLOCK_MONOTONIC as the second bit of this word. */
    return (condition->__data.__wrefs & 2) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

static struct sim_deadline wall_deadline(const struct timespec *time)
{
    return sim_clock_deadline(CLOCK_REALTIME, time);
}

/* ---- mutexes ---- */

SIM_INTERCEPT int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    if (INSIDE(pthread_mutex_init)) {
        sim_sync_forget(mutex);
    }
    return REAL(pthread_mutex_init)(mutex, attributes);
}

SIM_INTERCEPT int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    if (!INSIDE(pthread_mutex_destroy)) {
        return REAL(pthread_mutex_destroy)(mutex);
    }
    if (MUTEX_OWNER(mutex) != 0) {
        return EBUSY;
    }
    sim_sync_forget(mutex);
    return 0;
}

SIM_INTERCEPT int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (!INSIDE(pthread_mutex_lock)) {
        return REAL(pthread_mutex_lock)(mutex);
    }
    return sim_mutex_lock(mutex, SIM_NO_DEADLINE);
}

SIM_INTERCEPT int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (!INSIDE(pthread_mutex_trylock)) {
        return REAL(pthread_mutex_trylock)(mutex);
    }
    return sim_mutex_try_lock(mutex);
}

SIM_INTERCEPT int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *time)
{
    if (!INSIDE(pthread_mutex_timedlock)) {
        return REAL(pthread_mutex_timedlock)(mutex, time);
    }
    return sim_mutex_lock(mutex, wall_deadline(time));
}

SIM_INTERCEPT int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *time)
{
    if (!INSIDE(pthread_mutex_clocklock)) {
        return REAL(pthread_mutex_clocklock)(mutex, clock, time);
    }
    return sim_mutex_lock(mutex, sim_clock_deadline(clock, time));
}

SIM_INTERCEPT int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (!INSIDE(pthread_mutex_unlock)) {
        return REAL(pthread_mutex_unlock)(mutex);
    }
    return sim_mutex_unlock(mutex);
}

/* C11's mutex is POSIX's in the C library. */
static pthread_mutex_t *posix_mutex(mtx_t *mutex)
{
    return (pthread_mutex_t *)(void *)mutex;
}

static int c11_result(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ETIMEDOUT:
        return thrd_timedout;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

SIM_INTERCEPT int mtx_init(mtx_t *mutex, int type)
{
    if (INSIDE(mtx_init)) {
        sim_sync_forget(mutex);
    }
    return REAL(mtx_init)(mutex, type);
}

SIM_INTERCEPT void mtx_destroy(mtx_t *mutex)
{
    if (INSIDE(mtx_destroy)) {
        sim_sync_forget(mutex);
        return;
    }
    REAL(mtx_destroy)(mutex);
}

SIM_INTERCEPT int mtx_lock(mtx_t *mutex)
{
    if (!INSIDE(mtx_lock)) {
        return REAL(mtx_lock)(mutex);
    }
    return sim_mutex_lock(posix_mutex(mutex), SIM_NO_DEADLINE) == 0 ? thrd_success : thrd_error;
}

SIM_INTERCEPT int mtx_trylock(mtx_t *mutex)
{
    if (!INSIDE(mtx_trylock)) {
        return REAL(mtx_trylock)(mutex);
    }
    return c11_result(sim_mutex_try_lock(posix_mutex(mutex)));
}

SIM_INTERCEPT int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict time)
{
    if (!INSIDE(mtx_timedlock)) {
        return REAL(mtx_timedlock)(mutex, time);
    }
    return c11_result(sim_mutex_lock(posix_mutex(mutex), wall_deadline(time)));
}

SIM_INTERCEPT int mtx_unlock(mtx_t *mutex)
{
    if (!INSIDE(mtx_unlock)) {
        return REAL(mtx_unlock)(mutex);
    }
    return sim_mutex_unlock(posix_mutex(mutex)) == 0 ? thrd_success : thrd_error;
}

/* ---- conditions ---- */

SIM_INTERCEPT int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    if (INSIDE(pthread_cond_init)) {
        sim_sync_forget(condition);
    }
    return REAL(pthread_cond_init)(condition, attributes);
}

SIM_INTERCEPT int pthread_cond_destroy(pthread_cond_t *condition)
{
    if (!INSIDE(pthread_cond_destroy)) {
        return REAL(pthread_cond_destroy)(condition);
    }
    sim_sync_forget(condition);
    return 0;
}

SIM_INTERCEPT int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    if (!INSIDE(pthread_cond_wait)) {
        return REAL(pthread_cond_wait)(condition, mutex);
    }
    return sim_condition_wait(condition, mutex, SIM_NO_DEADLINE);
}

SIM_INTERCEPT int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *time)
{
    if (!INSIDE(pthread_cond_timedwait)) {
        return REAL(pthread_cond_timedwait)(condition, mutex, time);
    }
    return sim_condition_wait(condition, mutex, sim_clock_deadline(condition_clock(condition), time));
}

SIM_INTERCEPT int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                                         const struct timespec *time)
{
    if (!INSIDE(pthread_cond_clockwait)) {
        return REAL(pthread_cond_clockwait)(condition, mutex, clock, time);
    }
    return sim_condition_wait(condition, mutex, sim_clock_deadline(clock, time));
}

SIM_INTERCEPT int pthread_cond_signal(pthread_cond_t *condition)
{
    if (!INSIDE(pthread_cond_signal)) {
        return REAL(pthread_cond_signal)(condition);
    }
    sim_condition_signal(condition);
    return 0;
}

SIM_INTERCEPT int pthread_cond_broadcast(pthread_cond_t *condition)
{
    if (!INSIDE(pthread_cond_broadcast)) {
        return REAL(pthread_cond_broadcast)(condition);
    }
    sim_condition_broadcast(condition);
    return 0;
}

SIM_INTERCEPT int cnd_init(cnd_t *condition)
{
    if (INSIDE(cnd_init)) {
        sim_sync_forget(condition);
    }
    return REAL(cnd_init)(condition);
}

SIM_INTERCEPT void cnd_destroy(cnd_t *condition)
{
    if (INSIDE(cnd_destroy)) {
        sim_sync_forget(condition);
        return;
    }
    REAL(cnd_destroy)(condition);
}

SIM_INTERCEPT int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    if (!INSIDE(cnd_wait)) {
        return REAL(cnd_wait)(condition, mutex);
    }
    return c11_result(sim_condition_wait(condition, posix_mutex(mutex), SIM_NO_DEADLINE));
}

SIM_INTERCEPT int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict time)
{
    if (!INSIDE(cnd_timedwait)) {
        return REAL(cnd_timedwait)(condition, mutex, time);
    }
    return c11_result(sim_condition_wait(condition, posix_mutex(mutex), wall_deadline(time)));
}

SIM_INTERCEPT int cnd_signal(cnd_t *condition)
{
    if (!INSIDE(cnd_signal)) {
        return REAL(cnd_signal)(condition);
    }
    sim_condition_signal(condition);
    return thrd_success;
}

SIM_INTERCEPT int cnd_broadcast(cnd_t *condition)
{
    if (!INSIDE(cnd_broadcast)) {
        return REAL(cnd_broadcast)(condition);
    }
    sim_condition_broadcast(condition);
    return thrd_success;
}

/* ---- read-write locks ---- */

SIM_INTERCEPT int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
    if (INSIDE(pthread_rwlock_init)) {
        sim_sync_forget(lock);
    }
    return REAL(pthread_rwlock_init)(lock, attributes);
}

SIM_INTERCEPT int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    if (!INSIDE(pthread_rwlock_destroy)) {
        return REAL(pthread_rwlock_destroy)(lock);
    }
    sim_sync_forget(lock);
    return 0;
}

SIM_INTERCEPT int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    if (!INSIDE(pthread_rwlock_rdlock)) {
        return REAL(pthread_rwlock_rdlock)(lock);
    }
    return sim_rwlock_read(lock, SIM_NO_DEADLINE, false);
}

SIM_INTERCEPT int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    if (!INSIDE(pthread_rwlock_tryrdlock)) {
        return REAL(pthread_rwlock_tryrdlock)(lock);
    }
    return sim_rwlock_read(lock, SIM_NO_DEADLINE, true);
}

SIM_INTERCEPT int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *time)
{
    if (!INSIDE(pthread_rwlock_timedrdlock)) {
        return REAL(pthread_rwlock_timedrdlock)(lock, time);
    }
    return sim_rwlock_read(lock, wall_deadline(time), false);
}

SIM_INTERCEPT int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    if (!INSIDE(pthread_rwlock_wrlock)) {
        return REAL(pthread_rwlock_wrlock)(lock);
    }
    return sim_rwlock_write(lock, SIM_NO_DEADLINE, false);
}

SIM_INTERCEPT int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    if (!INSIDE(pthread_rwlock_trywrlock)) {
        return REAL(pthread_rwlock_trywrlock)(lock);
    }
    return sim_rwlock_write(lock, SIM_NO_DEADLINE, true);
}

SIM_INTERCEPT int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *time)
{
    if (!INSIDE(pthread_rwlock_timedwrlock)) {
        return REAL(pthread_rwlock_timedwrlock)(lock, time);
    }
    return sim_rwlock_write(lock, wall_deadline(time), false);
}

SIM_INTERCEPT int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    if (!INSIDE(pthread_rwlock_unlock)) {
        return REAL(pthread_rwlock_unlock)(lock);
    }
    return sim_rwlock_unlock(lock);
}

/* ---- semaphores ---- */

SIM_INTERCEPT int sem_init(sem_t *semaphore, int shared, unsigned value)
{
    if (INSIDE(sem_init)) {
        sim_sync_forget(semaphore);
    }
    return REAL(sem_init)(semaphore, shared, value);
}

SIM_INTERCEPT int sem_destroy(sem_t *semaphore)
{
    if (!INSIDE(sem_destroy)) {
        return REAL(sem_destroy)(semaphore);
    }
    sim_sync_forget(semaphore);
    return 0;
}

SIM_INTERCEPT int sem_wait(sem_t *semaphore)
{
    if (!INSIDE(sem_wait)) {
        return REAL(sem_wait)(semaphore);
    }
    return sim_intercept_result(sim_semaphore_wait(semaphore, SIM_NO_DEADLINE, false));
}

SIM_INTERCEPT int sem_trywait(sem_t *semaphore)
{
    if (!INSIDE(sem_trywait)) {
        return REAL(sem_trywait)(semaphore);
    }
    return sim_intercept_result(sim_semaphore_wait(semaphore, SIM_NO_DEADLINE, true));
}

SIM_INTERCEPT int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time)
{
    if (!INSIDE(sem_timedwait)) {
        return REAL(sem_timedwait)(semaphore, time);
    }
    return sim_intercept_result(sim_semaphore_wait(semaphore, wall_deadline(time), false));
}

SIM_INTERCEPT int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict time)
{
    if (!INSIDE(sem_clockwait)) {
        return REAL(sem_clockwait)(semaphore, clock, time);
    }
    return sim_intercept_result(sim_semaphore_wait(semaphore, sim_clock_deadline(clock, time), false));
}

SIM_INTERCEPT int sem_post(sem_t *semaphore)
{
    if (!INSIDE(sem_post)) {
        return REAL(sem_post)(semaphore);
    }
    return sim_intercept_result(sim_semaphore_post(semaphore));
}
