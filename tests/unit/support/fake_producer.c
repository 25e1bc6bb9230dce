#include "support/fake_producer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"

static bool keep(struct fake_record *kept, const struct carafe_record *record)
{
    (void)snprintf(kept->topic, sizeof kept->topic, "%s", record->topic);
    (void)snprintf(kept->key, sizeof kept->key, "%.*s", (int)record->key_len, (const char *)record->key);
    kept->headers[0] = '\0';
    for (size_t i = 0; i < record->header_count; i++) {
        size_t used = strlen(kept->headers);
        (void)snprintf(kept->headers + used, sizeof kept->headers - used, "%s=%.*s;", record->headers[i].name,
                       (int)record->headers[i].value_len, (const char *)record->headers[i].value);
    }
    kept->partition = record->partition;
    kept->payload_len = record->payload_len;
    kept->payload = malloc(record->payload_len + 1);
    if (kept->payload != NULL) {
        memcpy(kept->payload, record->payload, record->payload_len);
    }
    return kept->payload != NULL;
}

static int produce(struct producer *producer, const struct carafe_record *record, delivery_callback callback,
                   void *owner, struct carafe_error *error)
{
    struct fake_producer *self = (struct fake_producer *)producer;
    pthread_mutex_lock(&self->lock);
    size_t call = self->calls++;
    int code = !self->open ? CARAFE_CLOSED : call >= self->fail_from ? self->fail_code : 0;
    bool answer = self->answer;
    int answer_code = self->answer_code;
    if (code == 0) {
        ASSERT(self->count < FAKE_PRODUCER_RECORDS_MAX);
        struct fake_record *kept = &self->records[self->count];
        kept->callback = answer ? NULL : callback;
        kept->owner = owner;
        bool kept_whole = keep(kept, record);
        self->count += kept_whole;
        code = kept_whole ? 0 : CARAFE_NO_MEMORY;
    }
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
    if (code != 0) {
        return error_set(error, (enum carafe_code)code, "producer: record: expected to be taken, got %d", code);
    }
    if (answer && callback != NULL) {
        callback(&(struct delivery){.code = answer_code}, owner);
    }
    return 0;
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
    struct fake_producer *self = (struct fake_producer *)producer;
    (void)deadline_ns;
    (void)error;
    pthread_mutex_lock(&self->lock);
    self->open = false;
    pthread_mutex_unlock(&self->lock);
    *purged = 0;
    return 0;
}

static bool is_open(struct producer *producer)
{
    struct fake_producer *self = (struct fake_producer *)producer;
    pthread_mutex_lock(&self->lock);
    bool open = self->open;
    pthread_mutex_unlock(&self->lock);
    return open;
}

static int expire(struct producer *producer, const char *topic, int64_t timeout_ms, struct carafe_error *error)
{
    struct fake_producer *self = (struct fake_producer *)producer;
    if (self->expire_code != 0) {
        return error_set(error, (enum carafe_code)self->expire_code, "producer: expire %s: expected a topic, got none",
                         topic);
    }
    self->expiries++;
    (void)snprintf(self->expiring_topic, sizeof self->expiring_topic, "%s", topic);
    self->expiry_ms = timeout_ms;
    return 0;
}

struct fake_producer *fake_producer_create(void)
{
    struct fake_producer *producer = calloc(1, sizeof *producer);
    ASSERT(producer != NULL);
    producer->port = (struct producer){produce, flush, close_producer, is_open, expire};
    producer->open = true;
    producer->answer = true;
    pthread_mutex_init(&producer->lock, NULL);
    pthread_cond_init(&producer->changed, NULL);
    return producer;
}

void fake_producer_destroy(struct fake_producer *producer)
{
    for (size_t i = 0; i < producer->count; i++) {
        free(producer->records[i].payload);
    }
    pthread_cond_destroy(&producer->changed);
    pthread_mutex_destroy(&producer->lock);
    free(producer);
}

void fake_producer_answer(struct fake_producer *producer, int code)
{
    pthread_mutex_lock(&producer->lock);
    for (size_t i = 0; i < producer->count; i++) {
        struct fake_record *record = &producer->records[i];
        delivery_callback callback = record->callback;
        record->callback = NULL;
        if (callback != NULL) {
            pthread_mutex_unlock(&producer->lock);
            callback(&(struct delivery){.code = code}, record->owner);
            pthread_mutex_lock(&producer->lock);
        }
    }
    pthread_mutex_unlock(&producer->lock);
}

void fake_producer_fail(struct fake_producer *producer, int code, size_t calls)
{
    pthread_mutex_lock(&producer->lock);
    producer->fail_code = code;
    producer->fail_from = producer->calls + calls;
    pthread_mutex_unlock(&producer->lock);
}

size_t fake_producer_count(struct fake_producer *producer, const char *topic)
{
    size_t count = 0;
    pthread_mutex_lock(&producer->lock);
    for (size_t i = 0; i < producer->count; i++) {
        count += strcmp(producer->records[i].topic, topic) == 0;
    }
    pthread_mutex_unlock(&producer->lock);
    return count;
}

const struct fake_record *fake_producer_record(struct fake_producer *producer, const char *topic, size_t nth)
{
    const struct fake_record *found = NULL;
    pthread_mutex_lock(&producer->lock);
    for (size_t i = 0; i < producer->count && found == NULL; i++) {
        if (strcmp(producer->records[i].topic, topic) == 0 && nth-- == 0) {
            found = &producer->records[i];
        }
    }
    pthread_mutex_unlock(&producer->lock);
    ASSERT(found != NULL);
    return found;
}
