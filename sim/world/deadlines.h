/* The threads that wait for a time, the next first: a binary heap.  Equal times keep the order of arrival. */
#ifndef SIM_WORLD_DEADLINES_H
#define SIM_WORLD_DEADLINES_H

#include "world/state.h"

/* By thread->deadline_ns.  Both keep sim_world.next_deadline_ns. */
void sim_deadlines_add(struct sim_thread *thread);
void sim_deadlines_remove(struct sim_thread *thread); /* also of one that is not in */
struct sim_thread *sim_deadlines_first(void);         /* of a heap that is not empty */

#endif
