#include <stdlib.h>
#include <string.h>

#include "server/listener_parts.h"

#define GATHERED_FIRST_CAPACITY 16

static void touch(struct listener *listener, struct slot *slot)
{
    if (slot->touched) {
        return;
    }
    slot->touched = true;
    slot->next_touched = NULL;
    if (listener->last_touched != NULL) {
        listener->last_touched->next_touched = slot;
    } else {
        listener->first_touched = slot;
    }
    listener->last_touched = slot;
}

static bool gather_into(struct slot *slot, const struct consumer_message *message)
{
    if (slot->gathered_count == slot->gathered_capacity) {
        size_t capacity = slot->gathered_capacity == 0 ? GATHERED_FIRST_CAPACITY : 2 * slot->gathered_capacity;
        struct consumer_message *grown = realloc(slot->gathered, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        slot->gathered = grown;
        slot->gathered_capacity = capacity;
    }
    slot->gathered[slot->gathered_count++] = *message;
    return true;
}

/*
 * A message of a paused partition slipped through: it is not lost, the partition goes on with it when it is resumed.
 */
static void note_slipped(struct carafe_consumer *consumer, int64_t offset)
{
    consumer->seek_on_resume = true;
    if (consumer->pause_offset == NO_OFFSET || offset < consumer->pause_offset) {
        consumer->pause_offset = offset;
    }
}

/* A client whose offset was out of range may begin anew at what it gave before: a batch goes forward only. */
static void drop_what_comes_again(struct listener *listener, struct slot *slot, int64_t offset)
{
    struct consumer *consumer = listener->client->consumer;
    while (slot->gathered_count > 0 && slot->gathered[slot->gathered_count - 1].message.offset >= offset) {
        consumer->release(&slot->gathered[--slot->gathered_count]);
        listener->batch_messages--;
    }
}

static void gather(struct listener *listener, struct consumer_message *message)
{
    struct slot *slot = slot_find(listener, message->message.topic, message->message.partition);
    struct consumer *consumer = listener->client->consumer;
    if (slot == NULL || !slot->assigned || slot->consumer == NULL) {
        consumer->release(message);
        return;
    }
    if (slot->consumer->paused) {
        note_slipped(slot->consumer, message->message.offset);
        consumer->release(message);
        return;
    }
    drop_what_comes_again(listener, slot, message->message.offset);
    if (!gather_into(slot, message)) {
        consumer->release(message);
        listener_fail(listener, "MemoryError", "batch: no memory");
        return;
    }
    listener->batch_messages++;
    touch(listener, slot);
}

static void note_end(struct listener *listener, const struct carafe_partition *partition)
{
    struct slot *slot = slot_find(listener, partition->topic, partition->partition);
    if (slot != NULL && slot->assigned) {
        slot->end_reached = true;
        touch(listener, slot);
    }
}

/* Returns false when there is something to look at first. */
static bool begin_poll(struct listener *listener)
{
    lock_take(&listener->lock);
    bool clear = !listener->attention && !listener->cancelled && listener->first_finished == NULL;
    listener->attention = false;
    listener->polling = clear;
    lock_give(&listener->lock);
    return clear;
}

static void end_poll(struct listener *listener)
{
    lock_take(&listener->lock);
    listener->polling = false;
    lock_give(&listener->lock);
}

static void note_failure(struct listener *listener, const struct consumer_poll *poll)
{
    if (poll->fatal) {
        listener->client->failed = true;
        listener_fail(listener, poll->error_class, poll->error.text);
    } else {
        listener_publish_failure(listener, "connection.client.poll.error", poll->error_class, poll->error.text);
    }
}

/* Returns true when the batch may go on. */
static bool poll_once(struct listener *listener, int64_t deadline_ns)
{
    struct consumer *consumer = listener->client->consumer;
    struct consumer_poll poll;
    memset(&poll, 0, sizeof poll);
    if (!begin_poll(listener)) {
        return false;
    }
    consumer->poll(consumer, deadline_ns, &poll);
    end_poll(listener);
    switch (poll.kind) {
    case CONSUMER_MESSAGE:
        gather(listener, &poll.message);
        return listener->failure_text[0] == '\0';
    case CONSUMER_EOF:
        note_end(listener, &poll.partition);
        return false;
    case CONSUMER_FAILED:
        note_failure(listener, &poll);
        return false;
    case CONSUMER_NOTHING:
        listener->batch_timed_out = true;
        break;
    case CONSUMER_INTERRUPTED:
        break;
    }
    return false;
}

static int64_t earlier(int64_t first_ns, int64_t second_ns)
{
    return first_ns < second_ns ? first_ns : second_ns;
}

void batch_collect(struct listener *listener)
{
    int64_t now_ns = context_now_ns(listener->context);
    int64_t deadline_ns =
        earlier(deadline_after_ms(now_ns, listener->group->max_wait_time_ms), settle_next_deadline_ns(listener));
    listener->batch_messages = 0;
    listener->batch_timed_out = false;
    while (listener->batch_messages < listener->group->max_messages && poll_once(listener, deadline_ns)) {
    }
}

void batch_ping(struct listener *listener, int64_t deadline_ns)
{
    if (listener->client == NULL || listener->client->failed) {
        listener_rest(listener, deadline_ns);
        return;
    }
    (void)poll_once(listener, deadline_ns);
    batch_drop(listener);
}

void batch_drop(struct listener *listener)
{
    while (listener->first_touched != NULL) {
        struct slot *slot = listener->first_touched;
        listener->first_touched = slot->next_touched;
        slot->touched = false;
        slot_drop_gathered(listener, slot);
    }
    listener->last_touched = NULL;
}
