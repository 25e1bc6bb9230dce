#include "server/consumer_state.h"

#include <stdlib.h>

#include "base/assert.h"
#include "server/client.h"

struct carafe_consumer *consumer_create(const struct context *context, struct listener *listener,
                                        const struct routed_topic *topic, int32_t partition)
{
    struct carafe_consumer *consumer = calloc(1, sizeof *consumer);
    if (consumer == NULL) {
        return NULL;
    }
    consumer->context = context;
    consumer->listener = listener;
    consumer->topic = topic;
    consumer->partition = partition;
    atomic_init(&consumer->references, 1);
    lock_init(&consumer->lock, LOCK_CONSUMER);
    pthread_cond_init(&consumer->changed, NULL);
    consumer->seek_offset = NO_OFFSET;
    consumer->last_seen_offset = NO_OFFSET;
    consumer->pause_offset = NO_OFFSET;
    consumer->resume_at_ns = NEVER_NS;
    consumer->next_tick_ns = NEVER_NS;
    if (topic->settings.tick_ms > 0) {
        consumer->next_tick_ns = deadline_after_ms(context_now_ns(context), topic->settings.tick_ms);
    }
    return consumer;
}

void consumer_forget_failure(struct carafe_consumer *consumer)
{
    consumer->failure_class[0] = '\0';
    consumer->failure_message[0] = '\0';
    free(consumer->failure_whole);
    consumer->failure_whole = NULL;
}

void consumer_hold(struct carafe_consumer *consumer)
{
    atomic_fetch_add(&consumer->references, 1);
}

void consumer_drop(struct carafe_consumer *consumer)
{
    if (consumer == NULL || atomic_fetch_sub(&consumer->references, 1) != 1) {
        return;
    }
    pthread_cond_destroy(&consumer->changed);
    lock_close(&consumer->lock);
    free(consumer->failure_whole);
    free(consumer);
}

static void wait_locked(struct carafe_consumer *consumer, int64_t deadline_ns)
{
    struct clock *clock = consumer->context->ports.clock;
    (void)clock_wait(clock, &consumer->changed, &consumer->lock, deadline_ns);
}

void consumer_revoke(struct carafe_consumer *consumer)
{
    lock_take(&consumer->lock);
    consumer->revoked = true;
    while (consumer->critical > 0) {
        wait_locked(consumer, NEVER_NS);
    }
    lock_give(&consumer->lock);
}

void consumer_cancel(struct carafe_consumer *consumer)
{
    lock_take(&consumer->lock);
    consumer->cancelled = true;
    pthread_cond_broadcast(&consumer->changed);
    lock_give(&consumer->lock);
}

bool consumer_enter_critical(struct carafe_consumer *consumer)
{
    lock_take(&consumer->lock);
    bool entered = !consumer->revoked;
    consumer->critical += entered ? 1 : 0;
    lock_give(&consumer->lock);
    return entered;
}

void consumer_leave_critical(struct carafe_consumer *consumer)
{
    lock_take(&consumer->lock);
    ASSERT(consumer->critical > 0);
    consumer->critical--;
    if (consumer->critical == 0) {
        pthread_cond_broadcast(&consumer->changed);
    }
    lock_give(&consumer->lock);
}

static void publish_mark(struct carafe_consumer *consumer, int64_t offset)
{
    struct carafe_event event = {
        .kind = CARAFE_EVENT_CONSUMER_MARKED,
        .group = consumer->topic->subscription_group->group,
        .subscription_group = consumer->topic->subscription_group->id,
        .topic = consumer->topic->settings.name,
        .partition = consumer->partition,
        .offset = offset,
    };
    monitor_publish(consumer->context->monitor, &event);
}

/* Returns false when it was marked before: marks only go forward, a seek alone takes them back. */
static bool note_mark(struct carafe_consumer *consumer, int64_t offset)
{
    lock_take(&consumer->lock);
    bool forward = offset >= consumer->seek_offset;
    if (forward) {
        consumer->seek_offset = offset + 1;
        if (consumer->topic->settings.dead_letters.independent) {
            consumer->attempt = 0;
        }
    }
    lock_give(&consumer->lock);
    return forward;
}

int consumer_mark_offset(struct carafe_consumer *consumer, struct client *client, int64_t offset)
{
    if (!consumer_enter_critical(consumer)) {
        return CARAFE_REFUSED;
    }
    int code = 0;
    bool forward = note_mark(consumer, offset);
    if (forward) {
        struct carafe_partition partition = {consumer->topic->settings.name, consumer->partition, offset + 1};
        struct carafe_error error = {.code = CARAFE_OK};
        publish_mark(consumer, offset);
        code = client->consumer->store(client->consumer, &partition, &error);
    }
    consumer_leave_critical(consumer);
    return code;
}

int consumer_wait(struct carafe_consumer *consumer, bool (*is_over)(void *owner), void *owner, int64_t deadline_ns)
{
    struct clock *clock = consumer->context->ports.clock;
    lock_take(&consumer->lock);
    int code = 0;
    while (code == 0 && !consumer->cancelled && !is_over(owner)) {
        code = clock_wait(clock, &consumer->changed, &consumer->lock, deadline_ns);
    }
    if (is_over(owner)) {
        code = 0;
    } else if (consumer->cancelled) {
        code = CARAFE_CLOSED;
    }
    lock_give(&consumer->lock);
    return code;
}
