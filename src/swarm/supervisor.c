#include "swarm/supervisor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "ports/monitor.h"
#include "server/config.h"
#include "server/status.h"
#include "swarm/roster.h"

#define CONTROL_EVERY_NS (30 * NS_PER_S) /* the longest sleep */
#define LATE_NS          NS_PER_S        /* a wait that lasts so much too long: we were stopped, not the nodes silent */
#define EVENTS_MAX       4000            /* in a row, before what is due is done */
#define END_MARGIN_MS    1000            /* a node's own forceful end comes first */

struct supervisor {
    struct supervisor_options options;
    struct config *config;
    struct monitor *monitor;
    struct status *status;
    struct roster roster;
    bool forced; /* a node was killed while we stopped */
};

/* ---- Telling ----------------------------------------------------------------------------------------------------- */

static int64_t now_of(const struct supervisor *supervisor)
{
    return supervisor->options.clock->monotonic_ns(supervisor->options.clock);
}

static int64_t id_of(const struct supervisor *supervisor, size_t node)
{
    return supervisor->options.children->id(supervisor->options.children, node);
}

static void publish(struct supervisor *supervisor, enum carafe_event_kind kind, size_t node, int64_t id)
{
    struct carafe_event event = {.kind = kind, .node = (int)node, .pid = id};
    monitor_publish(supervisor->monitor, &event);
}

static void fail(struct supervisor *supervisor, const char *error_class, const char *text)
{
    log_line(supervisor->options.log, LOG_ERROR_LEVEL, "%s", text);
    monitor_publish_failure(supervisor->monitor, "swarm.supervisor.error", error_class, text);
}

/* ---- Duties ------------------------------------------------------------------------------------------------------ */

static void fork_node(struct supervisor *supervisor, size_t node)
{
    struct children *children = supervisor->options.children;
    struct carafe_error error = {.code = CARAFE_OK};
    publish(supervisor, CARAFE_EVENT_SWARM_MANAGER_BEFORE_FORK, node, 0);
    if (children->spawn(children, node, supervisor->options.node, supervisor->options.owner, &error) != 0) {
        fail(supervisor, "ForkError", error.text);
        roster_fork_failed(&supervisor->roster, node, now_of(supervisor));
        return;
    }
    roster_forked(&supervisor->roster, node, now_of(supervisor));
    publish(supervisor, CARAFE_EVENT_SWARM_MANAGER_AFTER_FORK, node, id_of(supervisor, node));
}

static void stop_node(struct supervisor *supervisor, size_t node)
{
    struct children *children = supervisor->options.children;
    publish(supervisor, CARAFE_EVENT_SWARM_MANAGER_STOPPING, node, id_of(supervisor, node));
    children->signal(children, node, SIGNAL_TERM);
}

static bool is_stopping(const struct supervisor *supervisor)
{
    return status_get(supervisor->status) >= CARAFE_STOPPING;
}

static void kill_node(struct supervisor *supervisor, size_t node)
{
    struct children *children = supervisor->options.children;
    log_line(supervisor->options.log, LOG_WARNING_LEVEL, "swarm: node %zu (pid %" PRId64 ") did not end in time: KILL",
             node, id_of(supervisor, node));
    supervisor->forced = supervisor->forced || is_stopping(supervisor);
    publish(supervisor, CARAFE_EVENT_SWARM_MANAGER_TERMINATING, node, id_of(supervisor, node));
    children->kill(children, node);
}

static void carry_out(struct supervisor *supervisor)
{
    size_t node = 0;
    for (;;) {
        switch (roster_next(&supervisor->roster, now_of(supervisor), &node)) {
        case ROSTER_FORK:
            fork_node(supervisor, node);
            break;
        case ROSTER_TERM:
            log_line(supervisor->options.log, LOG_WARNING_LEVEL,
                     "swarm: node %zu (pid %" PRId64 ") is unhealthy or silent: TERM", node, id_of(supervisor, node));
            stop_node(supervisor, node);
            break;
        case ROSTER_KILL:
            kill_node(supervisor, node);
            break;
        case ROSTER_NOTHING:
            return;
        }
    }
}

/* ---- What happens ------------------------------------------------------------------------------------------------ */

static void signal_all(struct supervisor *supervisor, enum signal_kind kind)
{
    struct children *children = supervisor->options.children;
    for (size_t i = 0; i < supervisor->roster.count; i++) {
        if (roster_is_alive(&supervisor->roster, i)) {
            children->signal(children, i, kind);
        }
    }
}

static void begin_stop(struct supervisor *supervisor)
{
    if (!status_advance(supervisor->status, CARAFE_STOPPING)) {
        return;
    }
    roster_stop(&supervisor->roster, now_of(supervisor));
    for (size_t i = 0; i < supervisor->roster.count; i++) {
        if (supervisor->roster.nodes[i].state == ROSTER_ENDING) {
            stop_node(supervisor, i);
        }
    }
}

/* Quiet is: all were told.  They finish what they have begun, and are watched on. */
static void begin_quiet(struct supervisor *supervisor)
{
    if (!status_advance(supervisor->status, CARAFE_QUIETING)) {
        return;
    }
    roster_quiet(&supervisor->roster);
    signal_all(supervisor, SIGNAL_TSTP);
    (void)status_advance(supervisor->status, CARAFE_QUIET);
}

static void dump(struct supervisor *supervisor)
{
    log_line(supervisor->options.log, LOG_INFO_LEVEL, "state: supervisor (pid %" PRId64 "): %s",
             supervisor->options.process->id(supervisor->options.process),
             carafe_status_name(status_get(supervisor->status)));
    for (size_t i = 0; i < supervisor->roster.count; i++) {
        log_line(supervisor->options.log, LOG_INFO_LEVEL, "state: node %zu (pid %" PRId64 "): %s", i,
                 roster_is_alive(&supervisor->roster, i) ? id_of(supervisor, i) : 0,
                 roster_state_name(supervisor->roster.nodes[i].state));
    }
}

static void on_signal(struct supervisor *supervisor, enum signal_kind kind)
{
    struct carafe_event event = {.kind = CARAFE_EVENT_PROCESS_NOTICE_SIGNAL, .signal = signal_kind_name(kind)};
    monitor_publish(supervisor->monitor, &event);
    switch (kind) {
    case SIGNAL_INT:
    case SIGNAL_QUIT:
    case SIGNAL_TERM:
    case SIGNAL_HUP:
        begin_stop(supervisor);
        break;
    case SIGNAL_TSTP:
        begin_quiet(supervisor);
        break;
    case SIGNAL_TTIN:
        dump(supervisor);
        signal_all(supervisor, SIGNAL_TTIN);
        break;
    case SIGNAL_USR1:
    case SIGNAL_USR2:
    case SIGNAL_KINDS:
        break;
    }
}

static void on_ended(struct supervisor *supervisor, const struct children_event *event)
{
    bool expected = is_stopping(supervisor) && event->exit_code == 0;
    log_line(supervisor->options.log, expected ? LOG_INFO_LEVEL : LOG_WARNING_LEVEL, "swarm: node %zu ended by %s %d",
             event->child, event->killed_by != 0 ? "signal" : "itself, exit code",
             event->killed_by != 0 ? event->killed_by : event->exit_code);
    roster_ended(&supervisor->roster, event->child, now_of(supervisor));
}

static void on_event(struct supervisor *supervisor, const struct children_event *event)
{
    switch (event->kind) {
    case CHILDREN_SIGNAL:
        on_signal(supervisor, event->signal);
        break;
    case CHILDREN_ENDED:
        on_ended(supervisor, event);
        break;
    case CHILDREN_REPORTED:
        roster_reported(&supervisor->roster, event->child, event->healthy, now_of(supervisor));
        break;
    case CHILDREN_DEADLINE:
        break;
    }
}

/* ---- Life -------------------------------------------------------------------------------------------------------- */

static int assemble(struct supervisor *supervisor, struct carafe_error *error)
{
    const struct supervisor_options *options = &supervisor->options;
    supervisor->config = config_create(options->config, error);
    if (supervisor->config == NULL) {
        return CARAFE_INVALID;
    }
    int code = options->consumers == NULL ? 0 : config_check_clients(supervisor->config, options->consumers, error);
    if (code != 0) {
        return code;
    }
    const struct carafe_config *values = &supervisor->config->values;
    const struct roster_limits limits = {
        .restart_backoff_ns = values->swarm.restart_backoff_ms * NS_PER_MS,
        .liveness_timeout_ns = values->swarm.liveness_timeout_ms * NS_PER_MS,
        .end_timeout_ns = (values->shutdown_timeout_ms + values->forceful_shutdown_wait_ms + END_MARGIN_MS) * NS_PER_MS,
    };
    supervisor->monitor = monitor_create(options->clock, options->log);
    if (supervisor->monitor != NULL) {
        supervisor->status = status_create(options->clock, supervisor->monitor);
    }
    if (supervisor->status == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "swarm: expected memory, got none");
    }
    return roster_init(&supervisor->roster, values->swarm.nodes, &limits, now_of(supervisor), error);
}

struct supervisor *supervisor_create(const struct supervisor_options *options, struct carafe_error *error)
{
    struct supervisor *supervisor = calloc(1, sizeof *supervisor);
    if (supervisor == NULL) {
        (void)error_set(error, CARAFE_NO_MEMORY, "swarm: expected memory, got none");
        return NULL;
    }
    supervisor->options = *options;
    if (assemble(supervisor, error) != 0) {
        supervisor_destroy(supervisor);
        return NULL;
    }
    return supervisor;
}

void supervisor_destroy(struct supervisor *supervisor)
{
    if (supervisor == NULL) {
        return;
    }
    roster_close(&supervisor->roster);
    status_destroy(supervisor->status);
    monitor_destroy(supervisor->monitor);
    config_destroy(supervisor->config);
    free(supervisor);
}

int supervisor_subscribe(struct supervisor *supervisor, carafe_subscriber subscriber, void *owner,
                         struct carafe_error *error)
{
    return monitor_subscribe(supervisor->monitor, subscriber, owner, error);
}

static int64_t next_look(const struct supervisor *supervisor)
{
    int64_t look_ns = now_of(supervisor) + CONTROL_EVERY_NS;
    int64_t due_ns = roster_deadline(&supervisor->roster);
    return due_ns < look_ns ? due_ns : look_ns;
}

/*
 * All that has happened by now, so that nobody is judged by what was not read yet.  Control is told of what is worth a
 * look: of everything but reports.
 */
static void await(struct supervisor *supervisor)
{
    struct children *children = supervisor->options.children;
    struct children_event event;
    int64_t look_ns = next_look(supervisor);
    bool control = false;
    children->wait(children, look_ns, &event);
    if (now_of(supervisor) > look_ns + LATE_NS) {
        roster_excuse(&supervisor->roster, now_of(supervisor) - look_ns);
    }
    for (int i = 0; i < EVENTS_MAX; i++) {
        if (i > 0) {
            children->wait(children, 0, &event);
        }
        control = control || (i == 0 && event.kind == CHILDREN_DEADLINE) || event.kind == CHILDREN_SIGNAL ||
                  event.kind == CHILDREN_ENDED;
        on_event(supervisor, &event);
        if (event.kind == CHILDREN_DEADLINE) {
            break;
        }
    }
    if (control) {
        publish(supervisor, CARAFE_EVENT_SWARM_MANAGER_CONTROL, 0, 0);
    }
}

/* Until it was told to stop and no node is left. */
static void watch(struct supervisor *supervisor)
{
    carry_out(supervisor);
    while (!is_stopping(supervisor) || roster_alive(&supervisor->roster) > 0) {
        await(supervisor);
        carry_out(supervisor);
    }
}

static void end(struct supervisor *supervisor)
{
    struct children *children = supervisor->options.children;
    if (supervisor->forced) {
        fail(supervisor, "ForcefulShutdownError", "swarm: stop: expected all nodes to end in time, got some killed");
        supervisor->options.process->exit(supervisor->options.process, supervisor->config->values.forceful_exit_code);
    }
    (void)status_advance(supervisor->status, CARAFE_STOPPED);
    (void)status_advance(supervisor->status, CARAFE_TERMINATED);
    children->release(children);
}

int supervisor_run(struct supervisor *supervisor, struct carafe_error *error)
{
    struct children *children = supervisor->options.children;
    (void)status_advance(supervisor->status, CARAFE_INITIALIZED);
    int code = config_apply_activity(supervisor->config, error);
    if (code == 0) {
        code = children->supervise(children, error);
    }
    if (code != 0) {
        (void)status_advance(supervisor->status, CARAFE_STOPPING);
        (void)status_advance(supervisor->status, CARAFE_STOPPED);
        (void)status_advance(supervisor->status, CARAFE_TERMINATED);
        return code;
    }
    (void)status_advance(supervisor->status, CARAFE_SUPERVISING);
    watch(supervisor);
    end(supervisor);
    return 0;
}

void supervisor_stop(struct supervisor *supervisor)
{
    supervisor->options.children->raise(supervisor->options.children, SIGNAL_TERM);
}

void supervisor_quiet(struct supervisor *supervisor)
{
    supervisor->options.children->raise(supervisor->options.children, SIGNAL_TSTP);
}

enum carafe_status supervisor_status(const struct supervisor *supervisor)
{
    return status_get(supervisor->status);
}
