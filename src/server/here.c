#include "server/here.h"

#include <stddef.h>

static _Thread_local const void *current_server;
static _Thread_local const struct carafe_consumer *current_consumer;

void here_enter(const void *server)
{
    current_server = server;
}

bool here_is_inside(const void *server)
{
    return current_server == server;
}

void here_set_consumer(const struct carafe_consumer *consumer)
{
    current_consumer = consumer;
}

bool here_runs(const struct carafe_consumer *consumer)
{
    return consumer != NULL && current_consumer == consumer;
}
