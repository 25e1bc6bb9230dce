/*
 * What a handler may ask of its consumer: the carafe_consumer_* functions of carafe.h.
 *
 * They belong to the thread that runs the handler.  What must happen on the listener's thread (pause, resume, seek) is
 * noted in the job's verdict and done when the handler has returned.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/error.h"
#include "server/client.h"
#include "server/consumer_state.h"
#include "server/here.h"

/* A message that does not fit is kept whole, up to what an error document takes; without memory it stays cut. */
static void keep_whole(struct carafe_consumer *consumer, size_t len, const char *format, va_list arguments)
{
    size_t size = len < FAILURE_WHOLE_MAX ? len + 1 : FAILURE_WHOLE_MAX + 1;
    consumer->failure_whole = malloc(size);
    if (consumer->failure_whole != NULL) {
        (void)vsnprintf(consumer->failure_whole, size, format, arguments);
    }
}

int carafe_consumer_fail(struct carafe_consumer *consumer, const char *error_class, const char *format, ...)
{
    if (!here_runs(consumer)) {
        return CARAFE_FAILED;
    }
    va_list arguments;
    va_list again;
    consumer_forget_failure(consumer);
    va_start(arguments, format);
    va_copy(again, arguments);
    (void)snprintf(consumer->failure_class, sizeof consumer->failure_class, "%s",
                   error_class != NULL && error_class[0] != '\0' ? error_class : "HandlerError");
    int len = vsnprintf(consumer->failure_message, sizeof consumer->failure_message, format, arguments);
    if (len >= (int)sizeof consumer->failure_message) {
        keep_whole(consumer, (size_t)len, format, again);
    }
    va_end(again);
    va_end(arguments);
    return CARAFE_FAILED;
}

const char *carafe_consumer_topic(const struct carafe_consumer *consumer)
{
    return consumer->topic->settings.name;
}

int32_t carafe_consumer_partition(const struct carafe_consumer *consumer)
{
    return consumer->partition;
}

const char *carafe_consumer_group(const struct carafe_consumer *consumer)
{
    return consumer->topic->settings.group;
}

/* The lock of a const consumer: the state that callers see does not change. */
static struct lock *lock_of(const struct carafe_consumer *consumer)
{
    return (struct lock *)&consumer->lock;
}

int carafe_consumer_attempt(const struct carafe_consumer *consumer)
{
    lock_take(lock_of(consumer));
    int attempt = consumer->attempt;
    lock_give(lock_of(consumer));
    return attempt;
}

void *carafe_consumer_argument(const struct carafe_consumer *consumer)
{
    return consumer->topic->settings.argument;
}

void *carafe_consumer_state(const struct carafe_consumer *consumer)
{
    return consumer->state;
}

void carafe_consumer_set_state(struct carafe_consumer *consumer, void *state)
{
    consumer->state = state;
}

bool carafe_consumer_cancelled(const struct carafe_consumer *consumer)
{
    lock_take(lock_of(consumer));
    bool cancelled = consumer->cancelled;
    lock_give(lock_of(consumer));
    return cancelled;
}

bool carafe_consumer_stopping(const struct carafe_consumer *consumer)
{
    return status_is_done(consumer->context->status);
}

bool carafe_consumer_revoked(const struct carafe_consumer *consumer)
{
    lock_take(lock_of(consumer));
    bool revoked = consumer->revoked;
    lock_give(lock_of(consumer));
    return revoked;
}

static bool never_over(void *owner)
{
    (void)owner;
    return false;
}

int carafe_consumer_sleep(struct carafe_consumer *consumer, int64_t duration_ms)
{
    int64_t deadline_ns = deadline_after_ms(context_now_ns(consumer->context), duration_ms > 0 ? duration_ms : 0);
    return consumer_wait(consumer, never_over, NULL, deadline_ns) == CARAFE_CLOSED ? CARAFE_CLOSED : 0;
}

/* A message that this consumer was given, now or before. */
static int check_message(struct carafe_consumer *consumer, const struct carafe_message *message)
{
    if (!here_runs(consumer)) {
        return CARAFE_REFUSED;
    }
    if (message == NULL || message->offset < 0) {
        return CARAFE_INVALID;
    }
    lock_take(&consumer->lock);
    bool seen = message->offset <= consumer->last_seen_offset;
    lock_give(&consumer->lock);
    return seen ? 0 : CARAFE_INVALID;
}

int carafe_consumer_mark(struct carafe_consumer *consumer, const struct carafe_message *message)
{
    int code = check_message(consumer, message);
    return code != 0 ? code : consumer_mark_offset(consumer, consumer->job->client, message->offset);
}

int carafe_consumer_mark_sync(struct carafe_consumer *consumer, const struct carafe_message *message)
{
    int code = carafe_consumer_mark(consumer, message);
    if (code != 0) {
        return code;
    }
    struct consumer *port = consumer->job->client->consumer;
    lock_take(&consumer->lock);
    int64_t offset = consumer->seek_offset;
    lock_give(&consumer->lock);
    struct carafe_partition partition = {consumer->topic->settings.name, consumer->partition, offset};
    struct carafe_error error = {.code = CARAFE_OK};
    return port->commit(port, &partition, true, &error);
}

int carafe_consumer_pause(struct carafe_consumer *consumer, int64_t offset, int64_t duration_ms)
{
    if (!here_runs(consumer)) {
        return CARAFE_REFUSED;
    }
    if (offset < -1 || duration_ms < -1) {
        return CARAFE_INVALID;
    }
    consumer->job->verdict =
        (struct verdict){.pause = true, .offset = offset == -1 ? NO_OFFSET : offset, .duration_ms = duration_ms};
    return 0;
}

int carafe_consumer_resume(struct carafe_consumer *consumer)
{
    if (!here_runs(consumer)) {
        return CARAFE_REFUSED;
    }
    consumer->job->verdict.pause = false;
    consumer->job->verdict.resume = true;
    return 0;
}

int carafe_consumer_seek(struct carafe_consumer *consumer, int64_t offset)
{
    if (!here_runs(consumer)) {
        return CARAFE_REFUSED;
    }
    if (offset < 0) {
        return CARAFE_INVALID;
    }
    consumer->job->verdict.seek = true;
    consumer->job->verdict.offset = offset;
    return 0;
}

static int check_produce(struct carafe_consumer *consumer, const struct carafe_record *record,
                         struct carafe_error *error)
{
    if (!here_runs(consumer)) {
        return error_set(error, CARAFE_REFUSED, "produce: expected the handler's thread, got another");
    }
    if (record == NULL || record->topic == NULL || record->topic[0] == '\0') {
        return error_set(error, CARAFE_INVALID, "produce: record: expected a topic, got none");
    }
    if (consumer->context->ports.producer == NULL) {
        return error_set(error, CARAFE_CLOSED, "produce: expected a producer, got none");
    }
    return 0;
}

int carafe_consumer_produce(struct carafe_consumer *consumer, const struct carafe_record *record,
                            struct carafe_error *error)
{
    int code = check_produce(consumer, record, error);
    if (code != 0) {
        return code;
    }
    struct producer *producer = consumer->context->ports.producer;
    return producer->produce(producer, record, NULL, NULL, error);
}

int carafe_consumer_produce_sync(struct carafe_consumer *consumer, const struct carafe_record *record,
                                 struct carafe_error *error)
{
    int code = check_produce(consumer, record, error);
    return code != 0 ? code : consumer_produce_sync(consumer, record, error);
}

static void remove_tag(struct carafe_consumer *consumer, size_t index)
{
    consumer->tag_count--;
    for (size_t i = index; i < consumer->tag_count; i++) {
        consumer->tags[i] = consumer->tags[i + 1];
    }
}

/* A job that runs for long shows them while it runs. */
static void publish_tags(const struct carafe_consumer *consumer)
{
    const struct carafe_job_view *job = &consumer->job->view;
    struct carafe_event event = {
        .kind = CARAFE_EVENT_CONSUMER_TAGGED,
        .group = job->group,
        .subscription_group = job->subscription_group,
        .topic = job->topic,
        .partition = job->partition,
        .offset = job->first_offset,
        .job = job,
    };
    monitor_publish(consumer->context->monitor, &event);
}

int carafe_consumer_tag(struct carafe_consumer *consumer, const char *name, const char *text)
{
    if (!here_runs(consumer)) {
        return CARAFE_REFUSED;
    }
    if (name == NULL || strnlen(name, CONSUMER_TAG_NAME_MAX) == CONSUMER_TAG_NAME_MAX ||
        (text != NULL && strnlen(text, CONSUMER_TAG_TEXT_MAX) == CONSUMER_TAG_TEXT_MAX)) {
        return CARAFE_INVALID;
    }
    size_t index = 0;
    while (index < consumer->tag_count && strcmp(consumer->tags[index].name, name) != 0) {
        index++;
    }
    if (text == NULL && index < consumer->tag_count) {
        remove_tag(consumer, index);
    } else if (text != NULL) {
        if (index == CONSUMER_TAGS_MAX) {
            return CARAFE_FULL;
        }
        consumer->tag_count += index == consumer->tag_count ? 1 : 0;
        (void)snprintf(consumer->tags[index].name, CONSUMER_TAG_NAME_MAX, "%s", name);
        (void)snprintf(consumer->tags[index].text, CONSUMER_TAG_TEXT_MAX, "%s", text);
    }
    for (size_t i = 0; i < consumer->tag_count; i++) {
        consumer->tag_texts[i] = consumer->tags[i].text;
    }
    consumer->job->view.tags = (struct carafe_names){consumer->tag_texts, consumer->tag_count};
    publish_tags(consumer);
    return 0;
}
