/* Memory that is all freed at once. */
#ifndef CLI_ARENA_H
#define CLI_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_block *blocks;
};

/* Zeroed, aligned for anything.  The command ends when there is no memory: nothing runs yet that could be harmed. */
void *arena_allocate(struct arena *arena, size_t count, size_t size);
char *arena_copy(struct arena *arena, const char *text, size_t len);
/* Overwrites what it frees: secrets may be in it. */
void arena_free(struct arena *arena);

#endif
