/* Virtual time as the system's clocks show it. */
#ifndef SIM_WORLD_CLOCK_H
#define SIM_WORLD_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "world/sync.h"

/* What the current process reads from `clock`. */
int64_t sim_clock_read(clockid_t clock);
struct timespec sim_clock_timespec(int64_t ns);
/* SIM_NEVER for times that no run reaches. */
int64_t sim_clock_ns(const struct timespec *time);
/* An absolute time on `clock`, for the current process. */
struct sim_deadline sim_clock_deadline(clockid_t clock, const struct timespec *time);
/* Virtual time in `duration_ns`; negative: SIM_NEVER. */
int64_t sim_clock_after(int64_t duration_ns);
void sim_clock_sleep(struct sim_deadline deadline);

#endif
