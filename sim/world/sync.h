/*
 * Mutexes, conditions, read-write locks, semaphores and once flags.
 *
 * Their state lies in the objects of the C library, in members that its own code leaves at zero or ignores while
 * nobody holds or waits: an object made before the world starts works inside, and the other way round.
 */
#ifndef SIM_WORLD_SYNC_H
#define SIM_WORLD_SYNC_H

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "world/memory.h"
#include "world/scheduler.h"
#include "world/state.h"

/* A deadline: virtual time, and the wall time that it stands for (SIM_NEVER: none). */
struct sim_deadline {
    int64_t now_ns;
    int64_t wall_ns;
};

#define SIM_NO_DEADLINE ((struct sim_deadline){SIM_NEVER, SIM_NEVER})

/* Members of a mutex: its owner's number, how often it is locked, how many wait. */
#define MUTEX_OWNER(mutex)   ((mutex)->__data.__owner)
#define MUTEX_COUNT(mutex)   ((mutex)->__data.__count)
#define MUTEX_WAITERS(mutex) ((mutex)->__data.__nusers)

int sim_mutex_lock_slowly(pthread_mutex_t *mutex, struct sim_deadline deadline);
int sim_mutex_unlock_slowly(pthread_mutex_t *mutex);
void sim_mutex_released(void);

/* 0, EDEADLK, ETIMEDOUT. */
static inline int sim_mutex_lock(pthread_mutex_t *mutex, struct sim_deadline deadline)
{
    sim_scheduler_point();
    if (UNLIKELY(MUTEX_OWNER(mutex) != 0)) {
        return sim_mutex_lock_slowly(mutex, deadline);
    }
    MUTEX_OWNER(mutex) = sim_world.current->number;
    MUTEX_COUNT(mutex) = 1;
    sim_world.current->locks_held++;
    sim_memory_acquire(mutex);
    return 0;
}

/* 0, EPERM. */
static inline int sim_mutex_unlock(pthread_mutex_t *mutex)
{
    struct sim_thread *thread = sim_world.current;
    if (UNLIKELY(MUTEX_OWNER(mutex) != thread->number || MUTEX_COUNT(mutex) != 1 || MUTEX_WAITERS(mutex) != 0)) {
        return sim_mutex_unlock_slowly(mutex);
    }
    sim_memory_release(mutex);
    MUTEX_OWNER(mutex) = 0;
    MUTEX_COUNT(mutex) = 0;
    thread->locks_held--;
    if (UNLIKELY(thread->process->freezing)) {
        sim_mutex_released();
    }
    sim_scheduler_point();
    return 0;
}

int sim_mutex_try_lock(pthread_mutex_t *mutex); /* 0, EBUSY */
/* Another object is here from now on. */
void sim_sync_forget(const void *object);

/* 0, ETIMEDOUT. */
int sim_condition_wait(const void *condition, pthread_mutex_t *mutex, struct sim_deadline deadline);
void sim_condition_signal(const void *condition);
void sim_condition_broadcast(const void *condition);

int sim_rwlock_read(pthread_rwlock_t *lock, struct sim_deadline deadline, bool only_try);
int sim_rwlock_write(pthread_rwlock_t *lock, struct sim_deadline deadline, bool only_try);
int sim_rwlock_unlock(pthread_rwlock_t *lock);

/* 0, EAGAIN (only_try), ETIMEDOUT. */
int sim_semaphore_wait(sem_t *semaphore, struct sim_deadline deadline, bool only_try);
int sim_semaphore_post(sem_t *semaphore); /* 0, EOVERFLOW */

void sim_once(int *flag, void (*function)(void));

#endif
