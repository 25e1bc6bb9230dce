/*
 * One statistics document of one client, reduced to what a report says of it.  Reading one costs time linear in its
 * length (topics are sorted: n log n), and memory that is kept for the next document.
 *
 * Source of the fields: librdkafka's STATISTICS.md.
 */
#ifndef TRACKING_SNAPSHOT_H
#define TRACKING_SNAPSHOT_H

#include "carafe.h"
#include "tracking/json_document.h"
#include "tracking/json_reader.h"

#define SNAPSHOT_BYTES_MAX      ((size_t)256 << 20) /* of a statistics document */
#define SNAPSHOT_TOPICS_MAX     65536
#define SNAPSHOT_PARTITIONS_MAX 1000000
#define SNAPSHOT_BROKERS_MAX    4096

/* The numbers of a partition, in the order of partition_field_names. */
enum partition_field {
    FIELD_LAG,
    FIELD_LAG_STORED,
    FIELD_COMMITTED_OFFSET,
    FIELD_STORED_OFFSET,
    FIELD_HI_OFFSET,
    FIELD_LO_OFFSET,
    FIELD_EOF_OFFSET,
    FIELD_LS_OFFSET,
    PARTITION_FIELDS
};

enum scalar_kind { SCALAR_ABSENT, SCALAR_OTHER, SCALAR_INTEGER, SCALAR_FLOAT, SCALAR_TEXT };

/* A value as the document had it; what is neither number nor text is OTHER and reported as null. */
struct scalar {
    enum scalar_kind kind;
    uint32_t text_len;
    union {
        int64_t integer; /* larger ones: the limits of 64 bits */
        double number;
        size_t text; /* place in snapshot.text */
    };
};

struct tracked_number {
    struct scalar value;
    struct scalar delta;   /* against the document before */
    int64_t frozen_for_ms; /* since the value changed last */
};

struct partition_snapshot {
    int32_t id;
    uint32_t place; /* in the document: of two with one id the last counts */
    bool reported;  /* held here and fetched in some way; else kept only for the next differences */
    bool paused;
    int64_t paused_for_ms; /* more, at the time of the document */
    struct scalar fetch_state;
    struct tracked_number fields[PARTITION_FIELDS];
};

struct topic_snapshot {
    size_t name; /* place in snapshot.text, terminated */
    uint32_t name_len;
    size_t first; /* partition */
    size_t count;
    size_t known; /* partitions that the cluster has of it */
};

struct broker_snapshot {
    size_t name;
    uint32_t name_len;
    int64_t received;
    int64_t sent;
};

enum group_field {
    GROUP_STATE,
    GROUP_JOIN_STATE,
    GROUP_STATEAGE,
    GROUP_REBALANCE_AGE,
    GROUP_REBALANCE_CNT,
    GROUP_REBALANCE_REASON,
    GROUP_FIELDS
};

struct snapshot {
    struct scalar group[GROUP_FIELDS];
    struct json_buffer text;
    struct topic_snapshot *topics; /* sorted by name; their partitions by id */
    size_t topic_count;
    size_t topic_capacity;
    struct partition_snapshot *partitions;
    size_t partition_count;
    size_t partition_capacity;
    struct broker_snapshot *brokers;
    size_t broker_count;
    size_t broker_capacity;
};

void snapshot_close(struct snapshot *snapshot);

/*
 * Read a document into `snapshot`, whatever it held before.
 * Errors: CARAFE_INVALID, no JSON, or no topics or cgrp in it; CARAFE_FULL, larger than the bounds above;
 * CARAFE_NO_MEMORY.  What `snapshot` holds then is of no use.
 */
int snapshot_read(struct snapshot *snapshot, struct json_reader *reader, const char *json, size_t len,
                  struct carafe_error *error) CARAFE_RESULT;

/* Fill in the differences of `snapshot` against the one before, `passed_ms` ago. */
void snapshot_compare(struct snapshot *snapshot, const struct snapshot *before, int64_t passed_ms);

const char *snapshot_topic_name(const struct snapshot *snapshot, const struct topic_snapshot *topic);

/* What a report adds to the fields of the schema. */
struct snapshot_format {
    bool transactional;
    bool partitions_cnt;
};

/* Add `state` fields and `topics`, as reports have them, to the JSON of a subscription group. */
void snapshot_write_state(const struct snapshot *snapshot, struct json_document *document, struct json_value *state);
void snapshot_write_topics(const struct snapshot *snapshot, const struct snapshot_format *format,
                           struct json_document *document, struct json_value *topics);

#endif
