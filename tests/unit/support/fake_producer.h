/*
 * A producer that keeps what it is given. Deliveries are answered at once, or when a test says so; any call of
 * produce() can be made to fail.
 */
#ifndef SUPPORT_FAKE_PRODUCER_H
#define SUPPORT_FAKE_PRODUCER_H

#include <pthread.h>

#include "ports/producer.h"

#define FAKE_PRODUCER_RECORDS_MAX 4096
#define FAKE_PRODUCER_HEADERS_MAX 64

struct fake_record {
    char topic[64];
    char key[64];
    char headers[FAKE_PRODUCER_HEADERS_MAX]; /* `name=value;` */
    int32_t partition;
    char *payload;
    size_t payload_len;
    delivery_callback callback; /* NULL: answered */
    void *owner;
};

struct fake_producer {
    struct producer port;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    bool answer; /* deliver at once, with `answer_code` */
    int answer_code;
    size_t calls;     /* of produce() */
    size_t fail_from; /* calls from this one on (0 is the first) return `fail_code` */
    int fail_code;    /* 0: none fails */
    int expire_code;  /* what expire() returns */
    size_t expiries;  /* topics whose records expire, and the last of them */
    char expiring_topic[64];
    int64_t expiry_ms;
    size_t count;
    struct fake_record records[FAKE_PRODUCER_RECORDS_MAX];
};

struct fake_producer *fake_producer_create(void);
void fake_producer_destroy(struct fake_producer *producer);

/* Answer every delivery that waits. */
void fake_producer_answer(struct fake_producer *producer, int code);
/* From now on produce() returns `code` (0: takes everything again), after `calls` more that succeed. */
void fake_producer_fail(struct fake_producer *producer, int code, size_t calls);

size_t fake_producer_count(struct fake_producer *producer, const char *topic);
/* The nth (from 0) record of a topic; it must be there. */
const struct fake_record *fake_producer_record(struct fake_producer *producer, const char *topic, size_t nth);

#endif
