/* ports/producer.h on librdkafka. */
#include <librdkafka/rdkafka.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/lock.h"
#include "base/error.h"
#include "kafka/kafka.h"
#include "kafka/secrets.h"
#include "kafka/settings.h"
#include "kafka/voice.h"

#define REASON_MAX   512
#define EXPIRING_MAX 8 /* topics with a time of their own */
#define SEND_NOW_MS  100

/* One record that was taken: who waits for its delivery. */
struct parcel {
    struct parcel *next;
    struct parcel *previous;
    delivery_callback callback;
    void *owner;
};

/*
 * Deliveries come as events, not as librdkafka's callbacks: so a flush on another thread does not run them there, and
 * `thread` is the only one that ever calls back.  It sleeps inside librdkafka until there is an event.
 *
 * Locks: `lock` is a leaf; librdkafka and callbacks are never called under it.
 */
struct kafka_producer {
    struct producer port;
    struct clock *clock;
    struct log *log;
    struct secrets secrets;
    rd_kafka_t *kafka;
    rd_kafka_queue_t *events;
    pthread_t thread;

    struct lock lock;
    pthread_cond_t changed;
    struct parcel parcels; /* head of a ring: what is not delivered yet */
    size_t outstanding;    /* parcels in the ring or being called back */
    size_t producing;      /* calls of produce() that are inside librdkafka */
    size_t purged;
    rd_kafka_topic_t *expiring[EXPIRING_MAX]; /* held, so that librdkafka keeps their configuration */
    size_t expiring_count;
    bool open;
    bool ending; /* the thread ends after the events that are there */
};

/* ---- Parcels ---- */

static void add_locked(struct kafka_producer *producer, struct parcel *parcel)
{
    parcel->next = &producer->parcels;
    parcel->previous = producer->parcels.previous;
    parcel->previous->next = parcel;
    parcel->next->previous = parcel;
    producer->outstanding++;
}

static void unlink_locked(struct parcel *parcel)
{
    parcel->previous->next = parcel->next;
    parcel->next->previous = parcel->previous;
}

static void settled(struct kafka_producer *producer)
{
    lock_take(&producer->lock);
    producer->outstanding--;
    (void)pthread_cond_broadcast(&producer->changed);
    lock_give(&producer->lock);
}

/* `parcel` is out of the ring. */
static void call_back(struct kafka_producer *producer, struct parcel *parcel, const struct delivery *delivery)
{
    lock_expect_none_held("a delivery callback");
    if (parcel->callback != NULL) {
        parcel->callback(delivery, parcel->owner);
    }
    free(parcel);
    settled(producer);
}

/* An unknown partition is a wrong record here, while for a consumer it is one that is not assigned. */
static enum carafe_code code_of(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ? CARAFE_INVALID : voice_code(code);
}

/* ---- The thread ---- */

static void deliver(struct kafka_producer *producer, const rd_kafka_message_t *message)
{
    struct parcel *parcel = message->_private;
    bool purged = message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    lock_take(&producer->lock);
    unlink_locked(parcel);
    producer->purged += purged ? 1 : 0;
    lock_give(&producer->lock);
    const struct delivery delivery = {
        .code = code_of(message->err),
        .text = message->err != RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_err2str(message->err) : NULL,
        .partition = message->partition,
        .offset = message->offset,
    };
    call_back(producer, parcel, &delivery);
}

static void log_failure(struct kafka_producer *producer, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    char reason[REASON_MAX];
    (void)snprintf(reason, sizeof reason, "%s", rd_kafka_event_error_string(event));
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        code = rd_kafka_fatal_error(producer->kafka, reason, sizeof reason);
    }
    voice_log(producer->log, &producer->secrets, rd_kafka_name(producer->kafka), LOG_ERR, rd_kafka_err2name(code),
              reason);
}

static void serve(struct kafka_producer *producer, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message = NULL;
    const char *facility = NULL;
    const char *text = NULL;
    int level = 0;
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
        while ((message = rd_kafka_event_message_next(event)) != NULL) {
            deliver(producer, message);
        }
        break;
    case RD_KAFKA_EVENT_LOG:
        if (rd_kafka_event_log(event, &facility, &text, &level) == 0) {
            voice_log(producer->log, &producer->secrets, rd_kafka_name(producer->kafka), level, facility, text);
        }
        break;
    case RD_KAFKA_EVENT_ERROR:
        log_failure(producer, event);
        break;
    default:
        break;
    }
    rd_kafka_event_destroy(event);
}

/* What librdkafka did not hand back in time still gets its one callback. */
static void give_up_rest(struct kafka_producer *producer)
{
    const struct delivery delivery = {CARAFE_TIMEOUT, "not delivered before the close", -1, -1};
    for (;;) {
        lock_take(&producer->lock);
        struct parcel *parcel = producer->parcels.next;
        bool found = parcel != &producer->parcels;
        if (found) {
            unlink_locked(parcel);
            producer->purged++;
        }
        lock_give(&producer->lock);
        if (!found) {
            return;
        }
        call_back(producer, parcel, &delivery);
    }
}

static bool is_ending(struct kafka_producer *producer)
{
    lock_take(&producer->lock);
    bool ending = producer->ending;
    lock_give(&producer->lock);
    return ending;
}

static void *run(void *argument)
{
    struct kafka_producer *producer = argument;
    for (;;) {
        bool ending = is_ending(producer);
        rd_kafka_event_t *event = rd_kafka_queue_poll(producer->events, ending ? 0 : -1);
        if (event != NULL) {
            serve(producer, event);
        } else if (ending) {
            break;
        }
    }
    give_up_rest(producer);
    return NULL;
}

/* ---- The port ---- */

static struct parcel *take(struct kafka_producer *producer, delivery_callback callback, void *owner,
                           struct carafe_error *error)
{
    struct parcel *parcel = malloc(sizeof *parcel);
    if (parcel == NULL) {
        (void)error_set(error, CARAFE_NO_MEMORY, "producer: produce: expected memory, got none");
        return NULL;
    }
    *parcel = (struct parcel){.callback = callback, .owner = owner};
    lock_take(&producer->lock);
    bool open = producer->open;
    if (open) {
        add_locked(producer, parcel);
        producer->producing++;
    }
    lock_give(&producer->lock);
    if (!open) {
        free(parcel);
        (void)error_set(error, CARAFE_CLOSED, "producer: produce: expected an open producer, got a closed one");
        return NULL;
    }
    return parcel;
}

static void end_produce(struct kafka_producer *producer, struct parcel *refused)
{
    lock_take(&producer->lock);
    if (refused != NULL) {
        unlink_locked(refused);
        producer->outstanding--;
    }
    producer->producing--;
    (void)pthread_cond_broadcast(&producer->changed);
    lock_give(&producer->lock);
    free(refused);
}

static rd_kafka_headers_t *headers_of(const struct carafe_record *record)
{
    if (record->header_count == 0) {
        return NULL;
    }
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        const struct carafe_header *header = &record->headers[i];
        (void)rd_kafka_header_add(headers, header->name, -1, header->value, (ssize_t)header->value_len);
    }
    return headers;
}

static rd_kafka_resp_err_t send_record(struct kafka_producer *producer, const struct carafe_record *record,
                                       struct parcel *parcel)
{
    rd_kafka_headers_t *headers = headers_of(record);
    rd_kafka_resp_err_t code =
        rd_kafka_producev(producer->kafka, RD_KAFKA_V_TOPIC(record->topic), RD_KAFKA_V_PARTITION(record->partition),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(record->key, record->key_len),
                          RD_KAFKA_V_VALUE((void *)(uintptr_t)record->payload, record->payload_len),
                          RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(parcel), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && headers != NULL) {
        rd_kafka_headers_destroy(headers);
    }
    return code;
}

static int produce(struct producer *port, const struct carafe_record *record, delivery_callback callback, void *owner,
                   struct carafe_error *error)
{
    struct kafka_producer *producer = (struct kafka_producer *)port;
    if (record->topic == NULL || record->topic[0] == '\0') {
        return error_set(error, CARAFE_INVALID, "producer: produce: expected a topic, got none");
    }
    struct carafe_error why = {0};
    struct parcel *parcel = take(producer, callback, owner, &why);
    if (parcel == NULL) {
        return error_set(error, why.code, "%s", why.text);
    }
    rd_kafka_resp_err_t code = send_record(producer, record, parcel);
    bool taken = code == RD_KAFKA_RESP_ERR_NO_ERROR;
    end_produce(producer, taken ? NULL : parcel);
    if (taken) {
        return 0;
    }
    return error_set(error, code_of(code), "producer: produce to %s: expected a place in the queue, got %s (%s)",
                     record->topic, rd_kafka_err2name(code), rd_kafka_err2str(code));
}

/* For librdkafka: -1 is for ever. */
static int remaining_ms(struct kafka_producer *producer, int64_t deadline_ns)
{
    if (deadline_ns == NEVER_NS) {
        return -1;
    }
    int64_t left_ms = (deadline_ns - producer->clock->monotonic_ns(producer->clock)) / NS_PER_MS;
    return left_ms < 0 ? 0 : (left_ms > INT_MAX ? INT_MAX : (int)left_ms);
}

static size_t wait_until_settled(struct kafka_producer *producer, int64_t deadline_ns)
{
    int result = 0;
    lock_take(&producer->lock);
    while (producer->outstanding > 0 && result == 0) {
        result = clock_wait(producer->clock, &producer->changed, &producer->lock, deadline_ns);
    }
    size_t left = producer->outstanding;
    lock_give(&producer->lock);
    return left;
}

static int flush(struct producer *port, int64_t deadline_ns, struct carafe_error *error)
{
    lock_expect_none_held("producer.flush");
    struct kafka_producer *producer = (struct kafka_producer *)port;
    /* librdkafka's flush does not linger, but waits by the wall clock, which may be set back; ours does neither. */
    int left_ms = remaining_ms(producer, deadline_ns);
    (void)rd_kafka_flush(producer->kafka, left_ms >= 0 && left_ms < SEND_NOW_MS ? left_ms : SEND_NOW_MS);
    size_t left = wait_until_settled(producer, deadline_ns);
    if (left > 0) {
        return error_set(error, CARAFE_TIMEOUT, "producer: flush: expected all delivered, got %zu records left", left);
    }
    return 0;
}

static bool begin_close(struct kafka_producer *producer)
{
    lock_take(&producer->lock);
    bool first = producer->open;
    producer->open = false;
    while (first && producer->producing > 0) {
        (void)clock_wait(producer->clock, &producer->changed, &producer->lock, NEVER_NS);
    }
    lock_give(&producer->lock);
    return first;
}

static size_t end_thread(struct kafka_producer *producer)
{
    lock_take(&producer->lock);
    producer->ending = true;
    lock_give(&producer->lock);
    rd_kafka_queue_yield(producer->events);
    (void)pthread_join(producer->thread, NULL);
    return producer->purged;
}

static int close_producer(struct producer *port, int64_t deadline_ns, size_t *purged, struct carafe_error *error)
{
    struct kafka_producer *producer = (struct kafka_producer *)port;
    if (purged != NULL) {
        *purged = 0;
    }
    if (!begin_close(producer)) {
        return 0;
    }
    if (flush(port, deadline_ns, error) != 0) {
        (void)rd_kafka_purge(producer->kafka, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        int64_t now_ns = producer->clock->monotonic_ns(producer->clock);
        (void)wait_until_settled(producer, now_ns + KAFKA_PURGE_WAIT_MS * NS_PER_MS);
    }
    size_t count = end_thread(producer);
    if (purged != NULL) {
        *purged = count;
    }
    error_clear(error);
    return 0;
}

static bool is_open(struct producer *port)
{
    struct kafka_producer *producer = (struct kafka_producer *)port;
    lock_take(&producer->lock);
    bool open = producer->open;
    lock_give(&producer->lock);
    return open;
}

/* ---- Topics with a time of their own ---- */

/* librdkafka refuses a time that is not longer than its lingering. */
static int64_t bounded_timeout_ms(struct kafka_producer *producer, int64_t timeout_ms)
{
    const rd_kafka_conf_t *conf = rd_kafka_conf(producer->kafka);
    int64_t linger_ms = settings_integer(conf, "linger.ms", 0);
    int64_t set_ms = settings_integer(conf, "message.timeout.ms", 0); /* 0: never */
    if (set_ms > 0 && set_ms < timeout_ms) {
        return set_ms;
    }
    return timeout_ms > linger_ms + 1 ? timeout_ms : linger_ms + 2;
}

static bool hold_topic(struct kafka_producer *producer, rd_kafka_topic_t *topic)
{
    lock_take(&producer->lock);
    bool room = producer->expiring_count < EXPIRING_MAX;
    if (room) {
        producer->expiring[producer->expiring_count++] = topic;
    }
    lock_give(&producer->lock);
    return room;
}

static int expire(struct producer *port, const char *topic, int64_t timeout_ms, struct carafe_error *error)
{
    struct kafka_producer *producer = (struct kafka_producer *)port;
    if (topic == NULL || topic[0] == '\0' || timeout_ms < 1 || timeout_ms > INT_MAX) {
        return error_set(error, CARAFE_INVALID, "producer: expire: expected a topic and 1 to %d ms, got %lld", INT_MAX,
                         (long long)timeout_ms);
    }
    char value[32];
    char reason[REASON_MAX] = "";
    (void)snprintf(value, sizeof value, "%lld", (long long)bounded_timeout_ms(producer, timeout_ms));
    rd_kafka_topic_conf_t *conf = rd_kafka_default_topic_conf_dup(producer->kafka);
    if (rd_kafka_topic_conf_set(conf, "message.timeout.ms", value, reason, sizeof reason) != RD_KAFKA_CONF_OK) {
        rd_kafka_topic_conf_destroy(conf);
        return error_set(error, CARAFE_FAILED, "producer: expire %s: expected %s ms to be taken, got %s", topic, value,
                         reason);
    }
    rd_kafka_topic_t *handle = rd_kafka_topic_new(producer->kafka, topic, conf);
    if (handle == NULL) {
        rd_kafka_topic_conf_destroy(conf);
        return error_set(error, CARAFE_FAILED, "producer: expire %s: expected a topic, got %s", topic,
                         rd_kafka_err2name(rd_kafka_last_error()));
    }
    if (!hold_topic(producer, handle)) {
        rd_kafka_topic_destroy(handle);
        return error_set(error, CARAFE_FULL, "producer: expire: expected at most %d topics, got one more",
                         EXPIRING_MAX);
    }
    return 0;
}

/* ---- Life ---- */

static void free_producer(struct kafka_producer *producer)
{
    for (size_t i = 0; i < producer->expiring_count; i++) {
        rd_kafka_topic_destroy(producer->expiring[i]);
    }
    if (producer->events != NULL) {
        rd_kafka_queue_destroy(producer->events);
    }
    if (producer->kafka != NULL) {
        rd_kafka_destroy(producer->kafka);
    }
    (void)pthread_cond_destroy(&producer->changed);
    lock_close(&producer->lock);
    secrets_close(&producer->secrets);
    free(producer);
}

void kafka_producer_destroy(struct producer *port)
{
    if (port == NULL) {
        return;
    }
    struct kafka_producer *producer = (struct kafka_producer *)port;
    (void)close_producer(port, producer->clock->monotonic_ns(producer->clock), NULL, NULL);
    free_producer(producer);
}

static struct kafka_producer *allocate(const struct carafe_settings *settings, struct clock *clock, struct log *log)
{
    struct kafka_producer *producer = calloc(1, sizeof *producer);
    if (producer == NULL) {
        return NULL;
    }
    producer->port = (struct producer){
        .produce = produce, .flush = flush, .close = close_producer, .is_open = is_open, .expire = expire};
    producer->clock = clock;
    producer->log = log;
    producer->parcels = (struct parcel){.next = &producer->parcels, .previous = &producer->parcels};
    producer->open = true;
    lock_init(&producer->lock, LOCK_PRODUCER);
    (void)pthread_cond_init(&producer->changed, NULL);
    if (secrets_init(&producer->secrets, settings) != 0) {
        free_producer(producer);
        return NULL;
    }
    return producer;
}

/* Logs come only as events (log.queue), so this one is asked before there is a handle: nothing goes to stderr. */
static void swallow_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka;
    (void)level;
    (void)facility;
    (void)text;
}

static int configure(rd_kafka_conf_t *conf, const struct carafe_settings *settings, struct carafe_error *error)
{
    const struct carafe_setting ours[] = {{"log.queue", "true"}};
    const struct carafe_settings fixed = {ours, sizeof ours / sizeof ours[0]};
    error_clear(error);
    int result = settings_apply(conf, settings, error);
    if (result == 0) {
        result = settings_apply(conf, &fixed, error);
    }
    rd_kafka_conf_set_log_cb(conf, swallow_log);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_ERROR);
    return result;
}

static int start(struct kafka_producer *producer, const struct carafe_settings *settings, struct carafe_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int result = configure(conf, settings, error);
    if (result != 0) {
        rd_kafka_conf_destroy(conf);
        return result;
    }
    char reason[REASON_MAX] = "";
    producer->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (producer->kafka == NULL) {
        bool wrong = rd_kafka_last_error() == RD_KAFKA_RESP_ERR__INVALID_ARG;
        secrets_hide(&producer->secrets, reason);
        rd_kafka_conf_destroy(conf);
        return error_set(error, wrong ? CARAFE_INVALID : CARAFE_FAILED,
                         "kafka: producer: expected settings of a client, got %s", reason);
    }
    producer->events = rd_kafka_queue_get_main(producer->kafka);
    (void)rd_kafka_set_log_queue(producer->kafka, NULL);
    if (pthread_create(&producer->thread, NULL, run, producer) != 0) {
        return error_set(error, CARAFE_FAILED, "kafka: producer: expected a thread, got none");
    }
    return 0;
}

int kafka_producer_create(const struct carafe_settings *settings, struct clock *clock, struct log *log,
                          struct producer **producer, struct carafe_error *error)
{
    struct kafka_producer *ours = allocate(settings, clock, log);
    if (ours == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "kafka: producer: expected memory, got none");
    }
    int result = start(ours, settings, error);
    if (result != 0) {
        free_producer(ours);
        return result;
    }
    *producer = &ours->port;
    return 0;
}
