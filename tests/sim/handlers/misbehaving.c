/* Handlers that go wrong in every way that a user's can. */
#include "carafe.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HANDLER(name)                                                                                                  \
    CARAFE_API int name(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count);        \
    int name(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)

HANDLER(crash)
{
    (void)consumer;
    (void)count;
    if (messages[0].partition == 0) {
        abort();
    }
    return 0;
}

/* A call of the system that the world does not know: nobody else gets on. */
HANDLER(block)
{
    (void)consumer;
    (void)messages;
    (void)count;
    int ends[2];
    char byte;
    return syscall(SYS_pipe2, ends, 0) == 0 && syscall(SYS_read, ends[0], &byte, 1) == 1 ? 0 : -1;
}

HANDLER(spin)
{
    (void)consumer;
    (void)messages;
    (void)count;
    for (volatile int turns = 0;; turns = !turns) {
    }
}

HANDLER(deadlock)
{
    (void)consumer;
    (void)messages;
    (void)count;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    return pthread_mutex_lock(&lock);
}

HANDLER(count_batch)
{
    (void)messages;
    return count <= 3 ? 0 : carafe_consumer_fail(consumer, "TooMany", "expected at most 3, got %zu", count);
}

/* Results that no one promised, words that no document may hold as they are, and a failure that was none. */
HANDLER(garbage)
{
    static int calls;
    (void)messages;
    (void)count;
    switch (calls++) {
    case 0:
        return INT_MIN;
    case 1:
        return 42;
    case 2:
        return carafe_consumer_fail(consumer, "\xff\"\n", "%s", "\xc3\x28 \x01 \" \\ %n \xed\xa0\x80") - 1;
    case 3:
        return carafe_consumer_fail(consumer, NULL, "%*s", 100000, "far");
    default:
        (void)carafe_consumer_fail(consumer, "Said", "but handled");
        return 0;
    }
}
