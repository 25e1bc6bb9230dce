/*
 * The production clients: ports/consumer.h and ports/producer.h on an unmodified librdkafka (2.0.2 or later).
 *
 * This folder is the only one of src that includes rdkafka.h.  Nothing of librdkafka is written to standard error: its
 * log lines go through the log port, on the thread that serves the client.
 */
#ifndef KAFKA_KAFKA_H
#define KAFKA_KAFKA_H

#include "ports/clock.h"
#include "ports/consumer.h"
#include "ports/log.h"
#include "ports/producer.h"

/* How long a commit that is waited for, a seek and a close may take. */
#define KAFKA_COMMIT_WAIT_MS 5000
#define KAFKA_SEEK_WAIT_MS   5000
#define KAFKA_CLOSE_WAIT_MS  5000
/* How long a closing producer waits for librdkafka to hand back what was purged. */
#define KAFKA_PURGE_WAIT_MS 1000

/* Borrows `clock` and `log`.  NULL: no memory.  Destroy it after its consumers. */
struct consumer_factory *kafka_consumer_factory_create(struct clock *clock, struct log *log);
void kafka_consumer_factory_destroy(struct consumer_factory *factory);

/*
 * A producer with librdkafka's own defaults under `settings` (later entries win).
 *
 * Threads: starts one, which serves deliveries, errors and logs and sleeps until there are any.
 * Errors: CARAFE_INVALID, with every wrong setting in a line; CARAFE_NO_MEMORY; CARAFE_FAILED.
 */
int kafka_producer_create(const struct carafe_settings *settings, struct clock *clock, struct log *log,
                          struct producer **producer, struct carafe_error *error) CARAFE_RESULT;

/*
 * Close it at once if it is open, and free it.  Takes NULL.  Waits for librdkafka's threads, which may take as long as
 * the resolver needs for a name.
 */
void kafka_producer_destroy(struct producer *producer);

/* ---- Topics ---- */

#define KAFKA_TOPICS_MAX           16
#define KAFKA_ADMIN_TIMEOUT_MAX_MS 600000
#define KAFKA_ADMIN_GRACE_MS       1000 /* past the timeout, until librdkafka is given up too */

/* Deleted by age. */
struct kafka_topic {
    const char *name;
    int partitions;
    int replicas; /* -1: the broker's default */
    int64_t retention_ms;
};

enum kafka_topic_outcome { KAFKA_TOPIC_REFUSED, KAFKA_TOPIC_CREATED, KAFKA_TOPIC_EXISTED };

/*
 * Create what is missing of `topics`, with a client of its own; `outcomes` gets one for each.
 * Errors: CARAFE_INVALID, the settings or a topic; CARAFE_TIMEOUT, no broker answered; CARAFE_FAILED, a broker refused,
 * with a line for each topic.
 */
int kafka_topics_create(const struct carafe_settings *settings, const struct kafka_topic *topics, size_t count,
                        int64_t timeout_ms, enum kafka_topic_outcome *outcomes,
                        struct carafe_error *error) CARAFE_RESULT;

/* All violations of `settings`, a line each, without making a client. */
int kafka_settings_check(const struct carafe_settings *settings, struct carafe_error *error) CARAFE_RESULT;

/* Of the library that is loaded, e.g. "2.0.2". */
const char *kafka_library_version(void);

#endif
