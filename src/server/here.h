/*
 * Where are we: is the calling thread one of a server's own, and whose job does it run?
 *
 * The only thread-local state of the core.  A stop from a worker or a listener would wait for itself, and a handler's
 * functions belong to the thread that runs the handler.
 */
#ifndef SERVER_HERE_H
#define SERVER_HERE_H

#include <stdbool.h>

struct carafe_consumer;

/* The calling thread belongs to the server known by `server` for the rest of its life. */
void here_enter(const void *server);
bool here_is_inside(const void *server);

/* The consumer whose callback the calling thread runs; NULL: none. */
void here_set_consumer(const struct carafe_consumer *consumer);
bool here_runs(const struct carafe_consumer *consumer);

#endif
