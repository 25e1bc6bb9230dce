#include <stdlib.h>

#include "base/assert.h"
#include "server/dlq.h"
#include "server/listener_parts.h"

static struct carafe_partition partition_of(const struct carafe_consumer *consumer, int64_t offset)
{
    return (struct carafe_partition){consumer->topic->settings.name, consumer->partition, offset};
}

static void publish(struct carafe_consumer *consumer, enum carafe_event_kind kind, const struct carafe_job_view *job,
                    int64_t offset, int64_t duration_ms)
{
    struct carafe_event event = {
        .kind = kind,
        .group = consumer->topic->subscription_group->group,
        .subscription_group = consumer->topic->subscription_group->id,
        .topic = consumer->topic->settings.name,
        .partition = consumer->partition,
        .offset = offset,
        .duration_ms = duration_ms,
        .job = job,
    };
    monitor_publish(consumer->context->monitor, &event);
}

static int64_t seek_offset_of(struct carafe_consumer *consumer)
{
    lock_take(&consumer->lock);
    int64_t offset = consumer->seek_offset;
    lock_give(&consumer->lock);
    return offset;
}

static void set_seek_offset(struct carafe_consumer *consumer, int64_t offset)
{
    lock_take(&consumer->lock);
    consumer->seek_offset = offset;
    lock_give(&consumer->lock);
}

/*
 * A partition that does not go where it must would skip messages that nobody handled, and the next mark would pass
 * them: only a new client, which begins at what is committed, is safe then.
 */
static bool seek_to(struct listener *listener, struct carafe_consumer *consumer, int64_t offset)
{
    struct consumer *port = listener->client->consumer;
    struct carafe_partition partition = partition_of(consumer, offset);
    struct carafe_error error = {.code = CARAFE_OK};
    if (port->seek(port, &partition, &error) != 0) {
        listener_fail(listener, "SeekError", error.text);
        return false;
    }
    return true;
}

static void pause_consumer(struct listener *listener, struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    const struct verdict *verdict = &job->verdict;
    struct consumer *port = listener->client->consumer;
    struct carafe_partition partition = partition_of(consumer, NO_OFFSET);
    struct carafe_error error = {.code = CARAFE_OK};
    if (verdict->retry) {
        publish(consumer, CARAFE_EVENT_CONSUMER_RETRY, &job->view, verdict->offset, verdict->duration_ms);
    }
    if (port->pause(port, &partition, &error) != 0) {
        listener_fail(listener, "PauseError", error.text);
        return;
    }
    if (verdict->offset != NO_OFFSET) {
        if (!seek_to(listener, consumer, verdict->offset)) {
            return;
        }
        set_seek_offset(consumer, verdict->offset);
    }
    consumer->paused = true;
    consumer->seek_on_resume = false;
    consumer->pause_offset = verdict->offset;
    consumer->resume_at_ns = verdict->duration_ms < 0
                                 ? NEVER_NS
                                 : deadline_after_ms(context_now_ns(listener->context), verdict->duration_ms);
    publish(consumer, CARAFE_EVENT_CONSUMER_PAUSE, &job->view, verdict->offset, verdict->duration_ms);
    publish(consumer, CARAFE_EVENT_CLIENT_PAUSE, NULL, verdict->offset, verdict->duration_ms);
}

static void resume_consumer(struct listener *listener, struct carafe_consumer *consumer)
{
    struct consumer *port = listener->client->consumer;
    int64_t marked = seek_offset_of(consumer);
    if (consumer->pause_offset != NO_OFFSET && (consumer->seek_on_resume || marked > consumer->pause_offset)) {
        int64_t offset = marked > consumer->pause_offset ? marked : consumer->pause_offset;
        if (!seek_to(listener, consumer, offset)) {
            return;
        }
    }
    struct carafe_partition partition = partition_of(consumer, NO_OFFSET);
    struct carafe_error error = {.code = CARAFE_OK};
    if (port->resume(port, &partition, &error) != 0) {
        listener_fail(listener, "ResumeError", error.text);
        return;
    }
    consumer->paused = false;
    consumer->seek_on_resume = false;
    consumer->awaits_dispatch = false;
    consumer->pause_offset = NO_OFFSET;
    consumer->resume_at_ns = NEVER_NS;
    publish(consumer, CARAFE_EVENT_CLIENT_RESUME, NULL, marked, 0);
}

/* The partition of a long-running job was held; it is nobody's pause, so nobody is told. */
static void let_partition_go(struct listener *listener, struct carafe_consumer *consumer)
{
    struct consumer *port = listener->client->consumer;
    struct carafe_partition partition = partition_of(consumer, NO_OFFSET);
    struct carafe_error error = {.code = CARAFE_OK};
    if (!consumer->paused && port->resume(port, &partition, &error) != 0) {
        listener_fail(listener, "ResumeError", error.text);
    }
}

static bool is_current(struct listener *listener, const struct slot *slot, const struct job *job)
{
    return slot->assigned && slot->consumer == job->consumer && job->client == listener->client;
}

static void settle(struct listener *listener, struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    struct slot *slot = slot_find(listener, job->view.topic, job->view.partition);
    ASSERT(slot != NULL && slot->jobs > 0);
    slot->jobs--;
    if (listener->paused_all || listener->client == NULL || !is_current(listener, slot, job)) {
        return;
    }
    if (job->verdict.seek) {
        if (seek_to(listener, consumer, job->verdict.offset)) {
            set_seek_offset(consumer, job->verdict.offset);
            publish(consumer, CARAFE_EVENT_CONSUMER_SEEK, &job->view, job->verdict.offset, 0);
        }
    }
    if (job->verdict.pause) {
        pause_consumer(listener, job);
    } else if (job->verdict.resume && consumer->paused) {
        resume_consumer(listener, consumer);
    } else if (job->view.non_blocking && job->view.type == CARAFE_JOB_CONSUME) {
        let_partition_go(listener, consumer);
    }
}

void settle_finished(struct listener *listener)
{
    lock_take(&listener->lock);
    struct job *job = listener->first_finished;
    listener->first_finished = NULL;
    listener->last_finished = NULL;
    lock_give(&listener->lock);
    while (job != NULL) {
        struct job *next = job->next;
        settle(listener, job);
        listener_unpin(listener, job->client);
        job_destroy(job);
        job = next;
    }
}

void settle_expired_pauses(struct listener *listener)
{
    int64_t now_ns = context_now_ns(listener->context);
    for (struct slot *slot = listener->first_slot; slot != NULL; slot = slot->next) {
        struct carafe_consumer *consumer = slot->consumer;
        if (consumer == NULL || !consumer->paused) {
            continue;
        }
        consumer->awaits_dispatch = !dlq_settle(consumer, listener->client);
        if (!consumer->awaits_dispatch && consumer->resume_at_ns <= now_ns) {
            resume_consumer(listener, consumer);
        }
    }
}

void settle_dispatches(struct listener *listener)
{
    for (struct slot *slot = listener->first_slot; slot != NULL; slot = slot->next) {
        if (slot->consumer != NULL && listener->client != NULL) {
            (void)dlq_settle(slot->consumer, listener->client);
        }
    }
}

int64_t settle_next_deadline_ns(struct listener *listener)
{
    int64_t deadline_ns = NEVER_NS;
    for (const struct slot *slot = listener->first_slot; slot != NULL; slot = slot->next) {
        const struct carafe_consumer *consumer = slot->consumer;
        if (consumer == NULL) {
            continue;
        }
        if (consumer->paused && !consumer->awaits_dispatch && consumer->resume_at_ns < deadline_ns) {
            deadline_ns = consumer->resume_at_ns;
        }
        if (consumer->next_tick_ns < deadline_ns) {
            deadline_ns = consumer->next_tick_ns;
        }
    }
    return deadline_ns;
}
