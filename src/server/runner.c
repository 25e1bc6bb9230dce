#include <stdlib.h>

#include "base/error.h"
#include "server/server_parts.h"

static void set_starting(struct server *server, bool starting)
{
    lock_take(&server->lock);
    server->starting = starting;
    pthread_cond_broadcast(&server->changed);
    lock_give(&server->lock);
    runner_close_queue_when_ended(server);
}

bool runner_has_ended_locked(struct server *server)
{
    return !server->starting && server->listeners_alive == 0 && worker_pool_alive(server->pool) == 0;
}

void runner_close_queue_when_ended(struct server *server)
{
    lock_take(&server->lock);
    bool ended = !server->starting && server->listeners_alive == 0;
    lock_give(&server->lock);
    if (ended) {
        jobs_queue_close(server->context.queue);
    }
}

static int create_listeners(struct server *server, struct carafe_error *error)
{
    struct config *config = server->config;
    struct listener **listeners = calloc(config->group_count, sizeof(struct listener *));
    if (listeners == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "server: no memory");
    }
    size_t count = 0;
    for (size_t i = 0; i < config->group_count; i++) {
        if (!config->groups[i].active) {
            continue;
        }
        listeners[count] = listener_create(&server->context, &config->groups[i]);
        if (listeners[count] == NULL) {
            while (count > 0) {
                listener_destroy(listeners[--count]);
            }
            free(listeners);
            return error_set(error, CARAFE_NO_MEMORY, "server: no memory");
        }
        count++;
    }
    lock_take(&server->lock);
    server->listeners = listeners;
    server->listener_count = count;
    lock_give(&server->lock);
    return 0;
}

static int start_listener(struct server *server, struct listener *listener, struct carafe_error *error)
{
    lock_take(&server->lock);
    server->listeners_alive++;
    lock_give(&server->lock);
    int code = listener_start(listener, error);
    if (code != 0) {
        lock_take(&server->lock);
        server->listeners_alive--;
        lock_give(&server->lock);
    }
    return code;
}

static int start_listeners(struct server *server, struct carafe_error *error)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        int code = start_listener(server, server->listeners[i], error);
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static void publish_pending(struct server *server)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        listener_announce(server->listeners[i]);
    }
}

/* Returns 0 also when it was told to stop or to be quiet meanwhile: then nothing starts. */
static int launch(struct server *server, struct carafe_error *error)
{
    int code = create_listeners(server, error);
    if (code != 0) {
        return code;
    }
    publish_pending(server);
    status_set_workers(server->context.status, worker_pool_size(server->pool));
    if (!status_advance(server->context.status, CARAFE_RUNNING)) {
        return 0;
    }
    code = worker_pool_start(server->pool, worker_pool_size(server->pool), error);
    return code != 0 ? code : start_listeners(server, error);
}

/* All are quiet, and nobody said more than that. */
static bool quiet_is_due_locked(const struct server *server)
{
    return status_get(server->context.status) == CARAFE_QUIETING && server->listeners_quiet >= server->listeners_alive;
}

static void await_end(struct server *server)
{
    struct clock *clock = server->context.ports.clock;
    lock_take(&server->lock);
    while (!server->abandoned && !runner_has_ended_locked(server)) {
        if (quiet_is_due_locked(server)) {
            lock_give(&server->lock);
            (void)status_advance(server->context.status, CARAFE_QUIET);
            lock_take(&server->lock);
            continue;
        }
        (void)clock_wait(clock, &server->changed, &server->lock, NEVER_NS);
    }
    lock_give(&server->lock);
}

void runner_join(struct server *server)
{
    lock_take(&server->lock);
    bool abandoned = server->abandoned;
    lock_give(&server->lock);
    for (size_t i = 0; i < server->listener_count; i++) {
        (void)listener_join(server->listeners[i], abandoned);
    }
    (void)worker_pool_join(server->pool, abandoned);
}

int runner_call(struct server *server, struct carafe_error *error)
{
    set_starting(server, true);
    if (status_is_done(server->context.status)) {
        set_starting(server, false);
        if (status_get(server->context.status) == CARAFE_QUIETING) {
            (void)status_advance(server->context.status, CARAFE_QUIET);
        }
        return 0;
    }
    int code = launch(server, error);
    if (code != 0) {
        monitor_publish_failure(server->context.monitor, "runner.call.error", "RunnerError",
                                error == NULL ? "" : error->text);
        set_starting(server, false);
        return code;
    }
    set_starting(server, false);
    await_end(server);
    if (status_get(server->context.status) == CARAFE_QUIETING) {
        (void)status_advance(server->context.status, CARAFE_QUIET);
    }
    return 0;
}
