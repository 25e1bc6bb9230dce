#include "server/server.h"

#include <stdlib.h>

#include "base/error.h"
#include "server/server_parts.h"

static void on_listener_entered(enum listener_state state, void *owner)
{
    struct server *server = owner;
    if (state != LISTENER_QUIET && state != LISTENER_STOPPED) {
        return;
    }
    lock_take(&server->lock);
    if (state == LISTENER_QUIET) {
        server->listeners_quiet++;
    } else {
        server->listeners_alive--;
        server->listeners_quiet--;
    }
    pthread_cond_broadcast(&server->changed);
    lock_give(&server->lock);
    if (state == LISTENER_STOPPED) {
        runner_close_queue_when_ended(server);
    }
}

static void on_worker_ended(void *owner)
{
    struct server *server = owner;
    lock_take(&server->lock);
    pthread_cond_broadcast(&server->changed);
    lock_give(&server->lock);
}

/* Everybody who waits looks at the new status; before the subscribers are told of it, for one may be slow. */
static void on_status(enum carafe_status status, void *owner)
{
    struct server *server = owner;
    lock_take(&server->lock);
    server->was_running = server->was_running || status == CARAFE_RUNNING;
    if (status != CARAFE_QUIETING && status != CARAFE_STOPPING) {
        lock_give(&server->lock);
        return;
    }
    struct listener **listeners = server->listeners;
    size_t count = server->listener_count;
    pthread_cond_broadcast(&server->changed);
    lock_give(&server->lock);
    for (size_t i = 0; i < count; i++) {
        listener_wake(listeners[i]);
    }
}

static void inspect(struct inspector *inspector, struct inspection *inspection)
{
    struct server *server = (struct server *)inspector;
    struct jobs_queue_statistics statistics = jobs_queue_statistics(server->context.queue);
    *inspection = (struct inspection){
        .status = status_get(server->context.status),
        .mode = server->mode,
        .workers = worker_pool_size(server->pool),
        .busy = statistics.busy,
        .enqueued = statistics.enqueued,
        .waiting = statistics.waiting,
    };
    lock_take(&server->lock);
    inspection->was_running = server->was_running;
    struct listener **listeners = server->listeners;
    size_t count = server->listener_count;
    lock_give(&server->lock);
    for (size_t i = 0; i < count; i++) {
        enum listener_state state = listener_state(listeners[i]);
        inspection->listeners_standby += state == LISTENER_PENDING ? 1 : 0;
        inspection->listeners_active += state > LISTENER_PENDING && state < LISTENER_STOPPED ? 1 : 0;
    }
}

struct server *server_create(const struct server_options *options)
{
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return NULL;
    }
    server->inspector.inspect = inspect;
    server->config = options->config;
    server->mode = options->mode;
    server->warm_up = options->warm_up;
    server->warm_up_owner = options->owner;
    server->context = (struct context){
        .config = options->config,
        .ports = *options->ports,
        .monitor = options->monitor,
        .status = status_create(options->ports->clock, options->monitor),
        .queue = jobs_queue_create(options->ports->clock),
        .listener_entered = on_listener_entered,
        .worker_ended = on_worker_ended,
        .owner = server,
    };
    lock_init(&server->lock, LOCK_SERVER);
    pthread_cond_init(&server->changed, NULL);
    server->pool = worker_pool_create(&server->context);
    if (server->context.status == NULL || server->context.queue == NULL || server->pool == NULL) {
        server_destroy(server);
        return NULL;
    }
    id_generate(options->ports->process, server->id);
    status_observe(server->context.status, on_status, server);
    return server;
}

void server_destroy(struct server *server)
{
    if (server == NULL) {
        return;
    }
    for (size_t i = 0; i < server->listener_count; i++) {
        listener_destroy(server->listeners[i]);
    }
    free(server->listeners);
    worker_pool_destroy(server->pool);
    jobs_queue_destroy(server->context.queue);
    status_destroy(server->context.status);
    pthread_cond_destroy(&server->changed);
    lock_close(&server->lock);
    free(server);
}

/* ---- Signals ---- */

static void notice_signal(enum signal_kind kind, void *owner)
{
    struct server *server = owner;
    struct carafe_event event = {.kind = CARAFE_EVENT_PROCESS_NOTICE_SIGNAL, .signal = signal_kind_name(kind)};
    monitor_publish(server->context.monitor, &event);
}

static void serve_signal(enum signal_kind kind, void *owner)
{
    struct server *server = owner;
    struct carafe_error error = {.code = CARAFE_OK};
    switch (kind) {
    case SIGNAL_INT:
    case SIGNAL_QUIT:
    case SIGNAL_TERM:
    case SIGNAL_HUP:
        if (server_stop(server, &error) != 0) {
            log_line(server->context.ports.log, LOG_ERROR_LEVEL, "%s", error.text);
        }
        break;
    case SIGNAL_TSTP:
        server_quiet(server);
        break;
    case SIGNAL_TTIN:
        server_dump(server);
        break;
    case SIGNAL_USR1:
    case SIGNAL_USR2:
    case SIGNAL_KINDS:
        break;
    }
}

static struct signals *signals_of(struct server *server)
{
    return server->mode == CARAFE_EMBEDDED ? NULL : server->context.ports.signals;
}

static int supervise_signals(struct server *server, struct carafe_error *error)
{
    static const enum signal_kind bound[] = {SIGNAL_INT, SIGNAL_QUIT, SIGNAL_TERM,
                                             SIGNAL_HUP, SIGNAL_TSTP, SIGNAL_TTIN};
    struct signals *signals = signals_of(server);
    if (signals == NULL) {
        return 0;
    }
    signals->clear(signals); /* a fork may have inherited some */
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++) {
        signals->bind(signals, bound[i], serve_signal, server);
    }
    signals->observe(signals, notice_signal, server);
    return signals->supervise(signals, error);
}

static void release_signals(struct server *server)
{
    struct signals *signals = signals_of(server);
    if (signals != NULL) {
        signals->release(signals);
    }
}

/* ---- Run ---- */

static int claim(struct server *server, struct carafe_error *error)
{
    lock_take(&server->lock);
    bool claimed = server->claimed;
    server->claimed = true;
    lock_give(&server->lock);
    return claimed ? error_set(error, CARAFE_REFUSED, "run: expected the first call, got another") : 0;
}

/* Signals first: from here on a TERM leads to an orderly end whatever comes. */
static int boot_and_run(struct server *server, bool *supervised, struct carafe_error *error)
{
    int code = config_apply_activity(server->config, error);
    if (code != 0) {
        return code;
    }
    *supervised = true;
    code = supervise_signals(server, error);
    if (code != 0) {
        return code;
    }
    if (server->warm_up != NULL && server->mode != CARAFE_SWARM) {
        server->warm_up(server->warm_up_owner);
    }
    return runner_call(server, error);
}

int server_run(struct server *server, struct carafe_error *error)
{
    int code = claim(server, error);
    if (code != 0) {
        return code;
    }
    struct carafe_error failure = {.code = CARAFE_OK};
    bool supervised = false;
    (void)status_advance(server->context.status, CARAFE_INITIALIZED);
    code = boot_and_run(server, &supervised, &failure);
    if (code != 0) {
        struct carafe_error ignored; /* the first failure is the one to tell */
        if (server_stop(server, &ignored) == CARAFE_FORCED) {
            log_line(server->context.ports.log, LOG_ERROR_LEVEL, "%s", ignored.text);
        }
    }
    server_wait_terminated(server);
    runner_join(server);
    if (supervised) {
        release_signals(server);
    }
    if (code == 0 && server_is_abandoned(server)) {
        code = error_set(&failure, CARAFE_FORCED, "run: expected an end in time, got abandoned work");
    }
    if (code != 0 && error != NULL) {
        *error = failure;
    }
    return code;
}

/* ---- Whatever else may be asked ---- */

void server_quiet(struct server *server)
{
    (void)status_advance(server->context.status, CARAFE_QUIETING);
}

enum carafe_status server_status(const struct server *server)
{
    return status_get(server->context.status);
}

void server_wait_terminated(struct server *server)
{
    status_wait(server->context.status, CARAFE_TERMINATED);
}

int server_scale(struct server *server, size_t workers, struct carafe_error *error)
{
    struct clock *clock = server->context.ports.clock;
    lock_take(&server->lock);
    while (server->starting) {
        (void)clock_wait(clock, &server->changed, &server->lock, NEVER_NS);
    }
    bool running = server->was_running && server->listeners_alive > 0;
    lock_give(&server->lock);
    if (!running || status_get(server->context.status) >= CARAFE_STOPPING) {
        return error_set(error, CARAFE_REFUSED, "workers: expected a running server, got one that is %s",
                         carafe_status_name(status_get(server->context.status)));
    }
    return worker_pool_scale(server->pool, workers, error);
}

const char *server_id(const struct server *server)
{
    return server->id;
}

struct inspector *server_inspector(struct server *server)
{
    return &server->inspector;
}

bool server_is_abandoned(struct server *server)
{
    lock_take(&server->lock);
    bool abandoned = server->abandoned;
    lock_give(&server->lock);
    return abandoned;
}

void server_dump(struct server *server)
{
    struct log *log = server->context.ports.log;
    log_line(log, LOG_INFO_LEVEL, "state: server %s: %s, %s", server->id, carafe_execution_mode_name(server->mode),
             carafe_status_name(status_get(server->context.status)));
    lock_take(&server->lock);
    struct listener **listeners = server->listeners;
    size_t count = server->listener_count;
    lock_give(&server->lock);
    for (size_t i = 0; i < count; i++) {
        /* One after the other: each takes a lock, and C leaves the order of arguments to the compiler. */
        const char *state = listener_state_name(listener_state(listeners[i]));
        size_t jobs = listener_jobs(listeners[i]);
        log_line(log, LOG_INFO_LEVEL, "state: listener %s (%s): %s, %zu jobs", listener_id(listeners[i]),
                 listener_subscription_group(listeners[i]), state, jobs);
    }
    worker_pool_dump(server->pool);
    jobs_queue_dump(server->context.queue, log);
}
