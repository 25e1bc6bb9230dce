/*
 * One carafe process: a server and its tracking, over given ports.  libcarafe runs it over Linux and librdkafka, the
 * simulator over its own world.
 *
 * Threads: any, unless said otherwise.  Locks: its parts' own.
 */
#ifndef APPLICATION_APPLICATION_H
#define APPLICATION_APPLICATION_H

#include "carafe.h"
#include "ports/ports.h"

struct application;

/*
 * Everything of `config` is copied.  `ports` (copied) and what it points to outlive the application, and for ever
 * when application_destroy() says so.  The producer is closed by the application's stop, never destroyed.
 * Errors: CARAFE_INVALID with every violation of the configuration, a line each (the activity lists are checked by
 * run); CARAFE_NO_MEMORY.
 */
struct application *application_create(const struct carafe_config *config, const struct ports *ports,
                                       enum carafe_execution_mode mode, struct carafe_error *error);

/*
 * Before the run.  Subscribers see events in the order of subscription, all of them before the reporter, which may wait
 * for Kafka.
 */
int application_subscribe(struct application *application, carafe_subscriber subscriber, void *owner,
                          struct carafe_error *error) CARAFE_RESULT;

/* Tell all subscribers of `event`: what only who runs the application knows of. */
void application_publish(struct application *application, struct carafe_event *event);

/*
 * Run until terminated, on the calling thread.  Signals are bound and supervised when the mode is not embedded and
 * ports->signals is there; they are released before it returns.
 * Returns 0; CARAFE_INVALID: the activity lists, every violation a line (nothing ran, nothing was reported);
 * CARAFE_FORCED: embedded, work was abandoned; the code of the failure that brought it down (it is terminated then).
 * A forceful stop of any other mode does not return: the process ends with `forceful_exit_code`.
 * CARAFE_REFUSED: it ran before.  A stop before the run lets nothing start: it returns 0 at once.
 */
int application_run(struct application *application, struct carafe_error *error) CARAFE_RESULT;

/*
 * Stop, and block until terminated or forced.  A second stop returns 0 at once.  Before the run it makes the run
 * return at once.  CARAFE_REFUSED: from a worker, a listener or a subscriber of app.*; CARAFE_FORCED: as run.
 */
int application_stop(struct application *application, struct carafe_error *error) CARAFE_RESULT;

/* Start no more jobs, keep the assignments.  Never blocks on work. */
void application_quiet(struct application *application);

enum carafe_status application_status(const struct application *application);

/* Until it is terminated and everybody was told. */
void application_wait_terminated(struct application *application);

/* Change the size of the pool while it runs.  CARAFE_REFUSED: it does not run; CARAFE_INVALID: out of bounds. */
int application_scale(struct application *application, size_t workers, struct carafe_error *error) CARAFE_RESULT;

/*
 * After run (or a stop without a run) returned, or before any of them.  Takes NULL.  Returns false when threads were
 * abandoned by a forceful stop: then nothing is freed, and the ports must stay valid as long as the process lives.
 */
bool application_destroy(struct application *application);

#endif
