/*
 * Who waits for which object, found by the object's address.  The order of a queue is that of arrival: no address
 * decides anything.
 */
#ifndef SIM_WORLD_WAIT_QUEUES_H
#define SIM_WORLD_WAIT_QUEUES_H

#include "world/state.h"

struct sim_wait_queue *sim_wait_queues_find(const void *object); /* NULL: nobody ever waited for it */
void sim_wait_queues_add(const void *object, struct sim_thread *thread);
void sim_wait_queues_remove(struct sim_thread *thread); /* also of one that is in none */

/* The object's number in reports; objects are numbered when they are first waited for or asked for. */
unsigned sim_wait_queues_number(const void *object);
/* Another object is at this address from now on.  No effect while threads wait. */
void sim_wait_queues_forget(const void *object);

#endif
