/*
 * Tracks one server and reports it to Kafka: the whole folder behind one door.  It follows the server by the events on
 * its monitor alone, to which it subscribes at creation, and asks it through the inspector.
 *
 * Life: create (before the first event); the server runs; the producer is closed; stop; destroy, when the monitor
 * publishes no more.  A thread of its own runs from app.running to app.terminated, or tracking_stop().
 */
#ifndef TRACKING_TRACKING_H
#define TRACKING_TRACKING_H

#include "carafe.h"
#include "ports/clock.h"
#include "ports/inspector.h"
#include "ports/log.h"
#include "ports/metrics.h"
#include "ports/monitor.h"
#include "ports/process.h"
#include "ports/producer.h"
#include "tracking/reporter.h"

#define TRACKING_INTERVAL_MS    5000
#define TRACKING_SYNC_THRESHOLD 50
#define TRACKING_ERRORS_MAX     1000
#define TRACKING_EXPIRY_MS      30000 /* a report that was not delivered by then is given up */
#define TRACKING_REPORTS_TOPIC  "karafka_consumers_reports"
#define TRACKING_ERRORS_TOPIC   "karafka_errors"
#define TRACKING_SCHEMA         "1.4.0"

/* Texts are copied; ports are borrowed, and outlive the tracking. */
struct tracking_options {
    struct carafe_reporting reporting; /* 0 and NULL: the defaults above */
    const char *server_id;             /* 12 hex digits */
    struct carafe_names tags;
    const char *librdkafka_version; /* of the library that is loaded */
    const struct client_traits *clients;
    size_t client_count;
    struct clock *clock;
    struct process *process;
    struct metrics *metrics;
    struct producer *producer; /* NULL: follows, and never reports */
    struct log *log;
    struct monitor *monitor;
    struct inspector *inspector;
    struct report_filter *filter; /* NULL: none */
    int64_t forceful_wait_ms;     /* a forced report waits no longer for Kafka; 0: REPORTER_FORCED_WAIT_MS */
};

struct tracking;

/*
 * Reports that are not delivered within TRACKING_EXPIRY_MS are given up by the producer from now on.
 * NULL on failure. CARAFE_INVALID: a setting of reporting is wrong; CARAFE_FULL: the monitor has too many subscribers;
 * CARAFE_NO_MEMORY; the codes of producer->expire().
 */
struct tracking *tracking_create(const struct tracking_options *options, struct carafe_error *error);

/* End the thread and wait for it; no report follows but those the events of the server force. Not from a subscriber. */
void tracking_stop(struct tracking *tracking);

/* After the producer's close (its callbacks point here) and the monitor's last event. Takes NULL. */
void tracking_destroy(struct tracking *tracking);

struct reporter_losses tracking_losses(struct tracking *tracking);

#endif
