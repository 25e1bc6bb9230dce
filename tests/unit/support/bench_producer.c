#include "support/bench_producer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"

static void copy_record(struct bench_record *into, const struct carafe_record *record)
{
    (void)snprintf(into->topic, sizeof into->topic, "%s", record->topic);
    into->partition = record->partition;
    (void)snprintf(into->key, sizeof into->key, "%.*s", (int)record->key_len,
                   record->key != NULL ? (const char *)record->key : "");
    into->payload = calloc(1, record->payload_len + 1);
    ASSERT(into->payload != NULL && record->header_count <= BENCH_HEADERS_MAX);
    if (record->payload_len > 0) {
        memcpy(into->payload, record->payload, record->payload_len);
    }
    into->payload_len = record->payload_len;
    into->header_count = record->header_count;
    for (size_t i = 0; i < record->header_count; i++) {
        const struct carafe_header *header = &record->headers[i];
        (void)snprintf(into->headers[i][0], sizeof into->headers[i][0], "%s", header->name);
        (void)snprintf(into->headers[i][1], sizeof into->headers[i][1], "%.*s", (int)header->value_len,
                       header->value != NULL ? (const char *)header->value : "");
    }
}

static void deliver(const struct bench_record *record, int code)
{
    struct delivery delivery = {
        .code = code, .text = code == 0 ? NULL : "refused by the test", .partition = 0, .offset = 0};
    if (record->callback != NULL) {
        record->callback(&delivery, record->owner);
    }
}

static int produce(struct producer *producer, const struct carafe_record *record, delivery_callback callback,
                   void *owner, struct carafe_error *error)
{
    struct bench_producer *self = (struct bench_producer *)producer;
    pthread_mutex_lock(&self->lock);
    int code = self->open ? self->produce_code : CARAFE_CLOSED;
    if (code != 0) {
        pthread_mutex_unlock(&self->lock);
        return error_set(error, (enum carafe_code)code, "produce: expected an open producer, got another");
    }
    ASSERT(self->count < BENCH_RECORDS_MAX);
    struct bench_record *kept = &self->records[self->count++];
    copy_record(kept, record);
    kept->callback = callback;
    kept->owner = owner;
    kept->delivered = !self->held;
    bool at_once = kept->delivered;
    int delivery_code = self->delivery_code;
    pthread_cond_broadcast(&self->produced);
    pthread_mutex_unlock(&self->lock);
    if (at_once) {
        deliver(kept, delivery_code);
    }
    return 0;
}

void bench_producer_deliver(struct bench_producer *producer, int code)
{
    for (size_t i = 0; i < BENCH_RECORDS_MAX; i++) {
        pthread_mutex_lock(&producer->lock);
        bool due = i < producer->count && !producer->records[i].delivered;
        producer->records[i].delivered = producer->records[i].delivered || due;
        pthread_mutex_unlock(&producer->lock);
        if (due) {
            deliver(&producer->records[i], code);
        }
    }
}

static int flush(struct producer *producer, int64_t deadline_ns, struct carafe_error *error)
{
    (void)producer;
    (void)deadline_ns;
    (void)error;
    return 0;
}

static int close_producer(struct producer *producer, int64_t deadline_ns, size_t *purged, struct carafe_error *error)
{
    struct bench_producer *self = (struct bench_producer *)producer;
    (void)error;
    pthread_mutex_lock(&self->lock);
    self->open = false;
    self->closes++;
    self->close_deadline_ns = deadline_ns;
    *purged = 0;
    for (size_t i = 0; i < self->count; i++) {
        *purged += self->records[i].delivered ? 0 : 1;
    }
    pthread_mutex_unlock(&self->lock);
    bench_producer_deliver(self, CARAFE_TIMEOUT);
    return 0;
}

static bool is_open(struct producer *producer)
{
    struct bench_producer *self = (struct bench_producer *)producer;
    pthread_mutex_lock(&self->lock);
    bool open = self->open;
    pthread_mutex_unlock(&self->lock);
    return open;
}

static int expire(struct producer *producer, const char *topic, int64_t timeout_ms, struct carafe_error *error)
{
    (void)producer;
    (void)topic;
    (void)timeout_ms;
    (void)error;
    return 0;
}

void bench_producer_init(struct bench_producer *producer)
{
    *producer = (struct bench_producer){
        .port = {.produce = produce, .flush = flush, .close = close_producer, .is_open = is_open, .expire = expire},
        .open = true,
    };
    pthread_mutex_init(&producer->lock, NULL);
    pthread_cond_init(&producer->produced, NULL);
}

void bench_producer_close(struct bench_producer *producer)
{
    for (size_t i = 0; i < producer->count; i++) {
        free(producer->records[i].payload);
    }
    pthread_cond_destroy(&producer->produced);
    pthread_mutex_destroy(&producer->lock);
}

const struct bench_record *bench_producer_await(struct bench_producer *producer, size_t index)
{
    pthread_mutex_lock(&producer->lock);
    while (producer->count <= index) {
        pthread_cond_wait(&producer->produced, &producer->lock);
    }
    pthread_mutex_unlock(&producer->lock);
    return &producer->records[index];
}

size_t bench_producer_count(struct bench_producer *producer)
{
    pthread_mutex_lock(&producer->lock);
    size_t count = producer->count;
    pthread_mutex_unlock(&producer->lock);
    return count;
}

const char *bench_record_header(const struct bench_record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (strcmp(record->headers[i][0], name) == 0) {
            return record->headers[i][1];
        }
    }
    return NULL;
}
