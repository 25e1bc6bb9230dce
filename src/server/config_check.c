#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "server/config.h"

#define TOPICS_MAX      10000
#define TOPIC_NAME_MAX  249 /* Kafka's own bound */
#define GROUP_NAME_MAX  255
#define SETTINGS_MAX    1000
#define NAMES_MAX       10000
#define CONCURRENCY_MAX 10000
#define MESSAGES_MAX    1000000
#define DURATION_MAX_MS (INT64_C(7) * 24 * 60 * 60 * 1000)
#define SUPERVISION_MAX 60000
#define RETRIES_MAX     1000000
#define SWARM_NODES_MAX 1000
#define ERRORS_KEPT_MAX 1000000
#define WHERE_MAX       640

static void check_range(struct carafe_error *error, const char *where, const char *what, int64_t value, int64_t low,
                        int64_t high)
{
    if (value < low || value > high) {
        (void)error_append(error, CARAFE_INVALID, "%s%s: expected %" PRId64 " to %" PRId64 ", got %" PRId64, where,
                           what, low, high, value);
    }
}

static void check_size(struct carafe_error *error, const char *where, const char *what, size_t value, size_t low,
                       size_t high)
{
    if (value < low || value > high) {
        (void)error_append(error, CARAFE_INVALID, "%s%s: expected %zu to %zu, got %zu", where, what, low, high, value);
    }
}

static bool is_topic_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strnlen(name, TOPIC_NAME_MAX + 1);
    return len >= 1 && len <= TOPIC_NAME_MAX && strspn(name, allowed) == len && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

static void check_topic_name(struct carafe_error *error, const char *where, const char *what, const char *name)
{
    if (name == NULL) {
        (void)error_append(error, CARAFE_INVALID, "%s%s: expected a name, got none", where, what);
    } else if (!is_topic_name(name)) {
        (void)error_append(error, CARAFE_INVALID, "%s%s: expected 1 to %d of a-z A-Z 0-9 . _ -, got \"%.*s\"", where,
                           what, TOPIC_NAME_MAX, TOPIC_NAME_MAX, name);
    }
}

static bool is_group_name(const char *name)
{
    size_t len = strnlen(name, GROUP_NAME_MAX + 1);
    if (len < 1 || len > GROUP_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static void check_group_name(struct carafe_error *error, const char *where, const char *what, const char *name)
{
    if (name == NULL || !is_group_name(name)) {
        (void)error_append(error, CARAFE_INVALID, "%s%s: expected 1 to %d printable bytes, got %s", where, what,
                           GROUP_NAME_MAX,
                           name == NULL      ? "none"
                           : name[0] == '\0' ? "an empty text"
                                             : "others");
    }
}

/* `where` of these checks is the path up to the field. A value may be a secret: it is never shown. */
static void check_settings(struct carafe_error *error, const char *where, const struct carafe_settings *settings)
{
    if (settings->count > SETTINGS_MAX || (settings->count > 0 && settings->list == NULL)) {
        (void)error_append(error, CARAFE_INVALID, "%skafka: expected a list of at most %d settings, got %s", where,
                           SETTINGS_MAX, settings->list == NULL ? "none" : "more");
        return;
    }
    for (size_t i = 0; i < settings->count; i++) {
        const struct carafe_setting *setting = &settings->list[i];
        if (setting->name == NULL || setting->name[0] == '\0' || setting->value == NULL) {
            (void)error_append(error, CARAFE_INVALID, "%skafka: setting %zu: expected a name and a value, got none",
                               where, i);
        } else if (strcmp(setting->name, "group.id") == 0) {
            (void)error_append(error, CARAFE_INVALID, "%skafka.group.id: expected the topic's group, got a setting",
                               where);
        } else if (strcmp(setting->name, "enable.auto.offset.store") == 0 && strcmp(setting->value, "false") != 0) {
            (void)error_append(error, CARAFE_INVALID,
                               "%skafka.enable.auto.offset.store: expected false (offsets are stored when their "
                               "messages are handled), got something else",
                               where);
        }
    }
}

static void check_names(struct carafe_error *error, const char *what, const struct carafe_names *names)
{
    if (names->count > NAMES_MAX || (names->count > 0 && names->list == NULL)) {
        (void)error_append(error, CARAFE_INVALID, "config: %s: expected a list of at most %d names, got %s", what,
                           NAMES_MAX, names->list == NULL ? "none" : "more");
        return;
    }
    for (size_t i = 0; i < names->count; i++) {
        if (names->list[i] == NULL || names->list[i][0] == '\0') {
            (void)error_append(error, CARAFE_INVALID, "config: %s: entry %zu: expected a name, got none", what, i);
        }
    }
}

static bool same_text(const char *first, const char *second)
{
    return first != NULL && second != NULL && strcmp(first, second) == 0;
}

static void check_duplicate(struct carafe_error *error, const char *where, const struct carafe_config *source,
                            size_t index)
{
    const struct carafe_topic *topic = &source->topics[index];
    for (size_t i = 0; i < index; i++) {
        if (same_text(source->topics[i].name, topic->name) && same_text(source->topics[i].group, topic->group)) {
            (void)error_append(error, CARAFE_INVALID, "%sname: expected one topic of it in a group, got two", where);
            return;
        }
    }
}

static void check_pauses(struct carafe_error *error, const char *where, const struct carafe_config *source,
                         const struct carafe_topic *topic)
{
    int64_t first_ms = topic->pause_timeout_ms == 0 ? source->pause_timeout_ms : topic->pause_timeout_ms;
    int64_t last_ms = topic->pause_max_timeout_ms == 0 ? source->pause_max_timeout_ms : topic->pause_max_timeout_ms;
    check_range(error, where, "pause_timeout_ms", topic->pause_timeout_ms, 0, DURATION_MAX_MS);
    check_range(error, where, "pause_max_timeout_ms", topic->pause_max_timeout_ms, 0, DURATION_MAX_MS);
    if (first_ms > last_ms) {
        (void)error_append(error, CARAFE_INVALID,
                           "%spause_max_timeout_ms: expected at least pause_timeout_ms (%" PRId64 "), got %" PRId64,
                           where, first_ms, last_ms);
    }
}

static void check_dead_letters(struct carafe_error *error, const char *where, const struct carafe_topic *topic)
{
    if (topic->dead_letters.topic == NULL) {
        return;
    }
    check_topic_name(error, where, "dead_letters.topic", topic->dead_letters.topic);
    check_range(error, where, "dead_letters.max_retries", topic->dead_letters.max_retries, -1, RETRIES_MAX);
    if (same_text(topic->dead_letters.topic, topic->name)) {
        (void)error_append(error, CARAFE_INVALID, "%sdead_letters.topic: expected another topic, got itself", where);
    }
}

/* The path that a configuration file has it under, as far as its names can be shown. */
static void place_of(char where[WHERE_MAX], const struct carafe_topic *topic, size_t index)
{
    if (topic->name != NULL && is_group_name(topic->name) && topic->group != NULL && is_group_name(topic->group)) {
        (void)snprintf(where, WHERE_MAX, "config: groups.%s.topics.%s.", topic->group, topic->name);
    } else if (topic->name != NULL && is_group_name(topic->name)) {
        (void)snprintf(where, WHERE_MAX, "config: topics.%s.", topic->name);
    } else {
        (void)snprintf(where, WHERE_MAX, "config: topics.%zu.", index);
    }
}

static void check_topic(struct carafe_error *error, const struct carafe_config *source, size_t index)
{
    const struct carafe_topic *topic = &source->topics[index];
    char where[WHERE_MAX];
    place_of(where, topic, index);
    check_topic_name(error, where, "name", topic->name);
    check_group_name(error, where, "group", topic->group);
    if (topic->subscription_group != NULL) {
        check_group_name(error, where, "subscription_group", topic->subscription_group);
    }
    check_duplicate(error, where, source, index);
    if (topic->handler.consume == NULL) {
        (void)error_append(error, CARAFE_INVALID, "%shandler: expected a consume callback, got none", where);
    }
    check_settings(error, where, &topic->kafka);
    check_size(error, where, "max_messages", topic->max_messages, 0, MESSAGES_MAX);
    check_range(error, where, "max_wait_time_ms", topic->max_wait_time_ms, 0, DURATION_MAX_MS);
    check_range(error, where, "tick_ms", topic->tick_ms, 0, DURATION_MAX_MS);
    check_pauses(error, where, source, topic);
    check_dead_letters(error, where, topic);
}

static void check_topics(struct carafe_error *error, const struct carafe_config *source)
{
    if (source->topic_count > 0 && source->topics == NULL) {
        (void)error_append(error, CARAFE_INVALID, "config: groups: expected a list of topics, got none");
        return;
    }
    check_size(error, "config: ", "groups: topics", source->topic_count, 1, TOPICS_MAX);
    for (size_t i = 0; i < source->topic_count && i < TOPICS_MAX; i++) {
        check_topic(error, source, i);
    }
}

/* A shutdown timeout of 0 is allowed: no grace at all, only what has ended already ends gracefully. */
static void check_numbers(struct carafe_error *error, const struct carafe_config *source)
{
    static const char where[] = "config: ";
    check_size(error, where, "concurrency", source->concurrency, 1, CONCURRENCY_MAX);
    check_range(error, where, "shutdown_timeout_ms", source->shutdown_timeout_ms, 0, DURATION_MAX_MS);
    check_range(error, where, "forceful_shutdown_wait_ms", source->forceful_shutdown_wait_ms, 0, DURATION_MAX_MS);
    check_range(error, where, "supervision_sleep_ms", source->supervision_sleep_ms, 1, SUPERVISION_MAX);
    check_range(error, where, "forceful_exit_code", source->forceful_exit_code, 1, 255);
    check_size(error, where, "max_messages", source->max_messages, 1, MESSAGES_MAX);
    check_range(error, where, "max_wait_time_ms", source->max_wait_time_ms, 1, DURATION_MAX_MS);
    check_range(error, where, "tick_interval_ms", source->tick_interval_ms, 1, DURATION_MAX_MS);
    check_range(error, where, "reset_backoff_ms", source->reset_backoff_ms, 0, DURATION_MAX_MS);
    check_range(error, where, "pause_timeout_ms", source->pause_timeout_ms, 1, DURATION_MAX_MS);
    check_range(error, where, "pause_max_timeout_ms", source->pause_max_timeout_ms, source->pause_timeout_ms,
                DURATION_MAX_MS);
}

static bool is_schema(const char *schema)
{
    return same_text(schema, "1.4.0") || same_text(schema, "1.4.1") || same_text(schema, "1.6.0") ||
           same_text(schema, "1.7.0");
}

static void check_reporting(struct carafe_error *error, const struct carafe_reporting *reporting)
{
    static const char where[] = "config: reporting.";
    if (!reporting->enabled) {
        return;
    }
    check_range(error, where, "interval_ms", reporting->interval_ms, 1, DURATION_MAX_MS);
    check_topic_name(error, where, "reports_topic", reporting->reports_topic);
    check_topic_name(error, where, "errors_topic", reporting->errors_topic);
    check_size(error, where, "sync_threshold", reporting->sync_threshold, 1, ERRORS_KEPT_MAX);
    check_size(error, where, "errors_max", reporting->errors_max, 1, ERRORS_KEPT_MAX);
    if (!is_schema(reporting->schema)) {
        (void)error_append(error, CARAFE_INVALID, "%sschema: expected 1.4.0, 1.4.1, 1.6.0 or 1.7.0, got \"%.32s\"",
                           where, reporting->schema == NULL ? "" : reporting->schema);
    }
}

static void check_swarm(struct carafe_error *error, const struct carafe_swarm *swarm)
{
    static const char where[] = "config: swarm.";
    check_size(error, where, "nodes", swarm->nodes, 1, SWARM_NODES_MAX);
    check_range(error, where, "restart_backoff_ms", swarm->restart_backoff_ms, 0, DURATION_MAX_MS);
    check_range(error, where, "liveness_every_ms", swarm->liveness_every_ms, 1, DURATION_MAX_MS);
    check_range(error, where, "liveness_timeout_ms", swarm->liveness_timeout_ms, 1, DURATION_MAX_MS);
}

static void check_activity(struct carafe_error *error, const struct carafe_activity *activity)
{
    check_names(error, "activity.include_groups", &activity->include_groups);
    check_names(error, "activity.include_subscription_groups", &activity->include_subscription_groups);
    check_names(error, "activity.include_topics", &activity->include_topics);
    check_names(error, "activity.exclude_groups", &activity->exclude_groups);
    check_names(error, "activity.exclude_subscription_groups", &activity->exclude_subscription_groups);
    check_names(error, "activity.exclude_topics", &activity->exclude_topics);
}

int config_check(const struct carafe_config *source, struct carafe_error *error)
{
    struct carafe_error collected = {.code = CARAFE_OK};
    check_settings(&collected, "config: ", &source->kafka);
    check_numbers(&collected, source);
    check_topics(&collected, source);
    check_activity(&collected, &source->activity);
    check_reporting(&collected, &source->reporting);
    check_swarm(&collected, &source->swarm);
    check_names(&collected, "tags", &source->tags);
    if (collected.code != CARAFE_OK && error != NULL) {
        *error = collected;
    }
    return collected.code;
}
