#include "scenario/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_CHUNK_BYTES ((size_t)64 * 1024)

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *arena, size_t max)
{
    *arena = (struct arena){.max = max};
}

void arena_close(struct arena *arena)
{
    while (arena->chunks != NULL) {
        struct arena_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
}

static struct arena_chunk *chunk_create(struct arena *arena, size_t size)
{
    size_t wanted = size > ARENA_CHUNK_BYTES ? size : ARENA_CHUNK_BYTES;
    if (wanted > arena->max - arena->used && size <= arena->max - arena->used) {
        wanted = size; /* the last bytes below the bound are as good as any */
    }
    if (wanted > arena->max - arena->used) {
        return NULL;
    }
    struct arena_chunk *chunk = calloc(1, sizeof *chunk + wanted);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->size = wanted;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->used += wanted;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > arena->max) {
        arena->failed = true;
        return NULL;
    }
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->size - chunk->used < rounded) {
        chunk = chunk_create(arena, rounded);
    }
    if (chunk == NULL) {
        arena->failed = true;
        return NULL;
    }
    void *bytes = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return bytes;
}

char *arena_text(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (copy != NULL) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

void *arena_grow(struct arena *arena, void *list, size_t count, size_t *capacity, size_t element_size)
{
    if (count < *capacity) {
        return list;
    }
    size_t wanted = *capacity == 0 ? 4 : *capacity * 2;
    void *grown = arena_alloc(arena, wanted * element_size);
    if (grown == NULL) {
        return NULL;
    }
    if (count > 0) {
        memcpy(grown, list, count * element_size);
    }
    *capacity = wanted;
    return grown;
}
