/*
 * A scenario as the runner sees it: checked, settled, names resolved to indices.  scenarios/README.md is the language.
 *
 * Everything lives in one arena and is immutable; program_destroy() frees all of it.  No function here reads a clock,
 * an address or anything else that differs between two runs.  Threads: any number of readers.
 * Units: times and durations in ns of virtual time, sizes in bytes, chances in parts per million.
 */
#ifndef SCENARIO_PROGRAM_H
#define SCENARIO_PROGRAM_H

#include "carafe.h"
#include "scenario/vocabulary.h"

#include <stdio.h>

/* Bounds.  Past each of them the scenario is refused with an error that names it. */
#define PROGRAM_FILE_BYTES_MAX    (1024 * 1024)
#define PROGRAM_INCLUDE_DEPTH_MAX 16
#define PROGRAM_INCLUDES_MAX      256
#define PROGRAM_STATEMENTS_MAX    100000
#define PROGRAM_PAYLOAD_MAX       (1024 * 1024) /* bytes of a record that is loaded, or produced by a handler */
#define PROGRAM_LOADS_MAX         4096
#define PROGRAM_READ_BYTES_MAX    (16 * 1024 * 1024)  /* of text, each turn of a repeat and each include counted */
#define PROGRAM_MEMORY_MAX        (256 * 1024 * 1024) /* of the arena */
#define PROGRAM_LINE_BYTES_MAX    4096
#define PROGRAM_WORDS_MAX         256 /* of one line */
#define PROGRAM_WORD_BYTES_MAX    1024
#define PROGRAM_ERRORS_MAX        20
#define PROGRAM_ERROR_BYTES_MAX   512
#define PROGRAM_TOPICS_MAX        1000
#define PROGRAM_PARTITIONS_MAX    10000
#define PROGRAM_PROCESSES_MAX     1000 /* servers, and members */
#define PROGRAM_BROKERS_MAX       64
#define PROGRAM_SUBSCRIBERS_MAX   16                                  /* of one server */
#define PROGRAM_ERROR_TEXT_MAX    (1024 * 1024)                       /* of a handler that fails */
#define PROGRAM_TIME_MAX_NS       (INT64_C(1000) * 3600 * 1000000000) /* 1 000 h */

#define PROGRAM_NONE         SIZE_MAX /* no such index */
#define PROGRAM_NO_PARTITION (-1)     /* all partitions, or any */
#define PROGRAM_ALL_BROKERS  (-1)
#define PROGRAM_NO_NODE      (-1)      /* the server itself, not a node of its swarm */
#define PROGRAM_END_NS       INT64_MAX /* open: until the run ends */
#define PROGRAM_SELF         "self"    /* as a library: the program that runs the scenario */
#define PROGRAM_UNLIMITED    INT64_MAX /* a count without bound */

/* Where a statement stands.  `text` is the whole source line, without its end and zero-terminated. */
struct program_place {
    const char *file;
    int line;   /* from 1 */
    int column; /* from 1, in bytes */
    int len;    /* of the marked text, in bytes, at least 1 */
    const char *text;
};

/* ---- Values ------------------------------------------------------------------------------------------------------ */

enum program_value_kind {
    PROGRAM_INTEGER,      /* 17 */
    PROGRAM_DECIMAL,      /* 1.0, 1e3: the text is the value, kept as it was written */
    PROGRAM_DURATION,     /* 5ms; ns */
    PROGRAM_SIZE,         /* 100, 4KiB; bytes */
    PROGRAM_CHANCE,       /* 10%; parts per million */
    PROGRAM_BOOLEAN,      /* true, false, on, off, yes, no; low is 1 or 0 */
    PROGRAM_TEXT,         /* a word, or "a string" */
    PROGRAM_LIST,         /* a,b,c: of texts */
    PROGRAM_NULL,         /* null */
    PROGRAM_EMPTY_LIST,   /* [] */
    PROGRAM_EMPTY_OBJECT, /* {} */
    PROGRAM_MISSING       /* missing: the field is not there */
};

/*
 * A value.  Numeric kinds fill `low` and `high`: equal, or the range a..b that the runner draws from the seed (uniform,
 * both ends included).
 */
struct program_value {
    enum program_value_kind kind;
    const char *text; /* as written, without quotes and with escapes resolved; never NULL */
    size_t text_len;
    bool quoted; /* it was a "string": "5" is a text, 5 an integer */
    int64_t low;
    int64_t high;
    const char *const *list; /* PROGRAM_LIST */
    size_t list_count;
};

/* A number that may be drawn: low == high, or a..b. */
struct program_range {
    int64_t low;
    int64_t high;
};

enum program_comparison {
    PROGRAM_EQUAL,
    PROGRAM_NOT_EQUAL,
    PROGRAM_LESS,
    PROGRAM_AT_MOST,
    PROGRAM_MORE,
    PROGRAM_AT_LEAST,
    PROGRAM_CONTAINS /* ~ : the text is part of the field */
};

/* One `name=value` of a declaration, with the identity that vocabulary.h gives the name. */
struct program_setting {
    int id; /* enum program_server_setting, program_handler_setting, ... as the owner says */
    struct program_value value;
    struct program_place place;
};

/* A setting passed on to librdkafka: `kafka.NAME=VALUE`. */
struct program_kafka_setting {
    const char *name; /* without `kafka.` */
    const char *value;
};

struct program_settings {
    const struct program_setting *list;
    size_t count;
    const struct program_kafka_setting *kafka;
    size_t kafka_count;
};

/* The value of setting `id`, or NULL when it was not given. */
const struct program_value *program_setting(const struct program_settings *settings, int id);

/* A comparison of one field: `status=running`, `stats.busy>=1`, `forced` (= true). */
struct program_filter {
    const char *name;               /* event field, or the full dotted path of a document */
    enum program_event_field field; /* of an event; PROGRAM_FIELD_NONE for documents */
    const char *const *path;        /* of a document: its segments; "*" is any key or index */
    size_t path_len;
    enum program_comparison comparison;
    struct program_value value;
    struct program_place place;
};

/* ---- Who and where ----------------------------------------------------------------------------------------------- */

enum program_process_kind { PROGRAM_SERVER, PROGRAM_MEMBER };

struct program_process {
    enum program_process_kind kind;
    size_t index; /* into program->servers or ->members; PROGRAM_NONE: any process */
    int node;     /* number of the swarm node from 0, or PROGRAM_NO_NODE */
};

struct program_partition {
    size_t topic;      /* into program->topics; PROGRAM_NONE: every topic */
    int32_t partition; /* or PROGRAM_NO_PARTITION: all of the topic */
};

/* ---- Conditions: what expect, never, always and when look for ---------------------------------------------------- */

enum program_condition_kind {
    PROGRAM_SEES_STATUS,     /* s1 status running */
    PROGRAM_SEES_EVENT,      /* event s1 error.occurred type=app.stopping.error */
    PROGRAM_SEES_REPORT,     /* report s1 status=stopping: appended to the mock's log */
    PROGRAM_SEES_ERROR,      /* error s1 type=app.stopping.error: the document, appended to the mock's log */
    PROGRAM_SEES_EXIT,       /* exit s1 code=2 */
    PROGRAM_SEES_ASSIGNMENT, /* assignment s1 orders/0 orders/1 */
    PROGRAM_SEES_COUNT,      /* committed s1 orders/2 >= 500 */
    PROGRAM_SEES_ORDER,      /* order s1 app.stopping app.stopped */
    PROGRAM_SEES_LOG,        /* log s1 "forceful shutdown" level=error */
    PROGRAM_SEES_TOOK,       /* duration s1 app.stopping -> app.stopped <= 60s */
    PROGRAM_SEES_REQUEST,    /* request s1 OffsetCommit broker=1 */
    PROGRAM_SEES_JOB         /* job s1 orders/0 started */
};

enum program_counter {
    PROGRAM_COUNT_PRODUCED,  /* records in the topic's log (offset of its end) */
    PROGRAM_COUNT_CONSUMED,  /* messages handed to a handler, repetitions counted */
    PROGRAM_COUNT_PROCESSED, /* different messages whose handler returned 0 */
    PROGRAM_COUNT_COMMITTED, /* messages below the committed offset */
    PROGRAM_COUNT_REPORTS,   /* reports in the mock's log */
    PROGRAM_COUNT_ERRORS     /* error documents in the mock's log */
};

/* `times` of event, report, error, log, request: how often within the window.  Default: at least once. */
struct program_times {
    bool given;
    enum program_comparison comparison;
    int64_t count;
};

struct program_condition {
    enum program_condition_kind kind;
    struct program_place place;
    struct program_process process; /* index PROGRAM_NONE where it may be left out */
    struct program_times times;
    const struct program_filter *filters; /* event, report, error: all must hold */
    size_t filter_count;
    union {
        enum carafe_status status;    /* STATUS: it is, or becomes, this status */
        enum carafe_event_kind event; /* EVENT */
        struct {                      /* ASSIGNMENT: exactly these, or so many, or (count 0, given) none */
            const struct program_partition *partitions; /* a whole topic: all of its partitions */
            size_t count;
            struct program_times number; /* `count=4`, `none`: partitions owned */
            struct program_partition of; /* `count` counts these; topic PROGRAM_NONE: all */
        } assignment;
        struct { /* COUNT: left side, comparison, and a number or another counter of the same selection */
            enum program_counter counter;
            struct program_partition of;
            enum program_comparison comparison;
            bool against_counter;
            bool against_all; /* `all`: everything that the loads before it put there */
            enum program_counter other;
            int64_t number;
        } count;
        struct { /* ORDER: each after the one before, others between them allowed */
            const enum carafe_event_kind *events;
            size_t count;
        } order;
        struct { /* LOG: `text` is part of the line */
            const char *text;
            int level; /* enum log_level of ports/log.h order: 0 debug .. 3 error; -1 any */
        } log;
        struct { /* TOOK: from the first `from` to the first `to` after it */
            enum carafe_event_kind from;
            enum carafe_event_kind to;
            enum program_comparison comparison;
            int64_t duration_ns;
        } took;
        struct {        /* REQUEST: seen by a broker, whatever its answer */
            int api;    /* ApiKey of the Kafka protocol */
            int broker; /* or PROGRAM_ALL_BROKERS */
        } request;
        struct { /* JOB */
            struct program_partition of;
            enum program_job_point point;
        } job;
        struct { /* EXIT: neither given: any end */
            bool code_given;
            int code;
            enum program_signal signal; /* PROGRAM_SIGNAL_NONE */
        } exit;
    } as;
};

/* ---- Time -------------------------------------------------------------------------------------------------------- */

enum program_time_kind {
    PROGRAM_TIME_WHOLE, /* never, always: the whole run */
    PROGRAM_TIME_AT,    /* from_ns (drawn in from_ns..to_ns when `drawn`); an expectation: within the tolerance */
    PROGRAM_TIME_BY,    /* from where the line before begins until to_ns */
    PROGRAM_TIME_IN,    /* from_ns..to_ns, both included */
    PROGRAM_TIME_THEN,  /* once the line before is settled (an action done, an expectation met), until the end */
    PROGRAM_TIME_WHEN   /* once `point` holds, looked for from from_ns on; then `delay` later; at most once */
};

/*
 * When.  `base` PROGRAM_NONE: from_ns and to_ns count from the start of the run.  Else they count from the moment at
 * which statement `base` (always an earlier one) was settled: it stands after a `then`, a `when` or a drawn time.
 * `at` with never and always: from from_ns until the end (to_ns is PROGRAM_END_NS).
 */
struct program_time {
    enum program_time_kind kind;
    size_t base;
    int64_t from_ns;
    int64_t to_ns;
    bool drawn;
    bool to_is_absolute; /* though from_ns counts from `base`: `by 30s` behind a line whose time only the run knows */
    const struct program_condition *point; /* WHEN */
    struct program_range delay_ns;         /* WHEN */
};

/* ---- Declarations ------------------------------------------------------------------------------------------------ */

struct program_cluster {
    bool given; /* false: all defaults */
    int brokers;
    struct program_range latency_ns; /* of every connection, each way */
    struct program_place place;
};

struct program_topic {
    const char *name;
    int32_t partitions;
    int replicas; /* 0: as many as there are brokers, at most 3 */
    struct program_place place;
};

enum program_mode { PROGRAM_STANDALONE, PROGRAM_EMBEDDED, PROGRAM_SUPERVISOR };

struct program_server {
    const char *name;
    enum program_mode mode;
    const char *group;                /* of topics whose handler names none; default: the server's name */
    int nodes;                        /* supervisor: of its swarm */
    struct program_settings settings; /* ids: enum program_server_setting */
    struct program_place place;
};

/* A plain librdkafka consumer beside the servers.  It handles what it gets at once and lets librdkafka commit. */
struct program_member {
    const char *name;
    const char *group;
    const size_t *topics; /* into program->topics */
    size_t topic_count;
    struct program_settings settings; /* ids: enum program_member_setting */
    struct program_place place;
};

enum program_cost_kind { PROGRAM_COST_NONE, PROGRAM_COST_UNIFORM, PROGRAM_COST_EXPONENTIAL };

/* Virtual time that work takes.  UNIFORM with low == high is a fixed cost; EXPONENTIAL: low is the mean. */
struct program_cost {
    enum program_cost_kind kind;
    struct program_range ns;
};

enum program_failing_kind {
    PROGRAM_FAILS_NEVER,
    PROGRAM_FAILS_ALWAYS,
    PROGRAM_FAILS_FIRST,  /* the first `failures` calls */
    PROGRAM_FAILS_CHANCE, /* each call with `failures` parts per million */
    PROGRAM_FAILS_PATTERN /* call n fails when pattern[n % length] is 'x' */
};

/* Which calls fail. */
struct program_failing {
    enum program_failing_kind kind;
    int64_t failures;
    const char *pattern; /* of '.' and 'x' */
};

enum program_marking {
    PROGRAM_MARKS_AUTOMATICALLY, /* the server marks a batch that was handled */
    PROGRAM_MARKS_BY_HAND,       /* the handler marks each message */
    PROGRAM_MARKS_BY_HAND_SYNC,
    PROGRAM_MARKS_NOTHING
};

/*
 * What handles a topic of a server.  Several statements may speak of one topic; the behaviour of a message is that of
 * the last statement in file order whose partition and offsets cover it.  Settings stand on statements for the whole
 * topic only.  A handler in program->statements (with a time) takes over from that time on.
 */
#define PROGRAM_HANDLER_TAGS_MAX 8

/* What a handler is called for beside messages: as enum carafe_job_type, with `create` in the place of consume. */
enum program_callback { PROGRAM_CALLBACK_CREATE, PROGRAM_CALLBACK_COUNT = 6 };

struct program_handler {
    size_t server;
    struct program_partition of;
    int64_t from_offset; /* 0 */
    int64_t to_offset;   /* included; PROGRAM_UNLIMITED */

    struct program_cost message_cost; /* takes= */
    struct program_cost batch_cost;   /* batch_takes= */
    bool hangs;
    int64_t hang_ns; /* PROGRAM_END_NS: for ever */
    struct program_failing failing;
    unsigned fails_in;       /* a bit for each enum program_callback whose first call fails */
    const char *error_class; /* NULL: the runner's */
    const char *error_text;  /* NULL: the runner's */
    int64_t error_size;      /* bytes: the text again and again; 0: once */
    bool ignores_cancel;
    enum program_marking marking;
    int64_t pause_ns;        /* pauses its partition after a batch; 0: never; PROGRAM_END_NS: without end */
    const char *const *tags; /* its job's, from the beginning of a batch on, in place of those before */
    size_t tag_count;        /* 0: they stay as they are */
    bool seeks;
    int64_t seek_offset; /* seeks there once, after the first batch it covers */

    struct {          /* a record for each message handled */
        size_t topic; /* PROGRAM_NONE: produces nothing */
        int64_t size;
        bool synchronous;
    } produce;
    const char *library; /* `use PATH:SYMBOL`; the path, beside the scenario, or PROGRAM_SELF; NULL: none */
    const char *symbol;
    struct program_place use_place; /* of PATH:SYMBOL */

    struct program_settings settings; /* ids: enum program_handler_setting */
    struct program_place place;
};

/* What else listens to the events of a server, on the thread that tells them. */
struct program_subscriber {
    size_t server;
    enum carafe_event_kind event;
    struct program_cost cost; /* takes= */
    struct program_failing failing;
    struct program_place place;
};

/* ---- Actions ----------------------------------------------------------------------------------------------------- */

enum program_load_kind {
    PROGRAM_LOAD_RATE, /* `count` messages, evenly, `per_ns` apart */
    PROGRAM_LOAD_BURST /* `burst` messages at once, every `every_ns`, `count` in all */
};

enum program_keys {
    PROGRAM_KEYS_NONE,
    PROGRAM_KEYS_ONE, /* key="text" */
    PROGRAM_KEYS_MANY /* keys=10: "key-0" .. "key-9" in turn */
};

struct program_load {
    struct program_partition to; /* no partition: by key when there is one, else in turn */
    enum program_load_kind kind;
    int64_t rate; /* RATE: `rate` messages per `rate_ns` */
    int64_t rate_ns;
    int64_t burst;    /* BURST */
    int64_t every_ns; /* BURST; 0: once */
    int64_t for_ns;   /* PROGRAM_END_NS: only count ends it */
    int64_t count;    /* messages in all; PROGRAM_UNLIMITED: only for_ns ends it; with neither, a file's lines once */
    struct program_range size; /* payload bytes */
    enum program_keys keys;
    const char *key;
    int64_t key_count;
    const char *payload; /* NULL: made by the runner, or from the file */
    bool null_payload;   /* none: the record is a tombstone, whatever `payload` says */
    const char *file;    /* as seen from the scenario's folder; a payload a line; NULL: none */
    struct program_place file_place;
};

enum program_fault_kind {
    PROGRAM_FAULT_BROKER_DOWN, /* for_ns: and up again then */
    PROGRAM_FAULT_BROKER_UP,
    PROGRAM_FAULT_BROKER_BOUNCE, /* down for for_ns, `count` times, `every_ns` apart */
    PROGRAM_FAULT_API,           /* the next `count` answers of `api` carry `error` */
    PROGRAM_FAULT_COORDINATOR,   /* of `group` moves to `broker` */
    PROGRAM_FAULT_LEADER,        /* of `of` moves to `broker` */
    PROGRAM_FAULT_NET,
    PROGRAM_FAULT_CRASH, /* of `process`; as by kill -9 */
    PROGRAM_FAULT_PAUSE, /* as by SIGSTOP; for_ns: and go on then */
    PROGRAM_FAULT_RESUME,
    PROGRAM_FAULT_RESTART,     /* crash, and start again for_ns later */
    PROGRAM_FAULT_CLOCK_STEP,  /* wall clock of `process` jumps by `step_ns` */
    PROGRAM_FAULT_CLOCK_DRIFT, /* it runs `drift_ppm` too fast from now on */
    PROGRAM_FAULT_PRODUCER_CLOSED,
    PROGRAM_FAULT_PRODUCER_FULL,    /* `count` records are refused, or all for for_ns */
    PROGRAM_FAULT_PRODUCER_FAILURE, /* delivery of `count` records fails with `error` */
    PROGRAM_FAULT_CONSUMER          /* the next `count` of these `call`s fail */
};

/* What a server asks of the client of a subscription group. */
enum program_consumer_call {
    PROGRAM_CALL_SUBSCRIBE,
    PROGRAM_CALL_PAUSE,
    PROGRAM_CALL_RESUME,
    PROGRAM_CALL_SEEK,
    PROGRAM_CALL_STORE,
    PROGRAM_CALL_COMMIT,
    PROGRAM_CALL_UNSUBSCRIBE,
    PROGRAM_CALL_CLOSE,
    PROGRAM_CALL_COUNT
};

enum program_net_effect {
    PROGRAM_NET_CUT,     /* bytes vanish */
    PROGRAM_NET_RESET,   /* connections break with ECONNRESET */
    PROGRAM_NET_REFUSE,  /* connects fail with ECONNREFUSED */
    PROGRAM_NET_LATENCY, /* `latency_ns` more, each way named */
    PROGRAM_NET_SLOW,    /* `rate` bytes a second */
    PROGRAM_NET_HALF,    /* the next response is written by half, then the connection breaks */
    PROGRAM_NET_HEAL     /* all of these end */
};

enum program_net_direction { PROGRAM_NET_BOTH, PROGRAM_NET_TO_BROKER, PROGRAM_NET_FROM_BROKER };

struct program_fault {
    enum program_fault_kind kind;
    struct program_process process; /* index PROGRAM_NONE: every process */
    int broker;                     /* from 1, or PROGRAM_ALL_BROKERS */
    struct program_range for_ns;    /* PROGRAM_END_NS both: until told otherwise */
    struct program_range count;     /* PROGRAM_UNLIMITED both: no bound */
    int64_t every_ns;
    int64_t chance_ppm; /* 1 000 000: always */

    int api; /* API: ApiKey */
    const char *api_name;
    int error; /* API, PRODUCER_FAILURE: error code of the Kafka protocol */
    const char *error_name;
    struct program_range latency_ns; /* API (of the answer), NET */
    const char *group;               /* COORDINATOR */
    struct program_partition of;     /* LEADER; partition or all of the topic */
    enum program_net_effect effect;  /* NET */
    enum program_consumer_call call; /* CONSUMER */
    enum program_net_direction direction;
    int64_t rate;      /* NET_SLOW */
    int64_t step_ns;   /* CLOCK_STEP, signed */
    int64_t drift_ppm; /* CLOCK_DRIFT, signed */
};

enum program_document { PROGRAM_REPORT, PROGRAM_ERROR, PROGRAM_STATISTICS };

/*
 * Overwrite a field of every report or error document before its contract is checked, or of librdkafka's statistics
 * before the server sees them; `count` of them.
 */
struct program_corrupt {
    struct program_process process;
    enum program_document document;
    const char *name; /* full dotted path; NULL: all of the statistics, by a text */
    const char *const *path;
    size_t path_len;
    struct program_value value; /* MISSING: remove the field */
    int64_t count;              /* PROGRAM_UNLIMITED: from now on */
};

struct program_signals {
    struct program_process process;
    const enum program_signal *list; /* one after the other */
    size_t count;
    int64_t times;    /* the whole list again */
    int64_t every_ns; /* between two signals; 0: at the same instant */
};

/* ---- Statements -------------------------------------------------------------------------------------------------- */

enum program_statement_kind {
    PROGRAM_EXPECT,  /* condition */
    PROGRAM_NEVER,   /* condition */
    PROGRAM_ALWAYS,  /* condition, a COUNT */
    PROGRAM_START,   /* process */
    PROGRAM_STOP,    /* process: by its API (a member: close) */
    PROGRAM_QUIET,   /* process: by its API */
    PROGRAM_SCALE,   /* process, number: workers */
    PROGRAM_SIGNAL,  /* signals */
    PROGRAM_LOAD,    /* load */
    PROGRAM_FAULT,   /* fault */
    PROGRAM_CORRUPT, /* corrupt */
    PROGRAM_HANDLER  /* handler */
};

struct program_statement {
    enum program_statement_kind kind;
    struct program_place place; /* marks the time, or the first word of a line without one */
    const char *text;           /* the statement without its time, as written: "exit s1 code=2" */
    struct program_time time;
    union {
        const struct program_condition *condition;
        struct program_process process;
        struct {
            struct program_process process;
            int64_t workers;
        } scale;
        const struct program_signals *signals;
        const struct program_load *load;
        const struct program_fault *fault;
        const struct program_corrupt *corrupt;
        const struct program_handler *handler;
    } as;
};

/* What a run does with one of the invariants of scenarios/README.md, counted from 1. */
enum program_invariant {
    PROGRAM_INVARIANT_ON,
    PROGRAM_INVARIANT_OFF,
    PROGRAM_INVARIANT_MUST_BREAK /* a canary: the run passes only when this one fails */
};

/* ---- The program ------------------------------------------------------------------------------------------------- */

struct program {
    const char *name; /* the file, as it was given */
    const char *why;  /* text of the first `# Why:` comment; NULL: none */
    int64_t limit_ns;
    int64_t tolerance_ns;
    int64_t patience_ns; /* of invariant 13 with a thread that runs on and on; 0: the world's own */
    bool sweep;          /* false: `sweep off` */
    enum program_invariant invariants[PROGRAM_INVARIANT_COUNT + 1]; /* by number, [0] unused */

    struct program_cluster cluster;
    const struct program_topic *topics;
    size_t topic_count;
    const struct program_server *servers;
    size_t server_count;
    const struct program_member *members;
    size_t member_count;
    const struct program_handler *handlers; /* without a time, in file order */
    size_t handler_count;
    const struct program_subscriber *subscribers; /* in file order */
    size_t subscriber_count;
    const struct program_statement *statements; /* in file order, repeats unrolled */
    size_t statement_count;
};

/* `-D name=value`: takes the place of the file's `set name = ...`. */
struct program_define {
    const char *name;
    const char *value;
};

struct program_error {
    char file[PROGRAM_WORD_BYTES_MAX];
    int line; /* 0: the file as a whole */
    int column;
    int len;
    char message[PROGRAM_ERROR_BYTES_MAX]; /* `what: expected ..., got ...` */
    char source[PROGRAM_ERROR_BYTES_MAX];  /* the source line, cut; control characters replaced */
    int source_column;                     /* of the mark in `source`, from 1 */
    int order;                             /* of its file among those read */
};

/* Sorted by file in order of reading, line, column.  About 40 KiB: better not on a small stack. */
struct program_errors {
    size_t count;
    size_t left_out; /* found, but past PROGRAM_ERRORS_MAX */
    struct program_error list[PROGRAM_ERRORS_MAX];
};

/*
 * Read and check a scenario.
 *
 * Returns 0 and the program, or CARAFE_INVALID with errors (at least one), or CARAFE_NO_MEMORY with one error.
 * Ownership: the caller's, to be freed by program_destroy().  Everything passed in is borrowed for the call.
 */
int program_load(const char *path, const struct program_define *defines, size_t define_count, struct program **program,
                 struct program_errors *errors) CARAFE_RESULT;

/* The same from memory; `name` stands for the path in errors, and its folder is where includes are looked for. */
int program_load_text(const char *name, const char *text, size_t len, const struct program_define *defines,
                      size_t define_count, struct program **program, struct program_errors *errors) CARAFE_RESULT;

/* Takes NULL. */
void program_destroy(struct program *program);

/* `file:line:column: message`, the source line, a caret; a blank line between two. */
void program_errors_print(FILE *stream, const struct program_errors *errors);

/* ---- For what a runner prints ------------------------------------------------------------------------------------ */

/* Write `  25 | source line` and the mark under it, followed by `remark` (NULL: none), as failures show it. */
void program_place_print(FILE *stream, const struct program_place *place, const char *remark);

/* A duration as people write it, exact: 60s, 1.5s, 204us.  Returns `buffer`. */
#define PROGRAM_DURATION_TEXT_MAX 40
const char *program_duration_text(int64_t ns, char buffer[PROGRAM_DURATION_TEXT_MAX]);

const char *program_comparison_text(enum program_comparison comparison);

/* All processes in one row: servers (of a swarm: its supervisor), then members, then the nodes of every swarm. */
size_t program_process_count(const struct program *program);
/* PROGRAM_NONE: any process. */
size_t program_process_index(const struct program *program, const struct program_process *process);
/* By the name that the process has when it runs; PROGRAM_NONE: there is no such process. */
size_t program_process_named(const struct program *program, const char *name);
/* The server that `process` is, or is a node of; PROGRAM_NONE: a member. */
size_t program_process_server(const struct program *program, size_t process);
/* The number of the node that `process` is; PROGRAM_NO_NODE: none. */
int program_process_node(const struct program *program, size_t process);

/* "s1", "s1.2", "any process". */
#define PROGRAM_PROCESS_TEXT_MAX 300
const char *program_process_text(const struct program *program, const struct program_process *process,
                                 char buffer[PROGRAM_PROCESS_TEXT_MAX]);

#endif
