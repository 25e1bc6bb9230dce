/* From one thread to the next: the two backends. */
#ifndef SIM_WORLD_SWITCH_H
#define SIM_WORLD_SWITCH_H

#include "world/state.h"

/* The backend that this machine can run. */
enum sim_backend sim_switch_choose(enum sim_backend wanted);

/* Start the real thread of `thread`; it stays parked until switched to.  0, or what pthread_create says. */
int sim_switch_prepare(struct sim_thread *thread);

/* The current thread stops here and `next` goes on; returns when the current one is switched to again. */
void sim_switch_to(struct sim_thread *next);
/* As above, for a thread that ended.  Returns only with SIM_THREADS. */
void sim_switch_leave(struct sim_thread *next);

/* Let the real threads of all that ended leave. */
void sim_switch_bury(void);

/* Leave the real thread, after sim_switch_leave (SIM_THREADS). */
void sim_switch_exit(void) __attribute__((noreturn));

#endif
