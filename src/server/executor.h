/* Runs a job: the callbacks of its handler, and what follows from their success or failure. */
#ifndef SERVER_EXECUTOR_H
#define SERVER_EXECUTOR_H

#include "server/job.h"

/* Leaves what is to be done with the partition in job->verdict.  Threads: workers. */
void executor_run(struct job *job);

/* `error.occurred` of a job: what its handler said with carafe_consumer_fail(), or else `fallback`. */
void executor_publish_failure(struct job *job, const char *type, const char *fallback_class, const char *fallback);

#endif
