/* A process whose end a test can see: exit() is noted, and ends only the thread that called it. */
#ifndef SUPPORT_BENCH_PROCESS_H
#define SUPPORT_BENCH_PROCESS_H

#include <pthread.h>

#include "ports/metrics.h"
#include "ports/process.h"
#include "ports/signals.h"

struct bench_process {
    struct process port;
    pthread_mutex_t lock;
    pthread_cond_t exited;
    bool has_exited;
    int exit_code;
    unsigned char next_random;
};

void bench_process_init(struct bench_process *process);
void bench_process_close(struct bench_process *process);
/* Waits for the exit; returns its code. */
int bench_process_await_exit(struct bench_process *process);
bool bench_process_has_exited(struct bench_process *process);

/* Signals that a test raises. */
struct bench_signals {
    struct signals port;
    struct signal_dispatch *dispatch;
};

void bench_signals_init(struct bench_signals *signals, struct clock *clock);
void bench_signals_close(struct bench_signals *signals);

/* Always the same machine. */
void bench_metrics_init(struct metrics *metrics);

#endif
