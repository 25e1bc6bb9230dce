/* The subscribers that a scenario gives its servers: they take their time, or fail. */
#ifndef SIM_RUN_SUBSCRIBERS_H
#define SIM_RUN_SUBSCRIBERS_H

#include "run/behaviour.h"

/* Of one life of a server. */
struct subscribers {
    size_t count;
    struct subscriber {
        const struct program_subscriber *declared;
        struct dice dice;
        int64_t calls;
    } list[PROGRAM_SUBSCRIBERS_MAX];
};

void subscribers_init(struct subscribers *subscribers, struct run *run, size_t server);

/* A carafe_subscriber whose owner is a struct subscriber. */
int subscriber_on_event(const struct carafe_event *event, void *subscriber);

#endif
