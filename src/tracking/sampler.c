#include "tracking/sampler.h"

double sampler_now_ms(struct clock *clock)
{
    return (double)clock->monotonic_ns(clock) / (double)NS_PER_MS;
}

/* A double holds microseconds since 1970 exactly, nanoseconds not: so these digits are the ones that are written. */
double sampler_wall_s(struct clock *clock)
{
    return (double)(clock->wall_ns(clock) / NS_PER_US) / 1e6;
}

void sampler_take(const struct sampler *sampler, struct sample *sample)
{
    sampler->metrics->sample(sampler->metrics, &sample->metrics);
    sampler->inspector->inspect(sampler->inspector, &sample->server);
    sample->now_ms = sampler_now_ms(sampler->clock);
    sample->wall_s = sampler_wall_s(sampler->clock);
}
