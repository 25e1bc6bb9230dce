#include "tracking/reporter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/error.h"
#include "tracking/dispatch.h"
#include "tracking/report.h"

#define FAILURE_TYPE       "reporter.report.error"
#define SET_ASIDE_TEXT_MAX 8192 /* bytes about documents set aside, in one event */

struct reporter {
    struct reporter_options options;
    struct contract report_contract;
    struct contract error_contract;
    struct dispatch dispatch;

    /* Of who has the turn: */
    struct sample sample;
    struct json_document document;
    struct json_reader reader;
    struct json_buffer text;
    struct contract_violations violations;

    struct lock lock;
    pthread_cond_t turn_free;
    bool taken;    /* somebody has the turn */
    bool finished; /* `stopped` was reported: nothing follows it */
    int64_t tracked_at_ns;
    enum carafe_status requests[REPORTER_REQUESTS_MAX];
    uint64_t requested; /* requests ever made, and done */
    uint64_t done;
    struct reporter_losses losses;
};

/* What came of one attempt; told to the monitor when the turn is given back. */
struct outcome {
    enum carafe_status status;
    bool forced;
    size_t messages; /* 0: nothing was sent */
    size_t bytes;
    size_t dropped;
    size_t set_aside;
    const char *failure_class; /* NULL: no failure */
    struct json_buffer failure;
    struct json_buffer set_aside_text;
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct reporter *reporter_create(const struct reporter_options *options, struct carafe_error *error)
{
    struct reporter *reporter = calloc(1, sizeof *reporter);
    if (reporter == NULL) {
        (void)error_set(error, CARAFE_NO_MEMORY, "reporter: expected memory, got none");
        return NULL;
    }
    const struct carafe_reporting *settings = &options->settings;
    struct clock *clock = options->sampler.clock;
    reporter->options = *options;
    reporter->dispatch.clock = clock;
    reporter->dispatch.producer = options->producer;
    reporter->dispatch.tracker = options->tracker;
    if (dispatch_init(&reporter->dispatch, options->identity->process_id, settings->reports_topic,
                      settings->errors_topic, error) != 0) {
        free(reporter);
        return NULL;
    }
    contract_init(&reporter->report_contract, CONTRACT_REPORT, options->identity->schema);
    contract_init(&reporter->error_contract, CONTRACT_ERROR, options->identity->schema);
    contract_violations_init(&reporter->violations);
    json_document_init(&reporter->document);
    json_reader_init(&reporter->reader);
    json_buffer_init(&reporter->text);
    lock_init(&reporter->lock, LOCK_REPORTER);
    (void)pthread_cond_init(&reporter->turn_free, NULL);
    int64_t age_ms = settings->interval_ms > REPORTER_FIRST_AGE_MS ? settings->interval_ms : REPORTER_FIRST_AGE_MS;
    reporter->tracked_at_ns = clock->monotonic_ns(clock) - age_ms * NS_PER_MS;
    return reporter;
}

void reporter_destroy(struct reporter *reporter)
{
    if (reporter == NULL) {
        return;
    }
    dispatch_close(&reporter->dispatch);
    contract_violations_close(&reporter->violations);
    json_document_close(&reporter->document);
    json_reader_close(&reporter->reader);
    json_buffer_close(&reporter->text);
    lock_close(&reporter->lock);
    (void)pthread_cond_destroy(&reporter->turn_free);
    free(reporter);
}

/* ---- when -------------------------------------------------------------------------------------------------------- */

/* Never before this server ran: a boot that fails reports nothing. */
static bool is_active(struct reporter *reporter)
{
    struct producer *producer = reporter->options.producer;
    struct inspector *inspector = reporter->options.sampler.inspector;
    if (producer == NULL || !reporter->options.settings.enabled || !producer->is_open(producer)) {
        return false;
    }
    struct inspection server = {0};
    inspector->inspect(inspector, &server);
    return server.was_running && server.status > CARAFE_INITIALIZED;
}

int64_t reporter_due_ns(struct reporter *reporter)
{
    lock_take(&reporter->lock);
    int64_t due_ns = reporter->tracked_at_ns + reporter->options.settings.interval_ms * NS_PER_MS;
    lock_give(&reporter->lock);
    return due_ns;
}

static bool may_report(struct reporter *reporter, bool forced)
{
    struct clock *clock = reporter->options.sampler.clock;
    if (!forced && clock->monotonic_ns(clock) < reporter_due_ns(reporter)) {
        return false;
    }
    return is_active(reporter);
}

/* ---- what -------------------------------------------------------------------------------------------------------- */

static void fail(struct outcome *outcome, const char *failure_class, const char *text)
{
    if (outcome->failure_class == NULL) {
        outcome->failure_class = failure_class;
        json_buffer_add(&outcome->failure, text, strlen(text));
    }
}

static void filter(struct reporter *reporter, enum contract_kind kind)
{
    struct report_filter *chosen = reporter->options.filter;
    if (chosen != NULL) {
        chosen->apply(chosen, kind, &reporter->document);
    }
}

/* Build the report's text into reporter->text; false: it is not to be sent. */
static bool prepare_report(struct reporter *reporter, const struct tracker_taken *taken,
                           const struct tracker_view *view, struct outcome *outcome)
{
    const struct report_content content = {
        .identity = reporter->options.identity,
        .sample = &reporter->sample,
        .status = outcome->status,
        .counters = &taken->counters,
        .view = view,
    };
    report_build(&reporter->document, &content, reporter->options.tracker);
    if (!json_document_failed(&reporter->document)) {
        filter(reporter, CONTRACT_REPORT);
    }
    json_buffer_reset(&reporter->text);
    if (!json_document_failed(&reporter->document)) {
        if (!contract_check(&reporter->report_contract, reporter->document.root, &reporter->violations)) {
            fail(outcome, "ReportContractError", json_buffer_text(&reporter->violations.text));
            return false;
        }
        json_write(&reporter->text, reporter->document.root);
    }
    if (json_document_failed(&reporter->document) || reporter->text.failed) {
        fail(outcome, "ReportMemoryError", "report: expected memory for it, got none");
        return false;
    }
    return true;
}

static void set_aside(struct outcome *outcome, struct error_document *document, const char *why)
{
    outcome->set_aside++;
    if (outcome->set_aside_text.len < SET_ASIDE_TEXT_MAX) {
        json_buffer_format(&outcome->set_aside_text, "%serror document set aside: %s",
                           outcome->set_aside_text.len == 0 ? "" : "; ", why);
    }
    error_document_destroy(document);
}

/* Bring the text of an error document into reporter->text; false: it violates its contract. */
static bool prepare_error(struct reporter *reporter, const struct error_document *document)
{
    struct carafe_error error;
    if (json_document_parse(&reporter->document, &reporter->reader, document->json, document->len, &error) != 0) {
        json_buffer_reset(&reporter->violations.text);
        json_buffer_add(&reporter->violations.text, error.text, strlen(error.text));
        return false;
    }
    filter(reporter, CONTRACT_ERROR);
    if (!contract_check(&reporter->error_contract, reporter->document.root, &reporter->violations)) {
        return false;
    }
    json_buffer_reset(&reporter->text);
    json_write(&reporter->text, reporter->document.root);
    return !reporter->text.failed;
}

/* Send what can be sent of `errors`; what is left there is kept for the next report. */
static void send_errors(struct reporter *reporter, struct error_queue *errors, struct outcome *outcome)
{
    size_t most = reporter->options.settings.errors_max;
    size_t room = dispatch_errors_in_flight(&reporter->dispatch);
    room = room < most ? most - room : 0; /* without brokers no more documents pile up there than here */
    while (errors->first != NULL && room > 0) {
        struct error_document *document = error_queue_pop(errors);
        if (!prepare_error(reporter, document)) {
            set_aside(outcome, document, json_buffer_text(&reporter->violations.text));
            continue;
        }
        struct carafe_error error;
        int code = dispatch_error(&reporter->dispatch, document, &reporter->text, &outcome->bytes, &error);
        if (code == CARAFE_INVALID) {
            set_aside(outcome, document, error.text);
            continue;
        }
        if (code != 0) {
            struct error_queue first = {0};
            error_queue_push(&first, document);
            error_queue_put_back(errors, &first);
            if (code != CARAFE_CLOSED) {
                fail(outcome, "ReportProduceError", error.text);
            }
            return;
        }
        outcome->messages++;
        room--;
    }
}

/* The producer may have been closed at this very moment: that is nobody's failure. */
static void send_report(struct reporter *reporter, struct tracker_taken *taken, struct outcome *outcome)
{
    struct carafe_error error;
    int code = dispatch_report(&reporter->dispatch, &reporter->text, &outcome->bytes, &error);
    if (code != 0) {
        if (code != CARAFE_CLOSED) {
            fail(outcome, "ReportProduceError", error.text);
        }
        return;
    }
    outcome->messages = 1;
    taken->counters = (struct tracker_counters){0};
    send_errors(reporter, &taken->errors, outcome);
}

/* With the turn. */
static void attempt(struct reporter *reporter, struct outcome *outcome)
{
    if (!may_report(reporter, outcome->forced)) {
        return;
    }
    sampler_take(&reporter->options.sampler, &reporter->sample);
    if (!may_report(reporter, outcome->forced)) {
        return;
    }
    if (!outcome->forced) {
        outcome->status = reporter->sample.server.status;
    }
    struct clock *clock = reporter->options.sampler.clock;
    int64_t now_ns = clock->monotonic_ns(clock);
    lock_take(&reporter->lock);
    reporter->tracked_at_ns = now_ns;
    lock_give(&reporter->lock);

    struct tracker_taken taken = {0};
    struct tracker_view view = {0};
    tracker_take(reporter->options.tracker, reporter->sample.now_ms, &taken, &view);
    outcome->dropped = taken.dropped;
    taken.dropped = 0;
    if (prepare_report(reporter, &taken, &view, outcome)) {
        send_report(reporter, &taken, outcome);
    }
    tracker_give_back(reporter->options.tracker, &taken);
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static void tell(struct reporter *reporter, struct outcome *outcome)
{
    struct monitor *monitor = reporter->options.monitor;
    if (outcome->messages > 0) {
        struct carafe_event event = {.kind = CARAFE_EVENT_REPORTER_REPORTED};
        event.status = outcome->status;
        event.forced = outcome->forced;
        event.messages = outcome->messages;
        event.bytes = outcome->bytes;
        monitor_publish(monitor, &event);
    }
    if (outcome->failure_class != NULL) {
        monitor_publish_failure(monitor, FAILURE_TYPE, outcome->failure_class, json_buffer_text(&outcome->failure));
    }
    if (outcome->set_aside > 0) {
        monitor_publish_failure(monitor, FAILURE_TYPE, "ErrorContractError",
                                json_buffer_text(&outcome->set_aside_text));
    }
    if (outcome->dropped > 0) {
        struct carafe_event event = {.kind = CARAFE_EVENT_REPORTER_DROPPED, .messages = outcome->dropped};
        monitor_publish(monitor, &event);
    }
    json_buffer_close(&outcome->failure);
    json_buffer_close(&outcome->set_aside_text);
}

/* Take part in the turn: report as `outcome` asks, give the turn back, and tell. The lock is held at both ends. */
static size_t report_locked(struct reporter *reporter, struct outcome *outcome)
{
    reporter->taken = true;
    lock_give(&reporter->lock);
    attempt(reporter, outcome);
    lock_take(&reporter->lock);
    reporter->taken = false;
    reporter->done += outcome->forced;
    reporter->losses.dropped += outcome->dropped;
    reporter->losses.set_aside += outcome->set_aside;
    (void)pthread_cond_broadcast(&reporter->turn_free);
    lock_give(&reporter->lock);
    size_t messages = outcome->messages;
    tell(reporter, outcome);
    lock_take(&reporter->lock);
    return messages;
}

static void await(struct reporter *reporter, int64_t wait_ms)
{
    struct clock *clock = reporter->options.sampler.clock;
    dispatch_await(&reporter->dispatch, clock->monotonic_ns(clock) + wait_ms * NS_PER_MS);
}

void reporter_report(struct reporter *reporter)
{
    size_t messages = 0;
    if (!may_report(reporter, false)) {
        return;
    }
    lock_take(&reporter->lock);
    if (!reporter->taken && !reporter->finished) {
        struct outcome outcome = {0};
        messages = report_locked(reporter, &outcome);
    }
    lock_give(&reporter->lock);
    if (messages > 0 && messages >= reporter->options.settings.sync_threshold) {
        await(reporter, REPORTER_SYNC_WAIT_MS);
    }
}

void reporter_request(struct reporter *reporter, enum carafe_status status)
{
    lock_take(&reporter->lock);
    if (!reporter->finished && reporter->requested - reporter->done < REPORTER_REQUESTS_MAX) {
        reporter->requests[reporter->requested++ % REPORTER_REQUESTS_MAX] = status;
    }
    lock_give(&reporter->lock);
}

bool reporter_has_requests(struct reporter *reporter)
{
    lock_take(&reporter->lock);
    bool any = reporter->requested != reporter->done;
    lock_give(&reporter->lock);
    return any;
}

void reporter_force(struct reporter *reporter)
{
    struct clock *clock = reporter->options.sampler.clock;
    lock_take(&reporter->lock);
    uint64_t until = reporter->requested;
    while (reporter->done < until) {
        if (reporter->taken) {
            (void)clock_wait(clock, &reporter->turn_free, &reporter->lock, NEVER_NS);
            continue;
        }
        struct outcome outcome = {.forced = true};
        outcome.status = reporter->requests[reporter->done % REPORTER_REQUESTS_MAX];
        reporter->finished = reporter->finished || outcome.status == CARAFE_STOPPED;
        (void)report_locked(reporter, &outcome);
    }
    bool finished = reporter->finished;
    lock_give(&reporter->lock);
    if (!finished) { /* after the last one the producer is closed, which waits for as long as it may */
        await(reporter, reporter->options.forced_wait_ms); /* also for those that another thread sent meanwhile */
    }
}

struct reporter_losses reporter_losses(struct reporter *reporter)
{
    lock_take(&reporter->lock);
    struct reporter_losses losses = reporter->losses;
    lock_give(&reporter->lock);
    return losses;
}
