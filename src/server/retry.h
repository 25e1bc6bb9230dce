/* What happens after a failed batch: pause and try again, or send the first bad message to the dead letters. */
#ifndef SERVER_RETRY_H
#define SERVER_RETRY_H

#include "server/job.h"

/* The pause before the attempt after `attempt` (from 1): min(pause_timeout x 2^attempt, pause_max_timeout). */
int64_t retry_pause_ms(const struct carafe_topic *topic, int attempt);

/* Decide, and leave the decision in job->verdict. */
void retry_after_failure(struct job *job);

#endif
