/*
 * What a report says of the process and the server at one moment.  Taken before any lock, since reading /proc may be
 * slow.
 */
#ifndef TRACKING_SAMPLER_H
#define TRACKING_SAMPLER_H

#include "ports/clock.h"
#include "ports/inspector.h"
#include "ports/metrics.h"

struct sampler {
    struct clock *clock;
    struct metrics *metrics;
    struct inspector *inspector;
};

struct sample {
    double now_ms; /* monotonic */
    double wall_s; /* since 1970, whole microseconds */
    struct metrics_sample metrics;
    struct inspection server;
};

void sampler_take(const struct sampler *sampler, struct sample *sample);

double sampler_now_ms(struct clock *clock);
double sampler_wall_s(struct clock *clock);

#endif
