/* A process whose end a test can see: exit() is noted, and ends only the thread that called it. */
#ifndef SUPPORT_FAKE_PROCESS_H
#define SUPPORT_FAKE_PROCESS_H

#include <pthread.h>

#include "ports/metrics.h"
#include "ports/process.h"
#include "ports/signals.h"

struct fake_process {
    struct process port;
    pthread_mutex_t lock;
    pthread_cond_t exited;
    bool has_exited;
    int exit_code;
    unsigned char next_random;
};

void fake_process_init(struct fake_process *process);
void fake_process_close(struct fake_process *process);
/* Waits for the exit; returns its code. */
int fake_process_await_exit(struct fake_process *process);
bool fake_process_has_exited(struct fake_process *process);

/* Signals that a test raises. */
struct fake_signals {
    struct signals port;
    struct signal_dispatch *dispatch;
};

void fake_signals_init(struct fake_signals *signals, struct clock *clock);
void fake_signals_close(struct fake_signals *signals);

/* Always the same machine. */
void fake_metrics_init(struct metrics *metrics);

#endif
