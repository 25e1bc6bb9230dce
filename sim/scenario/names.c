#include "scenario/names.h"

#include <stdint.h>
#include <string.h>

/* FNV-1a.  Only lookups depend on it, never an order that anybody sees. */
static size_t names_hash(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *byte = name; *byte != '\0'; byte++) {
        hash = (hash ^ (unsigned char)*byte) * UINT64_C(1099511628211);
    }
    return (size_t)(hash ^ (hash >> 32));
}

static struct names_entry *names_slot(struct names_entry *entries, size_t capacity, const char *name)
{
    size_t at = names_hash(name) & (capacity - 1);
    while (entries[at].name != NULL && strcmp(entries[at].name, name) != 0) {
        at = (at + 1) & (capacity - 1);
    }
    return &entries[at];
}

size_t names_find(const struct names *names, const char *name)
{
    if (names->capacity == 0) {
        return SIZE_MAX;
    }
    const struct names_entry *slot = names_slot(names->entries, names->capacity, name);
    return slot->name == NULL ? SIZE_MAX : slot->index;
}

static bool names_widen(struct names *names, struct arena *arena)
{
    size_t capacity = names->capacity == 0 ? 16 : names->capacity * 2;
    struct names_entry *entries = arena_alloc(arena, capacity * sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < names->capacity; i++) {
        if (names->entries[i].name != NULL) {
            *names_slot(entries, capacity, names->entries[i].name) = names->entries[i];
        }
    }
    names->entries = entries;
    names->capacity = capacity;
    return true;
}

bool names_add(struct names *names, struct arena *arena, const char *name, size_t index)
{
    if (names->count * 2 >= names->capacity && !names_widen(names, arena)) {
        return false;
    }
    struct names_entry *slot = names_slot(names->entries, names->capacity, name);
    slot->name = name;
    slot->index = index;
    names->count++;
    return true;
}
