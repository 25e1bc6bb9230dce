/* How much memory this process may use. */
#ifndef POSIX_MEMORY_LIMIT_H
#define POSIX_MEMORY_LIMIT_H

#include <stdint.h>

/*
 * KiB: the lowest limit of our cgroup and those above it (version 2, else 1), else the size of the machine, else 0.
 * `root` goes before /proc and /sys.
 */
int64_t memory_limit_kib(const char *root);

#endif
