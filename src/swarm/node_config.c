#include "swarm/node_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define NODE_TAGS                3
#define TAG_TEXT_MAX             32
#define POLL_INTERVAL_DEFAULT_MS 300000 /* librdkafka's, CONFIGURATION.md */

struct node_config {
    struct carafe_config values;
    struct carafe_topic *topics;
    struct carafe_setting **settings; /* of the server, then of each topic */
    char **instance_ids;              /* likewise; NULL where there is none */
    const char **tags;
    char tag_texts[NODE_TAGS][TAG_TEXT_MAX];
};

static bool is_named(const struct carafe_setting *setting, const char *name)
{
    return setting->name != NULL && strcmp(setting->name, name) == 0;
}

/* A copy of `settings` in which the node's own instance id stands. */
static bool copy_settings(struct node_config *node, size_t place, struct carafe_settings *settings, size_t number)
{
    struct carafe_setting *copy = calloc(settings->count + 1, sizeof *copy);
    node->settings[place] = copy;
    if (copy == NULL) {
        return false;
    }
    for (size_t i = 0; i < settings->count; i++) {
        copy[i] = settings->list[i];
        if (!is_named(&copy[i], "group.instance.id") || copy[i].value == NULL) {
            continue;
        }
        size_t size = strlen(copy[i].value) + TAG_TEXT_MAX;
        free(node->instance_ids[place]); /* given twice: the last one wins, in librdkafka too */
        node->instance_ids[place] = malloc(size);
        if (node->instance_ids[place] == NULL) {
            return false;
        }
        (void)snprintf(node->instance_ids[place], size, "%s_%zu", copy[i].value, number);
    }
    for (size_t i = 0; i < settings->count; i++) {
        if (is_named(&copy[i], "group.instance.id") && node->instance_ids[place] != NULL) {
            copy[i].value = node->instance_ids[place];
        }
    }
    settings->list = copy;
    return true;
}

static bool add_tags(struct node_config *node, size_t number, int64_t parent_id)
{
    struct carafe_names *tags = &node->values.tags;
    node->tags = calloc(tags->count + NODE_TAGS, sizeof *node->tags);
    if (node->tags == NULL) {
        return false;
    }
    (void)snprintf(node->tag_texts[0], TAG_TEXT_MAX, "mode:swarm");
    (void)snprintf(node->tag_texts[1], TAG_TEXT_MAX, "node:%zu", number);
    (void)snprintf(node->tag_texts[2], TAG_TEXT_MAX, "ppid:%" PRId64, parent_id);
    for (size_t i = 0; i < tags->count; i++) {
        node->tags[i] = tags->list[i];
    }
    for (size_t i = 0; i < NODE_TAGS; i++) {
        node->tags[tags->count + i] = node->tag_texts[i];
    }
    *tags = (struct carafe_names){.list = node->tags, .count = tags->count + NODE_TAGS};
    return true;
}

static bool fill(struct node_config *node, size_t number, int64_t parent_id)
{
    size_t topics = node->values.topic_count;
    node->topics = calloc(topics + 1, sizeof *node->topics);
    node->settings = calloc(topics + 1, sizeof *node->settings);
    node->instance_ids = calloc(topics + 1, sizeof *node->instance_ids);
    if (node->topics == NULL || node->settings == NULL || node->instance_ids == NULL) {
        return false;
    }
    bool made = copy_settings(node, topics, &node->values.kafka, number);
    for (size_t i = 0; made && i < topics; i++) {
        node->topics[i] = node->values.topics[i];
        made = copy_settings(node, i, &node->topics[i].kafka, number);
    }
    node->values.topics = node->topics;
    return made && add_tags(node, number, parent_id);
}

struct node_config *node_config_create(const struct carafe_config *config, size_t number, int64_t parent_id,
                                       struct carafe_error *error)
{
    struct node_config *node = calloc(1, sizeof *node);
    if (node != NULL) {
        node->values = *config;
    }
    if (node == NULL || !fill(node, number, parent_id)) {
        node_config_destroy(node);
        (void)error_set(error, CARAFE_NO_MEMORY, "swarm: node: expected memory, got none");
        return NULL;
    }
    return node;
}

void node_config_destroy(struct node_config *node)
{
    if (node == NULL) {
        return;
    }
    for (size_t i = 0; i <= node->values.topic_count; i++) {
        if (node->settings != NULL) {
            free(node->settings[i]);
        }
        if (node->instance_ids != NULL) {
            free(node->instance_ids[i]);
        }
    }
    free(node->settings);
    free(node->instance_ids);
    free(node->topics);
    free(node->tags);
    free(node);
}

const struct carafe_config *node_config_values(const struct node_config *node)
{
    return &node->values;
}

static int64_t longest(const struct carafe_settings *settings, int64_t interval_ms)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (is_named(&settings->list[i], "max.poll.interval.ms") && settings->list[i].value != NULL) {
            long long own_ms = strtoll(settings->list[i].value, NULL, 10);
            interval_ms = own_ms > interval_ms ? own_ms : interval_ms;
        }
    }
    return interval_ms;
}

int64_t node_config_poll_interval_ms(const struct node_config *node)
{
    int64_t interval_ms = longest(&node->values.kafka, 0);
    for (size_t i = 0; i < node->values.topic_count; i++) {
        interval_ms = longest(&node->values.topics[i].kafka, interval_ms);
    }
    return interval_ms > 0 ? interval_ms : POLL_INTERVAL_DEFAULT_MS;
}
