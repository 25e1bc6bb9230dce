#include <stdlib.h>

#include "server/listener_parts.h"

static void announce(struct job *job)
{
    struct carafe_event event = {
        .kind = CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE,
        .group = job->view.group,
        .subscription_group = job->view.subscription_group,
        .topic = job->view.topic,
        .partition = job->view.partition,
        .offset = job->view.first_offset,
        .job = &job->view,
    };
    monitor_publish(job->consumer->context->monitor, &event);
}

static void note_pushed(struct listener *listener, struct job *job)
{
    lock_take(&listener->lock);
    listener->running++;
    listener->blocking += job->view.non_blocking ? 0 : 1;
    job->client = listener->client;
    if (job->client != NULL) {
        job->client->pins++;
    }
    lock_give(&listener->lock);
}

static void take_back(struct listener *listener, struct job *job)
{
    lock_take(&listener->lock);
    listener->running--;
    listener->blocking -= job->view.non_blocking ? 0 : 1;
    lock_give(&listener->lock);
    job_release_messages(job);
    listener_unpin(listener, job->client);
    job_destroy(job);
}

/* Returns false when it could not be queued: it is gone then, with its messages, which nobody has marked. */
static bool push(struct listener *listener, struct slot *slot, struct job *job)
{
    job->lane = &slot->lane;
    slot->jobs++;
    note_pushed(listener, job);
    if (jobs_queue_push(listener->context->queue, job, announce) == 0) {
        return true;
    }
    slot->jobs--;
    take_back(listener, job);
    return false;
}

static bool push_news(struct listener *listener, struct slot *slot, struct carafe_consumer *consumer,
                      enum carafe_job_type type)
{
    struct job *job = job_create(type, listener, consumer);
    return job != NULL && push(listener, slot, job);
}

/* The messages move from the slot to the job. */
static bool fill(struct job *job, struct slot *slot)
{
    size_t count = slot->gathered_count;
    job->messages = calloc(count, sizeof *job->messages);
    job->batch = calloc(count, sizeof *job->batch);
    if (job->messages == NULL || job->batch == NULL) {
        free(job->messages);
        free(job->batch);
        job->messages = NULL;
        job->batch = NULL;
        return false;
    }
    job->fetched_ns = slot->gathered[0].fetched_ns;
    for (size_t i = 0; i < count; i++) {
        job->messages[i] = slot->gathered[i];
        job->batch[i] = slot->gathered[i].message;
    }
    job->view.messages = count;
    job->view.first_offset = job->batch[0].offset;
    job->view.last_offset = job->batch[count - 1].offset;
    slot->gathered_count = 0;
    return true;
}

/* A long-running job owns its partition: nothing more is fetched while it runs. */
static void hold_partition(struct listener *listener, struct slot *slot)
{
    struct consumer *consumer = listener->client->consumer;
    struct carafe_partition partition = {slot->topic->settings.name, slot->partition, NO_OFFSET};
    struct carafe_error error = {.code = CARAFE_OK};
    if (consumer->pause(consumer, &partition, &error) != 0) {
        listener_fail(listener, "PauseError", error.text);
    }
}

/* What cannot be scheduled was polled and is not handled: only a reset brings it again. */
static void schedule_messages(struct listener *listener, struct slot *slot)
{
    struct job *job = job_create(CARAFE_JOB_CONSUME, listener, slot->consumer);
    if (job == NULL || !fill(job, slot)) {
        job_destroy(job);
        listener_fail(listener, "MemoryError", "schedule: no memory");
        return;
    }
    if (job->view.non_blocking) {
        hold_partition(listener, slot);
    }
    if (!push(listener, slot, job)) {
        listener_fail(listener, "QueueError", "schedule: expected an open queue, got a closed one");
    }
}

static void schedule_slot(struct listener *listener, struct slot *slot)
{
    if (!slot->assigned || slot->consumer == NULL) {
        slot_drop_gathered(listener, slot);
        return;
    }
    if (slot->gathered_count > 0) {
        schedule_messages(listener, slot);
    }
    if (slot->end_reached && slot->topic->settings.handler.eofed != NULL) {
        (void)push_news(listener, slot, slot->consumer, CARAFE_JOB_EOFED);
    }
    slot->end_reached = false;
}

static bool tick_is_due(const struct slot *slot, int64_t now_ns)
{
    struct carafe_consumer *consumer = slot->consumer;
    if (consumer->next_tick_ns > now_ns) {
        return false;
    }
    consumer->next_tick_ns = deadline_after_ms(now_ns, slot->topic->settings.tick_ms);
    return slot->topic->settings.handler.tick != NULL;
}

/* Jobs that no message brings, for those that have nothing else to do.  A tick does not make busy who is idle. */
static void schedule_unprompted(struct listener *listener, bool nothing_came)
{
    int64_t now_ns = context_now_ns(listener->context);
    for (struct slot *slot = listener->first_slot; slot != NULL; slot = slot->next) {
        if (slot->consumer == NULL) {
            continue;
        }
        bool free = slot->jobs == 0;
        if (tick_is_due(slot, now_ns) && free) {
            (void)push_news(listener, slot, slot->consumer, CARAFE_JOB_TICK);
        }
        if (nothing_came && free && slot->topic->settings.handler.idle != NULL) {
            (void)push_news(listener, slot, slot->consumer, CARAFE_JOB_IDLE);
        }
    }
}

void schedule_batch(struct listener *listener)
{
    bool nothing = listener->batch_messages == 0 && listener->batch_timed_out;
    while (listener->first_touched != NULL) {
        struct slot *slot = listener->first_touched;
        listener->first_touched = slot->next_touched;
        slot->touched = false;
        schedule_slot(listener, slot);
    }
    listener->last_touched = NULL;
    schedule_unprompted(listener, nothing);
}

void schedule_revoked(struct listener *listener)
{
    while (listener->first_leaving != NULL) {
        struct leaving *leaving = listener->first_leaving;
        listener->first_leaving = leaving->next;
        (void)push_news(listener, leaving->slot, leaving->consumer, CARAFE_JOB_REVOKED);
        consumer_drop(leaving->consumer);
        free(leaving);
    }
    listener->last_leaving = NULL;
}

void schedule_shutdown(struct listener *listener)
{
    for (struct slot *slot = listener->first_slot; slot != NULL; slot = slot->next) {
        if (slot->consumer != NULL) {
            (void)push_news(listener, slot, slot->consumer, CARAFE_JOB_SHUTDOWN);
            consumer_drop(slot->consumer);
            slot->consumer = NULL;
        }
    }
}
