/*
 * What the parts of one server share.  Borrowed: all of it lives as long as the server.
 */
#ifndef SERVER_CONTEXT_H
#define SERVER_CONTEXT_H

#include "ports/monitor.h"
#include "ports/ports.h"
#include "server/config.h"
#include "server/status.h"

struct jobs_queue;

/* In the order of a life, only ever forward. */
enum listener_state {
    LISTENER_PENDING,
    LISTENER_STARTING,
    LISTENER_RUNNING,
    LISTENER_QUIETING,
    LISTENER_QUIET,
    LISTENER_STOPPING,
    LISTENER_STOPPED
};

struct context {
    const struct config *config;
    struct ports ports;
    struct monitor *monitor;
    struct status *status;
    struct jobs_queue *queue;
    /* Told by listeners of every state they enter, on their thread, and by workers when their thread ends. */
    void (*listener_entered)(enum listener_state state, void *owner);
    void (*worker_ended)(void *owner);
    void *owner;
};

#define ID_SIZE 13 /* 12 hex digits and the zero */

/* A new id of a server or a listener. */
void id_generate(struct process *process, char id[ID_SIZE]);

static inline int64_t context_now_ns(const struct context *context)
{
    return context->ports.clock->monotonic_ns(context->ports.clock);
}

/* `from_ns` + `duration_ms`; stays below NEVER_NS whatever is added. */
int64_t deadline_after_ms(int64_t from_ns, int64_t duration_ms);

#endif
