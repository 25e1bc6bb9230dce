#include "server/jobs_queue.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/assert.h"
#include "server/consumer_state.h"

#define DUMPED_JOBS_MAX 1000

struct jobs_queue {
    struct clock *clock;
    struct lock lock;
    pthread_cond_t pushed; /* a job came, a worker is to end, or closed */
    bool closed;
    uint64_t last_id;
    long surplus; /* workers that are to end */
    size_t idle;  /* workers in pop */
    struct jobs_queue_statistics statistics;
    struct job *first, *last;             /* pending */
    struct job *first_known, *last_known; /* all, in the order of push */
};

struct jobs_queue *jobs_queue_create(struct clock *clock)
{
    struct jobs_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL) {
        return NULL;
    }
    queue->clock = clock;
    lock_init(&queue->lock, LOCK_JOBS_QUEUE);
    pthread_cond_init(&queue->pushed, NULL);
    return queue;
}

void jobs_queue_destroy(struct jobs_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    ASSERT(queue->first_known == NULL);
    pthread_cond_destroy(&queue->pushed);
    lock_close(&queue->lock);
    free(queue);
}

static void know_locked(struct jobs_queue *queue, struct job *job)
{
    job->next_known = NULL;
    job->previous_known = queue->last_known;
    if (queue->last_known != NULL) {
        queue->last_known->next_known = job;
    } else {
        queue->first_known = job;
    }
    queue->last_known = job;
}

static void forget_locked(struct jobs_queue *queue, struct job *job)
{
    if (job->previous_known != NULL) {
        job->previous_known->next_known = job->next_known;
    } else {
        queue->first_known = job->next_known;
    }
    if (job->next_known != NULL) {
        job->next_known->previous_known = job->previous_known;
    } else {
        queue->last_known = job->previous_known;
    }
}

static void append(struct job **first, struct job **last, struct job *job)
{
    job->next = NULL;
    if (*last != NULL) {
        (*last)->next = job;
    } else {
        *first = job;
    }
    *last = job;
}

static struct job *take_first(struct job **first, struct job **last)
{
    struct job *job = *first;
    *first = job->next;
    *last = *first == NULL ? NULL : *last;
    return job;
}

static void enqueue_locked(struct jobs_queue *queue, struct job *job)
{
    job->state = JOB_PENDING;
    job->lane->busy = true;
    append(&queue->first, &queue->last, job);
    queue->statistics.enqueued++;
    if (queue->idle > 0) {
        pthread_cond_signal(&queue->pushed);
    }
}

static int take_id(struct jobs_queue *queue, struct job *job)
{
    lock_take(&queue->lock);
    int code = queue->closed ? CARAFE_CLOSED : 0;
    if (code == 0) {
        job->view.id = ++queue->last_id;
    }
    lock_give(&queue->lock);
    return code;
}

int jobs_queue_push(struct jobs_queue *queue, struct job *job, void (*announce)(struct job *job))
{
    int code = take_id(queue, job);
    if (code != 0) {
        return code;
    }
    if (announce != NULL) {
        announce(job);
    }
    lock_take(&queue->lock);
    know_locked(queue, job);
    if (job->lane->busy) {
        job->state = JOB_HELD;
        append(&job->lane->first_held, &job->lane->last_held, job);
        queue->statistics.waiting++;
    } else {
        enqueue_locked(queue, job);
    }
    lock_give(&queue->lock);
    return 0;
}

struct job *jobs_queue_pop(struct jobs_queue *queue)
{
    struct job *job = NULL;
    lock_take(&queue->lock);
    while (queue->first == NULL && queue->surplus <= 0 && !queue->closed) {
        queue->idle++;
        (void)clock_wait(queue->clock, &queue->pushed, &queue->lock, NEVER_NS);
        queue->idle--;
    }
    if (queue->surplus > 0) {
        queue->surplus--;
    } else if (queue->first != NULL) {
        job = take_first(&queue->first, &queue->last);
        job->state = JOB_RUNNING;
        queue->statistics.enqueued--;
        queue->statistics.busy++;
    }
    lock_give(&queue->lock);
    return job;
}

void jobs_queue_complete(struct jobs_queue *queue, struct job *job)
{
    struct lane *lane = job->lane;
    lock_take(&queue->lock);
    ASSERT(job->state == JOB_RUNNING);
    forget_locked(queue, job);
    queue->statistics.busy--;
    lane->busy = false;
    if (lane->first_held != NULL) {
        queue->statistics.waiting--;
        enqueue_locked(queue, take_first(&lane->first_held, &lane->last_held));
    }
    lock_give(&queue->lock);
}

void jobs_queue_retire_workers(struct jobs_queue *queue, long count)
{
    lock_take(&queue->lock);
    queue->surplus += count;
    ASSERT(queue->surplus >= 0);
    pthread_cond_broadcast(&queue->pushed);
    lock_give(&queue->lock);
}

void jobs_queue_close(struct jobs_queue *queue)
{
    lock_take(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->pushed);
    lock_give(&queue->lock);
}

struct jobs_queue_statistics jobs_queue_statistics(struct jobs_queue *queue)
{
    lock_take(&queue->lock);
    struct jobs_queue_statistics statistics = queue->statistics;
    lock_give(&queue->lock);
    return statistics;
}

void jobs_queue_cancel_running(struct jobs_queue *queue)
{
    lock_take(&queue->lock);
    for (struct job *job = queue->first_known; job != NULL; job = job->next_known) {
        if (job->state == JOB_RUNNING) {
            consumer_cancel(job->consumer);
        }
    }
    lock_give(&queue->lock);
}

size_t jobs_queue_describe_running(struct jobs_queue *queue, char *text, size_t size)
{
    size_t count = 0;
    size_t used = 0;
    text[0] = '\0';
    lock_take(&queue->lock);
    for (struct job *job = queue->first_known; job != NULL; job = job->next_known) {
        if (job->state != JOB_RUNNING) {
            continue;
        }
        if (used + 1 < size) {
            (void)snprintf(text + used, size - used, "%s%s", count == 0 ? "" : "; ", job->description);
            used += strlen(text + used);
        }
        count++;
    }
    lock_give(&queue->lock);
    return count;
}

static const struct job *next_by_id_locked(const struct jobs_queue *queue, uint64_t last_id)
{
    const struct job *next = NULL;
    for (const struct job *job = queue->first_known; job != NULL; job = job->next_known) {
        if (job->view.id > last_id && (next == NULL || job->view.id < next->view.id)) {
            next = job;
        }
    }
    return next;
}

/* The lines are made under the lock and written without it. */
void jobs_queue_dump(struct jobs_queue *queue, struct log *log)
{
    static const char *const states[] = {[JOB_HELD] = "held", [JOB_PENDING] = "pending", [JOB_RUNNING] = "running"};
    struct jobs_queue_statistics statistics = jobs_queue_statistics(queue);
    log_line(log, LOG_INFO_LEVEL, "state: jobs: %zu running, %zu pending, %zu held", statistics.busy,
             statistics.enqueued, statistics.waiting);
    uint64_t last_id = 0;
    for (size_t dumped = 0; dumped < DUMPED_JOBS_MAX; dumped++) {
        char line[JOB_DESCRIPTION_MAX + 64] = "";
        lock_take(&queue->lock);
        const struct job *job = next_by_id_locked(queue, last_id);
        if (job != NULL) {
            last_id = job->view.id;
            (void)snprintf(line, sizeof line, "state: job %" PRIu64 ": %s, %s, messages %zu", job->view.id,
                           job->description, states[job->state], job->view.messages);
        }
        lock_give(&queue->lock);
        if (line[0] == '\0') {
            break;
        }
        log_line(log, LOG_INFO_LEVEL, "%s", line);
    }
}
