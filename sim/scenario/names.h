/* Names to indices, in constant time: a scenario may define many and use each of them often. */
#ifndef SCENARIO_NAMES_H
#define SCENARIO_NAMES_H

#include "scenario/arena.h"

struct names_entry {
    const char *name; /* NULL: free */
    size_t index;
};

struct names {
    struct names_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* The index of `name`, or SIZE_MAX. */
size_t names_find(const struct names *names, const char *name);

/* Add `name` (kept, not copied), which is not in there yet.  false: no memory. */
bool names_add(struct names *names, struct arena *arena, const char *name, size_t index);

#endif
