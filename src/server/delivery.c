#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "server/consumer_state.h"

/* A delivery that somebody waits for, or gave up waiting for. */
struct awaited {
    struct carafe_consumer *consumer; /* a reference is held, for its lock and condition */
    bool done;                        /* the consumer's lock */
    bool forsaken;                    /* the consumer's lock: the callback frees it */
    int code;
    char text[256];
};

static void awaited_free(struct awaited *awaited)
{
    consumer_drop(awaited->consumer);
    free(awaited);
}

static void delivered(const struct delivery *delivery, void *owner)
{
    struct awaited *awaited = owner;
    struct carafe_consumer *consumer = awaited->consumer;
    lock_take(&consumer->lock);
    awaited->done = true;
    awaited->code = delivery->code;
    (void)snprintf(awaited->text, sizeof awaited->text, "%s", delivery->text != NULL ? delivery->text : "");
    bool forsaken = awaited->forsaken;
    pthread_cond_broadcast(&consumer->changed);
    lock_give(&consumer->lock);
    if (forsaken) {
        awaited_free(awaited);
    }
}

static bool is_done(void *owner)
{
    return ((struct awaited *)owner)->done;
}

static struct awaited *awaited_create(struct carafe_consumer *consumer)
{
    struct awaited *awaited = calloc(1, sizeof *awaited);
    if (awaited != NULL) {
        awaited->consumer = consumer;
        consumer_hold(consumer);
    }
    return awaited;
}

/* Returns true when the callback will free it. */
static bool forsake(struct awaited *awaited)
{
    lock_take(&awaited->consumer->lock);
    awaited->forsaken = !awaited->done;
    bool forsaken = awaited->forsaken;
    lock_give(&awaited->consumer->lock);
    return forsaken;
}

int consumer_produce_sync(struct carafe_consumer *consumer, const struct carafe_record *record,
                          struct carafe_error *error)
{
    struct producer *producer = consumer->context->ports.producer;
    if (producer == NULL) {
        return error_set(error, CARAFE_CLOSED, "produce: expected a producer, got none");
    }
    struct awaited *awaited = awaited_create(consumer);
    if (awaited == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "produce: no memory");
    }
    int code = producer->produce(producer, record, delivered, awaited, error);
    if (code != 0) {
        awaited_free(awaited);
        return code;
    }
    if (consumer_wait(consumer, is_done, awaited, NEVER_NS) != 0 && forsake(awaited)) {
        return error_set(error, CARAFE_CLOSED, "produce: expected a delivery, got a cancellation");
    }
    code = awaited->code;
    if (code != 0) {
        code = error_set(error, CARAFE_FAILED, "produce: delivery to %s: expected success, got %s", record->topic,
                         awaited->text);
    }
    awaited_free(awaited);
    return code;
}
