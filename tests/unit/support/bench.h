/*
 * A server on the bench: one topic `orders` of the group `billing`, with a handler that does what the test says, over
 * fakes of every port.
 */
#ifndef SUPPORT_BENCH_H
#define SUPPORT_BENCH_H

#include "server/server.h"
#include "support/fake_clock.h"
#include "support/fake_consumer.h"
#include "support/fake_log.h"
#include "support/bench_process.h"
#include "support/bench_producer.h"
#include "support/recorder.h"

#define BENCH_CONSUMED_MAX 1024

/* What the handler does, and has done. */
struct bench_handler {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int failures_left; /* that many batches fail first; -1: all */
    bool held;         /* consume does not return until let go, whatever happens */
    bool sleeps;       /* consume sleeps for an hour, and fails when it is cancelled */
    int (*act)(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count);
    size_t batches;
    size_t consumed;
    int64_t offsets[BENCH_CONSUMED_MAX];
    int results[16]; /* for act */
    size_t created, destroyed, revoked, shut_down, eofed, idled, ticked;
};

struct bench {
    struct fake_clock clock;
    struct fake_log log;
    struct bench_process process;
    struct bench_signals signals;
    struct bench_producer producer;
    struct fake_factory factory;
    struct metrics metrics;
    struct ports ports;
    struct carafe_topic topics[2];
    struct carafe_config config; /* to be changed before bench_start() */
    enum carafe_execution_mode mode;
    void (*warm_up)(void *bench);
    struct bench_handler handler;
    struct recorder *recorder;
    struct config *parsed;
    struct monitor *monitor;
    struct server *server;
    pthread_t runner;
    bool has_runner;
    int run_code;
    struct carafe_error run_error;
};

/* The global of a test program: its handlers find it by carafe_consumer_argument(). */
struct bench *bench_create(void);
/* After the server has ended.  What was abandoned is left alone. */
void bench_destroy(struct bench *bench);

/* What was abandoned stays for ever, and stays known: it is no leak. */
void bench_keep(void *abandoned);

/* Make the server; start_running also runs it on a thread of its own. */
void bench_make(struct bench *bench);
void bench_start(struct bench *bench);
/* Start, and give partition 0 of orders to the first member. */
struct fake_member *bench_start_assigned(struct bench *bench);
/* Stop from this thread; returns what the stop returned. */
int bench_stop(struct bench *bench);
/* Wait for run to return; returns its code. */
int bench_join(struct bench *bench);

void bench_hold(struct bench *bench, bool held);
/* Until the handler was given `count` batches; counted when it gets them. */
void bench_await_batches(struct bench *bench, size_t count);
size_t bench_batches(struct bench *bench);

#endif
