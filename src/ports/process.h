/* The process that we are: its identity, its randomness, its end and its children. */
#ifndef PORTS_PROCESS_H
#define PORTS_PROCESS_H

#include "carafe.h"

struct process {
    /* Lives as long as the port. */
    const char *(*host_name)(struct process *process);
    int64_t (*id)(struct process *process);
    int64_t (*parent_id)(struct process *process);
    void (*random)(struct process *process, void *bytes, size_t len);
    /* End the process at once: no atexit handler, nothing flushed. */
    void (*exit)(struct process *process, int code) __attribute__((noreturn));
};

#endif
