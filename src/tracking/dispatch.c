#include "tracking/dispatch.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int dispatch_init(struct dispatch *dispatch, const char *key, const char *reports_topic, const char *errors_topic,
                  struct carafe_error *error)
{
    int code = compressor_init(&dispatch->compressor, error);
    if (code != 0) {
        return code;
    }
    dispatch->key = key;
    dispatch->reports_topic = strdup(reports_topic);
    dispatch->errors_topic = strdup(errors_topic);
    json_buffer_init(&dispatch->payload);
    lock_init(&dispatch->lock, LOCK_REPORT_DISPATCH);
    (void)pthread_cond_init(&dispatch->delivered, NULL);
    if (dispatch->reports_topic == NULL || dispatch->errors_topic == NULL) {
        dispatch_close(dispatch);
        return error_set(error, CARAFE_NO_MEMORY, "reporter: expected memory, got none");
    }
    return 0;
}

void dispatch_close(struct dispatch *dispatch)
{
    error_queue_close(&dispatch->in_flight);
    compressor_close(&dispatch->compressor);
    json_buffer_close(&dispatch->payload);
    free(dispatch->reports_topic);
    free(dispatch->errors_topic);
    lock_close(&dispatch->lock);
    (void)pthread_cond_destroy(&dispatch->delivered);
}

/* ---- under way --------------------------------------------------------------------------------------------------- */

static void note_sent(struct dispatch *dispatch, struct error_document *document)
{
    lock_take(&dispatch->lock);
    dispatch->under_way++;
    if (document != NULL) {
        document->dispatch = dispatch;
        error_queue_push(&dispatch->in_flight, document);
    }
    lock_give(&dispatch->lock);
}

static void note_arrived(struct dispatch *dispatch, struct error_document *document)
{
    lock_take(&dispatch->lock);
    dispatch->under_way--;
    if (document != NULL) {
        error_queue_remove(&dispatch->in_flight, document);
    }
    (void)pthread_cond_broadcast(&dispatch->delivered);
    lock_give(&dispatch->lock);
}

static void report_delivered(const struct delivery *delivery, void *owner)
{
    (void)delivery; /* a report that did not arrive is not sent again */
    note_arrived(owner, NULL);
}

static void error_delivered(const struct delivery *delivery, void *owner)
{
    struct error_document *document = owner;
    struct dispatch *dispatch = document->dispatch;
    note_arrived(dispatch, document);
    if (delivery->code == 0) {
        error_document_destroy(document);
    } else {
        tracker_requeue_error(dispatch->tracker, document);
    }
}

size_t dispatch_errors_in_flight(struct dispatch *dispatch)
{
    lock_take(&dispatch->lock);
    size_t count = dispatch->in_flight.count;
    lock_give(&dispatch->lock);
    return count;
}

void dispatch_await(struct dispatch *dispatch, int64_t deadline_ns)
{
    struct clock *clock = dispatch->clock;
    lock_take(&dispatch->lock);
    int code = 0;
    while (dispatch->under_way > 0 && code == 0) {
        code = clock_wait(clock, &dispatch->delivered, &dispatch->lock, deadline_ns);
    }
    lock_give(&dispatch->lock);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static int send_record(struct dispatch *dispatch, struct carafe_record *record, const struct json_buffer *json,
                       struct error_document *document, struct carafe_error *error)
{
    static const struct carafe_header compressed = {"zlib", "true", 4};
    int code = compressor_run(&dispatch->compressor, json->bytes, json->len, &dispatch->payload, error);
    if (code != 0) {
        return code;
    }
    record->key = dispatch->key;
    record->key_len = strlen(dispatch->key);
    record->payload = dispatch->payload.bytes;
    record->payload_len = dispatch->payload.len;
    record->headers = &compressed;
    record->header_count = 1;
    bool is_report = document == NULL;
    note_sent(dispatch, document); /* first: the delivery may be told before produce() returns */
    code = dispatch->producer->produce(dispatch->producer, record, is_report ? report_delivered : error_delivered,
                                       is_report ? (void *)dispatch : (void *)document, error);
    if (code != 0) {
        note_arrived(dispatch, document);
    }
    return code;
}

int dispatch_report(struct dispatch *dispatch, const struct json_buffer *json, size_t *bytes,
                    struct carafe_error *error)
{
    struct carafe_record record = {.topic = dispatch->reports_topic, .partition = 0};
    int code = send_record(dispatch, &record, json, NULL, error);
    *bytes += code == 0 ? dispatch->payload.len : 0;
    return code;
}

int dispatch_error(struct dispatch *dispatch, struct error_document *document, const struct json_buffer *json,
                   size_t *bytes, struct carafe_error *error)
{
    /* By key: the errors of one process go to one partition. */
    struct carafe_record record = {.topic = dispatch->errors_topic, .partition = -1};
    int code = send_record(dispatch, &record, json, document, error);
    *bytes += code == 0 ? dispatch->payload.len : 0;
    return code;
}
