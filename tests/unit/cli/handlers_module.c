#include "carafe.h"

static int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)consumer;
    (void)messages;
    return count > 0 ? 0 : 1;
}

CARAFE_API extern const struct carafe_handler orders_handler;
const struct carafe_handler orders_handler = {.name = "Orders", .consume = consume};
