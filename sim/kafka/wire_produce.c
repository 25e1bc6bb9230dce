/* Produce: the request holds the records, the answer their offsets. */
#include "kafka/wire_exchange.h"

#define PARTITION_MIN 8u /* number and length of the records */
#define TOPIC_MIN     6u /* length of the name and count of partitions */
#define VERSION_LEAST 3  /* before it the message formats 0 and 1 */

/* One partition of the request while its records are told. */
struct produced {
    const struct exchange *exchange;
    const char *topic;
    int32_t partition;
    int64_t base_offset;
    int error;
    int acks;
};

bool exchange_acks(struct reader request, int *acks)
{
    (void)read_string(&request); /* transactional id */
    *acks = read_int16(&request);
    return !request.failed;
}

static void tell_record(const struct record *record, void *owner)
{
    const struct produced *produced = owner;
    const struct wire_observer *observer = produced->exchange->observer;
    struct wire_record told = {
        .origin = produced->exchange->origin,
        .topic = produced->topic,
        .partition = produced->partition,
        .offset = produced->base_offset < 0 ? -1 : produced->base_offset + record->index,
        .error = produced->error,
        .acks = produced->acks,
        .requested_ns = produced->exchange->requested_ns,
        .record = record,
    };
    if (produced->error == 0 && observer->appended != NULL) {
        observer->appended(&told, observer->owner);
    }
    if (produced->error != 0 && observer->refused != NULL) {
        observer->refused(&told, observer->owner);
    }
}

static bool tell_records(struct exchange *exchange, struct produced *produced, struct view bytes)
{
    /* Error 0 without an offset: the broker knew the batch already. */
    bool duplicate = exchange->end == EXCHANGE_ANSWERED && produced->error == 0 && produced->base_offset < 0;
    struct carafe_error error = {0};
    int64_t count = 0;
    int code = records_decode(bytes, duplicate ? NULL : tell_record, produced, &count, &error);
    if (code == CARAFE_REFUSED) {
        const struct wire_observer *observer = exchange->observer;
        if (observer->compressed != NULL) {
            observer->compressed(exchange->origin, produced->topic, produced->partition, count, error.text,
                                 observer->owner);
        }
        return true;
    }
    if (code != 0) {
        exchange->why = "Produce: records: expected batches of message format 2, got something else";
        return false;
    }
    return true;
}

/* The answer's part for one partition. */
static bool read_result(struct exchange *exchange, struct produced *produced)
{
    produced->base_offset = -1;
    if (exchange->end != EXCHANGE_ANSWERED) {
        produced->error = exchange_error(exchange);
        return true;
    }
    int32_t partition = read_int32(&exchange->answer);
    produced->error = exchange_error(exchange);
    int64_t base_offset = read_int64(&exchange->answer);
    (void)read_int64(&exchange->answer);     /* log append time */
    if (exchange->version >= 6) {            /* Kafka since version 5, the mock since 6 */
        (void)read_int64(&exchange->answer); /* log start offset */
    }
    if (exchange->answer.failed || partition != produced->partition) {
        exchange->why = "Produce: answer: expected the partitions of the request, got others";
        return false;
    }
    produced->base_offset = produced->error == 0 && base_offset <= INT64_MAX / 2 ? base_offset : -1;
    return true;
}

static bool walk_partitions(struct exchange *exchange, struct produced *produced)
{
    int32_t count = read_count(&exchange->request, PARTITION_MIN);
    if (exchange->end == EXCHANGE_ANSWERED && read_int32(&exchange->answer) != count) {
        exchange->why = "Produce: answer: expected as many partitions as in the request, got another count";
        return false;
    }
    for (int32_t i = 0; i < count; i++) {
        produced->partition = read_int32(&exchange->request);
        struct view records = read_bytes(&exchange->request);
        if (exchange->request.failed) {
            exchange->why = "Produce: request: expected whole partitions, got less";
            return false;
        }
        if (!read_result(exchange, produced) || !tell_records(exchange, produced, records)) {
            return false;
        }
    }
    return true;
}

bool exchange_produce(struct exchange *exchange)
{
    if (exchange->version < VERSION_LEAST) {
        exchange->why = "Produce: version: expected 3 or later, got an earlier one";
        return false;
    }
    struct produced produced = {.exchange = exchange};
    (void)read_string(&exchange->request); /* transactional id */
    produced.acks = read_int16(&exchange->request);
    (void)read_int32(&exchange->request); /* timeout */
    int32_t count = read_count(&exchange->request, TOPIC_MIN);
    if (exchange->end == EXCHANGE_ANSWERED && read_int32(&exchange->answer) != count) {
        exchange->why = "Produce: answer: expected as many topics as in the request, got another count";
        return false;
    }
    for (int32_t i = 0; i < count; i++) {
        struct view topic = read_string(&exchange->request);
        struct name name;
        produced.topic = name.text;
        if (!name_of(&name, topic) ||
            (exchange->end == EXCHANGE_ANSWERED && !view_equal(topic, read_string(&exchange->answer)))) {
            exchange->why = "Produce: topic: expected the same name in request and answer, got others";
            return false;
        }
        if (!walk_partitions(exchange, &produced)) {
            return false;
        }
    }
    if (exchange->end == EXCHANGE_ANSWERED) {
        (void)read_int32(&exchange->answer); /* throttle time */
    }
    return exchange_complete(exchange, "Produce: length: expected the end, got more or less");
}
