/*
 * Loaded before the server: the locks of one place (base/lock.h), which OVERLOOKED_LOCK names, still keep threads
 * apart, but ThreadSanitizer learns nothing of it.  What such a lock protects must then be found to race, as if it were
 * missing.
 */
#include "base/lock.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void AnnotateIgnoreSyncBegin(const char *file, int line);
void AnnotateIgnoreSyncEnd(const char *file, int line);

static const char *const names[] = {[LOCK_NONE] = "none",
#define NAME_OF(symbol, name, outer) [LOCK_##symbol] = name,
                                    LOCK_ORDER(NAME_OF)
#undef NAME_OF
};

static bool is_overlooked(const struct lock *lock)
{
    const char *overlooked = getenv("OVERLOOKED_LOCK");
    return overlooked != NULL && strcmp(overlooked, names[lock->place]) == 0;
}

static void call_next(const char *function, struct lock *lock)
{
    void (*next)(struct lock * lock) = NULL;
    void *symbol = dlsym(RTLD_NEXT, function);
    memcpy(&next, &symbol, sizeof next);
    next(lock);
}

void lock_take(struct lock *lock)
{
    if (!is_overlooked(lock)) {
        call_next("lock_take", lock);
        return;
    }
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
    (void)pthread_mutex_lock(&lock->mutex);
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
}

void lock_give(struct lock *lock)
{
    if (!is_overlooked(lock)) {
        call_next("lock_give", lock);
        return;
    }
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
    (void)pthread_mutex_unlock(&lock->mutex);
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
}

void lock_suspend(struct lock *lock)
{
    if (!is_overlooked(lock)) {
        call_next("lock_suspend", lock);
    }
}

void lock_resume(struct lock *lock)
{
    if (!is_overlooked(lock)) {
        call_next("lock_resume", lock);
    }
}
