#include "world/process.h"

#include <string.h>

#include "world/memory.h"
#include "world/report.h"
#include "world/scheduler.h"
#include "world/socket.h"
#include "world/thread.h"

enum { FIRST_ID = 1000, CRASH_EXIT_CODE = 128 + 9 };

#define FREEZE_PATIENCE_NS INT64_C(5000000)
#define NS_PER_SECOND      INT64_C(1000000000)

static int64_t last_id = FIRST_ID - 1;

static char *copy_text(const char *text)
{
    size_t len = strlen(text) + 1;
    char *copy = sim_memory_get(len);
    sim_memory_copy(copy, text, len);
    return copy;
}

struct sim_process *sim_process_create(const struct sim_process_options *options)
{
    struct sim_process *process = sim_memory_get(sizeof(*process));
    process->name = copy_text(options->name);
    process->host_name = copy_text(options->host_name ? options->host_name : options->name);
    process->id = ++last_id;
    process->state = SIM_RUNNING;
    process->wall_base_ns = options->wall_offset_ns;
    process->wall_since_ns = sim_world.now_ns;
    process->wall_drift_ppb = options->wall_drift_ppb;
    process->threads_max = options->threads_max;
    process->ended = options->ended;
    process->owner = options->owner;
    if (sim_world.last_process) {
        sim_world.last_process->next = process;
    } else {
        sim_world.first_process = process;
    }
    sim_world.last_process = process;
    return process;
}

struct sim_process *sim_process_first(void)
{
    return sim_process_create(&(struct sim_process_options){.name = "world"});
}

struct sim_process *sim_process_current(void)
{
    return sim_world.current->process;
}

struct sim_process *sim_process_find(int64_t id)
{
    struct sim_process *process = sim_world.first_process;
    while (process != NULL && process->id != id) {
        process = process->next;
    }
    return process;
}

struct sim_process *sim_process_world(void)
{
    return sim_world.first_process;
}

int64_t sim_process_id(const struct sim_process *process)
{
    return process->id;
}

const char *sim_process_name(const struct sim_process *process)
{
    return process->name;
}

const char *sim_process_host_name(const struct sim_process *process)
{
    return process->host_name;
}

enum sim_process_state sim_process_state(const struct sim_process *process)
{
    return process->state;
}

int sim_process_exit_code(const struct sim_process *process)
{
    return process->exit_code;
}

size_t sim_process_threads(const struct sim_process *process)
{
    return process->threads;
}

size_t sim_process_unjoined(const struct sim_process *process)
{
    size_t count = 0;
    for (const struct sim_thread *thread = sim_world.first_thread; thread; thread = thread->next) {
        count += thread->process == process && thread->state == THREAD_ENDED && !thread->released ? 1 : 0;
    }
    return count;
}

size_t sim_process_descriptors(const struct sim_process *process)
{
    return process->descriptors;
}

static bool has_ended(const struct sim_process *process)
{
    return process->state == SIM_EXITED || process->state == SIM_CRASHED;
}

/* ---- threads of a process ---- */

static struct sim_thread *start_thread(struct sim_process *process, const struct sim_thread_start *start)
{
    if (has_ended(process)) {
        sim_report_fail(SIM_MISUSE, "a new thread in process %s, which has ended", process->name);
    }
    int error;
    struct sim_thread *thread = sim_thread_create(process, start, &error);
    if (!thread) {
        sim_report_fail(SIM_MISUSE, "a new thread in process %s: the system refused it: %s", process->name,
                        strerror(error));
    }
    return thread;
}

void sim_process_start(struct sim_process *process, int (*main)(void *argument), void *argument)
{
    struct sim_thread_start start = {.kind = ENTRY_PROCESS, .process = main, .argument = argument, .detached = true};
    sim_thread_name_set(start_thread(process, &start), "main");
}

int sim_process_spawn(struct sim_process *process, const char *thread_name, void (*entry)(void *argument),
                      void *argument)
{
    struct sim_thread_start start = {.kind = ENTRY_PLAIN, .plain = entry, .argument = argument, .detached = true};
    struct sim_thread *thread = start_thread(process, &start);
    sim_thread_name_set(thread, thread_name);
    return thread->number;
}

/* ---- its end ---- */

static bool holds_locks(const struct sim_process *process)
{
    for (struct sim_thread *thread = sim_world.first_thread; thread; thread = thread->next) {
        bool runs = thread->state != THREAD_ENDED && thread->state != THREAD_FROZEN;
        if (thread->process == process && runs && thread->locks_held > 0 && thread != process->freezing_thread) {
            return true;
        }
    }
    return false;
}

static void suspend_ready(struct sim_process *process)
{
    process->state = SIM_PAUSED;
    for (struct sim_thread *thread = sim_world.first_thread; thread; thread = thread->next) {
        if (thread->process == process && thread->state == THREAD_READY && sim_scheduler_unready(thread)) {
            sim_scheduler_ready(thread);
        }
    }
    if (sim_world.current->process == process && sim_world.current->state == THREAD_READY) {
        sim_scheduler_ready(sim_world.current);
    }
}

/* Ends or pauses the process now, with the current thread perhaps among the frozen or suspended. */
static void freeze(struct sim_process *process)
{
    process->freezing = false;
    if (process->freezing_to == SIM_PAUSED) {
        suspend_ready(process);
    } else {
        process->state = process->freezing_to;
        process->exit_code = process->freezing_code;
        for (struct sim_thread *thread = sim_world.first_thread; thread; thread = thread->next) {
            if (thread->process == process) {
                sim_thread_freeze(thread);
            }
        }
        process->suspended_count = 0;
        sim_sockets_close_all(process, process->state == SIM_CRASHED);
        if (process->ended) {
            process->ended(process, process->owner);
        }
        sim_memory_release(process);
    }
    sim_scheduler_wake_all(process);
}

static void freeze_and_go_on(struct sim_process *process)
{
    freeze(process);
    struct sim_thread *thread = sim_world.current;
    if (thread->state == THREAD_FROZEN || thread->state == THREAD_SUSPENDED) {
        sim_scheduler_switch();
    }
}

/* Freezes a process that cannot wait any longer for its locks. */
static void end_patience(void *argument)
{
    struct sim_process *process = argument;
    int64_t deadline_ns = sim_world.now_ns + FREEZE_PATIENCE_NS;
    while (process->freezing && sim_world.now_ns < deadline_ns) {
        sim_scheduler_wait(WAIT_PROCESS, process, deadline_ns);
    }
    if (process->freezing) {
        freeze(process);
    }
}

static void begin_freezing(struct sim_process *process, enum sim_process_state state, int code,
                           struct sim_thread *thread)
{
    if (process->freezing && process->freezing_to != SIM_PAUSED) {
        return; /* it ends already */
    }
    process->freezing = true;
    process->freezing_to = state;
    process->freezing_code = code;
    process->freezing_thread = thread;
    if (!holds_locks(process)) {
        freeze_and_go_on(process);
        return;
    }
    sim_process_spawn(sim_world.first_process, "reaper", end_patience, process);
}

void sim_process_lock_released(struct sim_process *process)
{
    if (process->freezing && !holds_locks(process)) {
        freeze_and_go_on(process);
    }
}

void sim_process_exit(int code)
{
    struct sim_process *process = sim_world.current->process;
    if (process == sim_world.first_process) {
        sim_report_fail(SIM_MISUSE, "sim_process_exit() in the process that holds the world");
    }
    begin_freezing(process, SIM_EXITED, code, sim_world.current);
    for (;;) {
        sim_scheduler_wait(WAIT_EXIT, NULL, SIM_NEVER);
    }
}

static void check_other(const struct sim_process *process, const char *call)
{
    if (process == sim_world.first_process) {
        sim_report_fail(SIM_MISUSE, "%s of the process that holds the world", call);
    }
}

void sim_process_crash(struct sim_process *process)
{
    check_other(process, "sim_process_crash()");
    if (process == sim_world.current->process) {
        sim_report_fail(SIM_MISUSE, "sim_process_crash() of the caller's own process");
    }
    if (!has_ended(process)) {
        begin_freezing(process, SIM_CRASHED, CRASH_EXIT_CODE, NULL);
    }
}

void sim_process_pause(struct sim_process *process)
{
    check_other(process, "sim_process_pause()");
    if (process->state == SIM_RUNNING && !process->freezing) {
        struct sim_thread *self = process == sim_world.current->process ? sim_world.current : NULL;
        begin_freezing(process, SIM_PAUSED, 0, self);
    }
}

void sim_process_resume(struct sim_process *process)
{
    if (process->freezing && process->freezing_to == SIM_PAUSED) {
        process->freezing = false;
    }
    if (process->state != SIM_PAUSED) {
        return;
    }
    process->state = SIM_RUNNING;
    for (size_t i = 0; i < process->suspended_count; i++) {
        sim_scheduler_ready(process->suspended[i]);
    }
    process->suspended_count = 0;
}

bool sim_process_wait(struct sim_process *process, int64_t deadline_ns)
{
    while (!has_ended(process)) {
        if (sim_world.now_ns >= deadline_ns) {
            return false;
        }
        sim_scheduler_wait(WAIT_PROCESS, process, deadline_ns);
    }
    sim_memory_acquire(process);
    return true;
}

bool sim_process_wait_threads(struct sim_process *process, int64_t deadline_ns)
{
    while (process->threads > 0) {
        if (sim_world.now_ns >= deadline_ns) {
            return false;
        }
        sim_scheduler_wait(WAIT_PROCESS, process, deadline_ns);
    }
    sim_memory_acquire(process);
    return true;
}

/* ---- its wall clock ---- */

/* value * parts / 10^9 without overflow for all times of a run. */
static int64_t scale(int64_t value, int64_t parts)
{
    return value / NS_PER_SECOND * parts + value % NS_PER_SECOND * parts / NS_PER_SECOND;
}

static int64_t offset_at(const struct sim_process *process, int64_t now_ns)
{
    return process->wall_base_ns + scale(now_ns - process->wall_since_ns, process->wall_drift_ppb);
}

int64_t sim_process_wall_at(const struct sim_process *process, int64_t now_ns)
{
    return SIM_WALL_ORIGIN_NS + now_ns + offset_at(process, now_ns);
}

int64_t sim_process_wall_to_now(const struct sim_process *process, int64_t wall_ns)
{
    int64_t left = wall_ns - sim_process_wall_at(process, sim_world.now_ns);
    if (process->wall_drift_ppb == 0) {
        return sim_world.now_ns + left;
    }
    /* The first instant at which the drifting clock shows it: the drift is less than a half either way. */
    int64_t low = sim_world.now_ns;
    int64_t high = left > 0 ? sim_world.now_ns + 2 * left + 1 : low;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sim_process_wall_at(process, middle) >= wall_ns) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

void sim_process_set_wall(struct sim_process *process, int64_t wall_offset_ns, int64_t wall_drift_ppb)
{
    if (wall_drift_ppb > NS_PER_SECOND / 2 - 1 || wall_drift_ppb < 1 - NS_PER_SECOND / 2) {
        sim_report_fail(SIM_MISUSE, "sim_process_set_wall: drift: expected less than a half, got %lld ppb",
                        (long long)wall_drift_ppb);
    }
    process->wall_base_ns = wall_offset_ns;
    process->wall_since_ns = sim_world.now_ns;
    process->wall_drift_ppb = wall_drift_ppb;
    for (struct sim_thread *thread = sim_world.first_thread; thread; thread = thread->next) {
        bool waits = thread->process == process && thread->state == THREAD_WAITING;
        if (waits && thread->wall_deadline_ns != SIM_NEVER) {
            sim_scheduler_set_deadline(thread, sim_process_wall_to_now(process, thread->wall_deadline_ns));
        }
    }
}

int64_t sim_process_wall_offset(const struct sim_process *process)
{
    return offset_at(process, sim_world.now_ns);
}
