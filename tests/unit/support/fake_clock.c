#include "support/fake_clock.h"

#include <sched.h>
#include <stdbool.h>

#include "base/assert.h"
#include "carafe.h"

static struct fake_clock *self_of(struct clock *clock)
{
    return (struct fake_clock *)clock;
}

static int64_t now_ns(struct clock *clock)
{
    struct fake_clock *self = self_of(clock);
    pthread_mutex_lock(&self->lock);
    int64_t now = self->now_ns;
    pthread_mutex_unlock(&self->lock);
    return now;
}

static int wait_until(struct clock *clock, pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t deadline_ns)
{
    struct fake_clock *self = self_of(clock);
    pthread_mutex_lock(&self->lock);
    if (self->now_ns >= deadline_ns) {
        pthread_mutex_unlock(&self->lock);
        return CARAFE_TIMEOUT;
    }
    size_t slot = 0;
    while (slot < FAKE_CLOCK_WAITS_MAX && self->waits[slot].condition != NULL) {
        slot++;
    }
    ASSERT(slot < FAKE_CLOCK_WAITS_MAX);
    self->waits[slot] = (struct fake_wait){condition, deadline_ns};
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);

    pthread_cond_wait(condition, mutex);

    pthread_mutex_lock(&self->lock);
    self->waits[slot].condition = NULL;
    int result = self->now_ns >= deadline_ns ? CARAFE_TIMEOUT : 0;
    pthread_mutex_unlock(&self->lock);
    return result;
}

static void sleep_until(struct clock *clock, int64_t deadline_ns)
{
    struct fake_clock *self = self_of(clock);
    pthread_mutex_lock(&self->lock);
    while (self->now_ns < deadline_ns) {
        pthread_cond_wait(&self->changed, &self->lock);
    }
    pthread_mutex_unlock(&self->lock);
}

void fake_clock_init(struct fake_clock *clock)
{
    *clock = (struct fake_clock){
        .port = {.monotonic_ns = now_ns, .wall_ns = now_ns, .sleep_until = sleep_until, .wait_until = wait_until},
        .now_ns = FAKE_CLOCK_START_NS,
    };
    pthread_mutex_init(&clock->lock, NULL);
    pthread_cond_init(&clock->changed, NULL);
}

void fake_clock_close(struct fake_clock *clock)
{
    pthread_cond_destroy(&clock->changed);
    pthread_mutex_destroy(&clock->lock);
}

/* A wait may have been noted and not begun: it is woken again until it says that it has ended. */
static bool wake_due_locked(struct fake_clock *clock)
{
    bool any = false;
    for (size_t i = 0; i < FAKE_CLOCK_WAITS_MAX; i++) {
        if (clock->waits[i].condition != NULL && clock->waits[i].deadline_ns <= clock->now_ns) {
            pthread_cond_broadcast(clock->waits[i].condition);
            any = true;
        }
    }
    return any;
}

void fake_clock_advance(struct fake_clock *clock, int64_t duration_ms)
{
    pthread_mutex_lock(&clock->lock);
    clock->now_ns += duration_ms * NS_PER_MS;
    pthread_cond_broadcast(&clock->changed);
    while (wake_due_locked(clock)) {
        pthread_mutex_unlock(&clock->lock);
        sched_yield();
        pthread_mutex_lock(&clock->lock);
    }
    pthread_mutex_unlock(&clock->lock);
}

static bool has_deadline_locked(const struct fake_clock *clock, int64_t deadline_ns)
{
    for (size_t i = 0; i < FAKE_CLOCK_WAITS_MAX; i++) {
        if (clock->waits[i].condition != NULL && clock->waits[i].deadline_ns == deadline_ns) {
            return true;
        }
    }
    return false;
}

void fake_clock_await_deadline(struct fake_clock *clock, int64_t duration_ms)
{
    pthread_mutex_lock(&clock->lock);
    while (!has_deadline_locked(clock, clock->now_ns + duration_ms * NS_PER_MS)) {
        pthread_cond_wait(&clock->changed, &clock->lock);
    }
    pthread_mutex_unlock(&clock->lock);
}

void fake_clock_await_wait(struct fake_clock *clock, int64_t deadline_ns)
{
    pthread_mutex_lock(&clock->lock);
    while (!has_deadline_locked(clock, deadline_ns)) {
        pthread_cond_wait(&clock->changed, &clock->lock);
    }
    pthread_mutex_unlock(&clock->lock);
}
