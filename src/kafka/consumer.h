/* The consumer of one subscription group, as its files share it. */
#ifndef KAFKA_CONSUMER_H
#define KAFKA_CONSUMER_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/lock.h"
#include "kafka/secrets.h"
#include "ports/clock.h"
#include "ports/consumer.h"
#include "ports/log.h"

/*
 * librdkafka keeps two queues for us.  The consumer queue has messages, consumer errors and rebalances; the main queue
 * has statistics, errors, logs and results of commits.  The member never waits inside librdkafka: both queues tell
 * `changed` when they become non-empty, and the member waits for that.  So one wait serves both queues and wake(), and
 * serve() can serve the main queue alone, without any message or rebalance.
 *
 * Locks: `lock` is a leaf.  librdkafka takes it with a lock of its queue held, so never call librdkafka under it.
 */
struct kafka_consumer {
    struct consumer port;
    struct clock *clock;
    struct log *log;
    struct secrets secrets;
    struct consumer_observer observer;
    char *subscription_group;
    rd_kafka_t *kafka;
    rd_kafka_queue_t *main_queue;
    rd_kafka_queue_t *consumer_queue;
    rd_kafka_queue_t *close_queue; /* NULL before the close: takes over what comes on the consumer queue */
    int64_t wait_max_ns;           /* at least this often we poll, or librdkafka takes us for stuck */

    struct lock lock;
    pthread_cond_t changed;
    bool consumer_ready; /* the consumer queue (closing: the close queue) may have something */
    bool main_ready;     /* the main queue may have something */
    bool woken;
    bool closed;
    size_t references; /* the owner's one, and one for each message given out */

    /* Atomic, since a forceful shutdown closes while an abandoned listener may still poll. */
    atomic_bool rebalanced;
    atomic_size_t assigned; /* partitions we have */

    rd_kafka_message_t *held; /* keeps the topic of the last poll's result alive */
};

enum look { LOOK_NOW, LOOK_WOKEN, LOOK_CLOSED };

/* consumer.c */
void kafka_consumer_release_reference(struct kafka_consumer *member);
/* Serve the main queue if it has something. */
void kafka_consumer_serve(struct kafka_consumer *member);
/* Forget what `changed` told so far: what comes from now on is told again.  Says why not to look at all. */
enum look kafka_consumer_begin_look(struct kafka_consumer *member);
/* Wait until something is there to be looked at, or until `deadline_ns`.  False: the deadline passed. */
bool kafka_consumer_wait(struct kafka_consumer *member, int64_t deadline_ns);
/* The same two for the close, which alone looks from then on. */
void kafka_consumer_begin_last_look(struct kafka_consumer *member);
bool kafka_consumer_wait_closing(struct kafka_consumer *member, int64_t deadline_ns);
int kafka_consumer_fail(const struct kafka_consumer *member, const char *what, rd_kafka_resp_err_t code,
                        struct carafe_error *error);

/* poll.c */
void kafka_consumer_poll(struct consumer *consumer, int64_t deadline_ns, struct consumer_poll *result);
void kafka_consumer_release(struct consumer_message *message);
/* Serve the rebalances of `queue` and drop its messages; NULL: of the consumer itself. */
void kafka_consumer_drain(struct kafka_consumer *member, rd_kafka_queue_t *queue);

/* offsets.c */
int kafka_consumer_pause(struct consumer *consumer, const struct carafe_partition *partition,
                         struct carafe_error *error);
int kafka_consumer_resume(struct consumer *consumer, const struct carafe_partition *partition,
                          struct carafe_error *error);
int kafka_consumer_seek(struct consumer *consumer, const struct carafe_partition *partition,
                        struct carafe_error *error);
int kafka_consumer_store(struct consumer *consumer, const struct carafe_partition *partition,
                         struct carafe_error *error);
rd_kafka_resp_err_t kafka_consumer_commit_and_wait(struct kafka_consumer *member,
                                                   const rd_kafka_topic_partition_list_t *list);
int kafka_consumer_commit(struct consumer *consumer, const struct carafe_partition *partition, bool wait,
                          struct carafe_error *error);

/* membership.c */
void kafka_consumer_on_rebalance(rd_kafka_t *kafka, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                                 void *owner);
void kafka_consumer_on_commit(rd_kafka_t *kafka, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                              void *owner);
int kafka_consumer_subscribe(struct consumer *consumer, const struct carafe_names *topics, struct carafe_error *error);
int kafka_consumer_unsubscribe(struct consumer *consumer, int64_t deadline_ns, struct carafe_error *error);
int kafka_consumer_close(struct consumer *consumer, struct carafe_error *error);

#endif
