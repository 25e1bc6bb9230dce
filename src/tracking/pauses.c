#include "tracking/pauses.h"

#include <stdlib.h>
#include <string.h>

static void free_pause(struct pause *pause)
{
    free(pause->subscription_group);
    free(pause->topic);
}

void pauses_close(struct pauses *pauses)
{
    for (size_t i = 0; i < pauses->count; i++) {
        free_pause(&pauses->list[i]);
    }
    free(pauses->list);
    *pauses = (struct pauses){0};
}

static int compare(const struct pause *pause, const char *subscription_group, const char *topic, int32_t partition)
{
    int order = strcmp(pause->subscription_group, subscription_group);
    if (order == 0) {
        order = strcmp(pause->topic, topic);
    }
    if (order != 0) {
        return order;
    }
    return pause->partition < partition ? -1 : pause->partition > partition;
}

/* The first that is not before the one asked for. */
static size_t lower_bound(const struct pauses *pauses, const char *subscription_group, const char *topic,
                          int32_t partition)
{
    size_t low = 0;
    size_t high = pauses->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&pauses->list[middle], subscription_group, topic, partition) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct pause *find(const struct pauses *pauses, const char *subscription_group, const char *topic,
                          int32_t partition)
{
    size_t at = lower_bound(pauses, subscription_group, topic, partition);
    bool found = at < pauses->count && compare(&pauses->list[at], subscription_group, topic, partition) == 0;
    return found ? &pauses->list[at] : NULL;
}

static int make_room(struct pauses *pauses)
{
    if (pauses->count < pauses->capacity) {
        return 0;
    }
    if (pauses->count >= PAUSES_MAX) {
        return CARAFE_FULL;
    }
    size_t capacity = pauses->capacity == 0 ? 16 : pauses->capacity * 2;
    struct pause *list = realloc(pauses->list, capacity * sizeof *list);
    if (list == NULL) {
        return CARAFE_NO_MEMORY;
    }
    pauses->list = list;
    pauses->capacity = capacity;
    return 0;
}

int pauses_set(struct pauses *pauses, const char *subscription_group, const char *topic, int32_t partition,
               double until_ms)
{
    struct pause *known = find(pauses, subscription_group, topic, partition);
    if (known != NULL) {
        known->until_ms = until_ms;
        return 0;
    }
    int code = make_room(pauses);
    if (code != 0) {
        return code;
    }
    struct pause fresh = {strdup(subscription_group), strdup(topic), partition, until_ms};
    if (fresh.subscription_group == NULL || fresh.topic == NULL) {
        free_pause(&fresh);
        return CARAFE_NO_MEMORY;
    }
    size_t at = lower_bound(pauses, subscription_group, topic, partition);
    memmove(pauses->list + at + 1, pauses->list + at, (pauses->count - at) * sizeof *pauses->list);
    pauses->list[at] = fresh;
    pauses->count++;
    return 0;
}

static void remove_range(struct pauses *pauses, size_t from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free_pause(&pauses->list[from + i]);
    }
    size_t after = pauses->count - from - count;
    if (after > 0) {
        memmove(pauses->list + from, pauses->list + from + count, after * sizeof *pauses->list);
    }
    pauses->count -= count;
}

void pauses_remove(struct pauses *pauses, const char *subscription_group, const char *topic, int32_t partition)
{
    struct pause *pause = find(pauses, subscription_group, topic, partition);
    if (pause != NULL) {
        remove_range(pauses, (size_t)(pause - pauses->list), 1);
    }
}

void pauses_remove_all(struct pauses *pauses, const char *subscription_group)
{
    size_t from = lower_bound(pauses, subscription_group, "", INT32_MIN);
    size_t count = 0;
    while (from + count < pauses->count &&
           strcmp(pauses->list[from + count].subscription_group, subscription_group) == 0) {
        count++;
    }
    if (count > 0) {
        remove_range(pauses, from, count);
    }
}

const struct pause *pauses_find(const struct pauses *pauses, const char *subscription_group, const char *topic,
                                int32_t partition)
{
    return pauses->count == 0 ? NULL : find(pauses, subscription_group, topic, partition);
}
