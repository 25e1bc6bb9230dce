#include "server/status.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/assert.h"

struct status {
    struct clock *clock;
    struct monitor *monitor;
    status_observer observer;
    void *owner;
    atomic_int current; /* written with the lock held */
    struct lock lock;
    pthread_cond_t told; /* `published` moved, or nobody tells any more */
    bool entered[CARAFE_TERMINATED + 1];
    enum carafe_status published;
    bool telling;
    pthread_t teller; /* valid while telling */
    size_t workers;
};

struct status *status_create(struct clock *clock, struct monitor *monitor)
{
    struct status *status = calloc(1, sizeof *status);
    if (status == NULL) {
        return NULL;
    }
    status->clock = clock;
    status->monitor = monitor;
    atomic_init(&status->current, CARAFE_INITIALIZING);
    lock_init(&status->lock, LOCK_STATUS);
    pthread_cond_init(&status->told, NULL);
    return status;
}

void status_destroy(struct status *status)
{
    if (status == NULL) {
        return;
    }
    pthread_cond_destroy(&status->told);
    lock_close(&status->lock);
    free(status);
}

void status_observe(struct status *status, status_observer observer, void *owner)
{
    status->observer = observer;
    status->owner = owner;
}

void status_set_workers(struct status *status, size_t workers)
{
    lock_take(&status->lock);
    status->workers = workers;
    lock_give(&status->lock);
}

enum carafe_status status_get(const struct status *status)
{
    return (enum carafe_status)atomic_load(&status->current);
}

bool status_is_done(const struct status *status)
{
    return status_get(status) >= CARAFE_QUIETING;
}

static void publish(struct status *status, enum carafe_status state, size_t workers)
{
    static const enum carafe_event_kind kinds[] = {
        [CARAFE_INITIALIZED] = CARAFE_EVENT_APP_INITIALIZED,
        [CARAFE_SUPERVISING] = CARAFE_EVENT_APP_SUPERVISING,
        [CARAFE_RUNNING] = CARAFE_EVENT_APP_RUNNING,
        [CARAFE_QUIETING] = CARAFE_EVENT_APP_QUIETING,
        [CARAFE_QUIET] = CARAFE_EVENT_APP_QUIET,
        [CARAFE_STOPPING] = CARAFE_EVENT_APP_STOPPING,
        [CARAFE_STOPPED] = CARAFE_EVENT_APP_STOPPED,
        [CARAFE_TERMINATED] = CARAFE_EVENT_APP_TERMINATED,
    };
    struct carafe_event event = {.kind = kinds[state], .status = state};
    event.workers = state == CARAFE_RUNNING ? workers : 0;
    monitor_publish(status->monitor, &event);
}

/* Publish, one after the other, what was entered and not told yet. */
static void tell_locked(struct status *status)
{
    status->telling = true;
    status->teller = pthread_self();
    for (int next = (int)status->published + 1; next <= atomic_load(&status->current); next++) {
        if (status->entered[next]) {
            size_t workers = status->workers;
            monitor_set_status(status->monitor, (enum carafe_status)next);
            lock_give(&status->lock);
            publish(status, (enum carafe_status)next, workers);
            lock_take(&status->lock);
        }
        status->published = (enum carafe_status)next;
        pthread_cond_broadcast(&status->told);
    }
    status->telling = false;
    pthread_cond_broadcast(&status->told);
}

bool status_advance(struct status *status, enum carafe_status to)
{
    ASSERT(to > CARAFE_INITIALIZING && to <= CARAFE_TERMINATED);
    lock_take(&status->lock);
    if ((int)to <= atomic_load(&status->current)) {
        lock_give(&status->lock);
        return false;
    }
    atomic_store(&status->current, (int)to);
    status->entered[to] = true;
    lock_give(&status->lock);
    if (status->observer != NULL) {
        status->observer(to, status->owner);
    }
    lock_take(&status->lock);
    while (status->published < to) {
        if (!status->telling) {
            tell_locked(status);
        } else if (pthread_equal(status->teller, pthread_self())) {
            break;
        } else {
            (void)clock_wait(status->clock, &status->told, &status->lock, NEVER_NS);
        }
    }
    lock_give(&status->lock);
    return true;
}

void status_wait(struct status *status, enum carafe_status state)
{
    lock_take(&status->lock);
    while (status->published < state || status->telling) {
        (void)clock_wait(status->clock, &status->told, &status->lock, NEVER_NS);
    }
    lock_give(&status->lock);
}

bool status_is_telling(struct status *status)
{
    lock_take(&status->lock);
    bool telling = status->telling && pthread_equal(status->teller, pthread_self());
    lock_give(&status->lock);
    return telling;
}
