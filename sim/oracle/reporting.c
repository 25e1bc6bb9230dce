/*
 * 5 Exactly one forced report per entered quieting, quiet, stopping and stopped, and one on app.stopping.error; none
 *   before running; periodic ones at least the interval apart.
 *
 * An attempt counts, whether its report arrives or not; one that failed says so by reporter.report.error.  The reporter
 * makes a report some time after the oracle heard of its reason: counts are compared when the process has ended.  That
 * there is a report of stopped is 8's, since all that keeps it from being made is the order of the end.
 */
#include "oracle/family.h"

#include "ports/clock.h"

#include <stdlib.h>
#include <string.h>

/* A report is told of this long after it was made, at the most: in a storm of errors it takes its time. */
#define TELLING_NS       (20 * NS_PER_MS)
#define LAST_REPORT_WAIT (2 * NS_PER_S) /* a forceful stop that waits longer always has time for the attempt */

struct reporting_progress {
    bool ran;
    int64_t early_ns;    /* when a report came before app.running; 0: none did */
    int64_t reported_ns; /* the last one; -1: none */
    int due[CARAFE_TERMINATED + 1];
    int tried[CARAFE_TERMINATED + 1]; /* forced ones, by the status they tell */
    int failed;
    int last_ones; /* forced by app.stopping.error */
};

struct reporting {
    struct oracle *oracle;
    const struct oracle_view *view;
    struct reporting_progress *servers;
};

static const struct reporting_progress newborn = {.reported_ns = -1};

static void *create(struct oracle *oracle)
{
    struct reporting *reporting = calloc(1, sizeof *reporting);
    if (reporting == NULL) {
        return NULL;
    }
    reporting->oracle = oracle;
    reporting->view = oracle_view(oracle);
    reporting->servers = oracle_server_rows(oracle, sizeof *reporting->servers);
    if (reporting->servers == NULL) {
        free(reporting);
        return NULL;
    }
    for (size_t i = 0; i < reporting->view->traits->count; i++) {
        reporting->servers[i] = newborn;
    }
    return reporting;
}

static void destroy(void *memory)
{
    struct reporting *reporting = memory;
    free(reporting->servers);
    free(reporting);
}

static void on_status(struct reporting *reporting, struct reporting_progress *server,
                      const struct observation *observation)
{
    static const enum carafe_status forcing[CARAFE_EVENT_APP_TERMINATED + 1] = {
        [CARAFE_EVENT_APP_QUIETING] = CARAFE_QUIETING,
        [CARAFE_EVENT_APP_QUIET] = CARAFE_QUIET,
        [CARAFE_EVENT_APP_STOPPING] = CARAFE_STOPPING,
        [CARAFE_EVENT_APP_STOPPED] = CARAFE_STOPPED};
    enum carafe_event_kind kind = observation->event->kind;
    if (kind == CARAFE_EVENT_APP_RUNNING) {
        server->ran = true;
        if (server->early_ns != 0 && observation->at_ns - server->early_ns > TELLING_NS) {
            oracle_broken(reporting->oracle, 5, "expected no report of %s before it runs, got one",
                          observation->process);
        }
        server->early_ns = 0;
    } else if (server->ran && forcing[kind] != CARAFE_INITIALIZING) {
        server->due[forcing[kind]]++;
    }
}

static void on_reported(struct reporting *reporting, size_t index, const struct observation *observation)
{
    struct reporting_progress *server = &reporting->servers[index];
    const struct server_traits *traits = &reporting->view->traits->servers[index];
    const struct carafe_event *event = observation->event;
    if (!server->ran && server->early_ns == 0) {
        server->early_ns = observation->at_ns;
    }
    if (event->status < CARAFE_RUNNING) {
        oracle_broken(reporting->oracle, 5, "expected no report of %s before it runs, got one of %s",
                      observation->process, carafe_status_name(event->status));
    }
    if (event->forced) {
        server->tried[event->status]++;
    } else if (server->reported_ns >= 0 && !traits->may_be_paused &&
               observation->at_ns < server->reported_ns + traits->interval_ns - TELLING_NS) {
        oracle_broken(reporting->oracle, 5,
                      "expected the periodic reports of %s at least %lld ms after the one before, got one after %lld "
                      "ms",
                      observation->process, (long long)(traits->interval_ns / NS_PER_MS),
                      (long long)((observation->at_ns - server->reported_ns) / NS_PER_MS));
    }
    server->reported_ns = observation->at_ns;
}

static void on_event(struct reporting *reporting, size_t index, const struct observation *observation)
{
    struct reporting_progress *server = &reporting->servers[index];
    const struct carafe_event *event = observation->event;
    if (event->kind <= CARAFE_EVENT_APP_TERMINATED) {
        on_status(reporting, server, observation);
    } else if (event->kind == CARAFE_EVENT_REPORTER_REPORTED) {
        on_reported(reporting, index, observation);
    } else if (event->kind == CARAFE_EVENT_ERROR_OCCURRED) {
        server->failed += strcmp(event->failure->type, "reporter.report.error") == 0;
        server->last_ones += server->ran && strcmp(event->failure->type, "app.stopping.error") == 0;
    }
}

/* How many of the reports of `status` are missing; more than were due break the invariant. */
static int count_missing(struct reporting *reporting, const struct observation *observation,
                         const struct reporting_progress *server, enum carafe_status status)
{
    int due = server->due[status] + (status == CARAFE_STOPPING ? server->last_ones : 0);
    if (server->tried[status] > due) {
        oracle_broken(reporting->oracle, 5, "expected %d forced reports of %s as %s, got %d", due, observation->process,
                      carafe_status_name(status), server->tried[status]);
    }
    return due > server->tried[status] ? due - server->tried[status] : 0;
}

static void on_exit_seen(struct reporting *reporting, size_t index, const struct observation *observation)
{
    const struct reporting_progress *server = &reporting->servers[index];
    const struct server_traits *traits = &reporting->view->traits->servers[index];
    int64_t code = 0;
    if (!oracle_exit_code(observation, &code)) {
        return; /* what a crash leaves out is nobody's fault */
    }
    if (server->early_ns != 0) {
        oracle_broken(reporting->oracle, 5, "expected no report of %s, which never ran, got one", observation->process);
    }
    int missing = 0;
    for (enum carafe_status status = CARAFE_QUIETING; status <= CARAFE_STOPPED; status++) {
        int count = count_missing(reporting, observation, server, status);
        missing += status == CARAFE_STOPPED ? 0 : count;
    }
    bool hurried = server->last_ones > 0 && traits->forceful_ns < LAST_REPORT_WAIT;
    bool excused = !traits->reporting || traits->producer_fails || traits->may_be_paused || traits->supervisor;
    if (!excused && missing > server->failed + (hurried ? 1 : 0)) {
        oracle_broken(reporting->oracle, 5,
                      "expected a forced report of %s for every status it entered (quieting %d, quiet %d, stopping %d, "
                      "stopped %d), got %d, %d, %d, %d",
                      observation->process, server->due[CARAFE_QUIETING], server->due[CARAFE_QUIET],
                      server->due[CARAFE_STOPPING] + server->last_ones, server->due[CARAFE_STOPPED],
                      server->tried[CARAFE_QUIETING], server->tried[CARAFE_QUIET], server->tried[CARAFE_STOPPING],
                      server->tried[CARAFE_STOPPED]);
    }
}

static void observe(void *memory, const struct observation *observation)
{
    struct reporting *reporting = memory;
    if (observation->kind != OBSERVATION_EVENT && observation->kind != OBSERVATION_EXIT) {
        return;
    }
    size_t index = oracle_server(reporting->oracle, observation);
    if (index == PROGRAM_NONE) {
        return;
    }
    if (observation->kind == OBSERVATION_EVENT) {
        on_event(reporting, index, observation);
    } else {
        on_exit_seen(reporting, index, observation);
        reporting->servers[index] = newborn;
    }
}

const struct family family_reporting = {.create = create, .destroy = destroy, .observe = observe};
