/*
 * One piece of work for a worker: a batch of messages, or news for the consumer of a partition.
 *
 * Ownership: made by a listener; the jobs queue and the worker borrow it; the listener frees it after
 * listener_finish_job() gave it back.
 * Threads: only who holds it; `state` belongs to the queue's lock.
 */
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include "carafe.h"
#include "ports/consumer.h"

#define NO_OFFSET INT64_C(-1001)

#define JOB_DESCRIPTION_MAX 640

struct carafe_consumer;
struct client;
struct lane;
struct listener;

enum job_state {
    JOB_HELD,    /* behind another job of its partition */
    JOB_PENDING, /* in the queue */
    JOB_RUNNING
};

/* What is to be done with the partition after the job, on the listener's thread. */
struct verdict {
    bool pause;
    bool retry; /* a failure asked for the pause: go on with the first message not marked */
    bool seek;
    bool resume;
    int64_t offset;      /* of pause and seek; NO_OFFSET: where the fetching is */
    int64_t duration_ms; /* of the pause; -1: until resumed by hand */
};

struct job {
    struct carafe_job_view view; /* its strings live as long as the consumer */
    struct listener *listener;
    struct client *client;            /* pinned; the messages came from it */
    struct carafe_consumer *consumer; /* a reference is held */
    struct lane *lane;
    struct consumer_message *messages; /* released when the handler has returned */
    struct carafe_message *batch;      /* the same, as the handler sees them */
    int64_t fetched_ns;                /* of the oldest message */
    struct verdict verdict;
    enum job_state state;
    struct job *next;                        /* in the queue, its lane or the listener's list of finished jobs */
    struct job *next_known, *previous_known; /* in the queue's list of all jobs */
    char description[JOB_DESCRIPTION_MAX];   /* `Consume orders/2 (billing_0, blocking)` */
};

/* `view.id` is set by the queue.  NULL: no memory. */
struct job *job_create(enum carafe_job_type type, struct listener *listener, struct carafe_consumer *consumer);
/* Give the messages back to their client. */
void job_release_messages(struct job *job);
/* Drops the reference to the consumer; the client was unpinned before.  Takes NULL. */
void job_destroy(struct job *job);

#endif
