#include "tracking/tracking.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tracking/scheduler.h"

#define STOPPING_ERROR   "app.stopping.error"
#define STATISTICS_ERROR "callbacks.statistics.error"
#define ERRORS_MAX_BOUND 1000000
#define INTERVAL_MAX_MS  INT64_C(86400000)

struct tracking {
    struct log *log;
    struct monitor *monitor;
    struct identity identity;
    struct tracker *tracker;
    struct reporter *reporter;
    struct scheduler scheduler;
    bool scheduled;
};

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void force(struct tracking *tracking, enum carafe_status status)
{
    reporter_request(tracking->reporter, status);
    reporter_force(tracking->reporter);
}

/*
 * Who quiets must not wait: the scheduler sends those reports. Who stops waits anyway, and after `stopped` it closes
 * the producer: these are sent on its thread.
 */
static int on_status(struct tracking *tracking, const struct carafe_event *event, struct carafe_error *error)
{
    switch (event->kind) {
    case CARAFE_EVENT_APP_RUNNING:
        return scheduler_start(&tracking->scheduler, error);
    case CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP:
        scheduler_wake(&tracking->scheduler);
        return 0;
    case CARAFE_EVENT_APP_QUIETING:
        reporter_request(tracking->reporter, CARAFE_QUIETING);
        scheduler_wake(&tracking->scheduler);
        return 0;
    case CARAFE_EVENT_APP_QUIET:
        reporter_request(tracking->reporter, CARAFE_QUIET);
        scheduler_wake(&tracking->scheduler);
        return 0;
    case CARAFE_EVENT_APP_STOPPING:
        force(tracking, CARAFE_STOPPING);
        return 0;
    case CARAFE_EVENT_APP_STOPPED:
        force(tracking, CARAFE_STOPPED);
        return 0;
    case CARAFE_EVENT_ERROR_OCCURRED:
        if (event->failure != NULL && event->failure->type != NULL &&
            strcmp(event->failure->type, STOPPING_ERROR) == 0) {
            force(tracking, CARAFE_STOPPING);
        }
        return 0;
    case CARAFE_EVENT_APP_TERMINATED:
        scheduler_end(&tracking->scheduler);
        return 0;
    default:
        return 0;
    }
}

static int on_event(const struct carafe_event *event, void *owner)
{
    struct tracking *tracking = owner;
    struct carafe_error error = {0};
    int code = tracker_on_event(tracking->tracker, event, &error);
    if (code != 0 && event->kind == CARAFE_EVENT_STATISTICS_EMITTED) {
        monitor_publish_failure(tracking->monitor, STATISTICS_ERROR, "StatisticsError", error.text);
        code = 0;
    }
    int status_code = on_status(tracking, event, &error);
    code = code != 0 ? code : status_code;
    if (code != 0) {
        log_line(tracking->log, LOG_WARNING_LEVEL, "tracking: %s: %s", carafe_event_name(event->kind), error.text);
    }
    return code;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void fill_in(struct carafe_reporting *settings)
{
    settings->interval_ms = settings->interval_ms == 0 ? TRACKING_INTERVAL_MS : settings->interval_ms;
    settings->sync_threshold = settings->sync_threshold == 0 ? TRACKING_SYNC_THRESHOLD : settings->sync_threshold;
    settings->errors_max = settings->errors_max == 0 ? TRACKING_ERRORS_MAX : settings->errors_max;
    settings->reports_topic = settings->reports_topic == NULL ? TRACKING_REPORTS_TOPIC : settings->reports_topic;
    settings->errors_topic = settings->errors_topic == NULL ? TRACKING_ERRORS_TOPIC : settings->errors_topic;
    settings->schema = settings->schema == NULL ? TRACKING_SCHEMA : settings->schema;
}

static int check(const struct carafe_reporting *settings, enum contract_schema *schema, struct carafe_error *error)
{
    struct carafe_error schema_error;
    int code = 0;
    if (settings->interval_ms < 1 || settings->interval_ms > INTERVAL_MAX_MS) {
        code = error_append(error, CARAFE_INVALID, "reporting: interval_ms: expected 1 to %lld, got %lld",
                            (long long)INTERVAL_MAX_MS, (long long)settings->interval_ms);
    }
    if (settings->errors_max > ERRORS_MAX_BOUND) {
        code = error_append(error, CARAFE_INVALID, "reporting: errors_max: expected at most %d, got %zu",
                            ERRORS_MAX_BOUND, settings->errors_max);
    }
    if (contract_schema_parse(settings->schema, schema, &schema_error) != 0) {
        code = error_append(error, CARAFE_INVALID, "reporting: schema: %s", schema_error.text);
    }
    return code;
}

static int init_identity(struct tracking *tracking, const struct tracking_options *options, enum contract_schema schema,
                         struct carafe_error *error)
{
    const struct identity_options identity = {
        .process = options->process,
        .server_id = options->server_id,
        .tags = options->tags,
        .librdkafka_version = options->librdkafka_version,
        .clients = options->clients,
        .client_count = options->client_count,
        .schema = schema,
        .started_at_s = sampler_wall_s(options->clock),
        .started_ms = sampler_now_ms(options->clock),
    };
    return identity_init(&tracking->identity, &identity, error);
}

/*
 * A server that gives itself less time for its forceful end must not wait longer than that for its last reports, which
 * are two: of `stopping`, for which a short shutdown_timeout may leave no time of its own, and of the forceful end.
 */
static int64_t forced_wait_ms(const struct tracking_options *options)
{
    bool shorter = options->forceful_wait_ms > 0 && options->forceful_wait_ms < 2 * REPORTER_FORCED_WAIT_MS;
    return shorter ? options->forceful_wait_ms / 2 : REPORTER_FORCED_WAIT_MS;
}

static int init_parts(struct tracking *tracking, const struct tracking_options *options,
                      const struct carafe_reporting *settings, struct carafe_error *error)
{
    tracking->tracker = tracker_create(options->clock, options->process, &tracking->identity, settings->errors_max);
    if (tracking->tracker == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "tracking: expected memory, got none");
    }
    const struct reporter_options reporter = {
        .settings = *settings,
        .identity = &tracking->identity,
        .tracker = tracking->tracker,
        .sampler = {options->clock, options->metrics, options->inspector},
        .producer = options->producer,
        .monitor = options->monitor,
        .filter = options->filter,
        .forced_wait_ms = forced_wait_ms(options),
    };
    tracking->reporter = reporter_create(&reporter, error);
    if (tracking->reporter == NULL) {
        return CARAFE_NO_MEMORY;
    }
    struct producer *producer = options->producer;
    if (producer != NULL && settings->enabled) {
        /* The next report says it better; error documents stay as long as the producer keeps them, and come back. */
        int code = producer->expire(producer, settings->reports_topic, TRACKING_EXPIRY_MS, error);
        if (code != 0) {
            return code;
        }
    }
    scheduler_init(&tracking->scheduler, options->clock, tracking->reporter, settings->interval_ms);
    tracking->scheduled = true;
    return 0;
}

struct tracking *tracking_create(const struct tracking_options *options, struct carafe_error *error)
{
    struct carafe_reporting settings = options->reporting;
    enum contract_schema schema = SCHEMA_1_4_0;
    error_clear(error);
    fill_in(&settings);
    if (check(&settings, &schema, error) != 0) {
        return NULL;
    }
    struct tracking *tracking = calloc(1, sizeof *tracking);
    if (tracking == NULL) {
        (void)error_set(error, CARAFE_NO_MEMORY, "tracking: expected memory, got none");
        return NULL;
    }
    tracking->log = options->log;
    tracking->monitor = options->monitor;
    if (init_identity(tracking, options, schema, error) != 0 || init_parts(tracking, options, &settings, error) != 0 ||
        monitor_subscribe_last(options->monitor, on_event, tracking, error) != 0) {
        tracking_destroy(tracking);
        return NULL;
    }
    return tracking;
}

void tracking_stop(struct tracking *tracking)
{
    scheduler_end(&tracking->scheduler);
    scheduler_join(&tracking->scheduler);
}

void tracking_destroy(struct tracking *tracking)
{
    if (tracking == NULL) {
        return;
    }
    if (tracking->scheduled) {
        scheduler_close(&tracking->scheduler);
    }
    reporter_destroy(tracking->reporter);
    tracker_destroy(tracking->tracker);
    identity_close(&tracking->identity);
    free(tracking);
}

struct reporter_losses tracking_losses(struct tracking *tracking)
{
    return reporter_losses(tracking->reporter);
}
