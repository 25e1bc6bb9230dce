/*
 * The inside of a server, shared by its files:
 *   server.c   life, run, signals, what others may ask
 *   runner.c   start: listeners and workers, until they have ended
 *   stop.c     stop: the wait for the end, and the way down
 *   force.c    what happens when the wait was in vain
 */
#ifndef SERVER_SERVER_PARTS_H
#define SERVER_SERVER_PARTS_H

#include <pthread.h>

#include "base/lock.h"
#include "server/context.h"
#include "server/jobs_queue.h"
#include "server/listener.h"
#include "server/server.h"
#include "server/worker.h"

struct server {
    struct inspector inspector; /* first: it is handed out */
    struct config *config;
    struct context context;
    enum carafe_execution_mode mode;
    char id[ID_SIZE];
    void (*warm_up)(void *owner);
    void *warm_up_owner;
    struct worker_pool *pool;

    struct lock lock;
    pthread_cond_t changed; /* anything below */
    bool claimed;           /* run was called */
    bool starting;          /* the runner makes threads: nothing has ended yet */
    bool was_running;
    bool abandoned; /* a forceful stop gave up */
    struct listener **listeners;
    size_t listener_count;
    size_t listeners_alive; /* threads that have not ended */
    size_t listeners_quiet; /* that are quiet or past it */
};

/* Start, and block until everything has ended.  A failure leaves the status alone: stop is the caller's. */
int runner_call(struct server *server, struct carafe_error *error) CARAFE_RESULT;
/* Join what the runner started; what was abandoned is let go. */
void runner_join(struct server *server);
/* Nothing of ours is alive any more, or it is not waited for any more. */
bool runner_has_ended_locked(struct server *server);
/* Part of every change of the counts: the queue ends with the last listener. */
void runner_close_queue_when_ended(struct server *server);

/* The wait was in vain.  Returns only in a process that is not ours to end; at `deadline_ns` at the latest. */
void force_end(struct server *server, int64_t deadline_ns);

#endif
