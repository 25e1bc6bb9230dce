#include "world/deadlines.h"

#include "world/memory.h"

enum { FIRST_SIZE = 64 };

static bool before(const struct sim_thread *left, const struct sim_thread *right)
{
    if (left->deadline_ns != right->deadline_ns) {
        return left->deadline_ns < right->deadline_ns;
    }
    return left->deadline_order < right->deadline_order;
}

static void put(size_t index, struct sim_thread *thread)
{
    sim_world.deadlines[index] = thread;
    thread->heap_index = index;
}

static void sift_up(size_t index, struct sim_thread *thread)
{
    while (index > 1 && before(thread, sim_world.deadlines[index / 2])) {
        put(index, sim_world.deadlines[index / 2]);
        index /= 2;
    }
    put(index, thread);
}

static void sift_down(size_t index, struct sim_thread *thread)
{
    for (;;) {
        size_t child = 2 * index;
        if (child > sim_world.deadline_count) {
            break;
        }
        if (child < sim_world.deadline_count && before(sim_world.deadlines[child + 1], sim_world.deadlines[child])) {
            child++;
        }
        if (!before(sim_world.deadlines[child], thread)) {
            break;
        }
        put(index, sim_world.deadlines[child]);
        index = child;
    }
    put(index, thread);
}

static void grow(void)
{
    size_t size = sim_world.deadline_size ? 2 * sim_world.deadline_size : FIRST_SIZE;
    struct sim_thread **larger = sim_memory_get(size * sizeof(*larger));
    for (size_t i = 1; i <= sim_world.deadline_count; i++) {
        larger[i] = sim_world.deadlines[i];
    }
    if (sim_world.deadlines) {
        sim_memory_put(sim_world.deadlines, sim_world.deadline_size * sizeof(*larger));
    }
    sim_world.deadlines = larger;
    sim_world.deadline_size = size;
}

static void note_next(void)
{
    sim_world.next_deadline_ns = sim_world.deadline_count > 0 ? sim_world.deadlines[1]->deadline_ns : SIM_NEVER;
}

void sim_deadlines_add(struct sim_thread *thread)
{
    if (sim_world.deadline_count + 1 >= sim_world.deadline_size) {
        grow();
    }
    thread->deadline_order = sim_world.deadline_order++;
    sift_up(++sim_world.deadline_count, thread);
    note_next();
}

void sim_deadlines_remove(struct sim_thread *thread)
{
    size_t index = thread->heap_index;
    if (index == 0) {
        return;
    }
    thread->heap_index = 0;
    struct sim_thread *last = sim_world.deadlines[sim_world.deadline_count--];
    if (last != thread) {
        if (index > 1 && before(last, sim_world.deadlines[index / 2])) {
            sift_up(index, last);
        } else {
            sift_down(index, last);
        }
    }
    note_next();
}

struct sim_thread *sim_deadlines_first(void)
{
    return sim_world.deadlines[1];
}
