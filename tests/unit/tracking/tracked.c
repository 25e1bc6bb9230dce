#include "tracked.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/assert.h"

#define DOCUMENT_MAX ((size_t)1 << 22)

struct tracked *tracked_create(void)
{
    static const char *const tags[] = {"blue", "mode:test"};
    struct tracked *tracked = calloc(1, sizeof *tracked);
    ASSERT(tracked != NULL);
    fake_clock_init(&tracked->clock);
    fake_process_init(&tracked->process);
    fake_metrics_init(&tracked->metrics);
    fake_inspector_init(&tracked->inspector);
    fake_inspector_set_status(&tracked->inspector, CARAFE_INITIALIZED, false);
    fake_log_init(&tracked->log);
    tracked->producer = fake_producer_create();
    tracked->recorder = recorder_create();
    tracked->monitor = monitor_create(&tracked->clock.port, &tracked->log.port);
    json_reader_init(&tracked->reader);
    json_document_init(&tracked->document);
    json_buffer_init(&tracked->text);
    tracked->options = (struct tracking_options){
        .reporting = {.enabled = true},
        .server_id = "0123456789ab",
        .tags = {tags, 2},
        .librdkafka_version = "2.0.2",
        .clock = &tracked->clock.port,
        .process = &tracked->process.port,
        .metrics = &tracked->metrics.port,
        .producer = &tracked->producer->port,
        .log = &tracked->log.port,
        .monitor = tracked->monitor,
        .inspector = &tracked->inspector.port,
    };
    return tracked;
}

void tracked_begin(struct tracked *tracked)
{
    struct carafe_error error = {0};
    tracked->tracking = tracking_create(&tracked->options, &error);
    ASSERT(tracked->tracking != NULL);
    /* After the tracking: what it records has been tracked. */
    ASSERT(monitor_subscribe(tracked->monitor, recorder_note, tracked->recorder, NULL) == 0);
}

void tracked_destroy(struct tracked *tracked)
{
    if (tracked->tracking != NULL) {
        tracking_stop(tracked->tracking);
    }
    fake_producer_answer(tracked->producer, CARAFE_TIMEOUT); /* as a close does with what it purges */
    tracking_destroy(tracked->tracking);
    monitor_destroy(tracked->monitor);
    recorder_destroy(tracked->recorder);
    fake_producer_destroy(tracked->producer);
    fake_log_close(&tracked->log);
    fake_clock_close(&tracked->clock);
    json_reader_close(&tracked->reader);
    json_document_close(&tracked->document);
    json_buffer_close(&tracked->text);
    free(tracked);
}

void tracked_publish(struct tracked *tracked, struct carafe_event event)
{
    monitor_publish(tracked->monitor, &event);
}

void tracked_enter(struct tracked *tracked, enum carafe_status status)
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
    struct inspection server;
    tracked->inspector.port.inspect(&tracked->inspector.port, &server);
    fake_inspector_set_status(&tracked->inspector, status, server.was_running || status == CARAFE_RUNNING);
    tracked_publish(tracked, (struct carafe_event){.kind = kinds[status], .status = status});
}

static void await_scheduler(struct tracked *tracked)
{
    int64_t interval_ms = tracked->options.reporting.interval_ms;
    fake_clock_await_deadline(&tracked->clock, (interval_ms == 0 ? TRACKING_INTERVAL_MS : interval_ms) / 10);
}

void tracked_run(struct tracked *tracked)
{
    tracked_enter(tracked, CARAFE_RUNNING);
    await_scheduler(tracked);
}

void tracked_pass(struct tracked *tracked, int64_t duration_ms)
{
    for (; duration_ms > 0; duration_ms -= 500) {
        fake_clock_advance(&tracked->clock, 500);
        await_scheduler(tracked);
    }
}

void tracked_fail(struct tracked *tracked, const char *type, const char *message)
{
    const struct carafe_failure failure = {.type = type, .error_class = "TestError", .message = message};
    tracked_publish(tracked, (struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED, .failure = &failure});
}

size_t tracked_reports(struct tracked *tracked)
{
    return fake_producer_count(tracked->producer, REPORTS_TOPIC);
}

size_t tracked_errors(struct tracked *tracked)
{
    return fake_producer_count(tracked->producer, ERRORS_TOPIC);
}

static void read_document(struct tracked *tracked, const struct fake_record *record)
{
    char *inflated = malloc(DOCUMENT_MAX);
    uLongf len = DOCUMENT_MAX;
    ASSERT(inflated != NULL);
    ASSERT(uncompress((Bytef *)inflated, &len, (const Bytef *)record->payload, (uLong)record->payload_len) == Z_OK);
    ASSERT(json_document_parse(&tracked->document, &tracked->reader, inflated, len, NULL) == 0);
    free(inflated);
}

static const struct json_value *find(const struct json_value *value, const char *path)
{
    while (value != NULL && *path != '\0') {
        size_t len = strcspn(path, "/");
        if (value->kind == JSON_ARRAY) {
            size_t index = strtoul(path, NULL, 10);
            for (value = value->first; value != NULL && index > 0; index--) {
                value = value->next;
            }
        } else {
            value = json_find(value, path, len);
        }
        path += len;
        path += *path == '/';
    }
    return value;
}

static const char *field(struct tracked *tracked, const char *topic, size_t nth, const char *path)
{
    read_document(tracked, fake_producer_record(tracked->producer, topic, nth));
    const struct json_value *value = find(tracked->document.root, path);
    json_buffer_reset(&tracked->text);
    if (value != NULL) {
        json_write(&tracked->text, value);
    }
    return json_buffer_text(&tracked->text);
}

const char *tracked_report_field(struct tracked *tracked, size_t nth, const char *path)
{
    return field(tracked, REPORTS_TOPIC, nth, path);
}

const char *tracked_error_field(struct tracked *tracked, size_t nth, const char *path)
{
    return field(tracked, ERRORS_TOPIC, nth, path);
}

static const char *violations(struct tracked *tracked, const char *topic, size_t nth, enum contract_kind kind,
                              enum contract_schema schema)
{
    struct contract contract;
    struct contract_violations found;
    contract_init(&contract, kind, schema);
    contract_violations_init(&found);
    read_document(tracked, fake_producer_record(tracked->producer, topic, nth));
    (void)contract_check(&contract, tracked->document.root, &found);
    json_buffer_reset(&tracked->text);
    json_buffer_add(&tracked->text, found.text.bytes, found.text.len);
    contract_violations_close(&found);
    return json_buffer_text(&tracked->text);
}

const char *tracked_report_violations(struct tracked *tracked, size_t nth, enum contract_schema schema)
{
    return violations(tracked, REPORTS_TOPIC, nth, CONTRACT_REPORT, schema);
}

const char *tracked_error_violations(struct tracked *tracked, size_t nth, enum contract_schema schema)
{
    return violations(tracked, ERRORS_TOPIC, nth, CONTRACT_ERROR, schema);
}
