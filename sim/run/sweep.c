#include "run/sweep.h"

#include "base/assert.h"
#include "base/error.h"
#include "run/child.h"
#include "run/console.h"
#include "run/interrupt.h"
#include "run/junit.h"
#include "run/repeat.h"
#include "run/tap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* One child process, or a place for one. */
struct slot {
    pid_t pid; /* 0: free */
    size_t scenario;
    uint64_t seed;
    double started;
    struct result *result; /* shared with the child */
};

/* The runs in their order: every seed of the first scenario, then of the next. */
struct cursor {
    size_t scenario;
    uint64_t seed;
    uint64_t position;
};

struct sweep_state {
    const struct sweep_scenario *scenarios;
    size_t scenario_count;
    const struct options *options;
    sweep_run run;
    struct slot slots[OPTIONS_JOBS_MAX];
    struct tally *tallies;
    struct cursor next;
    struct console console;
    struct junit *junit; /* NULL: none */
    uint64_t total;
    uint64_t done;
    uint64_t failed;
    enum exit_code worst;
    int stopped; /* the signal that did it; 0: none */
};

/* ---- What is to be run ------------------------------------------------------------------------------------------- */

static uint64_t last_seed(const struct sweep_state *state, size_t scenario)
{
    return state->scenarios[scenario].once ? state->options->seed_first : state->options->seed_last;
}

/* Shards take turns, so that each gets its part of every scenario. */
static bool is_mine(const struct sweep_state *state, uint64_t position)
{
    return state->options->shard_count == 0 ||
           position % state->options->shard_count == state->options->shard_index - 1;
}

static void step(const struct sweep_state *state, struct cursor *cursor)
{
    cursor->position++;
    if (cursor->seed == last_seed(state, cursor->scenario)) {
        cursor->scenario++;
        cursor->seed = state->options->seed_first;
    } else {
        cursor->seed++;
    }
}

/* Leaves out what other shards run.  false: nothing is left. */
static bool find_next(const struct sweep_state *state, struct cursor *cursor)
{
    while (cursor->scenario < state->scenario_count && !is_mine(state, cursor->position)) {
        step(state, cursor);
    }
    return cursor->scenario < state->scenario_count;
}

static uint64_t count_all(const struct sweep_state *state)
{
    uint64_t count = 0;
    for (struct cursor cursor = state->next; find_next(state, &cursor); step(state, &cursor)) {
        count++;
    }
    return count;
}

/* ---- What became of it ------------------------------------------------------------------------------------------- */

/* Order of the seeds must not depend on which child ends first: a sum does not. */
static uint64_t mixed(uint64_t hash, uint64_t seed)
{
    uint64_t x = hash ^ (seed * UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return x ^ (x >> 27);
}

static void add_to_tally(struct tally *tally, const struct finished *finished)
{
    const struct result *result = finished->result;
    tally->runs++;
    tally->virtual_ns += result->virtual_ns;
    tally->events += result->events;
    tally->wall += finished->wall_s;
    tally->last_seed = finished->seed;
    tally->last_hash = result->trace_hash;
    tally->hash += mixed(result->trace_hash, finished->seed);
    if (finished->code == EXIT_ALL_PASSED) {
        return;
    }
    if (tally->failed == 0 || finished->seed < tally->first_failed_seed) {
        tally->first_failed_seed = finished->seed;
    }
    tally->failed++;
}

static void append_repeat(const struct sweep_state *state, const struct slot *slot)
{
    char *text = slot->result->text;
    size_t len = strnlen(text, RESULT_TEXT_MAX - 1);
    FILE *pen = fmemopen(text + len, RESULT_TEXT_MAX - len, "w");
    if (pen == NULL) {
        return;
    }
    fputs("  repeat: ", pen);
    repeat_write(pen, state->options, state->scenarios[slot->scenario].path, slot->seed);
    fputc('\n', pen);
    fclose(pen);
}

static void count(struct sweep_state *state, const struct slot *slot, enum exit_code code)
{
    struct finished finished = {.path = state->scenarios[slot->scenario].path,
                                .seed = slot->seed,
                                .code = code,
                                .wall_s = console_seconds() - slot->started,
                                .result = slot->result};
    add_to_tally(&state->tallies[slot->scenario], &finished);
    state->done++;
    if (code != EXIT_ALL_PASSED) {
        append_repeat(state, slot);
        state->failed++;
        state->worst = code > state->worst ? code : state->worst;
    }
    if (state->junit != NULL) {
        junit_add(state->junit, &finished);
    }
    if (state->options->tap) {
        tap_add(state->done, &finished);
    } else if (code != EXIT_ALL_PASSED) {
        console_failure(&state->console, &finished);
    }
}

/* Failing scenarios first: that is what a person looks for. */
static void print_summary(const struct sweep_state *state)
{
    if (state->options->tap) {
        tap_end(state->done - state->failed, state->failed);
        return;
    }
    console_clear(&state->console);
    for (int failing = 1; failing >= 0; failing--) {
        for (size_t i = 0; i < state->scenario_count; i++) {
            const struct tally *tally = &state->tallies[i];
            if (tally->runs > 0 && (tally->failed > 0) == (failing == 1)) {
                console_tally(&state->console, state->scenarios[i].path, tally);
            }
        }
    }
    console_end(&state->console, state->done, state->failed, state->stopped);
}

/* ---- The sweep --------------------------------------------------------------------------------------------------- */

static struct slot *slot_of(struct sweep_state *state, pid_t pid)
{
    for (int i = 0; i < state->options->jobs; i++) {
        if (state->slots[i].pid == pid) {
            return &state->slots[i];
        }
    }
    return NULL;
}

static void start_next(struct sweep_state *state, struct slot *slot)
{
    slot->scenario = state->next.scenario;
    slot->seed = state->next.seed;
    slot->started = console_seconds();
    step(state, &state->next);
    slot->pid = child_start(&state->scenarios[slot->scenario], slot->seed, state->options, state->run, slot->result);
    if (slot->pid < 0) {
        slot->pid = 0;
        count(state, slot, EXIT_INTERNAL);
    }
}

/* Counts every child that has ended.  false: none had. */
static bool reap(struct sweep_state *state)
{
    bool any = false;
    for (int i = 0; i < state->options->jobs; i++) {
        struct slot *slot = &state->slots[i];
        int status = 0;
        if (slot->pid != 0 && waitpid(slot->pid, &status, WNOHANG) == slot->pid) {
            slot->pid = 0;
            count(state, slot, child_outcome(&state->scenarios[slot->scenario], slot->result, status));
            any = true;
        }
    }
    return any;
}

/* Those that still run have no say any more. */
static void end_children(struct sweep_state *state)
{
    for (int i = 0; i < state->options->jobs; i++) {
        if (state->slots[i].pid != 0) {
            (void)kill(state->slots[i].pid, SIGKILL);
            while (waitpid(state->slots[i].pid, NULL, 0) < 0 && errno == EINTR) {
            }
            state->slots[i].pid = 0;
        }
    }
}

static void run_all(struct sweep_state *state)
{
    while (state->done < state->total && state->stopped == 0) {
        struct slot *idle = slot_of(state, 0);
        if (idle != NULL && find_next(state, &state->next)) {
            start_next(state, idle);
            continue;
        }
        if (!reap(state)) {
            state->stopped = interrupt_wait();
        } else if (!state->options->tap) {
            console_progress(&state->console, state->done, state->failed);
        }
    }
    end_children(state);
}

static int prepare(struct sweep_state *state, struct carafe_error *error)
{
    state->total = count_all(state);
    state->tallies = calloc(state->scenario_count, sizeof *state->tallies);
    bool memory = state->tallies != NULL;
    for (int i = 0; i < state->options->jobs && memory; i++) {
        state->slots[i].result = child_result_create();
        memory = state->slots[i].result != NULL;
    }
    if (!memory) {
        return error_set(error, CARAFE_NO_MEMORY, "out of memory");
    }
    return state->options->junit_path != NULL ? junit_create(state->options->junit_path, &state->junit, error) : 0;
}

static int release(struct sweep_state *state, struct carafe_error *error)
{
    for (int i = 0; i < state->options->jobs; i++) {
        child_result_destroy(state->slots[i].result);
    }
    free(state->tallies);
    return junit_destroy(state->junit, error);
}

static enum exit_code give_up(struct sweep_state *state, const struct carafe_error *error, int code)
{
    struct carafe_error ignored;
    fprintf(stderr, "ksim: %s\n", error->text);
    (void)release(state, &ignored);
    return code == CARAFE_NO_MEMORY ? EXIT_INTERNAL : EXIT_USAGE;
}

enum exit_code sweep(const struct sweep_scenario *scenarios, size_t scenario_count, const struct options *options,
                     sweep_run run)
{
    struct sweep_state state = {.scenarios = scenarios,
                                .scenario_count = scenario_count,
                                .options = options,
                                .run = run,
                                .next.seed = options->seed_first};
    struct carafe_error error;
    int code = prepare(&state, &error);
    if (code != 0) {
        return give_up(&state, &error, code);
    }
    console_begin(&state.console, state.total);
    if (options->tap) {
        tap_begin(state.total);
    }
    interrupt_begin();
    run_all(&state);
    print_summary(&state);
    interrupt_end();
    code = release(&state, &error);
    if (code != 0) {
        fprintf(stderr, "ksim: %s\n", error.text);
        state.worst = state.worst > EXIT_USAGE ? state.worst : EXIT_USAGE;
    }
    if (state.stopped != 0) {
        (void)raise(state.stopped); /* whoever started ksim is to see why it ended */
    }
    return state.worst;
}
