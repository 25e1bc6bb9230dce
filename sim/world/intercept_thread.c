/* Threads: POSIX and C11. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/intercept.h"
#include "world/scheduler.h"
#include "world/sync.h"
#include "world/thread.h"

static void read_attributes(const pthread_attr_t *attributes, struct sim_thread_start *start)
{
    int detach_state;
    if (!attributes) {
        return;
    }
    if (pthread_attr_getdetachstate(attributes, &detach_state) == 0) {
        start->detached = detach_state == PTHREAD_CREATE_DETACHED;
    }
    /* The default of the system is for threads that nobody thought about: ours is smaller. */
    size_t bytes;
    pthread_attr_t defaults;
    size_t default_bytes = 0;
    if (pthread_getattr_default_np(&defaults) == 0) {
        pthread_attr_getstacksize(&defaults, &default_bytes);
        pthread_attr_destroy(&defaults);
    }
    if (pthread_attr_getstacksize(attributes, &bytes) == 0 && bytes != default_bytes) {
        start->stack_bytes = bytes;
    }
}

SIM_INTERCEPT int pthread_create(pthread_t *pthread, const pthread_attr_t *attributes, void *(*entry)(void *),
                                 void *argument)
{
    if (!INSIDE(pthread_create)) {
        return REAL(pthread_create)(pthread, attributes, entry, argument);
    }
    struct sim_thread_start start = {.kind = ENTRY_POSIX, .posix = entry, .argument = argument};
    int error;
    read_attributes(attributes, &start);
    struct sim_thread *thread = sim_thread_create(sim_world.current->process, &start, &error);
    if (!thread) {
        return error;
    }
    *pthread = thread->pthread;
    sim_scheduler_point();
    return 0;
}

SIM_INTERCEPT int pthread_join(pthread_t pthread, void **result)
{
    if (!INSIDE(pthread_join)) {
        return REAL(pthread_join)(pthread, result);
    }
    sim_scheduler_point();
    return sim_thread_join(pthread, result);
}

SIM_INTERCEPT int pthread_detach(pthread_t pthread)
{
    if (!INSIDE(pthread_detach)) {
        return REAL(pthread_detach)(pthread);
    }
    return sim_thread_detach(pthread);
}

SIM_INTERCEPT void pthread_exit(void *result)
{
    if (!INSIDE(pthread_exit)) {
        REAL(pthread_exit)(result);
    }
    sim_thread_exit(result);
}

SIM_INTERCEPT int pthread_kill(pthread_t pthread, int signal)
{
    if (!INSIDE(pthread_kill)) {
        return REAL(pthread_kill)(pthread, signal);
    }
    /* Signals are not part of the world; who sends one only wants to wake a thread, which a simulated wait needs not.
     */
    sim_scheduler_point();
    return sim_thread_find(pthread) ? 0 : ESRCH;
}

SIM_INTERCEPT int pthread_once(pthread_once_t *flag, void (*function)(void))
{
    if (!INSIDE(pthread_once)) {
        return REAL(pthread_once)(flag, function);
    }
    sim_once(flag, function);
    return 0;
}

SIM_INTERCEPT void call_once(once_flag *flag, void (*function)(void))
{
    if (!INSIDE(call_once)) {
        REAL(call_once)(flag, function);
        return;
    }
    sim_once((int *)(void *)flag, function);
}

SIM_INTERCEPT int pthread_setname_np(pthread_t pthread, const char *name)
{
    if (!INSIDE(pthread_setname_np)) {
        return REAL(pthread_setname_np)(pthread, name);
    }
    struct sim_thread *thread = sim_thread_find(pthread);
    if (!thread) {
        return ESRCH;
    }
    sim_thread_name_set(thread, name);
    return 0;
}

SIM_INTERCEPT int pthread_getname_np(pthread_t pthread, char *name, size_t len)
{
    if (!INSIDE(pthread_getname_np)) {
        return REAL(pthread_getname_np)(pthread, name, len);
    }
    const struct sim_thread *thread = sim_thread_find(pthread);
    if (!thread) {
        return ESRCH;
    }
    if (strlen(thread->name) >= len) {
        return ERANGE;
    }
    snprintf(name, len, "%s", thread->name);
    return 0;
}

/* Each simulated thread has its own mask, which blocks nothing: one real thread may run them all. */
SIM_INTERCEPT int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    if (!INSIDE(pthread_sigmask)) {
        return REAL(pthread_sigmask)(how, set, old);
    }
    sigset_t *mask = &sim_world.current->signal_mask;
    if (old) {
        *old = *mask;
    }
    if (!set) {
        return 0;
    }
    switch (how) {
    case SIG_SETMASK:
        *mask = *set;
        return 0;
    case SIG_BLOCK:
        return sigorset(mask, mask, set) == 0 ? 0 : EINVAL;
    case SIG_UNBLOCK:
        for (int signal = 1; signal < NSIG; signal++) {
            if (sigismember(set, signal) == 1) {
                sigdelset(mask, signal);
            }
        }
        return 0;
    default:
        return EINVAL;
    }
}

SIM_INTERCEPT int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    int error = REAL(pthread_key_create)(key, destructor);
    if (error == 0 && !sim_real_is_runtime(__builtin_return_address(0))) {
        sim_keys_note(*key, destructor);
    }
    return error;
}

SIM_INTERCEPT int pthread_key_delete(pthread_key_t key)
{
    sim_keys_forget(key);
    return REAL(pthread_key_delete)(key);
}

SIM_INTERCEPT int tss_create(tss_t *key, tss_dtor_t destructor)
{
    int result = REAL(tss_create)(key, destructor);
    if (result == thrd_success) {
        sim_keys_note(*key, destructor);
    }
    return result;
}

SIM_INTERCEPT void tss_delete(tss_t key)
{
    sim_keys_forget(key);
    REAL(tss_delete)(key);
}

/*
 * ---- C11 ----
 * The current thread is its number, so that no address reaches who makes random numbers of it.  A created one is its
 * pthread_t, which librdkafka compares with pthread_self().  Both are taken for the thread, but thrd_equal(), which is
 * inline, does not know that they are the same.
 */

struct c11_start {
    thrd_start_t entry;
    void *argument;
};

static void *run_c11(void *start)
{
    struct c11_start own = *(struct c11_start *)start;
    free(start);
    return (void *)(intptr_t)own.entry(own.argument);
}

/* Outside of the world, as POSIX threads: the C library would pass by a sanitizer, which then knows no such thread. */
static int create_real(thrd_t *c11_thread, thrd_start_t entry, void *argument)
{
    struct c11_start *start = malloc(sizeof(*start));
    if (!start) {
        return thrd_nomem;
    }
    *start = (struct c11_start){entry, argument};
    int error = REAL(pthread_create)(c11_thread, NULL, run_c11, start);
    if (error == 0) {
        return thrd_success;
    }
    free(start);
    return error == ENOMEM ? thrd_nomem : thrd_error;
}

static int join_real(thrd_t thread, int *result)
{
    void *value = NULL;
    int error = REAL(pthread_join)(thread, &value);
    if (error == 0 && result) {
        *result = (int)(intptr_t)value;
    }
    return error == 0 ? thrd_success : thrd_error;
}

SIM_INTERCEPT int thrd_create(thrd_t *c11_thread, thrd_start_t entry, void *argument)
{
    if (!INSIDE(thrd_create)) {
        return create_real(c11_thread, entry, argument);
    }
    struct sim_thread_start start = {.kind = ENTRY_C11, .c11 = entry, .argument = argument};
    int error;
    struct sim_thread *thread = sim_thread_create(sim_world.current->process, &start, &error);
    if (!thread) {
        return error == ENOMEM ? thrd_nomem : thrd_error;
    }
    *c11_thread = thread->pthread;
    sim_scheduler_point();
    return thrd_success;
}

SIM_INTERCEPT int thrd_join(thrd_t thread, int *result)
{
    if (!INSIDE(thrd_join)) {
        return join_real(thread, result);
    }
    void *value;
    sim_scheduler_point();
    if (sim_thread_join(thread, &value) != 0) {
        return thrd_error;
    }
    if (result) {
        *result = (int)(intptr_t)value;
    }
    return thrd_success;
}

SIM_INTERCEPT int thrd_detach(thrd_t thread)
{
    if (!INSIDE(thrd_detach)) {
        return REAL(pthread_detach)(thread) == 0 ? thrd_success : thrd_error;
    }
    return sim_thread_detach(thread) == 0 ? thrd_success : thrd_error;
}

SIM_INTERCEPT thrd_t thrd_current(void)
{
    if (!INSIDE(thrd_current)) {
        return REAL(thrd_current)();
    }
    return (thrd_t)sim_world.current->number;
}

SIM_INTERCEPT void thrd_exit(int result)
{
    if (!INSIDE(thrd_exit)) {
        REAL(pthread_exit)((void *)(intptr_t)result);
    }
    sim_thread_exit((void *)(intptr_t)result);
}

static void yield(void)
{
    sim_scheduler_point();
    sim_scheduler_yield();
}

SIM_INTERCEPT void thrd_yield(void)
{
    if (!INSIDE(thrd_yield)) {
        REAL(thrd_yield)();
        return;
    }
    yield();
}

SIM_INTERCEPT int sched_yield(void)
{
    if (!INSIDE(sched_yield)) {
        return REAL(sched_yield)();
    }
    yield();
    return 0;
}
