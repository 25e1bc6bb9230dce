/* Dead letters: the first message that a handler could not handle goes to another topic, and is never lost. */
#ifndef SERVER_DLQ_H
#define SERVER_DLQ_H

#include "server/job.h"

struct carafe_consumer;
struct client;

/*
 * Send the first unmarked message of the failed batch to the dead letter topic, and set job->verdict.
 * Returns false when there is none or it could not be sent (published as an error): then it is to be retried.
 */
bool dlq_dispatch(struct job *job);

/*
 * An asynchronous dispatch that has ended: mark the message, or publish the failure.  Returns false when it is still
 * under way: then the partition stays paused.  Threads: the listener's.
 */
bool dlq_settle(struct carafe_consumer *consumer, struct client *client);

#endif
