/*
 * 7 An error is reported once: no more documents of a type than errors occurred, unless brokers may have made the
 *   producer send one again; and none is lost when a report is skipped, up to the end of the last listener, as long as
 *   the stopped report itself arrived in calm weather.  What a crash takes along, what was dropped for want of room
 *   and what the contract set aside is excused.
 */
#include "oracle/family.h"

#include "ports/clock.h"

#include <stdlib.h>
#include <string.h>

#define TYPES_MAX        32              /* the server has fewer; types past it are not counted */
#define CALM_FOR         (60 * NS_PER_S) /* a producer has sent again what got lost in a storm */
#define LAST_REPORT_WAIT (2 * NS_PER_S)

struct type_count {
    char name[64];
    int64_t occurred; /* in all lives */
    int64_t arrived;
    int64_t due; /* in this life: what had occurred when the last listener stopped */
    int64_t occurred_here;
    int64_t arrived_here;
};

struct error_counts {
    struct type_count types[TYPES_MAX];
    size_t count;
    bool excused;         /* some are lost, rightly */
    bool stopped_arrived; /* the last report */
};

struct errors {
    struct oracle *oracle;
    const struct oracle_view *view;
    struct error_counts *servers;
};

static void *create(struct oracle *oracle)
{
    struct errors *errors = calloc(1, sizeof *errors);
    if (errors == NULL) {
        return NULL;
    }
    errors->oracle = oracle;
    errors->view = oracle_view(oracle);
    errors->servers = oracle_server_rows(oracle, sizeof *errors->servers);
    if (errors->servers == NULL) {
        free(errors);
        return NULL;
    }
    return errors;
}

static void destroy(void *memory)
{
    struct errors *errors = memory;
    free(errors->servers);
    free(errors);
}

/* NULL: too many. */
static struct type_count *type_of(struct error_counts *server, const char *name)
{
    for (size_t i = 0; i < server->count; i++) {
        if (strcmp(server->types[i].name, name) == 0) {
            return &server->types[i];
        }
    }
    if (server->count == TYPES_MAX || strlen(name) >= sizeof server->types[0].name) {
        return NULL;
    }
    struct type_count *type = &server->types[server->count++];
    memcpy(type->name, name, strlen(name) + 1);
    return type;
}

static void on_failure(struct error_counts *server, const struct carafe_failure *failure)
{
    struct type_count *type = type_of(server, failure->type);
    if (type != NULL) {
        type->occurred++;
        type->occurred_here++;
    }
    /* A document that violates its contract, or could not be made, is told of and left out. */
    if (strcmp(failure->type, "reporter.report.error") == 0) {
        server->excused = true;
    }
}

/* What has occurred by now has to be told by the last report. */
static void take_stock(struct error_counts *server)
{
    for (size_t i = 0; i < server->count; i++) {
        server->types[i].due = server->types[i].occurred_here;
    }
}

static void on_event(struct error_counts *server, const struct carafe_event *event)
{
    switch (event->kind) {
    case CARAFE_EVENT_ERROR_OCCURRED:
        on_failure(server, event->failure);
        break;
    case CARAFE_EVENT_REPORTER_DROPPED:
        server->excused = true;
        break;
    case CARAFE_EVENT_LISTENER_STOPPED:
        take_stock(server);
        break;
    default:
        break;
    }
}

static void on_document(struct error_counts *server, const struct observation *observation)
{
    const struct observed *name = observation_field(observation, "type");
    struct type_count *type = name != NULL ? type_of(server, name->text) : NULL;
    if (type != NULL) {
        type->arrived++;
        type->arrived_here++;
    }
}

static void on_report(struct error_counts *server, const struct observation *observation)
{
    const struct observed *status = observation_field(observation, "status");
    if (status != NULL && strcmp(status->text, "stopped") == 0) {
        server->stopped_arrived = true;
    }
}

/* ---- At the end of a process ------------------------------------------------------------------------------------- */

/* The oracle hears of an error after the reporter: this can only be asked when all were told. */
static void judge_excess(struct errors *errors, size_t index)
{
    struct error_counts *server = &errors->servers[index];
    for (size_t i = 0; i < server->count && !errors->view->traits->answers_get_lost; i++) {
        const struct type_count *type = &server->types[i];
        if (type->arrived > type->occurred) {
            oracle_broken(errors->oracle, 7, "expected %lld documents of %s for %s at the most, got %lld",
                          (long long)type->occurred, errors->view->traits->servers[index].name, type->name,
                          (long long)type->arrived);
        }
    }
}

static void judge_lost(struct errors *errors, size_t index)
{
    const struct error_counts *server = &errors->servers[index];
    for (size_t i = 0; i < server->count; i++) {
        const struct type_count *type = &server->types[i];
        if (type->arrived_here < type->due) {
            oracle_broken(errors->oracle, 7, "expected %lld documents of %s for %s, got %lld", (long long)type->due,
                          errors->view->traits->servers[index].name, type->name, (long long)type->arrived_here);
        }
    }
}

/* The forceful error itself, which the last report before the end of the process carries. */
static void judge_last(struct errors *errors, size_t index)
{
    const struct type_count *type = type_of(&errors->servers[index], "app.stopping.error");
    if (type != NULL && type->occurred_here > 0 && type->arrived_here == 0) {
        oracle_broken(errors->oracle, 7, "expected a document of %s for app.stopping.error, got none",
                      errors->view->traits->servers[index].name);
    }
}

static void begin_anew(struct error_counts *server)
{
    for (size_t i = 0; i < server->count; i++) {
        struct type_count *type = &server->types[i];
        type->occurred = type->occurred > type->arrived ? type->occurred : type->arrived; /* a crash hides some */
        type->due = 0;
        type->occurred_here = 0;
        type->arrived_here = 0;
    }
    server->excused = false;
    server->stopped_arrived = false;
}

static void on_exit_seen(struct errors *errors, size_t index, const struct observation *observation)
{
    struct error_counts *server = &errors->servers[index];
    const struct server_traits *traits = &errors->view->traits->servers[index];
    int64_t calm_ns = weather_calm_since(errors->view->weather);
    int64_t code = 0;
    bool calm = calm_ns == 0 || (calm_ns < observation->at_ns && observation->at_ns - calm_ns >= CALM_FOR);
    bool judged = oracle_exit_code(observation, &code) && calm && !server->excused && traits->reporting &&
                  !traits->producer_fails && !traits->corrupted && !traits->may_be_paused && !traits->supervisor;
    if (oracle_exit_code(observation, &code)) {
        judge_excess(errors, index);
    }
    if (judged && server->stopped_arrived) {
        judge_lost(errors, index);
    }
    if (judged && traits->forceful_ns >= LAST_REPORT_WAIT) {
        judge_last(errors, index);
    }
    begin_anew(server);
}

static void observe(void *memory, const struct observation *observation)
{
    struct errors *errors = memory;
    enum observation_kind kind = observation->kind;
    if (kind != OBSERVATION_EVENT && kind != OBSERVATION_REPORT && kind != OBSERVATION_ERROR &&
        kind != OBSERVATION_EXIT) {
        return;
    }
    size_t index = oracle_server(errors->oracle, observation);
    if (index == PROGRAM_NONE) {
        return;
    }
    struct error_counts *server = &errors->servers[index];
    if (kind == OBSERVATION_EVENT) {
        on_event(server, observation->event);
    } else if (kind == OBSERVATION_ERROR) {
        on_document(server, observation);
    } else if (kind == OBSERVATION_REPORT) {
        on_report(server, observation);
    } else {
        on_exit_seen(errors, index, observation);
    }
}

const struct family family_errors = {.create = create, .destroy = destroy, .observe = observe};
