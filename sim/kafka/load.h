/*
 * The load of a scenario: a plain librdkafka producer beside the servers.  It sends at once (linger 0), once (no
 * retries unless asked) and in order.
 *
 * Threads: one caller at a time.  `delivered` runs inside load_poll, load_flush and load_close.
 */
#ifndef SIM_KAFKA_LOAD_H
#define SIM_KAFKA_LOAD_H

#include "carafe.h"
#include "kafka/mock_cluster.h"

struct load_delivery {
    int error;         /* librdkafka's number, 0: appended */
    const char *topic; /* borrowed */
    int32_t partition;
    int64_t offset; /* -1 on an error */
    uint64_t tag;
};

struct load_options {
    const char *bootstraps;
    const char *client_id;                                                       /* NULL: `load` */
    struct carafe_settings kafka;                                                /* over the defaults */
    void (*delivered)(const struct load_delivery *delivery, void *owner);        /* NULL: not wanted */
    void (*log)(int level, const char *facility, const char *text, void *owner); /* NULL: dropped; any thread */
    void *owner;
};

struct load;

/* Errors: CARAFE_INVALID, a setting; CARAFE_FAILED. */
int load_create(const struct load_options *options, struct load **load, struct carafe_error *error);

/*
 * The same through the client that owns the brokers, which spares a run a client: nobody is told of deliveries, and the
 * settings are the usual ones.  Once for a cluster; closed before it.
 */
int load_borrow(struct mock_cluster *cluster, struct load **load, struct carafe_error *error);

/*
 * Take a copy of a record.  `partition` -1: by key.  `key` NULL: none; `payload` NULL: none.  `tag` comes back in
 * `delivered`.  Never blocks.
 * Errors: CARAFE_FULL, the queue is full; CARAFE_INVALID, it can never be sent; CARAFE_FAILED.
 */
int load_send(struct load *load, const char *topic, int32_t partition, const void *key, size_t key_len,
              const void *payload, size_t len, uint64_t tag, struct carafe_error *error);
/* Serve deliveries that wait, waiting at most `timeout_ms` for the first. */
void load_poll(struct load *load, int timeout_ms);
/* CARAFE_TIMEOUT: some were not delivered within `timeout_ms`. */
int load_flush(struct load *load, int timeout_ms, struct carafe_error *error);
/* Flush for `flush_ms`, drop the rest (their deliveries say so), close and free.  NULL does nothing. */
void load_close(struct load *load, int flush_ms);

#endif
