/*
 * What is due for each node of a swarm, and when.  Pure: it is told what happened and when, and says what to do; it
 * asks no clock and does nothing itself.  Times are monotonic nanoseconds.
 *
 *   absent --fork--> running --silent too long, or unhealthy: TERM--> ending --not gone in time: KILL--> killed
 *      ^                                                                                                   |
 *      +-- backoff <------------------------------------- ended -------------------------------------------+
 *
 * Threads: one.
 */
#ifndef SWARM_ROSTER_H
#define SWARM_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carafe.h"

enum roster_state {
    ROSTER_ABSENT,  /* never forked, or ended: forked when the backoff is over */
    ROSTER_RUNNING, /* watched */
    ROSTER_ENDING,  /* told to stop */
    ROSTER_KILLED   /* not reaped yet */
};

enum roster_duty { ROSTER_NOTHING, ROSTER_FORK, ROSTER_TERM, ROSTER_KILL };

struct roster_limits {
    int64_t restart_backoff_ns;
    int64_t liveness_timeout_ns; /* without a report */
    int64_t end_timeout_ns;      /* from TERM to KILL */
};

struct roster_node {
    enum roster_state state;
    int64_t due_ns; /* of the duty that follows from the state */
};

struct roster {
    struct roster_limits limits;
    struct roster_node *nodes;
    size_t count;
    bool forks; /* not quiet, not stopping */
};

/* All nodes are absent and due at `now_ns`.  CARAFE_NO_MEMORY. */
int roster_init(struct roster *roster, size_t count, const struct roster_limits *limits, int64_t now_ns,
                struct carafe_error *error) CARAFE_RESULT;
void roster_close(struct roster *roster);

/*
 * The next duty that is due at `now_ns`, and whose; TERM and KILL count as done with the call.  FORK is asked for again
 * until roster_forked() or roster_fork_failed() is called.
 */
enum roster_duty roster_next(struct roster *roster, int64_t now_ns, size_t *node);
/* When roster_next() may have something to say again; NEVER_NS: only after something happened. */
int64_t roster_deadline(const struct roster *roster);

void roster_forked(struct roster *roster, size_t node, int64_t now_ns);
void roster_fork_failed(struct roster *roster, size_t node, int64_t now_ns);
void roster_reported(struct roster *roster, size_t node, bool healthy, int64_t now_ns);
void roster_ended(struct roster *roster, size_t node, int64_t now_ns);

/* We ourselves were held up for so long: silence of that time is nobody's fault. */
void roster_excuse(struct roster *roster, int64_t duration_ns);

/* No forks any more. */
void roster_quiet(struct roster *roster);
/* All that run are told to stop, by the caller: TERM counts as done.  No forks any more. */
void roster_stop(struct roster *roster, int64_t now_ns);

bool roster_is_alive(const struct roster *roster, size_t node);
size_t roster_alive(const struct roster *roster);
const char *roster_state_name(enum roster_state state);

#endif
