#include "server/listener.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/error.h"
#include "server/listener_parts.h"

struct listener *listener_create(const struct context *context, const struct subscription_group *group)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        return NULL;
    }
    listener->context = context;
    listener->group = group;
    id_generate(context->ports.process, listener->id);
    lock_init(&listener->lock, LOCK_LISTENER);
    pthread_cond_init(&listener->changed, NULL);
    return listener;
}

void listener_destroy(struct listener *listener)
{
    if (listener == NULL) {
        return;
    }
    ASSERT(!listener->has_thread);
    membership_reap(listener, true);
    while (listener->first_slot != NULL) {
        struct slot *next = listener->first_slot->next;
        consumer_drop(listener->first_slot->consumer);
        free(listener->first_slot->gathered);
        free(listener->first_slot);
        listener->first_slot = next;
    }
    pthread_cond_destroy(&listener->changed);
    lock_close(&listener->lock);
    free(listener);
}

int listener_start(struct listener *listener, struct carafe_error *error)
{
    int code = pthread_create(&listener->thread, NULL, listener_main, listener);
    listener->has_thread = code == 0;
    if (code != 0) {
        return error_set(error, CARAFE_FAILED, "listener %s: thread: expected one more, got error %d",
                         listener->group->id, code);
    }
    return 0;
}

bool listener_join(struct listener *listener, bool abandon)
{
    if (!listener->has_thread) {
        return true;
    }
    lock_take(&listener->lock);
    bool ended = listener->ended;
    lock_give(&listener->lock);
    listener->has_thread = false;
    if (ended || !abandon) {
        pthread_join(listener->thread, NULL);
        return true;
    }
    log_line(listener->context->ports.log, LOG_WARNING_LEVEL, "listener %s (%s) was abandoned", listener->id,
             listener->group->id);
    pthread_detach(listener->thread);
    return false;
}

static struct client *pin_locked(struct listener *listener)
{
    if (listener->client != NULL) {
        listener->client->pins++;
    }
    return listener->client;
}

void listener_unpin(struct listener *listener, struct client *client)
{
    if (client == NULL) {
        return;
    }
    lock_take(&listener->lock);
    ASSERT(client->pins > 0);
    client->pins--;
    if (client->pins == 0) {
        pthread_cond_broadcast(&listener->changed);
    }
    lock_give(&listener->lock);
}

static void wake_client(struct listener *listener, struct client *client)
{
    if (client != NULL) {
        client->consumer->wake(client->consumer);
        listener_unpin(listener, client);
    }
}

void listener_wake(struct listener *listener)
{
    lock_take(&listener->lock);
    listener->attention = true;
    pthread_cond_broadcast(&listener->changed);
    struct client *client = listener->polling ? pin_locked(listener) : NULL;
    lock_give(&listener->lock);
    wake_client(listener, client);
}

void listener_cancel(struct listener *listener)
{
    lock_take(&listener->lock);
    listener->cancelled = true;
    lock_give(&listener->lock);
    listener_wake(listener);
}

void listener_finish_job(struct job *job)
{
    struct listener *listener = job->listener;
    bool non_blocking = job->view.non_blocking;
    lock_take(&listener->lock);
    job->next = NULL;
    if (listener->last_finished != NULL) {
        listener->last_finished->next = job;
    } else {
        listener->first_finished = job;
    }
    listener->last_finished = job;
    listener->running--;
    listener->blocking -= non_blocking ? 0 : 1;
    bool due = non_blocking || listener->blocking == 0;
    if (due) {
        pthread_cond_broadcast(&listener->changed);
    }
    struct client *client = due && listener->polling ? pin_locked(listener) : NULL;
    lock_give(&listener->lock);
    wake_client(listener, client);
}

static bool claim_close(struct listener *listener, struct client **client)
{
    lock_take(&listener->lock);
    *client = listener->client;
    bool claimed = *client != NULL && !(*client)->closing;
    if (claimed) {
        (*client)->closing = true;
        (*client)->pins++;
    }
    lock_give(&listener->lock);
    return claimed;
}

int listener_shutdown(struct listener *listener, struct carafe_error *error)
{
    struct client *client;
    if (!claim_close(listener, &client)) {
        return 0;
    }
    int code = client->consumer->close(client->consumer, error);
    lock_take(&listener->lock);
    client->closed = true;
    pthread_cond_broadcast(&listener->changed);
    lock_give(&listener->lock);
    listener_unpin(listener, client);
    return code;
}

void listener_await_shutdown(struct listener *listener)
{
    struct clock *clock = listener->context->ports.clock;
    lock_take(&listener->lock);
    struct client *client = pin_locked(listener);
    while (client != NULL && client->closing && !client->closed) {
        (void)clock_wait(clock, &listener->changed, &listener->lock, NEVER_NS);
    }
    lock_give(&listener->lock);
    listener_unpin(listener, client);
}

void listener_publish(struct listener *listener, enum carafe_event_kind kind)
{
    struct carafe_event event = {
        .kind = kind,
        .group = listener->group->group,
        .subscription_group = listener->group->id,
        .messages = kind == CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED ? listener->batch_messages : 0,
    };
    monitor_publish(listener->context->monitor, &event);
}

void listener_publish_failure(struct listener *listener, const char *type, const char *error_class, const char *text)
{
    struct carafe_failure failure = {
        .type = type,
        .error_class = error_class != NULL && error_class[0] != '\0' ? error_class : "ListenerError",
        .message = text,
    };
    struct carafe_event event = {
        .kind = CARAFE_EVENT_ERROR_OCCURRED,
        .group = listener->group->group,
        .subscription_group = listener->group->id,
        .failure = &failure,
    };
    monitor_publish(listener->context->monitor, &event);
}

void listener_enter(struct listener *listener, enum listener_state state)
{
    static const enum carafe_event_kind kinds[] = {
        [LISTENER_PENDING] = CARAFE_EVENT_LISTENER_PENDING, [LISTENER_STARTING] = CARAFE_EVENT_LISTENER_STARTING,
        [LISTENER_RUNNING] = CARAFE_EVENT_LISTENER_RUNNING, [LISTENER_QUIETING] = CARAFE_EVENT_LISTENER_QUIETING,
        [LISTENER_QUIET] = CARAFE_EVENT_LISTENER_QUIET,     [LISTENER_STOPPING] = CARAFE_EVENT_LISTENER_STOPPING,
        [LISTENER_STOPPED] = CARAFE_EVENT_LISTENER_STOPPED,
    };
    lock_take(&listener->lock);
    listener->state = state;
    lock_give(&listener->lock);
    listener_publish(listener, kinds[state]);
    if (state != LISTENER_STOPPED) {
        listener->context->listener_entered(state, listener->context->owner);
    }
}

void listener_announce(struct listener *listener)
{
    listener_enter(listener, LISTENER_PENDING);
}

bool listener_is_cancelled(struct listener *listener)
{
    lock_take(&listener->lock);
    bool cancelled = listener->cancelled;
    lock_give(&listener->lock);
    return cancelled;
}

void listener_fail(struct listener *listener, const char *error_class, const char *text)
{
    if (listener->failure_text[0] != '\0') {
        return;
    }
    (void)snprintf(listener->failure_class, sizeof listener->failure_class, "%s", error_class);
    (void)snprintf(listener->failure_text, sizeof listener->failure_text, "%s", text[0] != '\0' ? text : error_class);
}

void listener_rest(struct listener *listener, int64_t deadline_ns)
{
    struct clock *clock = listener->context->ports.clock;
    lock_take(&listener->lock);
    while (!listener->attention && !listener->cancelled && listener->first_finished == NULL) {
        if (clock_wait(clock, &listener->changed, &listener->lock, deadline_ns) != 0) {
            break;
        }
    }
    listener->attention = false;
    lock_give(&listener->lock);
}

void listener_await_blocking(struct listener *listener)
{
    const struct context *context = listener->context;
    struct clock *clock = context->ports.clock;
    int64_t tick_ms = context->config->values.tick_interval_ms;
    int64_t deadline_ns = deadline_after_ms(context_now_ns(context), tick_ms);
    lock_take(&listener->lock);
    while (listener->blocking > 0 && !listener->cancelled && !status_is_done(context->status)) {
        if (clock_wait(clock, &listener->changed, &listener->lock, deadline_ns) == 0) {
            continue;
        }
        lock_give(&listener->lock);
        if (listener->client != NULL) {
            listener->client->consumer->serve(listener->client->consumer);
        }
        deadline_ns = deadline_after_ms(context_now_ns(context), tick_ms);
        lock_take(&listener->lock);
    }
    lock_give(&listener->lock);
}

enum listener_state listener_state(struct listener *listener)
{
    lock_take(&listener->lock);
    enum listener_state state = listener->state;
    lock_give(&listener->lock);
    return state;
}

bool listener_is_active(struct listener *listener)
{
    enum listener_state state = listener_state(listener);
    return state > LISTENER_PENDING && state < LISTENER_STOPPED;
}

const char *listener_id(const struct listener *listener)
{
    return listener->id;
}

const char *listener_subscription_group(const struct listener *listener)
{
    return listener->group->id;
}

const char *listener_state_name(enum listener_state state)
{
    static const char *const names[] = {"pending", "starting", "running", "quieting", "quiet", "stopping", "stopped"};
    return names[state];
}

size_t listener_jobs(struct listener *listener)
{
    lock_take(&listener->lock);
    size_t running = listener->running;
    lock_give(&listener->lock);
    return running;
}
