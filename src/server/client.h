/* The client of a subscription group, and who uses it.  `pins`, `closing` and `closed`: the listener's lock. */
#ifndef SERVER_CLIENT_H
#define SERVER_CLIENT_H

#include "ports/consumer.h"

struct client {
    struct consumer *consumer;
    size_t pins;         /* jobs and threads that use it: not destroyed before it is 0 */
    bool closing;        /* somebody closes or has closed it: nobody else does */
    bool closed;         /* and it is done */
    bool failed;         /* it told of a fatal error: it is polled no more */
    struct client *next; /* in the list of retired ones */
};

#endif
