/* Where a consumer reads on, and what it has read: pause, seek, store and commit. */
#include "kafka/consumer.h"

#include "base/error.h"
#include "base/lock.h"
#include "kafka/kafka.h"
#include "kafka/partitions.h"
#include "kafka/voice.h"

/* The verdict on a list of one partition: librdkafka's for the call, else for the partition. */
static int verdict(const struct kafka_consumer *member, const char *what, rd_kafka_topic_partition_list_t *list,
                   rd_kafka_resp_err_t code, struct carafe_error *error)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = list->elems[0].err;
    }
    int result = code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : kafka_consumer_fail(member, what, code, error);
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

int kafka_consumer_pause(struct consumer *consumer, const struct carafe_partition *partition,
                         struct carafe_error *error)
{
    lock_expect_none_held("consumer.pause");
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    rd_kafka_topic_partition_list_t *list = partitions_of(partition);
    return verdict(member, "pause", list, rd_kafka_pause_partitions(member->kafka, list), error);
}

int kafka_consumer_resume(struct consumer *consumer, const struct carafe_partition *partition,
                          struct carafe_error *error)
{
    lock_expect_none_held("consumer.resume");
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    rd_kafka_topic_partition_list_t *list = partitions_of(partition);
    return verdict(member, "resume", list, rd_kafka_resume_partitions(member->kafka, list), error);
}

int kafka_consumer_seek(struct consumer *consumer, const struct carafe_partition *partition, struct carafe_error *error)
{
    lock_expect_none_held("consumer.seek");
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    rd_kafka_topic_partition_list_t *list = partitions_of(partition);
    rd_kafka_error_t *failure = rd_kafka_seek_partitions(member->kafka, list, KAFKA_SEEK_WAIT_MS);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (failure != NULL) {
        code = rd_kafka_error_code(failure);
        rd_kafka_error_destroy(failure);
    }
    return verdict(member, "seek", list, code, error);
}

int kafka_consumer_store(struct consumer *consumer, const struct carafe_partition *partition,
                         struct carafe_error *error)
{
    lock_expect_none_held("consumer.store");
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    rd_kafka_topic_partition_list_t *list = partitions_of(partition);
    return verdict(member, "store", list, rd_kafka_offsets_store(member->kafka, list), error);
}

/* The first failure in the result of a commit: of the request, else of a partition. */
static rd_kafka_resp_err_t commit_code(rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    for (int i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && list != NULL && i < list->cnt; i++) {
        code = list->elems[i].err;
    }
    return code;
}

/*
 * Not rd_kafka_commit(), which waits without bound while no coordinator can be reached.  The observer is told of the
 * result by the main queue, like of any other commit.
 */
rd_kafka_resp_err_t kafka_consumer_commit_and_wait(struct kafka_consumer *member,
                                                   const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_queue_t *answers = rd_kafka_queue_new(member->kafka);
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(member->kafka, list, answers, NULL, NULL);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(answers, KAFKA_COMMIT_WAIT_MS);
        code = event != NULL ? commit_code(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(answers);
    return code;
}

int kafka_consumer_commit(struct consumer *consumer, const struct carafe_partition *partition, bool wait,
                          struct carafe_error *error)
{
    lock_expect_none_held("consumer.commit");
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    rd_kafka_topic_partition_list_t *list = partition != NULL ? partitions_of(partition) : NULL;
    rd_kafka_resp_err_t code = wait ? kafka_consumer_commit_and_wait(member, list)
                                    : rd_kafka_commit(member->kafka, list, 1 /* asynchronously */);
    if (list != NULL) {
        rd_kafka_topic_partition_list_destroy(list);
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__NO_OFFSET) {
        return 0; /* no offset: nothing new is stored */
    }
    return kafka_consumer_fail(member, "commit", code, error);
}
