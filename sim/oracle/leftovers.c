/*
 * 12 No thread, descriptor or memory is left after a graceful end.  Memory is LeakSanitizer's, see run.c.
 */
#include "oracle/family.h"

#include "world/world.h"

#include <stdlib.h>

struct leftovers {
    struct oracle *oracle;
};

static void *create(struct oracle *oracle)
{
    struct leftovers *leftovers = calloc(1, sizeof *leftovers);
    if (leftovers != NULL) {
        leftovers->oracle = oracle;
    }
    return leftovers;
}

/* A server that ended gracefully: its process tells what was left when all of it was closed. */
static void observe(void *memory, const struct observation *observation)
{
    struct leftovers *leftovers = memory;
    const struct observed *threads = observation_field(observation, "threads_left");
    if (observation->kind != OBSERVATION_EXIT || threads == NULL) {
        return;
    }
    oracle_broken(leftovers->oracle, 12,
                  "expected nothing to be left of %s after a graceful end, got %lld threads and %lld descriptors",
                  observation->process, (long long)threads->integer,
                  (long long)observation_field(observation, "descriptors_left")->integer);
}

static void left_over(void *memory)
{
    struct leftovers *leftovers = memory;
    struct sim_summary summary;
    sim_world_summary(&summary);
    if (summary.threads_live != 1) { /* the caller */
        oracle_broken(leftovers->oracle, 12, "expected no thread to be left after a graceful end, got %zu",
                      summary.threads_live - 1);
    }
    if (summary.descriptors_open != 0) {
        oracle_broken(leftovers->oracle, 12, "expected no descriptor to be left open after a graceful end, got %zu",
                      summary.descriptors_open);
    }
}

const struct family family_leftovers = {.create = create, .destroy = free, .observe = observe, .left_over = left_over};
