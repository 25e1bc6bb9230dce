/*
 * The configuration of a server: checked, copied, and with its topics sorted into subscription groups.
 *
 * Threads: none of its own; read by all after config_create(), changed only by config_apply_activity() before a start.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "carafe.h"
#include "ports/consumer.h"

struct subscription_group;

/* A topic with every default filled in. */
struct routed_topic {
    struct carafe_topic settings; /* its strings belong to the config */
    struct subscription_group *subscription_group;
    bool active; /* not excluded by the activity lists */
};

/* What one librdkafka consumer subscribes to. */
struct subscription_group {
    const char *id;               /* `<group>_<n>`, n counts from 0 within the group */
    const char *group;            /* consumer group */
    const char *name;             /* as given by the topics; NULL: none */
    struct carafe_settings kafka; /* carafe's defaults, then the server's, then the topics' own */
    size_t max_messages;
    int64_t max_wait_time_ms;
    struct routed_topic **topics; /* in the order of the configuration */
    size_t topic_count;
    bool active; /* a topic of it is */
};

struct config {
    struct carafe_config values; /* a deep copy */
    struct routed_topic *topics; /* values.topic_count of them */
    struct subscription_group *groups;
    size_t group_count;
    struct config_block *blocks; /* all memory of it */
};

/* Errors: CARAFE_INVALID with every violation, a line each; CARAFE_NO_MEMORY. */
struct config *config_create(const struct carafe_config *source, struct carafe_error *error);
void config_destroy(struct config *config);

/*
 * Mark what the include and exclude lists leave.  Inclusion wins over exclusion of the same kind.
 * Errors: CARAFE_INVALID with every violation: a name that nothing has, or nothing left to subscribe to.
 */
int config_apply_activity(struct config *config, struct carafe_error *error) CARAFE_RESULT;

/* Every violation of `source`, a line each.  Returns 0 or CARAFE_INVALID. */
int config_check(const struct carafe_config *source, struct carafe_error *error) CARAFE_RESULT;

/*
 * The clients' settings are the library's to judge: ask it, before anything runs.  CARAFE_INVALID with every violation,
 * a line each.
 */
int config_check_clients(const struct config *config, struct consumer_factory *factory,
                         struct carafe_error *error) CARAFE_RESULT;

/* For the parts of config: zeroed memory that lives as long as it; a copy of `text` (NULL stays NULL). */
void *config_allocate(struct config *config, size_t count, size_t size);
const char *config_copy(struct config *config, const char *text);

/* Sort the topics into subscription groups.  CARAFE_INVALID, CARAFE_NO_MEMORY. */
int config_route(struct config *config, struct carafe_error *error) CARAFE_RESULT;

#endif
