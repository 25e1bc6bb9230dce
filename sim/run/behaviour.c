#include "run/behaviour.h"

#include "world/world.h"

#include <math.h>
#include <string.h>

static uint64_t draw(struct dice *dice)
{
    return run_random(dice->run, dice->stream + dice->draws++);
}

int64_t behaviour_cost_ns(struct dice *dice, const struct program_cost *cost)
{
    switch (cost->kind) {
    case PROGRAM_COST_UNIFORM:
        if (cost->ns.low == cost->ns.high) {
            return cost->ns.low;
        }
        return cost->ns.low + (int64_t)(draw(dice) % ((uint64_t)(cost->ns.high - cost->ns.low) + 1));
    case PROGRAM_COST_EXPONENTIAL: {
        double uniform = ((double)(draw(dice) >> 11) + 0.5) / 9007199254740992.0;
        return (int64_t)(-log(uniform) * (double)cost->ns.low);
    }
    default:
        return 0;
    }
}

bool behaviour_fails(struct dice *dice, const struct program_failing *failing, int64_t call)
{
    switch (failing->kind) {
    case PROGRAM_FAILS_ALWAYS:
        return true;
    case PROGRAM_FAILS_FIRST:
        return call < failing->failures;
    case PROGRAM_FAILS_CHANCE:
        return (int64_t)(draw(dice) % 1000000) < failing->failures;
    case PROGRAM_FAILS_PATTERN:
        return failing->pattern[(size_t)call % strlen(failing->pattern)] == 'x';
    default:
        return false;
    }
}

void behaviour_spend(int64_t duration_ns)
{
    if (duration_ns > 0) {
        sim_sleep_until(sim_now() + duration_ns);
    }
}
