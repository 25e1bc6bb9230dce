/*
 * 7 What reports count is what happened: the sums of a life's reports are no more than what it told of, and no less
 *   than what it had told when its last listener stopped, as long as every report arrived.  And a report shows how
 *   things stand: while nothing has changed for a while, its status, workers and listeners are those told of, and
 *   without a job on its way it shows none.
 */
#include "oracle/family.h"

#include "ports/clock.h"

#include <stdlib.h>
#include <string.h>

#define SETTLED_NS (10 * NS_PER_S) /* a report that arrives so long after a change was made after it */

enum account {
    ACCOUNT_JOBS,
    ACCOUNT_BATCHES,
    ACCOUNT_MESSAGES,
    ACCOUNT_ERRORS,
    ACCOUNT_RETRIES,
    ACCOUNT_DEAD,
    ACCOUNTS
};

static const char *const names[ACCOUNTS] = {"jobs", "batches", "messages", "errors", "retries", "dead"};

/* One server since its start. */
struct standing {
    int64_t told[ACCOUNTS];
    int64_t due[ACCOUNTS]; /* told when a listener stopped, the last one in the end */
    int64_t shown[ACCOUNTS];
    int64_t reported; /* reports told of, and arrived */
    int64_t arrived;
    bool stopped_arrived;

    int64_t changed_ns; /* the last time that one of these did */
    enum carafe_status status;
    int64_t workers;
    int64_t pending; /* listeners */
    int64_t active;
    int64_t jobs; /* on their way */
};

struct accounts {
    struct oracle *oracle;
    const struct oracle_view *view;
    struct standing *servers;
};

static void *create(struct oracle *oracle)
{
    struct accounts *accounts = calloc(1, sizeof *accounts);
    if (accounts == NULL) {
        return NULL;
    }
    accounts->oracle = oracle;
    accounts->view = oracle_view(oracle);
    accounts->servers = oracle_server_rows(oracle, sizeof *accounts->servers);
    if (accounts->servers == NULL) {
        free(accounts);
        return NULL;
    }
    return accounts;
}

static void destroy(void *memory)
{
    struct accounts *accounts = memory;
    free(accounts->servers);
    free(accounts);
}

/* ---- What a server tells ----------------------------------------------------------------------------------------- */

/* Idle jobs are nobody's business. */
static void begin_job(struct standing *server, const struct carafe_event *event)
{
    bool batch = event->kind == CARAFE_EVENT_CONSUMER_CONSUME;
    server->told[ACCOUNT_JOBS]++;
    server->told[ACCOUNT_BATCHES] += batch ? 1 : 0;
    server->told[ACCOUNT_MESSAGES] += batch && event->job != NULL ? (int64_t)event->job->messages : 0;
}

static void count(struct standing *server, const struct carafe_event *event)
{
    switch (event->kind) {
    case CARAFE_EVENT_CONSUMER_CONSUME:
    case CARAFE_EVENT_CONSUMER_REVOKE:
    case CARAFE_EVENT_CONSUMER_SHUTTING_DOWN:
    case CARAFE_EVENT_CONSUMER_TICK:
    case CARAFE_EVENT_CONSUMER_EOF:
        begin_job(server, event);
        break;
    case CARAFE_EVENT_ERROR_OCCURRED:
        server->told[ACCOUNT_ERRORS]++;
        break;
    case CARAFE_EVENT_CONSUMER_RETRY:
        server->told[ACCOUNT_RETRIES]++;
        break;
    case CARAFE_EVENT_DEAD_LETTER_DISPATCHED:
        server->told[ACCOUNT_DEAD]++;
        break;
    case CARAFE_EVENT_LISTENER_STOPPED:
        memcpy(server->due, server->told, sizeof server->due);
        break;
    case CARAFE_EVENT_REPORTER_REPORTED:
        server->reported++;
        break;
    default:
        break;
    }
}

/* Returns whether the event changes anything that reports show. */
static bool change(struct standing *server, const struct carafe_event *event)
{
    if (event->kind <= CARAFE_EVENT_APP_TERMINATED) {
        server->status = (enum carafe_status)(CARAFE_INITIALIZED + (event->kind - CARAFE_EVENT_APP_INITIALIZED));
        server->workers = event->kind == CARAFE_EVENT_APP_RUNNING ? (int64_t)event->workers : server->workers;
        return true;
    }
    switch (event->kind) {
    case CARAFE_EVENT_WORKER_SCALING_UP:
    case CARAFE_EVENT_WORKER_SCALING_DOWN:
        server->workers = (int64_t)event->workers;
        return true;
    case CARAFE_EVENT_LISTENER_PENDING:
        server->pending++;
        return true;
    case CARAFE_EVENT_LISTENER_STARTING:
        server->pending--;
        server->active++;
        return true;
    case CARAFE_EVENT_LISTENER_STOPPED:
        server->active--;
        return true;
    case CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE:
        server->jobs++;
        return true;
    case CARAFE_EVENT_WORKER_COMPLETED:
        server->jobs--;
        return true;
    default:
        return false;
    }
}

/* ---- What its reports show --------------------------------------------------------------------------------------- */

static const cJSON *field(const cJSON *document, const char *outer, const char *inner)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(document, outer), inner);
}

static void expect_number(struct accounts *accounts, const struct observation *observation, const cJSON *value,
                          const char *what, int64_t expected)
{
    if (cJSON_IsNumber(value) && value->valuedouble != (double)expected) {
        oracle_broken(accounts->oracle, 7, "expected a report of %s to show %lld %s, as it was told of, got %lld",
                      observation->process, (long long)expected, what, (long long)value->valuedouble);
    }
}

static void judge_standing(struct accounts *accounts, const struct standing *server,
                           const struct observation *observation)
{
    const cJSON *document = observation->document;
    const cJSON *status = field(document, "process", "status");
    const cJSON *listeners = field(document, "process", "listeners");
    if (cJSON_IsString(status) && strcmp(status->valuestring, carafe_status_name(server->status)) != 0) {
        oracle_broken(accounts->oracle, 7, "expected a report of %s to say %s, got %s", observation->process,
                      carafe_status_name(server->status), status->valuestring);
    }
    expect_number(accounts, observation, field(document, "process", "workers"), "workers", server->workers);
    expect_number(accounts, observation, cJSON_GetObjectItemCaseSensitive(listeners, "active"), "active listeners",
                  server->active);
    expect_number(accounts, observation, cJSON_GetObjectItemCaseSensitive(listeners, "standby"), "listeners on standby",
                  server->pending);
    if (server->jobs == 0) {
        const cJSON *jobs = cJSON_GetObjectItemCaseSensitive(document, "jobs");
        expect_number(accounts, observation, field(document, "stats", "busy"), "busy workers", 0);
        expect_number(accounts, observation, field(document, "stats", "enqueued"), "enqueued jobs", 0);
        expect_number(accounts, observation, field(document, "stats", "waiting"), "waiting jobs", 0);
        if (cJSON_GetArraySize(jobs) > 0) {
            oracle_broken(accounts->oracle, 7, "expected a report of %s to list no job while there is none, got %d",
                          observation->process, cJSON_GetArraySize(jobs));
        }
    }
}

static void on_report(struct accounts *accounts, size_t index, const struct observation *observation)
{
    struct standing *server = &accounts->servers[index];
    const struct server_traits *traits = &accounts->view->traits->servers[index];
    const struct observed *status = observation_field(observation, "status");
    const cJSON *total = field(observation->document, "stats", "total");
    server->arrived++;
    server->stopped_arrived = server->stopped_arrived || (status != NULL && strcmp(status->text, "stopped") == 0);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        const cJSON *number = cJSON_GetObjectItemCaseSensitive(total, names[i]);
        server->shown[i] += cJSON_IsNumber(number) ? (int64_t)number->valuedouble : 0;
    }
    /* When all listeners are gone it is a last one, which may have waited for brokers. */
    bool steady = server->status <= CARAFE_QUIET || (server->status == CARAFE_STOPPING && server->active > 0);
    bool settled = steady && observation->at_ns - server->changed_ns >= SETTLED_NS;
    if (settled && weather_calm_since(accounts->view->weather) == 0 && !traits->corrupted && !traits->may_be_paused) {
        judge_standing(accounts, server, observation);
    }
}

static void judge_sums(struct accounts *accounts, const struct standing *server, const struct observation *observation)
{
    bool whole = server->stopped_arrived && server->arrived == server->reported;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        if (server->shown[i] > server->told[i] || (whole && server->shown[i] < server->due[i])) {
            oracle_broken(accounts->oracle, 7, "expected the reports of %s to count %lld to %lld %s in all, got %lld",
                          observation->process, whole ? (long long)server->due[i] : 0, (long long)server->told[i],
                          names[i], (long long)server->shown[i]);
        }
    }
}

static void on_exit_seen(struct accounts *accounts, size_t index, const struct observation *observation)
{
    struct standing *server = &accounts->servers[index];
    const struct traits *traits = accounts->view->traits;
    int64_t code = 0;
    /* A report that arrives twice, or after the process is gone, is not the process's doing. */
    if (oracle_exit_code(observation, &code) && !traits->answers_get_lost && !traits->servers[index].corrupted) {
        judge_sums(accounts, server, observation);
    }
    *server = (struct standing){0};
}

static void observe(void *memory, const struct observation *observation)
{
    struct accounts *accounts = memory;
    enum observation_kind kind = observation->kind;
    if (kind != OBSERVATION_EVENT && kind != OBSERVATION_REPORT && kind != OBSERVATION_EXIT) {
        return;
    }
    size_t index = oracle_server(accounts->oracle, observation);
    if (index == PROGRAM_NONE || accounts->view->traits->servers[index].supervisor) {
        return;
    }
    if (kind == OBSERVATION_REPORT) {
        on_report(accounts, index, observation);
    } else if (kind == OBSERVATION_EXIT) {
        on_exit_seen(accounts, index, observation);
    } else {
        count(&accounts->servers[index], observation->event);
        if (change(&accounts->servers[index], observation->event)) {
            accounts->servers[index].changed_ns = observation->at_ns;
        }
    }
}

const struct family family_accounts = {.create = create, .destroy = destroy, .observe = observe};
