#include "tracking/scheduler.h"

#include "base/error.h"

#define LOOKS_PER_INTERVAL 10

void scheduler_init(struct scheduler *scheduler, struct clock *clock, struct reporter *reporter, int64_t interval_ms)
{
    *scheduler = (struct scheduler){.clock = clock, .reporter = reporter, .interval_ms = interval_ms};
    lock_init(&scheduler->lock, LOCK_REPORT_SCHEDULER);
    (void)pthread_cond_init(&scheduler->changed, NULL);
}

void scheduler_close(struct scheduler *scheduler)
{
    scheduler_end(scheduler);
    scheduler_join(scheduler);
    lock_close(&scheduler->lock);
    (void)pthread_cond_destroy(&scheduler->changed);
}

/* The next look, or the moment a report is due if that comes first. */
static int64_t next_look_ns(struct scheduler *scheduler)
{
    int64_t now_ns = scheduler->clock->monotonic_ns(scheduler->clock);
    int64_t look_ns = now_ns + scheduler->interval_ms * NS_PER_MS / LOOKS_PER_INTERVAL;
    int64_t due_ns = reporter_due_ns(scheduler->reporter);
    return due_ns > now_ns && due_ns < look_ns ? due_ns : look_ns;
}

static void *run(void *argument)
{
    struct scheduler *scheduler = argument;
    struct clock *clock = scheduler->clock;
    for (;;) {
        if (reporter_has_requests(scheduler->reporter)) {
            reporter_force(scheduler->reporter);
        }
        reporter_report(scheduler->reporter);
        int64_t deadline_ns = next_look_ns(scheduler);
        int code = 0;
        lock_take(&scheduler->lock);
        while (!scheduler->woken && !scheduler->ending && code == 0) {
            code = clock_wait(clock, &scheduler->changed, &scheduler->lock, deadline_ns);
        }
        scheduler->woken = false;
        bool ending = scheduler->ending;
        lock_give(&scheduler->lock);
        if (ending) {
            return NULL;
        }
    }
}

int scheduler_start(struct scheduler *scheduler, struct carafe_error *error)
{
    int code = 0;
    lock_take(&scheduler->lock);
    if (!scheduler->started && !scheduler->ending) {
        code = pthread_create(&scheduler->thread, NULL, run, scheduler);
        scheduler->started = code == 0;
    }
    lock_give(&scheduler->lock);
    if (code != 0) {
        return error_set(error, CARAFE_FAILED, "scheduler: thread: expected 0, got %d", code);
    }
    return 0;
}

void scheduler_wake(struct scheduler *scheduler)
{
    lock_take(&scheduler->lock);
    scheduler->woken = true;
    (void)pthread_cond_signal(&scheduler->changed);
    lock_give(&scheduler->lock);
}

void scheduler_end(struct scheduler *scheduler)
{
    lock_take(&scheduler->lock);
    scheduler->ending = true;
    (void)pthread_cond_signal(&scheduler->changed);
    lock_give(&scheduler->lock);
}

void scheduler_join(struct scheduler *scheduler)
{
    lock_take(&scheduler->lock);
    bool mine = scheduler->started && !scheduler->joined;
    scheduler->joined = scheduler->joined || mine;
    lock_give(&scheduler->lock);
    if (mine) {
        (void)pthread_join(scheduler->thread, NULL);
    }
}
