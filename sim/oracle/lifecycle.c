/*
 * 4 Status only forward, no repeats.
 * 8 Graceful: the stopped report, then the producer's close, then terminated; nothing produced after.
 * 9 Exit 0 only if graceful, 2 only if forceful; app.stopping.error exactly once if and only if forceful.
 */
#include "oracle/family.h"

#include <stdlib.h>
#include <string.h>

/* What one server has done since its start. */
struct progress {
    int status; /* of the last app.* event, as its kind; -1: none */
    int forced; /* app.stopping.error seen */
    bool reported_stopped;
    bool reported_any;
};

struct lifecycle {
    struct oracle *oracle;
    struct progress *servers;
};

static void *create(struct oracle *oracle)
{
    struct lifecycle *lifecycle = calloc(1, sizeof *lifecycle);
    if (lifecycle == NULL) {
        return NULL;
    }
    size_t count = oracle_run(oracle)->program->server_count;
    lifecycle->oracle = oracle;
    lifecycle->servers = calloc(count + 1, sizeof *lifecycle->servers);
    if (lifecycle->servers == NULL) {
        free(lifecycle);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        lifecycle->servers[i].status = -1;
    }
    return lifecycle;
}

static void destroy(void *memory)
{
    struct lifecycle *lifecycle = memory;
    free(lifecycle->servers);
    free(lifecycle);
}

static void observe_status(struct lifecycle *lifecycle, struct progress *server, const struct observation *observation)
{
    int kind = (int)observation->event->kind;
    if (kind <= server->status) {
        oracle_broken(lifecycle->oracle, 4, "expected %s to go forward from %s, got %s", observation->process,
                      carafe_event_name((enum carafe_event_kind)server->status), observation->name);
    }
    server->status = kind;
    bool graceful = server->forced == 0;
    if (kind == CARAFE_EVENT_APP_TERMINATED && graceful && server->reported_any && !server->reported_stopped) {
        oracle_broken(lifecycle->oracle, 8, "expected a stopped report of %s before app.terminated, got none",
                      observation->process);
    }
}

static void observe_event(struct lifecycle *lifecycle, struct progress *server, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    if (event->kind <= CARAFE_EVENT_APP_TERMINATED) {
        observe_status(lifecycle, server, observation);
    } else if (event->kind == CARAFE_EVENT_REPORTER_REPORTED) {
        server->reported_any = true;
        server->reported_stopped = server->reported_stopped || event->status == CARAFE_STOPPED;
        if (server->status == CARAFE_EVENT_APP_TERMINATED) {
            oracle_broken(lifecycle->oracle, 8, "expected nothing produced by %s after app.terminated, got a report",
                          observation->process);
        }
    } else if (event->kind == CARAFE_EVENT_ERROR_OCCURRED && strcmp(event->failure->type, "app.stopping.error") == 0 &&
               ++server->forced > 1) {
        oracle_broken(lifecycle->oracle, 9, "expected one app.stopping.error of %s, got %d", observation->process,
                      server->forced);
    }
}

static int forceful_code(const struct lifecycle *lifecycle, size_t server)
{
    const struct program_value *code = program_setting(
        &oracle_run(lifecycle->oracle)->program->servers[server].settings, PROGRAM_SERVER_FORCEFUL_EXIT_CODE);
    return code != NULL ? (int)code->low : 2;
}

static void observe_exit(struct lifecycle *lifecycle, size_t index, struct progress *server,
                         const struct observation *observation)
{
    const struct observed *code = observation_field(observation, "code");
    if (code != NULL && code->integer == 0 && server->forced > 0) {
        oracle_broken(lifecycle->oracle, 9, "expected %s to exit 0 only after a graceful stop, got a forceful one",
                      observation->process);
    }
    if (code != NULL && code->integer == forceful_code(lifecycle, index) && code->integer != 0 && server->forced == 0) {
        oracle_broken(lifecycle->oracle, 9, "expected %s to exit %lld only by force, got no app.stopping.error",
                      observation->process, (long long)code->integer);
    }
    *server = (struct progress){.status = -1}; /* a restart begins anew */
}

static void observe(void *memory, const struct observation *observation)
{
    struct lifecycle *lifecycle = memory;
    size_t index = oracle_server(lifecycle->oracle, observation);
    if (index == PROGRAM_NONE) {
        return;
    }
    struct progress *server = &lifecycle->servers[index];
    if (observation->kind == OBSERVATION_EVENT) {
        observe_event(lifecycle, server, observation);
    } else if (observation->kind == OBSERVATION_EXIT) {
        observe_exit(lifecycle, index, server, observation);
    }
}

const struct family family_lifecycle = {.create = create, .destroy = destroy, .observe = observe};
