#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "server/dlq.h"
#include "server/listener_parts.h"

/* ---- Slots ---- */

static struct slot **bucket_of(struct listener *listener, int32_t partition)
{
    return &listener->buckets[(uint32_t)partition % SLOT_BUCKETS];
}

struct slot *slot_find(struct listener *listener, const char *topic, int32_t partition)
{
    struct slot *slot = *bucket_of(listener, partition);
    while (slot != NULL && (slot->partition != partition || strcmp(slot->topic->settings.name, topic) != 0)) {
        slot = slot->next_in_bucket;
    }
    return slot;
}

static const struct routed_topic *find_topic(const struct listener *listener, const char *name)
{
    for (size_t i = 0; i < listener->group->topic_count; i++) {
        if (strcmp(listener->group->topics[i]->settings.name, name) == 0) {
            return listener->group->topics[i];
        }
    }
    return NULL;
}

static struct slot *slot_add(struct listener *listener, const char *topic_name, int32_t partition)
{
    const struct routed_topic *topic = find_topic(listener, topic_name);
    struct slot *slot = topic == NULL ? NULL : calloc(1, sizeof *slot);
    if (slot == NULL) {
        return NULL;
    }
    slot->topic = topic;
    slot->partition = partition;
    slot->next_in_bucket = *bucket_of(listener, partition);
    *bucket_of(listener, partition) = slot;
    if (listener->last_slot != NULL) {
        listener->last_slot->next = slot;
    } else {
        listener->first_slot = slot;
    }
    listener->last_slot = slot;
    return slot;
}

void slot_drop_gathered(struct listener *listener, struct slot *slot)
{
    for (size_t i = 0; i < slot->gathered_count; i++) {
        listener->client->consumer->release(&slot->gathered[i]);
    }
    listener->batch_messages -= slot->gathered_count;
    slot->gathered_count = 0;
    slot->end_reached = false;
}

/* ---- What the client tells ---- */

/* The forceful shutdown's helper closes a client whose thread may still work with all this: then nothing is touched. */
static bool is_own_thread(const struct listener *listener)
{
    return pthread_equal(listener->self, pthread_self()) != 0;
}

static void publish_partitions(struct listener *listener, enum carafe_event_kind kind,
                               const struct carafe_partition *partitions, size_t count, bool lost)
{
    struct carafe_event event = {
        .kind = kind,
        .group = listener->group->group,
        .subscription_group = listener->group->id,
        .partitions = partitions,
        .partition_count = count,
        .lost = lost,
    };
    monitor_publish(listener->context->monitor, &event);
}

static void on_assign(const struct carafe_partition *partitions, size_t count, void *owner)
{
    publish_partitions(owner, CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGN, partitions, count, false);
}

static void assign_one(struct listener *listener, const struct carafe_partition *partition)
{
    struct slot *slot = slot_find(listener, partition->topic, partition->partition);
    if (slot == NULL) {
        slot = slot_add(listener, partition->topic, partition->partition);
    }
    if (slot == NULL) {
        listener_fail(listener, "AssignmentError", "assignment: expected a topic of ours and memory, got neither");
        return;
    }
    slot->assigned = true;
    if (slot->consumer == NULL && !listener->paused_all) {
        slot->consumer = consumer_create(listener->context, listener, slot->topic, slot->partition);
        if (slot->consumer == NULL) {
            listener_fail(listener, "AssignmentError", "assignment: no memory");
        }
    }
    if (listener->paused_all) {
        struct consumer *consumer = listener->client->consumer;
        (void)consumer->pause(consumer, partition, NULL);
    }
}

static void on_assigned(const struct carafe_partition *partitions, size_t count, void *owner)
{
    struct listener *listener = owner;
    for (size_t i = 0; i < count && is_own_thread(listener); i++) {
        assign_one(listener, &partitions[i]);
    }
    publish_partitions(listener, CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED, partitions, count, false);
}

/* From here on nothing of these partitions starts or is stored; the client commits what is, before they are gone. */
static void on_revoke(const struct carafe_partition *partitions, size_t count, bool lost, void *owner)
{
    struct listener *listener = owner;
    bool own = is_own_thread(listener);
    for (size_t i = 0; i < count && own; i++) {
        struct slot *slot = slot_find(listener, partitions[i].topic, partitions[i].partition);
        if (slot != NULL && slot->consumer != NULL) {
            (void)dlq_settle(slot->consumer, listener->client);
            consumer_revoke(slot->consumer);
        }
    }
    publish_partitions(listener, CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKE, partitions, count, lost);
}

static void leave(struct listener *listener, struct slot *slot)
{
    slot->assigned = false;
    slot_drop_gathered(listener, slot);
    if (slot->consumer == NULL) {
        return;
    }
    struct leaving *leaving = calloc(1, sizeof *leaving);
    if (leaving == NULL) {
        /* No memory for its farewell: its handler hears of it no more. */
        consumer_drop(slot->consumer);
        slot->consumer = NULL;
        return;
    }
    *leaving = (struct leaving){.slot = slot, .consumer = slot->consumer};
    slot->consumer = NULL;
    if (listener->last_leaving != NULL) {
        listener->last_leaving->next = leaving;
    } else {
        listener->first_leaving = leaving;
    }
    listener->last_leaving = leaving;
}

static void on_revoked(const struct carafe_partition *partitions, size_t count, bool lost, void *owner)
{
    struct listener *listener = owner;
    for (size_t i = 0; i < count && is_own_thread(listener); i++) {
        struct slot *slot = slot_find(listener, partitions[i].topic, partitions[i].partition);
        if (slot != NULL) {
            leave(listener, slot);
        }
    }
    publish_partitions(listener, CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED, partitions, count, lost);
}

void membership_forget(struct listener *listener)
{
    for (struct slot *slot = listener->first_slot; slot != NULL; slot = slot->next) {
        if (slot->consumer != NULL) {
            consumer_revoke(slot->consumer);
        }
        leave(listener, slot);
    }
}

static void on_statistics(const char *client_id, const char *json, size_t len, void *owner)
{
    struct listener *listener = owner;
    struct carafe_event event = {
        .kind = CARAFE_EVENT_STATISTICS_EMITTED,
        .group = listener->group->group,
        .subscription_group = listener->group->id,
        .client_id = client_id,
        .statistics = json,
        .statistics_len = len,
    };
    monitor_publish(listener->context->monitor, &event);
}

static void on_failed(const char *error_class, const char *text, bool fatal, void *owner)
{
    (void)fatal; /* the next poll says so as well, and is acted upon */
    listener_publish_failure(owner, "librdkafka.error", error_class, text);
}

static void on_committed(const struct carafe_partition *partitions, size_t count, int code, const char *error_class,
                         void *owner)
{
    if (code == CARAFE_REFUSED) {
        return; /* the group rebalances: who gets the partitions reads again what was not committed */
    }
    if (code != 0) {
        listener_publish_failure(owner, "librdkafka.error", error_class, "commit: expected success, got a failure");
        return;
    }
    publish_partitions(owner, CARAFE_EVENT_CLIENT_COMMITTED, partitions, count, false);
}

/* ---- The client ---- */

static int subscribe(struct listener *listener, struct consumer *consumer, struct carafe_error *error)
{
    const struct subscription_group *group = listener->group;
    const char **list = calloc(group->topic_count, sizeof *list);
    if (list == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "listener %s: no memory", group->id);
    }
    struct carafe_names names = {.list = list};
    for (size_t i = 0; i < group->topic_count; i++) {
        if (group->topics[i]->active) {
            list[names.count++] = group->topics[i]->settings.name;
        }
    }
    int code = consumer->subscribe(consumer, &names, error);
    free(list);
    return code;
}

static void set_client(struct listener *listener, struct client *client)
{
    lock_take(&listener->lock);
    listener->client = client;
    lock_give(&listener->lock);
}

int membership_open(struct listener *listener, struct carafe_error *error)
{
    struct consumer_factory *factory = listener->context->ports.consumers;
    struct consumer_options options = {
        .group = listener->group->group,
        .subscription_group = listener->group->id,
        .kafka = listener->group->kafka,
        .observer =
            {
                .assign = on_assign,
                .assigned = on_assigned,
                .revoke = on_revoke,
                .revoked = on_revoked,
                .statistics = on_statistics,
                .committed = on_committed,
                .failed = on_failed,
                .owner = listener,
            },
    };
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "listener %s: no memory", listener->group->id);
    }
    int code = factory->open(factory, &options, &client->consumer, error);
    if (code != 0) {
        free(client);
        return code;
    }
    set_client(listener, client);
    return subscribe(listener, client->consumer, error);
}

void membership_close(struct listener *listener)
{
    struct client *client = listener->client;
    if (client == NULL) {
        return;
    }
    struct carafe_error error = {.code = CARAFE_OK};
    if (listener_shutdown(listener, &error) != 0) {
        listener_publish_failure(listener, "librdkafka.error", "CloseError", error.text);
    }
    set_client(listener, NULL);
    client->next = listener->retired;
    listener->retired = client;
}

static bool is_unused(struct listener *listener, const struct client *client)
{
    lock_take(&listener->lock);
    bool unused = client->pins == 0;
    lock_give(&listener->lock);
    return unused;
}

void membership_reap(struct listener *listener, bool all)
{
    struct client **link = &listener->retired;
    while (*link != NULL) {
        struct client *client = *link;
        bool unused = is_unused(listener, client);
        ASSERT(unused || !all);
        if (!unused) {
            link = &client->next;
            continue;
        }
        *link = client->next;
        client->consumer->destroy(client->consumer);
        free(client);
    }
}

void membership_await_unused(struct listener *listener)
{
    struct clock *clock = listener->context->ports.clock;
    lock_take(&listener->lock);
    for (const struct client *client = listener->retired; client != NULL; client = client->next) {
        while (client->pins > 0 && !listener->cancelled) {
            (void)clock_wait(clock, &listener->changed, &listener->lock, NEVER_NS);
        }
    }
    bool cancelled = listener->cancelled;
    lock_give(&listener->lock);
    if (!cancelled) {
        membership_reap(listener, true);
    }
}
