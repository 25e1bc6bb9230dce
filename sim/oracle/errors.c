/*
 * 7 An error is reported once: no more documents of a type and class than errors occurred, unless brokers may have made
 *   the producer send one again; and none is lost when a report is skipped, up to the end of the last listener, as long
 *   as the stopped report itself arrived in calm weather.  What a crash takes along, what was dropped for want of room
 *   and what the contract set aside is excused, and what the last report could not send.
 */
#include "oracle/family.h"

#include "ports/clock.h"
#include "tracking/utf8.h"

#include <stdlib.h>
#include <string.h>

#define KINDS_MAX        64              /* types and classes; what comes past it is not counted */
#define CALM_FOR         (60 * NS_PER_S) /* a producer has sent again what got lost in a storm */
#define LAST_REPORT_WAIT (2 * NS_PER_S)

struct kind_count {
    char type[64];
    char error_class[128];
    int64_t occurred; /* in all lives */
    int64_t arrived;
    int64_t due; /* in this life: what had occurred when the last listener stopped */
    int64_t occurred_here;
    int64_t arrived_here;
};

struct error_counts {
    struct kind_count kinds[KINDS_MAX];
    size_t count;
    bool excused;         /* some are lost, rightly */
    bool last_failed;     /* to report something on the way down */
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
static struct kind_count *kind_of(struct error_counts *server, const char *type, const char *error_class)
{
    for (size_t i = 0; i < server->count; i++) {
        struct kind_count *kind = &server->kinds[i];
        if (strcmp(kind->type, type) == 0 && strcmp(kind->error_class, error_class) == 0) {
            return kind;
        }
    }
    if (server->count == KINDS_MAX || strlen(type) >= sizeof server->kinds[0].type ||
        strlen(error_class) >= sizeof server->kinds[0].error_class) {
        return NULL;
    }
    struct kind_count *kind = &server->kinds[server->count++];
    memcpy(kind->type, type, strlen(type) + 1);
    memcpy(kind->error_class, error_class, strlen(error_class) + 1);
    return kind;
}

/* A document that violates its contract is told of and left out; one that the last report cannot send stays behind. */
static bool is_excuse(const struct carafe_event *event)
{
    return strcmp(event->failure->type, "reporter.report.error") == 0 &&
           (strcmp(event->failure->error_class, "ErrorContractError") == 0 || event->status >= CARAFE_STOPPED);
}

static void on_failure(struct error_counts *server, const struct carafe_event *event)
{
    const struct carafe_failure *failure = event->failure;
    char error_class[sizeof server->kinds[0].error_class]; /* as a document shows it */
    utf8_clean(failure->error_class, error_class, sizeof error_class);
    struct kind_count *kind = kind_of(server, failure->type, error_class);
    if (kind != NULL) {
        kind->occurred++;
        kind->occurred_here++;
    }
    server->excused = server->excused || is_excuse(event);
    server->last_failed = server->last_failed ||
                          (strcmp(failure->type, "reporter.report.error") == 0 && event->status >= CARAFE_STOPPING);
}

/* What has occurred by now has to be told by the last report. */
static void take_stock(struct error_counts *server)
{
    for (size_t i = 0; i < server->count; i++) {
        server->kinds[i].due = server->kinds[i].occurred_here;
    }
}

static void on_event(struct error_counts *server, const struct carafe_event *event)
{
    switch (event->kind) {
    case CARAFE_EVENT_ERROR_OCCURRED:
        on_failure(server, event);
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
    const struct observed *type = observation_field(observation, "type");
    const struct observed *error_class = observation_field(observation, "class");
    struct kind_count *kind =
        type != NULL && error_class != NULL ? kind_of(server, type->text, error_class->text) : NULL;
    if (kind != NULL) {
        kind->arrived++;
        kind->arrived_here++;
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
        const struct kind_count *kind = &server->kinds[i];
        if (kind->arrived > kind->occurred) {
            oracle_broken(errors->oracle, 7, "expected %lld documents of %s for %s (%s) at the most, got %lld",
                          (long long)kind->occurred, errors->view->traits->servers[index].name, kind->type,
                          kind->error_class, (long long)kind->arrived);
        }
    }
}

static void judge_lost(struct errors *errors, size_t index)
{
    const struct error_counts *server = &errors->servers[index];
    for (size_t i = 0; i < server->count; i++) {
        const struct kind_count *kind = &server->kinds[i];
        if (kind->arrived_here < kind->due) {
            oracle_broken(errors->oracle, 7, "expected %lld documents of %s for %s (%s), got %lld",
                          (long long)kind->due, errors->view->traits->servers[index].name, kind->type,
                          kind->error_class, (long long)kind->arrived_here);
        }
    }
}

/* The forceful error itself, which the last report before the end of the process carries. */
static void judge_last(struct errors *errors, size_t index)
{
    const struct error_counts *server = &errors->servers[index];
    for (size_t i = 0; i < server->count; i++) {
        const struct kind_count *kind = &server->kinds[i];
        if (strcmp(kind->type, "app.stopping.error") == 0 && kind->occurred_here > 0 && kind->arrived_here == 0) {
            oracle_broken(errors->oracle, 7, "expected a document of %s for app.stopping.error, got none",
                          errors->view->traits->servers[index].name);
        }
    }
}

static void begin_anew(struct error_counts *server)
{
    for (size_t i = 0; i < server->count; i++) {
        struct kind_count *kind = &server->kinds[i];
        kind->occurred = kind->occurred > kind->arrived ? kind->occurred : kind->arrived; /* a crash hides some */
        kind->due = 0;
        kind->occurred_here = 0;
        kind->arrived_here = 0;
    }
    server->excused = false;
    server->last_failed = false;
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
                  !traits->deliveries_fail && !traits->corrupted && !traits->may_be_paused && !traits->supervisor;
    if (oracle_exit_code(observation, &code)) {
        judge_excess(errors, index);
    }
    /* The first document needs a connection to the leader of its topic. */
    if (judged && server->stopped_arrived && traits->shutdown_ns + traits->forceful_ns >= LAST_REPORT_WAIT) {
        judge_lost(errors, index);
    }
    if (judged && !server->last_failed && traits->forceful_ns >= LAST_REPORT_WAIT) {
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
