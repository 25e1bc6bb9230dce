#include "broken_core.h"

#include <stdlib.h>
#include <string.h>

#include "server/listener_parts.h"
#include "server/retry.h"
#include "server/server_parts.h"

enum bug bug;

/* ---- Jobs -------------------------------------------------------------------------------------------------------- */

#define LANES 64

/* A lane for each job: nothing waits for the one before. */
static struct lane *lane_of_its_own(void)
{
    static struct lane lanes[LANES];
    static size_t next;
    return &lanes[next++ % LANES];
}

REPLACES(int, jobs_queue_push, struct jobs_queue *queue, struct job *job, void (*announce)(struct job *job))
{
    bool consumes = job->view.type == CARAFE_JOB_CONSUME;
    if (bug == BUG_MARKS_BEFORE_HANDLING && consumes) {
        (void)consumer_mark_offset(job->consumer, job->client, job->view.last_offset);
    }
    if (bug == BUG_TWO_BATCHES_AT_ONCE && consumes) {
        job->lane = lane_of_its_own();
    }
    return __real_jobs_queue_push(queue, job, announce);
}

REPLACES(void, listener_await_blocking, struct listener *listener)
{
    if (bug == BUG_WAITS_BY_LOOKING) {
        while (listener_jobs(listener) > 0) {
        }
    } else if (bug != BUG_TWO_BATCHES_AT_ONCE) {
        __real_listener_await_blocking(listener);
    }
}

REPLACES(void, retry_after_failure, struct job *job)
{
    if (bug == BUG_FAILURE_COUNTS_AS_HANDLED) {
        (void)consumer_mark_offset(job->consumer, job->client, job->view.last_offset);
        return;
    }
    __real_retry_after_failure(job);
    if (bug == BUG_RETRY_GOES_BACK_TOO_FAR && job->verdict.offset > 0) {
        job->verdict.offset--;
    }
}

REPLACES(bool, consumer_enter_critical, struct carafe_consumer *consumer)
{
    bool entered = __real_consumer_enter_critical(consumer);
    if (bug == BUG_REVOCATION_IGNORED && !entered) {
        lock_take(&consumer->lock);
        consumer->critical++;
        lock_give(&consumer->lock);
        entered = true;
    }
    return entered;
}

/* ---- Offsets ----------------------------------------------------------------------------------------------------- */

REPLACES(int, consumer_mark_offset, struct carafe_consumer *consumer, struct client *client, int64_t offset)
{
    if (bug == BUG_NOTHING_MARKED) {
        return 0;
    }
    return __real_consumer_mark_offset(consumer, client, offset + (bug == BUG_MARKS_ONE_TOO_FAR ? 1 : 0));
}

static void commit_the_one_before(struct listener *listener)
{
    struct consumer *consumer = listener->client->consumer;
    for (const struct slot *slot = listener->first_slot; slot != NULL; slot = slot->next) {
        if (slot->consumer != NULL && slot->consumer->seek_offset > 0) {
            struct carafe_partition partition = {slot->topic->settings.name, slot->partition,
                                                 slot->consumer->seek_offset - 1};
            struct carafe_error error;
            (void)!consumer->commit(consumer, &partition, true, &error);
        }
    }
}

REPLACES(void, schedule_shutdown, struct listener *listener)
{
    if (bug == BUG_COMMITS_BACK_WHEN_IT_STOPS) {
        commit_the_one_before(listener);
    }
    __real_schedule_shutdown(listener);
}

/* ---- What is told ------------------------------------------------------------------------------------------------ */

static void tell_again(struct monitor *monitor, enum carafe_event_kind kind, enum carafe_status status);

static bool is_forced(const struct carafe_event *event)
{
    return event->kind == CARAFE_EVENT_ERROR_OCCURRED && strcmp(event->failure->type, "app.stopping.error") == 0;
}

REPLACES(void, monitor_publish, struct monitor *monitor, struct carafe_event *event)
{
    enum carafe_event_kind kind = event->kind;
    if (bug == BUG_TERMINATED_UNTOLD && kind == CARAFE_EVENT_APP_TERMINATED) {
        return;
    }
    __real_monitor_publish(monitor, event);
    if (bug == BUG_STATUS_TOLD_TWICE && kind == CARAFE_EVENT_APP_RUNNING) {
        tell_again(monitor, CARAFE_EVENT_APP_RUNNING, CARAFE_RUNNING);
    } else if (bug == BUG_STATUS_GOES_BACK && kind == CARAFE_EVENT_APP_STOPPING) {
        tell_again(monitor, CARAFE_EVENT_APP_RUNNING, CARAFE_RUNNING);
    } else if ((bug == BUG_FORCED_ERROR_TWICE && is_forced(event)) ||
               (bug == BUG_JOB_COMPLETED_TWICE && kind == CARAFE_EVENT_WORKER_COMPLETED)) {
        __real_monitor_publish(monitor, event);
    }
}

static void tell_again(struct monitor *monitor, enum carafe_event_kind kind, enum carafe_status status)
{
    struct carafe_event event = {.kind = kind, .status = status};
    __real_monitor_publish(monitor, &event);
}

/* The stop begins with less grace than is set. */
REPLACES(struct config *, config_create, const struct carafe_config *values, struct carafe_error *error)
{
    struct carafe_config changed = *values;
    changed.shutdown_timeout_ms -= bug == BUG_FORCE_COMES_TOO_EARLY ? 100 : 0;
    return __real_config_create(&changed, error);
}

/* ---- The end ----------------------------------------------------------------------------------------------------- */

#define FORCE_TAKES_MS 4000

REPLACES(void, force_end, struct server *server)
{
    if (bug == BUG_FORCE_TAKES_ITS_TIME) {
        struct clock *clock = server->context.ports.clock;
        clock->sleep_until(clock, deadline_after_ms(clock->monotonic_ns(clock), FORCE_TAKES_MS));
    }
    __real_force_end(server);
}

REPLACES(void, listener_finish_job, struct job *job)
{
    struct listener *listener = job->listener;
    if (bug == BUG_LOCK_TAKEN_TWICE) {
        /* Unknown to the check of the order, as a library's own lock would be. */
        pthread_mutex_lock(&listener->lock.mutex);
    }
    __real_listener_finish_job(job);
}

/* ---- Locks taken in two orders ----------------------------------------------------------------------------------- */

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;

static void lock_both(struct clock *clock, pthread_mutex_t *one, pthread_mutex_t *other)
{
    pthread_mutex_lock(one);
    clock->sleep_until(clock, deadline_after_ms(clock->monotonic_ns(clock), 10));
    pthread_mutex_lock(other);
    pthread_mutex_unlock(other);
    pthread_mutex_unlock(one);
}

/* Two workers, a job each. */
REPLACES(void, executor_run, struct job *job)
{
    if (bug == BUG_FAREWELL_FORGOTTEN && job->view.type == CARAFE_JOB_SHUTDOWN) {
        return;
    }
    if (bug == BUG_LOCKS_CROSSWISE) {
        struct clock *clock = job->consumer->context->ports.clock;
        bool even = job->view.partition % 2 == 0;
        lock_both(clock, even ? &first : &second, even ? &second : &first);
    }
    __real_executor_run(job);
}
