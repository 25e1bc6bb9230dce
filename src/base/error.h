/* Errors in words: see enum carafe_code and struct carafe_error in carafe.h. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "carafe.h"

/* Set `error` (NULL: not wanted) to `where: what: expected X, got Y` and return `code`. */
int error_set(struct carafe_error *error, enum carafe_code code, const char *format, ...) CARAFE_FORMAT(3, 4);

/* Add a line to what `error` says already; for checks that collect every violation. Text past the bound is cut. */
int error_append(struct carafe_error *error, enum carafe_code code, const char *format, ...) CARAFE_FORMAT(3, 4);

/* Append every line of `text`; `prefix`, where a line begins with it, becomes `instead`. */
int error_append_lines(struct carafe_error *error, enum carafe_code code, const char *text, const char *prefix,
                       const char *instead);

/* Forget what it says. */
void error_clear(struct carafe_error *error);

#endif
