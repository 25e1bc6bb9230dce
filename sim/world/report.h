/* What the world says when it cannot go on. */
#ifndef SIM_WORLD_REPORT_H
#define SIM_WORLD_REPORT_H

#include "world/state.h"

/* Report why, and what every thread does; then end the process. */
void sim_report_fail(enum sim_failure failure, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn, cold));

/* From the watchdog's signal: only the running thread and its last call. */
void sim_report_watchdog(void) __attribute__((noreturn));

#endif
