#include "run/scripted.h"

#include "base/error.h"
#include "ports/clock.h"
#include "world/world.h"

#include <stdlib.h>

/* What is told of a record whose delivery fails. */
struct broken_delivery {
    delivery_callback callback;
    void *owner;
    struct scripted_producer *producer;
};

static void tell(void *argument)
{
    struct broken_delivery *broken = argument;
    struct delivery delivery = {
        .code = CARAFE_FAILED, .text = broken->producer->failure, .partition = -1, .offset = -1};
    broken->callback(&delivery, broken->owner);
    free(broken);
}

/* A record whose delivery is made to fail: the real producer never sees it.  Told on a thread of its own. */
static int fail_delivery(struct scripted_producer *producer, delivery_callback callback, void *owner,
                         struct carafe_error *error)
{
    if (callback == NULL) {
        return 0;
    }
    struct broken_delivery *broken = malloc(sizeof *broken);
    if (broken == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "producer: out of memory");
    }
    *broken = (struct broken_delivery){.callback = callback, .owner = owner, .producer = producer};
    (void)sim_process_spawn(sim_process_current(), "delivery", tell, broken);
    return 0;
}

static bool use_up(struct scripted_producer *producer, struct scripted_limit *limit)
{
    return limit->left > 0 && producer->clock->monotonic_ns(producer->clock) < limit->until_ns && limit->left-- > 0;
}

static int produce(struct producer *port, const struct carafe_record *record, delivery_callback callback, void *owner,
                   struct carafe_error *error)
{
    struct scripted_producer *producer = (struct scripted_producer *)port;
    if (producer->closed) {
        return error_set(error, CARAFE_CLOSED, "producer: expected to be open, got closed by the scenario");
    }
    if (use_up(producer, &producer->full)) {
        return error_set(error, CARAFE_FULL, "producer: expected room in the queue, got none by the scenario");
    }
    if (use_up(producer, &producer->failures)) {
        return fail_delivery(producer, callback, owner, error);
    }
    return producer->real->produce(producer->real, record, callback, owner, error);
}

static int flush(struct producer *port, int64_t deadline_ns, struct carafe_error *error)
{
    struct scripted_producer *producer = (struct scripted_producer *)port;
    return producer->real->flush(producer->real, deadline_ns, error);
}

static int close_producer(struct producer *port, int64_t deadline_ns, size_t *purged, struct carafe_error *error)
{
    struct scripted_producer *producer = (struct scripted_producer *)port;
    size_t given_up = 0;
    int code = producer->real->close(producer->real, deadline_ns, &given_up, error);
    if (purged != NULL) {
        *purged = given_up;
    }
    if (!producer->told) {
        producer->told = true;
        struct observation observation = {.kind = OBSERVATION_PRODUCER, .process = producer->process, .name = "closed"};
        if (given_up > 0) {
            observation_integer(&observation, "purged", (int64_t)given_up);
        }
        run_observe(producer->run, &observation);
    }
    return code;
}

static bool is_open(struct producer *port)
{
    struct scripted_producer *producer = (struct scripted_producer *)port;
    return !producer->closed && producer->real->is_open(producer->real);
}

static int expire(struct producer *port, const char *topic, int64_t timeout_ms, struct carafe_error *error)
{
    struct scripted_producer *producer = (struct scripted_producer *)port;
    return producer->real->expire(producer->real, topic, timeout_ms, error);
}

void scripted_producer_init(struct scripted_producer *producer, struct clock *clock, struct run *run,
                            const char *process)
{
    *producer = (struct scripted_producer){
        .port = {.produce = produce, .flush = flush, .close = close_producer, .is_open = is_open, .expire = expire},
        .clock = clock,
        .run = run,
        .process = process};
}
