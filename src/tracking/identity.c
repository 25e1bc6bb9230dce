#include "tracking/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tracking/utf8.h"

static bool copy_text(char **copy, const char *text)
{
    *copy = text == NULL ? NULL : strdup(text);
    return text == NULL || *copy != NULL;
}

static bool copy_names(struct carafe_names *copy, const struct carafe_names *names)
{
    char **list = calloc(names->count + 1, sizeof *list);
    bool copied = list != NULL;
    copy->list = (const char *const *)list;
    copy->count = copied ? names->count : 0;
    for (size_t i = 0; copied && i < names->count; i++) {
        copied = copy_text(&list[i], names->list[i]);
    }
    return copied;
}

static bool copy_clients(struct identity *identity, const struct identity_options *options)
{
    identity->clients = calloc(options->client_count + 1, sizeof *identity->clients);
    bool copied = identity->clients != NULL;
    identity->client_count = copied ? options->client_count : 0;
    for (size_t i = 0; copied && i < identity->client_count; i++) {
        const struct client_traits *given = &options->clients[i];
        char *group = NULL;
        char *instance = NULL;
        copied = copy_text(&group, given->subscription_group) && copy_text(&instance, given->instance_id);
        identity->clients[i] = (struct client_traits){group, instance, given->poll_interval_ms};
    }
    return copied;
}

int identity_init(struct identity *identity, const struct identity_options *options, struct carafe_error *error)
{
    struct process *process = options->process;
    *identity = (struct identity){
        .schema = options->schema,
        .started_at_s = options->started_at_s,
        .started_ms = options->started_ms,
    };
    char host_name[IDENTITY_HOST_NAME_MAX]; /* the key of every message is to equal what the document says */
    utf8_clean(process->host_name(process), host_name, sizeof host_name);
    (void)snprintf(identity->process_id, sizeof identity->process_id, "%s:%lld:%s", host_name,
                   (long long)process->id(process), options->server_id);
    bool copied = copy_names(&identity->tags, &options->tags);
    copied = copy_text(&identity->librdkafka_version, options->librdkafka_version) && copied;
    copied = copy_clients(identity, options) && copied;
    return copied ? 0 : error_set(error, CARAFE_NO_MEMORY, "tracking: expected memory, got none");
}

void identity_close(struct identity *identity)
{
    for (size_t i = 0; i < identity->tags.count; i++) {
        free((void *)(uintptr_t)identity->tags.list[i]);
    }
    free((void *)(uintptr_t)identity->tags.list);
    free(identity->librdkafka_version);
    for (size_t i = 0; i < identity->client_count; i++) {
        free((void *)(uintptr_t)identity->clients[i].subscription_group);
        free((void *)(uintptr_t)identity->clients[i].instance_id);
    }
    free(identity->clients);
    *identity = (struct identity){0};
}

struct client_traits identity_client(const struct identity *identity, const char *subscription_group)
{
    struct client_traits traits = {subscription_group, NULL, 0};
    for (size_t i = 0; i < identity->client_count; i++) {
        if (strcmp(identity->clients[i].subscription_group, subscription_group) == 0) {
            traits = identity->clients[i];
        }
    }
    if (traits.poll_interval_ms <= 0) {
        traits.poll_interval_ms = IDENTITY_POLL_INTERVAL_MS;
    }
    return traits;
}
