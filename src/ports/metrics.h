/* What the machine and the system know of the process. */
#ifndef PORTS_METRICS_H
#define PORTS_METRICS_H

#include "carafe.h"

struct metrics_sample {
    int64_t memory_usage_kib;       /* resident; 0: unknown */
    int64_t memory_total_usage_kib; /* resident, of all visible processes */
    int64_t memory_size_kib;        /* the limit of the cgroup, else of the machine */
    int64_t cpus;                   /* at least 1 */
    int64_t threads;
    double load[3]; /* 1, 5, 15 minutes; -1: unknown */
};

struct metrics {
    /* May be slow; never fails: what cannot be read takes its fallback.  Threads: one at a time. */
    void (*sample)(struct metrics *metrics, struct metrics_sample *sample);
};

#endif
