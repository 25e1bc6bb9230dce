#include "trial.h"

#define USUAL SERVER("") "handler s1 orders takes=8ms\n" LIFE("8s")

static const struct trial trials[] = {
    {"12_a_thread_that_is_left", BUG_THREAD_LEFT, 12,
     "expected nothing to be left of s1 after a graceful end, got 1 threads and 0 descriptors\n", USUAL},
    {"12_a_thread_that_is_not_joined", BUG_THREAD_NOT_JOINED, 12,
     "expected nothing to be left of s1 after a graceful end, got 1 threads and 0 descriptors\n", USUAL},
    {"12_a_descriptor_that_is_left", BUG_DESCRIPTOR_LEFT, 12,
     "expected nothing to be left of s1 after a graceful end, got 0 threads and 1 descriptors\n", USUAL},
    {"12_memory_that_is_left", BUG_MEMORY_LEFT, 12, "expected no memory to be left", USUAL},
    {"13_a_lock_taken_twice_by_one_thread", BUG_LOCK_TAKEN_TWICE, 13, "which it holds already", USUAL},
    {"13_locks_taken_in_two_orders", BUG_LOCKS_CROSSWISE, 13, "in a ring", USUAL},
    {"13_a_thread_that_waits_by_looking_again_and_again", BUG_WAITS_BY_LOOKING, 13,
     "scheduling points without a wait, an event or a socket byte", SERVER("") "handler s1 orders hangs\n" LIFE("8s")},
};

const struct trials trials_of_the_end = TRIALS(trials);
