/* Memory that is freed all at once, up to a bound. */
#ifndef SCENARIO_ARENA_H
#define SCENARIO_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* the newest first */
    size_t used;                /* bytes taken from the system */
    size_t max;
    bool failed; /* an allocation was refused: stays set */
};

void arena_init(struct arena *arena, size_t max);
void arena_close(struct arena *arena);

/* Zeroed, aligned for any type; NULL past the bound or when the system has no more. */
void *arena_alloc(struct arena *arena, size_t size);

/* A zero-terminated copy, or NULL. */
char *arena_text(struct arena *arena, const char *text, size_t len);

/* Make room for one more element in `list` of `count`: returns it, moved when it had to grow, or NULL. */
void *arena_grow(struct arena *arena, void *list, size_t count, size_t *capacity, size_t element_size);

#endif
