#include "server/job.h"

#include <stdio.h>
#include <stdlib.h>

#include "server/client.h"
#include "server/consumer_state.h"

static const char *type_title(enum carafe_job_type type)
{
    static const char *const titles[] = {"Consume", "Revoked", "Shutdown", "Eofed", "Idle", "Tick"};
    return titles[type];
}

struct job *job_create(enum carafe_job_type type, struct listener *listener, struct carafe_consumer *consumer)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return NULL;
    }
    const struct carafe_topic *topic = &consumer->topic->settings;
    const struct subscription_group *group = consumer->topic->subscription_group;
    job->listener = listener;
    job->consumer = consumer;
    consumer_hold(consumer);
    job->view = (struct carafe_job_view){
        .type = type,
        .non_blocking = topic->long_running,
        .group = group->group,
        .subscription_group = group->id,
        .topic = topic->name,
        .partition = consumer->partition,
        .consumer = topic->handler.name,
        .first_offset = NO_OFFSET,
        .last_offset = NO_OFFSET,
        .processing_lag_ms = -1,
        .consumption_lag_ms = -1,
        .committed_offset = NO_OFFSET,
    };
    (void)snprintf(job->description, sizeof job->description, "%s %s/%d (%s, %s)", type_title(type), topic->name,
                   (int)consumer->partition, group->id, topic->long_running ? "non-blocking" : "blocking");
    return job;
}

void job_release_messages(struct job *job)
{
    for (size_t i = 0; job->messages != NULL && i < job->view.messages; i++) {
        job->client->consumer->release(&job->messages[i]);
    }
    free(job->messages);
    free(job->batch);
    job->messages = NULL;
    job->batch = NULL;
}

void job_destroy(struct job *job)
{
    if (job == NULL) {
        return;
    }
    job_release_messages(job);
    consumer_drop(job->consumer);
    free(job);
}
