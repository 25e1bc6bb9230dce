/*
 * The inside of a listener, shared by its files:
 *   listener.c   life, locks, and what other threads may ask
 *   loop.c       its thread: fetch, wind down, reset
 *   membership.c the client, and what its observer is told
 *   batch.c      one poll after the other, gathered by partition
 *   schedule.c   jobs out of what was gathered
 *   settle.c     what follows from finished jobs: pauses, seeks, resumes
 *   wind_down.c  from quieting to stopped
 */
#ifndef SERVER_LISTENER_PARTS_H
#define SERVER_LISTENER_PARTS_H

#include <pthread.h>

#include "base/lock.h"
#include "server/client.h"
#include "server/consumer_state.h"
#include "server/jobs_queue.h"
#include "server/listener.h"

#define SLOT_BUCKETS 256

/* A partition that was assigned at some time. */
struct slot {
    const struct routed_topic *topic;
    int32_t partition;
    bool assigned;
    struct lane lane;
    struct carafe_consumer *consumer; /* a reference is held; NULL: not assigned, or shut down */
    size_t jobs;                      /* pushed and not settled */
    struct consumer_message *gathered;
    size_t gathered_count;
    size_t gathered_capacity;
    bool touched; /* in the list of this batch */
    bool end_reached;
    struct slot *next_touched;
    struct slot *next_in_bucket;
    struct slot *next; /* in the order of the first assignment */
};

/* A consumer whose partition is gone, until its revoked job is pushed. */
struct leaving {
    struct slot *slot;
    struct carafe_consumer *consumer;
    struct leaving *next;
};

struct listener {
    const struct context *context;
    const struct subscription_group *group;
    char id[ID_SIZE];
    pthread_t thread;
    bool has_thread;

    struct lock lock;
    pthread_cond_t changed;
    enum listener_state state;                  /* lock */
    bool cancelled;                             /* lock */
    bool attention;                             /* lock: woken since it looked last */
    bool polling;                               /* lock: inside the client's poll */
    bool ended;                                 /* lock: its thread is about to return */
    size_t running;                             /* lock: jobs pushed and not finished */
    size_t blocking;                            /* lock: those of them that hold up the polling */
    struct job *first_finished, *last_finished; /* lock */
    struct client *client;                      /* lock, written by its thread alone */

    /* Its thread's own: */
    struct client *retired;
    struct slot *first_slot, *last_slot;
    struct slot *buckets[SLOT_BUCKETS];
    struct slot *first_touched, *last_touched;
    struct leaving *first_leaving, *last_leaving;
    size_t batch_messages;
    bool batch_timed_out; /* the poll waited as long as it may */
    pthread_t self;
    bool paused_all; /* winding down: what is assigned is paused */
    char failure_class[FAILURE_CLASS_MAX];
    char failure_text[FAILURE_MESSAGE_MAX]; /* empty: none; else only a reset helps */
};

/* ---- listener.c: for its other files -------------------------------------------------------- */

void listener_enter(struct listener *listener, enum listener_state state);
void listener_publish(struct listener *listener, enum carafe_event_kind kind);
void listener_publish_failure(struct listener *listener, const char *type, const char *error_class, const char *text);
bool listener_is_cancelled(struct listener *listener);
/* The first failure of a round is kept. */
void listener_fail(struct listener *listener, const char *error_class, const char *text);
void listener_unpin(struct listener *listener, struct client *client);
/* Wait on the condition until `deadline_ns`, woken, or a job of ours finished. */
void listener_rest(struct listener *listener, int64_t deadline_ns);
/* Wait until the blocking jobs are done; also returns when winding down has begun. */
void listener_await_blocking(struct listener *listener);

/* ---- membership.c -------------------------------------------------------------------------- */

int membership_open(struct listener *listener, struct carafe_error *error);
/* Close the client (unless somebody has) and retire it. */
void membership_close(struct listener *listener);
/* Destroy the retired clients that nobody uses any more; with `all` that is every one of them. */
void membership_reap(struct listener *listener, bool all);
/* At the end, when no job is left: wait for those who wake it just now, and destroy. Not when it was cancelled. */
void membership_await_unused(struct listener *listener);
/* Nothing is assigned any more; what was goes to the leaving ones. */
void membership_forget(struct listener *listener);
struct slot *slot_find(struct listener *listener, const char *topic, int32_t partition);
void slot_drop_gathered(struct listener *listener, struct slot *slot);

/* ---- batch.c ------------------------------------------------------------------------------- */

/* Poll until max_messages, max_wait_time or something else is to be looked at.  Failures: listener->failure_text. */
void batch_collect(struct listener *listener);
/* One poll that may wait until `deadline_ns`; a message that it brings is dropped.  For winding down. */
void batch_ping(struct listener *listener, int64_t deadline_ns);
void batch_drop(struct listener *listener);

/* ---- schedule.c ---------------------------------------------------------------------------- */

void schedule_batch(struct listener *listener);
/* Revoked jobs for the leaving consumers. */
void schedule_revoked(struct listener *listener);
void schedule_shutdown(struct listener *listener);

/* ---- settle.c ------------------------------------------------------------------------------ */

/* Take the finished jobs, and do with their partitions what they say. */
void settle_finished(struct listener *listener);
/* Also marks the dead letters that were delivered meanwhile. */
void settle_expired_pauses(struct listener *listener);
/* Asynchronous dead letters that have arrived by now are marked. */
void settle_dispatches(struct listener *listener);
/* When a pause expires or a tick is due; NEVER_NS: none. */
int64_t settle_next_deadline_ns(struct listener *listener);

/* ---- wind_down.c, loop.c ------------------------------------------------------------------- */

void wind_down(struct listener *listener);
void *listener_main(void *argument);

#endif
