/*
 * The ports on Linux: children, clock, log, metrics, process and signals.
 *
 * They use plain POSIX calls only, so they also run inside the simulated world, which brings its own.
 */
#ifndef POSIX_POSIX_H
#define POSIX_POSIX_H

#include "ports/children.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/metrics.h"
#include "ports/process.h"
#include "ports/signals.h"

/* One for all: it has no state.  CLOCK_MONOTONIC and CLOCK_REALTIME. */
struct clock *posix_clock(void);

/*
 * Lines of `level` and above, each in one write(2) to `fd`, which stays the caller's:
 * `2026-01-31T12:00:00.123Z WARNING text`.  Control characters become spaces, so that what a broker says cannot forge
 * a line.  NULL: no memory.
 */
struct log *posix_log_create(struct clock *clock, int fd, enum log_level level);
void posix_log_destroy(struct log *log);

/* Asks for the host's name once.  NULL: no memory. */
struct process *posix_process_create(void);
void posix_process_destroy(struct process *process);

/*
 * Children are forks, told of by pidfds and pipes, and signals come by a signalfd: one poll for all of them.  A child
 * starts with the signals blocked; posix_signals_create() unblocks them where it catches them.  Needs Linux 5.4.
 * NULL: no memory.
 */
struct children *posix_children_create(struct clock *clock);
/* Releases first; children that live are left alone.  Takes NULL. */
void posix_children_destroy(struct children *children);

/* `root` goes before /proc and /sys ("" in production, a directory in tests); copied.  NULL: no memory. */
struct metrics *posix_metrics_create(const char *root);
void posix_metrics_destroy(struct metrics *metrics);

/*
 * Catches nothing before supervise(), and one at a time in a process may (CARAFE_REFUSED).  release() gives back the
 * dispositions that were there.  NULL: no memory.
 */
struct signals *posix_signals_create(struct clock *clock);
/* Releases first.  Takes NULL. */
void posix_signals_destroy(struct signals *signals);

#endif
