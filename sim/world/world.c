#include "world/world.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "world/memory.h"
#include "world/process.h"
#include "world/report.h"
#include "world/scheduler.h"
#include "world/socket.h"
#include "world/switch.h"
#include "world/thread.h"
#include "world/trace.h"
#include "world/watchdog.h"

enum { HUGE_PAGE_BYTES = 2 * 1024 * 1024, PREFAULT_BYTES = 1536 * 1024 };

struct sim_world sim_world;

static void *volatile spacer; /* volatile: its allocation must not be left out */

void sim_world_prepare(void)
{
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
    mallopt(M_TOP_PAD, 4 * 1024 * 1024);
    mallopt(M_MMAP_THRESHOLD, 64 * 1024 * 1024);
}

/*
 * What every world will touch, in one call of the kernel instead of hundreds of page faults: a huge page if there is
 * one. The spacer, which nobody touches, lets the heap go on where it begins.
 */
static void prefault_heap(void)
{
    char *memory = malloc(2 * HUGE_PAGE_BYTES);
    if (!memory) {
        return;
    }
    size_t ahead = HUGE_PAGE_BYTES - (uintptr_t)memory % HUGE_PAGE_BYTES;
    (void)madvise(memory + ahead, HUGE_PAGE_BYTES, MADV_HUGEPAGE);
    (void)madvise(memory + ahead, PREFAULT_BYTES, MADV_POPULATE_WRITE);
    free(memory);
    spacer = malloc(ahead);
}

void sim_world_start(const struct sim_options *options)
{
    static bool started;
    if (started || options->point_cost_ns < 1) {
        fprintf(stderr, "world: start: expected the first of this process, with points that cost time\n");
        exit(SIM_EXIT_FAILURE);
    }
    started = true;
    sim_world_prepare();
    prefault_heap();
    sim_world.options = *options;
    sim_world.backend = sim_switch_choose(options->backend);
    sim_world.point_cost_ns = options->point_cost_ns;
    sim_scheduler_start();
    sim_routes_start();
    sim_trace_start();
    sim_thread_adopt(sim_process_first());
    sim_watchdog_start();
    sim_world.active = true;
}

void sim_world_summary(struct sim_summary *summary)
{
    *summary = sim_world.summary;
    summary->now_ns = sim_world.now_ns;
    summary->hash = sim_trace_hash();
    summary->points = sim_scheduler_points();
    summary->descriptors_open = sim_sockets_open();
    summary->threads_live = 0;
    for (const struct sim_process *process = sim_world.first_process; process; process = process->next) {
        summary->threads_live += process->threads;
    }
}

void sim_world_finish(struct sim_summary *summary)
{
    if (sim_world.current != &sim_world.main_thread) {
        sim_report_fail(SIM_MISUSE, "sim_world_finish() by another thread than the one that started the world");
    }
    if (summary) {
        sim_world_summary(summary);
    }
    sim_switch_bury();
    sim_watchdog_stop();
    sim_world.active = false;
}

void sim_thread_set_name(const char *name)
{
    sim_thread_name_set(sim_world.current, name);
}

const char *sim_thread_name(void)
{
    return sim_world.current->name;
}

int sim_thread_number(void)
{
    return sim_world.current->number;
}

void sim_hand_over(const void *object)
{
    sim_memory_release(object);
}

void sim_take_over(const void *object)
{
    sim_memory_acquire(object);
}

uint64_t sim_random(uint64_t stream)
{
    enum { STREAMS = 64 };
    static struct sim_random streams[STREAMS];
    static uint64_t numbers[STREAMS];
    static size_t count;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == stream) {
            return sim_random_next(&streams[i]);
        }
    }
    if (count == STREAMS) {
        sim_report_fail(SIM_MISUSE, "more than %d random streams", STREAMS);
    }
    numbers[count] = stream;
    streams[count] = sim_random_stream(sim_world.options.seed, RANDOM_CALLER, stream);
    return sim_random_next(&streams[count++]);
}
