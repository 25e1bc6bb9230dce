/* Messages, ends of partitions and consumer errors: what one poll brings. */
#include "kafka/consumer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "kafka/kafka.h"
#include "kafka/voice.h"

/* What a message given out keeps alive. */
struct parcel {
    struct kafka_consumer *member;
    rd_kafka_message_t *message;
    struct carafe_header headers[];
};

static struct parcel *wrap(struct kafka_consumer *member, rd_kafka_message_t *message, size_t *header_count)
{
    rd_kafka_headers_t *headers = NULL;
    size_t count =
        rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_header_cnt(headers) : 0;
    struct parcel *parcel = malloc(sizeof *parcel + count * sizeof parcel->headers[0]);
    if (parcel == NULL) {
        return NULL;
    }
    parcel->member = member;
    parcel->message = message;
    for (size_t i = 0; i < count; i++) {
        struct carafe_header *header = &parcel->headers[i];
        (void)rd_kafka_header_get_all(headers, i, &header->name, &header->value, &header->value_len);
    }
    *header_count = count;
    return parcel;
}

static int64_t timestamp_of(const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : timestamp_ms;
}

static void give_message(struct kafka_consumer *member, rd_kafka_message_t *message, struct consumer_poll *result)
{
    size_t header_count = 0;
    struct parcel *parcel = wrap(member, message, &header_count);
    if (parcel == NULL) {
        /* The message must not be skipped: only a reset fetches it again. */
        rd_kafka_message_destroy(message);
        result->kind = CONSUMER_FAILED;
        result->fatal = true;
        (void)snprintf(result->error_class, sizeof result->error_class, "NoMemory");
        (void)error_set(&result->error, CARAFE_NO_MEMORY, "consumer %s: poll: expected memory, got none",
                        member->subscription_group);
        return;
    }
    lock_take(&member->lock);
    member->references++;
    lock_give(&member->lock);
    result->kind = CONSUMER_MESSAGE;
    result->message.source = parcel;
    result->message.fetched_ns = member->clock->monotonic_ns(member->clock);
    result->message.message = (struct carafe_message){
        .topic = rd_kafka_topic_name(message->rkt),
        .partition = message->partition,
        .offset = message->offset,
        .timestamp_ms = timestamp_of(message),
        .key = message->key,
        .key_len = message->key_len,
        .payload = message->payload,
        .payload_len = message->len,
        .headers = header_count > 0 ? parcel->headers : NULL,
        .header_count = header_count,
    };
}

static void give_failure(struct kafka_consumer *member, const rd_kafka_message_t *message, struct consumer_poll *result)
{
    rd_kafka_resp_err_t code = message->err;
    const char *text = rd_kafka_message_errstr(message);
    result->kind = CONSUMER_FAILED;
    result->fatal = code == RD_KAFKA_RESP_ERR__FATAL;
    if (result->fatal) {
        char reason[1];
        code = rd_kafka_fatal_error(member->kafka, reason, sizeof reason);
    }
    (void)snprintf(result->error_class, sizeof result->error_class, "%s", rd_kafka_err2name(code));
    (void)error_set(&result->error, result->fatal ? CARAFE_FAILED : voice_code(code),
                    "consumer %s: poll: expected a message, got %s (%s)", member->subscription_group,
                    result->error_class, text != NULL ? text : rd_kafka_err2str(code));
    secrets_hide(&member->secrets, result->error.text);
}

static void give(struct kafka_consumer *member, rd_kafka_message_t *message, struct consumer_poll *result)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        give_message(member, message, result);
        return;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        result->kind = CONSUMER_EOF;
    } else {
        give_failure(member, message, result);
    }
    if (message->rkt != NULL) {
        result->partition =
            (struct carafe_partition){rd_kafka_topic_name(message->rkt), message->partition, message->offset};
    }
    member->held = message;
}

static void forget_last(struct kafka_consumer *member, struct consumer_poll *result)
{
    if (member->held != NULL) {
        rd_kafka_message_destroy(member->held);
        member->held = NULL;
    }
    result->kind = CONSUMER_NOTHING;
    result->message = (struct consumer_message){0};
    result->partition = (struct carafe_partition){0};
    result->fatal = false;
    result->error_class[0] = '\0';
    error_clear(&result->error);
}

static void give_closed(struct kafka_consumer *member, struct consumer_poll *result)
{
    result->kind = CONSUMER_FAILED;
    result->fatal = true;
    (void)snprintf(result->error_class, sizeof result->error_class, "%s",
                   rd_kafka_err2name(RD_KAFKA_RESP_ERR__DESTROY));
    (void)error_set(&result->error, CARAFE_CLOSED, "consumer %s: poll: expected an open consumer, got a closed one",
                    member->subscription_group);
}

/* False: there was nothing. */
static bool look(struct kafka_consumer *member, struct consumer_poll *result)
{
    enum look look = kafka_consumer_begin_look(member);
    if (look == LOOK_CLOSED) {
        give_closed(member, result);
        return true;
    }
    kafka_consumer_serve(member);
    if (look == LOOK_WOKEN) {
        result->kind = CONSUMER_INTERRUPTED;
        return true;
    }
    member->rebalanced = false;
    rd_kafka_message_t *message = rd_kafka_consumer_poll(member->kafka, 0);
    if (message != NULL) {
        give(member, message, result);
        return true;
    }
    if (member->rebalanced) {
        result->kind = CONSUMER_INTERRUPTED;
    }
    return member->rebalanced;
}

void kafka_consumer_poll(struct consumer *consumer, int64_t deadline_ns, struct consumer_poll *result)
{
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    forget_last(member, result);
    while (!look(member, result)) {
        if (!kafka_consumer_wait(member, deadline_ns)) {
            return;
        }
    }
}

void kafka_consumer_drain(struct kafka_consumer *member, rd_kafka_queue_t *queue)
{
    for (;;) {
        member->rebalanced = false;
        rd_kafka_message_t *message =
            queue != NULL ? rd_kafka_consume_queue(queue, 0) : rd_kafka_consumer_poll(member->kafka, 0);
        if (message != NULL) {
            rd_kafka_message_destroy(message);
        } else if (!member->rebalanced) {
            return;
        }
    }
}

void kafka_consumer_release(struct consumer_message *message)
{
    struct parcel *parcel = message->source;
    struct kafka_consumer *member = parcel->member;
    message->source = NULL;
    rd_kafka_message_destroy(parcel->message);
    free(parcel);
    kafka_consumer_release_reference(member);
}
