/* A process, its machine and its server, as a test wants them to be. */
#ifndef SUPPORT_FAKE_HOST_H
#define SUPPORT_FAKE_HOST_H

#include <pthread.h>

#include "ports/inspector.h"
#include "ports/metrics.h"
#include "ports/process.h"

struct fake_process {
    struct process port;
    unsigned char next_random; /* random bytes count upwards */
};

struct fake_metrics {
    struct metrics port;
    struct metrics_sample sample;
};

struct fake_inspector {
    struct inspector port;
    pthread_mutex_t lock;
    struct inspection inspection;
};

void fake_process_init(struct fake_process *process); /* host `host`, pid 42 */
void fake_metrics_init(struct fake_metrics *metrics);
void fake_inspector_init(struct fake_inspector *inspector); /* 5 workers, 1 listener, running */
void fake_inspector_set_status(struct fake_inspector *inspector, enum carafe_status status, bool was_running);

#endif
