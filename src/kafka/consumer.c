/* A consumer's life, its waiting, and what librdkafka tells it on the main queue. */
#include "kafka/consumer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/assert.h"
#include "base/error.h"
#include "kafka/kafka.h"
#include "kafka/settings.h"
#include "kafka/voice.h"

#define REASON_MAX 512

struct factory {
    struct consumer_factory port;
    struct clock *clock;
    struct log *log;
};

/* ---- What librdkafka tells ---- */

/* Threads: librdkafka's, with a lock of a queue held. */
static void on_consumer_queue(rd_kafka_t *kafka, void *owner)
{
    (void)kafka;
    struct kafka_consumer *member = owner;
    lock_take(&member->lock);
    member->consumer_ready = true;
    (void)pthread_cond_broadcast(&member->changed);
    lock_give(&member->lock);
}

static void on_main_queue(rd_kafka_t *kafka, void *owner)
{
    (void)kafka;
    struct kafka_consumer *member = owner;
    lock_take(&member->lock);
    member->main_ready = true;
    (void)pthread_cond_broadcast(&member->changed);
    lock_give(&member->lock);
}

static void on_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    struct kafka_consumer *member = kafka != NULL ? rd_kafka_opaque(kafka) : NULL;
    if (member != NULL) {
        voice_log(member->log, &member->secrets, rd_kafka_name(kafka), level, facility, text);
    }
}

static void on_error(rd_kafka_t *kafka, int code, const char *text, void *owner)
{
    struct kafka_consumer *member = owner;
    char reason[REASON_MAX];
    (void)snprintf(reason, sizeof reason, "%s", text != NULL ? text : "");
    bool fatal = code == RD_KAFKA_RESP_ERR__FATAL;
    if (fatal) {
        code = rd_kafka_fatal_error(kafka, reason, sizeof reason);
    }
    secrets_hide(&member->secrets, reason);
    member->observer.failed(rd_kafka_err2name((rd_kafka_resp_err_t)code), reason, fatal, member->observer.owner);
}

static int on_statistics(rd_kafka_t *kafka, char *json, size_t len, void *owner)
{
    struct kafka_consumer *member = owner;
    member->observer.statistics(rd_kafka_name(kafka), json, len, member->observer.owner);
    return 0;
}

/* ---- Waiting ---- */

static void begin_look_locked(struct kafka_consumer *member)
{
    member->woken = false;
    member->consumer_ready = false;
}

enum look kafka_consumer_begin_look(struct kafka_consumer *member)
{
    enum look look = LOOK_CLOSED;
    lock_take(&member->lock);
    if (!member->closed) {
        look = member->woken ? LOOK_WOKEN : LOOK_NOW;
        begin_look_locked(member);
    }
    lock_give(&member->lock);
    return look;
}

void kafka_consumer_begin_last_look(struct kafka_consumer *member)
{
    lock_take(&member->lock);
    begin_look_locked(member);
    lock_give(&member->lock);
}

static bool is_ready_locked(const struct kafka_consumer *member, bool closing)
{
    return member->consumer_ready || member->main_ready || member->woken || member->closed != closing;
}

static bool wait_for_change(struct kafka_consumer *member, int64_t deadline_ns, bool closing)
{
    int64_t limit_ns = member->clock->monotonic_ns(member->clock) + member->wait_max_ns;
    int64_t until_ns = deadline_ns < limit_ns ? deadline_ns : limit_ns;
    int result = 0;
    lock_take(&member->lock);
    while (!is_ready_locked(member, closing) && result == 0) {
        result = clock_wait(member->clock, &member->changed, &member->lock, until_ns);
    }
    bool ready = is_ready_locked(member, closing);
    lock_give(&member->lock);
    return ready || until_ns < deadline_ns;
}

bool kafka_consumer_wait(struct kafka_consumer *member, int64_t deadline_ns)
{
    return wait_for_change(member, deadline_ns, false);
}

bool kafka_consumer_wait_closing(struct kafka_consumer *member, int64_t deadline_ns)
{
    return wait_for_change(member, deadline_ns, true);
}

void kafka_consumer_serve(struct kafka_consumer *member)
{
    lock_take(&member->lock);
    bool ready = member->main_ready;
    member->main_ready = false;
    lock_give(&member->lock);
    if (ready) {
        (void)rd_kafka_poll(member->kafka, 0);
    }
}

/* Up to librdkafka 2.0.2 at least this counts as a poll for max.poll.interval.ms, whatever the queue. */
static void serve(struct consumer *consumer)
{
    kafka_consumer_serve((struct kafka_consumer *)consumer);
}

static void wake(struct consumer *consumer)
{
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    lock_take(&member->lock);
    member->woken = true;
    (void)pthread_cond_broadcast(&member->changed);
    lock_give(&member->lock);
}

static bool assignment_lost(struct consumer *consumer)
{
    lock_expect_none_held("consumer.assignment_lost");
    return rd_kafka_assignment_lost(((struct kafka_consumer *)consumer)->kafka) != 0;
}

int kafka_consumer_fail(const struct kafka_consumer *member, const char *what, rd_kafka_resp_err_t code,
                        struct carafe_error *error)
{
    return error_set(error, voice_code(code), "consumer %s: %s: expected success, got %s (%s)",
                     member->subscription_group, what, rd_kafka_err2name(code), rd_kafka_err2str(code));
}

/* ---- Life ---- */

static void free_member(struct kafka_consumer *member)
{
    (void)pthread_cond_destroy(&member->changed);
    lock_close(&member->lock);
    secrets_close(&member->secrets);
    free(member->subscription_group);
    free(member);
}

/*
 * A message holds its partition, which librdkafka frees with the handle without waiting: a message that is released
 * later would write into freed memory.  So the last reference, and not the owner, ends the handle.
 */
void kafka_consumer_release_reference(struct kafka_consumer *member)
{
    lock_take(&member->lock);
    ASSERT(member->references > 0);
    bool last = --member->references == 0;
    lock_give(&member->lock);
    if (!last) {
        return;
    }
    rd_kafka_queue_cb_event_enable(member->main_queue, NULL, NULL);
    rd_kafka_queue_cb_event_enable(member->consumer_queue, NULL, NULL);
    rd_kafka_queue_destroy(member->main_queue);
    rd_kafka_queue_destroy(member->consumer_queue);
    if (member->close_queue != NULL) {
        rd_kafka_queue_destroy(member->close_queue);
    }
    /* It was closed, or its close did not end in time: the group's coordinator will notice. */
    rd_kafka_destroy_flags(member->kafka, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free_member(member);
}

static void destroy(struct consumer *consumer)
{
    struct kafka_consumer *member = (struct kafka_consumer *)consumer;
    if (member == NULL) {
        return;
    }
    if (member->held != NULL) {
        rd_kafka_message_destroy(member->held);
        member->held = NULL;
    }
    kafka_consumer_release_reference(member);
}

static const struct consumer consumer_port = {
    .subscribe = kafka_consumer_subscribe,
    .poll = kafka_consumer_poll,
    .serve = serve,
    .wake = wake,
    .pause = kafka_consumer_pause,
    .resume = kafka_consumer_resume,
    .seek = kafka_consumer_seek,
    .store = kafka_consumer_store,
    .commit = kafka_consumer_commit,
    .assignment_lost = assignment_lost,
    .unsubscribe = kafka_consumer_unsubscribe,
    .close = kafka_consumer_close,
    .destroy = destroy,
    .release = kafka_consumer_release,
};

static struct kafka_consumer *allocate(const struct factory *factory, const struct consumer_options *options)
{
    struct kafka_consumer *member = calloc(1, sizeof *member);
    if (member == NULL) {
        return NULL;
    }
    member->port = consumer_port;
    member->clock = factory->clock;
    member->log = factory->log;
    member->observer = options->observer;
    member->references = 1;
    member->consumer_ready = true; /* what came before we listened */
    member->main_ready = true;
    lock_init(&member->lock, LOCK_MEMBER);
    (void)pthread_cond_init(&member->changed, NULL);
    member->subscription_group = strdup(options->subscription_group);
    if (member->subscription_group == NULL || secrets_init(&member->secrets, &options->kafka) != 0) {
        free_member(member);
        return NULL;
    }
    return member;
}

/* What the user may not change, after what he may. */
static int configure(rd_kafka_conf_t *conf, const struct consumer_options *options, struct kafka_consumer *member,
                     struct carafe_error *error)
{
    const struct carafe_setting ours[] = {{"group.id", options->group}, {"log.queue", "true"}};
    const struct carafe_settings fixed = {ours, sizeof ours / sizeof ours[0]};
    int result = settings_apply(conf, &options->kafka, error);
    if (result == 0) {
        result = settings_apply(conf, &fixed, error);
    }
    rd_kafka_conf_set_opaque(conf, member);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_stats_cb(conf, on_statistics);
    rd_kafka_conf_set_rebalance_cb(conf, kafka_consumer_on_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, kafka_consumer_on_commit);
    return result;
}

static int start(struct kafka_consumer *member, rd_kafka_conf_t *conf, struct carafe_error *error)
{
    char reason[REASON_MAX] = "";
    /* Twice within the interval, so that a wait is never taken for a stuck application. */
    member->wait_max_ns = settings_integer(conf, "max.poll.interval.ms", 300000) * NS_PER_MS / 2;
    member->kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (member->kafka == NULL) {
        rd_kafka_resp_err_t code = rd_kafka_last_error();
        secrets_hide(&member->secrets, reason);
        rd_kafka_conf_destroy(conf);
        return error_set(error, code == RD_KAFKA_RESP_ERR__INVALID_ARG ? CARAFE_INVALID : CARAFE_FAILED,
                         "kafka: consumer %s: expected settings of a member, got %s", member->subscription_group,
                         reason);
    }
    member->main_queue = rd_kafka_queue_get_main(member->kafka);
    member->consumer_queue = rd_kafka_queue_get_consumer(member->kafka);
    rd_kafka_queue_cb_event_enable(member->main_queue, on_main_queue, member);
    rd_kafka_queue_cb_event_enable(member->consumer_queue, on_consumer_queue, member);
    (void)rd_kafka_set_log_queue(member->kafka, NULL);
    /* A close hands the consumer queue's events over to this one; see kafka_consumer_close(). */
    member->close_queue = rd_kafka_queue_new(member->kafka);
    rd_kafka_queue_cb_event_enable(member->close_queue, on_consumer_queue, member);
    return 0;
}

static int open(struct consumer_factory *port, const struct consumer_options *options, struct consumer **consumer,
                struct carafe_error *error)
{
    lock_expect_none_held("consumers.open");
    struct factory *factory = (struct factory *)port;
    struct kafka_consumer *member = allocate(factory, options);
    if (member == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "kafka: consumer: expected memory, got none");
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    error_clear(error);
    int result = configure(conf, options, member, error);
    if (result != 0) {
        rd_kafka_conf_destroy(conf);
        free_member(member);
        return result;
    }
    result = start(member, conf, error);
    if (result != 0) {
        free_member(member);
        return result;
    }
    *consumer = &member->port;
    return 0;
}

static int check(struct consumer_factory *factory, const struct consumer_options *options, struct carafe_error *error)
{
    (void)factory;
    return kafka_settings_check(&options->kafka, error);
}

static const char *library_version(struct consumer_factory *factory)
{
    (void)factory;
    return kafka_library_version();
}

struct consumer_factory *kafka_consumer_factory_create(struct clock *clock, struct log *log)
{
    struct factory *factory = calloc(1, sizeof *factory);
    if (factory == NULL) {
        return NULL;
    }
    factory->port = (struct consumer_factory){.open = open, .check = check, .library_version = library_version};
    factory->clock = clock;
    factory->log = log;
    return &factory->port;
}

void kafka_consumer_factory_destroy(struct consumer_factory *factory)
{
    free(factory);
}
