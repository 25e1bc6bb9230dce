/* One run of one scenario with one seed: what its parts share. */
#ifndef SIM_RUN_RUN_H
#define SIM_RUN_RUN_H

#include "kafka/mock_cluster.h"
#include "run/observation.h"
#include "run/result.h"
#include "run/sweep.h"
#include "scenario/program.h"

struct director;
struct guests;
struct handlers;
struct judge;
struct ledger;
struct loads;
struct members;
struct oracle;
struct servers;
struct trace;
struct wiretap;

struct run {
    const struct program *program;
    const char *path;
    uint64_t seed;
    const struct options *options;
    struct result *result;
    int64_t origin_ns; /* of the world's time: when the scenario began */

    struct mock_cluster *cluster;
    struct wiretap *wiretap;
    struct ledger *ledger;
    struct judge *judge;
    struct trace *trace;
    struct director *director;
    struct servers *servers;
    struct handlers *handlers;
    struct guests *guests;
    struct members *members;
    struct loads *loads;
    struct oracle *oracle;
};

/* Since the start of the scenario. */
int64_t run_now(const struct run *run);

/*
 * Tell everybody of something: the trace, the judge, the oracle, the director.  Sets observation->at_ns unless it is
 * set already.  Threads: any simulated one; makes no call into the world that could switch.
 */
void run_observe(struct run *run, struct observation *observation);

/* A number that the seed and `stream` alone decide, whoever asked for which others before.  Any number of streams. */
uint64_t run_random(const struct run *run, uint64_t stream);

/* Draw from a range: uniform, both ends included; likewise. */
int64_t run_draw(struct run *run, const struct program_range *range, uint64_t stream);

/* The whole of it, in a process that was started for nothing else (see sweep_run). */
void run_scenario(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                  struct result *result);

#endif
