#include "support/fake_host.h"

#include <stdlib.h>

static const char *host_name(struct process *process)
{
    (void)process;
    return "host";
}

static int64_t process_id(struct process *process)
{
    (void)process;
    return 42;
}

static void random_bytes(struct process *process, void *bytes, size_t len)
{
    struct fake_process *self = (struct fake_process *)process;
    for (size_t i = 0; i < len; i++) {
        ((unsigned char *)bytes)[i] = self->next_random++;
    }
}

void fake_process_init(struct fake_process *process)
{
    *process = (struct fake_process){
        .port = {.host_name = host_name, .id = process_id, .parent_id = process_id, .random = random_bytes}};
}

static void take_sample(struct metrics *metrics, struct metrics_sample *sample)
{
    *sample = ((struct fake_metrics *)metrics)->sample;
}

void fake_metrics_init(struct fake_metrics *metrics)
{
    *metrics = (struct fake_metrics){
        .port = {take_sample},
        .sample = {.memory_usage_kib = 2048,
                   .memory_total_usage_kib = 4096,
                   .memory_size_kib = 8192,
                   .cpus = 2,
                   .threads = 9,
                   .load = {0.5, 0.25, -1}},
    };
}

static void inspect(struct inspector *inspector, struct inspection *inspection)
{
    struct fake_inspector *self = (struct fake_inspector *)inspector;
    pthread_mutex_lock(&self->lock);
    *inspection = self->inspection;
    pthread_mutex_unlock(&self->lock);
}

void fake_inspector_init(struct fake_inspector *inspector)
{
    *inspector = (struct fake_inspector){
        .port = {inspect},
        .inspection = {.status = CARAFE_RUNNING, .was_running = true, .workers = 5, .listeners_active = 1},
    };
    pthread_mutex_init(&inspector->lock, NULL);
}

void fake_inspector_set_status(struct fake_inspector *inspector, enum carafe_status status, bool was_running)
{
    pthread_mutex_lock(&inspector->lock);
    inspector->inspection.status = status;
    inspector->inspection.was_running = was_running;
    pthread_mutex_unlock(&inspector->lock);
}
