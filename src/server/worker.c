#include "server/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/error.h"
#include "server/executor.h"
#include "server/here.h"
#include "server/jobs_queue.h"
#include "server/listener.h"

struct worker {
    struct worker_pool *pool;
    size_t number;
    pthread_t thread;
    bool alive;                        /* the pool's lock */
    bool joinable;                     /* the pool's lock */
    char running[JOB_DESCRIPTION_MAX]; /* the pool's lock; empty: idle */
    struct worker *next;
};

struct worker_pool {
    const struct context *context;
    struct lock lock;
    size_t size; /* as wanted */
    size_t alive;
    size_t last_number;
    struct worker *first, *last;
};

struct worker_pool *worker_pool_create(const struct context *context)
{
    struct worker_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->context = context;
    pool->size = context->config->values.concurrency;
    lock_init(&pool->lock, LOCK_WORKER_POOL);
    return pool;
}

void worker_pool_destroy(struct worker_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    while (pool->first != NULL) {
        struct worker *next = pool->first->next;
        if (pool->first->joinable) {
            pthread_join(pool->first->thread, NULL);
        }
        free(pool->first);
        pool->first = next;
    }
    lock_close(&pool->lock);
    free(pool);
}

static void publish(struct worker *worker, enum carafe_event_kind kind, const struct job *job, int64_t duration_ms)
{
    struct carafe_event event = {
        .kind = kind,
        .group = job->view.group,
        .subscription_group = job->view.subscription_group,
        .topic = job->view.topic,
        .partition = job->view.partition,
        .duration_ms = duration_ms,
        .job = &job->view,
    };
    monitor_publish(worker->pool->context->monitor, &event);
}

static void note_running(struct worker *worker, const char *description)
{
    lock_take(&worker->pool->lock);
    (void)snprintf(worker->running, sizeof worker->running, "%s", description);
    lock_give(&worker->pool->lock);
}

static void work(struct worker *worker, struct job *job)
{
    const struct context *context = worker->pool->context;
    note_running(worker, job->description);
    publish(worker, CARAFE_EVENT_WORKER_PROCESS, job, 0);
    int64_t started_ns = context_now_ns(context);
    executor_run(job);
    int64_t duration_ms = (context_now_ns(context) - started_ns) / NS_PER_MS;
    publish(worker, CARAFE_EVENT_WORKER_PROCESSED, job, duration_ms);
    publish(worker, CARAFE_EVENT_WORKER_COMPLETED, job, duration_ms);
    note_running(worker, "");
    jobs_queue_complete(context->queue, job);
    listener_finish_job(job);
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct worker_pool *pool = worker->pool;
    const struct context *context = pool->context;
    here_enter(context->owner);
    struct job *job;
    while ((job = jobs_queue_pop(context->queue)) != NULL) {
        work(worker, job);
    }
    lock_take(&pool->lock);
    worker->alive = false;
    pool->alive--;
    lock_give(&pool->lock);
    context->worker_ended(context->owner);
    return NULL;
}

/* The lock is held: the thread looks at its worker only after it has got the lock or a job. */
static int add_worker_locked(struct worker_pool *pool, struct carafe_error *error)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "worker: no memory");
    }
    worker->pool = pool;
    worker->number = pool->last_number;
    worker->alive = true;
    worker->joinable = true;
    int code = pthread_create(&worker->thread, NULL, worker_main, worker);
    if (code != 0) {
        free(worker);
        return error_set(error, CARAFE_FAILED, "worker: thread: expected one more, got error %d", code);
    }
    pool->last_number++;
    pool->alive++;
    if (pool->last != NULL) {
        pool->last->next = worker;
    } else {
        pool->first = worker;
    }
    pool->last = worker;
    return 0;
}

static int add_workers(struct worker_pool *pool, size_t count, size_t *added, struct carafe_error *error)
{
    int code = 0;
    lock_take(&pool->lock);
    for (*added = 0; *added < count && code == 0; *added += code == 0 ? 1 : 0) {
        code = add_worker_locked(pool, error);
    }
    lock_give(&pool->lock);
    return code;
}

/* Returns what it was before. */
static size_t set_size(struct worker_pool *pool, size_t count)
{
    lock_take(&pool->lock);
    size_t before = pool->size;
    pool->size = count;
    lock_give(&pool->lock);
    return before;
}

int worker_pool_start(struct worker_pool *pool, size_t count, struct carafe_error *error)
{
    size_t added = 0;
    (void)set_size(pool, count); /* reports say it until the end, also when there are fewer */
    return add_workers(pool, count, &added, error);
}

/* Only who is there can retire later: what could not be had is not wanted any more. */
static void lose_wanted(struct worker_pool *pool, size_t missing)
{
    lock_take(&pool->lock);
    pool->size -= missing;
    lock_give(&pool->lock);
}

static void publish_scaling(struct worker_pool *pool, enum carafe_event_kind kind, size_t count)
{
    struct carafe_event event = {.kind = kind, .workers = count};
    monitor_publish(pool->context->monitor, &event);
}

int worker_pool_scale(struct worker_pool *pool, size_t count, struct carafe_error *error)
{
    if (count < 1 || count > WORKERS_MAX) {
        return error_set(error, CARAFE_INVALID, "workers: expected 1 to %d, got %zu", WORKERS_MAX, count);
    }
    (void)worker_pool_join(pool, false);
    int code = 0;
    size_t before = set_size(pool, count);
    if (count > before) {
        size_t added = 0;
        code = add_workers(pool, count - before, &added, error);
        lose_wanted(pool, count - before - added);
        if (added > 0) {
            publish_scaling(pool, CARAFE_EVENT_WORKER_SCALING_UP, before + added);
        }
    } else if (count < before) {
        jobs_queue_retire_workers(pool->context->queue, (long)(before - count));
        publish_scaling(pool, CARAFE_EVENT_WORKER_SCALING_DOWN, count);
    }
    return code;
}

size_t worker_pool_size(struct worker_pool *pool)
{
    lock_take(&pool->lock);
    size_t size = pool->size;
    lock_give(&pool->lock);
    return size;
}

size_t worker_pool_alive(struct worker_pool *pool)
{
    lock_take(&pool->lock);
    size_t alive = pool->alive;
    lock_give(&pool->lock);
    return alive;
}

static void unlink_locked(struct worker_pool *pool, struct worker *worker, struct worker *previous)
{
    if (previous != NULL) {
        previous->next = worker->next;
    } else {
        pool->first = worker->next;
    }
    pool->last = pool->last == worker ? previous : pool->last;
}

/* One that can be joined or, with `abandon`, detached; it is nobody else's then, and not listed if it has ended. */
static struct worker *take_joinable(struct worker_pool *pool, bool abandon, bool *alive)
{
    lock_take(&pool->lock);
    struct worker *previous = NULL;
    struct worker *worker = pool->first;
    while (worker != NULL && (!worker->joinable || (worker->alive && !abandon))) {
        previous = worker;
        worker = worker->next;
    }
    if (worker != NULL) {
        worker->joinable = false;
        *alive = worker->alive;
        if (!worker->alive) {
            unlink_locked(pool, worker, previous);
        }
    }
    lock_give(&pool->lock);
    return worker;
}

size_t worker_pool_join(struct worker_pool *pool, bool abandon)
{
    size_t abandoned = 0;
    bool alive = false;
    struct worker *worker;
    while ((worker = take_joinable(pool, abandon, &alive)) != NULL) {
        if (!alive) {
            pthread_join(worker->thread, NULL);
            free(worker);
            continue;
        }
        log_line(pool->context->ports.log, LOG_WARNING_LEVEL, "worker %zu was abandoned", worker->number);
        pthread_detach(worker->thread);
        abandoned++;
    }
    return abandoned;
}

/* The first whose number is at least `number`; NULL: none. */
static const struct worker *from_number_locked(const struct worker_pool *pool, size_t number)
{
    const struct worker *worker = pool->first;
    while (worker != NULL && worker->number < number) {
        worker = worker->next;
    }
    return worker;
}

/* Takes the lines one by one: nothing is written while the lock is held, and whoever was listed may be gone after it.
 */
void worker_pool_dump(struct worker_pool *pool)
{
    struct log *log = pool->context->ports.log;
    size_t wanted = worker_pool_size(pool);
    size_t living = worker_pool_alive(pool);
    log_line(log, LOG_INFO_LEVEL, "state: workers: %zu wanted, %zu alive", wanted, living);
    lock_take(&pool->lock);
    const struct worker *worker = from_number_locked(pool, 0);
    while (worker != NULL) {
        char running[JOB_DESCRIPTION_MAX];
        (void)snprintf(running, sizeof running, "%s", worker->running);
        bool alive = worker->alive;
        size_t number = worker->number;
        lock_give(&pool->lock);
        log_line(log, LOG_INFO_LEVEL, "state: worker %zu: %s%s", number,
                 !alive               ? "ended"
                 : running[0] == '\0' ? "idle"
                                      : "running ",
                 running);
        lock_take(&pool->lock);
        worker = from_number_locked(pool, number + 1);
    }
    lock_give(&pool->lock);
}
