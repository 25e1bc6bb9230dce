#include "swarm/liveness.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/error.h"

/* One listener, known by its subscription group. */
struct pulse {
    char *name;
    int64_t polled_ns;
};

struct liveness {
    struct liveness_options options;
    pthread_t thread;
    bool has_thread;
    bool orphaned; /* the thread's own, until it was joined */

    struct lock lock;
    bool ending;
    bool running; /* between app.running and the end of the work */
    struct pulse *pulses;
    size_t pulse_count;
};

struct liveness *liveness_create(const struct liveness_options *options)
{
    struct liveness *liveness = calloc(1, sizeof *liveness);
    if (liveness == NULL) {
        return NULL;
    }
    liveness->options = *options;
    lock_init(&liveness->lock, LOCK_LIVENESS);
    return liveness;
}

void liveness_destroy(struct liveness *liveness)
{
    if (liveness == NULL) {
        return;
    }
    for (size_t i = 0; i < liveness->pulse_count; i++) {
        free(liveness->pulses[i].name);
    }
    free(liveness->pulses);
    lock_close(&liveness->lock);
    free(liveness);
}

/* ---- Health ------------------------------------------------------------------------------------------------------ */

static struct pulse *find_locked(struct liveness *liveness, const char *name)
{
    for (size_t i = 0; i < liveness->pulse_count; i++) {
        if (strcmp(liveness->pulses[i].name, name) == 0) {
            return &liveness->pulses[i];
        }
    }
    if (liveness->pulse_count == LIVENESS_LISTENERS_MAX) {
        return NULL;
    }
    struct pulse *pulses = realloc(liveness->pulses, (liveness->pulse_count + 1) * sizeof *pulses);
    if (pulses == NULL) {
        return NULL;
    }
    liveness->pulses = pulses;
    char *copy = strdup(name);
    if (copy == NULL) {
        return NULL;
    }
    pulses[liveness->pulse_count] = (struct pulse){.name = copy};
    return &pulses[liveness->pulse_count++];
}

int liveness_note(const struct carafe_event *event, void *owner)
{
    struct liveness *liveness = owner;
    bool polls = event->kind == CARAFE_EVENT_LISTENER_FETCH_LOOP || event->kind == CARAFE_EVENT_CLIENT_RESET;
    lock_take(&liveness->lock);
    if (polls && event->subscription_group != NULL) {
        struct pulse *pulse = find_locked(liveness, event->subscription_group);
        if (pulse != NULL) {
            pulse->polled_ns = event->monotonic_ns;
        }
    } else if (event->kind == CARAFE_EVENT_APP_RUNNING) {
        liveness->running = true;
    } else if (event->kind == CARAFE_EVENT_APP_QUIETING || event->kind == CARAFE_EVENT_APP_STOPPING) {
        liveness->running = false;
    }
    lock_give(&liveness->lock);
    return 0;
}

static bool is_healthy(struct liveness *liveness)
{
    struct clock *clock = liveness->options.clock;
    int64_t since_ns = clock->monotonic_ns(clock) - liveness->options.poll_interval_ms * NS_PER_MS;
    bool healthy = true;
    lock_take(&liveness->lock);
    for (size_t i = 0; i < liveness->pulse_count; i++) {
        healthy = healthy && (!liveness->running || liveness->pulses[i].polled_ns >= since_ns);
    }
    lock_give(&liveness->lock);
    return healthy;
}

/* ---- The thread -------------------------------------------------------------------------------------------------- */

static bool is_ending(struct liveness *liveness)
{
    lock_take(&liveness->lock);
    bool ending = liveness->ending;
    lock_give(&liveness->lock);
    return ending;
}

static void *tell(void *argument)
{
    struct liveness *liveness = argument;
    struct clock *clock = liveness->options.clock;
    struct parent *parent = liveness->options.parent;
    while (!is_ending(liveness) && !liveness->orphaned) {
        parent->report(parent, is_healthy(liveness));
        int64_t next_ns = clock->monotonic_ns(clock) + liveness->options.every_ms * NS_PER_MS;
        liveness->orphaned = parent->wait_end(parent, next_ns);
    }
    if (liveness->orphaned) {
        liveness->options.orphaned(liveness->options.owner);
    }
    return NULL;
}

int liveness_start(struct liveness *liveness, struct carafe_error *error)
{
    liveness->has_thread = pthread_create(&liveness->thread, NULL, tell, liveness) == 0;
    return liveness->has_thread ? 0 : error_set(error, CARAFE_FAILED, "liveness: expected a thread, got none");
}

bool liveness_end(struct liveness *liveness)
{
    if (!liveness->has_thread) {
        return liveness->orphaned;
    }
    lock_take(&liveness->lock);
    liveness->ending = true;
    lock_give(&liveness->lock);
    liveness->options.parent->wake(liveness->options.parent);
    (void)pthread_join(liveness->thread, NULL);
    liveness->has_thread = false;
    return liveness->orphaned;
}
