/* A wait that another thread, or a callback of the world, can end. */
#include "world/scheduler.h"

#include "world/world.h"

bool sim_wait_until(int64_t deadline_ns)
{
    struct sim_thread *thread = sim_world.current;
    while (!thread->woken && sim_world.now_ns < deadline_ns) {
        sim_scheduler_wait(WAIT_SLEEP, NULL, deadline_ns);
    }
    bool woken = thread->woken;
    thread->woken = false;
    return woken;
}

void sim_wake(int number)
{
    for (struct sim_thread *thread = sim_world.first_thread; thread != NULL; thread = thread->next) {
        if (thread->number != number) {
            continue;
        }
        thread->woken = true;
        if (thread->state == THREAD_WAITING && thread->wait_kind == WAIT_SLEEP) {
            sim_scheduler_wake(thread);
        }
        return;
    }
}
