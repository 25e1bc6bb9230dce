/* The plain librdkafka members of a scenario, each in a virtual process of its own.  Threads: the director's. */
#ifndef SIM_RUN_MEMBERS_H
#define SIM_RUN_MEMBERS_H

#include "run/run.h"

struct members;
struct sim_process;

struct members *members_create(struct run *run);
void members_destroy(struct members *members);

void members_start(struct members *members, size_t member);
void members_stop(struct members *members, size_t member);
void members_crash(struct members *members, size_t member);
void members_pause(struct members *members, size_t member);
void members_resume(struct members *members, size_t member);
struct sim_process *members_process(const struct members *members, size_t member);
/* Let all that run leave their groups; waits for it. */
void members_stop_all(struct members *members);

#endif
