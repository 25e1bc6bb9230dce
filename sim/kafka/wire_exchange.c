#include "kafka/wire_exchange.h"

#include <string.h>

bool name_of(struct name *name, struct view view)
{
    name->text[0] = '\0';
    if (view.len == 0) {
        return true;
    }
    if (view.len >= sizeof name->text || memchr(view.bytes, 0, view.len) != NULL) {
        return false;
    }
    memcpy(name->text, view.bytes, view.len);
    name->text[view.len] = '\0';
    return true;
}

int exchange_error(struct exchange *exchange)
{
    switch (exchange->end) {
    case EXCHANGE_ANSWERED:
        return read_int16(&exchange->answer);
    case EXCHANGE_NOT_AWAITED:
        return 0;
    case EXCHANGE_BROKEN_OFF:
    default:
        return WIRE_UNANSWERED;
    }
}

bool exchange_complete(struct exchange *exchange, const char *what)
{
    bool complete = !exchange->request.failed && exchange->request.left == 0;
    if (exchange->end == EXCHANGE_ANSWERED) {
        complete = complete && !exchange->answer.failed && exchange->answer.left == 0;
    }
    if (!complete) {
        exchange->why = what;
    }
    return complete;
}

bool exchange_fetch(struct exchange *exchange)
{
    if (exchange->end == EXCHANGE_ANSWERED && exchange->observer->fetched != NULL) {
        exchange->observer->fetched(exchange->origin, exchange->observer->owner);
    }
    return true;
}
