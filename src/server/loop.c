#include "server/here.h"
#include "server/listener_parts.h"

static bool is_over(struct listener *listener)
{
    return status_is_done(listener->context->status) || listener_is_cancelled(listener);
}

static bool has_failed(const struct listener *listener)
{
    return listener->failure_text[0] != '\0';
}

/* One round: fetch, tell of what was lost, hand out what came, wait for what must not overlap. */
static void fetch_round(struct listener *listener)
{
    settle_finished(listener);
    settle_expired_pauses(listener);
    if (has_failed(listener)) {
        return;
    }
    listener_publish(listener, CARAFE_EVENT_LISTENER_FETCH_LOOP);
    batch_collect(listener);
    listener_publish(listener, CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED);
    schedule_revoked(listener);
    listener_await_blocking(listener);
    if (has_failed(listener) || is_over(listener)) {
        return;
    }
    schedule_batch(listener);
    listener_await_blocking(listener);
    membership_reap(listener, false);
}

static void fetch(struct listener *listener)
{
    listener_publish(listener, CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP);
    while (!has_failed(listener) && !is_over(listener)) {
        fetch_round(listener);
    }
    listener_publish(listener, CARAFE_EVENT_LISTENER_AFTER_FETCH_LOOP);
}

static void await_backoff(struct listener *listener)
{
    const struct context *context = listener->context;
    int64_t deadline_ns = deadline_after_ms(context_now_ns(context), context->config->values.reset_backoff_ms);
    while (!is_over(listener) && context_now_ns(context) < deadline_ns) {
        listener_rest(listener, deadline_ns);
        settle_finished(listener);
    }
}

/* Begin anew: a client that failed is given up with everything that hangs on it. */
static void reset(struct listener *listener)
{
    listener_publish_failure(listener, "connection.listener.fetch_loop.error", listener->failure_class,
                             listener->failure_text);
    listener->failure_text[0] = '\0';
    batch_drop(listener);
    membership_forget(listener);
    schedule_revoked(listener);
    listener_await_blocking(listener);
    settle_finished(listener);
    membership_close(listener);
    schedule_revoked(listener);
    membership_reap(listener, false);
    listener_publish(listener, CARAFE_EVENT_CLIENT_RESET);
    await_backoff(listener);
}

static void run(struct listener *listener)
{
    bool running = false;
    while (!is_over(listener)) {
        struct carafe_error error = {.code = CARAFE_OK};
        if (membership_open(listener, &error) != 0) {
            listener_fail(listener, "ClientError", error.text);
        }
        if (!running) {
            running = true;
            listener_enter(listener, LISTENER_RUNNING);
        }
        if (!has_failed(listener)) {
            fetch(listener);
        }
        if (has_failed(listener) && !is_over(listener)) {
            reset(listener);
        }
    }
}

void *listener_main(void *argument)
{
    struct listener *listener = argument;
    const struct context *context = listener->context;
    here_enter(context->owner);
    listener->self = pthread_self();
    listener_enter(listener, LISTENER_STARTING);
    run(listener);
    wind_down(listener);
    membership_await_unused(listener);
    listener_enter(listener, LISTENER_STOPPED);
    lock_take(&listener->lock);
    listener->ended = true;
    lock_give(&listener->lock);
    context->listener_entered(LISTENER_STOPPED, context->owner);
    return NULL;
}
