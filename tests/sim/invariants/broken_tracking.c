#include "broken_core.h"

#include <stdlib.h>
#include <string.h>

#include "ports/clock.h"
#include "tracking/dispatch.h"
#include "tracking/error_report.h"
#include "tracking/reporter.h"
#include "tracking/scheduler.h"

/* ---- When reports are made --------------------------------------------------------------------------------------- */

#define TOO_EARLY_MS 50

REPLACES(void, reporter_request, struct reporter *reporter, enum carafe_status status)
{
    bool forgotten = (bug == BUG_QUIETING_UNREPORTED && status == CARAFE_QUIETING) ||
                     (bug == BUG_STOPPED_UNREPORTED && status == CARAFE_STOPPED);
    if (!forgotten) {
        __real_reporter_request(reporter, status);
    }
    if (bug == BUG_STOPPING_REPORTED_TWICE && status == CARAFE_STOPPING) {
        __real_reporter_request(reporter, status);
    }
}

/* Says of a server that is about to run that it does. */
struct hasty_inspector {
    struct inspector port;
    struct inspector *real;
};

static void inspect_hastily(struct inspector *port, struct inspection *inspection)
{
    struct hasty_inspector *inspector = (struct hasty_inspector *)port;
    inspector->real->inspect(inspector->real, inspection);
    inspection->was_running = true;
    inspection->status = inspection->status < CARAFE_SUPERVISING ? CARAFE_SUPERVISING : inspection->status;
}

REPLACES(struct reporter *, reporter_create, const struct reporter_options *options, struct carafe_error *error)
{
    static struct hasty_inspector inspector;
    struct reporter_options changed = *options;
    if (bug == BUG_REPORTS_TOO_EARLY) {
        changed.settings.interval_ms -= TOO_EARLY_MS;
    }
    if (bug == BUG_REPORTS_BEFORE_RUNNING) {
        inspector = (struct hasty_inspector){.port = {.inspect = inspect_hastily}, .real = options->sampler.inspector};
        changed.sampler.inspector = &inspector.port;
    }
    return __real_reporter_create(&changed, error);
}

static struct reporter *hasty;

REPLACES(void, scheduler_init, struct scheduler *scheduler, struct clock *clock, struct reporter *reporter,
         int64_t interval_ms)
{
    hasty = reporter;
    __real_scheduler_init(scheduler, clock, reporter, interval_ms);
}

REPLACES(int, tracker_on_event, struct tracker *tracker, const struct carafe_event *event, struct carafe_error *error)
{
    if (bug == BUG_REPORTS_BEFORE_RUNNING && event->kind == CARAFE_EVENT_APP_INITIALIZED) {
        reporter_report(hasty);
    }
    return __real_tracker_on_event(tracker, event, error);
}

/* ---- What they say ----------------------------------------------------------------------------------------------- */

static void overwrite(struct json_buffer *buffer, const char *good, const char *bad)
{
    size_t len = strlen(good);
    char *found = buffer->len >= len ? memmem(buffer->bytes, buffer->len, good, len) : NULL;
    if (found != NULL) {
        memcpy(found, bad, len);
    }
}

/* After the contract was checked. */
REPLACES(void, json_write, struct json_buffer *buffer, const struct json_value *value)
{
    __real_json_write(buffer, value);
    if (bug == BUG_STATUS_UNKNOWN_TO_THE_CONTRACT) {
        overwrite(buffer, "\"status\":\"running\"", "\"status\":\"resting\"");
    } else if (bug == BUG_SCHEMA_OF_ANOTHER_TIME) {
        overwrite(buffer, "\"schema_version\":\"1.4.0\"", "\"schema_version\":\"1.7.0\"");
    } else if (bug == BUG_WORKERS_OF_ANOTHER) {
        overwrite(buffer, "\"workers\":5", "\"workers\":4");
    }
}

/* ---- Error documents --------------------------------------------------------------------------------------------- */

REPLACES(int, dispatch_error, struct dispatch *dispatch, struct error_document *document,
         const struct json_buffer *json, size_t *bytes, struct carafe_error *error)
{
    if (bug == BUG_ERROR_LOST) {
        error_document_destroy(document);
        return 0;
    }
    if (bug == BUG_ERROR_TWICE) {
        struct error_document *copy = error_document_create(document->json, document->len);
        if (copy != NULL && __real_dispatch_error(dispatch, copy, json, bytes, error) != 0) {
            error_document_destroy(copy);
        }
    }
    return __real_dispatch_error(dispatch, document, json, bytes, error);
}

REPLACES(struct error_document *, error_report_create, const struct identity *identity, struct process *process,
         const struct carafe_event *event, double occurred_at_s)
{
    struct carafe_failure failure = *event->failure;
    struct carafe_event changed = *event;
    changed.failure = &failure;
    if (bug == BUG_ERROR_OF_ANOTHER_CLASS) {
        failure.error_class = "StandardError";
    }
    return __real_error_report_create(identity, process, &changed, occurred_at_s);
}

/* What a report took and could not send. */
REPLACES(void, tracker_give_back, struct tracker *tracker, struct tracker_taken *taken)
{
    if (bug == BUG_ERRORS_LOST_WITH_A_REPORT) {
        error_queue_close(&taken->errors);
    } else if (bug == BUG_COUNTS_LOST_WITH_A_REPORT) {
        taken->counters = (struct tracker_counters){0};
    }
    __real_tracker_give_back(tracker, taken);
}
