#include "kafka/member.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "kafka/client.h"

#define POLL_MS        100 /* how late a stop or a pause is seen at most */
#define CAPACITY_FIRST 1024

struct member {
    struct client client; /* first: the handle's opaque */
    void (*message)(const struct member_message *message, void *owner);
    void (*event)(const struct member_event *event, void *owner);
    void *owner;
    char *topics[MEMBER_TOPICS_MAX];
    size_t topic_count;
    pthread_t thread;
    bool started;
    bool stopped; /* the thread was joined; only the owner's thread */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* of paused, stopping */
    bool paused;
    bool stopping;
    struct member_consumed *consumed;
    size_t capacity;
    size_t remembered;
    size_t count;
};

/* ---- what it tells ---- */

static void tell(struct member *member, enum member_event_kind kind, int code,
                 const rd_kafka_topic_partition_list_t *list)
{
    size_t count = list == NULL ? 0 : (size_t)list->cnt;
    if (member->event == NULL) {
        return;
    }
    struct carafe_partition *partitions = calloc(count + 1, sizeof *partitions);
    if (partitions == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_topic_partition_t *element = &list->elems[i];
        partitions[i] = (struct carafe_partition){element->topic, element->partition, element->offset};
    }
    struct member_event event = {kind, code, partitions, count};
    member->event(&event, member->owner);
    free(partitions);
}

static void on_rebalance(rd_kafka_t *handle, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list,
                         void *opaque)
{
    struct member *member = opaque;
    bool incremental = strcmp(rd_kafka_rebalance_protocol(handle), "COOPERATIVE") == 0;
    rd_kafka_error_t *failure = NULL;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        tell(member, MEMBER_ASSIGNED, 0, list);
        failure = incremental ? rd_kafka_incremental_assign(handle, list) : NULL;
        if (!incremental) {
            (void)rd_kafka_assign(handle, list);
        }
    } else {
        tell(member, rd_kafka_assignment_lost(handle) ? MEMBER_LOST : MEMBER_REVOKED, 0, list);
        failure = incremental ? rd_kafka_incremental_unassign(handle, list) : NULL;
        if (!incremental) {
            (void)rd_kafka_assign(handle, NULL);
        }
    }
    if (failure != NULL) {
        tell(member, MEMBER_ERROR, rd_kafka_error_code(failure), NULL);
        rd_kafka_error_destroy(failure);
    }
}

static void on_commit(rd_kafka_t *handle, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)handle;
    tell(opaque, MEMBER_COMMITTED, code, list);
}

static void on_error(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
    (void)handle;
    (void)reason;
    tell(opaque, MEMBER_ERROR, code, NULL);
}

/* ---- what it consumes ---- */

static int index_of_topic(const struct member *member, const char *topic)
{
    for (size_t i = 0; i < member->topic_count; i++) {
        if (strcmp(member->topics[i], topic) == 0) {
            return (int)i;
        }
    }
    return -1; /* a pattern's */
}

static bool make_room_locked(struct member *member)
{
    if (member->remembered < member->capacity) {
        return true;
    }
    size_t larger = member->capacity == 0 ? CAPACITY_FIRST : member->capacity * 2;
    if (member->capacity >= MEMBER_CONSUMED_MAX) {
        return false;
    }
    struct member_consumed *grown = realloc(member->consumed, larger * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    member->consumed = grown;
    member->capacity = larger;
    return true;
}

static void remember(struct member *member, const struct member_message *message)
{
    struct member_consumed consumed = {index_of_topic(member, message->topic), message->partition, message->offset};
    pthread_mutex_lock(&member->lock);
    if (member->remembered < MEMBER_CONSUMED_MAX && make_room_locked(member)) {
        member->consumed[member->remembered++] = consumed;
    }
    member->count++;
    pthread_mutex_unlock(&member->lock);
}

static void handle_message(struct member *member, const rd_kafka_message_t *source)
{
    if (source->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        tell(member, MEMBER_ERROR, source->err, NULL);
        return;
    }
    struct member_message message = {
        .topic = rd_kafka_topic_name(source->rkt),
        .partition = source->partition,
        .offset = source->offset,
        .key = source->key,
        .key_len = source->key_len,
        .payload = source->payload,
        .len = source->len,
    };
    remember(member, &message);
    if (member->message != NULL) {
        member->message(&message, member->owner);
    }
}

/* False: it is to stop.  Waits while it is paused. */
static bool may_poll(struct member *member)
{
    pthread_mutex_lock(&member->lock);
    while (member->paused && !member->stopping) {
        pthread_cond_wait(&member->changed, &member->lock);
    }
    bool go_on = !member->stopping;
    pthread_mutex_unlock(&member->lock);
    return go_on;
}

static void *run(void *argument)
{
    struct member *member = argument;
    rd_kafka_t *handle = member->client.handle;
    while (may_poll(member)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(handle, POLL_MS);
        if (message != NULL) {
            handle_message(member, message);
            rd_kafka_message_destroy(message);
        }
    }
    (void)rd_kafka_consumer_close(handle);
    return NULL;
}

/* ---- life ---- */

static int keep_topics(struct member *member, const struct member_options *options, struct carafe_error *error)
{
    if (options->topic_count < 1 || options->topic_count > MEMBER_TOPICS_MAX) {
        return error_set(error, CARAFE_INVALID, "member: topics: expected 1 to %d, got %zu", MEMBER_TOPICS_MAX,
                         options->topic_count);
    }
    for (size_t i = 0; i < options->topic_count; i++) {
        member->topics[i] = strdup(options->topics[i]);
        if (member->topics[i] == NULL) {
            return error_set(error, CARAFE_NO_MEMORY, "member: memory: expected some, got none");
        }
        member->topic_count++;
    }
    return 0;
}

static int open_client(struct member *member, const struct member_options *options, struct carafe_error *error)
{
    const struct carafe_setting list[] = {
        {"bootstrap.servers", options->bootstraps},
        {"group.id", options->group},
        {"client.id", options->client_id == NULL ? "member" : options->client_id},
        {"auto.offset.reset", "earliest"},
        {"enable.auto.commit", "true"},
        {"session.timeout.ms", "6000"},
        {"heartbeat.interval.ms", "1000"},
        {"max.poll.interval.ms", "60000"},
        {"statistics.interval.ms", "0"},
    };
    const struct carafe_settings defaults = {list, sizeof list / sizeof list[0]};
    rd_kafka_conf_t *conf = client_configure(&member->client, &defaults, &options->kafka, error);
    if (conf == NULL) {
        return CARAFE_INVALID;
    }
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, on_commit);
    rd_kafka_conf_set_error_cb(conf, on_error);
    int code = client_open(&member->client, RD_KAFKA_CONSUMER, conf, error);
    if (code == 0) {
        (void)rd_kafka_poll_set_consumer(member->client.handle);
    }
    return code;
}

static int subscribe(struct member *member, struct carafe_error *error)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)member->topic_count);
    for (size_t i = 0; i < member->topic_count; i++) {
        (void)rd_kafka_topic_partition_list_add(list, member->topics[i], RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t code = rd_kafka_subscribe(member->client.handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return error_set(error, CARAFE_INVALID, "member: subscribe: expected success, got %s", rd_kafka_err2name(code));
    }
    return 0;
}

static int start_thread(struct member *member, struct carafe_error *error)
{
    if (pthread_create(&member->thread, NULL, run, member) != 0) {
        return error_set(error, CARAFE_FAILED, "member: thread: expected one, got none");
    }
    member->started = true;
    return 0;
}

int member_start(const struct member_options *options, struct member **result, struct carafe_error *error)
{
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "member: memory: expected some, got none");
    }
    member->client.log = options->log;
    member->client.owner = options->owner;
    member->message = options->message;
    member->event = options->event;
    member->owner = options->owner;
    ASSERT(pthread_mutex_init(&member->lock, NULL) == 0);
    ASSERT(pthread_cond_init(&member->changed, NULL) == 0);
    int code = keep_topics(member, options, error);
    if (code == 0) {
        code = open_client(member, options, error);
    }
    if (code == 0) {
        code = subscribe(member, error);
    }
    if (code == 0) {
        code = start_thread(member, error);
    }
    if (code != 0) {
        member_destroy(member);
        return code;
    }
    *result = member;
    return 0;
}

static void set_paused(struct member *member, bool paused)
{
    pthread_mutex_lock(&member->lock);
    member->paused = paused;
    pthread_cond_broadcast(&member->changed);
    pthread_mutex_unlock(&member->lock);
}

void member_pause(struct member *member)
{
    set_paused(member, true);
}

void member_resume(struct member *member)
{
    set_paused(member, false);
}

void member_stop(struct member *member)
{
    if (!member->started || member->stopped) {
        return;
    }
    pthread_mutex_lock(&member->lock);
    member->stopping = true;
    pthread_cond_broadcast(&member->changed);
    pthread_mutex_unlock(&member->lock);
    (void)pthread_join(member->thread, NULL);
    member->stopped = true;
}

void member_destroy(struct member *member)
{
    if (member == NULL) {
        return;
    }
    member_stop(member);
    if (member->client.handle != NULL) {
        rd_kafka_destroy(member->client.handle);
    }
    for (size_t i = 0; i < member->topic_count; i++) {
        free(member->topics[i]);
    }
    (void)pthread_cond_destroy(&member->changed);
    (void)pthread_mutex_destroy(&member->lock);
    free(member->consumed);
    free(member);
}

size_t member_count(struct member *member)
{
    pthread_mutex_lock(&member->lock);
    size_t count = member->count;
    pthread_mutex_unlock(&member->lock);
    return count;
}

bool member_consumed_at(struct member *member, size_t index, struct member_consumed *consumed)
{
    pthread_mutex_lock(&member->lock);
    bool there = index < member->remembered;
    if (there) {
        *consumed = member->consumed[index];
    }
    pthread_mutex_unlock(&member->lock);
    return there;
}
