#include "ports/monitor.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "base/lock.h"

#define SUBSCRIBER_FAILURE_TYPE "callbacks.error.error"
#define SUBSCRIBER_FAILURE_MAX  128

struct subscription {
    carafe_subscriber subscriber;
    void *owner;
};

struct monitor {
    struct clock *clock;
    struct log *log;
    atomic_int status; /* enum carafe_status */
    size_t count;
    size_t last_count; /* of these, behind all others */
    struct subscription subscriptions[MONITOR_SUBSCRIBERS_MAX];
};

struct monitor *monitor_create(struct clock *clock, struct log *log)
{
    struct monitor *monitor = calloc(1, sizeof *monitor);
    if (monitor == NULL) {
        return NULL;
    }
    monitor->clock = clock;
    monitor->log = log;
    atomic_init(&monitor->status, CARAFE_INITIALIZING);
    return monitor;
}

void monitor_destroy(struct monitor *monitor)
{
    free(monitor);
}

/* A place for one more, with `behind` of those that are there moved behind it. */
static int insert(struct monitor *monitor, struct subscription subscription, size_t behind, struct carafe_error *error)
{
    if (subscription.subscriber == NULL) {
        return error_set(error, CARAFE_INVALID, "monitor: subscriber: expected a function, got NULL");
    }
    if (monitor->count == MONITOR_SUBSCRIBERS_MAX) {
        return error_set(error, CARAFE_FULL, "monitor: subscribers: expected at most %d, got one more",
                         MONITOR_SUBSCRIBERS_MAX);
    }
    struct subscription *place = &monitor->subscriptions[monitor->count - behind];
    memmove(place + 1, place, behind * sizeof *place);
    *place = subscription;
    monitor->count++;
    return 0;
}

int monitor_subscribe(struct monitor *monitor, carafe_subscriber subscriber, void *owner, struct carafe_error *error)
{
    return insert(monitor, (struct subscription){subscriber, owner}, monitor->last_count, error);
}

int monitor_subscribe_last(struct monitor *monitor, carafe_subscriber subscriber, void *owner,
                           struct carafe_error *error)
{
    int code = insert(monitor, (struct subscription){subscriber, owner}, 0, error);
    monitor->last_count += code == 0;
    return code;
}

void monitor_set_status(struct monitor *monitor, enum carafe_status status)
{
    atomic_store(&monitor->status, (int)status);
}

/* Events of a status and of a report say which one they mean themselves. */
static bool carries_its_own_status(enum carafe_event_kind kind)
{
    return kind <= CARAFE_EVENT_APP_TERMINATED || kind == CARAFE_EVENT_REPORTER_REPORTED;
}

static bool is_subscriber_failure(const struct carafe_event *event)
{
    return event->kind == CARAFE_EVENT_ERROR_OCCURRED && event->failure != NULL &&
           strcmp(event->failure->type, SUBSCRIBER_FAILURE_TYPE) == 0;
}

/* Publishing the failure of who handles such failures could go on for ever: that one is only logged. */
static void tell_failures(struct monitor *monitor, const struct carafe_event *event, size_t failures, int code)
{
    char message[SUBSCRIBER_FAILURE_MAX];
    (void)snprintf(message, sizeof message, "%zu subscriber%s of %s failed, expected 0, got %d", failures,
                   failures == 1 ? "" : "s", carafe_event_name(event->kind), code);
    if (is_subscriber_failure(event)) {
        log_line(monitor->log, LOG_ERROR_LEVEL, "monitor: %s", message);
        return;
    }
    monitor_publish_failure(monitor, SUBSCRIBER_FAILURE_TYPE, "SubscriberError", message);
}

void monitor_publish(struct monitor *monitor, struct carafe_event *event)
{
    lock_expect_none_held("a subscriber");
    event->monotonic_ns = monitor->clock->monotonic_ns(monitor->clock);
    if (!carries_its_own_status(event->kind)) {
        event->status = (enum carafe_status)atomic_load(&monitor->status);
    }
    size_t failures = 0;
    int code = 0;
    for (size_t i = 0; i < monitor->count; i++) {
        int result = monitor->subscriptions[i].subscriber(event, monitor->subscriptions[i].owner);
        if (result != 0) {
            failures++;
            code = result;
        }
    }
    if (failures > 0) {
        tell_failures(monitor, event, failures, code);
    }
}

void monitor_publish_failure(struct monitor *monitor, const char *type, const char *error_class, const char *message)
{
    ASSERT(type != NULL);
    struct carafe_failure failure = {
        .type = type,
        .error_class = error_class != NULL && error_class[0] != '\0' ? error_class : "Error",
        .message = message != NULL ? message : "",
    };
    struct carafe_event event = {.kind = CARAFE_EVENT_ERROR_OCCURRED, .failure = &failure};
    monitor_publish(monitor, &event);
}
