#include "world/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    SMALLEST_SHIFT = 5,
    CLASSES = 28, /* up to 4 GiB */
    ARENA_BYTES = 1 << 20
};

struct block {
    struct block *next;
};

static struct block *free_blocks[CLASSES];
static unsigned char *arena;
static size_t arena_left;

static size_t class_of(size_t len)
{
    size_t class = 0;
    while (((size_t)1 << (class + SMALLEST_SHIFT)) < len) {
        class ++;
    }
    return class;
}

static void *from_system(size_t len)
{
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        static const char text[] = "sim: world: memory: expected more from the system, got none\n";
        ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
        (void)ignored;
        _exit(4);
    }
    return memory;
}

static void *from_arena(size_t len)
{
    if (len > ARENA_BYTES / 4) {
        return from_system(len);
    }
    if (len > arena_left) {
        arena = from_system(ARENA_BYTES);
        arena_left = ARENA_BYTES;
    }
    void *memory = arena;
    arena += len;
    arena_left -= len;
    return memory;
}

static void clear(void *memory, size_t len)
{
#ifdef SIM_WORLD_TSAN
    volatile unsigned char *bytes = memory;
    for (size_t i = 0; i < len; i++) {
        bytes[i] = 0;
    }
#else
    memset(memory, 0, len);
#endif
}

void *sim_memory_get(size_t len)
{
    size_t class = class_of(len);
    struct block *block = free_blocks[class];
    if (!block) {
        return from_arena((size_t)1 << (class + SMALLEST_SHIFT));
    }
    free_blocks[class] = block->next;
    clear(block, len);
    return block;
}

void sim_memory_put(void *memory, size_t len)
{
    size_t class = class_of(len);
    struct block *block = memory;
    block->next = free_blocks[class];
    free_blocks[class] = block;
}
