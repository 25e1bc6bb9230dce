#include "run/subscribers.h"

#define SUBSCRIBER_STREAM UINT64_C(0x73756273) /* of run_random */

void subscribers_init(struct subscribers *subscribers, struct run *run, size_t server)
{
    const struct program *program = run->program;
    subscribers->count = 0;
    for (size_t i = 0; i < program->subscriber_count; i++) {
        if (program->subscribers[i].server == server) {
            subscribers->list[subscribers->count++] =
                (struct subscriber){.declared = &program->subscribers[i],
                                    .dice = {.run = run, .stream = (SUBSCRIBER_STREAM << 32) + ((uint64_t)i << 44)}};
        }
    }
}

int subscriber_on_event(const struct carafe_event *event, void *owner)
{
    struct subscriber *subscriber = owner;
    const struct program_subscriber *declared = subscriber->declared;
    if (event->kind != declared->event) {
        return 0;
    }
    int64_t call = subscriber->calls++;
    behaviour_spend(behaviour_cost_ns(&subscriber->dice, &declared->cost));
    return behaviour_fails(&subscriber->dice, &declared->failing, call) ? CARAFE_FAILED : 0;
}
