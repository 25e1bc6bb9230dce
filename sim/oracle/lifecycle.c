/*
 * 4 Status only forward, no repeats.
 * 8 Graceful: the stopped report, then the producer's close, then terminated; nothing produced after, and what was
 *   produced before is delivered.
 * 9 Exit 0 only if graceful, forceful_exit_code only if forceful; app.stopping.error exactly once if and only if
 *   forceful.
 */
#include "oracle/family.h"

#include "kafka/wire.h"
#include "ports/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TELLING_NS (20 * NS_PER_MS) /* from the start of the stop until it is told of, at the most */

/* What one server has done since its start. */
struct progress {
    int status;          /* of the last app.* event, as its kind; -1: none */
    int forced;          /* app.stopping.error seen */
    bool ran;            /* app.running seen */
    bool reported;       /* a report of stopped was tried */
    bool failed;         /* to report stopped */
    bool closed;         /* the producer is */
    bool closed_early;   /* before app.stopped */
    int64_t stopping_ns; /* when the way down began; 0: it has not */
    int64_t closed_ns;
};

struct lifecycle {
    struct oracle *oracle;
    const struct oracle_view *view;
    struct progress *servers;
};

static const struct progress newborn = {.status = -1};

static void *create(struct oracle *oracle)
{
    struct lifecycle *lifecycle = calloc(1, sizeof *lifecycle);
    if (lifecycle == NULL) {
        return NULL;
    }
    lifecycle->oracle = oracle;
    lifecycle->view = oracle_view(oracle);
    lifecycle->servers = oracle_server_rows(oracle, sizeof *lifecycle->servers);
    if (lifecycle->servers == NULL) {
        free(lifecycle);
        return NULL;
    }
    for (size_t i = 0; i < lifecycle->view->traits->count; i++) {
        lifecycle->servers[i] = newborn;
    }
    return lifecycle;
}

static void destroy(void *memory)
{
    struct lifecycle *lifecycle = memory;
    free(lifecycle->servers);
    free(lifecycle);
}

/* ---- 4, 8 -------------------------------------------------------------------------------------------------------- */

static void judge_terminated(struct lifecycle *lifecycle, size_t index, const struct progress *server)
{
    const struct server_traits *traits = &lifecycle->view->traits->servers[index];
    const char *name = lifecycle->view->traits->servers[index].name;
    if (traits->supervisor) {
        return;
    }
    bool reports = traits->reporting && !traits->producer_fails && server->ran && !server->failed;
    if (reports && !server->reported) {
        oracle_broken(lifecycle->oracle, 8, "expected a stopped report of %s before %s, got none", name,
                      server->closed_early ? "its producer was closed" : "app.terminated");
    }
    if (server->ran && !server->closed) {
        oracle_broken(lifecycle->oracle, 8, "expected %s to close its producer before app.terminated, got it open",
                      name);
    }
}

static void on_status(struct lifecycle *lifecycle, size_t index, const struct observation *observation)
{
    struct progress *server = &lifecycle->servers[index];
    int kind = (int)observation->event->kind;
    if (kind <= server->status) {
        oracle_broken(lifecycle->oracle, 4, "expected %s to go forward from %s, got %s", observation->process,
                      carafe_event_name((enum carafe_event_kind)server->status), observation->name);
    }
    server->status = kind;
    server->ran = server->ran || kind == CARAFE_EVENT_APP_RUNNING;
    if (kind >= CARAFE_EVENT_APP_STOPPING && server->stopping_ns == 0) {
        server->stopping_ns = observation->at_ns;
    }
    if (kind == CARAFE_EVENT_APP_TERMINATED) {
        judge_terminated(lifecycle, index, server);
    }
}

static void on_reported(struct lifecycle *lifecycle, struct progress *server, const struct observation *observation)
{
    server->reported = server->reported || observation->event->status == CARAFE_STOPPED;
    if (server->closed || server->status == CARAFE_EVENT_APP_TERMINATED) {
        oracle_broken(lifecycle->oracle, 8, "expected nothing produced by %s after %s, got a report of %s",
                      observation->process,
                      server->status == CARAFE_EVENT_APP_TERMINATED ? "app.terminated" : "its producer's close",
                      carafe_status_name(observation->event->status));
    }
}

static void judge_forced(struct lifecycle *lifecycle, size_t index, const struct observation *observation)
{
    struct progress *server = &lifecycle->servers[index];
    int64_t grace_ns = lifecycle->view->traits->servers[index].shutdown_ns;
    if (++server->forced > 1) {
        oracle_broken(lifecycle->oracle, 9, "expected one app.stopping.error of %s, got %d", observation->process,
                      server->forced);
    } else if (server->stopping_ns != 0 && observation->at_ns + TELLING_NS < server->stopping_ns + grace_ns) {
        oracle_broken(lifecycle->oracle, 9, "expected %s to be given %lld ms before it is forced, got %lld",
                      observation->process, (long long)(grace_ns / NS_PER_MS),
                      (long long)((observation->at_ns - server->stopping_ns) / NS_PER_MS));
    }
}

static void on_error(struct lifecycle *lifecycle, size_t index, const struct observation *observation)
{
    struct progress *server = &lifecycle->servers[index];
    const char *type = observation->event->failure->type;
    if (strcmp(type, "reporter.report.error") == 0) {
        server->failed = server->failed || server->status >= CARAFE_EVENT_APP_STOPPED;
    } else if (strcmp(type, "app.stopping.error") == 0) {
        judge_forced(lifecycle, index, observation);
    }
}

/* A user's handler may have a producer of its own. */
static bool has_own_producers(const struct lifecycle *lifecycle, size_t index)
{
    const struct topic_traits *topics = lifecycle->view->traits->servers[index].topics;
    for (size_t i = 0; i < lifecycle->view->program->topic_count; i++) {
        if (topics[i].by_library) {
            return true;
        }
    }
    return false;
}

/* Closed with all the time it wanted: in calm weather, and not because its deadline came. */
static bool closed_in_peace(const struct lifecycle *lifecycle, size_t index)
{
    const struct progress *server = &lifecycle->servers[index];
    const struct server_traits *traits = &lifecycle->view->traits->servers[index];
    bool in_time = server->closed_ns < server->stopping_ns + traits->shutdown_ns + traits->forceful_ns;
    return server->closed && in_time && server->forced == 0 && !traits->may_be_paused &&
           weather_calm_since(lifecycle->view->weather) == 0;
}

/* A record that a broker reads when its producer is closed: a close returns when all is delivered. */
static void on_produced(struct lifecycle *lifecycle, size_t index, const struct observation *observation)
{
    const struct wire_record *record = observation->record;
    if (record != NULL && closed_in_peace(lifecycle, index) && !has_own_producers(lifecycle, index)) {
        oracle_broken(lifecycle->oracle, 8,
                      "expected nothing produced by %s after its producer's close, got a record to %s",
                      observation->process, record->topic);
    }
}

static void on_closed(struct lifecycle *lifecycle, size_t index, const struct observation *observation)
{
    struct progress *server = &lifecycle->servers[index];
    const struct observed *purged = observation_field(observation, "purged");
    server->closed = true;
    server->closed_ns = observation->at_ns;
    server->closed_early = server->status < CARAFE_EVENT_APP_STOPPED;
    if (purged != NULL && server->stopping_ns != 0 && closed_in_peace(lifecycle, index)) {
        oracle_broken(lifecycle->oracle, 8, "expected %s to deliver all before its producer's close, got %lld given up",
                      observation->process, (long long)purged->integer);
    }
}

/* ---- 9 ----------------------------------------------------------------------------------------------------------- */

static void on_exit_seen(struct lifecycle *lifecycle, size_t index, const struct observation *observation)
{
    enum { FAILED = 1, ORPHANED = 3, CONFIGURATION = 64 };
    const struct progress *server = &lifecycle->servers[index];
    int forceful = lifecycle->view->traits->servers[index].forceful_code;
    bool supervisor = lifecycle->view->traits->servers[index].supervisor;
    int64_t code = 0;
    if (!oracle_exit_code(observation, &code)) {
        return;
    }
    if (code == 0 && server->forced > 0) {
        oracle_broken(lifecycle->oracle, 9, "expected %s to exit 0 only after a graceful stop, got a forceful one",
                      observation->process);
    } else if (server->forced > 0 && code != forceful) {
        oracle_broken(lifecycle->oracle, 9, "expected %s to exit %d after a forceful stop, got %" PRId64,
                      observation->process, forceful, code);
    }
    bool has_other_meaning = forceful == 0 || forceful == FAILED || forceful == ORPHANED || forceful == CONFIGURATION;
    if (code == forceful && !has_other_meaning && server->forced == 0 && !supervisor) {
        oracle_broken(lifecycle->oracle, 9, "expected %s to exit %d only by force, got no app.stopping.error",
                      observation->process, forceful);
    }
    if (code == 0 && server->status >= 0 && server->status != CARAFE_EVENT_APP_TERMINATED) {
        oracle_broken(lifecycle->oracle, 9, "expected %s to be terminated when it exits 0, got %s as its last status",
                      observation->process, carafe_event_name((enum carafe_event_kind)server->status));
    }
}

static void on_event(struct lifecycle *lifecycle, size_t index, const struct observation *observation)
{
    struct progress *server = &lifecycle->servers[index];
    enum carafe_event_kind kind = observation->event->kind;
    if (kind <= CARAFE_EVENT_APP_TERMINATED) {
        on_status(lifecycle, index, observation);
    } else if (kind == CARAFE_EVENT_REPORTER_REPORTED) {
        on_reported(lifecycle, server, observation);
    } else if (kind == CARAFE_EVENT_ERROR_OCCURRED) {
        on_error(lifecycle, index, observation);
    }
}

static void observe(void *memory, const struct observation *observation)
{
    struct lifecycle *lifecycle = memory;
    size_t index = oracle_server(lifecycle->oracle, observation);
    if (index == PROGRAM_NONE) {
        return;
    }
    switch (observation->kind) {
    case OBSERVATION_EVENT:
        on_event(lifecycle, index, observation);
        break;
    case OBSERVATION_PRODUCER:
        on_closed(lifecycle, index, observation);
        break;
    case OBSERVATION_REPORT:
    case OBSERVATION_ERROR:
    case OBSERVATION_RECORD:
        on_produced(lifecycle, index, observation);
        break;
    case OBSERVATION_EXIT:
        on_exit_seen(lifecycle, index, observation);
        lifecycle->servers[index] = newborn; /* a restart begins anew */
        break;
    default:
        break;
    }
}

const struct family family_lifecycle = {.create = create, .destroy = destroy, .observe = observe};
