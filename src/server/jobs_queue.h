/*
 * The FIFO between the listeners and the workers of a server.
 *
 * Jobs of one lane (one topic-partition) run one at a time and in the order of their push: what comes while one is
 * queued or running is held until that one is complete.
 *
 * Locks: its own.  Threads: any, unless said otherwise.
 */
#ifndef SERVER_JOBS_QUEUE_H
#define SERVER_JOBS_QUEUE_H

#include "ports/clock.h"
#include "ports/log.h"
#include "server/job.h"

/* Lives as long as its listener. */
struct lane {
    bool busy; /* a job of it is queued or running */
    struct job *first_held, *last_held;
};

struct jobs_queue_statistics {
    size_t busy;     /* jobs being run */
    size_t enqueued; /* jobs that wait for a worker */
    size_t waiting;  /* jobs held behind another of their partition */
};

struct jobs_queue *jobs_queue_create(struct clock *clock);
/* Empty.  Takes NULL. */
void jobs_queue_destroy(struct jobs_queue *queue);

/*
 * Append `job` and wake one idle worker.  Sets job->view.id before `announce` (NULL: nobody) is called, and calls it
 * before any worker can see the job.  Ownership: see job.h.
 * Errors: CARAFE_CLOSED.
 */
int jobs_queue_push(struct jobs_queue *queue, struct job *job, void (*announce)(struct job *job)) CARAFE_RESULT;

/* The next job.  NULL: closed, or one worker too many: the worker ends.  Threads: workers. */
struct job *jobs_queue_pop(struct jobs_queue *queue);

/* `job` was run: let the next of its lane go.  Its owner may free it afterwards. */
void jobs_queue_complete(struct jobs_queue *queue, struct job *job);

/* Let `count` workers end as they get free (negative: take that back). */
void jobs_queue_retire_workers(struct jobs_queue *queue, long count);

/* No push and no pop from now on. */
void jobs_queue_close(struct jobs_queue *queue);

struct jobs_queue_statistics jobs_queue_statistics(struct jobs_queue *queue);

/* Cancel the consumers of all jobs that run. */
void jobs_queue_cancel_running(struct jobs_queue *queue);

/* Descriptions of the running jobs, `; ` between them, cut at `size`.  Returns their number. */
size_t jobs_queue_describe_running(struct jobs_queue *queue, char *text, size_t size);

/* A line for every job. */
void jobs_queue_dump(struct jobs_queue *queue, struct log *log);

#endif
