#include "server/listener_parts.h"

static void pause_all(struct listener *listener)
{
    listener->paused_all = true;
    for (const struct slot *slot = listener->first_slot; slot != NULL && listener->client != NULL; slot = slot->next) {
        struct consumer *consumer = listener->client->consumer;
        struct carafe_partition partition = {slot->topic->settings.name, slot->partition, NO_OFFSET};
        if (slot->assigned) {
            (void)consumer->pause(consumer, &partition, NULL);
        }
    }
}

/* Poll on, so that the group does not take us for dead, until nothing of ours runs. */
static void await_jobs(struct listener *listener)
{
    const struct context *context = listener->context;
    for (;;) {
        settle_finished(listener);
        schedule_revoked(listener);
        if (listener_jobs(listener) == 0 || listener_is_cancelled(listener)) {
            settle_finished(listener); /* the last one may have ended since */
            return;
        }
        batch_ping(listener, deadline_after_ms(context_now_ns(context), context->config->values.tick_interval_ms));
    }
}

static void await_stop(struct listener *listener)
{
    const struct context *context = listener->context;
    while (status_get(context->status) < CARAFE_STOPPING && !listener_is_cancelled(listener)) {
        batch_ping(listener, deadline_after_ms(context_now_ns(context), context->config->values.tick_interval_ms));
        schedule_revoked(listener);
        settle_finished(listener);
    }
}

/* The client commits as it gives its partitions up. */
static void leave_group(struct listener *listener)
{
    const struct context *context = listener->context;
    if (listener->client == NULL || listener->client->closing) {
        return;
    }
    struct consumer *consumer = listener->client->consumer;
    struct carafe_error error = {.code = CARAFE_OK};
    int64_t deadline_ns = deadline_after_ms(context_now_ns(context), context->config->values.shutdown_timeout_ms / 2);
    if (consumer->unsubscribe(consumer, deadline_ns, &error) != 0) {
        listener_publish_failure(listener, "connection.client.unsubscribe.error", "UnsubscribeError", error.text);
    }
}

void wind_down(struct listener *listener)
{
    batch_drop(listener);
    listener_enter(listener, LISTENER_QUIETING);
    pause_all(listener);
    await_jobs(listener);
    settle_dispatches(listener);
    if (!listener_is_cancelled(listener)) {
        schedule_shutdown(listener);
        await_jobs(listener);
    }
    listener_enter(listener, LISTENER_QUIET);
    await_stop(listener);
    listener_enter(listener, LISTENER_STOPPING);
    if (!listener_is_cancelled(listener)) {
        leave_group(listener);
    }
    membership_close(listener);
}
