#include "run/scripted.h"

#include "world/world.h"

#include <stdlib.h>

#define DEFAULT_MEMORY_KIB      INT64_C(65536)
#define DEFAULT_MEMORY_SIZE_KIB INT64_C(16777216)
#define DEFAULT_CPUS            4

static void sample(struct metrics *port, struct metrics_sample *result)
{
    struct scripted_metrics *metrics = (struct scripted_metrics *)port;
    *result = metrics->sample;
    result->threads = (int64_t)sim_process_threads(metrics->process);
}

static int64_t kib(const struct program_settings *settings, int id, int64_t missing)
{
    const struct program_value *value = program_setting(settings, id);
    return value != NULL ? value->low / 1024 : missing;
}

void scripted_metrics_init(struct scripted_metrics *metrics, const struct program_settings *settings)
{
    const struct program_value *cpus = program_setting(settings, PROGRAM_SERVER_CPUS);
    const struct program_value *load = program_setting(settings, PROGRAM_SERVER_LOAD_AVERAGE);
    *metrics = (struct scripted_metrics){.port = {.sample = sample}};
    struct metrics_sample *values = &metrics->sample;
    values->memory_usage_kib = kib(settings, PROGRAM_SERVER_MEMORY, DEFAULT_MEMORY_KIB);
    values->memory_total_usage_kib = kib(settings, PROGRAM_SERVER_MEMORY_TOTAL, values->memory_usage_kib);
    values->memory_size_kib = kib(settings, PROGRAM_SERVER_MEMORY_SIZE, DEFAULT_MEMORY_SIZE_KIB);
    values->cpus = cpus != NULL ? cpus->low : DEFAULT_CPUS;
    for (size_t i = 0; i < 3; i++) {
        values->load[i] = load != NULL && i < load->list_count ? strtod(load->list[i], NULL) : 0.25;
    }
}
