/* Writes a sweep as a JUnit XML file, which CI systems show. */
#ifndef SIM_RUN_JUNIT_H
#define SIM_RUN_JUNIT_H

#include "run/finished.h"

struct junit;

/* Errors: CARAFE_FAILED, the file cannot be written. */
int junit_create(const char *path, struct junit **junit, struct carafe_error *error);
void junit_add(struct junit *junit, const struct finished *finished);
/* Write the file and free `junit` (NULL: nothing to do).  Errors: CARAFE_FAILED, not all of it could be written. */
int junit_destroy(struct junit *junit, struct carafe_error *error);

#endif
