/*
 * carafe: runs Kafka consumers as a supervised server.
 *
 * The one header an embedder includes.  All text is UTF-8 and zero-terminated, all times are milliseconds unless the
 * name says otherwise, all strings and arrays given in a configuration are copied by carafe_create().
 */
#ifndef CARAFE_H
#define CARAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CARAFE_VERSION "0.1.0"

#define CARAFE_API                     __attribute__((visibility("default")))
#define CARAFE_RESULT                  __attribute__((warn_unused_result))
#define CARAFE_FORMAT(text, arguments) __attribute__((format(printf, text, arguments)))

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

/* What the caller does next. */
enum carafe_code {
    CARAFE_OK = 0,
    CARAFE_INVALID = -1,   /* fix the argument or the configuration */
    CARAFE_CLOSED = -2,    /* stop using the object: it is closed */
    CARAFE_TIMEOUT = -3,   /* the deadline passed: try again or give up */
    CARAFE_FULL = -4,      /* a bound is reached: try again later */
    CARAFE_NO_MEMORY = -5, /* free something */
    CARAFE_FAILED = -6,    /* the system, a broker or a handler failed: retry or report */
    CARAFE_REFUSED = -7,   /* not allowed in this state or on this thread */
    CARAFE_FORCED = -8     /* it ended, but by force: work was abandoned */
};

#define CARAFE_ERROR_TEXT_MAX 4096

/* `text` reads `where: what: expected X, got Y`; several violations are separated by newlines. */
struct carafe_error {
    enum carafe_code code;
    char text[CARAFE_ERROR_TEXT_MAX];
};

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

struct carafe_header {
    const char *name;
    const void *value; /* NULL: a header without a value */
    size_t value_len;
};

/* A message as it came from Kafka.  Borrowed: valid until the callback that received it returns. */
struct carafe_message {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* -1: the broker gave none */
    const void *key;      /* NULL: no key */
    size_t key_len;
    const void *payload; /* NULL: a tombstone */
    size_t payload_len;
    const struct carafe_header *headers;
    size_t header_count;
};

/* A message to be produced; copied by the producer. */
struct carafe_record {
    const char *topic;
    int32_t partition; /* -1: chosen by key */
    const void *key;
    size_t key_len;
    const void *payload;
    size_t payload_len;
    const struct carafe_header *headers;
    size_t header_count;
};

/* ---- Consumers --------------------------------------------------------------------------------------------------- */

struct carafe_consumer; /* one topic-partition in the hands of the server */

/*
 * The callbacks of a topic.  Each runs on a worker thread, one at a time for a topic-partition; NULL: nothing to do.
 * They return 0, or anything else for a failure (see carafe_consumer_fail).  A failed `consume` is retried.
 */
struct carafe_handler {
    const char *name; /* as the Web UI shows it, e.g. "Billing::OrdersConsumer"; NULL: the topic's name */
    int (*create)(struct carafe_consumer *consumer);
    int (*consume)(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count);
    int (*revoked)(struct carafe_consumer *consumer);  /* the partition went to somebody else */
    int (*shutdown)(struct carafe_consumer *consumer); /* the server stops; still owned */
    int (*eofed)(struct carafe_consumer *consumer);    /* the end of the partition was reached */
    int (*idle)(struct carafe_consumer *consumer);     /* a poll brought nothing */
    int (*tick)(struct carafe_consumer *consumer);     /* every `tick_ms` of the topic, when set */
    void (*destroy)(struct carafe_consumer *consumer);
};

/*
 * Keep the reason of a failure for `error.occurred` and the error document: up to 40 000 bytes, of which the document
 * takes the first 10 000 characters.  Returns CARAFE_FAILED, to be returned.
 */
CARAFE_API int carafe_consumer_fail(struct carafe_consumer *consumer, const char *error_class, const char *format, ...)
    CARAFE_FORMAT(3, 4);

CARAFE_API const char *carafe_consumer_topic(const struct carafe_consumer *consumer);
CARAFE_API int32_t carafe_consumer_partition(const struct carafe_consumer *consumer);
CARAFE_API const char *carafe_consumer_group(const struct carafe_consumer *consumer);
CARAFE_API int carafe_consumer_attempt(const struct carafe_consumer *consumer);    /* 1 at the first try */
CARAFE_API void *carafe_consumer_argument(const struct carafe_consumer *consumer); /* `argument` of the topic */
CARAFE_API void *carafe_consumer_state(const struct carafe_consumer *consumer);
CARAFE_API void carafe_consumer_set_state(struct carafe_consumer *consumer, void *state);

/* The forceful shutdown gave up on this handler: return as soon as you can. */
CARAFE_API bool carafe_consumer_cancelled(const struct carafe_consumer *consumer);
CARAFE_API bool carafe_consumer_stopping(const struct carafe_consumer *consumer);
CARAFE_API bool carafe_consumer_revoked(const struct carafe_consumer *consumer);

/* Wait, but not past a cancellation.  Returns 0, or CARAFE_CLOSED when cancelled. */
CARAFE_API int carafe_consumer_sleep(struct carafe_consumer *consumer, int64_t duration_ms);

/*
 * `message` and all before it are handled.  The offset is stored now and committed with the next commit (mark) or
 * before the call returns (mark_sync).  CARAFE_REFUSED: the partition was revoked.
 */
CARAFE_API int carafe_consumer_mark(struct carafe_consumer *consumer, const struct carafe_message *message);
CARAFE_API int carafe_consumer_mark_sync(struct carafe_consumer *consumer, const struct carafe_message *message);

/* Stop fetching this partition after the current batch; go on at `offset` (-1: after the last batch) then. */
CARAFE_API int carafe_consumer_pause(struct carafe_consumer *consumer, int64_t offset, int64_t duration_ms);
CARAFE_API int carafe_consumer_resume(struct carafe_consumer *consumer);
CARAFE_API int carafe_consumer_seek(struct carafe_consumer *consumer, int64_t offset);

/* Through the server's producer.  CARAFE_FULL: its queue is full. */
CARAFE_API int carafe_consumer_produce(struct carafe_consumer *consumer, const struct carafe_record *record,
                                       struct carafe_error *error);
CARAFE_API int carafe_consumer_produce_sync(struct carafe_consumer *consumer, const struct carafe_record *record,
                                            struct carafe_error *error);

/* Shown with the running job in the Web UI; replaces the tag of the same name. NULL text removes it. */
CARAFE_API int carafe_consumer_tag(struct carafe_consumer *consumer, const char *name, const char *text);

/* ---- Configuration ----------------------------------------------------------------------------------------------- */

struct carafe_setting {
    const char *name;
    const char *value;
};

struct carafe_settings {
    const struct carafe_setting *list;
    size_t count;
};

struct carafe_names {
    const char *const *list;
    size_t count;
};

struct carafe_dead_letters {
    const char *topic; /* NULL: no dead letter queue, failures are retried for ever */
    int max_retries;   /* -1: the default, 3; 0: none */
    bool independent;  /* any marking resets the attempt counter */
    bool synchronous;  /* wait for the delivery before going on */
};

/* Zero means the server's default wherever a number follows. */
struct carafe_topic {
    const char *name;
    const char *group;              /* consumer group */
    const char *subscription_group; /* NULL: topics of a group with equal settings share one */
    struct carafe_handler handler;
    void *argument;
    struct carafe_settings kafka; /* over the server's own */
    size_t max_messages;
    int64_t max_wait_time_ms;
    int64_t pause_timeout_ms;
    int64_t pause_max_timeout_ms;
    bool pause_constant; /* do not double the pause with every attempt */
    int64_t tick_ms;     /* 0: no tick jobs */
    bool long_running;   /* non-blocking: the listener polls on with the partition paused */
    bool manual_marking; /* offsets are stored only by carafe_consumer_mark() */
    struct carafe_dead_letters dead_letters;
};

/* include/exclude of consumer groups, subscription groups and topics.  Inclusion wins. */
struct carafe_activity {
    struct carafe_names include_groups;
    struct carafe_names include_subscription_groups;
    struct carafe_names include_topics;
    struct carafe_names exclude_groups;
    struct carafe_names exclude_subscription_groups;
    struct carafe_names exclude_topics;
};

struct carafe_reporting {
    bool enabled;
    int64_t interval_ms;       /* 5 000 */
    const char *reports_topic; /* karafka_consumers_reports */
    const char *errors_topic;  /* karafka_errors */
    const char *schema;        /* 1.4.0 | 1.4.1 | 1.6.0 | 1.7.0 */
    size_t sync_threshold;     /* 50 messages */
    size_t errors_max;         /* 1 000 error documents between two reports */
};

struct carafe_swarm {
    size_t nodes;                /* 3 */
    int64_t restart_backoff_ms;  /* 5 000 */
    int64_t liveness_every_ms;   /* 10 000 */
    int64_t liveness_timeout_ms; /* 60 000 */
};

/* Start from carafe_config_init(), which fills in every default. */
struct carafe_config {
    struct carafe_settings kafka; /* librdkafka settings of every client */
    const struct carafe_topic *topics;
    size_t topic_count;
    size_t concurrency;                /* 5 workers */
    int64_t shutdown_timeout_ms;       /* 60 000; 0: no grace, only what has ended already ends gracefully */
    int64_t forceful_shutdown_wait_ms; /* 5 000 */
    int64_t supervision_sleep_ms;      /* 100 */
    int forceful_exit_code;            /* 2 */
    size_t max_messages;               /* 100 */
    int64_t max_wait_time_ms;          /* 1 000 */
    int64_t tick_interval_ms;          /* 5 000 */
    int64_t reset_backoff_ms;          /* 6 000 */
    int64_t pause_timeout_ms;          /* 1 000 */
    int64_t pause_max_timeout_ms;      /* 30 000 */
    struct carafe_activity activity;
    struct carafe_reporting reporting;
    struct carafe_swarm swarm;
    struct carafe_names tags; /* of the process, shown in the Web UI */
};

CARAFE_API void carafe_config_init(struct carafe_config *config);

/* ---- Events ------------------------------------------------------------------------------------------------------ */

/* In the order of a life; only ever forward, states may be skipped. */
enum carafe_status {
    CARAFE_INITIALIZING,
    CARAFE_INITIALIZED,
    CARAFE_SUPERVISING,
    CARAFE_RUNNING,
    CARAFE_QUIETING,
    CARAFE_QUIET,
    CARAFE_STOPPING,
    CARAFE_STOPPED,
    CARAFE_TERMINATED
};

enum carafe_execution_mode { CARAFE_STANDALONE, CARAFE_EMBEDDED, CARAFE_SUPERVISOR, CARAFE_SWARM };

enum carafe_job_type {
    CARAFE_JOB_CONSUME,
    CARAFE_JOB_REVOKED,
    CARAFE_JOB_SHUTDOWN,
    CARAFE_JOB_EOFED,
    CARAFE_JOB_IDLE,
    CARAFE_JOB_TICK
};

/* Every kind of event, with the name that subscribers, traces and scenarios know it by. */
#define CARAFE_EVENTS(X)                                                                                               \
    X(APP_INITIALIZED, "app.initialized")                                                                              \
    X(APP_SUPERVISING, "app.supervising")                                                                              \
    X(APP_RUNNING, "app.running")                                                                                      \
    X(APP_QUIETING, "app.quieting")                                                                                    \
    X(APP_QUIET, "app.quiet")                                                                                          \
    X(APP_STOPPING, "app.stopping")                                                                                    \
    X(APP_STOPPED, "app.stopped")                                                                                      \
    X(APP_TERMINATED, "app.terminated")                                                                                \
    X(CLIENT_PAUSE, "client.pause")                                                                                    \
    X(CLIENT_RESUME, "client.resume")                                                                                  \
    X(CLIENT_RESET, "client.reset")                                                                                    \
    X(CLIENT_COMMITTED, "client.committed")                                                                            \
    X(LISTENER_BEFORE_FETCH_LOOP, "connection.listener.before_fetch_loop")                                             \
    X(LISTENER_FETCH_LOOP, "connection.listener.fetch_loop")                                                           \
    X(LISTENER_FETCH_LOOP_RECEIVED, "connection.listener.fetch_loop.received")                                         \
    X(LISTENER_AFTER_FETCH_LOOP, "connection.listener.after_fetch_loop")                                               \
    X(LISTENER_PENDING, "connection.listener.pending")                                                                 \
    X(LISTENER_STARTING, "connection.listener.starting")                                                               \
    X(LISTENER_RUNNING, "connection.listener.running")                                                                 \
    X(LISTENER_QUIETING, "connection.listener.quieting")                                                               \
    X(LISTENER_QUIET, "connection.listener.quiet")                                                                     \
    X(LISTENER_STOPPING, "connection.listener.stopping")                                                               \
    X(LISTENER_STOPPED, "connection.listener.stopped")                                                                 \
    X(CONSUMER_INITIALIZED, "consumer.initialized")                                                                    \
    X(CONSUMER_BEFORE_SCHEDULE, "consumer.before_schedule")                                                            \
    X(CONSUMER_CONSUME, "consumer.consume")                                                                            \
    X(CONSUMER_CONSUMED, "consumer.consumed")                                                                          \
    X(CONSUMER_REVOKE, "consumer.revoke")                                                                              \
    X(CONSUMER_REVOKED, "consumer.revoked")                                                                            \
    X(CONSUMER_SHUTTING_DOWN, "consumer.shutting_down")                                                                \
    X(CONSUMER_SHUTDOWN, "consumer.shutdown")                                                                          \
    X(CONSUMER_TICK, "consumer.tick")                                                                                  \
    X(CONSUMER_TICKED, "consumer.ticked")                                                                              \
    X(CONSUMER_EOF, "consumer.eof")                                                                                    \
    X(CONSUMER_EOFED, "consumer.eofed")                                                                                \
    X(CONSUMER_IDLE, "consumer.idle")                                                                                  \
    X(CONSUMER_IDLED, "consumer.idled")                                                                                \
    X(CONSUMER_MARKED, "consumer.marked")                                                                              \
    X(CONSUMER_TAGGED, "consumer.tagged")                                                                              \
    X(CONSUMER_PAUSE, "consumer.consuming.pause")                                                                      \
    X(CONSUMER_RETRY, "consumer.consuming.retry")                                                                      \
    X(CONSUMER_SEEK, "consumer.consuming.seek")                                                                        \
    X(DEAD_LETTER_DISPATCHED, "dead_letter_queue.dispatched")                                                          \
    X(PROCESS_NOTICE_SIGNAL, "process.notice_signal")                                                                  \
    X(REBALANCE_PARTITIONS_ASSIGN, "rebalance.partitions_assign")                                                      \
    X(REBALANCE_PARTITIONS_ASSIGNED, "rebalance.partitions_assigned")                                                  \
    X(REBALANCE_PARTITIONS_REVOKE, "rebalance.partitions_revoke")                                                      \
    X(REBALANCE_PARTITIONS_REVOKED, "rebalance.partitions_revoked")                                                    \
    X(REPORTER_REPORTED, "reporter.reported")                                                                          \
    X(REPORTER_DROPPED, "reporter.dropped")                                                                            \
    X(STATISTICS_EMITTED, "statistics.emitted")                                                                        \
    X(SWARM_NODE_AFTER_FORK, "swarm.node.after_fork")                                                                  \
    X(SWARM_MANAGER_BEFORE_FORK, "swarm.manager.before_fork")                                                          \
    X(SWARM_MANAGER_AFTER_FORK, "swarm.manager.after_fork")                                                            \
    X(SWARM_MANAGER_CONTROL, "swarm.manager.control")                                                                  \
    X(SWARM_MANAGER_STOPPING, "swarm.manager.stopping")                                                                \
    X(SWARM_MANAGER_TERMINATING, "swarm.manager.terminating")                                                          \
    X(WORKER_PROCESS, "worker.process")                                                                                \
    X(WORKER_PROCESSED, "worker.processed")                                                                            \
    X(WORKER_COMPLETED, "worker.completed")                                                                            \
    X(WORKER_SCALING_UP, "worker.scaling.up")                                                                          \
    X(WORKER_SCALING_DOWN, "worker.scaling.down")                                                                      \
    X(ERROR_OCCURRED, "error.occurred")

enum carafe_event_kind {
#define CARAFE_EVENT_ENUM(symbol, name) CARAFE_EVENT_##symbol,
    CARAFE_EVENTS(CARAFE_EVENT_ENUM)
#undef CARAFE_EVENT_ENUM
        CARAFE_EVENT_COUNT
};

CARAFE_API const char *carafe_event_name(enum carafe_event_kind kind);
CARAFE_API const char *carafe_status_name(enum carafe_status status);
CARAFE_API const char *carafe_execution_mode_name(enum carafe_execution_mode mode);
CARAFE_API const char *carafe_job_type_name(enum carafe_job_type type);

struct carafe_partition {
    const char *topic;
    int32_t partition;
    int64_t offset; /* -1001: none */
};

/* A job as events and reports show it. */
struct carafe_job_view {
    uint64_t id; /* counts from 1 in each server */
    enum carafe_job_type type;
    bool non_blocking;
    const char *group;
    const char *subscription_group;
    const char *topic;
    int32_t partition;
    const char *consumer; /* the handler's name */
    int64_t first_offset; /* -1001: no messages */
    int64_t last_offset;  /* -1001: no messages */
    size_t messages;
    int64_t processing_lag_ms;  /* fetched until run; -1: unknown */
    int64_t consumption_lag_ms; /* produced until run; -1: unknown */
    int64_t committed_offset;   /* seek offset - 1; -1001: none */
    int attempt;
    struct carafe_names tags;
};

/* What went wrong, and what a report says of it.  Empty strings never; NULL where it does not apply. */
struct carafe_failure {
    const char *type;        /* e.g. "app.stopping.error" */
    const char *error_class; /* e.g. "ForcefulShutdownError" */
    const char *message;
    const char *backtrace; /* NULL: none */
    /* Of app.stopping.error, present when not empty: */
    size_t alive_workers;
    const char *active_listeners; /* `id (sg); id (sg)` */
    const char *in_processing;    /* `Consume orders/2 (billing_0, blocking); ...` */
};

/*
 * One event.  Fields that do not belong to its kind are zero.  Borrowed: valid during the callback.
 * Threads: any; two events of one server may be delivered at the same time.
 */
struct carafe_event {
    enum carafe_event_kind kind;
    int64_t monotonic_ns;      /* when it happened */
    enum carafe_status status; /* reporter.reported: the status reported; else the status of the server */
    const char *group;         /* client.*, connection.*, rebalance.*, statistics.* and all of a job */
    const char *subscription_group;
    const char *client_id; /* of the subscription group's client, e.g. carafe#consumer-1; statistics, errors */
    const char *topic;     /* pause, resume, seek, retry, marked, dead letters */
    int32_t partition;
    int64_t offset;
    int64_t duration_ms; /* pause, retry; processing time of worker.processed; -1: without end */
    const struct carafe_job_view *job;
    const struct carafe_partition *partitions; /* rebalance.*, client.committed */
    size_t partition_count;
    bool lost;              /* rebalance: the assignment was lost, not revoked */
    const char *signal;     /* process.notice_signal: "TERM" */
    const char *statistics; /* statistics.emitted: librdkafka's JSON */
    size_t statistics_len;
    const struct carafe_failure *failure; /* error.occurred */
    bool forced;                          /* reporter.reported */
    size_t messages; /* reporter.reported: sent; fetch_loop.received: in the batch; dropped: documents */
    size_t bytes;    /* reporter.reported: compressed bytes of all messages */
    size_t workers;  /* worker.scaling.*, app.running: size of the pool */
    int node;        /* swarm.*: number of the node */
    int64_t pid;     /* swarm.*: its process id */
};

/* Returns 0.  Anything else is a failure of the subscriber: contained, and reported as `callbacks.error.error`. */
typedef int (*carafe_subscriber)(const struct carafe_event *event, void *owner);

/* ---- The server -------------------------------------------------------------------------------------------------- */

struct carafe;

/*
 * Is `config` one that a server can run?  Everything is looked at that does not need a broker: the fields, the names
 * and values of librdkafka's settings, and, when these are right, whether the activity lists know what they name.
 * Errors: CARAFE_INVALID with every violation, a line each: `config: PATH: expected X, got Y`; CARAFE_NO_MEMORY.
 */
CARAFE_API int carafe_check(const struct carafe_config *config, struct carafe_error *error) CARAFE_RESULT;

/*
 * A server for `config`, not yet running; several may live in one process.
 * Errors: CARAFE_INVALID with every violation of the configuration, a line each; CARAFE_NO_MEMORY.
 */
CARAFE_API struct carafe *carafe_create(const struct carafe_config *config, struct carafe_error *error);

/* Only after carafe_run() or carafe_embedded_stop() returned, or before any start.  Takes NULL. */
CARAFE_API void carafe_destroy(struct carafe *carafe);

/* Before the start.  `owner` is given back with every event. */
CARAFE_API int carafe_subscribe(struct carafe *carafe, carafe_subscriber subscriber, void *owner,
                                struct carafe_error *error) CARAFE_RESULT;

/*
 * Standalone: bind the signals, consume until TERM, INT, QUIT or HUP, and return after a graceful shutdown.  A
 * forceful one ends the process at once with `forceful_exit_code`.
 * Returns 0, or the code of the failure that brought it down.
 */
CARAFE_API int carafe_run(struct carafe *carafe, struct carafe_error *error) CARAFE_RESULT;

/*
 * Stop or quiet it.  Threads: any but a worker (CARAFE_REFUSED).  stop blocks until all has ended; before carafe_run()
 * it makes that return at once.
 */
CARAFE_API int carafe_stop(struct carafe *carafe, struct carafe_error *error) CARAFE_RESULT;
CARAFE_API void carafe_quiet(struct carafe *carafe);
CARAFE_API enum carafe_status carafe_status(const struct carafe *carafe);

/*
 * Swarm: fork `swarm.nodes` processes, each a server of its own, and watch over them until TERM, INT, QUIT or HUP; one
 * that ends or falls silent is forked again.  The caller must be the only thread of its process, for life; handlers
 * and subscribers run in the nodes, `app.*` and `swarm.manager.*` are told in this process too.  In a node it never
 * returns.  A carafe_stop() of the swarm returns at once; a forceful one ends the process with `forceful_exit_code`.
 * Returns 0 when all nodes have ended in time.  CARAFE_REFUSED: there are other threads.
 */
CARAFE_API int carafe_swarm_run(struct carafe *carafe, struct carafe_error *error) CARAFE_RESULT;

/* Change the number of workers while it runs (at least 1). */
CARAFE_API int carafe_scale(struct carafe *carafe, size_t workers, struct carafe_error *error) CARAFE_RESULT;

/*
 * Embedded: start returns at once and is idempotent; quiet does not block; stop blocks until terminated.  The signal
 * handlers of the host are left alone.  stop without start, or from a worker: CARAFE_REFUSED; so is a start after a
 * stop or after a start that failed: create another server.  A stop that abandoned threads returns CARAFE_FORCED.
 */
CARAFE_API int carafe_embedded_start(struct carafe *carafe, struct carafe_error *error) CARAFE_RESULT;
CARAFE_API int carafe_embedded_quiet(struct carafe *carafe, struct carafe_error *error) CARAFE_RESULT;
CARAFE_API int carafe_embedded_stop(struct carafe *carafe, struct carafe_error *error) CARAFE_RESULT;

#endif
