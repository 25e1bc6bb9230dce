/*
 * Memory of the world itself.  Not malloc's: what the world does must not change the heap of who runs inside, and a
 * sanitizer must neither take the world's hand-overs for races nor its abandoned parts for leaks.
 */
#ifndef SIM_WORLD_MEMORY_H
#define SIM_WORLD_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Zeroed; never fails (the process ends when the system has no more). */
void *sim_memory_get(size_t len);
void sim_memory_put(void *memory, size_t len);

/*
 * Copies.  Under ThreadSanitizer it must not be memcpy, which the runtime would take for an access by the library
 * that calls, in an order that it cannot see.
 */
static inline void sim_memory_copy(void *restrict to, const void *restrict from, size_t len)
{
#if defined(SIM_WORLD_TSAN) && defined(__x86_64__)
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(len) : : "memory");
#elif defined(SIM_WORLD_TSAN)
    volatile unsigned char *target = to;
    const volatile unsigned char *source = from;
    for (size_t i = 0; i < len; i++) {
        target[i] = source[i];
    }
#else
    memcpy(to, from, len);
#endif
}

/* A text into `size` bytes, cut short when it is longer.  Nor may this be snprintf, for the same reason. */
static inline void sim_memory_copy_text(char *to, size_t size, const char *from)
{
    size_t len = 0;
    while (from[len] && len + 1 < size) {
        len++;
    }
    sim_memory_copy(to, from, len);
    to[len] = '\0';
}

#ifdef SIM_WORLD_TSAN
void __tsan_acquire(void *object) __attribute__((weak));
void __tsan_release(void *object) __attribute__((weak));
void AnnotateIgnoreSyncBegin(const char *file, int line) __attribute__((weak));
void AnnotateIgnoreSyncEnd(const char *file, int line) __attribute__((weak));
#endif

/* What the current thread does from here on comes after everything that was released on `object`. */
static inline void sim_memory_acquire(const void *object)
{
#ifdef SIM_WORLD_TSAN
    if (__tsan_acquire) {
        __tsan_acquire((void *)(uintptr_t)object);
    }
#else
    (void)object;
#endif
}

/* What the current thread did so far comes before everything that acquires `object`. */
static inline void sim_memory_release(const void *object)
{
#ifdef SIM_WORLD_TSAN
    if (__tsan_release) {
        __tsan_release((void *)(uintptr_t)object);
    }
#else
    (void)object;
#endif
}

/* Between these two nothing that the current thread does is order to ThreadSanitizer: the world's own housekeeping. */
static inline void sim_memory_order_off(void)
{
#ifdef SIM_WORLD_TSAN
    if (AnnotateIgnoreSyncBegin) {
        AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
    }
#endif
}

static inline void sim_memory_order_on(void)
{
#ifdef SIM_WORLD_TSAN
    if (AnnotateIgnoreSyncEnd) {
        AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
    }
#endif
}

#endif
