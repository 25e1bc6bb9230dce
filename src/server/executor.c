#include "server/executor.h"

#include <stdio.h>

#include "base/lock.h"
#include "base/assert.h"
#include "server/consumer_state.h"
#include "server/here.h"
#include "server/retry.h"

/* The events and the error type of a kind of job. */
struct stage {
    enum carafe_event_kind before;
    enum carafe_event_kind after;
    const char *failure_type;
};

static const struct stage stages[] = {
    [CARAFE_JOB_CONSUME] = {CARAFE_EVENT_CONSUMER_CONSUME, CARAFE_EVENT_CONSUMER_CONSUMED, "consumer.consume.error"},
    [CARAFE_JOB_REVOKED] = {CARAFE_EVENT_CONSUMER_REVOKE, CARAFE_EVENT_CONSUMER_REVOKED, "consumer.revoked.error"},
    [CARAFE_JOB_SHUTDOWN] = {CARAFE_EVENT_CONSUMER_SHUTTING_DOWN, CARAFE_EVENT_CONSUMER_SHUTDOWN,
                             "consumer.shutdown.error"},
    [CARAFE_JOB_EOFED] = {CARAFE_EVENT_CONSUMER_EOF, CARAFE_EVENT_CONSUMER_EOFED, "consumer.eofed.error"},
    [CARAFE_JOB_IDLE] = {CARAFE_EVENT_CONSUMER_IDLE, CARAFE_EVENT_CONSUMER_IDLED, "consumer.idle.error"},
    [CARAFE_JOB_TICK] = {CARAFE_EVENT_CONSUMER_TICK, CARAFE_EVENT_CONSUMER_TICKED, "consumer.tick.error"},
};

static void publish(struct job *job, enum carafe_event_kind kind, const struct carafe_failure *failure)
{
    struct carafe_event event = {
        .kind = kind,
        .group = job->view.group,
        .subscription_group = job->view.subscription_group,
        .topic = job->view.topic,
        .partition = job->view.partition,
        .offset = job->view.first_offset,
        .job = &job->view,
        .failure = failure,
    };
    monitor_publish(job->consumer->context->monitor, &event);
}

void executor_publish_failure(struct job *job, const char *type, const char *fallback_class, const char *fallback)
{
    struct carafe_consumer *consumer = job->consumer;
    bool said = consumer->failure_class[0] != '\0';
    struct carafe_failure failure = {
        .type = type,
        .error_class = said ? consumer->failure_class : fallback_class,
        .message = !said                             ? fallback
                   : consumer->failure_whole != NULL ? consumer->failure_whole
                                                     : consumer->failure_message,
    };
    publish(job, CARAFE_EVENT_ERROR_OCCURRED, &failure);
    consumer_forget_failure(consumer);
}

static void publish_result(struct job *job, const char *type, const char *callback, int result)
{
    char text[96];
    (void)snprintf(text, sizeof text, "%s: expected 0, got %d", callback, result);
    executor_publish_failure(job, type, "HandlerError", text);
}

/* The first job of a consumer makes it.  Returns false when its `create` failed: tried again with the next job. */
static bool ensure_created(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    if (consumer->created) {
        return true;
    }
    const struct carafe_handler *handler = &consumer->topic->settings.handler;
    int result = handler->create == NULL ? 0 : handler->create(consumer);
    if (result != 0) {
        publish_result(job, "consumer.initialized.error", "create", result);
        return false;
    }
    consumer->created = true;
    publish(job, CARAFE_EVENT_CONSUMER_INITIALIZED, NULL);
    return true;
}

static void measure_lags(struct job *job)
{
    const struct context *context = job->consumer->context;
    int64_t timestamp_ms = job->batch[job->view.messages - 1].timestamp_ms;
    int64_t wall_ms = context->ports.clock->wall_ns(context->ports.clock) / NS_PER_MS;
    int64_t processing_ms = (context_now_ns(context) - job->fetched_ns) / NS_PER_MS;
    job->view.processing_lag_ms = processing_ms > 0 ? processing_ms : 0;
    /* The wall clock and the producer's may disagree: a lag is never negative. */
    job->view.consumption_lag_ms = timestamp_ms < 0 ? -1 : wall_ms > timestamp_ms ? wall_ms - timestamp_ms : 0;
}

static void note_attempt(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    lock_take(&consumer->lock);
    consumer->attempt++;
    if (consumer->seek_offset == NO_OFFSET) {
        consumer->seek_offset = job->view.first_offset;
    }
    consumer->last_seen_offset = job->view.last_offset;
    job->view.attempt = consumer->attempt;
    job->view.committed_offset = consumer->seek_offset - 1;
    lock_give(&consumer->lock);
}

static void describe_state(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    lock_take(&consumer->lock);
    job->view.attempt = consumer->attempt;
    job->view.committed_offset = consumer->seek_offset == NO_OFFSET ? NO_OFFSET : consumer->seek_offset - 1;
    lock_give(&consumer->lock);
}

/* A handler that said where to go on has taken the marking into its own hands. */
static bool marks_by_itself(const struct job *job)
{
    return job->consumer->topic->settings.manual_marking || job->verdict.seek ||
           (job->verdict.pause && job->verdict.offset != NO_OFFSET);
}

static void after_success(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    publish(job, CARAFE_EVENT_CONSUMER_CONSUMED, NULL);
    if (!marks_by_itself(job)) {
        (void)consumer_mark_offset(consumer, job->client, job->view.last_offset);
    }
    lock_take(&consumer->lock);
    consumer->attempt = 0;
    lock_give(&consumer->lock);
}

static void run_consume(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    if (status_is_done(consumer->context->status) || !consumer_enter_critical(consumer)) {
        return;
    }
    note_attempt(job);
    measure_lags(job);
    bool created = ensure_created(job);
    if (created) {
        publish(job, CARAFE_EVENT_CONSUMER_CONSUME, NULL);
    }
    consumer_leave_critical(consumer);
    lock_expect_none_held("a handler");
    int result =
        created ? consumer->topic->settings.handler.consume(consumer, job->batch, job->view.messages) : CARAFE_FAILED;
    if (result == 0) {
        after_success(job);
        return;
    }
    if (created) {
        publish_result(job, stages[CARAFE_JOB_CONSUME].failure_type, "consume", result);
    }
    retry_after_failure(job);
}

static int (*callback_of(const struct job *job))(struct carafe_consumer *consumer)
{
    const struct carafe_handler *handler = &job->consumer->topic->settings.handler;
    switch (job->view.type) {
    case CARAFE_JOB_REVOKED:
        return handler->revoked;
    case CARAFE_JOB_SHUTDOWN:
        return handler->shutdown;
    case CARAFE_JOB_EOFED:
        return handler->eofed;
    case CARAFE_JOB_IDLE:
        return handler->idle;
    case CARAFE_JOB_TICK:
        return handler->tick;
    case CARAFE_JOB_CONSUME:
        break;
    }
    ASSERT(false);
    return NULL;
}

static void call(struct job *job)
{
    const struct stage *stage = &stages[job->view.type];
    int (*callback)(struct carafe_consumer * consumer) = callback_of(job);
    describe_state(job);
    publish(job, stage->before, NULL);
    lock_expect_none_held("a handler");
    int result = callback == NULL ? 0 : callback(job->consumer);
    if (result != 0) {
        publish_result(job, stage->failure_type, carafe_job_type_name(job->view.type), result);
        return;
    }
    publish(job, stage->after, NULL);
}

/* News that come too late are no news. */
static void run_news(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    if (status_is_done(consumer->context->status) || !consumer_enter_critical(consumer)) {
        return;
    }
    bool created = ensure_created(job);
    consumer_leave_critical(consumer);
    if (created) {
        call(job);
    }
}

/* The last job of a consumer. */
static void run_end(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    if (!consumer->created) {
        return;
    }
    call(job);
    consumer->created = false;
    if (consumer->topic->settings.handler.destroy != NULL) {
        consumer->topic->settings.handler.destroy(consumer);
    }
}

void executor_run(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    consumer->job = job;
    consumer_forget_failure(consumer);
    job->view.tags = (struct carafe_names){consumer->tag_texts, consumer->tag_count};
    here_set_consumer(consumer);
    switch (job->view.type) {
    case CARAFE_JOB_CONSUME:
        run_consume(job);
        break;
    case CARAFE_JOB_REVOKED:
    case CARAFE_JOB_SHUTDOWN:
        run_end(job);
        break;
    case CARAFE_JOB_EOFED:
    case CARAFE_JOB_IDLE:
    case CARAFE_JOB_TICK:
        run_news(job);
        break;
    }
    here_set_consumer(NULL);
    consumer->job = NULL;
    job_release_messages(job);
}
