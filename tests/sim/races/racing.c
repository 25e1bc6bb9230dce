/* Handlers that share a counter: without a lock, which ThreadSanitizer must find, and with one, which it must not mind.
 */
#include "carafe.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;

/*
 * So that two are at work together: one that ends before the other begins has gone through the server's own locks, and
 * then there is no race.
 */
static int work_for_a_moment(struct carafe_consumer *consumer)
{
    return carafe_consumer_sleep(consumer, 10);
}

CARAFE_API int consume_racing(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count);
CARAFE_API int consume_locked(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count);

int consume_racing(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)messages;
    int code = work_for_a_moment(consumer);
    counter += (long)count;
    return code;
}

int consume_locked(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)messages;
    int code = work_for_a_moment(consumer);
    (void)pthread_mutex_lock(&lock);
    counter += (long)count;
    (void)pthread_mutex_unlock(&lock);
    return code;
}
