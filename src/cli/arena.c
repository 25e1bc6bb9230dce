#include "cli/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

struct arena_block {
    struct arena_block *next;
    size_t size;
    max_align_t bytes[];
};

void *arena_allocate(struct arena *arena, size_t count, size_t size)
{
    size_t total = 0;
    ASSERT(!__builtin_mul_overflow(count, size, &total));
    struct arena_block *block = calloc(1, sizeof *block + total);
    ASSERT(block != NULL);
    block->size = total;
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_allocate(arena, len + 1, 1);
    memcpy(copy, text, len);
    return copy;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        explicit_bzero(block->bytes, block->size);
        free(block);
    }
}
