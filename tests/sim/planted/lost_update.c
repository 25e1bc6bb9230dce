/*
 * A handler with a bug to be found: two threads add to one counter by a read, a pause and a write.  Some interleavings
 * lose an update.
 */
#include "carafe.h"

#include <pthread.h>

struct count {
    pthread_mutex_t lock;
    int value;
};

static void *add(void *argument)
{
    struct count *count = argument;
    pthread_mutex_lock(&count->lock);
    int value = count->value;
    pthread_mutex_unlock(&count->lock);
    pthread_mutex_lock(&count->lock);
    count->value = value + 1;
    pthread_mutex_unlock(&count->lock);
    return NULL;
}

CARAFE_API int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t message_count);

int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t message_count)
{
    (void)messages;
    (void)message_count;
    struct count count = {.lock = PTHREAD_MUTEX_INITIALIZER, .value = 0};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, add, &count) != 0) {
            return carafe_consumer_fail(consumer, "ThreadError", "no thread could be started");
        }
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    if (count.value != 2) {
        return carafe_consumer_fail(consumer, "LostUpdate", "expected 2, got %d", count.value);
    }
    return 0;
}
