#include "server/dlq.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "server/consumer_state.h"
#include "server/executor.h"
#include "server/listener.h"

#define SOURCE_HEADERS  5
#define NUMBER_TEXT_MAX 24
#define FAILURE_TYPE    "consumer.after_consume.error"
#define FAILURE_CLASS   "DeadLetterDispatchError"

/* The record and what its headers point to. */
struct letter {
    struct carafe_record record;
    struct carafe_header *headers;
    char partition[NUMBER_TEXT_MAX];
    char offset[NUMBER_TEXT_MAX];
    char attempts[NUMBER_TEXT_MAX];
};

static const struct carafe_message *first_unmarked(const struct job *job, int64_t seek_offset)
{
    for (size_t i = 0; i < job->view.messages; i++) {
        if (job->batch[i].offset >= seek_offset) {
            return &job->batch[i];
        }
    }
    return NULL;
}

static void set_header(struct carafe_header *header, const char *name, const char *value)
{
    *header = (struct carafe_header){name, value, strlen(value)};
}

static bool letter_init(struct letter *letter, const struct job *job, const struct carafe_message *message, int attempt)
{
    const struct carafe_topic *topic = &job->consumer->topic->settings;
    size_t count = message->header_count;
    letter->headers = calloc(count + SOURCE_HEADERS, sizeof *letter->headers);
    if (letter->headers == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(letter->headers, message->headers, count * sizeof *letter->headers);
    }
    (void)snprintf(letter->partition, sizeof letter->partition, "%" PRId32, message->partition);
    (void)snprintf(letter->offset, sizeof letter->offset, "%" PRId64, message->offset);
    (void)snprintf(letter->attempts, sizeof letter->attempts, "%d", attempt);
    set_header(&letter->headers[count], "source_topic", topic->name);
    set_header(&letter->headers[count + 1], "source_partition", letter->partition);
    set_header(&letter->headers[count + 2], "source_offset", letter->offset);
    set_header(&letter->headers[count + 3], "source_consumer_group", topic->group);
    set_header(&letter->headers[count + 4], "source_attempts", letter->attempts);
    letter->record = (struct carafe_record){
        .topic = topic->dead_letters.topic,
        .partition = -1,
        .key = message->key,
        .key_len = message->key_len,
        .payload = message->payload,
        .payload_len = message->payload_len,
        .headers = letter->headers,
        .header_count = count + SOURCE_HEADERS,
    };
    return true;
}

static void publish_dispatched(struct carafe_consumer *consumer, const struct carafe_job_view *job, int64_t offset)
{
    struct carafe_event event = {
        .kind = CARAFE_EVENT_DEAD_LETTER_DISPATCHED,
        .group = consumer->topic->subscription_group->group,
        .subscription_group = consumer->topic->subscription_group->id,
        .topic = consumer->topic->settings.name,
        .partition = consumer->partition,
        .offset = offset,
        .job = job,
    };
    monitor_publish(consumer->context->monitor, &event);
}

/* It is in the dead letter topic: it counts as handled, and the next message starts anew. */
static void conclude(struct carafe_consumer *consumer, struct client *client, const struct carafe_job_view *job,
                     int64_t offset)
{
    publish_dispatched(consumer, job, offset);
    (void)consumer_mark_offset(consumer, client, offset);
    lock_take(&consumer->lock);
    consumer->attempt = 0;
    lock_give(&consumer->lock);
}

static void dispatched(const struct delivery *delivery, void *owner)
{
    struct carafe_consumer *consumer = owner;
    lock_take(&consumer->lock);
    consumer->dispatch = delivery->code == 0 ? DISPATCH_DELIVERED : DISPATCH_FAILED;
    (void)snprintf(consumer->dispatch_failure, sizeof consumer->dispatch_failure, "%s",
                   delivery->text != NULL ? delivery->text : "not delivered");
    lock_give(&consumer->lock);
    listener_wake(consumer->listener);
    consumer_drop(consumer);
}

static void set_dispatch(struct carafe_consumer *consumer, enum dispatch_state state, int64_t offset)
{
    lock_take(&consumer->lock);
    consumer->dispatch = state;
    consumer->dispatch_offset = offset;
    lock_give(&consumer->lock);
}

/* The partition waits, not the worker: only a delivery marks the message. */
static int dispatch_asynchronously(struct carafe_consumer *consumer, const struct carafe_record *record, int64_t offset,
                                   struct carafe_error *error)
{
    struct producer *producer = consumer->context->ports.producer;
    if (producer == NULL) {
        return error_set(error, CARAFE_CLOSED, "produce: expected a producer, got none");
    }
    set_dispatch(consumer, DISPATCH_UNDER_WAY, offset);
    consumer_hold(consumer);
    int code = producer->produce(producer, record, dispatched, consumer, error);
    if (code != 0) {
        set_dispatch(consumer, DISPATCH_NONE, NO_OFFSET);
        consumer_drop(consumer);
    }
    return code;
}

/* `unmarked`: where a retry begins.  A letter that is under way may turn out to be undelivered, a failure like any. */
static int dispatch(struct job *job, const struct carafe_message *message, int64_t unmarked, int attempt,
                    struct carafe_error *error)
{
    struct carafe_consumer *consumer = job->consumer;
    struct letter letter;
    if (!letter_init(&letter, job, message, attempt)) {
        return error_set(error, CARAFE_NO_MEMORY, "dead letter: no memory");
    }
    int64_t offset = message->offset;
    int64_t next = unmarked;
    int code = 0;
    if (consumer->topic->settings.dead_letters.synchronous) {
        code = consumer_produce_sync(consumer, &letter.record, error);
        if (code == 0) {
            conclude(consumer, job->client, &job->view, offset);
            next = offset + 1;
        }
    } else {
        code = dispatch_asynchronously(consumer, &letter.record, offset, error);
    }
    free(letter.headers);
    if (code == 0) {
        job->verdict =
            (struct verdict){.pause = true, .offset = next, .duration_ms = consumer->topic->settings.pause_timeout_ms};
    }
    return code;
}

bool dlq_dispatch(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    lock_take(&consumer->lock);
    int64_t seek_offset = consumer->seek_offset;
    int attempt = consumer->attempt;
    lock_give(&consumer->lock);
    const struct carafe_message *message = first_unmarked(job, seek_offset);
    if (message == NULL) {
        return false;
    }
    struct carafe_error error = {.code = CARAFE_OK};
    if (dispatch(job, message, seek_offset, attempt, &error) != 0) {
        consumer_forget_failure(consumer);
        executor_publish_failure(job, FAILURE_TYPE, FAILURE_CLASS, error.text);
        return false;
    }
    return true;
}

static void publish_failure(struct carafe_consumer *consumer, const char *text)
{
    struct carafe_failure failure = {.type = FAILURE_TYPE, .error_class = FAILURE_CLASS, .message = text};
    struct carafe_event event = {
        .kind = CARAFE_EVENT_ERROR_OCCURRED,
        .group = consumer->topic->subscription_group->group,
        .subscription_group = consumer->topic->subscription_group->id,
        .topic = consumer->topic->settings.name,
        .partition = consumer->partition,
        .failure = &failure,
    };
    monitor_publish(consumer->context->monitor, &event);
}

bool dlq_settle(struct carafe_consumer *consumer, struct client *client)
{
    char text[sizeof consumer->dispatch_failure];
    lock_take(&consumer->lock);
    enum dispatch_state state = consumer->dispatch;
    int64_t offset = consumer->dispatch_offset;
    memcpy(text, consumer->dispatch_failure, sizeof text);
    if (state != DISPATCH_UNDER_WAY) {
        consumer->dispatch = DISPATCH_NONE;
    }
    lock_give(&consumer->lock);
    if (state == DISPATCH_DELIVERED) {
        conclude(consumer, client, NULL, offset);
    } else if (state == DISPATCH_FAILED) {
        publish_failure(consumer, text);
    }
    return state != DISPATCH_UNDER_WAY;
}
