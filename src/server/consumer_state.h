/*
 * The executor and coordinator of one topic-partition, from its assignment to its loss: what a handler knows as
 * struct carafe_consumer.
 *
 * Counted references: its listener's slot, its jobs and the deliveries under way hold one each.
 * Locks: `lock` for what is marked so; never held while a callback, a port or a subscriber runs.
 */
#ifndef SERVER_CONSUMER_STATE_H
#define SERVER_CONSUMER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/lock.h"
#include "server/context.h"
#include "server/job.h"

#define CONSUMER_TAGS_MAX     16
#define CONSUMER_TAG_NAME_MAX 64
#define CONSUMER_TAG_TEXT_MAX 256
#define FAILURE_CLASS_MAX     128
#define FAILURE_MESSAGE_MAX   2048
#define FAILURE_WHOLE_MAX     (4 * 10000) /* bytes of a longer one: an error document keeps 10 000 characters */

/* How the dispatch of a dead letter stands. */
enum dispatch_state { DISPATCH_NONE, DISPATCH_UNDER_WAY, DISPATCH_DELIVERED, DISPATCH_FAILED };

struct consumer_tag {
    char name[CONSUMER_TAG_NAME_MAX];
    char text[CONSUMER_TAG_TEXT_MAX];
};

struct carafe_consumer {
    const struct context *context;
    const struct routed_topic *topic;
    struct listener *listener;
    int32_t partition;
    atomic_size_t references;

    struct lock lock;
    pthread_cond_t changed;       /* cancelled, a delivery arrived, or nobody is in a critical section */
    bool revoked;                 /* lock */
    bool cancelled;               /* lock */
    size_t critical;              /* lock: starts of jobs and stores of offsets that a revocation must wait for */
    int attempt;                  /* lock: 0 before the first */
    int64_t seek_offset;          /* lock: the first message not marked; NO_OFFSET: none was seen */
    int64_t last_seen_offset;     /* lock: of all batches handed to it */
    enum dispatch_state dispatch; /* lock: of the dead letter that the partition waits for */
    int64_t dispatch_offset;      /* lock */
    char dispatch_failure[256];   /* lock: why it failed */

    /* The worker's that runs its job: one at a time, handed on by the queue. */
    bool created;
    void *state;
    struct job *job;
    char failure_class[FAILURE_CLASS_MAX];
    char failure_message[FAILURE_MESSAGE_MAX];
    char *failure_whole; /* NULL: failure_message is all of it */
    struct consumer_tag tags[CONSUMER_TAGS_MAX];
    const char *tag_texts[CONSUMER_TAGS_MAX];
    size_t tag_count;

    /* The listener's. */
    bool paused;
    int64_t pause_offset; /* where it goes on; NO_OFFSET: where the fetching is */
    bool seek_on_resume;  /* the fetching is past pause_offset */
    bool awaits_dispatch; /* only a delivery resumes it */
    int64_t resume_at_ns;
    int64_t next_tick_ns; /* NEVER_NS: no ticks */
};

/* One reference is the caller's.  NULL: no memory. */
struct carafe_consumer *consumer_create(const struct context *context, struct listener *listener,
                                        const struct routed_topic *topic, int32_t partition);
/* What it said when it failed is told, or does not count.  Threads: the worker that runs its job. */
void consumer_forget_failure(struct carafe_consumer *consumer);
void consumer_hold(struct carafe_consumer *consumer);
void consumer_drop(struct carafe_consumer *consumer);

/* From now on no job of it starts and no offset of it is stored; waits for those that are about to. */
void consumer_revoke(struct carafe_consumer *consumer);
/* The forceful shutdown gave it up: wake every wait of ours in its handler. */
void consumer_cancel(struct carafe_consumer *consumer);

/* Between these two a revocation waits.  enter returns false when it is revoked: then do not leave. */
bool consumer_enter_critical(struct carafe_consumer *consumer);
void consumer_leave_critical(struct carafe_consumer *consumer);

/* Store `offset` as handled, and publish it.  CARAFE_REFUSED: revoked.  Threads: who runs its job, or its listener. */
int consumer_mark_offset(struct carafe_consumer *consumer, struct client *client, int64_t offset);

/*
 * Wait until `is_over(owner)`, evaluated with the lock held, or cancelled, or `deadline_ns`.
 * Returns 0, CARAFE_CLOSED: cancelled, CARAFE_TIMEOUT.
 */
int consumer_wait(struct carafe_consumer *consumer, bool (*is_over)(void *owner), void *owner, int64_t deadline_ns);

/* Produce, and wait for the delivery.  CARAFE_CLOSED: cancelled or the producer is closed; others: the producer's. */
int consumer_produce_sync(struct carafe_consumer *consumer, const struct carafe_record *record,
                          struct carafe_error *error);

#endif
