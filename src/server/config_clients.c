#include "base/error.h"
#include "server/config.h"

int config_check_clients(const struct config *config, struct consumer_factory *factory, struct carafe_error *error)
{
    struct carafe_error collected = {.code = CARAFE_OK};
    for (size_t i = 0; i < config->group_count; i++) {
        const struct subscription_group *group = &config->groups[i];
        struct consumer_options options = {
            .group = group->group, .subscription_group = group->id, .kafka = group->kafka};
        struct carafe_error violations = {.code = CARAFE_OK};
        int code = factory->check(factory, &options, &violations);
        if (code != 0) {
            (void)error_append(&collected, (enum carafe_code)code, "%s", violations.text);
        }
    }
    if (collected.code != CARAFE_OK && error != NULL) {
        *error = collected;
    }
    return collected.code;
}
