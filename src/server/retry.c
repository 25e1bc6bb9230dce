#include "server/retry.h"

#include "server/consumer_state.h"
#include "server/dlq.h"

int64_t retry_pause_ms(const struct carafe_topic *topic, int attempt)
{
    int64_t pause_ms = topic->pause_timeout_ms;
    for (int i = 0; i < attempt && !topic->pause_constant && pause_ms < topic->pause_max_timeout_ms; i++) {
        pause_ms *= 2;
    }
    return pause_ms < topic->pause_max_timeout_ms ? pause_ms : topic->pause_max_timeout_ms;
}

void retry_after_failure(struct job *job)
{
    struct carafe_consumer *consumer = job->consumer;
    const struct carafe_topic *topic = &consumer->topic->settings;
    lock_take(&consumer->lock);
    int attempt = consumer->attempt;
    int64_t seek_offset = consumer->seek_offset;
    bool lost = consumer->revoked || consumer->cancelled;
    lock_give(&consumer->lock);
    if (!lost && topic->dead_letters.topic != NULL && attempt > topic->dead_letters.max_retries && dlq_dispatch(job)) {
        return;
    }
    job->verdict = (struct verdict){
        .pause = true,
        .retry = true,
        .offset = seek_offset,
        .duration_ms = retry_pause_ms(topic, attempt),
    };
}
