/*
 * Which thread runs, and when.
 *
 * Every intercepted call is a scheduling point: it costs a little virtual time, so that loops on the clock end, and now
 * and then it preempts the thread.  The next preemption is drawn ahead of time, so that a point costs two comparisons.
 */
#ifndef SIM_WORLD_SCHEDULER_H
#define SIM_WORLD_SCHEDULER_H

#include "world/state.h"

void sim_scheduler_start(void);

/* The rare half of a point: something is due, or the thread is preempted. */
void sim_scheduler_slow_point(void);

static inline void sim_scheduler_point(void)
{
    sim_world.now_ns += sim_world.point_cost_ns;
    if (UNLIKELY(--sim_world.points_left <= 0 || sim_world.now_ns >= sim_world.next_deadline_ns)) {
        sim_scheduler_slow_point();
    }
}

/* Points so far. */
static inline uint64_t sim_scheduler_points(void)
{
    return sim_world.points_granted - (uint64_t)sim_world.points_left;
}

/* Something happened: an event or a byte. */
static inline void sim_scheduler_progress(void)
{
    sim_world.progress_points = sim_scheduler_points();
    sim_world.current->spun_points = 0;
    sim_world.current->resumed_points = sim_world.progress_points;
}

/*
 * The current thread waits for `object` (NULL: only for the time), at most until `deadline_ns`.  Returns true when the
 * deadline ended it.  Wakes without a reason are possible: callers look at their condition again.
 */
bool sim_scheduler_wait(enum sim_wait_kind kind, const void *object, int64_t deadline_ns);

/* As above, for a deadline on the wall clock of its process, which moves when that clock is set. */
bool sim_scheduler_wait_wall(enum sim_wait_kind kind, const void *object, int64_t deadline_ns,
                             int64_t wall_deadline_ns);

/* The thread goes on, whatever it waits for. */
void sim_scheduler_wake(struct sim_thread *thread);
/* Those who wait for `object`: all, or one that the seed picks. */
void sim_scheduler_wake_all(const void *object);
void sim_scheduler_wake_one(const void *object);
/* `thread`, which waits, waits no longer than until `deadline_ns`. */
void sim_scheduler_hasten(struct sim_thread *thread, int64_t deadline_ns);
/* Or until exactly then: its clock was set. */
void sim_scheduler_set_deadline(struct sim_thread *thread, int64_t deadline_ns);

/* A thread that can run: into the run queue, or kept by its paused process. */
void sim_scheduler_ready(struct sim_thread *thread);
/* Out of the run queue and of every wait; the caller sets its state. */
void sim_scheduler_remove(struct sim_thread *thread);
/* Out of the run queue only.  Returns whether it was in. */
bool sim_scheduler_unready(struct sim_thread *thread);

/* Let another thread run; the current one must be ready, waiting or frozen by now. */
void sim_scheduler_switch(void);
/* The current thread steps back behind all others that are ready. */
void sim_scheduler_yield(void);
/* The current thread ended: another runs.  Returns only with SIM_THREADS, to leave the real thread. */
void sim_scheduler_leave(void);

/* The number of an object in reports, given when it is first asked for. */
unsigned sim_scheduler_object_number(const void *object);
/* The object at this address is a new one. */
void sim_scheduler_forget_object(const void *object);

#endif
