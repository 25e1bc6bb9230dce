#include "server/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct config_block {
    struct config_block *next;
    max_align_t bytes[];
};

void carafe_config_init(struct carafe_config *config)
{
    *config = (struct carafe_config){
        .concurrency = 5,
        .shutdown_timeout_ms = 60000,
        .forceful_shutdown_wait_ms = 5000,
        .supervision_sleep_ms = 100,
        .forceful_exit_code = 2,
        .max_messages = 100,
        .max_wait_time_ms = 1000,
        .tick_interval_ms = 5000,
        .reset_backoff_ms = 6000,
        .pause_timeout_ms = 1000,
        .pause_max_timeout_ms = 30000,
        .reporting =
            {
                .enabled = true,
                .interval_ms = 5000,
                .reports_topic = "karafka_consumers_reports",
                .errors_topic = "karafka_errors",
                .schema = "1.4.0",
                .sync_threshold = 50,
                .errors_max = 1000,
            },
        .swarm =
            {
                .nodes = 3,
                .restart_backoff_ms = 5000,
                .liveness_every_ms = 10000,
                .liveness_timeout_ms = 60000,
            },
    };
}

void *config_allocate(struct config *config, size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX - sizeof(struct config_block)) / size) {
        return NULL;
    }
    struct config_block *block = calloc(1, sizeof *block + count * size);
    if (block == NULL) {
        return NULL;
    }
    block->next = config->blocks;
    config->blocks = block;
    return block->bytes;
}

const char *config_copy(struct config *config, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text) + 1;
    char *copy = config_allocate(config, size, 1);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

static bool copy_text(struct config *config, const char **text)
{
    const char *source = *text;
    *text = config_copy(config, source);
    return source == NULL || *text != NULL;
}

static bool copy_settings(struct config *config, struct carafe_settings *settings)
{
    struct carafe_setting *list = config_allocate(config, settings->count, sizeof *list);
    for (size_t i = 0; list != NULL && i < settings->count; i++) {
        list[i] = settings->list[i];
        if (!copy_text(config, &list[i].name) || !copy_text(config, &list[i].value)) {
            return false;
        }
    }
    settings->list = list;
    return list != NULL;
}

static bool copy_names(struct config *config, struct carafe_names *names)
{
    const char **list = config_allocate(config, names->count, sizeof *list);
    for (size_t i = 0; list != NULL && i < names->count; i++) {
        list[i] = names->list[i];
        if (!copy_text(config, &list[i])) {
            return false;
        }
    }
    names->list = list;
    return list != NULL;
}

static void set_default_size(size_t *value, size_t fallback)
{
    *value = *value == 0 ? fallback : *value;
}

static void set_default_ms(int64_t *value_ms, int64_t fallback_ms)
{
    *value_ms = *value_ms == 0 ? fallback_ms : *value_ms;
}

static bool copy_topic(struct config *config, struct carafe_topic *topic)
{
    const struct carafe_config *values = &config->values;
    set_default_size(&topic->max_messages, values->max_messages);
    set_default_ms(&topic->max_wait_time_ms, values->max_wait_time_ms);
    set_default_ms(&topic->pause_timeout_ms, values->pause_timeout_ms);
    set_default_ms(&topic->pause_max_timeout_ms, values->pause_max_timeout_ms);
    if (topic->handler.name == NULL) {
        topic->handler.name = topic->name;
    }
    if (topic->dead_letters.max_retries == -1) {
        topic->dead_letters.max_retries = 3;
    }
    return copy_text(config, &topic->name) && copy_text(config, &topic->group) &&
           copy_text(config, &topic->subscription_group) && copy_text(config, &topic->handler.name) &&
           copy_text(config, &topic->dead_letters.topic) && copy_settings(config, &topic->kafka);
}

static bool copy_topics(struct config *config)
{
    size_t count = config->values.topic_count;
    struct carafe_topic *copies = config_allocate(config, count, sizeof *copies);
    config->topics = config_allocate(config, count, sizeof *config->topics);
    if (copies == NULL || config->topics == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        copies[i] = config->values.topics[i];
        if (!copy_topic(config, &copies[i])) {
            return false;
        }
        config->topics[i] = (struct routed_topic){.settings = copies[i], .active = true};
    }
    config->values.topics = copies;
    return true;
}

static bool copy_activity(struct config *config)
{
    struct carafe_activity *activity = &config->values.activity;
    return copy_names(config, &activity->include_groups) &&
           copy_names(config, &activity->include_subscription_groups) &&
           copy_names(config, &activity->include_topics) && copy_names(config, &activity->exclude_groups) &&
           copy_names(config, &activity->exclude_subscription_groups) && copy_names(config, &activity->exclude_topics);
}

static bool copy_all(struct config *config)
{
    struct carafe_reporting *reporting = &config->values.reporting;
    return copy_settings(config, &config->values.kafka) && copy_topics(config) && copy_activity(config) &&
           copy_text(config, &reporting->reports_topic) && copy_text(config, &reporting->errors_topic) &&
           copy_text(config, &reporting->schema) && copy_names(config, &config->values.tags);
}

struct config *config_create(const struct carafe_config *source, struct carafe_error *error)
{
    error_clear(error);
    if (config_check(source, error) != 0) {
        return NULL;
    }
    struct config *config = calloc(1, sizeof *config);
    if (config == NULL) {
        (void)error_set(error, CARAFE_NO_MEMORY, "config: no memory");
        return NULL;
    }
    config->values = *source;
    if (!copy_all(config)) {
        (void)error_set(error, CARAFE_NO_MEMORY, "config: no memory");
        config_destroy(config);
        return NULL;
    }
    if (config_route(config, error) != 0) {
        config_destroy(config);
        return NULL;
    }
    return config;
}

void config_destroy(struct config *config)
{
    if (config == NULL) {
        return;
    }
    while (config->blocks != NULL) {
        struct config_block *next = config->blocks->next;
        free(config->blocks);
        config->blocks = next;
    }
    free(config);
}
