#include "support/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recorder *recorder_create(void)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (recorder == NULL) {
        abort();
    }
    pthread_mutex_init(&recorder->lock, NULL);
    pthread_cond_init(&recorder->arrived, NULL);
    return recorder;
}

void recorder_destroy(struct recorder *recorder)
{
    pthread_cond_destroy(&recorder->arrived);
    pthread_mutex_destroy(&recorder->lock);
    free(recorder);
}

#define COPY(to, from) (void)snprintf((to), sizeof(to), "%s", (from) != NULL ? (from) : "")

static void copy_failure(struct recorded *into, const struct carafe_failure *failure)
{
    COPY(into->failure_type, failure->type);
    COPY(into->failure_class, failure->error_class);
    COPY(into->failure_message, failure->message);
    into->alive_workers = failure->alive_workers;
    COPY(into->active_listeners, failure->active_listeners);
    COPY(into->in_processing, failure->in_processing);
}

static void copy_job(struct recorded *into, const struct carafe_job_view *job)
{
    into->has_job = true;
    into->job_type = job->type;
    into->job_id = job->id;
    into->attempt = job->attempt;
    into->first_offset = job->first_offset;
    into->last_offset = job->last_offset;
    into->committed_offset = job->committed_offset;
    into->messages = job->messages;
}

static void copy_event(struct recorded *into, const struct carafe_event *event)
{
    *into = (struct recorded){
        .kind = event->kind,
        .status = event->status,
        .monotonic_ns = event->monotonic_ns,
        .partition = event->partition,
        .offset = event->offset,
        .duration_ms = event->duration_ms,
        .messages = event->messages,
        .workers = event->workers,
        .partition_count = event->partition_count,
    };
    COPY(into->subscription_group, event->subscription_group);
    COPY(into->topic, event->topic);
    COPY(into->signal, event->signal);
    if (event->job != NULL) {
        copy_job(into, event->job);
    }
    if (event->failure != NULL) {
        copy_failure(into, event->failure);
    }
}

int recorder_note(const struct carafe_event *event, void *owner)
{
    struct recorder *recorder = owner;
    pthread_mutex_lock(&recorder->lock);
    if (recorder->count < RECORDER_EVENTS_MAX) {
        copy_event(&recorder->events[recorder->count++], event);
    }
    pthread_cond_broadcast(&recorder->arrived);
    pthread_mutex_unlock(&recorder->lock);
    return 0;
}

static bool matches(const struct recorded *event, enum carafe_event_kind kind, const char *type)
{
    return event->kind == kind && (type == NULL || strcmp(event->failure_type, type) == 0);
}

static struct recorded await(struct recorder *recorder, enum carafe_event_kind kind, const char *type, size_t count)
{
    pthread_mutex_lock(&recorder->lock);
    size_t seen = 0;
    size_t i = 0;
    for (;; i++) {
        while (i == recorder->count) {
            pthread_cond_wait(&recorder->arrived, &recorder->lock);
        }
        if (matches(&recorder->events[i], kind, type) && ++seen == count) {
            break;
        }
    }
    struct recorded found = recorder->events[i];
    pthread_mutex_unlock(&recorder->lock);
    return found;
}

struct recorded recorder_await(struct recorder *recorder, enum carafe_event_kind kind, size_t count)
{
    return await(recorder, kind, NULL, count);
}

struct recorded recorder_await_failure(struct recorder *recorder, const char *type, size_t count)
{
    return await(recorder, CARAFE_EVENT_ERROR_OCCURRED, type, count);
}

static size_t count_of(struct recorder *recorder, enum carafe_event_kind kind, const char *type)
{
    pthread_mutex_lock(&recorder->lock);
    size_t count = 0;
    for (size_t i = 0; i < recorder->count; i++) {
        count += matches(&recorder->events[i], kind, type) ? 1 : 0;
    }
    pthread_mutex_unlock(&recorder->lock);
    return count;
}

size_t recorder_count(struct recorder *recorder, enum carafe_event_kind kind)
{
    return count_of(recorder, kind, NULL);
}

size_t recorder_count_failures(struct recorder *recorder, const char *type)
{
    return count_of(recorder, CARAFE_EVENT_ERROR_OCCURRED, type);
}

size_t recorder_position(struct recorder *recorder, enum carafe_event_kind kind, size_t nth)
{
    size_t position = SIZE_MAX;
    pthread_mutex_lock(&recorder->lock);
    for (size_t i = 0; i < recorder->count && nth > 0; i++) {
        if (recorder->events[i].kind == kind && --nth == 0) {
            position = i;
        }
    }
    pthread_mutex_unlock(&recorder->lock);
    return position;
}
