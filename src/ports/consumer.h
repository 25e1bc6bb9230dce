/*
 * One member of a consumer group: the client of one subscription group.
 *
 * Threads: unless said otherwise only the listener's thread calls it, and all its observer's functions run there,
 * inside poll(), serve(), unsubscribe() and close().
 */
#ifndef PORTS_CONSUMER_H
#define PORTS_CONSUMER_H

#include "carafe.h"

struct consumer;

/* A message and what keeps its bytes alive.  Released with consumer->release, before or after the close. */
struct consumer_message {
    struct carafe_message message;
    int64_t fetched_ns; /* monotonic: when the poll gave it out */
    void *source;
};

/* What one poll brought. */
enum consumer_poll_kind {
    CONSUMER_NOTHING,     /* the deadline passed */
    CONSUMER_MESSAGE,     /* `message` is set; the caller releases it */
    CONSUMER_EOF,         /* the end of `partition` */
    CONSUMER_INTERRUPTED, /* wake() was called, or a rebalance was served */
    CONSUMER_FAILED       /* `error_class` and the text say what; `fatal`: only a reset helps */
};

struct consumer_poll {
    enum consumer_poll_kind kind;
    struct consumer_message message;
    struct carafe_partition partition; /* topic is borrowed until the next poll */
    bool fatal;
    char error_class[64]; /* librdkafka's name, e.g. `_ALL_BROKERS_DOWN` */
    struct carafe_error error;
};

/* Told what happens to the membership; borrowed arguments. */
struct consumer_observer {
    void (*assign)(const struct carafe_partition *partitions, size_t count, void *owner);   /* before it takes effect */
    void (*assigned)(const struct carafe_partition *partitions, size_t count, void *owner); /* after */
    /* Unless lost, what is stored is committed between these two. */
    void (*revoke)(const struct carafe_partition *partitions, size_t count, bool lost, void *owner);
    void (*revoked)(const struct carafe_partition *partitions, size_t count, bool lost, void *owner);
    void (*statistics)(const char *client_id, const char *json, size_t len, void *owner);
    void (*committed)(const struct carafe_partition *partitions, size_t count, int code, const char *error_class,
                      void *owner);
    void (*failed)(const char *error_class, const char *text, bool fatal, void *owner); /* librdkafka.error */
    void *owner;
};

struct consumer_options {
    const char *group;
    const char *subscription_group;
    struct carafe_settings kafka; /* everything, defaults included; later entries win */
    struct consumer_observer observer;
};

struct consumer {
    int (*subscribe)(struct consumer *consumer, const struct carafe_names *topics, struct carafe_error *error);
    /*
     * Wait for one message or event until `deadline_ns` (monotonic; in the past: look, do not wait).  Serves
     * rebalances and (as serve) events.  Counts as a poll for max.poll.interval.ms.
     */
    void (*poll)(struct consumer *consumer, int64_t deadline_ns, struct consumer_poll *result);
    /* Serve statistics, logs, errors and token refreshes that wait; never blocks, is no poll. */
    void (*serve)(struct consumer *consumer);
    /* End a poll that waits, or the next one.  Threads: any. */
    void (*wake)(struct consumer *consumer);
    int (*pause)(struct consumer *consumer, const struct carafe_partition *partition, struct carafe_error *error);
    int (*resume)(struct consumer *consumer, const struct carafe_partition *partition, struct carafe_error *error);
    /* Go on at partition->offset.  What was fetched before and not yet polled is dropped. */
    int (*seek)(struct consumer *consumer, const struct carafe_partition *partition, struct carafe_error *error);
    /* Remember partition->offset (the next to be read) for the next commit.  Threads: any.
     * CARAFE_REFUSED: the partition is not assigned. */
    int (*store)(struct consumer *consumer, const struct carafe_partition *partition, struct carafe_error *error);
    /* Commit what is stored (`partition` NULL) or one offset.  Threads: any.  CARAFE_REFUSED: lost to a rebalance. */
    int (*commit)(struct consumer *consumer, const struct carafe_partition *partition, bool wait,
                  struct carafe_error *error);
    bool (*assignment_lost)(struct consumer *consumer);
    /* Leave the subscription; revokes through the observer.  CARAFE_TIMEOUT at `deadline_ns`. */
    int (*unsubscribe)(struct consumer *consumer, int64_t deadline_ns, struct carafe_error *error);
    /* Commit what is stored, leave the group, close.  Threads: the listener's, or the forceful shutdown's helper. */
    int (*close)(struct consumer *consumer, struct carafe_error *error);
    /* Free a closed consumer; never while an abandoned thread may still use it. */
    void (*destroy)(struct consumer *consumer);
    /* Threads: any, also after the close. */
    void (*release)(struct consumer_message *message);
};

/* Makes the clients of a server. */
struct consumer_factory {
    /* `*consumer` belongs to the caller.  CARAFE_INVALID: a setting is unknown or wrong; CARAFE_FAILED. */
    int (*open)(struct consumer_factory *factory, const struct consumer_options *options, struct consumer **consumer,
                struct carafe_error *error);
    /* Check settings without making a client, all violations at once. */
    int (*check)(struct consumer_factory *factory, const struct consumer_options *options, struct carafe_error *error);
    /* Version of the library that is loaded, e.g. "2.0.2". */
    const char *(*library_version)(struct consumer_factory *factory);
};

#endif
