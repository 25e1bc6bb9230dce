#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "server/server_parts.h"

#define CULPRITS_MAX 4096

/* What is still there, in words. */
struct culprits {
    size_t workers;
    size_t jobs;
    size_t listeners;
    char active_listeners[CULPRITS_MAX];
    char in_processing[CULPRITS_MAX];
};

/* The thread that closes the clients; it may never return, so it owns its memory together with who waits for it. */
struct helper {
    struct server *server;
    atomic_int owners;
    struct lock lock;
    pthread_cond_t ended;
    bool done;
};

static void find_culprits(struct server *server, struct culprits *culprits)
{
    memset(culprits, 0, sizeof *culprits);
    culprits->workers = worker_pool_alive(server->pool);
    size_t used = 0;
    for (size_t i = 0; i < server->listener_count; i++) {
        if (!listener_is_active(server->listeners[i])) {
            continue;
        }
        if (used + 1 < CULPRITS_MAX) {
            (void)snprintf(culprits->active_listeners + used, CULPRITS_MAX - used, "%s%s (%s)",
                           culprits->listeners == 0 ? "" : "; ", listener_id(server->listeners[i]),
                           listener_subscription_group(server->listeners[i]));
            used += strlen(culprits->active_listeners + used);
        }
        culprits->listeners++;
    }
    culprits->jobs = jobs_queue_describe_running(server->context.queue, culprits->in_processing, CULPRITS_MAX);
}

static void publish_culprits(struct server *server, const struct culprits *culprits)
{
    char message[160];
    (void)snprintf(message, sizeof message, "%zu worker%s, %zu listener%s and %zu job%s did not end in time",
                   culprits->workers, culprits->workers == 1 ? "" : "s", culprits->listeners,
                   culprits->listeners == 1 ? "" : "s", culprits->jobs, culprits->jobs == 1 ? "" : "s");
    struct carafe_failure failure = {
        .type = "app.stopping.error",
        .error_class = "ForcefulShutdownError",
        .message = message,
        .alive_workers = culprits->workers,
        .active_listeners = culprits->listeners > 0 ? culprits->active_listeners : NULL,
        .in_processing = culprits->jobs > 0 ? culprits->in_processing : NULL,
    };
    struct carafe_event event = {.kind = CARAFE_EVENT_ERROR_OCCURRED, .failure = &failure};
    log_line(server->context.ports.log, LOG_ERROR_LEVEL, "stop: forced: %s%s%s%s%s", message,
             culprits->listeners > 0 ? "; listeners: " : "", culprits->active_listeners,
             culprits->jobs > 0 ? "; jobs: " : "", culprits->in_processing);
    monitor_publish(server->context.monitor, &event);
}

static void cancel_all(struct server *server)
{
    jobs_queue_close(server->context.queue);
    jobs_queue_cancel_running(server->context.queue);
    for (size_t i = 0; i < server->listener_count; i++) {
        if (listener_is_active(server->listeners[i])) {
            listener_cancel(server->listeners[i]);
        }
    }
}

static void helper_drop(struct helper *helper)
{
    if (atomic_fetch_sub(&helper->owners, 1) == 1) {
        pthread_cond_destroy(&helper->ended);
        lock_close(&helper->lock);
        free(helper);
    }
}

static void *helper_main(void *argument)
{
    struct helper *helper = argument;
    struct server *server = helper->server;
    for (size_t i = 0; i < server->listener_count; i++) {
        struct carafe_error error = {.code = CARAFE_OK};
        if (listener_shutdown(server->listeners[i], &error) != 0) {
            monitor_publish_failure(server->context.monitor, "app.forceful_stopping.error", "ShutdownError",
                                    error.text);
        }
        listener_await_shutdown(server->listeners[i]);
    }
    lock_take(&helper->lock);
    helper->done = true;
    pthread_cond_broadcast(&helper->ended);
    lock_give(&helper->lock);
    helper_drop(helper);
    return NULL;
}

static struct helper *helper_start(struct server *server)
{
    struct helper *helper = calloc(1, sizeof *helper);
    if (helper == NULL) {
        return NULL;
    }
    helper->server = server;
    atomic_init(&helper->owners, 2);
    lock_init(&helper->lock, LOCK_FORCEFUL_HELPER);
    pthread_cond_init(&helper->ended, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, helper_main, helper) != 0) {
        atomic_store(&helper->owners, 1);
        helper_drop(helper);
        return NULL;
    }
    pthread_detach(thread);
    return helper;
}

static void helper_await(struct helper *helper, int64_t deadline_ns)
{
    struct clock *clock = helper->server->context.ports.clock;
    lock_take(&helper->lock);
    while (!helper->done) {
        if (clock_wait(clock, &helper->ended, &helper->lock, deadline_ns) != 0) {
            break;
        }
    }
    lock_give(&helper->lock);
    helper_drop(helper);
}

/* The forced report is under way: it gets what is left of the bound. */
static void flush_producer(struct server *server, int64_t deadline_ns)
{
    struct producer *producer = server->context.ports.producer;
    if (producer != NULL && producer->is_open(producer)) {
        (void)producer->flush(producer, deadline_ns, NULL);
    }
}

static void shut_listeners_down(struct server *server, int64_t deadline_ns)
{
    struct helper *helper = helper_start(server);
    if (helper == NULL) {
        monitor_publish_failure(server->context.monitor, "app.forceful_stopping.error", "ShutdownError",
                                "helper: expected a thread, got none");
    }
    flush_producer(server, deadline_ns);
    if (helper != NULL) {
        helper_await(helper, deadline_ns);
    }
}

void force_end(struct server *server, int64_t deadline_ns)
{
    const struct carafe_config *values = &server->config->values;
    struct culprits *culprits = malloc(sizeof *culprits);
    if (culprits != NULL) {
        find_culprits(server, culprits);
        publish_culprits(server, culprits);
        free(culprits);
    }
    cancel_all(server);
    shut_listeners_down(server, deadline_ns);
    if (server->mode != CARAFE_EMBEDDED) {
        server->context.ports.process->exit(server->context.ports.process, values->forceful_exit_code);
    }
    lock_take(&server->lock);
    server->abandoned = true;
    pthread_cond_broadcast(&server->changed);
    lock_give(&server->lock);
}
