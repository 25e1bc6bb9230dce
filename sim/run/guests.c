#include "run/guests.h"

#include "oracle/oracle.h"

#include <inttypes.h>
#include <stdlib.h>

#define BUCKETS 1024

/* A consumer that was created and not destroyed yet. */
struct guest {
    const struct carafe_consumer *consumer;
    size_t process;
    bool asked; /* a callback runs */
    bool over;  /* its revoked or shutdown job was run */
    struct guest *next;
};

struct guests {
    struct run *run;
    struct guest *buckets[BUCKETS]; /* by address: never walked in an order that could be seen */
};

struct guests *guests_create(struct run *run)
{
    struct guests *guests = calloc(1, sizeof *guests);
    if (guests != NULL) {
        guests->run = run;
    }
    return guests;
}

void guests_destroy(struct guests *guests)
{
    for (size_t i = 0; guests != NULL && i < BUCKETS; i++) {
        while (guests->buckets[i] != NULL) {
            struct guest *next = guests->buckets[i]->next;
            free(guests->buckets[i]);
            guests->buckets[i] = next;
        }
    }
    free(guests);
}

/* Where the guest is, or would be put. */
static struct guest **find(struct guests *guests, const struct carafe_consumer *consumer)
{
    struct guest **link = &guests->buckets[((uintptr_t)consumer >> 4) % BUCKETS];
    while (*link != NULL && (*link)->consumer != consumer) {
        link = &(*link)->next;
    }
    return link;
}

static void broken(struct guests *guests, const struct carafe_consumer *consumer, const char *expected, const char *got)
{
    oracle_broken(guests->run->oracle, 3, "expected the consumer of %s/%" PRId32 " in group %s %s, got %s",
                  carafe_consumer_topic(consumer), carafe_consumer_partition(consumer), carafe_consumer_group(consumer),
                  expected, got);
}

void guests_arrived(struct guests *guests, size_t process, struct carafe_consumer *consumer)
{
    struct guest **link = find(guests, consumer);
    if (*link != NULL) {
        broken(guests, consumer, "to be created once", "twice");
        return;
    }
    struct guest *guest = calloc(1, sizeof *guest);
    if (guest != NULL) {
        *guest = (struct guest){.consumer = consumer, .process = process};
        *link = guest;
    }
}

static void judge_end(struct guests *guests, struct guest *guest, struct carafe_consumer *consumer,
                      enum carafe_job_type type)
{
    guest->over = true;
    if (type == CARAFE_JOB_REVOKED && !carafe_consumer_revoked(consumer)) {
        broken(guests, consumer, "to know that it is revoked when it is told so", "one that does not");
    }
    if (type == CARAFE_JOB_SHUTDOWN && !carafe_consumer_stopping(consumer)) {
        broken(guests, consumer, "to know that its server stops when it is shut down", "one that does not");
    }
}

void guests_asked(struct guests *guests, struct carafe_consumer *consumer, enum carafe_job_type type)
{
    struct guest *guest = *find(guests, consumer);
    if (guest == NULL) {
        broken(guests, consumer, "to be created before it is called", carafe_job_type_name(type));
        return;
    }
    if (guest->over) {
        broken(guests, consumer, "to hear nothing after its end", carafe_job_type_name(type));
    }
    if (guest->asked) {
        broken(guests, consumer, "to be called by one worker at a time", carafe_job_type_name(type));
    }
    guest->asked = true;
    if (type == CARAFE_JOB_REVOKED || type == CARAFE_JOB_SHUTDOWN) {
        judge_end(guests, guest, consumer, type);
    }
}

void guests_served(struct guests *guests, struct carafe_consumer *consumer, const struct carafe_message *messages,
                   size_t count)
{
    bool good = count > 0;
    for (size_t i = 0; i < count; i++) {
        good = good && messages[i].partition == carafe_consumer_partition(consumer) &&
               (i == 0 || messages[i].offset > messages[i - 1].offset);
    }
    if (!good) {
        broken(guests, consumer, "to be given messages of its own in their order", "others");
    }
}

void guests_answered(struct guests *guests, struct carafe_consumer *consumer)
{
    struct guest *guest = *find(guests, consumer);
    if (guest != NULL) {
        guest->asked = false;
    }
}

void guests_left(struct guests *guests, struct carafe_consumer *consumer)
{
    struct guest **link = find(guests, consumer);
    struct guest *guest = *link;
    if (guest == NULL) {
        broken(guests, consumer, "to be destroyed once", "twice");
        return;
    }
    if (!guest->over || guest->asked) {
        broken(guests, consumer, "to hear of its end before it is destroyed", "no word");
    }
    *link = guest->next;
    free(guest);
}

void guests_gone(struct guests *guests, size_t process, bool whole)
{
    size_t left = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct guest **link = &guests->buckets[i];
        while (*link != NULL) {
            struct guest *guest = *link;
            if (guest->process != process) {
                link = &guest->next;
                continue;
            }
            left++;
            *link = guest->next;
            free(guest);
        }
    }
    if (whole && left > 0) {
        oracle_broken(guests->run->oracle, 3, "expected every consumer to be destroyed at a graceful end, got %zu left",
                      left);
    }
}
