/*
 * Ctrl-C and its like while runs are under way: heard only where the sweep waits, so that none is lost and no child is
 * overlooked.
 */
#ifndef SIM_RUN_INTERRUPT_H
#define SIM_RUN_INTERRUPT_H

/* Keep SIGINT, SIGTERM, SIGHUP and SIGCHLD back from now on. */
void interrupt_begin(void);
/* Wait for one of them.  Returns the number of one that asks to stop, now or before; 0: none did. */
int interrupt_wait(void);
/* In a fresh child: all as before interrupt_begin(), but what a terminal sends to everybody is the parent's matter. */
void interrupt_leave_to_parent(void);
void interrupt_end(void);

#endif
