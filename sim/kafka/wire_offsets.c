/* OffsetCommit and OffsetFetch: where a group stands.  FindCoordinator: who keeps that. */
#include "kafka/wire_exchange.h"

#define TOPIC_MIN             6u
#define COMMIT_PARTITION_MIN  14u
#define FETCHED_PARTITION_MIN 16u

static bool wrong(struct exchange *exchange, const char *why)
{
    exchange->why = why;
    return false;
}

/* What every partition of one commit has in common. */
struct committing {
    struct name group;
    struct name member;
    struct wire_commit told;
};

static bool read_committer(struct exchange *exchange, struct committing *committing)
{
    struct reader *request = &exchange->request;
    struct view group = read_string(request);
    struct view member = {0};
    committing->told.generation = -1;
    if (exchange->version >= 1) {
        committing->told.generation = read_int32(request);
        member = read_string(request);
    }
    if (exchange->version >= 7) {
        (void)read_string(request); /* group instance id */
    }
    if (exchange->version >= 2 && exchange->version <= 4) {
        (void)read_int64(request); /* retention */
    }
    committing->told.origin = exchange->origin;
    committing->told.group = committing->group.text;
    committing->told.member = committing->member.text;
    committing->told.requested_ns = exchange->requested_ns;
    return !request->failed && name_of(&committing->group, group) && name_of(&committing->member, member);
}

static bool walk_commit_partition(struct exchange *exchange, struct wire_commit *told)
{
    struct reader *request = &exchange->request;
    told->partition = read_int32(request);
    told->offset = read_int64(request);
    if (exchange->version >= 6) {
        (void)read_int32(request); /* leader epoch */
    }
    if (exchange->version == 1) {
        (void)read_int64(request); /* timestamp */
    }
    (void)read_string(request); /* metadata */
    if (exchange->end == EXCHANGE_ANSWERED && read_int32(&exchange->answer) != told->partition) {
        return wrong(exchange, "OffsetCommit: answer: expected the partitions of the request, got others");
    }
    told->error = exchange_error(exchange);
    if (request->failed || exchange->answer.failed) {
        return wrong(exchange, "OffsetCommit: partition: expected whole partitions, got less");
    }
    if (exchange->observer->committed != NULL) {
        exchange->observer->committed(told, exchange->observer->owner);
    }
    return true;
}

static bool walk_commit_topic(struct exchange *exchange, struct wire_commit *told)
{
    struct view topic = read_string(&exchange->request);
    int32_t count = read_count(&exchange->request, COMMIT_PARTITION_MIN);
    struct name name;
    if (!name_of(&name, topic)) {
        return wrong(exchange, "OffsetCommit: topic: expected a name, got something else");
    }
    if (exchange->end == EXCHANGE_ANSWERED &&
        (!view_equal(topic, read_string(&exchange->answer)) || read_int32(&exchange->answer) != count)) {
        return wrong(exchange, "OffsetCommit: answer: expected the topics of the request, got others");
    }
    told->topic = name.text;
    bool walked = true;
    for (int32_t i = 0; walked && i < count; i++) {
        walked = walk_commit_partition(exchange, told);
    }
    told->topic = NULL;
    return walked;
}

bool exchange_offset_commit(struct exchange *exchange)
{
    struct committing committing = {0};
    if (!read_committer(exchange, &committing)) {
        return wrong(exchange, "OffsetCommit: request: expected group and member, got less");
    }
    bool answered = exchange->end == EXCHANGE_ANSWERED;
    if (answered && exchange->version >= 3) {
        (void)read_int32(&exchange->answer); /* throttle time */
    }
    int32_t count = read_count(&exchange->request, TOPIC_MIN);
    if (answered && read_int32(&exchange->answer) != count) {
        return wrong(exchange, "OffsetCommit: answer: expected as many topics as in the request, got another count");
    }
    for (int32_t i = 0; i < count; i++) {
        if (!walk_commit_topic(exchange, &committing.told)) {
            return false;
        }
    }
    return exchange_complete(exchange, "OffsetCommit: length: expected the end, got more or less");
}

static bool walk_fetched_topic(struct exchange *exchange, struct wire_position *told)
{
    struct reader *answer = &exchange->answer;
    struct name topic;
    bool named = name_of(&topic, read_string(answer));
    int32_t count = read_count(answer, FETCHED_PARTITION_MIN);
    told->topic = topic.text;
    for (int32_t i = 0; named && i < count; i++) {
        told->partition = read_int32(answer);
        told->offset = read_int64(answer);
        if (exchange->version >= 5) {
            (void)read_int32(answer); /* leader epoch */
        }
        (void)read_string(answer); /* metadata */
        told->error = read_int16(answer);
        if (answer->failed) {
            break;
        }
        if (exchange->observer->position != NULL) {
            exchange->observer->position(told, exchange->observer->owner);
        }
    }
    told->topic = NULL;
    return named && !answer->failed;
}

bool exchange_offset_fetch(struct exchange *exchange)
{
    struct reader *answer = &exchange->answer;
    struct name group;
    struct wire_position told = {.origin = exchange->origin, .group = group.text};
    if (!name_of(&group, read_string(&exchange->request)) || exchange->request.failed) {
        return wrong(exchange, "OffsetFetch: request: expected a group, got less");
    }
    if (exchange->end != EXCHANGE_ANSWERED) {
        return true;
    }
    if (exchange->version >= 3) {
        (void)read_int32(answer); /* throttle time */
    }
    int32_t count = read_count(answer, TOPIC_MIN);
    for (int32_t i = 0; i < count; i++) {
        if (!walk_fetched_topic(exchange, &told)) {
            return wrong(exchange, "OffsetFetch: answer: expected whole partitions, got less");
        }
    }
    if (exchange->version >= 2) {
        (void)read_int16(answer); /* the error of all */
    }
    exchange->request.left = 0; /* the rest names the partitions that the answer names too */
    return exchange_complete(exchange, "OffsetFetch: length: expected the end, got more or less");
}

bool exchange_find_coordinator(struct exchange *exchange)
{
    struct reader *answer = &exchange->answer;
    struct name group;
    if (!name_of(&group, read_string(&exchange->request))) {
        return wrong(exchange, "FindCoordinator: request: expected a group, got something else");
    }
    int8_t kind = exchange->version >= 1 ? read_int8(&exchange->request) : 0;
    if (exchange->end == EXCHANGE_ANSWERED && exchange->version >= 1) {
        (void)read_int32(answer); /* throttle time */
    }
    struct wire_coordinator told = {.origin = exchange->origin, .group = group.text};
    told.error = exchange_error(exchange);
    if (exchange->version >= 1) {
        (void)read_string(answer); /* message */
    }
    told.broker = read_int32(answer);
    (void)read_string(answer); /* host */
    (void)read_int32(answer);  /* port */
    if (!exchange_complete(exchange, "FindCoordinator: length: expected the end, got more or less")) {
        return false;
    }
    if (kind == 0 && exchange->end == EXCHANGE_ANSWERED && exchange->observer->coordinator != NULL) {
        exchange->observer->coordinator(&told, exchange->observer->owner);
    }
    return true;
}
