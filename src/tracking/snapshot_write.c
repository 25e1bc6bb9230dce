/* What a report says of a snapshot: names and order as the Web UI's reports have them. */
#include "tracking/snapshot.h"

#include "tracking/json_number.h"

static void add_scalar(const struct snapshot *snapshot, struct json_document *document, struct json_value *parent,
                       struct json_key key, const struct scalar *scalar)
{
    switch (scalar->kind) {
    case SCALAR_ABSENT:
        break;
    case SCALAR_OTHER:
        json_add_null(document, parent, key);
        break;
    case SCALAR_INTEGER:
        json_add_integer(document, parent, key, scalar->integer);
        break;
    case SCALAR_FLOAT:
        json_add_float(document, parent, key, scalar->number);
        break;
    case SCALAR_TEXT:
        json_add_string(document, parent, key, snapshot->text.bytes + scalar->text, scalar->text_len);
        break;
    }
}

void snapshot_write_state(const struct snapshot *snapshot, struct json_document *document, struct json_value *state)
{
    static const struct json_key keys[GROUP_FIELDS] = {
        [GROUP_STATE] = {"state", 5},
        [GROUP_JOIN_STATE] = {"join_state", 10},
        [GROUP_STATEAGE] = {"stateage", 8},
        [GROUP_REBALANCE_AGE] = {"rebalance_age", 13},
        [GROUP_REBALANCE_CNT] = {"rebalance_cnt", 13},
        [GROUP_REBALANCE_REASON] = {"rebalance_reason", 16},
    };
    for (int i = 0; i < GROUP_FIELDS; i++) {
        add_scalar(snapshot, document, state, keys[i], &snapshot->group[i]);
    }
}

/* One number and, where the report wants them, its difference and the time since it changed. */
struct number_columns {
    enum partition_field field;
    struct json_key value;
    struct json_key delta;  /* no text: not reported */
    struct json_key frozen; /* no text: not reported */
};

static const struct number_columns before_fetch_state[] = {
    {FIELD_LAG, {"lag", 3}, {"lag_d", 5}, {NULL, 0}},
    {FIELD_LAG_STORED, {"lag_stored", 10}, {"lag_stored_d", 12}, {NULL, 0}},
    {FIELD_COMMITTED_OFFSET, {"committed_offset", 16}, {NULL, 0}, {"committed_offset_fd", 19}},
    {FIELD_STORED_OFFSET, {"stored_offset", 13}, {NULL, 0}, {"stored_offset_fd", 16}},
};

static const struct number_columns after_fetch_state[] = {
    {FIELD_HI_OFFSET, {"hi_offset", 9}, {NULL, 0}, {"hi_offset_fd", 12}},
    {FIELD_LO_OFFSET, {"lo_offset", 9}, {NULL, 0}, {NULL, 0}},
    {FIELD_EOF_OFFSET, {"eof_offset", 10}, {NULL, 0}, {NULL, 0}},
    {FIELD_LS_OFFSET, {"ls_offset", 9}, {"ls_offset_d", 11}, {"ls_offset_fd", 12}},
};

#define COLUMNS 4

static void write_columns(const struct snapshot *snapshot, const struct partition_snapshot *partition,
                          const struct number_columns *columns, struct json_document *document,
                          struct json_value *parent)
{
    for (int i = 0; i < COLUMNS; i++) {
        const struct tracked_number *number = &partition->fields[columns[i].field];
        bool counted = number->value.kind == SCALAR_INTEGER || number->value.kind == SCALAR_FLOAT;
        add_scalar(snapshot, document, parent, columns[i].value, &number->value);
        if (counted && columns[i].delta.text != NULL) {
            add_scalar(snapshot, document, parent, columns[i].delta, &number->delta);
        }
        if (counted && columns[i].frozen.text != NULL) {
            json_add_integer(document, parent, columns[i].frozen, number->frozen_for_ms);
        }
    }
}

static void write_partition(const struct snapshot *snapshot, const struct partition_snapshot *partition,
                            const struct snapshot_format *format, struct json_document *document,
                            struct json_value *partitions)
{
    char id[JSON_NUMBER_TEXT_MAX];
    size_t id_len = json_integer_write(partition->id, id);
    struct json_value *object = json_add_object(document, partitions, json_key_copy(document, id, id_len));
    write_columns(snapshot, partition, before_fetch_state, document, object);
    add_scalar(snapshot, document, object, JSON_KEY("fetch_state"), &partition->fetch_state);
    write_columns(snapshot, partition, after_fetch_state, document, object);
    json_add_integer(document, object, JSON_KEY("id"), partition->id);
    json_add_text(document, object, JSON_KEY("poll_state"), partition->paused ? "paused" : "active");
    json_add_integer(document, object, JSON_KEY("poll_state_ch"), partition->paused_for_ms);
    if (format->transactional) {
        json_add_boolean(document, object, JSON_KEY("transactional"), false); /* carafe has no transactions */
    }
}

static void write_topic(const struct snapshot *snapshot, const struct topic_snapshot *topic,
                        const struct snapshot_format *format, struct json_document *document, struct json_value *topics)
{
    struct json_value *partitions = NULL;
    for (size_t i = 0; i < topic->count; i++) {
        const struct partition_snapshot *partition = &snapshot->partitions[topic->first + i];
        if (!partition->reported) {
            continue;
        }
        if (partitions == NULL) {
            const char *name = snapshot_topic_name(snapshot, topic);
            struct json_key key = json_key_copy(document, name, topic->name_len);
            struct json_value *object = json_add_object(document, topics, key);
            json_add_string(document, object, JSON_KEY("name"), name, topic->name_len);
            if (format->partitions_cnt) {
                json_add_integer(document, object, JSON_KEY("partitions_cnt"), (int64_t)topic->known);
            }
            partitions = json_add_object(document, object, JSON_KEY("partitions"));
        }
        write_partition(snapshot, partition, format, document, partitions);
    }
}

void snapshot_write_topics(const struct snapshot *snapshot, const struct snapshot_format *format,
                           struct json_document *document, struct json_value *topics)
{
    for (size_t i = 0; i < snapshot->topic_count; i++) {
        write_topic(snapshot, &snapshot->topics[i], format, document, topics);
    }
}
