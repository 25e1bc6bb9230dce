/*
 * The instrumentation bus: the one place where server and tracking meet.  Everything observable is an event on it.
 *
 * Locks: none is held while subscribers run, and none may be held by who publishes (style: no callback under a lock).
 * Threads: publish from any; subscribe before the first publish.
 */
#ifndef PORTS_MONITOR_H
#define PORTS_MONITOR_H

#include "carafe.h"
#include "ports/clock.h"
#include "ports/log.h"

#define MONITOR_SUBSCRIBERS_MAX 32

struct monitor;

struct monitor *monitor_create(struct clock *clock, struct log *log);
void monitor_destroy(struct monitor *monitor);

/* Subscribers are told in the order of subscription.  CARAFE_FULL: MONITOR_SUBSCRIBERS_MAX. */
int monitor_subscribe(struct monitor *monitor, carafe_subscriber subscriber, void *owner,
                      struct carafe_error *error) CARAFE_RESULT;

/* What event->status says from now on. */
void monitor_set_status(struct monitor *monitor, enum carafe_status status);

/*
 * The same for one that may take its time (a report waits for Kafka): it is told after all others, whenever they
 * subscribe, so that they learn of an event when it happens.
 */
int monitor_subscribe_last(struct monitor *monitor, carafe_subscriber subscriber, void *owner,
                           struct carafe_error *error) CARAFE_RESULT;

/*
 * Tell all subscribers.  Sets event->monotonic_ns, and event->status but for app.* and reporter.reported.  A subscriber
 * that fails does not keep the event from the others; its failure is published as `error.occurred`
 * (`callbacks.error.error`), except a failure of handling that one, which is logged.
 */
void monitor_publish(struct monitor *monitor, struct carafe_event *event);

/* `error.occurred` of a type, about nothing in particular. */
void monitor_publish_failure(struct monitor *monitor, const char *type, const char *error_class, const char *message);

#endif
