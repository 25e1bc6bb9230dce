/*
 * A server: runs the listeners and workers of one configuration, from start to stop (the original's Karafka::Server,
 * without its process-wide state: several may live in one process).
 *
 * Locks: its own, never while a port, a subscriber or another part is called.  Threads: any, unless said otherwise.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "ports/inspector.h"
#include "ports/monitor.h"
#include "ports/ports.h"
#include "server/config.h"

struct server;

/* All borrowed, and alive as long as the server. */
struct server_options {
    struct config *config; /* the server marks in it what the activity lists leave */
    const struct ports *ports;
    struct monitor *monitor;
    enum carafe_execution_mode mode;
    void (*warm_up)(void *owner); /* before the start, but not in a swarm's node; NULL: nothing to do */
    void *owner;
};

/* NULL: no memory. */
struct server *server_create(const struct server_options *options);
/* Neither running nor abandoned.  Takes NULL. */
void server_destroy(struct server *server);

/* Until terminated.  See application_run() for its results. */
int server_run(struct server *server, struct carafe_error *error) CARAFE_RESULT;
/* See application_stop(). */
int server_stop(struct server *server, struct carafe_error *error) CARAFE_RESULT;
void server_quiet(struct server *server);
enum carafe_status server_status(const struct server *server);
void server_wait_terminated(struct server *server);
int server_scale(struct server *server, size_t workers, struct carafe_error *error) CARAFE_RESULT;

/* 12 hex digits. */
const char *server_id(const struct server *server);
struct inspector *server_inspector(struct server *server);
/* A forceful stop gave up threads of it: nothing of it may be freed. */
bool server_is_abandoned(struct server *server);
/* Every worker, listener and job, to the log. */
void server_dump(struct server *server);

#endif
