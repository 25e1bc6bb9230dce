/* All that a server needs of the outside.  Borrowed: they outlive the server. */
#ifndef PORTS_PORTS_H
#define PORTS_PORTS_H

#include "ports/clock.h"
#include "ports/consumer.h"
#include "ports/log.h"
#include "ports/metrics.h"
#include "ports/process.h"
#include "ports/producer.h"
#include "ports/signals.h"

struct report_filter; /* tracking/reporter.h */

struct ports {
    struct clock *clock;
    struct signals *signals;   /* NULL: embedded, signals are the host's */
    struct producer *producer; /* closed by the server at its end */
    struct consumer_factory *consumers;
    struct process *process;
    struct metrics *metrics;
    struct log *log;
    struct report_filter *report_filter; /* NULL in production: sees, and may change, every report */
};

#endif
