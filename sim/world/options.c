#include "world/world.h"

void sim_options_init(struct sim_options *options)
{
    *options = (struct sim_options){
        .seed = 1,
        .backend = SIM_COROUTINES,
        .preemption = 8,
        .point_cost_ns = 500,
        .latency_ns = 500000,
        .latency_jitter_ns = 300000,
        .livelock_points = 20000000,
        .spin_points = 5000000,
        .stack_bytes = (size_t)512 * 1024,
    };
}
