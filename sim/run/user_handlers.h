/* Handlers that a user wrote and compiled: `handler ... use PATH:SYMBOL`. */
#ifndef SIM_RUN_USER_HANDLERS_H
#define SIM_RUN_USER_HANDLERS_H

#include "run/options.h"
#include "scenario/program.h"

/* As `consume` of struct carafe_handler. */
typedef int (*user_handler)(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count);

/* Load the shared object of `handler`, if it has one, and look for its symbol.  Returns how many mistakes were added.
 */
size_t user_handler_check(const struct program_handler *handler, const struct options *options,
                          struct program_errors *errors);

/* That of `handler`, which was checked; NULL: it has none. */
user_handler user_handler_of(const struct program_handler *handler);

#endif
