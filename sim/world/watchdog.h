/* Real time, which a thread that spins or blocks for real would use up. */
#ifndef SIM_WORLD_WATCHDOG_H
#define SIM_WORLD_WATCHDOG_H

/* By SIGALRM, so that nothing has to run for it. */
void sim_watchdog_start(void);
void sim_watchdog_stop(void);

#endif
