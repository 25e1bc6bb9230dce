/*
 * The parent of a swarm: forks nodes, watches them, ends them.  It consumes nothing, reports nothing and owns no handle
 * of librdkafka, and it lives on one thread, so that it may fork at any time.
 *
 * Threads: the one that created it, unless said otherwise.
 */
#ifndef SWARM_SUPERVISOR_H
#define SWARM_SUPERVISOR_H

#include "carafe.h"
#include "ports/children.h"
#include "ports/clock.h"
#include "ports/consumer.h"
#include "ports/log.h"
#include "ports/process.h"

struct supervisor;

/* Borrowed: they outlive the supervisor. */
struct supervisor_options {
    const struct carafe_config *config; /* copied */
    struct clock *clock;
    struct log *log;
    struct process *process;
    struct children *children;
    struct consumer_factory *consumers; /* only asked whether the settings are right; NULL: they are */
    child_entry node;                   /* what a node does, with `owner` */
    void *owner;
};

/* Errors: CARAFE_INVALID with every violation of the configuration, a line each; CARAFE_NO_MEMORY. */
struct supervisor *supervisor_create(const struct supervisor_options *options, struct carafe_error *error);
/* Takes NULL. */
void supervisor_destroy(struct supervisor *supervisor);

/* Before the run. */
int supervisor_subscribe(struct supervisor *supervisor, carafe_subscriber subscriber, void *owner,
                         struct carafe_error *error) CARAFE_RESULT;

/*
 * Fork the nodes and watch them until a signal ends it and all of them have ended.
 * Returns 0 when they ended in time; nodes that had to be killed end this process with `forceful_exit_code`.
 * CARAFE_INVALID: the activity lists; CARAFE_REFUSED, CARAFE_FAILED: signals cannot be caught.
 */
int supervisor_run(struct supervisor *supervisor, struct carafe_error *error) CARAFE_RESULT;

/* As TERM and TSTP do; they return at once.  Threads: any. */
void supervisor_stop(struct supervisor *supervisor);
void supervisor_quiet(struct supervisor *supervisor);
/* Threads: any. */
enum carafe_status supervisor_status(const struct supervisor *supervisor);

#endif
