/*
 * Reports the server to Kafka: every interval while it runs, and at once (forced) when its status changes on the way
 * down.  Source: seed 000, Karafka Web's consumers reporter; the deviations are the design's (reporting.md, 1).
 *
 * Locks: one of its own, never held while a port is called.  It makes reports one at a time: who reports holds the
 * turn, not the lock.  Threads: any.
 */
#ifndef TRACKING_REPORTER_H
#define TRACKING_REPORTER_H

#include "carafe.h"
#include "ports/monitor.h"
#include "ports/producer.h"
#include "tracking/contract.h"
#include "tracking/identity.h"
#include "tracking/sampler.h"
#include "tracking/tracker.h"

#define REPORTER_FIRST_AGE_MS   INT64_C(10000) /* as if reported so long ago: the first report goes out at once */
#define REPORTER_FORCED_WAIT_MS INT64_C(1000)  /* for the deliveries of a forced report, at most */
#define REPORTER_SYNC_WAIT_MS   INT64_C(5000)  /* for the deliveries of many messages */
#define REPORTER_REQUESTS_MAX   16

/*
 * Looks at every document after it was built and before it is validated, and may change it (json_document_assign()).
 * For whoever wants to see what a wrong field does; production has none.
 */
struct report_filter {
    void (*apply)(struct report_filter *filter, enum contract_kind kind, struct json_document *document);
};

/* Everything is borrowed for the reporter's life but the texts of `settings`, which are copied. */
struct reporter_options {
    struct carafe_reporting settings; /* every number and topic set */
    const struct identity *identity;
    struct tracker *tracker;
    struct sampler sampler;
    struct producer *producer; /* NULL: never reports */
    struct monitor *monitor;
    struct report_filter *filter; /* NULL: none */
    int64_t forced_wait_ms;       /* for the deliveries of a forced report */
};

/* Error documents that never went out. */
struct reporter_losses {
    size_t dropped;   /* the oldest, when there were too many */
    size_t set_aside; /* violating their contract, or never to be accepted by the producer */
};

struct reporter;

struct reporter *reporter_create(const struct reporter_options *options, struct carafe_error *error);
/* Only after the producer was closed. Takes NULL. */
void reporter_destroy(struct reporter *reporter);

/* Report if the interval has passed, and nobody else is at it. Does not wait for Kafka unless there is much to say. */
void reporter_report(struct reporter *reporter);

/* When the next unforced report is due (monotonic). */
int64_t reporter_due_ns(struct reporter *reporter);

/* A forced report with this status is wanted. Who calls reporter_force() next sends it. Never waits. */
void reporter_request(struct reporter *reporter, enum carafe_status status);
bool reporter_has_requests(struct reporter *reporter);

/* Send every report that was requested until now, in order, and wait for their deliveries for at most 1 000 ms. */
void reporter_force(struct reporter *reporter);

struct reporter_losses reporter_losses(struct reporter *reporter);

#endif
