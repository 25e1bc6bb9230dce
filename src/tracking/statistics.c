#include "tracking/statistics.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/error.h"
#include "tracking/identity.h"
#include "tracking/pauses.h"
#include "tracking/window.h"

struct broker {
    char *name;
    struct transfer_window window;
};

struct client {
    char *group;
    char *subscription_group;
    bool running;
    bool renewed;        /* reset: it waits for its next start */
    bool fresh;          /* started: the next document has nothing to be compared with */
    bool emitted;        /* `snapshots[current]` is there */
    int64_t compared_ms; /* time of the last document, or of the start; whole ms as the original */
    double polled_ms;
    int current;
    struct snapshot snapshots[2]; /* the other one is the emission's to write */
    struct broker *brokers;
    size_t broker_count;
};

struct statistics {
    struct lock emission;
    struct json_reader reader; /* emission */

    struct lock state;
    struct client **clients; /* in the order of their first start; grows with the configuration only */
    size_t client_count;
    size_t client_capacity;
    struct pauses pauses;
};

static int64_t round_to_ms(double ms)
{
    return (int64_t)llround(ms);
}

/* ---- clients ----------------------------------------------------------------------------------------------------- */

struct statistics *statistics_create(void)
{
    struct statistics *statistics = calloc(1, sizeof *statistics);
    if (statistics == NULL) {
        return NULL;
    }
    lock_init(&statistics->emission, LOCK_EMISSION);
    lock_init(&statistics->state, LOCK_STATISTICS);
    json_reader_init(&statistics->reader);
    return statistics;
}

static void destroy_client(struct client *client)
{
    snapshot_close(&client->snapshots[0]);
    snapshot_close(&client->snapshots[1]);
    for (size_t i = 0; i < client->broker_count; i++) {
        free(client->brokers[i].name);
    }
    free(client->brokers);
    free(client->group);
    free(client->subscription_group);
    free(client);
}

void statistics_destroy(struct statistics *statistics)
{
    if (statistics == NULL) {
        return;
    }
    for (size_t i = 0; i < statistics->client_count; i++) {
        destroy_client(statistics->clients[i]);
    }
    free(statistics->clients);
    pauses_close(&statistics->pauses);
    json_reader_close(&statistics->reader);
    lock_close(&statistics->emission);
    lock_close(&statistics->state);
    free(statistics);
}

static struct client *find_client_locked(const struct statistics *statistics, const char *subscription_group)
{
    for (size_t i = 0; i < statistics->client_count; i++) {
        if (strcmp(statistics->clients[i]->subscription_group, subscription_group) == 0) {
            return statistics->clients[i];
        }
    }
    return NULL;
}

static int make_room_locked(struct statistics *statistics)
{
    if (statistics->client_count < statistics->client_capacity) {
        return 0;
    }
    if (statistics->client_count >= STATISTICS_CLIENTS_MAX) {
        return CARAFE_FULL;
    }
    size_t capacity = statistics->client_capacity == 0 ? 8 : statistics->client_capacity * 2;
    struct client **clients = realloc(statistics->clients, capacity * sizeof *clients);
    if (clients == NULL) {
        return CARAFE_NO_MEMORY;
    }
    statistics->clients = clients;
    statistics->client_capacity = capacity;
    return 0;
}

static int add_client_locked(struct statistics *statistics, const char *group, const char *subscription_group,
                             struct client **added)
{
    int code = make_room_locked(statistics);
    if (code != 0) {
        return code;
    }
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return CARAFE_NO_MEMORY;
    }
    client->group = strdup(group);
    client->subscription_group = strdup(subscription_group);
    if (client->group == NULL || client->subscription_group == NULL) {
        destroy_client(client);
        return CARAFE_NO_MEMORY;
    }
    statistics->clients[statistics->client_count++] = client;
    *added = client;
    return 0;
}

static int start_locked(struct statistics *statistics, const char *group, const char *subscription_group, double now_ms,
                        struct client **started)
{
    struct client *client = find_client_locked(statistics, subscription_group);
    if (client == NULL) {
        int code = add_client_locked(statistics, group, subscription_group, &client);
        if (code != 0) {
            return code;
        }
    }
    client->running = true;
    client->renewed = false;
    client->fresh = true;
    client->compared_ms = round_to_ms(now_ms);
    client->polled_ms = now_ms;
    *started = client;
    return 0;
}

int statistics_start(struct statistics *statistics, const char *group, const char *subscription_group, double now_ms,
                     struct carafe_error *error)
{
    struct client *client = NULL;
    lock_take(&statistics->emission);
    lock_take(&statistics->state);
    int code = start_locked(statistics, group, subscription_group, now_ms, &client);
    lock_give(&statistics->state);
    lock_give(&statistics->emission);
    if (code != 0) {
        return error_set(error, (enum carafe_code)code, "statistics: %s: expected room for a client, got none",
                         subscription_group);
    }
    return 0;
}

bool statistics_knows(struct statistics *statistics, const char *subscription_group)
{
    lock_take(&statistics->state);
    const struct client *client = find_client_locked(statistics, subscription_group);
    bool known = client != NULL && client->running && !client->renewed;
    lock_give(&statistics->state);
    return known;
}

void statistics_reset(struct statistics *statistics, const char *subscription_group)
{
    lock_take(&statistics->state);
    struct client *client = find_client_locked(statistics, subscription_group);
    if (client != NULL) {
        client->renewed = true;
    }
    pauses_remove_all(&statistics->pauses, subscription_group);
    lock_give(&statistics->state);
}

void statistics_polled(struct statistics *statistics, const char *subscription_group, double now_ms)
{
    lock_take(&statistics->state);
    struct client *client = find_client_locked(statistics, subscription_group);
    if (client != NULL) {
        client->polled_ms = now_ms;
    }
    lock_give(&statistics->state);
}

void statistics_stop(struct statistics *statistics, const char *subscription_group)
{
    lock_take(&statistics->emission);
    lock_take(&statistics->state);
    struct client *client = find_client_locked(statistics, subscription_group);
    if (client != NULL) {
        client->running = false;
        client->emitted = false;
    }
    pauses_remove_all(&statistics->pauses, subscription_group);
    lock_give(&statistics->state);
    lock_give(&statistics->emission);
}

int statistics_pause(struct statistics *statistics, const char *subscription_group, const char *topic,
                     int32_t partition, int64_t duration_ms, double now_ms)
{
    bool endless = duration_ms < 0 || duration_ms > STATISTICS_PAUSE_MAX_MS;
    double until_ms = now_ms + (double)(endless ? STATISTICS_PAUSE_MAX_MS : duration_ms);
    lock_take(&statistics->state);
    int code = pauses_set(&statistics->pauses, subscription_group, topic, partition, until_ms);
    lock_give(&statistics->state);
    return code;
}

void statistics_resume(struct statistics *statistics, const char *subscription_group, const char *topic,
                       int32_t partition)
{
    lock_take(&statistics->state);
    pauses_remove(&statistics->pauses, subscription_group, topic, partition);
    lock_give(&statistics->state);
}

/* ---- a new document ---------------------------------------------------------------------------------------------- */

static struct broker *find_broker_locked(struct client *client, const char *name, size_t hint)
{
    if (hint < client->broker_count && strcmp(client->brokers[hint].name, name) == 0) {
        return &client->brokers[hint]; /* they come in the same order every time */
    }
    for (size_t i = 0; i < client->broker_count; i++) {
        if (strcmp(client->brokers[i].name, name) == 0) {
            return &client->brokers[i];
        }
    }
    return NULL;
}

/* NULL: no memory, or as many brokers as are kept; this one's bytes are not counted then. */
static struct broker *add_broker_locked(struct client *client, const char *name)
{
    if (client->broker_count >= SNAPSHOT_BROKERS_MAX) {
        return NULL;
    }
    struct broker *brokers = realloc(client->brokers, (client->broker_count + 1) * sizeof *brokers);
    if (brokers == NULL) {
        return NULL;
    }
    client->brokers = brokers;
    struct broker *broker = &brokers[client->broker_count];
    *broker = (struct broker){.name = strdup(name)};
    if (broker->name == NULL) {
        return NULL;
    }
    client->broker_count++;
    return broker;
}

static void add_transfer_locked(struct client *client, const struct snapshot *snapshot, double now_ms)
{
    for (size_t i = 0; i < snapshot->broker_count; i++) {
        const struct broker_snapshot *sample = &snapshot->brokers[i];
        const char *name = snapshot->text.bytes + sample->name;
        struct broker *broker = find_broker_locked(client, name, i);
        if (broker == NULL) {
            broker = add_broker_locked(client, name);
        }
        if (broker != NULL) {
            transfer_window_add(&broker->window, now_ms, sample->received, sample->sent);
        }
    }
}

static void note_pauses_locked(const struct statistics *statistics, const struct client *client,
                               struct snapshot *snapshot, double now_ms)
{
    if (statistics->pauses.count == 0) {
        return;
    }
    for (size_t i = 0; i < snapshot->topic_count; i++) {
        const struct topic_snapshot *topic = &snapshot->topics[i];
        const char *name = snapshot_topic_name(snapshot, topic);
        for (size_t j = 0; j < topic->count; j++) {
            struct partition_snapshot *partition = &snapshot->partitions[topic->first + j];
            const struct pause *pause =
                pauses_find(&statistics->pauses, client->subscription_group, name, partition->id);
            if (pause != NULL) {
                partition->paused = true;
                partition->paused_for_ms = pause->until_ms > now_ms ? round_to_ms(pause->until_ms - now_ms) : 0;
            }
        }
    }
}

/* The emission lock is held. */
static int emit(struct statistics *statistics, const char *group, const char *subscription_group, const char *json,
                size_t len, double now_ms, struct carafe_error *error)
{
    lock_take(&statistics->state);
    struct client *client = find_client_locked(statistics, subscription_group);
    int code = 0;
    if (client == NULL) {
        code = start_locked(statistics, group, subscription_group, now_ms, &client);
    }
    bool gone = code == 0 && !client->running;
    lock_give(&statistics->state);
    if (gone) {
        return 0; /* its last words, after it was taken out of the reports */
    }
    if (code != 0) {
        return error_set(error, (enum carafe_code)code, "statistics: %s: expected room for a client, got none",
                         subscription_group);
    }
    /* Nobody but an emission writes snapshots, and the reports do not read the spare one: no state lock here. */
    static const struct snapshot nothing = {0};
    const struct snapshot *before = client->fresh ? &nothing : &client->snapshots[client->current];
    struct snapshot *fresh = &client->snapshots[1 - client->current];
    code = snapshot_read(fresh, &statistics->reader, json, len, error);
    if (code != 0) {
        return code;
    }
    int64_t compared_ms = round_to_ms(now_ms);
    snapshot_compare(fresh, before, compared_ms - client->compared_ms);

    lock_take(&statistics->state);
    note_pauses_locked(statistics, client, fresh, now_ms);
    add_transfer_locked(client, fresh, now_ms);
    client->compared_ms = compared_ms;
    client->current = 1 - client->current;
    client->fresh = false;
    client->emitted = true;
    lock_give(&statistics->state);
    return 0;
}

int statistics_emit(struct statistics *statistics, const char *group, const char *subscription_group, const char *json,
                    size_t len, double now_ms, struct carafe_error *error)
{
    lock_take(&statistics->emission);
    int code = emit(statistics, group, subscription_group, json, len, now_ms, error);
    lock_give(&statistics->emission);
    return code;
}

/* ---- reporting --------------------------------------------------------------------------------------------------- */

void statistics_transfer(struct statistics *statistics, double now_ms, int64_t *received, int64_t *sent)
{
    double received_sum = 0;
    double sent_sum = 0;
    lock_take(&statistics->state);
    for (size_t i = 0; i < statistics->client_count; i++) {
        struct client *client = statistics->clients[i];
        for (size_t j = 0; j < client->broker_count; j++) {
            double received_rate = 0;
            double sent_rate = 0;
            transfer_window_rate(&client->brokers[j].window, now_ms, &received_rate, &sent_rate);
            received_sum += received_rate;
            sent_sum += sent_rate;
        }
    }
    lock_give(&statistics->state);
    *received = received_sum < 1e18 ? llround(received_sum) : INT64_C(1000000000000000000);
    *sent = sent_sum < 1e18 ? llround(sent_sum) : INT64_C(1000000000000000000);
}

static void write_client(const struct client *client, const struct statistics_format *format, double now_ms,
                         struct json_document *document, struct json_value *subscription_groups)
{
    const char *id = client->subscription_group;
    struct json_key key = json_key_copy(document, id, strlen(id));
    struct json_value *object = json_add_object(document, subscription_groups, key);
    json_add_text(document, object, JSON_KEY("id"), id);
    struct client_traits traits = {0};
    if (format->instance_id || format->poll_interval) {
        traits = identity_client(format->identity, id);
    }
    if (format->instance_id && traits.instance_id == NULL) {
        json_add_boolean(document, object, JSON_KEY("instance_id"), false);
    } else if (format->instance_id) {
        json_add_text(document, object, JSON_KEY("instance_id"), traits.instance_id);
    }
    const struct snapshot *snapshot = &client->snapshots[client->current];
    struct json_value *state = json_add_object(document, object, JSON_KEY("state"));
    snapshot_write_state(snapshot, document, state);
    double age_ms = now_ms > client->polled_ms ? now_ms - client->polled_ms : 0;
    json_add_float(document, state, JSON_KEY("poll_age"), round(age_ms * 100) / 100);
    if (format->poll_interval) {
        json_add_integer(document, state, JSON_KEY("poll_interval"), traits.poll_interval_ms);
    }
    struct json_value *topics = json_add_object(document, object, JSON_KEY("topics"));
    snapshot_write_topics(snapshot, &format->partitions, document, topics);
}

/* The object of subscription groups under `group`, made when it is the first of them. */
static struct json_value *group_object(struct json_document *document, struct json_value *groups, const char *group)
{
    size_t len = strlen(group);
    struct json_value *known = json_find(groups, group, len);
    if (known != NULL) {
        return json_find(known, "subscription_groups", sizeof "subscription_groups" - 1);
    }
    struct json_value *object = json_add_object(document, groups, json_key_copy(document, group, len));
    json_add_text(document, object, JSON_KEY("id"), group);
    return json_add_object(document, object, JSON_KEY("subscription_groups"));
}

void statistics_write(struct statistics *statistics, const struct statistics_format *format, double now_ms,
                      struct json_document *document, struct json_value *groups)
{
    lock_take(&statistics->state);
    for (size_t i = 0; i < statistics->client_count && !document->failed; i++) {
        const struct client *client = statistics->clients[i];
        bool seen = client->emitted || client->snapshots[client->current].text.len > 0;
        if (!seen) {
            continue; /* the group shows with its first statistics, and stays */
        }
        struct json_value *subscription_groups = group_object(document, groups, client->group);
        if (client->running && client->emitted && subscription_groups != NULL) {
            write_client(client, format, now_ms, document, subscription_groups);
        }
    }
    lock_give(&statistics->state);
}
