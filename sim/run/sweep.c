#include "run/sweep.h"

#include "base/assert.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WATCHDOG_GRACE_S 5

/* One child process, or a place for one. */
struct slot {
    pid_t pid; /* 0: free */
    size_t scenario;
    uint64_t seed;
    double started;
    struct result *result; /* shared with the child */
};

/* What became of a scenario over all its seeds. */
struct tally {
    uint64_t runs;
    uint64_t failed;
    uint64_t first_failed_seed;
    int64_t virtual_ns;
    double wall;
    uint64_t hash; /* of the only run, or of all in the order of their seeds */
    uint64_t events;
};

struct sweep_state {
    const struct sweep_scenario *scenarios;
    size_t scenario_count;
    const struct options *options;
    sweep_run run;
    struct slot slots[OPTIONS_JOBS_MAX];
    struct tally *tallies;
    uint64_t total;
    uint64_t done;
    uint64_t failed;
    enum exit_code worst;
    size_t next_scenario;
    uint64_t next_seed;
    double started;
    bool progress; /* a bar on a terminal */
};

static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static uint64_t last_seed(const struct sweep_state *state, size_t scenario)
{
    return state->scenarios[scenario].once ? state->options->seed_first : state->options->seed_last;
}

/* ---- Children ---------------------------------------------------------------------------------------------------- */

/* A second net below the world's own watchdog: a child that burns processor time with that signal blocked. */
static void limit_processor_time(const struct options *options)
{
    rlim_t seconds = (rlim_t)options->wall_limit_s + WATCHDOG_GRACE_S;
    struct rlimit limit = {.rlim_cur = seconds, .rlim_max = seconds + 1};
    (void)setrlimit(RLIMIT_CPU, &limit);
}

/* Present in builds that count coverage only. */
extern void __gcov_dump(void) __attribute__((weak));

/* Without what runs at exit: a forced end leaves threads behind that may still use what that would free. */
static _Noreturn void end_child(enum exit_code code)
{
    fflush(stdout);
    fflush(stderr);
    if (__gcov_dump != NULL) {
        __gcov_dump();
    }
    _exit((int)code);
}

static pid_t start_child(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                         sweep_run run, struct result *result)
{
    result->complete = false;
    result->code = EXIT_INTERNAL;
    result->text[0] = '\0';
    fflush(stdout);
    fflush(stderr);
    pid_t pid = fork();
    if (pid == 0) {
        limit_processor_time(options);
        run(scenario, seed, options, result);
        end_child(result->code);
    }
    return pid;
}

/* What the child said, or what it died of. */
static enum exit_code outcome(struct result *result, int status)
{
    if (WIFEXITED(status) && result->complete && WEXITSTATUS(status) == (int)result->code) {
        return result->code;
    }
    if (WIFEXITED(status) && result->complete) {
        /* A checker of memory, for one, puts its own code in the place of ours. */
        snprintf(result->text, sizeof result->text, "internal error: the run ended with exit code %d, expected %d\n",
                 WEXITSTATUS(status), (int)result->code);
    } else if (WIFSIGNALED(status)) {
        snprintf(result->text, sizeof result->text, "internal error: the run died by signal %d (%s)\n",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else if (result->text[0] == '\0') {
        snprintf(result->text, sizeof result->text, "internal error: the run ended with exit code %d before its end\n",
                 WEXITSTATUS(status));
    }
    return EXIT_INTERNAL;
}

static struct result *shared_result(void)
{
    void *memory = mmap(NULL, sizeof(struct result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

enum exit_code sweep_one(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                         sweep_run run, struct result *result)
{
    pid_t pid = start_child(scenario, seed, options, run, result);
    if (pid < 0) {
        snprintf(result->text, sizeof result->text, "internal error: fork: %s\n", strerror(errno));
        return EXIT_INTERNAL;
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        ASSERT(errno == EINTR);
    }
    return outcome(result, status);
}

/* ---- What a person sees ------------------------------------------------------------------------------------------ */

static void clear_progress(const struct sweep_state *state)
{
    if (state->progress) {
        fputs("\r\033[K", stdout);
    }
}

#define PROGRESS_WIDTH 40

static void show_progress(const struct sweep_state *state)
{
    if (!state->progress) {
        return;
    }
    char bar[PROGRESS_WIDTH + 1];
    int filled = (int)(state->done * PROGRESS_WIDTH / state->total);
    memset(bar, ' ', PROGRESS_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[PROGRESS_WIDTH] = '\0';
    double elapsed = wall_seconds() - state->started;
    printf("\r[%s] %llu/%llu  %llu failed  %.0f/s\033[K", bar, (unsigned long long)state->done,
           (unsigned long long)state->total, (unsigned long long)state->failed,
           elapsed > 0 ? (double)state->done / elapsed : 0.0);
    fflush(stdout);
}

static void print_failure(const struct sweep_state *state, const struct slot *slot)
{
    clear_progress(state);
    const char *path = state->scenarios[slot->scenario].path;
    printf("%sFAIL %s: seed %llu\n", slot->result->text, base_name(path), (unsigned long long)slot->seed);
    show_progress(state);
}

/* The one line of a scenario: over all its seeds. */
static void print_tally(const struct sweep_state *state, size_t index)
{
    const struct sweep_scenario *scenario = &state->scenarios[index];
    const struct tally *tally = &state->tallies[index];
    printf("%s %s: ", tally->failed == 0 ? "PASS" : "FAIL", base_name(scenario->path));
    if (tally->runs == 1) {
        printf("virtual %.3f s, wall %.3f s, %llu events, trace %016llx, seed %llu\n", (double)tally->virtual_ns / 1e9,
               tally->wall, (unsigned long long)tally->events, (unsigned long long)tally->hash,
               (unsigned long long)state->options->seed_first);
        return;
    }
    printf("%llu of %llu seeds, virtual %.3f s, wall %.3f s, %llu events, traces %016llx",
           (unsigned long long)(tally->runs - tally->failed), (unsigned long long)tally->runs,
           (double)tally->virtual_ns / 1e9, tally->wall, (unsigned long long)tally->events,
           (unsigned long long)tally->hash);
    if (tally->failed > 0) {
        printf(", first failing seed %llu", (unsigned long long)tally->first_failed_seed);
    }
    putchar('\n');
}

/* Failing scenarios first: that is what a person looks for. */
static void print_summary(const struct sweep_state *state)
{
    clear_progress(state);
    for (int failing = 1; failing >= 0; failing--) {
        for (size_t i = 0; i < state->scenario_count; i++) {
            if ((state->tallies[i].failed > 0) == (failing == 1)) {
                print_tally(state, i);
            }
        }
    }
    if (state->total > 1) {
        printf("%llu passed, %llu failed\n", (unsigned long long)(state->total - state->failed),
               (unsigned long long)state->failed);
    }
}

/* ---- The sweep --------------------------------------------------------------------------------------------------- */

/* Order of the seeds must not depend on which child ends first: a sum does not. */
static uint64_t mixed(uint64_t hash, uint64_t seed)
{
    uint64_t x = hash ^ (seed * UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return x ^ (x >> 27);
}

static void count(struct sweep_state *state, const struct slot *slot, enum exit_code code)
{
    struct tally *tally = &state->tallies[slot->scenario];
    bool only = last_seed(state, slot->scenario) == state->options->seed_first;
    tally->runs++;
    tally->virtual_ns += slot->result->virtual_ns;
    tally->events += slot->result->events;
    tally->wall += wall_seconds() - slot->started;
    tally->hash = only ? slot->result->trace_hash : tally->hash + mixed(slot->result->trace_hash, slot->seed);
    state->done++;
    if (code == EXIT_ALL_PASSED) {
        return;
    }
    if (tally->failed == 0 || slot->seed < tally->first_failed_seed) {
        tally->first_failed_seed = slot->seed;
    }
    tally->failed++;
    state->failed++;
    if (code > state->worst) {
        state->worst = code;
    }
    print_failure(state, slot);
}

static struct slot *slot_of(struct sweep_state *state, pid_t pid)
{
    for (int i = 0; i < state->options->jobs; i++) {
        if (state->slots[i].pid == pid) {
            return &state->slots[i];
        }
    }
    return NULL;
}

static void reap(struct sweep_state *state)
{
    int status = 0;
    pid_t pid = waitpid(-1, &status, 0);
    struct slot *slot = pid > 0 ? slot_of(state, pid) : NULL;
    if (slot == NULL) {
        ASSERT(pid > 0 || errno == EINTR);
        return;
    }
    slot->pid = 0;
    count(state, slot, outcome(slot->result, status));
    show_progress(state);
}

static void start_next(struct sweep_state *state, struct slot *slot)
{
    slot->scenario = state->next_scenario;
    slot->seed = state->next_seed;
    slot->started = wall_seconds();
    const struct sweep_scenario *scenario = &state->scenarios[slot->scenario];
    slot->result->virtual_ns = 0;
    slot->result->events = 0;
    slot->result->trace_hash = 0;
    slot->pid = start_child(scenario, slot->seed, state->options, state->run, slot->result);
    if (state->next_seed == last_seed(state, state->next_scenario)) {
        state->next_scenario++;
        state->next_seed = state->options->seed_first;
    } else {
        state->next_seed++;
    }
    if (slot->pid < 0) {
        slot->pid = 0;
        snprintf(slot->result->text, sizeof slot->result->text, "internal error: fork: %s\n", strerror(errno));
        count(state, slot, EXIT_INTERNAL);
    }
}

static void run_all(struct sweep_state *state)
{
    while (state->done < state->total) {
        struct slot *idle = slot_of(state, 0);
        if (idle != NULL && state->next_scenario < state->scenario_count) {
            start_next(state, idle);
            continue;
        }
        reap(state);
    }
}

static bool prepare(struct sweep_state *state)
{
    for (int i = 0; i < state->options->jobs; i++) {
        state->slots[i].result = shared_result();
        if (state->slots[i].result == NULL) {
            return false;
        }
    }
    state->tallies = calloc(state->scenario_count, sizeof *state->tallies);
    for (size_t i = 0; i < state->scenario_count; i++) {
        state->total += last_seed(state, i) - state->options->seed_first + 1;
    }
    return state->tallies != NULL;
}

static void release(struct sweep_state *state)
{
    for (int i = 0; i < state->options->jobs; i++) {
        if (state->slots[i].result != NULL) {
            munmap(state->slots[i].result, sizeof(struct result));
        }
    }
    free(state->tallies);
}

enum exit_code sweep(const struct sweep_scenario *scenarios, size_t scenario_count, const struct options *options,
                     sweep_run run)
{
    struct sweep_state state = {.scenarios = scenarios,
                                .scenario_count = scenario_count,
                                .options = options,
                                .run = run,
                                .next_seed = options->seed_first,
                                .started = wall_seconds()};
    if (!prepare(&state)) {
        fputs("ksim: out of memory\n", stderr);
        release(&state);
        return EXIT_INTERNAL;
    }
    state.progress = state.total > 1 && isatty(STDOUT_FILENO);
    run_all(&state);
    print_summary(&state);
    release(&state);
    return state.worst;
}
