/*
 * One thread that polls one subscription group and makes its jobs.
 *
 * Threads: any, unless said otherwise.  Locks: its own, never while a port or a subscriber is called.
 */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include "server/context.h"
#include "server/job.h"

/* `group` must be active.  Publishes nothing yet.  NULL: no memory. */
struct listener *listener_create(const struct context *context, const struct subscription_group *group);
/* Joined, or never started.  Takes NULL. */
void listener_destroy(struct listener *listener);

/* Publish that it is pending. */
void listener_announce(struct listener *listener);

/* CARAFE_FAILED: no thread; it is stopped then, and never was anything else. */
int listener_start(struct listener *listener, struct carafe_error *error) CARAFE_RESULT;
/* Its thread has ended or, with `abandon`, is detached when it has not.  Returns false when it was abandoned. */
bool listener_join(struct listener *listener, bool abandon);

/* Look at the status, the finished jobs and the deliveries again. */
void listener_wake(struct listener *listener);

/* `job` was run; gives it back.  Do not touch it afterwards.  Threads: workers. */
void listener_finish_job(struct job *job);

/* The forceful shutdown: end as soon as you can, and do not wait for jobs. */
void listener_cancel(struct listener *listener);
/* Close its client, unless somebody does.  Threads: the forceful shutdown's helper. */
int listener_shutdown(struct listener *listener, struct carafe_error *error);
/* Wait until whoever closes its client is done: it may be the listener itself.  Threads: the helper. */
void listener_await_shutdown(struct listener *listener);

enum listener_state listener_state(struct listener *listener);
/* Started, and not yet stopped. */
bool listener_is_active(struct listener *listener);
const char *listener_id(const struct listener *listener);
const char *listener_subscription_group(const struct listener *listener);
const char *listener_state_name(enum listener_state state);
/* Jobs that were pushed and are not finished. */
size_t listener_jobs(struct listener *listener);

#endif
