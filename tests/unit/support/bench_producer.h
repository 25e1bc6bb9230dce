/* A producer that keeps what it is given, and delivers when the test says so (at once by default). */
#ifndef SUPPORT_BENCH_PRODUCER_H
#define SUPPORT_BENCH_PRODUCER_H

#include <pthread.h>

#include "ports/producer.h"

#define BENCH_RECORDS_MAX 256
#define BENCH_HEADERS_MAX 16

struct bench_record {
    char topic[64];
    int32_t partition;
    char key[256];
    char *payload; /* owned, zero-terminated */
    size_t payload_len;
    char headers[BENCH_HEADERS_MAX][2][128];
    size_t header_count;
    delivery_callback callback;
    void *owner;
    bool delivered;
};

struct bench_producer {
    struct producer port;
    pthread_mutex_t lock;
    pthread_cond_t produced;
    bool open;
    bool held; /* deliveries wait for bench_producer_deliver() */
    int produce_code;
    int delivery_code;
    size_t closes;
    int64_t close_deadline_ns;
    size_t count;
    struct bench_record records[BENCH_RECORDS_MAX];
};

void bench_producer_init(struct bench_producer *producer);
void bench_producer_close(struct bench_producer *producer);
/* Deliver what is held, with `code`. */
void bench_producer_deliver(struct bench_producer *producer, int code);
/* The nth record (from 0); waits for it. */
const struct bench_record *bench_producer_await(struct bench_producer *producer, size_t index);
size_t bench_producer_count(struct bench_producer *producer);
/* Value of a header; NULL: there is none. */
const char *bench_record_header(const struct bench_record *record, const char *name);

#endif
