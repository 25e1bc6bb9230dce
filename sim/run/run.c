#include "run/run.h"

#include "base/assert.h"
#include "base/error.h"
#include "kafka/hooks.h"
#include "oracle/oracle.h"
#include "run/child.h"
#include "run/director.h"
#include "run/guests.h"
#include "run/handlers.h"
#include "run/judge.h"
#include "run/ledger.h"
#include "run/loads.h"
#include "run/members.h"
#include "run/servers.h"
#include "run/trace.h"
#include "run/verdict.h"
#include "run/wiretap.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPLICAS_DEFAULT 3
#define MEMORY_INVARIANT 12
#define HELD             "expected to be broken by this scenario, but it held"

/* ---- What the parts share ---------------------------------------------------------------------------------------- */

int64_t run_now(const struct run *run)
{
    return sim_now() - run->origin_ns;
}

void run_observe(struct run *run, struct observation *observation)
{
    if (observation->at_ns == 0) {
        observation->at_ns = run_now(run);
    }
    trace_observe(run->trace, observation);
    if (verdict_failed(run)) {
        return;
    }
    judge_observe(run->judge, observation);
    oracle_observe(run->oracle, observation);
    director_observe(run->director, observation);
}

/* Spreads every bit over all (splitmix64). */
static uint64_t mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

uint64_t run_random(const struct run *run, uint64_t stream)
{
    return mix(mix(run->seed + UINT64_C(0x9e3779b97f4a7c15)) + mix(stream + UINT64_C(0x9e3779b97f4a7c15)));
}

int64_t run_draw(struct run *run, const struct program_range *range, uint64_t stream)
{
    if (range->low >= range->high) {
        return range->low;
    }
    uint64_t span = (uint64_t)(range->high - range->low) + 1;
    return range->low + (int64_t)(run_random(run, stream) % span);
}

/* ---- Failures ---------------------------------------------------------------------------------------------------- */

static void on_settled(size_t statement, int64_t at_ns, void *owner)
{
    struct run *run = owner;
    director_settle(run->director, statement, at_ns);
}

static void on_failed(const struct judge_failure *failure, void *owner)
{
    struct run *run = owner;
    verdict_expectation(run, failure);
    director_wake(run->director);
}

/* Returns the new length. */
static size_t append_text(char text[RESULT_TEXT_MAX], size_t len, const char *more)
{
    size_t room = RESULT_TEXT_MAX - 1 - len;
    size_t count = strlen(more);
    count = count < room ? count : room;
    memcpy(text + len, more, count);
    text[len + count] = '\0';
    return len + count;
}

static void fill_result(struct run *run, const struct sim_summary *summary)
{
    run->result->virtual_ns = summary->now_ns - run->origin_ns;
    run->result->events = run->trace != NULL ? trace_count(run->trace) : 0;
    run->result->trace_hash = summary->hash;
}

/* The world itself gave up.  Signal-safe: it may be the watchdog, on top of anything. */
static void on_world_failed(enum sim_failure failure, const char *report, void *owner)
{
    struct run *run = owner;
    struct result *result = run->result;
    bool invariant = failure == SIM_DEADLOCK || failure == SIM_LIVELOCK;
    size_t len = 0;
    len = append_text(result->text, len, child_base_name(run->path));
    len = append_text(result->text, len,
                      invariant ? ": invariant 13 failed: expected threads that get on, got\n" : ": internal error: ");
    (void)append_text(result->text, len, report);
    struct sim_summary summary;
    sim_world_summary(&summary);
    fill_result(run, &summary);
    result->code = invariant ? EXIT_EXPECTATION_FAILED : EXIT_INTERNAL;
    if (invariant && run->program->invariants[13] == PROGRAM_INVARIANT_MUST_BREAK) {
        result->text[0] = '\0';
        result->code = EXIT_ALL_PASSED;
    }
    result->complete = true;
    _exit((int)result->code);
}

/* ---- Beginning --------------------------------------------------------------------------------------------------- */

static void start_world(struct run *run)
{
    struct sim_options options;
    sim_options_init(&options);
    options.seed = run->seed;
    options.backend = run->options->backend == BACKEND_THREADS ? SIM_THREADS : SIM_COROUTINES;
    options.wall_limit_ms = (int64_t)run->options->wall_limit_s * 1000;
    options.failed = on_world_failed;
    options.owner = run;
    if (run->program->patience_ns > 0) {
        uint64_t factor = options.livelock_points / options.spin_points;
        options.spin_points = (uint64_t)(run->program->patience_ns / options.point_cost_ns) + 1;
        options.livelock_points = options.spin_points * factor;
    }
    kafka_hooks_register();
    sim_world_start(&options);
}

static int add_topic(struct run *run, const char *name, int partitions, int replicas, struct carafe_error *error)
{
    int brokers = mock_cluster_brokers(run->cluster);
    int count = replicas > 0 ? replicas : REPLICAS_DEFAULT;
    return mock_cluster_topic(run->cluster, name, partitions, count < brokers ? count : brokers, error);
}

/* The topics that reports go to are there, whether the scenario says so or not. */
static int add_reporting_topic(struct run *run, enum program_server_setting setting, const char *usual,
                               struct carafe_error *error)
{
    for (size_t i = 0; i < run->program->server_count; i++) {
        const struct program_value *value = program_setting(&run->program->servers[i].settings, (int)setting);
        const char *name = value != NULL ? value->text : usual;
        if (mock_cluster_partitions(run->cluster, name) == 0) {
            int code = add_topic(run, name, 1, 0, error);
            if (code != 0) {
                return code;
            }
        }
    }
    return 0;
}

static int start_cluster(struct run *run, struct carafe_error *error)
{
    const struct program_cluster *cluster = &run->program->cluster;
    if (cluster->given && cluster->latency_ns.high > 0) {
        struct sim_link link = {.latency_ns = cluster->latency_ns.low,
                                .jitter_ns = cluster->latency_ns.high - cluster->latency_ns.low};
        sim_net_set_link((struct sim_route){0}, SIM_BOTH_WAYS, &link);
    }
    int code = mock_cluster_create(&(struct mock_cluster_options){.brokers = cluster->brokers}, &run->cluster, error);
    for (size_t i = 0; i < run->program->topic_count && code == 0; i++) {
        const struct program_topic *topic = &run->program->topics[i];
        code = add_topic(run, topic->name, topic->partitions, topic->replicas, error);
    }
    if (code == 0) {
        code = add_reporting_topic(run, PROGRAM_SERVER_REPORTS_TOPIC, "karafka_consumers_reports", error);
    }
    if (code == 0) {
        code = add_reporting_topic(run, PROGRAM_SERVER_ERRORS_TOPIC, "karafka_errors", error);
    }
    if (code == 0) {
        wiretap_listen(run->wiretap);
    }
    return code;
}

static int create_parts(struct run *run, struct carafe_error *error)
{
    int code = trace_create(run, &run->trace, error);
    if (code == 0) {
        code = wiretap_create(run, &run->wiretap, error);
    }
    if (code != 0) {
        return code;
    }
    run->ledger = ledger_create(run->program);
    run->judge = judge_create(&(struct judge_options){
        .program = run->program, .ledger = run->ledger, .settled = on_settled, .failed = on_failed, .owner = run});
    run->guests = guests_create(run);
    run->handlers = handlers_create(run);
    run->servers = servers_create(run);
    run->members = members_create(run);
    run->loads = loads_create(run);
    run->oracle = oracle_create(run);
    bool made = run->ledger != NULL && run->judge != NULL && run->guests != NULL && run->handlers != NULL &&
                run->servers != NULL && run->members != NULL && run->loads != NULL && run->oracle != NULL;
    return made ? 0 : error_set(error, CARAFE_NO_MEMORY, "ksim: out of memory");
}

/* ---- Ending ------------------------------------------------------------------------------------------------------ */

/* Present in builds with LeakSanitizer only. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/*
 * Brokers, loads and members are torn down for those who look for leaks; it would cost every other run a fifth of its
 * time.  The trace ends before, so that it is the same for all.
 */
static bool is_watched_for_leaks(void)
{
    const char *preload = getenv("LD_PRELOAD");
    bool valgrind = preload != NULL && strstr(preload, "vgpreload") != NULL;
    return valgrind || __lsan_do_recoverable_leak_check != NULL;
}

/* Returns whether all of it is gone: what still has memory then has leaked. */
static bool tear_down(struct run *run)
{
    if (!servers_all_graceful(run->servers) || !is_watched_for_leaks()) {
        return false;
    }
    loads_stop(run->loads);
    members_stop_all(run->members);
    mock_cluster_destroy(run->cluster);
    run->cluster = NULL;
    oracle_left_over(run->oracle);
    return true;
}

/* A trace or picture that is not whole is worth nothing, whatever it shows. */
static void end_trace(struct run *run)
{
    struct carafe_error error;
    if (trace_destroy(run->trace, &error) != 0) {
        fprintf(stderr, "ksim: %s\n", error.text);
        run->result->code = EXIT_USAGE;
    }
}

static void destroy_parts(struct run *run)
{
    wiretap_destroy(run->wiretap);
    oracle_destroy(run->oracle);
    loads_destroy(run->loads);
    members_destroy(run->members);
    servers_destroy(run->servers);
    handlers_destroy(run->handlers);
    guests_destroy(run->guests);
    director_destroy(run->director);
    judge_destroy(run->judge);
    ledger_destroy(run->ledger);
    end_trace(run);
}

/* The world is gone, and with it the trace. */
static void fail_at_the_end(struct run *run, const char *what)
{
    char when[PROGRAM_DURATION_TEXT_MAX];
    if (run->result->code == EXIT_ALL_PASSED) {
        run->result->code = EXIT_EXPECTATION_FAILED;
        snprintf(run->result->text, RESULT_TEXT_MAX, "%s: invariant %d failed at %s: %s\n", child_base_name(run->path),
                 MEMORY_INVARIANT, program_duration_text(run->result->virtual_ns, when), what);
    }
}

/* `owed`: the scenario is a canary of this. */
static void check_leaks(struct run *run, bool owed)
{
    bool leaked = __lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0;
    if (leaked && run->program->invariants[MEMORY_INVARIANT] == PROGRAM_INVARIANT_ON) {
        fail_at_the_end(run, "expected no memory to be left after a graceful end, got what LeakSanitizer names");
    } else if (!leaked && owed) {
        fail_at_the_end(run, HELD);
    }
}

/* The invariant of memory has its turn when all is gone. */
static void check_canaries(struct run *run, bool gone)
{
    for (int i = 1; i <= PROGRAM_INVARIANT_COUNT && !verdict_failed(run) && run->director != NULL; i++) {
        if (oracle_owes(run->oracle, i) && !(gone && i == MEMORY_INVARIANT)) {
            verdict_invariant(run, i, HELD);
        }
    }
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

static void live(struct run *run)
{
    struct carafe_error error = {0};
    int code = create_parts(run, &error);
    if (code == 0) {
        code = start_cluster(run, &error);
    }
    run->origin_ns = sim_now();
    run->director = code == 0 ? director_create(run) : NULL;
    if (run->director == NULL) {
        verdict_error(run, code == CARAFE_NO_MEMORY ? EXIT_INTERNAL : EXIT_USAGE, "%s", error.text);
        return;
    }
    director_run(run->director);
    if (!verdict_failed(run)) {
        oracle_finish(run->oracle);
    }
}

void run_scenario(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                  struct result *result)
{
    struct run run = {
        .program = scenario->program, .path = scenario->path, .seed = seed, .options = options, .result = result};
    result->code = EXIT_ALL_PASSED;
    start_world(&run);
    live(&run);
    struct sim_summary summary;
    sim_world_summary(&summary);
    fill_result(&run, &summary);
    bool gone = !verdict_failed(&run) && run.director != NULL && tear_down(&run);
    check_canaries(&run, gone);
    sim_world_finish(NULL);
    if (gone) {
        bool owed = oracle_owes(run.oracle, MEMORY_INVARIANT);
        destroy_parts(&run);
        check_leaks(&run, owed);
    } else {
        end_trace(&run);
    }
    result->complete = true;
}
