#include <string.h>

#include "base/error.h"
#include "server/config.h"

/* Does a topic go by `name` in one of the three kinds of list? */
typedef bool (*bears_name)(const struct routed_topic *topic, const char *name);

static bool bears_group(const struct routed_topic *topic, const char *name)
{
    return strcmp(topic->settings.group, name) == 0;
}

static bool bears_subscription_group(const struct routed_topic *topic, const char *name)
{
    const struct subscription_group *group = topic->subscription_group;
    return strcmp(group->id, name) == 0 || (group->name != NULL && strcmp(group->name, name) == 0);
}

static bool bears_topic(const struct routed_topic *topic, const char *name)
{
    return strcmp(topic->settings.name, name) == 0;
}

static bool is_in(const struct carafe_names *names, const struct routed_topic *topic, bears_name bears)
{
    for (size_t i = 0; i < names->count; i++) {
        if (bears(topic, names->list[i])) {
            return true;
        }
    }
    return false;
}

static bool is_left(const struct carafe_names *included, const struct carafe_names *excluded,
                    const struct routed_topic *topic, bears_name bears)
{
    return included->count > 0 ? is_in(included, topic, bears) : !is_in(excluded, topic, bears);
}

static void check_known(const struct config *config, const struct carafe_names *names, const char *list,
                        const char *kind, bears_name bears, struct carafe_error *error)
{
    for (size_t i = 0; i < names->count; i++) {
        bool known = false;
        for (size_t j = 0; j < config->values.topic_count; j++) {
            known = known || bears(&config->topics[j], names->list[i]);
        }
        if (!known) {
            (void)error_append(error, CARAFE_INVALID, "activity: %s: expected a known %s, got \"%s\"", list, kind,
                               names->list[i]);
        }
    }
}

static void check_all_known(const struct config *config, struct carafe_error *error)
{
    const struct carafe_activity *activity = &config->values.activity;
    check_known(config, &activity->include_groups, "include_groups", "consumer group", bears_group, error);
    check_known(config, &activity->include_subscription_groups, "include_subscription_groups", "subscription group",
                bears_subscription_group, error);
    check_known(config, &activity->include_topics, "include_topics", "topic", bears_topic, error);
    check_known(config, &activity->exclude_groups, "exclude_groups", "consumer group", bears_group, error);
    check_known(config, &activity->exclude_subscription_groups, "exclude_subscription_groups", "subscription group",
                bears_subscription_group, error);
    check_known(config, &activity->exclude_topics, "exclude_topics", "topic", bears_topic, error);
}

static size_t mark_active(struct config *config)
{
    const struct carafe_activity *activity = &config->values.activity;
    size_t left = 0;
    for (size_t i = 0; i < config->group_count; i++) {
        config->groups[i].active = false;
    }
    for (size_t i = 0; i < config->values.topic_count; i++) {
        struct routed_topic *topic = &config->topics[i];
        topic->active = is_left(&activity->include_groups, &activity->exclude_groups, topic, bears_group) &&
                        is_left(&activity->include_subscription_groups, &activity->exclude_subscription_groups, topic,
                                bears_subscription_group) &&
                        is_left(&activity->include_topics, &activity->exclude_topics, topic, bears_topic);
        topic->subscription_group->active = topic->subscription_group->active || topic->active;
        left += topic->active ? 1 : 0;
    }
    return left;
}

int config_apply_activity(struct config *config, struct carafe_error *error)
{
    struct carafe_error collected = {.code = CARAFE_OK};
    check_all_known(config, &collected);
    if (mark_active(config) == 0) {
        (void)error_append(&collected, CARAFE_INVALID, "activity: expected a topic to subscribe to, got none left");
    }
    if (collected.code != CARAFE_OK && error != NULL) {
        *error = collected;
    }
    return collected.code;
}
