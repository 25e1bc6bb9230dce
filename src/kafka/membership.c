/* Joining a group, rebalances, and leaving it. */
#include "kafka/consumer.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/lock.h"
#include "kafka/kafka.h"
#include "kafka/partitions.h"
#include "kafka/voice.h"

static void report(struct kafka_consumer *member, rd_kafka_resp_err_t code, const char *text)
{
    member->observer.failed(rd_kafka_err2name(code), text, false, member->observer.owner);
}

static bool is_cooperative(rd_kafka_t *kafka)
{
    const char *protocol = rd_kafka_rebalance_protocol(kafka);
    return protocol != NULL && strcmp(protocol, "COOPERATIVE") == 0;
}

static rd_kafka_resp_err_t change_some(struct kafka_consumer *member, const rd_kafka_topic_partition_list_t *list,
                                       bool more)
{
    rd_kafka_error_t *failure =
        more ? rd_kafka_incremental_assign(member->kafka, list) : rd_kafka_incremental_unassign(member->kafka, list);
    if (failure == NULL) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    rd_kafka_resp_err_t code = rd_kafka_error_code(failure);
    rd_kafka_error_destroy(failure);
    return code;
}

/* Tell librdkafka that we agree; it waits for that. */
static void change_assignment(struct kafka_consumer *member, const rd_kafka_topic_partition_list_t *list, bool more)
{
    size_t before = member->assigned;
    size_t count = list != NULL && list->cnt > 0 ? (size_t)list->cnt : 0;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (list != NULL && is_cooperative(member->kafka)) {
        code = change_some(member, list, more);
        member->assigned = more ? before + count : before - (count < before ? count : before);
    } else {
        code = rd_kafka_assign(member->kafka, more ? list : NULL);
        member->assigned = more ? count : 0;
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        report(member, code, rd_kafka_err2str(code));
    }
}

/*
 * Before the partitions go: what was handled must not be handled again by who gets them.  A broker refuses commits
 * while its group rebalances; that is normal, and told to observer->committed only.
 */
static void commit_before_revoke(struct kafka_consumer *member, bool lost)
{
    if (lost) {
        return;
    }
    rd_kafka_resp_err_t code = kafka_consumer_commit_and_wait(member, NULL);
    if (code != RD_KAFKA_RESP_ERR__NO_OFFSET && voice_code(code) != CARAFE_OK && voice_code(code) != CARAFE_REFUSED) {
        report(member, code, rd_kafka_err2str(code));
    }
}

/*
 * librdkafka keeps a partition paused when it goes, and for ever if it comes back: who gets it again knows of no pause.
 * Before it goes, for a resume drops what was fetched since the last poll.
 */
static void forget_pauses(struct kafka_consumer *member, const rd_kafka_topic_partition_list_t *list)
{
    if (list == NULL || list->cnt == 0) {
        return;
    }
    rd_kafka_topic_partition_list_t *copy = rd_kafka_topic_partition_list_copy(list);
    rd_kafka_resp_err_t code = rd_kafka_resume_partitions(member->kafka, copy);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        report(member, code, rd_kafka_err2str(code));
    }
    rd_kafka_topic_partition_list_destroy(copy);
}

void kafka_consumer_on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                                 void *owner)
{
    struct kafka_consumer *member = owner;
    const struct consumer_observer *observer = &member->observer;
    size_t count = 0;
    struct carafe_partition *partitions = partitions_from(list, &count);
    count = partitions != NULL ? count : 0;
    member->rebalanced = true;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        observer->assign(partitions, count, observer->owner);
        change_assignment(member, list, true);
        observer->assigned(partitions, count, observer->owner);
    } else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
        bool lost = rd_kafka_assignment_lost(kafka) != 0;
        observer->revoke(partitions, count, lost, observer->owner);
        commit_before_revoke(member, lost);
        forget_pauses(member, list);
        change_assignment(member, list, false);
        observer->revoked(partitions, count, lost, observer->owner);
    } else {
        forget_pauses(member, list);
        change_assignment(member, NULL, false);
        report(member, code, rd_kafka_err2str(code));
    }
    free(partitions);
    rd_kafka_yield(kafka); /* ends the poll: who called it must know before it takes another message */
}

void kafka_consumer_on_commit(rd_kafka_t *kafka, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                              void *owner)
{
    (void)kafka;
    struct kafka_consumer *member = owner;
    if (code == RD_KAFKA_RESP_ERR__NO_OFFSET) {
        return; /* nothing was stored, nothing was committed */
    }
    for (int i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && list != NULL && i < list->cnt; i++) {
        code = list->elems[i].err;
    }
    size_t count = 0;
    struct carafe_partition *partitions = partitions_from(list, &count);
    member->observer.committed(partitions, partitions != NULL ? count : 0, voice_code(code), rd_kafka_err2name(code),
                               member->observer.owner);
    free(partitions);
}

int kafka_consumer_subscribe(struct consumer *consumer, const struct carafe_names *topics, struct carafe_error *error)
{
    lock_expect_none_held("consumer.subscribe");
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)topics->count);
    for (size_t i = 0; i < topics->count; i++) {
        rd_kafka_topic_partition_list_add(list, topics->list[i], RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t code = rd_kafka_subscribe(member->kafka, list);
    rd_kafka_topic_partition_list_destroy(list);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : kafka_consumer_fail(member, "subscribe", code, error);
}

int kafka_consumer_unsubscribe(struct consumer *consumer, int64_t deadline_ns, struct carafe_error *error)
{
    lock_expect_none_held("consumer.unsubscribe");
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    rd_kafka_resp_err_t code = rd_kafka_unsubscribe(member->kafka);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka_consumer_fail(member, "unsubscribe", code, error);
    }
    for (;;) {
        if (kafka_consumer_begin_look(member) == LOOK_CLOSED) {
            return kafka_consumer_fail(member, "unsubscribe", RD_KAFKA_RESP_ERR__DESTROY, error);
        }
        kafka_consumer_serve(member);
        kafka_consumer_drain(member, NULL);
        if (member->assigned == 0) {
            return 0;
        }
        if (!kafka_consumer_wait(member, deadline_ns)) {
            return error_set(error, CARAFE_TIMEOUT, "consumer %s: unsubscribe: expected no partitions, got %zu left",
                             member->subscription_group, (size_t)member->assigned);
        }
    }
}

/* Serve the last rebalance until librdkafka has left the group. */
static bool wait_until_left(struct kafka_consumer *member, int64_t deadline_ns)
{
    for (;;) {
        kafka_consumer_begin_last_look(member);
        kafka_consumer_serve(member);
        /* Messages come here too, and rd_kafka_queue_poll_callback() aborts the process when it meets one. */
        kafka_consumer_drain(member, member->close_queue);
        if (rd_kafka_consumer_closed(member->kafka) != 0) {
            return true;
        }
        if (!kafka_consumer_wait_closing(member, deadline_ns)) {
            return false;
        }
    }
}

static int leave(struct kafka_consumer *member, struct carafe_error *error)
{
    /* rd_kafka_consumer_close() would wait as long as it takes. */
    rd_kafka_error_t *failure = rd_kafka_consumer_close_queue(member->kafka, member->close_queue);
    if (failure != NULL) {
        rd_kafka_resp_err_t code = rd_kafka_error_code(failure);
        rd_kafka_error_destroy(failure);
        return kafka_consumer_fail(member, "close", code, error);
    }
    int64_t deadline_ns = member->clock->monotonic_ns(member->clock) + KAFKA_CLOSE_WAIT_MS * NS_PER_MS;
    if (!wait_until_left(member, deadline_ns)) {
        return kafka_consumer_fail(member, "close", RD_KAFKA_RESP_ERR__TIMED_OUT, error);
    }
    return 0;
}

int kafka_consumer_close(struct consumer *consumer, struct carafe_error *error)
{
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    lock_take(&member->lock);
    bool closed = member->closed;
    member->closed = true;
    (void)pthread_cond_broadcast(&member->changed);
    lock_give(&member->lock);
    if (closed) {
        return 0;
    }
    struct carafe_error ignored = {0};
    struct carafe_error *words = error != NULL ? error : &ignored;
    int committed = kafka_consumer_commit(consumer, NULL, true, words);
    int left = leave(member, committed == 0 ? words : &ignored);
    (void)rd_kafka_poll(member->kafka, 0); /* the results of the last commits */
    return committed != 0 ? committed : left;
}
