#include "cli/config_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/document.h"
#include "cli/handlers.h"

/* ---- Tables ---- */

#define FIELD(type, kind, member)                                                                                      \
    {                                                                                                                  \
#member, kind, offsetof(struct type, member), NULL, NULL                                                       \
    }
#define OBJECT(type, member, fields)                                                                                   \
    {                                                                                                                  \
#member, FIELD_OBJECT, offsetof(struct type, member), fields, NULL                                             \
    }
#define LAST                                                                                                           \
    {                                                                                                                  \
        NULL, FIELD_TEXT, 0, NULL, NULL                                                                                \
    }

static const struct field dead_letters_fields[] = {
    FIELD(carafe_dead_letters, FIELD_TEXT, topic),
    FIELD(carafe_dead_letters, FIELD_INT, max_retries),
    FIELD(carafe_dead_letters, FIELD_BOOL, independent),
    FIELD(carafe_dead_letters, FIELD_BOOL, synchronous),
    LAST,
};

static void read_handler(struct document *document, const struct place *place, const cJSON *value, void *target);

static const struct field topic_fields[] = {
    {"handler", FIELD_TEXT, 0, NULL, read_handler},
    FIELD(carafe_topic, FIELD_TEXT, subscription_group),
    FIELD(carafe_topic, FIELD_SETTINGS, kafka),
    FIELD(carafe_topic, FIELD_SIZE, max_messages),
    FIELD(carafe_topic, FIELD_MS, max_wait_time_ms),
    FIELD(carafe_topic, FIELD_MS, pause_timeout_ms),
    FIELD(carafe_topic, FIELD_MS, pause_max_timeout_ms),
    FIELD(carafe_topic, FIELD_BOOL, pause_constant),
    FIELD(carafe_topic, FIELD_MS, tick_ms),
    FIELD(carafe_topic, FIELD_BOOL, long_running),
    FIELD(carafe_topic, FIELD_BOOL, manual_marking),
    OBJECT(carafe_topic, dead_letters, dead_letters_fields),
    LAST,
};

static const struct field activity_fields[] = {
    FIELD(carafe_activity, FIELD_NAMES, include_groups),
    FIELD(carafe_activity, FIELD_NAMES, include_subscription_groups),
    FIELD(carafe_activity, FIELD_NAMES, include_topics),
    FIELD(carafe_activity, FIELD_NAMES, exclude_groups),
    FIELD(carafe_activity, FIELD_NAMES, exclude_subscription_groups),
    FIELD(carafe_activity, FIELD_NAMES, exclude_topics),
    LAST,
};

static const struct field reporting_fields[] = {
    FIELD(carafe_reporting, FIELD_BOOL, enabled),       FIELD(carafe_reporting, FIELD_MS, interval_ms),
    FIELD(carafe_reporting, FIELD_TEXT, reports_topic), FIELD(carafe_reporting, FIELD_TEXT, errors_topic),
    FIELD(carafe_reporting, FIELD_TEXT, schema),        FIELD(carafe_reporting, FIELD_SIZE, sync_threshold),
    FIELD(carafe_reporting, FIELD_SIZE, errors_max),    LAST,
};

static const struct field swarm_fields[] = {
    FIELD(carafe_swarm, FIELD_SIZE, nodes),
    FIELD(carafe_swarm, FIELD_MS, restart_backoff_ms),
    FIELD(carafe_swarm, FIELD_MS, liveness_every_ms),
    FIELD(carafe_swarm, FIELD_MS, liveness_timeout_ms),
    LAST,
};

static void read_groups(struct document *document, const struct place *place, const cJSON *value, void *target);

static const struct field config_fields[] = {
    {"groups", FIELD_OBJECT, 0, NULL, read_groups},
    FIELD(carafe_config, FIELD_SETTINGS, kafka),
    FIELD(carafe_config, FIELD_SIZE, concurrency),
    FIELD(carafe_config, FIELD_MS, shutdown_timeout_ms),
    FIELD(carafe_config, FIELD_MS, forceful_shutdown_wait_ms),
    FIELD(carafe_config, FIELD_MS, supervision_sleep_ms),
    FIELD(carafe_config, FIELD_INT, forceful_exit_code),
    FIELD(carafe_config, FIELD_SIZE, max_messages),
    FIELD(carafe_config, FIELD_MS, max_wait_time_ms),
    FIELD(carafe_config, FIELD_MS, tick_interval_ms),
    FIELD(carafe_config, FIELD_MS, reset_backoff_ms),
    FIELD(carafe_config, FIELD_MS, pause_timeout_ms),
    FIELD(carafe_config, FIELD_MS, pause_max_timeout_ms),
    OBJECT(carafe_config, activity, activity_fields),
    OBJECT(carafe_config, reporting, reporting_fields),
    OBJECT(carafe_config, swarm, swarm_fields),
    FIELD(carafe_config, FIELD_NAMES, tags),
    LAST,
};

/* ---- Groups and topics ---- */

static void read_handler(struct document *document, const struct place *place, const cJSON *value, void *target)
{
    struct carafe_topic *topic = target;
    struct carafe_error why = {0};
    const char *name = document_text(document, place, value);
    if (name != NULL && handlers_find(name, &topic->handler, &why) != 0) {
        document->result =
            error_append(document->error, CARAFE_INVALID, "%s: %s: expected %s", document->file, place->path, why.text);
    }
}

static void read_topic(struct document *document, const struct place *place, const cJSON *value, const char *group,
                       struct carafe_topic *topic)
{
    *topic = (struct carafe_topic){
        .name = arena_copy(document->arena, value->string, strlen(value->string)),
        .group = group,
        .dead_letters.max_retries = -1,
    };
    document_read(document, place, value, topic_fields, topic);
    if (cJSON_IsObject(value) && cJSON_GetObjectItemCaseSensitive(value, "handler") == NULL) {
        struct place inner = place_in(place, "handler");
        document_refuse(document, &inner, "log or LIBRARY:SYMBOL", "nothing");
    }
}

/* What the topics of a group are read into. */
struct group {
    const char *name;
    struct carafe_config *config;
};

static void read_topics(struct document *document, const struct place *place, const cJSON *value, void *target)
{
    const struct group *group = target;
    struct carafe_config *config = group->config;
    if (!document_check_object(document, place, value)) {
        return;
    }
    size_t count = (size_t)cJSON_GetArraySize(value);
    struct carafe_topic *topics = arena_allocate(document->arena, config->topic_count + count + 1, sizeof *topics);
    if (config->topic_count > 0) {
        memcpy(topics, config->topics, config->topic_count * sizeof *topics);
    }
    for (const cJSON *entry = value->child; entry != NULL; entry = entry->next) {
        struct place inner = place_in(place, entry->string);
        read_topic(document, &inner, entry, group->name, &topics[config->topic_count++]);
    }
    config->topics = topics;
}

static const struct field group_fields[] = {
    {"topics", FIELD_OBJECT, 0, NULL, read_topics},
    LAST,
};

static void read_groups(struct document *document, const struct place *place, const cJSON *value, void *target)
{
    if (!document_check_object(document, place, value)) {
        return;
    }
    for (const cJSON *entry = value->child; entry != NULL; entry = entry->next) {
        struct group group = {arena_copy(document->arena, entry->string, strlen(entry->string)), target};
        struct place inner = place_in(place, entry->string);
        document_read(document, &inner, entry, group_fields, &group);
    }
}

/* ---- The file ---- */

static void refuse_text(struct document *document, const char *text, const char *end)
{
    int line = 1;
    int column = 1;
    for (const char *next = text; next < end; next++) {
        column = *next == '\n' ? 1 : column + 1;
        line += *next == '\n' ? 1 : 0;
    }
    document->result =
        error_set(document->error, CARAFE_INVALID, "%s: expected JSON, got something else near line %d column %d",
                  document->file, line, column);
}

static char *read_whole(struct document *document, size_t *len)
{
    FILE *file = fopen(document->file, "re");
    if (file == NULL) {
        document->result =
            error_set(document->error, CARAFE_INVALID, "%s: expected a file, got %s", document->file, strerror(errno));
        return NULL;
    }
    char *text = arena_allocate(document->arena, CONFIG_FILE_MAX + 1, 1);
    *len = fread(text, 1, CONFIG_FILE_MAX + 1, file);
    bool broken = ferror(file) != 0;
    (void)fclose(file);
    if (broken || *len > CONFIG_FILE_MAX) {
        document->result = error_set(document->error, CARAFE_INVALID, "%s: expected a file of at most %d bytes, got %s",
                                     document->file, CONFIG_FILE_MAX, broken ? "one that cannot be read" : "more");
        return NULL;
    }
    return text;
}

int config_file_read(const char *path, struct carafe_config *config, struct arena *arena, struct carafe_error *error)
{
    struct document document = {.file = path, .arena = arena, .error = error};
    const struct place top = {""};
    size_t len = 0;
    error_clear(error);
    const char *text = read_whole(&document, &len);
    if (text == NULL) {
        return document.result;
    }
    const char *end = text;
    cJSON *json = cJSON_ParseWithLengthOpts(text, len + 1, &end, 1 /* nothing behind it */);
    if (json == NULL || strlen(text) != len) {
        refuse_text(&document, text, json == NULL ? end : text + strlen(text));
    } else {
        document_read(&document, &top, json, config_fields, config);
    }
    cJSON_Delete(json);
    return document.result;
}
