/* A handler that cheats: it reads the real time behind the world's back and lets it decide. */
#include "carafe.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

CARAFE_API int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t message_count);

int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t message_count)
{
    (void)messages;
    (void)message_count;
    struct timespec now = {0};
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return carafe_consumer_sleep(consumer, 1 + now.tv_nsec / 1000 % 1000);
}
