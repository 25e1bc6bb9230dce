/* Writes a sweep in the Test Anything Protocol, version 13, on standard output. */
#ifndef SIM_RUN_TAP_H
#define SIM_RUN_TAP_H

#include "run/finished.h"

void tap_begin(uint64_t total);
/* `number` counts from 1, in the order in which the runs end. */
void tap_add(uint64_t number, const struct finished *finished);
void tap_end(uint64_t passed, uint64_t failed);

#endif
