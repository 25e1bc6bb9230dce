#include "tracking/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define NO_FIELD (-1)

void snapshot_close(struct snapshot *snapshot)
{
    json_buffer_close(&snapshot->text);
    free(snapshot->topics);
    free(snapshot->partitions);
    free(snapshot->brokers);
    *snapshot = (struct snapshot){0};
}

static void reset(struct snapshot *snapshot)
{
    memset(snapshot->group, 0, sizeof snapshot->group);
    json_buffer_reset(&snapshot->text);
    snapshot->topic_count = 0;
    snapshot->partition_count = 0;
    snapshot->broker_count = 0;
}

const char *snapshot_topic_name(const struct snapshot *snapshot, const struct topic_snapshot *topic)
{
    return snapshot->text.bytes + topic->name;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct reading {
    struct snapshot *snapshot;
    struct json_reader *reader;
    struct carafe_error *error;
    bool has_topics;
    bool has_group;
};

static int fail_json(struct reading *reading)
{
    return json_reader_fail(reading->reader, reading->error);
}

static int skip(struct reading *reading, enum json_token token)
{
    return json_reader_skip(reading->reader, token) ? 0 : fail_json(reading);
}

/* Room for one more of `size` bytes in a list that doubles. */
static int make_room(struct reading *reading, void **list, size_t count, size_t *capacity, size_t size, size_t most)
{
    if (count < *capacity) {
        return 0;
    }
    if (count >= most) {
        return error_set(reading->error, CARAFE_FULL, "statistics: expected at most %zu entries, got more", most);
    }
    size_t doubled = *capacity == 0 ? 16 : *capacity * 2;
    void *grown = realloc(*list, doubled * size);
    if (grown == NULL) {
        return error_set(reading->error, CARAFE_NO_MEMORY, "statistics: expected memory, got none");
    }
    *list = grown;
    *capacity = doubled;
    return 0;
}

/* The place of a terminated copy. */
static size_t keep_text(struct snapshot *snapshot, const char *text, size_t len)
{
    size_t place = snapshot->text.len;
    json_buffer_add(&snapshot->text, text, len);
    json_buffer_add(&snapshot->text, "", 1);
    return place;
}

/* Most partitions are in one fetch state: its text is kept once for a run of them. */
static struct scalar keep_scalar_text(struct snapshot *snapshot, const char *text, size_t len,
                                      const struct scalar *last)
{
    bool same =
        last->kind == SCALAR_TEXT && last->text_len == len && memcmp(snapshot->text.bytes + last->text, text, len) == 0;
    if (same) {
        return *last;
    }
    struct scalar scalar = {.kind = SCALAR_TEXT, .text_len = (uint32_t)len};
    scalar.text = keep_text(snapshot, text, len);
    if (snapshot->text.failed) {
        scalar.kind = SCALAR_OTHER; /* nothing may look for a text that is not there, until all is given up */
    }
    return scalar;
}

/* Read the value of a key that was just read into `scalar`; `last` is a text it is likely to equal. */
static int read_scalar(struct reading *reading, struct scalar *scalar, const struct scalar *last)
{
    static const struct scalar none = {0};
    struct json_reader *reader = reading->reader;
    enum json_token token = json_reader_next(reader);
    switch (token) {
    case JSON_TOKEN_INTEGER:
        *scalar = (struct scalar){.kind = SCALAR_INTEGER, .integer = reader->integer};
        return 0;
    case JSON_TOKEN_BIG_INTEGER:
        *scalar = (struct scalar){.kind = SCALAR_INTEGER};
        scalar->integer = reader->text[0] == '-' ? INT64_MIN : INT64_MAX;
        return 0;
    case JSON_TOKEN_FLOAT:
        *scalar = (struct scalar){.kind = SCALAR_FLOAT, .number = reader->number};
        return 0;
    case JSON_TOKEN_STRING:
        *scalar = keep_scalar_text(reading->snapshot, reader->text, reader->text_len, last == NULL ? &none : last);
        return 0;
    default:
        *scalar = (struct scalar){.kind = SCALAR_OTHER};
        return skip(reading, token);
    }
}

/*
 * Begin the object that is the value of a key. Returns 1 if it is one (its keys follow), 0 if the value was something
 * else and is skipped, or an error.
 */
static int enter_object(struct reading *reading)
{
    enum json_token token = json_reader_next(reading->reader);
    if (token == JSON_TOKEN_OBJECT) {
        return 1;
    }
    return skip(reading, token);
}

static bool key_is(const struct json_reader *reader, const char *name, size_t len)
{
    return reader->text_len == len && memcmp(reader->text, name, len) == 0;
}

#define KEY_IS(reader, literal) key_is(reader, literal, sizeof(literal) - 1)

static int find_name(const struct json_reader *reader, const struct json_key *names, int count)
{
    for (int i = 0; i < count; i++) {
        if (key_is(reader, names[i].text, names[i].len)) {
            return i;
        }
    }
    return NO_FIELD;
}

static const struct json_key partition_field_names[PARTITION_FIELDS] = {
    [FIELD_LAG] = {"consumer_lag", 12},
    [FIELD_LAG_STORED] = {"consumer_lag_stored", 19},
    [FIELD_COMMITTED_OFFSET] = {"committed_offset", 16},
    [FIELD_STORED_OFFSET] = {"stored_offset", 13},
    [FIELD_HI_OFFSET] = {"hi_offset", 9},
    [FIELD_LO_OFFSET] = {"lo_offset", 9},
    [FIELD_EOF_OFFSET] = {"eof_offset", 10},
    [FIELD_LS_OFFSET] = {"ls_offset", 9},
};

static bool scalar_text_is(const struct snapshot *snapshot, const struct scalar *scalar, const char *text)
{
    return scalar->kind == SCALAR_TEXT && strcmp(snapshot->text.bytes + scalar->text, text) == 0;
}

/* Not those which this client no longer works with, and nothing that says nothing. */
static bool is_reported(const struct snapshot *snapshot, const struct partition_snapshot *partition)
{
    if (scalar_text_is(snapshot, &partition->fetch_state, "stopped") ||
        scalar_text_is(snapshot, &partition->fetch_state, "none")) {
        return false;
    }
    bool any = partition->fetch_state.kind != SCALAR_ABSENT;
    for (int i = 0; i < PARTITION_FIELDS; i++) {
        any = any || partition->fields[i].value.kind != SCALAR_ABSENT;
    }
    return any;
}

static int read_partition_fields(struct reading *reading, struct partition_snapshot *partition,
                                 const struct scalar *last_state)
{
    struct json_reader *reader = reading->reader;
    for (;;) {
        enum json_token token = json_reader_next(reader);
        if (token != JSON_TOKEN_KEY) {
            return token == JSON_TOKEN_OBJECT_END ? 0 : fail_json(reading);
        }
        int field = find_name(reader, partition_field_names, PARTITION_FIELDS);
        int code = 0;
        if (field != NO_FIELD) {
            code = read_scalar(reading, &partition->fields[field].value, NULL);
        } else if (KEY_IS(reader, "fetch_state")) {
            code = read_scalar(reading, &partition->fetch_state, last_state);
        } else {
            code = skip(reading, token);
        }
        if (code != 0) {
            return code;
        }
    }
}

/* `12`, without sign or leading zeros; false: no partition. */
static bool parse_partition_id(const char *text, size_t len, int32_t *id)
{
    int64_t value = 0;
    if (len == 0 || len > 10 || (len > 1 && text[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    *id = (int32_t)value;
    return value <= INT32_MAX;
}

/* The key of a partition was just read. */
static int read_partition(struct reading *reading, struct scalar *last_state)
{
    struct snapshot *snapshot = reading->snapshot;
    int32_t id = 0;
    if (!parse_partition_id(reading->reader->text, reading->reader->text_len, &id)) {
        return skip(reading, JSON_TOKEN_KEY); /* -1, librdkafka's own, among them */
    }
    int code = make_room(reading, (void **)&snapshot->partitions, snapshot->partition_count,
                         &snapshot->partition_capacity, sizeof *snapshot->partitions, SNAPSHOT_PARTITIONS_MAX);
    if (code != 0) {
        return code;
    }
    struct partition_snapshot *partition = &snapshot->partitions[snapshot->partition_count];
    *partition = (struct partition_snapshot){.id = id, .place = (uint32_t)snapshot->partition_count};
    code = enter_object(reading);
    if (code == 1) {
        snapshot->partition_count++;
        code = read_partition_fields(reading, partition, last_state);
    }
    *last_state = partition->fetch_state;
    partition->reported = code == 0 && is_reported(snapshot, partition);
    return code;
}

static int read_partitions(struct reading *reading)
{
    struct scalar last_state = {0};
    int code = enter_object(reading);
    if (code != 1) {
        return code;
    }
    for (;;) {
        enum json_token token = json_reader_next(reading->reader);
        if (token != JSON_TOKEN_KEY) {
            return token == JSON_TOKEN_OBJECT_END ? 0 : fail_json(reading);
        }
        code = read_partition(reading, &last_state);
        if (code != 0) {
            return code;
        }
    }
}

static int read_topic_fields(struct reading *reading, size_t first_partition)
{
    for (;;) {
        enum json_token token = json_reader_next(reading->reader);
        if (token != JSON_TOKEN_KEY) {
            return token == JSON_TOKEN_OBJECT_END ? 0 : fail_json(reading);
        }
        int code = 0;
        if (KEY_IS(reading->reader, "partitions")) {
            reading->snapshot->partition_count = first_partition; /* said twice: the last wins */
            code = read_partitions(reading);
        } else {
            code = skip(reading, token);
        }
        if (code != 0) {
            return code;
        }
    }
}

static int compare_partitions(const void *left, const void *right)
{
    const struct partition_snapshot *one = left;
    const struct partition_snapshot *two = right;
    if (one->id != two->id) {
        return one->id < two->id ? -1 : 1;
    }
    return one->place < two->place ? -1 : one->place > two->place;
}

/* Sorted by id they can be compared in one pass. librdkafka sorts them; whoever does not pays for it. */
static void sort_partitions(struct snapshot *snapshot, struct topic_snapshot *topic)
{
    if (topic->count < 2) {
        return;
    }
    struct partition_snapshot *list = snapshot->partitions + topic->first;
    bool sorted = true;
    for (size_t i = 1; i < topic->count && sorted; i++) {
        sorted = list[i - 1].id < list[i].id;
    }
    if (sorted) {
        return;
    }
    qsort(list, topic->count, sizeof *list, compare_partitions);
    size_t kept = 0;
    for (size_t i = 1; i < topic->count; i++) {
        if (list[kept].id != list[i].id) {
            kept++;
        }
        list[kept] = list[i];
    }
    topic->count = kept + 1;
    snapshot->partition_count = topic->first + topic->count;
}

/* The key of a topic, its name, was just read. */
static int read_topic(struct reading *reading)
{
    struct snapshot *snapshot = reading->snapshot;
    int code = make_room(reading, (void **)&snapshot->topics, snapshot->topic_count, &snapshot->topic_capacity,
                         sizeof *snapshot->topics, SNAPSHOT_TOPICS_MAX);
    if (code != 0) {
        return code;
    }
    struct topic_snapshot topic = {.name_len = (uint32_t)reading->reader->text_len, .first = snapshot->partition_count};
    topic.name = keep_text(snapshot, reading->reader->text, reading->reader->text_len);
    code = enter_object(reading);
    if (code != 1) {
        return code;
    }
    code = read_topic_fields(reading, topic.first);
    if (code != 0) {
        return code;
    }
    topic.count = snapshot->partition_count - topic.first;
    sort_partitions(snapshot, &topic);
    topic.known = topic.count;
    snapshot->topics[snapshot->topic_count++] = topic;
    return 0;
}

static int read_broker_fields(struct reading *reading, struct broker_snapshot *broker)
{
    struct scalar received = {0};
    struct scalar sent = {0};
    for (;;) {
        enum json_token token = json_reader_next(reading->reader);
        if (token == JSON_TOKEN_OBJECT_END) {
            break;
        }
        int code = 0;
        if (token != JSON_TOKEN_KEY) {
            code = fail_json(reading);
        } else if (KEY_IS(reading->reader, "rxbytes")) {
            code = read_scalar(reading, &received, NULL);
        } else if (KEY_IS(reading->reader, "txbytes")) {
            code = read_scalar(reading, &sent, NULL);
        } else {
            code = skip(reading, token);
        }
        if (code != 0) {
            return code;
        }
    }
    bool counted = received.kind == SCALAR_INTEGER && sent.kind == SCALAR_INTEGER;
    broker->received = counted ? received.integer : 0;
    broker->sent = counted ? sent.integer : 0;
    reading->snapshot->broker_count += counted;
    return 0;
}

static int read_broker(struct reading *reading)
{
    struct snapshot *snapshot = reading->snapshot;
    int code = make_room(reading, (void **)&snapshot->brokers, snapshot->broker_count, &snapshot->broker_capacity,
                         sizeof *snapshot->brokers, SNAPSHOT_BROKERS_MAX);
    if (code != 0) {
        return code;
    }
    struct broker_snapshot *broker = &snapshot->brokers[snapshot->broker_count];
    broker->name_len = (uint32_t)reading->reader->text_len;
    broker->name = keep_text(snapshot, reading->reader->text, reading->reader->text_len);
    code = enter_object(reading);
    return code == 1 ? read_broker_fields(reading, broker) : code;
}

static int read_group_field(struct reading *reading)
{
    static const struct json_key names[GROUP_FIELDS] = {
        [GROUP_STATE] = {"state", 5},
        [GROUP_JOIN_STATE] = {"join_state", 10},
        [GROUP_STATEAGE] = {"stateage", 8},
        [GROUP_REBALANCE_AGE] = {"rebalance_age", 13},
        [GROUP_REBALANCE_CNT] = {"rebalance_cnt", 13},
        [GROUP_REBALANCE_REASON] = {"rebalance_reason", 16},
    };
    int field = find_name(reading->reader, names, GROUP_FIELDS);
    if (field == NO_FIELD) {
        return skip(reading, JSON_TOKEN_KEY);
    }
    return read_scalar(reading, &reading->snapshot->group[field], NULL);
}

/* Hand every key of an object that is the value of a key to `read_entry`; `*present`: there was an object. */
static int read_object(struct reading *reading, int (*read_entry)(struct reading *reading), bool *present)
{
    int code = enter_object(reading);
    *present = code == 1;
    while (code == 1) {
        enum json_token token = json_reader_next(reading->reader);
        if (token != JSON_TOKEN_KEY) {
            return token == JSON_TOKEN_OBJECT_END ? 0 : fail_json(reading);
        }
        code = read_entry(reading);
        if (code != 0) {
            return code;
        }
        code = 1;
    }
    return code;
}

static int read_top_field(struct reading *reading)
{
    struct snapshot *snapshot = reading->snapshot;
    bool ignored = false;
    if (KEY_IS(reading->reader, "topics")) {
        snapshot->topic_count = 0;
        snapshot->partition_count = 0;
        return read_object(reading, read_topic, &reading->has_topics);
    }
    if (KEY_IS(reading->reader, "cgrp")) {
        memset(snapshot->group, 0, sizeof snapshot->group);
        return read_object(reading, read_group_field, &reading->has_group);
    }
    if (KEY_IS(reading->reader, "brokers")) {
        snapshot->broker_count = 0;
        return read_object(reading, read_broker, &ignored);
    }
    return skip(reading, JSON_TOKEN_KEY);
}

static int read_top(struct reading *reading)
{
    if (json_reader_next(reading->reader) != JSON_TOKEN_OBJECT) {
        return error_set(reading->error, CARAFE_INVALID, "statistics: expected a JSON object, got something else");
    }
    for (;;) {
        enum json_token token = json_reader_next(reading->reader);
        if (token != JSON_TOKEN_KEY) {
            break;
        }
        int code = read_top_field(reading);
        if (code != 0) {
            return code;
        }
    }
    if (json_reader_next(reading->reader) != JSON_TOKEN_END) {
        return fail_json(reading);
    }
    return 0;
}

/* ---- topics in order --------------------------------------------------------------------------------------------- */

static int compare_names(const struct snapshot *one_of, const struct topic_snapshot *one, const struct snapshot *two_of,
                         const struct topic_snapshot *two)
{
    uint32_t shorter = one->name_len < two->name_len ? one->name_len : two->name_len;
    int order = memcmp(snapshot_topic_name(one_of, one), snapshot_topic_name(two_of, two), shorter);
    if (order != 0) {
        return order;
    }
    return one->name_len < two->name_len ? -1 : one->name_len > two->name_len;
}

static int compare_topics(const void *left, const void *right, void *snapshot)
{
    const struct topic_snapshot *one = left;
    const struct topic_snapshot *two = right;
    int order = compare_names(snapshot, one, snapshot, two);
    if (order != 0) {
        return order;
    }
    return one->name < two->name ? -1 : one->name > two->name; /* in the order they came */
}

static void sort_topics(struct snapshot *snapshot)
{
    if (snapshot->topic_count < 2) {
        return;
    }
    qsort_r(snapshot->topics, snapshot->topic_count, sizeof *snapshot->topics, compare_topics, snapshot);
    size_t kept = 0;
    for (size_t i = 1; i < snapshot->topic_count; i++) {
        if (compare_names(snapshot, &snapshot->topics[kept], snapshot, &snapshot->topics[i]) != 0) {
            kept++;
        }
        snapshot->topics[kept] = snapshot->topics[i];
    }
    snapshot->topic_count = kept + 1;
}

int snapshot_read(struct snapshot *snapshot, struct json_reader *reader, const char *json, size_t len,
                  struct carafe_error *error)
{
    reset(snapshot);
    if (len > SNAPSHOT_BYTES_MAX) {
        return error_set(error, CARAFE_FULL, "statistics: expected at most %zu bytes, got %zu", SNAPSHOT_BYTES_MAX,
                         len);
    }
    struct reading reading = {.snapshot = snapshot, .reader = reader, .error = error};
    json_reader_begin(reader, json, len);
    int code = read_top(&reading);
    if (code != 0) {
        return code;
    }
    if (!reading.has_topics || !reading.has_group) {
        return error_set(error, CARAFE_INVALID, "statistics: expected topics and cgrp of a consumer, got none");
    }
    if (snapshot->text.failed) {
        return error_set(error, CARAFE_NO_MEMORY, "statistics: expected memory, got none");
    }
    sort_topics(snapshot);
    return 0;
}

/* ---- differences ------------------------------------------------------------------------------------------------- */

static bool is_number(const struct scalar *scalar)
{
    return scalar->kind == SCALAR_INTEGER || scalar->kind == SCALAR_FLOAT;
}

static double as_double(const struct scalar *scalar)
{
    return scalar->kind == SCALAR_FLOAT ? scalar->number : (double)scalar->integer;
}

static struct scalar difference(const struct scalar *value, const struct scalar *before)
{
    struct scalar delta = {.kind = SCALAR_INTEGER};
    if (!is_number(before)) {
        return delta;
    }
    if (value->kind == SCALAR_INTEGER && before->kind == SCALAR_INTEGER) {
        if (__builtin_sub_overflow(value->integer, before->integer, &delta.integer)) {
            delta.integer = value->integer < 0 ? INT64_MIN : INT64_MAX;
        }
        return delta;
    }
    delta.kind = SCALAR_FLOAT;
    delta.number = as_double(value) - as_double(before);
    return delta;
}

static bool is_zero(const struct scalar *delta)
{
    return delta->kind == SCALAR_FLOAT ? delta->number == 0 : delta->integer == 0;
}

static void compare_partition(struct partition_snapshot *partition, const struct partition_snapshot *before,
                              int64_t passed_ms)
{
    static const struct tracked_number nothing = {0};
    for (int i = 0; i < PARTITION_FIELDS; i++) {
        struct tracked_number *field = &partition->fields[i];
        const struct tracked_number *old = before == NULL ? &nothing : &before->fields[i];
        if (!is_number(&field->value)) {
            continue;
        }
        field->delta = difference(&field->value, &old->value);
        field->frozen_for_ms = is_zero(&field->delta) ? old->frozen_for_ms + passed_ms : 0;
    }
}

static void compare_topic(struct snapshot *snapshot, const struct topic_snapshot *topic,
                          const struct partition_snapshot *before, size_t before_count, int64_t passed_ms)
{
    size_t at = 0;
    for (size_t i = 0; i < topic->count; i++) {
        struct partition_snapshot *partition = &snapshot->partitions[topic->first + i];
        while (at < before_count && before[at].id < partition->id) {
            at++;
        }
        bool known = at < before_count && before[at].id == partition->id;
        compare_partition(partition, known ? &before[at] : NULL, passed_ms);
    }
}

void snapshot_compare(struct snapshot *snapshot, const struct snapshot *before, int64_t passed_ms)
{
    size_t at = 0;
    for (size_t i = 0; i < snapshot->topic_count; i++) {
        const struct topic_snapshot *topic = &snapshot->topics[i];
        while (at < before->topic_count && compare_names(before, &before->topics[at], snapshot, topic) < 0) {
            at++;
        }
        bool known = at < before->topic_count && compare_names(before, &before->topics[at], snapshot, topic) == 0;
        size_t count = known ? before->topics[at].count : 0;
        const struct partition_snapshot *old = count > 0 ? before->partitions + before->topics[at].first : NULL;
        compare_topic(snapshot, topic, old, count, passed_ms);
    }
}
