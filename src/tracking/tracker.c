#include "tracking/tracker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/error.h"
#include "tracking/error_report.h"
#include "tracking/jobs.h"
#include "tracking/sampler.h"
#include "tracking/window.h"

#define RUNNING_MAX 4096 /* jobs whose start is known, so that their duration is exact */

/* A job that a worker has begun. */
struct running_job {
    uint64_t id;
    double since_ms;
};

struct tracker {
    struct clock *clock;
    struct process *process;
    const struct identity *identity;
    size_t errors_max;
    struct statistics *statistics;

    struct lock lock;
    struct tracker_counters counters;
    struct error_queue returned; /* not delivered: older than all in `errors` */
    struct error_queue errors;
    size_t dropped;
    struct jobs jobs;
    struct work_window work;
    struct running_job running[RUNNING_MAX];
    size_t running_count;
};

struct tracker *tracker_create(struct clock *clock, struct process *process, const struct identity *identity,
                               size_t errors_max)
{
    struct tracker *tracker = calloc(1, sizeof *tracker);
    if (tracker == NULL) {
        return NULL;
    }
    tracker->clock = clock;
    tracker->process = process;
    tracker->identity = identity;
    tracker->errors_max = errors_max;
    tracker->statistics = statistics_create();
    jobs_init(&tracker->jobs);
    lock_init(&tracker->lock, LOCK_TRACKER);
    if (tracker->statistics == NULL) {
        tracker_destroy(tracker);
        return NULL;
    }
    return tracker;
}

void tracker_destroy(struct tracker *tracker)
{
    if (tracker == NULL) {
        return;
    }
    statistics_destroy(tracker->statistics);
    error_queue_close(&tracker->returned);
    error_queue_close(&tracker->errors);
    jobs_close(&tracker->jobs);
    lock_close(&tracker->lock);
    free(tracker);
}

/* ---- jobs and work ----------------------------------------------------------------------------------------------- */

static void work_begins_locked(struct tracker *tracker, uint64_t id, double now_ms)
{
    if (tracker->running_count < RUNNING_MAX) {
        tracker->running[tracker->running_count++] = (struct running_job){id, now_ms};
    }
}

/* Exact where the start was seen; else what the event says, in whole milliseconds. */
static double work_ends_locked(struct tracker *tracker, uint64_t id, double now_ms, int64_t said_ms)
{
    for (size_t i = 0; i < tracker->running_count; i++) {
        if (tracker->running[i].id == id) {
            double duration_ms = now_ms - tracker->running[i].since_ms;
            tracker->running[i] = tracker->running[--tracker->running_count];
            return duration_ms;
        }
    }
    return said_ms > 0 ? (double)said_ms : 0;
}

/* Idle jobs are the server's own housekeeping: neither listed nor counted. */
static int list_job_locked(struct tracker *tracker, const struct carafe_job_view *job, bool running, double wall_s)
{
    if (job == NULL || job->type == CARAFE_JOB_IDLE) {
        return 0;
    }
    if (running) {
        tracker->counters.jobs++;
    }
    return jobs_put(&tracker->jobs, job, running, wall_s);
}

static void forget_job_locked(struct tracker *tracker, const struct carafe_job_view *job)
{
    if (job != NULL) {
        jobs_remove(&tracker->jobs, job->id);
    }
}

static int on_job_event(struct tracker *tracker, const struct carafe_event *event, double now_ms, double wall_s)
{
    const struct carafe_job_view *job = event->job;
    int code = 0;
    lock_take(&tracker->lock);
    switch (event->kind) {
    case CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE:
        code = list_job_locked(tracker, job, false, wall_s);
        break;
    case CARAFE_EVENT_CONSUMER_CONSUME:
        tracker->counters.batches++;
        tracker->counters.messages += job == NULL ? 0 : (int64_t)job->messages;
        code = list_job_locked(tracker, job, true, wall_s);
        break;
    case CARAFE_EVENT_CONSUMER_REVOKE:
    case CARAFE_EVENT_CONSUMER_SHUTTING_DOWN:
    case CARAFE_EVENT_CONSUMER_TICK:
    case CARAFE_EVENT_CONSUMER_EOF:
        code = list_job_locked(tracker, job, true, wall_s);
        break;
    case CARAFE_EVENT_CONSUMER_TAGGED:
        code = job == NULL ? 0 : jobs_retag(&tracker->jobs, job);
        break;
    case CARAFE_EVENT_WORKER_PROCESS:
        work_begins_locked(tracker, job == NULL ? 0 : job->id, now_ms);
        break;
    case CARAFE_EVENT_WORKER_PROCESSED:
        work_window_add(&tracker->work, now_ms,
                        work_ends_locked(tracker, job == NULL ? 0 : job->id, now_ms, event->duration_ms));
        forget_job_locked(tracker, job);
        break;
    default: /* it has ended */
        forget_job_locked(tracker, job);
        break;
    }
    lock_give(&tracker->lock);
    return code;
}

static void drop_pending_jobs(struct tracker *tracker, const char *subscription_group)
{
    lock_take(&tracker->lock);
    jobs_remove_pending(&tracker->jobs, subscription_group);
    lock_give(&tracker->lock);
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static bool ends_job(const struct carafe_event *event)
{
    static const char prefix[] = "consumer.";
    return event->job != NULL && event->failure->type != NULL &&
           strncmp(event->failure->type, prefix, sizeof prefix - 1) == 0;
}

static void drop_oldest_errors_locked(struct tracker *tracker)
{
    size_t fresh = tracker->errors.count;
    size_t room = fresh < tracker->errors_max ? tracker->errors_max - fresh : 0;
    tracker->dropped += error_queue_trim(&tracker->returned, room);
    tracker->dropped += error_queue_trim(&tracker->errors, tracker->errors_max);
}

static int on_error(struct tracker *tracker, const struct carafe_event *event, struct carafe_error *error)
{
    if (event->failure == NULL) {
        return error_set(error, CARAFE_INVALID, "error.occurred: failure: expected one, got none");
    }
    double wall_s = sampler_wall_s(tracker->clock);
    struct error_document *document = error_report_create(tracker->identity, tracker->process, event, wall_s);
    lock_take(&tracker->lock);
    tracker->counters.errors++;
    if (ends_job(event)) {
        forget_job_locked(tracker, event->job);
    }
    if (document != NULL) {
        error_queue_push(&tracker->errors, document);
        drop_oldest_errors_locked(tracker);
    } else {
        tracker->dropped++;
    }
    lock_give(&tracker->lock);
    return 0; /* a failure here would be an error about an error: the counter of dropped ones tells */
}

static void count(struct tracker *tracker, int64_t *counter)
{
    lock_take(&tracker->lock);
    (*counter)++;
    lock_give(&tracker->lock);
}

/* ---- clients ----------------------------------------------------------------------------------------------------- */

static void forget_revoked_pauses(struct tracker *tracker, const struct carafe_event *event)
{
    for (size_t i = 0; i < event->partition_count; i++) {
        statistics_resume(tracker->statistics, event->subscription_group, event->partitions[i].topic,
                          event->partitions[i].partition);
    }
}

static int on_pause(struct tracker *tracker, const struct carafe_event *event, double now_ms,
                    struct carafe_error *error)
{
    if (event->topic == NULL) {
        return 0;
    }
    int code = statistics_pause(tracker->statistics, event->subscription_group, event->topic, event->partition,
                                event->duration_ms, now_ms);
    return code == 0 ? 0
                     : error_set(error, (enum carafe_code)code, "tracker: pause of %s/%d: expected room, got none",
                                 event->topic, event->partition);
}

/* Events of a client or listener, which name their subscription group. */
static int on_client_event(struct tracker *tracker, const struct carafe_event *event, double now_ms,
                           struct carafe_error *error)
{
    const char *subscription_group = event->subscription_group;
    const char *group = event->group == NULL ? "" : event->group;
    switch (event->kind) {
    case CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP:
        if (statistics_knows(tracker->statistics, subscription_group)) {
            return 0;
        }
        return statistics_start(tracker->statistics, group, subscription_group, now_ms, error);
    case CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED:
        statistics_polled(tracker->statistics, subscription_group, now_ms);
        return 0;
    case CARAFE_EVENT_LISTENER_STOPPED:
        statistics_stop(tracker->statistics, subscription_group);
        drop_pending_jobs(tracker, subscription_group);
        return 0;
    case CARAFE_EVENT_CLIENT_RESET:
        statistics_reset(tracker->statistics, subscription_group);
        drop_pending_jobs(tracker, subscription_group);
        return 0;
    case CARAFE_EVENT_CONSUMER_PAUSE:
        return on_pause(tracker, event, now_ms, error);
    case CARAFE_EVENT_CLIENT_RESUME:
        if (event->topic != NULL) {
            statistics_resume(tracker->statistics, subscription_group, event->topic, event->partition);
        }
        return 0;
    case CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED:
        forget_revoked_pauses(tracker, event);
        return 0;
    default: /* statistics.emitted */
        return statistics_emit(tracker->statistics, group, subscription_group,
                               event->statistics == NULL ? "" : event->statistics, event->statistics_len, now_ms,
                               error);
    }
}

int tracker_on_event(struct tracker *tracker, const struct carafe_event *event, struct carafe_error *error)
{
    double now_ms = (double)event->monotonic_ns / (double)NS_PER_MS;
    switch (event->kind) {
    case CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE:
    case CARAFE_EVENT_CONSUMER_CONSUME:
    case CARAFE_EVENT_CONSUMER_REVOKE:
    case CARAFE_EVENT_CONSUMER_SHUTTING_DOWN:
    case CARAFE_EVENT_CONSUMER_TICK:
    case CARAFE_EVENT_CONSUMER_EOF:
    case CARAFE_EVENT_CONSUMER_CONSUMED:
    case CARAFE_EVENT_CONSUMER_REVOKED:
    case CARAFE_EVENT_CONSUMER_SHUTDOWN:
    case CARAFE_EVENT_CONSUMER_TICKED:
    case CARAFE_EVENT_CONSUMER_EOFED:
    case CARAFE_EVENT_CONSUMER_TAGGED:
    case CARAFE_EVENT_WORKER_PROCESS:
    case CARAFE_EVENT_WORKER_PROCESSED:
    case CARAFE_EVENT_WORKER_COMPLETED:
        if (on_job_event(tracker, event, now_ms, sampler_wall_s(tracker->clock)) != 0) {
            return error_set(error, CARAFE_FULL, "tracker: jobs: expected room for one more, got none");
        }
        return 0;
    case CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP:
    case CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED:
    case CARAFE_EVENT_LISTENER_STOPPED:
    case CARAFE_EVENT_CLIENT_RESET:
    case CARAFE_EVENT_CONSUMER_PAUSE:
    case CARAFE_EVENT_CLIENT_RESUME:
    case CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED:
    case CARAFE_EVENT_STATISTICS_EMITTED:
        return event->subscription_group == NULL ? 0 : on_client_event(tracker, event, now_ms, error);
    case CARAFE_EVENT_CONSUMER_RETRY:
        count(tracker, &tracker->counters.retries);
        return 0;
    case CARAFE_EVENT_DEAD_LETTER_DISPATCHED:
        count(tracker, &tracker->counters.dead);
        return 0;
    case CARAFE_EVENT_ERROR_OCCURRED:
        return on_error(tracker, event, error);
    default:
        return 0;
    }
}

/* ---- reports ----------------------------------------------------------------------------------------------------- */

void tracker_take(struct tracker *tracker, double now_ms, struct tracker_taken *taken, struct tracker_view *view)
{
    statistics_transfer(tracker->statistics, now_ms, &view->bytes_received, &view->bytes_sent);
    lock_take(&tracker->lock);
    error_queue_put_back(&tracker->errors, &tracker->returned);
    *taken = (struct tracker_taken){tracker->counters, tracker->errors, tracker->dropped};
    tracker->counters = (struct tracker_counters){0};
    tracker->errors = (struct error_queue){0};
    tracker->dropped = 0;
    view->worked_ms = work_window_sum(&tracker->work, now_ms, &view->worked);
    lock_give(&tracker->lock);
}

void tracker_give_back(struct tracker *tracker, struct tracker_taken *taken)
{
    lock_take(&tracker->lock);
    tracker->counters.jobs += taken->counters.jobs;
    tracker->counters.batches += taken->counters.batches;
    tracker->counters.messages += taken->counters.messages;
    tracker->counters.errors += taken->counters.errors;
    tracker->counters.retries += taken->counters.retries;
    tracker->counters.dead += taken->counters.dead;
    error_queue_put_back(&tracker->errors, &taken->errors);
    tracker->dropped += taken->dropped;
    drop_oldest_errors_locked(tracker);
    lock_give(&tracker->lock);
    *taken = (struct tracker_taken){0};
}

void tracker_requeue_error(struct tracker *tracker, struct error_document *document)
{
    lock_take(&tracker->lock);
    error_queue_push(&tracker->returned, document); /* they come back in the order in which they were sent */
    drop_oldest_errors_locked(tracker);
    lock_give(&tracker->lock);
}

void tracker_write(struct tracker *tracker, double now_ms, struct json_document *document, struct json_value *groups,
                   struct json_value *jobs)
{
    const struct identity *identity = tracker->identity;
    const struct statistics_format format = {
        .partitions = {.transactional = identity->schema >= SCHEMA_1_4_1,
                       .partitions_cnt = identity->schema >= SCHEMA_1_6_0},
        .instance_id = identity->schema >= SCHEMA_1_6_0,
        .poll_interval = identity->schema >= SCHEMA_1_7_0,
        .identity = identity,
    };
    statistics_write(tracker->statistics, &format, now_ms, document, groups);
    lock_take(&tracker->lock);
    jobs_write(&tracker->jobs, document, jobs);
    lock_give(&tracker->lock);
}
