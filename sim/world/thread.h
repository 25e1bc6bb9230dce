/* The life of a simulated thread. */
#ifndef SIM_WORLD_THREAD_H
#define SIM_WORLD_THREAD_H

#include "world/real.h"
#include "world/state.h"

enum sim_thread_entry { ENTRY_POSIX, ENTRY_C11, ENTRY_PLAIN, ENTRY_PROCESS };

/* What a new thread runs; the member that `kind` names. */
struct sim_thread_start {
    enum sim_thread_entry kind;
    void *(*posix)(void *argument);
    int (*c11)(void *argument);
    void (*plain)(void *argument);
    int (*process)(void *argument); /* its return is the exit code of the process */
    void *argument;
    size_t stack_bytes; /* 0: the world's default */
    bool detached;
};

/* Make the first thread of the world of the caller. */
void sim_thread_adopt(struct sim_process *process);

/* A new thread, ready to run.  NULL: the system has no more; `*error` is then an errno. */
struct sim_thread *sim_thread_create(struct sim_process *process, const struct sim_thread_start *start, int *error);

/* Whether the thread was found; its result.  Errors: ESRCH, EINVAL (detached), EDEADLK. */
int sim_thread_join(pthread_t pthread, void **result);
int sim_thread_detach(pthread_t pthread);
/* By its pthread_t or its number.  NULL: none. */
struct sim_thread *sim_thread_find(pthread_t pthread);

/* Run the current thread to its end. */
void sim_thread_run(struct sim_thread *thread);
/* End the current thread from within (pthread_exit): its frames and their cleanup handlers are left where they are. */
void sim_thread_exit(void *result) __attribute__((noreturn));
/* The real thread is gone. */
void sim_thread_buried(struct sim_thread *thread);
/* The thread never runs again. */
void sim_thread_freeze(struct sim_thread *thread);

void sim_thread_name_set(struct sim_thread *thread, const char *name);

/* Destructors of thread-specific data, run by the world (keys.c). */
void sim_keys_note(pthread_key_t key, void (*destructor)(void *value));
void sim_keys_forget(pthread_key_t key);
void sim_keys_destroy_values(void);

#endif
