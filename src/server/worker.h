/*
 * The pool of threads that run jobs.  Its size can be changed while it runs: up at once, down as workers get free.
 *
 * Locks: its own.  Threads: any, unless said otherwise.
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "server/context.h"

#define WORKERS_MAX 10000

struct worker_pool;

struct worker_pool *worker_pool_create(const struct context *context);
/* The queue is closed, nobody was abandoned: waits for who has not been joined.  Takes NULL. */
void worker_pool_destroy(struct worker_pool *pool);

/* Start `count` workers; those that were started stay when it fails.  CARAFE_FAILED: no thread; CARAFE_NO_MEMORY. */
int worker_pool_start(struct worker_pool *pool, size_t count, struct carafe_error *error) CARAFE_RESULT;

/*
 * Change the size of a started pool to `count`; publishes worker.scaling.up or down.  Errors as of start; the pool is
 * as large then as there are workers.
 */
int worker_pool_scale(struct worker_pool *pool, size_t count, struct carafe_error *error) CARAFE_RESULT;

size_t worker_pool_size(struct worker_pool *pool);
size_t worker_pool_alive(struct worker_pool *pool);

/* Join and forget the workers that have ended.  With `abandon` the others are detached: their number is returned. */
size_t worker_pool_join(struct worker_pool *pool, bool abandon);

/* A line for every worker. */
void worker_pool_dump(struct worker_pool *pool);

#endif
