#include "run/observation.h"

#include "base/assert.h"
#include "ports/clock.h"
#include "tracking/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NO_OFFSET INT64_C(-1001)

static const char *kind_name(enum observation_kind kind)
{
    static const char *const names[OBSERVATION_KINDS] = {
        [OBSERVATION_EVENT] = "event",       [OBSERVATION_REPORT] = "report", [OBSERVATION_ERROR] = "error",
        [OBSERVATION_RECORD] = "record",     [OBSERVATION_COMMIT] = "commit", [OBSERVATION_GROUP] = "group",
        [OBSERVATION_MEMBER] = "member",     [OBSERVATION_EXIT] = "exit",     [OBSERVATION_HANDLED] = "handled",
        [OBSERVATION_LOG] = "log",           [OBSERVATION_STIMULUS] = "do",   [OBSERVATION_REQUEST] = "request",
        [OBSERVATION_PRODUCER] = "producer",
    };
    return names[kind];
}

static struct observed *add(struct observation *observation, const char *name, enum observed_kind kind)
{
    ASSERT(observation->field_count < OBSERVATION_FIELDS_MAX);
    struct observed *field = &observation->fields[observation->field_count++];
    *field = (struct observed){.name = name, .kind = kind};
    return field;
}

void observation_text(struct observation *observation, const char *name, const char *text)
{
    if (text != NULL) {
        add(observation, name, OBSERVED_TEXT)->text = text;
    }
}

void observation_integer(struct observation *observation, const char *name, int64_t integer)
{
    add(observation, name, OBSERVED_INTEGER)->integer = integer;
}

/* False: left out. */
static void put_flag(struct observation *observation, const char *name, bool flag)
{
    if (flag) {
        add(observation, name, OBSERVED_FLAG)->integer = 1;
    }
}

const struct observed *observation_field(const struct observation *observation, const char *name)
{
    for (size_t i = 0; i < observation->field_count; i++) {
        if (strcmp(observation->fields[i].name, name) == 0) {
            return &observation->fields[i];
        }
    }
    return NULL;
}

/* ---- From an event ----------------------------------------------------------------------------------------------- */

static void add_job(struct observation *observation, const struct carafe_job_view *job)
{
    observation_text(observation, "job", carafe_job_type_name(job->type));
    observation_integer(observation, "job_id", (int64_t)job->id);
    observation_text(observation, "group", job->group);
    observation_text(observation, "subscription_group", job->subscription_group);
    observation_text(observation, "topic", job->topic);
    observation_integer(observation, "partition", job->partition);
    observation_text(observation, "consumer", job->consumer);
    put_flag(observation, "non_blocking", job->non_blocking);
    if (job->first_offset != NO_OFFSET) {
        observation_integer(observation, "first_offset", job->first_offset);
        observation_integer(observation, "last_offset", job->last_offset);
    }
    if (job->messages > 0) {
        observation_integer(observation, "messages", (int64_t)job->messages);
    }
    if (job->attempt > 0) {
        observation_integer(observation, "attempt", job->attempt);
    }
}

static void add_subject(struct observation *observation, const struct carafe_event *event)
{
    if (event->job != NULL) {
        add_job(observation, event->job);
        return;
    }
    observation_text(observation, "group", event->group);
    observation_text(observation, "subscription_group", event->subscription_group);
    if (event->topic != NULL) {
        observation_text(observation, "topic", event->topic);
        observation_integer(observation, "partition", event->partition);
    }
}

static void add_failure(struct observation *observation, const struct carafe_failure *failure)
{
    observation_text(observation, "type", failure->type);
    observation_text(observation, "class", failure->error_class);
    observation_text(observation, "message", failure->message);
    if (failure->alive_workers > 0) {
        observation_integer(observation, "alive_workers", (int64_t)failure->alive_workers);
    }
    observation_text(observation, "active_listeners", failure->active_listeners);
    observation_text(observation, "in_processing", failure->in_processing);
}

static void add_reported(struct observation *observation, const struct carafe_event *event)
{
    observation_text(observation, "status", carafe_status_name(event->status));
    put_flag(observation, "forced", event->forced);
    observation_integer(observation, "messages", (int64_t)event->messages);
    observation_integer(observation, "bytes", (int64_t)event->bytes);
}

static bool has_offset(enum carafe_event_kind kind)
{
    switch (kind) {
    case CARAFE_EVENT_CLIENT_PAUSE:
    case CARAFE_EVENT_CONSUMER_MARKED:
    case CARAFE_EVENT_CONSUMER_PAUSE:
    case CARAFE_EVENT_CONSUMER_RETRY:
    case CARAFE_EVENT_CONSUMER_SEEK:
    case CARAFE_EVENT_DEAD_LETTER_DISPATCHED:
        return true;
    default:
        return false;
    }
}

static bool has_duration(enum carafe_event_kind kind)
{
    return kind == CARAFE_EVENT_CLIENT_PAUSE || kind == CARAFE_EVENT_CONSUMER_PAUSE ||
           kind == CARAFE_EVENT_CONSUMER_RETRY || kind == CARAFE_EVENT_WORKER_PROCESSED;
}

static bool is_of_node(enum carafe_event_kind kind)
{
    switch (kind) {
    case CARAFE_EVENT_SWARM_NODE_AFTER_FORK:
    case CARAFE_EVENT_SWARM_MANAGER_BEFORE_FORK:
    case CARAFE_EVENT_SWARM_MANAGER_AFTER_FORK:
    case CARAFE_EVENT_SWARM_MANAGER_STOPPING:
    case CARAFE_EVENT_SWARM_MANAGER_TERMINATING:
        return true;
    default:
        return false;
    }
}

static void add_counts(struct observation *observation, const struct carafe_event *event)
{
    if (event->kind == CARAFE_EVENT_REPORTER_REPORTED) {
        add_reported(observation, event);
    } else if (event->job == NULL && event->messages > 0) {
        observation_integer(observation, "messages", (int64_t)event->messages);
    }
    if (event->partitions != NULL) {
        observation_integer(observation, "partitions", (int64_t)event->partition_count);
    }
    put_flag(observation, "lost", event->lost);
    if (event->statistics != NULL) {
        observation_integer(observation, "bytes", (int64_t)event->statistics_len);
    }
    if (event->workers > 0) {
        observation_integer(observation, "workers", (int64_t)event->workers);
    }
    if (is_of_node(event->kind)) {
        observation_integer(observation, "node", event->node);
    }
    if (event->pid > 0) {
        observation_integer(observation, "pid", event->pid);
    }
}

void observation_from_event(struct observation *observation, const struct carafe_event *event)
{
    observation->kind = OBSERVATION_EVENT;
    observation->name = carafe_event_name(event->kind);
    observation->event = event;
    add_subject(observation, event);
    if (event->failure != NULL) {
        add_failure(observation, event->failure);
    }
    if (has_offset(event->kind)) {
        observation_integer(observation, "offset", event->offset);
    }
    if (has_duration(event->kind)) {
        observation_integer(observation, "duration", event->duration_ms < 0 ? -1 : event->duration_ms * NS_PER_MS);
    }
    observation_text(observation, "signal", event->signal);
    add_counts(observation, event);
}

/* ---- As text ----------------------------------------------------------------------------------------------------- */

struct text {
    char *start;
    size_t size;
    size_t len;
    bool cut; /* it did not hold everything */
};

static void put(struct text *text, const char *bytes, size_t len)
{
    size_t room = text->size - 1 - text->len;
    size_t count = len < room ? len : room;
    memcpy(text->start + text->len, bytes, count);
    text->len += count;
    text->start[text->len] = '\0';
    text->cut = text->cut || count < len;
}

static void put_text(struct text *text, const char *bytes)
{
    put(text, bytes, strlen(bytes));
}

static void put_integer(struct text *text, int64_t integer)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRId64, integer);
    put(text, digits, (size_t)len);
}

/* One character; what is none becomes U+FFFD, for a terminal and JSON want UTF-8.  Returns its bytes in `at`. */
static size_t put_character(struct text *text, const char *at)
{
    size_t len = utf8_character_len(at, strlen(at));
    if (len == 0) {
        put(text, UTF8_REPLACEMENT, UTF8_REPLACEMENT_LEN);
        return 1;
    }
    put(text, at, len);
    return len;
}

static void put_readable(struct text *text, const char *bytes)
{
    while (*bytes != '\0') {
        bytes += put_character(text, bytes);
    }
}

static void put_quoted(struct text *text, const char *bytes)
{
    put(text, "\"", 1);
    for (const char *at = bytes; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        char escape[8];
        if (byte == '"' || byte == '\\') {
            put(text, "\\", 1);
            put(text, at, 1);
        } else if (byte < 0x20) {
            put(text, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", byte));
        } else {
            at += put_character(text, at) - 1;
        }
    }
    put(text, "\"", 1);
}

static void put_named(struct text *text, const char *name, const char *value)
{
    put(text, ",", 1);
    put_quoted(text, name);
    put(text, ":", 1);
    put_quoted(text, value);
}

static void put_field(struct text *text, const struct observed *field)
{
    if (field->kind == OBSERVED_TEXT) {
        put_named(text, field->name, field->text);
        return;
    }
    put(text, ",", 1);
    put_quoted(text, field->name);
    put(text, ":", 1);
    if (field->kind == OBSERVED_FLAG) {
        put_text(text, field->integer != 0 ? "true" : "false");
    } else {
        put_integer(text, field->integer);
    }
}

size_t observation_line(const struct observation *observation, char *line, size_t size)
{
    struct text text = {.start = line, .size = size};
    put_text(&text, "{\"t\":");
    put_integer(&text, observation->at_ns);
    if (observation->process != NULL) {
        put_named(&text, "process", observation->process);
    }
    put_named(&text, "kind", kind_name(observation->kind));
    if (observation->name != NULL) {
        put_named(&text, "name", observation->name);
    }
    for (size_t i = 0; i < observation->field_count; i++) {
        put_field(&text, &observation->fields[i]);
    }
    put(&text, "}", 1);
    return text.len;
}

/* What does not hold everything says so, and ends with a whole character. */
static void end_cut(struct text *text)
{
    static const char dots[] = "...";
    if (!text->cut || text->size <= sizeof dots) {
        return;
    }
    text->len = text->size - sizeof dots;
    while (text->len > 0 && ((unsigned char)text->start[text->len] & 0xC0) == 0x80) {
        text->len--;
    }
    put_text(text, dots);
}

size_t observation_summary(const struct observation *observation, char *out, size_t size)
{
    struct text text = {.start = out, .size = size};
    out[0] = '\0';
    if (observation->kind != OBSERVATION_EVENT && observation->kind != OBSERVATION_STIMULUS) {
        put_text(&text, kind_name(observation->kind));
    }
    if (observation->name != NULL && observation->name[0] != '\0') {
        put(&text, " ", text.len > 0 ? 1 : 0);
        put_text(&text, observation->name);
    }
    for (size_t i = 0; i < observation->field_count; i++) {
        const struct observed *field = &observation->fields[i];
        put(&text, " ", text.len > 0 ? 1 : 0);
        put_text(&text, field->name);
        if (field->kind == OBSERVED_TEXT) {
            put(&text, "=", 1);
            put_readable(&text, field->text);
        } else if (field->kind == OBSERVED_INTEGER) {
            put(&text, "=", 1);
            put_integer(&text, field->integer);
        }
    }
    end_cut(&text);
    return text.len;
}
