/* A server that is none: a tracking on fakes, its events published by hand, its messages read back. */
#ifndef TRACKED_H
#define TRACKED_H

#include "support/fake_clock.h"
#include "support/fake_host.h"
#include "support/fake_log.h"
#include "support/fake_producer.h"
#include "support/recorder.h"
#include "tracking/tracking.h"

#define REPORTS_TOPIC "karafka_consumers_reports"
#define ERRORS_TOPIC  "karafka_errors"

struct tracked {
    struct fake_clock clock;
    struct fake_process process;
    struct fake_metrics metrics;
    struct fake_inspector inspector;
    struct fake_log log;
    struct fake_producer *producer;
    struct recorder *recorder;
    struct monitor *monitor;
    struct tracking_options options;
    struct tracking *tracking;
    struct json_reader reader;
    struct json_document document; /* read last */
    struct json_buffer text;
};

/* Fakes and options; then change options, and begin. */
struct tracked *tracked_create(void);
void tracked_begin(struct tracked *tracked);
void tracked_destroy(struct tracked *tracked);

/* The server enters `status`: the inspector says so, and the event is published. */
void tracked_enter(struct tracked *tracked, enum carafe_status status);
/* app.running, and the first report is out. */
void tracked_run(struct tracked *tracked);
/* Time passes; the scheduler waits again for its next look. */
void tracked_pass(struct tracked *tracked, int64_t duration_ms);
void tracked_publish(struct tracked *tracked, struct carafe_event event);
void tracked_fail(struct tracked *tracked, const char *type, const char *message);

size_t tracked_reports(struct tracked *tracked);
size_t tracked_errors(struct tracked *tracked);
/* The field at `path` (keys separated by '/') of the nth report or error, as JSON text. */
const char *tracked_report_field(struct tracked *tracked, size_t nth, const char *path);
const char *tracked_error_field(struct tracked *tracked, size_t nth, const char *path);
/* What the contract of `schema` says of it: "" if nothing. */
const char *tracked_report_violations(struct tracked *tracked, size_t nth, enum contract_schema schema);
const char *tracked_error_violations(struct tracked *tracked, size_t nth, enum contract_schema schema);

#endif
