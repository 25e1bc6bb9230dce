/* Virtual processes, as the rest of the world sees them. */
#ifndef SIM_WORLD_PROCESS_H
#define SIM_WORLD_PROCESS_H

#include "world/state.h"

/* The process in which the world starts. */
struct sim_process *sim_process_first(void);

/* A thread of `process` holds one lock less: an end or pause that waited for it may take place. */
void sim_process_lock_released(struct sim_process *process);

/* Wall clock and back; both of the process, with its drift. */
int64_t sim_process_wall_at(const struct sim_process *process, int64_t now_ns);
int64_t sim_process_wall_to_now(const struct sim_process *process, int64_t wall_ns);

#endif
