/* ksim: runs scenarios. */
#include "base/error.h"
#include "carafe.h"
#include "kafka/warm_up.h"
#include "run/options.h"
#include "run/run.h"
#include "run/scenarios.h"
#include "run/sweep.h"
#include "run/verify.h"
#include "world/world.h"

#include <stdio.h>

/* Every seed of every scenario, but one of those that are marked. */
static uint64_t count_runs(const struct scenarios *scenarios, const struct options *options)
{
    uint64_t runs = 0;
    for (size_t i = 0; i < scenarios->count; i++) {
        runs += scenarios->list[i].once ? 1 : options->seed_last - options->seed_first + 1;
    }
    return runs;
}

static enum exit_code run_all(struct options *options)
{
    struct scenarios scenarios;
    struct carafe_error error;
    enum exit_code code = scenarios_load(&scenarios, options);
    if (code == EXIT_ALL_PASSED && options->action == ACTION_CHECK) {
        printf("%zu scenario%s checked\n", scenarios.count, scenarios.count == 1 ? "" : "s");
    } else if (code == EXIT_ALL_PASSED && options_settle(options, count_runs(&scenarios, options), &error) != 0) {
        fprintf(stderr, "ksim: %s\n", error.text);
        code = EXIT_USAGE;
    } else if (code == EXIT_ALL_PASSED) {
        sim_world_prepare();
        kafka_warm_up();
        code = sweep(scenarios.list, scenarios.count, options, options->verify ? verify_scenario : run_scenario);
    }
    scenarios_close(&scenarios);
    return code;
}

int main(int argc, char **argv)
{
    static struct options options;
    struct carafe_error error;
    if (options_parse(&options, argc, argv, &error) != 0) {
        fprintf(stderr, "ksim: %s\n", error.text);
        return EXIT_USAGE;
    }
    switch (options.action) {
    case ACTION_HELP:
        options_help(stdout);
        return EXIT_ALL_PASSED;
    case ACTION_VERSION:
        puts("ksim " CARAFE_VERSION);
        return EXIT_ALL_PASSED;
    default:
        return (int)run_all(&options);
    }
}
