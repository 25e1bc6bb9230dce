#include "world/sync.h"

#include <limits.h>

#include "world/process.h"
#include "world/report.h"

static bool is_past(struct sim_deadline deadline)
{
    return deadline.now_ns <= sim_world.now_ns;
}

static bool wait_for(enum sim_wait_kind kind, const void *object, struct sim_deadline deadline)
{
    return sim_scheduler_wait_wall(kind, object, deadline.now_ns, deadline.wall_ns);
}

static unsigned number_of(const void *object)
{
    return sim_scheduler_object_number(object);
}

void sim_sync_forget(const void *object)
{
    sim_scheduler_forget_object(object);
}

void sim_mutex_released(void)
{
    sim_process_lock_released(sim_world.current->process);
}

/* ---- mutexes ---- */

static int mutex_kind(const pthread_mutex_t *mutex)
{
    return mutex->__data.__kind & 3;
}

static void take_mutex(pthread_mutex_t *mutex, unsigned count)
{
    MUTEX_OWNER(mutex) = sim_world.current->number;
    MUTEX_COUNT(mutex) = count;
    sim_world.current->locks_held++;
    sim_memory_acquire(mutex);
}

static void leave_mutex(pthread_mutex_t *mutex)
{
    sim_memory_release(mutex);
    MUTEX_OWNER(mutex) = 0;
    MUTEX_COUNT(mutex) = 0;
    sim_world.current->locks_held--;
    if (MUTEX_WAITERS(mutex) > 0) {
        sim_scheduler_wake_all(mutex);
    }
}

static int lock_again(pthread_mutex_t *mutex, struct sim_deadline deadline)
{
    switch (mutex_kind(mutex)) {
    case PTHREAD_MUTEX_RECURSIVE:
        MUTEX_COUNT(mutex)++;
        return 0;
    case PTHREAD_MUTEX_ERRORCHECK:
        return EDEADLK;
    default:
        if (deadline.now_ns == SIM_NEVER) {
            sim_report_fail(SIM_DEADLOCK, "%s locks mutex %u, which it holds already", sim_world.current->name,
                            number_of(mutex));
        }
        return sim_scheduler_wait(WAIT_MUTEX, NULL, deadline.now_ns) ? ETIMEDOUT : 0;
    }
}

/* NULL: it has ended. */
static const struct sim_thread *owner_of(const pthread_mutex_t *mutex)
{
    for (const struct sim_thread *thread = sim_world.first_thread; thread; thread = thread->next) {
        if (thread->number == MUTEX_OWNER(mutex)) {
            return thread;
        }
    }
    return NULL;
}

/* The report shows that it waits. */
static void fail_in_ring(const pthread_mutex_t *mutex, const struct sim_thread *owner, const pthread_mutex_t *last)
{
    struct sim_thread *thread = sim_world.current;
    thread->state = THREAD_WAITING;
    thread->wait_kind = WAIT_MUTEX;
    thread->wait_object = mutex;
    thread->deadline_ns = SIM_NEVER;
    unsigned number = number_of(mutex);
    sim_report_fail(SIM_DEADLOCK, "%s waits for mutex %u in a ring, in which %s waits for mutex %u of its own",
                    thread->name, number, owner->name, number_of(last));
}

/* The current thread is about to wait for `mutex`: does its owner wait, maybe through others, for the current thread?
 */
static void check_ring(const pthread_mutex_t *mutex)
{
    const struct sim_thread *owner = owner_of(mutex);
    while (owner && owner->state == THREAD_WAITING && owner->wait_kind == WAIT_MUTEX && owner->wait_object &&
           owner->deadline_ns == SIM_NEVER) {
        const pthread_mutex_t *next = owner->wait_object;
        if (MUTEX_OWNER(next) == sim_world.current->number) {
            fail_in_ring(mutex, owner, next);
        }
        owner = owner_of(next);
    }
}

/* Wait until nobody owns it. */
static bool await_mutex(pthread_mutex_t *mutex, struct sim_deadline deadline)
{
    while (MUTEX_OWNER(mutex) != 0) {
        if (is_past(deadline)) {
            return false;
        }
        if (deadline.now_ns == SIM_NEVER) {
            check_ring(mutex);
        }
        MUTEX_WAITERS(mutex)++;
        wait_for(WAIT_MUTEX, mutex, deadline);
        MUTEX_WAITERS(mutex)--;
    }
    return true;
}

int sim_mutex_lock_slowly(pthread_mutex_t *mutex, struct sim_deadline deadline)
{
    if (MUTEX_OWNER(mutex) == sim_world.current->number) {
        return lock_again(mutex, deadline);
    }
    if (!await_mutex(mutex, deadline)) {
        return ETIMEDOUT;
    }
    take_mutex(mutex, 1);
    return 0;
}

int sim_mutex_unlock_slowly(pthread_mutex_t *mutex)
{
    if (MUTEX_OWNER(mutex) != sim_world.current->number) {
        if (mutex_kind(mutex) != PTHREAD_MUTEX_NORMAL) {
            return EPERM;
        }
        sim_report_fail(SIM_MISUSE, "%s unlocks mutex %u, which it does not hold", sim_world.current->name,
                        number_of(mutex));
    }
    if (MUTEX_COUNT(mutex) > 1) {
        MUTEX_COUNT(mutex)--;
        return 0;
    }
    leave_mutex(mutex);
    sim_mutex_released();
    sim_scheduler_point();
    return 0;
}

int sim_mutex_try_lock(pthread_mutex_t *mutex)
{
    sim_scheduler_point();
    if (MUTEX_OWNER(mutex) == 0) {
        take_mutex(mutex, 1);
        return 0;
    }
    if (MUTEX_OWNER(mutex) == sim_world.current->number && mutex_kind(mutex) == PTHREAD_MUTEX_RECURSIVE) {
        MUTEX_COUNT(mutex)++;
        return 0;
    }
    return EBUSY;
}

/* ---- conditions ---- */

int sim_condition_wait(const void *condition, pthread_mutex_t *mutex, struct sim_deadline deadline)
{
    if (MUTEX_OWNER(mutex) != sim_world.current->number) {
        unsigned condition_number = number_of(condition);
        sim_report_fail(SIM_MISUSE, "%s waits on condition %u without holding mutex %u", sim_world.current->name,
                        condition_number, number_of(mutex));
    }
    /* No preemption from here to the wait: to leave the mutex and to wait is one step. */
    sim_world.now_ns += sim_world.point_cost_ns;
    unsigned count = MUTEX_COUNT(mutex);
    leave_mutex(mutex);
    bool timed_out = true;
    if (is_past(deadline)) {
        sim_scheduler_point();
    } else if (sim_world.current->process->freezing && sim_world.current->locks_held == 0) {
        /* The process stops here; as after a wake without a signal, the caller looks again when it goes on. */
        sim_mutex_released();
        sim_scheduler_yield(); /* somebody else holds a lock still: let him release it */
        timed_out = false;
    } else {
        timed_out = wait_for(WAIT_CONDITION, condition, deadline);
    }
    await_mutex(mutex, SIM_NO_DEADLINE);
    take_mutex(mutex, count);
    sim_memory_acquire(condition);
    return timed_out ? ETIMEDOUT : 0;
}

void sim_condition_signal(const void *condition)
{
    sim_memory_release(condition);
    sim_scheduler_wake_one(condition);
    sim_scheduler_point();
}

void sim_condition_broadcast(const void *condition)
{
    sim_memory_release(condition);
    sim_scheduler_wake_all(condition);
    sim_scheduler_point();
}

/* ---- read-write locks ---- */

#define READERS(lock) ((lock)->__data.__pad3)
#define WRITER(lock)  ((lock)->__data.__pad4)

int sim_rwlock_read(pthread_rwlock_t *lock, struct sim_deadline deadline, bool only_try)
{
    sim_scheduler_point();
    if (WRITER(lock) == (unsigned)sim_world.current->number) {
        return only_try ? EBUSY : EDEADLK;
    }
    while (WRITER(lock) != 0) {
        if (only_try) {
            return EBUSY;
        }
        if (is_past(deadline)) {
            return ETIMEDOUT;
        }
        wait_for(WAIT_READ_LOCK, lock, deadline);
    }
    READERS(lock)++;
    sim_world.current->locks_held++;
    sim_memory_acquire(lock);
    return 0;
}

int sim_rwlock_write(pthread_rwlock_t *lock, struct sim_deadline deadline, bool only_try)
{
    sim_scheduler_point();
    if (WRITER(lock) == (unsigned)sim_world.current->number) {
        return only_try ? EBUSY : EDEADLK;
    }
    while (WRITER(lock) != 0 || READERS(lock) != 0) {
        if (only_try) {
            return EBUSY;
        }
        if (is_past(deadline)) {
            return ETIMEDOUT;
        }
        wait_for(WAIT_WRITE_LOCK, lock, deadline);
    }
    WRITER(lock) = (unsigned)sim_world.current->number;
    sim_world.current->locks_held++;
    sim_memory_acquire(lock);
    return 0;
}

int sim_rwlock_unlock(pthread_rwlock_t *lock)
{
    if (WRITER(lock) == 0 && READERS(lock) == 0) {
        sim_report_fail(SIM_MISUSE, "%s unlocks read-write lock %u, which nobody holds", sim_world.current->name,
                        number_of(lock));
    }
    sim_memory_release(lock);
    if (WRITER(lock) != 0) {
        WRITER(lock) = 0;
    } else {
        READERS(lock)--;
    }
    sim_world.current->locks_held--;
    if (READERS(lock) == 0) {
        sim_scheduler_wake_all(lock);
    }
    sim_mutex_released();
    sim_scheduler_point();
    return 0;
}

/* ---- semaphores ---- */

/* As the C library keeps it: the value is the low half of the first word. */
static unsigned *semaphore_value(sem_t *semaphore)
{
    return (unsigned *)semaphore;
}

int sim_semaphore_wait(sem_t *semaphore, struct sim_deadline deadline, bool only_try)
{
    unsigned *value = semaphore_value(semaphore);
    sim_scheduler_point();
    while (*value == 0) {
        if (only_try) {
            return EAGAIN;
        }
        if (is_past(deadline)) {
            return ETIMEDOUT;
        }
        wait_for(WAIT_SEMAPHORE, semaphore, deadline);
    }
    --*value;
    sim_memory_acquire(semaphore);
    return 0;
}

int sim_semaphore_post(sem_t *semaphore)
{
    unsigned *value = semaphore_value(semaphore);
    if (*value >= (unsigned)SEM_VALUE_MAX) {
        return EOVERFLOW;
    }
    sim_memory_release(semaphore);
    ++*value;
    sim_scheduler_wake_all(semaphore);
    sim_scheduler_point();
    return 0;
}

/* ---- once ---- */

enum { ONCE_NEVER = 0, ONCE_NOW = 1, ONCE_DONE = 2 };

void sim_once(int *flag, void (*function)(void))
{
    sim_scheduler_point();
    while (*flag == ONCE_NOW) {
        sim_scheduler_wait(WAIT_ONCE, flag, SIM_NEVER);
    }
    if (*flag == ONCE_NEVER) {
        *flag = ONCE_NOW;
        sim_world.current->locks_held++;
        function();
        sim_world.current->locks_held--;
        sim_memory_release(flag);
        *flag = ONCE_DONE;
        sim_scheduler_wake_all(flag);
        sim_mutex_released();
    }
    sim_memory_acquire(flag);
}
