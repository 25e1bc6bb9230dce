#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "server/config.h"

#define SUBSCRIPTION_GROUP_ID_MAX 288

/* What carafe gives to librdkafka unless it is set (the original's choices). */
static const struct carafe_setting defaults[] = {
    {"auto.offset.reset", "earliest"},
    {"statistics.interval.ms", "5000"},
    {"enable.auto.offset.store", "false"},
    {"client.id", "carafe"},
};

static bool same_text(const char *first, const char *second)
{
    return first == second || (first != NULL && second != NULL && strcmp(first, second) == 0);
}

static bool same_settings(const struct carafe_settings *first, const struct carafe_settings *second)
{
    if (first->count != second->count) {
        return false;
    }
    for (size_t i = 0; i < first->count; i++) {
        if (!same_text(first->list[i].name, second->list[i].name) ||
            !same_text(first->list[i].value, second->list[i].value)) {
            return false;
        }
    }
    return true;
}

/* The settings that make a client: topics that agree in them can share one. */
static bool same_client(const struct carafe_topic *first, const struct carafe_topic *second)
{
    return first->max_messages == second->max_messages && first->max_wait_time_ms == second->max_wait_time_ms &&
           same_settings(&first->kafka, &second->kafka);
}

static struct subscription_group *find_group(struct config *config, const struct carafe_topic *topic)
{
    for (size_t i = 0; i < config->group_count; i++) {
        struct subscription_group *group = &config->groups[i];
        if (!same_text(group->group, topic->group) || !same_text(group->name, topic->subscription_group)) {
            continue;
        }
        if (group->name != NULL || same_client(&group->topics[0]->settings, topic)) {
            return group;
        }
    }
    return NULL;
}

/* End-of-partition events cost the poll its batches: only for groups in which a handler asks for them. */
static bool wants_end_of_partition(const struct subscription_group *group)
{
    for (size_t i = 0; i < group->topic_count; i++) {
        if (group->topics[i]->settings.handler.eofed != NULL) {
            return true;
        }
    }
    return false;
}

static int merge_settings(struct config *config, struct subscription_group *group)
{
    const struct carafe_topic *topic = &group->topics[0]->settings;
    static const struct carafe_setting end_of_partition = {"enable.partition.eof", "true"};
    size_t default_count = sizeof defaults / sizeof *defaults;
    size_t count = default_count + config->values.kafka.count + topic->kafka.count + 1;
    struct carafe_setting *list = config_allocate(config, count, sizeof *list);
    if (list == NULL) {
        return CARAFE_NO_MEMORY;
    }
    size_t used = 0;
    for (size_t i = 0; i < default_count; i++) {
        list[used++] = defaults[i];
    }
    if (wants_end_of_partition(group)) {
        list[used++] = end_of_partition;
    }
    for (size_t i = 0; i < config->values.kafka.count; i++) {
        list[used++] = config->values.kafka.list[i];
    }
    for (size_t i = 0; i < topic->kafka.count; i++) {
        list[used++] = topic->kafka.list[i];
    }
    group->kafka = (struct carafe_settings){list, used};
    return 0;
}

static struct subscription_group *add_group(struct config *config, const struct carafe_topic *topic)
{
    size_t number = 0;
    for (size_t i = 0; i < config->group_count; i++) {
        number += same_text(config->groups[i].group, topic->group) ? 1 : 0;
    }
    char id[SUBSCRIPTION_GROUP_ID_MAX];
    (void)snprintf(id, sizeof id, "%s_%zu", topic->group, number);
    struct subscription_group *group = &config->groups[config->group_count];
    *group = (struct subscription_group){
        .id = config_copy(config, id),
        .group = topic->group,
        .name = topic->subscription_group,
        .max_messages = topic->max_messages,
        .max_wait_time_ms = topic->max_wait_time_ms,
        .topics = config_allocate(config, config->values.topic_count, sizeof(struct routed_topic *)),
        .active = true,
    };
    if (group->id == NULL || group->topics == NULL) {
        return NULL;
    }
    config->group_count++;
    return group;
}

static int route_topic(struct config *config, struct routed_topic *topic, struct carafe_error *error)
{
    struct subscription_group *group = find_group(config, &topic->settings);
    if (group == NULL) {
        group = add_group(config, &topic->settings);
    } else if (!same_client(&group->topics[0]->settings, &topic->settings)) {
        return error_append(error, CARAFE_INVALID,
                            "config: groups.%s.topics.%s.subscription_group: expected the client settings of topic %s, "
                            "which is in %s too, got others",
                            topic->settings.group, topic->settings.name, group->topics[0]->settings.name, group->name);
    }
    if (group == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "config: no memory");
    }
    topic->subscription_group = group;
    group->topics[group->topic_count++] = topic;
    return 0;
}

int config_route(struct config *config, struct carafe_error *error)
{
    config->groups = config_allocate(config, config->values.topic_count, sizeof *config->groups);
    if (config->groups == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "config: no memory");
    }
    int result = 0;
    for (size_t i = 0; i < config->values.topic_count; i++) {
        int code = route_topic(config, &config->topics[i], error);
        result = code != 0 ? code : result;
    }
    for (size_t i = 0; result == 0 && i < config->group_count; i++) {
        if (merge_settings(config, &config->groups[i]) != 0) {
            return error_set(error, CARAFE_NO_MEMORY, "config: no memory");
        }
    }
    return result;
}
