#include "world/wait_queues.h"

#include "world/memory.h"

enum { BUCKETS = 1024 };

static struct sim_wait_queue *buckets[BUCKETS];
static unsigned last_number;

static size_t bucket_of(const void *object)
{
    return (size_t)(sim_random_mix((uint64_t)(uintptr_t)object) % BUCKETS);
}

struct sim_wait_queue *sim_wait_queues_find(const void *object)
{
    struct sim_wait_queue *queue = buckets[bucket_of(object)];
    while (queue && queue->object != object) {
        queue = queue->next_in_bucket;
    }
    return queue;
}

static struct sim_wait_queue *find_or_make(const void *object)
{
    struct sim_wait_queue *queue = sim_wait_queues_find(object);
    if (!queue) {
        struct sim_wait_queue **bucket = &buckets[bucket_of(object)];
        queue = sim_memory_get(sizeof(*queue));
        queue->object = object;
        queue->number = ++last_number;
        queue->next_in_bucket = *bucket;
        *bucket = queue;
    }
    return queue;
}

void sim_wait_queues_add(const void *object, struct sim_thread *thread)
{
    struct sim_wait_queue *queue = find_or_make(object);
    thread->wait_queue = queue;
    thread->wait_next = NULL;
    thread->wait_previous = queue->last;
    if (queue->last) {
        queue->last->wait_next = thread;
    } else {
        queue->first = thread;
    }
    queue->last = thread;
    queue->count++;
}

void sim_wait_queues_remove(struct sim_thread *thread)
{
    struct sim_wait_queue *queue = thread->wait_queue;
    if (!queue) {
        return;
    }
    if (thread->wait_previous) {
        thread->wait_previous->wait_next = thread->wait_next;
    } else {
        queue->first = thread->wait_next;
    }
    if (thread->wait_next) {
        thread->wait_next->wait_previous = thread->wait_previous;
    } else {
        queue->last = thread->wait_previous;
    }
    queue->count--;
    thread->wait_queue = NULL;
}

unsigned sim_wait_queues_number(const void *object)
{
    return find_or_make(object)->number;
}

void sim_wait_queues_forget(const void *object)
{
    struct sim_wait_queue **link = &buckets[bucket_of(object)];
    while (*link && (*link)->object != object) {
        link = &(*link)->next_in_bucket;
    }
    struct sim_wait_queue *queue = *link;
    if (queue && queue->count == 0) {
        *link = queue->next_in_bucket;
        sim_memory_put(queue, sizeof(*queue));
    }
}
