/* Where the handlers of topics come from. */
#ifndef CLI_HANDLERS_H
#define CLI_HANDLERS_H

#include "carafe.h"

#define HANDLER_LOG "log"

/*
 * `log`: writes a line for each message to standard output.  `library:symbol`: a struct carafe_handler in a shared
 * object, which stays loaded.  CARAFE_INVALID: there is no such thing.
 */
int handlers_find(const char *name, struct carafe_handler *handler, struct carafe_error *error) CARAFE_RESULT;

#endif
