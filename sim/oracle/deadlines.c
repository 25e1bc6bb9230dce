/*
 * 10 From TERM (or a stop) to the end of the process it takes shutdown_timeout + forceful_shutdown_wait + one tick at
 *    the most, whatever the brokers do.
 *
 * The tick is supervision_sleep, or a tenth of a second if that is shorter.  A process that is paused is excused.
 */
#include "oracle/family.h"

#include "ports/clock.h"

#include <stdlib.h>
#include <string.h>

#define TICK_NS (100 * NS_PER_MS)
#define NEVER   INT64_MAX

struct deadline {
    int64_t since_ns; /* it was told to stop; NEVER: it was not */
    int64_t at_ns;
};

struct deadlines {
    struct oracle *oracle;
    const struct oracle_view *view;
    struct deadline *servers;
    int64_t next_ns; /* no deadline is before it */
};

static const struct deadline none = {.since_ns = NEVER, .at_ns = NEVER};

static void *create(struct oracle *oracle)
{
    struct deadlines *deadlines = calloc(1, sizeof *deadlines);
    if (deadlines == NULL) {
        return NULL;
    }
    deadlines->oracle = oracle;
    deadlines->view = oracle_view(oracle);
    deadlines->next_ns = NEVER;
    deadlines->servers = oracle_server_rows(oracle, sizeof *deadlines->servers);
    if (deadlines->servers == NULL) {
        free(deadlines);
        return NULL;
    }
    for (size_t i = 0; i < deadlines->view->traits->count; i++) {
        deadlines->servers[i] = none;
    }
    return deadlines;
}

static void destroy(void *memory)
{
    struct deadlines *deadlines = memory;
    free(deadlines->servers);
    free(deadlines);
}

static bool says_stop(const struct carafe_event *event)
{
    static const char *const stops[] = {"TERM", "INT", "QUIT", "HUP"};
    if (event->kind == CARAFE_EVENT_APP_STOPPING) {
        return true;
    }
    for (size_t i = 0; event->kind == CARAFE_EVENT_PROCESS_NOTICE_SIGNAL && i < sizeof stops / sizeof stops[0]; i++) {
        if (event->signal != NULL && strcmp(event->signal, stops[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void begin(struct deadlines *deadlines, size_t index, int64_t now_ns)
{
    const struct server_traits *traits = &deadlines->view->traits->servers[index];
    struct deadline *deadline = &deadlines->servers[index];
    if (deadline->since_ns != NEVER || traits->supervisor || traits->may_be_paused) {
        return;
    }
    int64_t tick_ns = traits->tick_ns > TICK_NS ? traits->tick_ns : TICK_NS;
    deadline->since_ns = now_ns;
    deadline->at_ns = now_ns + traits->shutdown_ns + traits->forceful_ns + tick_ns;
    deadlines->next_ns = deadline->at_ns < deadlines->next_ns ? deadline->at_ns : deadlines->next_ns;
}

static void find_next(struct deadlines *deadlines)
{
    deadlines->next_ns = NEVER;
    for (size_t i = 0; i < deadlines->view->traits->count; i++) {
        int64_t at_ns = deadlines->servers[i].at_ns;
        deadlines->next_ns = at_ns < deadlines->next_ns ? at_ns : deadlines->next_ns;
    }
}

/* Servers whose deadline passed while they live. */
static void expire(struct deadlines *deadlines, int64_t now_ns)
{
    for (size_t i = 0; i < deadlines->view->traits->count; i++) {
        struct deadline *deadline = &deadlines->servers[i];
        if (deadline->at_ns < now_ns) {
            oracle_broken(deadlines->oracle, 10,
                          "expected %s to end within %lld ms of being told to stop, got it alive",
                          deadlines->view->traits->servers[i].name,
                          (long long)((deadline->at_ns - deadline->since_ns) / NS_PER_MS));
            deadline->at_ns = NEVER;
        }
    }
    find_next(deadlines);
}

static void observe(void *memory, const struct observation *observation)
{
    struct deadlines *deadlines = memory;
    if (observation->at_ns > deadlines->next_ns) {
        expire(deadlines, observation->at_ns);
    }
    if (observation->kind != OBSERVATION_EVENT && observation->kind != OBSERVATION_EXIT) {
        return;
    }
    size_t index = oracle_server(deadlines->oracle, observation);
    if (index == PROGRAM_NONE) {
        return;
    }
    if (observation->kind == OBSERVATION_EXIT) {
        deadlines->servers[index] = none;
        find_next(deadlines);
    } else if (says_stop(observation->event)) {
        begin(deadlines, index, observation->at_ns);
    }
}

/* Nothing may have been heard of a process since. */
static void finish(void *memory)
{
    struct deadlines *deadlines = memory;
    expire(deadlines, oracle_now(deadlines->oracle));
}

const struct family family_deadlines = {.create = create, .destroy = destroy, .observe = observe, .finish = finish};
