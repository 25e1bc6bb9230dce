/*
 * The handlers of a scenario: callbacks that take their time, hang, fail, mark, pause, seek or produce as it says, or
 * those of a shared object.
 */
#ifndef SIM_RUN_HANDLERS_H
#define SIM_RUN_HANDLERS_H

#include "run/run.h"

struct handlers;

/* The handlers that the program declares. */
struct handlers *handlers_create(struct run *run);
void handlers_destroy(struct handlers *handlers);

/* A statement with a time takes over from now on. */
void handlers_change(struct handlers *handlers, const struct program_handler *handler);

/*
 * The topics that server `server` handles, into `topics` (a place for each topic of the program); returns how many.
 * What they point to lives as long as the handlers.
 */
int handlers_topics(struct handlers *handlers, size_t server, struct carafe_topic *topics);

#endif
