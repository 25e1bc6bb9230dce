/*
 * Which partitions are paused, and until when.
 *
 * Locks: the caller's.
 */
#ifndef TRACKING_PAUSES_H
#define TRACKING_PAUSES_H

#include "carafe.h"

#define PAUSES_MAX 65536 /* partitions of one server; more are not shown as paused */

struct pause {
    char *subscription_group;
    char *topic;
    int32_t partition;
    double until_ms;
};

/* Sorted by subscription group, topic, partition. */
struct pauses {
    struct pause *list;
    size_t count;
    size_t capacity;
};

void pauses_close(struct pauses *pauses);
/* CARAFE_FULL, CARAFE_NO_MEMORY. */
int pauses_set(struct pauses *pauses, const char *subscription_group, const char *topic, int32_t partition,
               double until_ms) CARAFE_RESULT;
void pauses_remove(struct pauses *pauses, const char *subscription_group, const char *topic, int32_t partition);
void pauses_remove_all(struct pauses *pauses, const char *subscription_group);
/* NULL: not paused. */
const struct pause *pauses_find(const struct pauses *pauses, const char *subscription_group, const char *topic,
                                int32_t partition);

#endif
