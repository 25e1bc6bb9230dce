#include "tracking/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

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

int identity_init(struct identity *identity, const struct identity_options *options, struct carafe_error *error)
{
    struct process *process = options->process;
    *identity = (struct identity){
        .poll_interval_ms = options->poll_interval_ms,
        .schema = options->schema,
        .started_at_s = options->started_at_s,
        .started_ms = options->started_ms,
    };
    (void)snprintf(identity->process_id, sizeof identity->process_id, "%s:%lld:%s", process->host_name(process),
                   (long long)process->id(process), options->server_id);
    bool copied = copy_names(&identity->tags, &options->tags);
    copied = copy_text(&identity->librdkafka_version, options->librdkafka_version) && copied;
    copied = copy_text(&identity->instance_id, options->instance_id) && copied;
    return copied ? 0 : error_set(error, CARAFE_NO_MEMORY, "tracking: expected memory, got none");
}

void identity_close(struct identity *identity)
{
    for (size_t i = 0; i < identity->tags.count; i++) {
        free((void *)(uintptr_t)identity->tags.list[i]);
    }
    free((void *)(uintptr_t)identity->tags.list);
    free(identity->librdkafka_version);
    free(identity->instance_id);
    *identity = (struct identity){0};
}
