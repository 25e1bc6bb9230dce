#include <inttypes.h>

#include "base/error.h"
#include "server/here.h"
#include "server/server_parts.h"

static int64_t earlier(int64_t first_ns, int64_t second_ns)
{
    return first_ns < second_ns ? first_ns : second_ns;
}

/*
 * The seed counts whole seconds and sleeps; here the deadline is exact, and the last part to end ends the wait.  What
 * has ended is never forced, whatever the clock says.
 */
static bool await_end(struct server *server, int64_t deadline_ns)
{
    struct clock *clock = server->context.ports.clock;
    int64_t sleep_ms = server->config->values.supervision_sleep_ms;
    lock_take(&server->lock);
    bool ended = runner_has_ended_locked(server);
    while (!ended && clock->monotonic_ns(clock) < deadline_ns) {
        int64_t look_ns = earlier(deadline_after_ms(clock->monotonic_ns(clock), sleep_ms), deadline_ns);
        (void)clock_wait(clock, &server->changed, &server->lock, look_ns);
        ended = runner_has_ended_locked(server);
    }
    lock_give(&server->lock);
    return ended;
}

static void close_producer(struct server *server, int64_t deadline_ns)
{
    struct producer *producer = server->context.ports.producer;
    if (producer == NULL) {
        return;
    }
    struct carafe_error error = {.code = CARAFE_OK};
    size_t purged = 0;
    if (producer->close(producer, deadline_ns, &purged, &error) != 0) {
        log_line(server->context.ports.log, LOG_ERROR_LEVEL, "producer: close: %s", error.text);
    }
    if (purged > 0) {
        log_line(server->context.ports.log, LOG_WARNING_LEVEL, "producer: close: %zu undelivered records were purged",
                 purged);
    }
}

static void terminate(struct server *server, int64_t producer_deadline_ns)
{
    (void)status_advance(server->context.status, CARAFE_STOPPED);
    close_producer(server, producer_deadline_ns);
    (void)status_advance(server->context.status, CARAFE_TERMINATED);
}

int server_stop(struct server *server, struct carafe_error *error)
{
    if (here_is_inside(server) || status_is_telling(server->context.status)) {
        return error_set(error, CARAFE_REFUSED,
                         "stop: expected a thread of the application, got one that the stop would wait for");
    }
    const struct carafe_config *values = &server->config->values;
    int64_t started_ns = context_now_ns(&server->context);
    int64_t deadline_ns = deadline_after_ms(started_ns, values->shutdown_timeout_ms);
    if (!status_advance(server->context.status, CARAFE_STOPPING)) {
        return 0;
    }
    bool ended = await_end(server, deadline_ns);
    if (!ended) {
        force_end(server, deadline_after_ms(deadline_ns, values->forceful_shutdown_wait_ms));
    }
    terminate(server, deadline_after_ms(deadline_ns, values->forceful_shutdown_wait_ms));
    if (!ended) {
        return error_set(error, CARAFE_FORCED, "stop: expected an end within %" PRId64 " ms, got abandoned work",
                         values->shutdown_timeout_ms);
    }
    return 0;
}
