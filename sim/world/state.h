/* What the world consists of.  One thread runs at a time, so nothing here has a lock. */
#ifndef SIM_WORLD_STATE_H
#define SIM_WORLD_STATE_H

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/random.h"
#include "world/world.h"

enum sim_thread_state {
    THREAD_READY,     /* in the run queue, or running */
    THREAD_WAITING,   /* for an object, a time or both */
    THREAD_SUSPENDED, /* ready, but its process is paused */
    THREAD_ENDED,     /* not joined yet */
    THREAD_FROZEN     /* its process ended; never runs again */
};

enum sim_wait_kind {
    WAIT_NOTHING,
    WAIT_MUTEX,
    WAIT_CONDITION,
    WAIT_READ_LOCK,
    WAIT_WRITE_LOCK,
    WAIT_SEMAPHORE,
    WAIT_ONCE,
    WAIT_JOIN,
    WAIT_SLEEP,
    WAIT_POLL,
    WAIT_PROCESS,
    WAIT_EXIT
};

/* The threads that wait for one object, in the order of their arrival. */
struct sim_wait_queue {
    const void *object;
    struct sim_thread *first;
    struct sim_thread *last;
    size_t count;
    unsigned number; /* for reports, in the order of first use */
    struct sim_wait_queue *next_in_bucket;
};

struct sim_thread {
    int number;
    enum sim_thread_state state;
    struct sim_process *process;
    const char *last_call;
    unsigned locks_held;
    uint64_t spun_points;    /* up to its last switch, since it waited for more than a mutex, or made progress */
    uint64_t resumed_points; /* of the world, when it began to run */
    char name[SIM_THREAD_NAME_MAX];

    /* waiting */
    enum sim_wait_kind wait_kind;
    const void *wait_object;
    struct sim_wait_queue *wait_queue;
    struct sim_thread *wait_next;
    struct sim_thread *wait_previous;
    int64_t deadline_ns;
    int64_t wall_deadline_ns; /* of a wait on CLOCK_REALTIME, else SIM_NEVER */
    uint64_t deadline_order;
    size_t heap_index; /* from 1; 0: in no heap */
    bool timed_out;
    bool woken;                  /* by sim_wake, since its last sim_wait_until */
    const struct pollfd *polled; /* of WAIT_POLL */
    size_t polled_count;

    /* what it runs */
    void *(*entry)(void *argument);
    int (*entry_c11)(void *argument);
    int (*entry_process)(void *argument);
    void (*entry_plain)(void *argument);
    void *argument;
    void *result;
    bool detached;
    uint64_t random;
    sigset_t signal_mask;

    /* how it runs */
    pthread_t pthread;
    void *stack; /* its lowest byte; NULL: the first thread */
    size_t stack_bytes;
    void *stack_pointer;
    uintptr_t thread_pointer;
    int baton;
    int parked;
    bool started;  /* its real thread is known to be parked */
    bool released; /* joined, or detached and ended: forgotten when it is buried */
    bool buried;   /* its real thread is gone */
    struct sim_thread *next_dead;

    struct sim_thread *next; /* of all, in the order of creation */
    struct sim_thread *previous;
    struct sim_thread *next_with_hash;
};

struct sim_process {
    struct sim_process *next;
    char *name;
    char *host_name;
    int64_t id;
    enum sim_process_state state;
    int exit_code;
    size_t threads; /* that live */
    size_t threads_max;
    size_t descriptors;

    /* an end or a pause that waits until no lock is held */
    bool freezing;
    enum sim_process_state freezing_to;
    int freezing_code;
    struct sim_thread *freezing_thread; /* which ends its own process */

    struct sim_thread **suspended;
    size_t suspended_count;
    size_t suspended_size;

    int64_t wall_base_ns; /* offset at `wall_since_ns` */
    int64_t wall_since_ns;
    int64_t wall_drift_ppb;

    void (*ended)(struct sim_process *process, void *owner);
    void *owner;
};

struct sim_world {
    /* the fast path */
    bool active;
    struct sim_thread *current;
    int64_t now_ns;
    int64_t next_deadline_ns;
    int64_t point_cost_ns;
    int64_t points_left; /* until the next preemption or check */
    uint64_t points_granted;

    struct sim_options options;
    enum sim_backend backend;

    /* the run queue: a ring of a power of two */
    struct sim_thread **ready;
    size_t ready_size;
    size_t ready_first;
    size_t ready_count;
    struct sim_random random; /* of the scheduler */

    struct sim_thread **deadlines; /* a heap, from 1 */
    size_t deadline_count;
    size_t deadline_size;
    uint64_t deadline_order;

    struct sim_thread *first_thread;
    struct sim_thread *last_thread;
    struct sim_thread main_thread;
    struct sim_thread *dead; /* ended, to be joined really; with SIM_THREADS by who runs next */
    size_t dead_count;
    struct sim_process *first_process;
    struct sim_process *last_process;
    uint64_t progress_points; /* at the last event or byte */

    struct sim_summary summary;
};

extern struct sim_world sim_world;

#define LIKELY(condition)   __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#endif
