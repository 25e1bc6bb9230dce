/* A handler that ignores every request to end. */
#include <pthread.h>
#include <stdio.h>

#include "carafe.h"

static int hang(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)consumer;
    (void)messages;
    (void)count;
    static pthread_mutex_t never = PTHREAD_MUTEX_INITIALIZER;
    (void)puts("hanging");
    (void)fflush(stdout);
    (void)pthread_mutex_lock(&never);
    (void)pthread_mutex_lock(&never);
    return 0;
}

CARAFE_API extern const struct carafe_handler hanging_handler;
const struct carafe_handler hanging_handler = {.name = "Hanging", .consume = hang};
