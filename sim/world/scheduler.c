#include "world/scheduler.h"

#include <errno.h>

#include "world/deadlines.h"
#include "world/memory.h"
#include "world/report.h"
#include "world/switch.h"
#include "world/trace.h"
#include "world/wait_queues.h"

enum {
    READY_FIRST_SIZE = 64,
    IDLE_POINTS = 1 << 20, /* between two checks when there is nobody to switch to */
    QUANTUM_POINTS = 1000, /* without preemption: so that a loop that polls does not starve the others */
    GAP_TABLE_BITS = 10,
    GAP_TABLE = 1 << GAP_TABLE_BITS
};

/* Points from one preemption to the next: a uniform draw picks one of equally likely gaps. */
static int64_t gap_table[GAP_TABLE];

/* What is left of the last gap while nobody is ready: the gaps have no memory, so it can be kept. */
static int64_t kept_gap;

static void fill_gap_table(unsigned preemption)
{
    const uint64_t one = UINT64_C(1) << 32;
    uint64_t beyond = one; /* the chance, of 2^32, that the gap is longer than `gap` */
    int64_t gap = 0;
    for (size_t i = 0; i < GAP_TABLE; i++) {
        uint64_t wanted = (2 * (GAP_TABLE - i) - 1) << (32 - GAP_TABLE_BITS - 1);
        while (beyond > wanted) {
            gap++;
            beyond -= beyond / preemption;
        }
        gap_table[i] = gap;
    }
}

void sim_scheduler_start(void)
{
    sim_world.ready_size = READY_FIRST_SIZE;
    sim_world.ready = sim_memory_get(READY_FIRST_SIZE * sizeof(*sim_world.ready));
    sim_world.random = sim_random_stream(sim_world.options.seed, RANDOM_SCHEDULER, 0);
    sim_world.next_deadline_ns = SIM_NEVER;
    sim_world.points_left = IDLE_POINTS;
    sim_world.points_granted = IDLE_POINTS;
    if (sim_world.options.preemption > 0) {
        fill_gap_table(sim_world.options.preemption);
    }
}

static int64_t draw_gap(void)
{
    if (sim_world.options.preemption == 0) {
        return QUANTUM_POINTS;
    }
    return gap_table[sim_random_next(&sim_world.random) >> (64 - GAP_TABLE_BITS)];
}

static void grant_points(int64_t points)
{
    sim_world.points_granted += (uint64_t)(points - sim_world.points_left);
    sim_world.points_left = points;
}

/* Somebody else became ready: preemptions count again. */
static void arm(void)
{
    if (kept_gap == 0) {
        kept_gap = draw_gap();
    }
    grant_points(kept_gap);
}

/* Nobody else is ready. */
static void disarm(void)
{
    kept_gap = sim_world.points_left;
    grant_points(IDLE_POINTS);
}

static void grow_ready(void)
{
    size_t size = sim_world.ready_size;
    struct sim_thread **larger = sim_memory_get(2 * size * sizeof(*larger));
    for (size_t i = 0; i < size; i++) {
        larger[i] = sim_world.ready[(sim_world.ready_first + i) & (size - 1)];
    }
    sim_memory_put(sim_world.ready, size * sizeof(*larger));
    sim_world.ready = larger;
    sim_world.ready_size = 2 * size;
    sim_world.ready_first = 0;
}

static struct sim_thread **ready_at(size_t position)
{
    return &sim_world.ready[(sim_world.ready_first + position) & (sim_world.ready_size - 1)];
}

static void push_ready(struct sim_thread *thread)
{
    if (sim_world.ready_count == sim_world.ready_size) {
        grow_ready();
    }
    *ready_at(sim_world.ready_count++) = thread;
    if (sim_world.ready_count == 1) {
        arm();
    }
}

static struct sim_thread *take_ready(size_t position)
{
    struct sim_thread *thread = *ready_at(position);
    *ready_at(position) = *ready_at(0);
    sim_world.ready_first = (sim_world.ready_first + 1) & (sim_world.ready_size - 1);
    if (--sim_world.ready_count == 0) {
        disarm();
    }
    return thread;
}

static void keep_suspended(struct sim_thread *thread)
{
    struct sim_process *process = thread->process;
    if (process->suspended_count == process->suspended_size) {
        size_t size = process->suspended_size ? 2 * process->suspended_size : 16;
        struct sim_thread **larger = sim_memory_get(size * sizeof(*larger));
        for (size_t i = 0; i < process->suspended_count; i++) {
            larger[i] = process->suspended[i];
        }
        if (process->suspended) {
            sim_memory_put(process->suspended, process->suspended_size * sizeof(*larger));
        }
        process->suspended = larger;
        process->suspended_size = size;
    }
    process->suspended[process->suspended_count++] = thread;
}

void sim_scheduler_ready(struct sim_thread *thread)
{
    if (thread->process->state == SIM_PAUSED) {
        thread->state = THREAD_SUSPENDED;
        keep_suspended(thread);
        return;
    }
    thread->state = THREAD_READY;
    push_ready(thread);
}

bool sim_scheduler_unready(struct sim_thread *thread)
{
    for (size_t i = 0; i < sim_world.ready_count; i++) {
        if (*ready_at(i) == thread) {
            /* In order: those behind move up. */
            for (size_t k = i; k + 1 < sim_world.ready_count; k++) {
                *ready_at(k) = *ready_at(k + 1);
            }
            if (--sim_world.ready_count == 0) {
                disarm();
            }
            return true;
        }
    }
    return false;
}

static void stop_waiting(struct sim_thread *thread)
{
    sim_wait_queues_remove(thread);
    sim_deadlines_remove(thread);
    thread->wait_kind = WAIT_NOTHING;
    thread->wall_deadline_ns = SIM_NEVER;
}

void sim_scheduler_remove(struct sim_thread *thread)
{
    if (thread->state == THREAD_WAITING) {
        stop_waiting(thread);
    } else if (thread->state == THREAD_READY) {
        sim_scheduler_unready(thread);
    }
}

void sim_scheduler_wake(struct sim_thread *thread)
{
    if (thread->state == THREAD_WAITING) {
        stop_waiting(thread);
        sim_scheduler_ready(thread);
    }
}

void sim_scheduler_wake_all(const void *object)
{
    struct sim_wait_queue *queue = sim_wait_queues_find(object);
    while (queue && queue->first) {
        sim_scheduler_wake(queue->first);
    }
}

void sim_scheduler_wake_one(const void *object)
{
    struct sim_wait_queue *queue = sim_wait_queues_find(object);
    if (!queue || !queue->first) {
        return;
    }
    struct sim_thread *thread = queue->first;
    if (sim_world.options.preemption > 0 && queue->count > 1) {
        for (uint64_t skip = sim_random_below(&sim_world.random, queue->count); skip > 0; skip--) {
            thread = thread->wait_next;
        }
    }
    sim_scheduler_wake(thread);
}

void sim_scheduler_set_deadline(struct sim_thread *thread, int64_t deadline_ns)
{
    sim_deadlines_remove(thread);
    thread->deadline_ns = deadline_ns;
    if (deadline_ns != SIM_NEVER) {
        sim_deadlines_add(thread);
    }
}

void sim_scheduler_hasten(struct sim_thread *thread, int64_t deadline_ns)
{
    if (thread->state == THREAD_WAITING && deadline_ns < thread->deadline_ns) {
        sim_scheduler_set_deadline(thread, deadline_ns);
    }
}

static void wake_due(void)
{
    while (sim_world.now_ns >= sim_world.next_deadline_ns) {
        struct sim_thread *thread = sim_deadlines_first();
        thread->timed_out = true;
        sim_scheduler_wake(thread);
    }
}

static void check_livelock(void)
{
    uint64_t bound = sim_world.options.livelock_points;
    if (bound > 0 && sim_scheduler_points() - sim_world.progress_points > bound) {
        sim_report_fail(SIM_LIVELOCK, "%llu scheduling points without an event or a socket byte",
                        (unsigned long long)bound);
    }
    const struct sim_thread *thread = sim_world.current;
    uint64_t spun = thread->spun_points + sim_scheduler_points() - thread->resumed_points;
    if (sim_world.options.spin_points > 0 && spun > sim_world.options.spin_points) {
        sim_report_fail(SIM_LIVELOCK, "%s: %llu scheduling points without a wait, an event or a socket byte",
                        thread->name, (unsigned long long)sim_world.options.spin_points);
    }
}

/* The next thread, taken out of the run queue; time jumps to the next deadline when nobody is ready. */
static struct sim_thread *pick(void)
{
    for (;;) {
        wake_due();
        if (sim_world.ready_count > 0) {
            break;
        }
        if (sim_world.next_deadline_ns == SIM_NEVER) {
            sim_report_fail(SIM_DEADLOCK, "no thread can run and nothing is due");
        }
        sim_world.now_ns = sim_world.next_deadline_ns;
    }
    size_t position = 0;
    if (sim_world.options.preemption > 0 && sim_world.ready_count > 1) {
        position = (size_t)sim_random_below(&sim_world.random, sim_world.ready_count);
    }
    return take_ready(position);
}

void sim_scheduler_switch(void)
{
    struct sim_thread *next = pick();
    struct sim_thread *current = sim_world.current;
    if (next != current) {
        int saved = errno;
        uint64_t points = sim_scheduler_points();
        current->spun_points += points - current->resumed_points;
        next->resumed_points = points;
        sim_trace_switch(next);
        sim_switch_to(next);
        errno = saved;
    }
}

void sim_scheduler_leave(void)
{
    struct sim_thread *next = pick();
    next->resumed_points = sim_scheduler_points();
    sim_trace_switch(next);
    sim_switch_leave(next);
}

void sim_scheduler_yield(void)
{
    struct sim_thread *thread = sim_world.current;
    if (sim_world.ready_count > 0) {
        push_ready(thread);
        sim_scheduler_switch();
    }
}

void sim_scheduler_slow_point(void)
{
    wake_due();
    if (sim_world.points_left > 0) {
        return;
    }
    check_livelock();
    grant_points(sim_world.ready_count > 0 ? draw_gap() : IDLE_POINTS);
    sim_scheduler_yield();
}

bool sim_scheduler_wait_wall(enum sim_wait_kind kind, const void *object, int64_t deadline_ns, int64_t wall_deadline_ns)
{
    struct sim_thread *thread = sim_world.current;
    if (kind != WAIT_MUTEX) {
        thread->spun_points = 0;
        thread->resumed_points = sim_scheduler_points();
    }
    thread->state = THREAD_WAITING;
    thread->timed_out = false;
    thread->wait_kind = kind;
    thread->wait_object = object;
    thread->deadline_ns = deadline_ns;
    thread->wall_deadline_ns = wall_deadline_ns;
    if (object) {
        sim_wait_queues_add(object, thread);
    }
    if (deadline_ns != SIM_NEVER) {
        sim_deadlines_add(thread);
    }
    sim_scheduler_switch();
    return thread->timed_out;
}

bool sim_scheduler_wait(enum sim_wait_kind kind, const void *object, int64_t deadline_ns)
{
    return sim_scheduler_wait_wall(kind, object, deadline_ns, SIM_NEVER);
}

unsigned sim_scheduler_object_number(const void *object)
{
    return sim_wait_queues_number(object);
}

void sim_scheduler_forget_object(const void *object)
{
    sim_wait_queues_forget(object);
}
