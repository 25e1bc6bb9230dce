/* What handlers and subscribers have in common: work that takes its time, and fails when told so. */
#ifndef SIM_RUN_BEHAVIOUR_H
#define SIM_RUN_BEHAVIOUR_H

#include "run/run.h"

/* Numbers from the seed for one of them. */
struct dice {
    struct run *run;
    uint64_t stream; /* of run_random: its first */
    uint64_t draws;
};

int64_t behaviour_cost_ns(struct dice *dice, const struct program_cost *cost);
/* Does call number `call`, from 0, fail? */
bool behaviour_fails(struct dice *dice, const struct program_failing *failing, int64_t call);
/* Takes `duration_ns`, whoever asks it to stop. */
void behaviour_spend(int64_t duration_ns);

#endif
