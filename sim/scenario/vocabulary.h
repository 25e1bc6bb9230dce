/*
 * The words of the language: settings, fields, signals, APIs and error codes.  scenarios/README.md explains each; a
 * test compares the two.
 */
#ifndef SCENARIO_VOCABULARY_H
#define SCENARIO_VOCABULARY_H

#include "carafe.h"

/* How the value of a setting is read. */
enum vocabulary_type {
    VOCABULARY_COUNT,    /* integer >= 0 */
    VOCABULARY_POSITIVE, /* integer >= 1 */
    VOCABULARY_DURATION,
    VOCABULARY_SIGNED_DURATION,
    VOCABULARY_DURATION_RANGE,
    VOCABULARY_SIZE,
    VOCABULARY_BOOLEAN,
    VOCABULARY_TEXT,
    VOCABULARY_LIST
};

/* symbol, name, type.  Of `server`; group, mode and nodes have fields of their own. */
#define PROGRAM_SERVER_SETTINGS(X)                                                                                     \
    X(WORKERS, "workers", VOCABULARY_POSITIVE)                                                                         \
    X(SHUTDOWN_TIMEOUT, "shutdown_timeout", VOCABULARY_DURATION)                                                       \
    X(FORCEFUL_SHUTDOWN_WAIT, "forceful_shutdown_wait", VOCABULARY_DURATION)                                           \
    X(SUPERVISION_SLEEP, "supervision_sleep", VOCABULARY_DURATION)                                                     \
    X(FORCEFUL_EXIT_CODE, "forceful_exit_code", VOCABULARY_COUNT)                                                      \
    X(MAX_MESSAGES, "max_messages", VOCABULARY_POSITIVE)                                                               \
    X(MAX_WAIT_TIME, "max_wait_time", VOCABULARY_DURATION)                                                             \
    X(TICK_INTERVAL, "tick_interval", VOCABULARY_DURATION)                                                             \
    X(RESET_BACKOFF, "reset_backoff", VOCABULARY_DURATION)                                                             \
    X(PAUSE_TIMEOUT, "pause_timeout", VOCABULARY_DURATION)                                                             \
    X(PAUSE_MAX_TIMEOUT, "pause_max_timeout", VOCABULARY_DURATION)                                                     \
    X(REPORTING, "reporting", VOCABULARY_BOOLEAN)                                                                      \
    X(REPORT_INTERVAL, "report_interval", VOCABULARY_DURATION)                                                         \
    X(REPORT_SCHEMA, "report_schema", VOCABULARY_TEXT)                                                                 \
    X(REPORTS_TOPIC, "reports_topic", VOCABULARY_TEXT)                                                                 \
    X(ERRORS_TOPIC, "errors_topic", VOCABULARY_TEXT)                                                                   \
    X(SYNC_THRESHOLD, "sync_threshold", VOCABULARY_POSITIVE)                                                           \
    X(ERRORS_MAX, "errors_max", VOCABULARY_POSITIVE)                                                                   \
    X(RESTART_BACKOFF, "restart_backoff", VOCABULARY_DURATION)                                                         \
    X(LIVENESS_EVERY, "liveness_every", VOCABULARY_DURATION)                                                           \
    X(LIVENESS_TIMEOUT, "liveness_timeout", VOCABULARY_DURATION)                                                       \
    X(INCLUDE_GROUPS, "include_groups", VOCABULARY_LIST)                                                               \
    X(INCLUDE_SUBSCRIPTION_GROUPS, "include_subscription_groups", VOCABULARY_LIST)                                     \
    X(INCLUDE_TOPICS, "include_topics", VOCABULARY_LIST)                                                               \
    X(EXCLUDE_GROUPS, "exclude_groups", VOCABULARY_LIST)                                                               \
    X(EXCLUDE_SUBSCRIPTION_GROUPS, "exclude_subscription_groups", VOCABULARY_LIST)                                     \
    X(EXCLUDE_TOPICS, "exclude_topics", VOCABULARY_LIST)                                                               \
    X(TAGS, "tags", VOCABULARY_LIST)                                                                                   \
    X(HOST, "host", VOCABULARY_TEXT) /* host name of the virtual process */                                            \
    X(PID, "pid", VOCABULARY_POSITIVE)                                                                                 \
    X(THREADS, "threads", VOCABULARY_POSITIVE) /* that it may have: making one more fails */                           \
    X(CPUS, "cpus", VOCABULARY_POSITIVE)                                                                               \
    X(MEMORY, "memory", VOCABULARY_SIZE)                        /* resident */                                         \
    X(MEMORY_TOTAL, "memory_total", VOCABULARY_SIZE)            /* in use on its machine; `memory` when not said */    \
    X(MEMORY_SIZE, "memory_size", VOCABULARY_SIZE)              /* of its machine */                                   \
    X(LOAD_AVERAGE, "load_average", VOCABULARY_LIST)            /* three decimals: a,b,c */                            \
    X(CLOCK_OFFSET, "clock_offset", VOCABULARY_SIGNED_DURATION) /* wall clock against that of the world */             \
    X(BOOT, "boot", VOCABULARY_DURATION_RANGE) /* from its start until it binds its signals; warming up after that */

/* Of `handler` without a partition: settings of the topic's routing. */
#define PROGRAM_HANDLER_SETTINGS(X)                                                                                    \
    X(GROUP, "group", VOCABULARY_TEXT)                                                                                 \
    X(SUBSCRIPTION_GROUP, "subscription_group", VOCABULARY_TEXT)                                                       \
    X(CONSUMER, "consumer", VOCABULARY_TEXT) /* the name that reports show */                                          \
    X(MAX_MESSAGES, "max_messages", VOCABULARY_POSITIVE)                                                               \
    X(MAX_WAIT_TIME, "max_wait_time", VOCABULARY_DURATION)                                                             \
    X(PAUSE_TIMEOUT, "pause_timeout", VOCABULARY_DURATION)                                                             \
    X(PAUSE_MAX_TIMEOUT, "pause_max_timeout", VOCABULARY_DURATION)                                                     \
    X(PAUSE_CONSTANT, "pause_constant", VOCABULARY_BOOLEAN)                                                            \
    X(TICK, "tick", VOCABULARY_DURATION)                                                                               \
    X(IDLE, "idle", VOCABULARY_BOOLEAN) /* idle jobs */                                                                \
    X(NON_BLOCKING, "non_blocking", VOCABULARY_BOOLEAN)                                                                \
    X(DEAD_LETTERS, "dead_letters", VOCABULARY_TEXT) /* topic */                                                       \
    X(MAX_RETRIES, "max_retries", VOCABULARY_COUNT)                                                                    \
    X(INDEPENDENT, "independent", VOCABULARY_BOOLEAN)                                                                  \
    X(SYNCHRONOUS, "synchronous", VOCABULARY_BOOLEAN) /* dispatch to the dead letters */

/* Of `member`; group and topics have fields of their own. */
#define PROGRAM_MEMBER_SETTINGS(X) X(TAKES, "takes", VOCABULARY_DURATION_RANGE) /* for each message */

#define PROGRAM_SETTING_ENUM_SERVER(symbol, name, type)  PROGRAM_SERVER_##symbol,
#define PROGRAM_SETTING_ENUM_HANDLER(symbol, name, type) PROGRAM_TOPIC_##symbol,
#define PROGRAM_SETTING_ENUM_MEMBER(symbol, name, type)  PROGRAM_MEMBER_##symbol,
enum program_server_setting { PROGRAM_SERVER_SETTINGS(PROGRAM_SETTING_ENUM_SERVER) PROGRAM_SERVER_SETTING_COUNT };
enum program_handler_setting { PROGRAM_HANDLER_SETTINGS(PROGRAM_SETTING_ENUM_HANDLER) PROGRAM_TOPIC_SETTING_COUNT };
enum program_member_setting { PROGRAM_MEMBER_SETTINGS(PROGRAM_SETTING_ENUM_MEMBER) PROGRAM_MEMBER_SETTING_COUNT };

/* How the field of an event is compared. */
enum vocabulary_field_type { FIELD_INTEGER, FIELD_DURATION, FIELD_TEXT, FIELD_FLAG };

/*
 * symbol, name, type, the events that carry it (names, or prefixes that end in `.`, separated by blanks).
 * The value is that of the member of struct carafe_event, its job view or its failure.
 */
#define PROGRAM_JOB_EVENTS                                                                                             \
    "consumer.consume consumer.consumed consumer.revoke consumer.revoked consumer.shutting_down consumer.shutdown "    \
    "consumer.tick consumer.ticked consumer.eof consumer.eofed consumer.idle consumer.idled consumer.tagged "          \
    "consumer.before_schedule "                                                                                        \
    "worker.process worker.processed worker.completed error.occurred"
#define PROGRAM_TOPIC_EVENTS                                                                                           \
    "client.pause client.resume client.committed consumer. dead_letter_queue. rebalance. worker.process "              \
    "worker.processed worker.completed error.occurred"
#define PROGRAM_CLIENT_EVENTS                                                                                          \
    "client. connection. consumer. dead_letter_queue. rebalance. statistics. worker.process worker.processed "         \
    "worker.completed error."
#define PROGRAM_EVENT_FIELDS(X)                                                                                        \
    X(STATUS, "status", FIELD_TEXT, "*")                                                                               \
    X(GROUP, "group", FIELD_TEXT, PROGRAM_CLIENT_EVENTS)                                                               \
    X(SUBSCRIPTION_GROUP, "subscription_group", FIELD_TEXT, PROGRAM_CLIENT_EVENTS)                                     \
    X(CLIENT_ID, "client_id", FIELD_TEXT, "client. connection. rebalance. statistics. error.")                         \
    X(TOPIC, "topic", FIELD_TEXT, PROGRAM_TOPIC_EVENTS) /* of a rebalance or commit: of one of its partitions */       \
    X(PARTITION, "partition", FIELD_INTEGER, PROGRAM_TOPIC_EVENTS)                                                     \
    X(OFFSET, "offset", FIELD_INTEGER, PROGRAM_TOPIC_EVENTS)                                                           \
    X(PARTITIONS, "partitions", FIELD_INTEGER, "rebalance. client.committed") /* how many */                           \
    X(DURATION, "duration", FIELD_DURATION,                                                                            \
      "client.pause consumer.consuming.pause consumer.consuming.retry worker.processed")                               \
    X(JOB, "job", FIELD_TEXT, PROGRAM_JOB_EVENTS) /* type of the job: consume, revoked, ... */                         \
    X(NON_BLOCKING, "non_blocking", FIELD_FLAG, PROGRAM_JOB_EVENTS)                                                    \
    X(CONSUMER, "consumer", FIELD_TEXT, PROGRAM_JOB_EVENTS)                                                            \
    X(FIRST_OFFSET, "first_offset", FIELD_INTEGER, PROGRAM_JOB_EVENTS)                                                 \
    X(LAST_OFFSET, "last_offset", FIELD_INTEGER, PROGRAM_JOB_EVENTS)                                                   \
    X(ATTEMPT, "attempt", FIELD_INTEGER, PROGRAM_JOB_EVENTS)                                                           \
    X(LOST, "lost", FIELD_FLAG, "rebalance.")                                                                          \
    X(SIGNAL, "signal", FIELD_TEXT, "process.notice_signal")                                                           \
    X(TYPE, "type", FIELD_TEXT, "error.occurred")                                                                      \
    X(CLASS, "class", FIELD_TEXT, "error.occurred")                                                                    \
    X(MESSAGE, "message", FIELD_TEXT, "error.occurred")                                                                \
    X(ALIVE_WORKERS, "alive_workers", FIELD_INTEGER, "error.occurred")                                                 \
    X(ACTIVE_LISTENERS, "active_listeners", FIELD_TEXT, "error.occurred")                                              \
    X(IN_PROCESSING, "in_processing", FIELD_TEXT, "error.occurred")                                                    \
    X(FORCED, "forced", FIELD_FLAG, "reporter.reported")                                                               \
    X(MESSAGES, "messages", FIELD_INTEGER, "reporter. connection.listener.fetch_loop.received " PROGRAM_JOB_EVENTS)    \
    X(BYTES, "bytes", FIELD_INTEGER, "reporter.reported")                                                              \
    X(WORKERS, "workers", FIELD_INTEGER, "worker.scaling. app.running")                                                \
    X(NODE, "node", FIELD_INTEGER, "swarm.")                                                                           \
    X(PID, "pid", FIELD_INTEGER, "swarm.")

enum program_event_field {
    PROGRAM_FIELD_NONE,
#define PROGRAM_FIELD_ENUM(symbol, name, type, events) PROGRAM_FIELD_##symbol,
    PROGRAM_EVENT_FIELDS(PROGRAM_FIELD_ENUM)
#undef PROGRAM_FIELD_ENUM
        PROGRAM_FIELD_COUNT
};

enum program_signal {
    PROGRAM_SIGNAL_NONE,
    PROGRAM_SIGNAL_TERM,
    PROGRAM_SIGNAL_INT,
    PROGRAM_SIGNAL_QUIT,
    PROGRAM_SIGNAL_HUP,
    PROGRAM_SIGNAL_TSTP,
    PROGRAM_SIGNAL_TTIN,
    PROGRAM_SIGNAL_USR1,
    PROGRAM_SIGNAL_USR2,
    PROGRAM_SIGNAL_KILL, /* only as the end of a process: `expect exit s1 signal=KILL` */
    PROGRAM_SIGNAL_COUNT
};
const char *program_signal_name(enum program_signal signal); /* "TERM" */

/* Of the job that handles a partition. */
enum program_job_point { PROGRAM_JOB_STARTED, PROGRAM_JOB_FINISHED, PROGRAM_JOB_FAILED };

/* The invariants that every run checks; see scenarios/README.md. */
#define PROGRAM_INVARIANT_COUNT 13

/* A word with a number: the APIs and the error codes of the Kafka protocol. */
struct vocabulary_code {
    const char *name;
    int code;
};
extern const struct vocabulary_code vocabulary_apis[];
extern const size_t vocabulary_api_count;
#define VOCABULARY_APIS_ANSWERED 17 /* the first so many: the mock brokers know no others */
extern const struct vocabulary_code vocabulary_errors[];
extern const size_t vocabulary_error_count;

/* A setting's or field's row. */
struct vocabulary_setting {
    const char *name;
    enum vocabulary_type type;
};
extern const struct vocabulary_setting vocabulary_server[PROGRAM_SERVER_SETTING_COUNT];
extern const struct vocabulary_setting vocabulary_handler[PROGRAM_TOPIC_SETTING_COUNT];
extern const struct vocabulary_setting vocabulary_member[PROGRAM_MEMBER_SETTING_COUNT];

struct vocabulary_field {
    const char *name;
    enum vocabulary_field_type type;
    const char *events;
};
extern const struct vocabulary_field vocabulary_fields[PROGRAM_FIELD_COUNT]; /* [PROGRAM_FIELD_NONE] has no name */

extern const char *const vocabulary_statuses[];
extern const size_t vocabulary_status_count;
extern const char *const vocabulary_events[CARAFE_EVENT_COUNT];

#endif
