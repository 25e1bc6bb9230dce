/*
 * Thread-specific data.  The data itself is the real thread's; its destructors run on the simulated thread, where they
 * may lock and wait, before the real thread is left to end (it finds nothing to destroy any more).
 */
#include <limits.h>

#include "world/thread.h"

enum { KEYS_MAX = PTHREAD_KEYS_MAX, ROUNDS = PTHREAD_DESTRUCTOR_ITERATIONS };

static void (*destructors[KEYS_MAX])(void *value);
static size_t keys_end; /* behind the highest key noted */

void sim_keys_note(pthread_key_t key, void (*destructor)(void *value))
{
    if (key < KEYS_MAX) {
        destructors[key] = destructor;
        keys_end = key + 1 > keys_end ? key + 1 : keys_end;
    }
}

void sim_keys_forget(pthread_key_t key)
{
    if (key < KEYS_MAX) {
        destructors[key] = NULL;
    }
}

static bool destroy_once(void)
{
    bool any = false;
    for (size_t key = 0; key < keys_end; key++) {
        void (*destructor)(void *value) = destructors[key];
        void *value = destructor ? pthread_getspecific((pthread_key_t)key) : NULL;
        if (value) {
            pthread_setspecific((pthread_key_t)key, NULL);
            destructor(value);
            any = true;
        }
    }
    return any;
}

void sim_keys_destroy_values(void)
{
    for (int round = 0; round < ROUNDS && destroy_once(); round++) {
    }
}
