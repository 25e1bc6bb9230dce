/*
 * The ports that a scenario controls: identity and end of the process, metrics, log, signals, a producer that fails
 * when told so, and documents that are changed on their way.  Everything else a server gets is what production gets.
 */
#ifndef SIM_RUN_SCRIPTED_H
#define SIM_RUN_SCRIPTED_H

#include "ports/ports.h"
#include "run/corruptions.h"
#include "run/run.h"
#include "tracking/reporter.h"

struct sim_process;
struct tap;

/* ---- Process: host name and pid of the virtual process, random bytes from the seed --------------------------------
 */

struct scripted_process {
    struct process port;
    struct sim_process *process; /* NULL until it is created */
    struct run *run;
    char host_name[256];
    int64_t id; /* 0: that of the virtual process */
    int64_t parent_id;
    uint64_t draws;
};

void scripted_process_init(struct scripted_process *process, struct run *run, const char *host_name, int64_t id);

/* ---- Metrics: what the scenario says, never this machine -----------------------------------------------------------
 */

struct scripted_metrics {
    struct metrics port;
    struct metrics_sample sample; /* threads 0: those of the virtual process */
    struct sim_process *process;
};

void scripted_metrics_init(struct scripted_metrics *metrics, const struct program_settings *settings);

/* ---- Log: lines become observations --------------------------------------------------------------------------------
 */

struct scripted_log {
    struct log port;
    struct run *run;
    const char *process;
};

void scripted_log_init(struct scripted_log *log, struct run *run, const char *process);

/* ---- Signals: raised by the scenario -------------------------------------------------------------------------------
 */

struct scripted_signals {
    struct signals port;
    struct signal_dispatch *dispatch;
    bool blocked; /* what comes before they are caught waits, as for a child of who had them blocked */
    bool waiting[SIGNAL_KINDS];
    struct clock *clock;
    bool released;
};

int scripted_signals_init(struct scripted_signals *signals, struct clock *clock);
void scripted_signals_close(struct scripted_signals *signals);
/* False: nothing is bound yet, the default action of the signal applies; what comes too late is ignored.  An ordinary
 * thread of the process. */
bool scripted_signals_raise(struct scripted_signals *signals, enum signal_kind kind);
enum signal_kind scripted_signals_kind(enum program_signal signal);

/* ---- Producer: the real one, with faults before it ------------------------------------------------------------------
 */

/* So many records more, at the latest until then. */
struct scripted_limit {
    int64_t left;
    int64_t until_ns; /* monotonic */
};

struct scripted_producer {
    struct producer port;
    struct producer *real; /* NULL: not open yet */
    struct clock *clock;
    struct run *run;
    const char *process;
    bool told;                      /* that it is closed */
    bool closed;                    /* by the scenario */
    struct scripted_limit full;     /* records that are refused */
    struct scripted_limit failures; /* deliveries that fail */
    char failure[64];
};

void scripted_producer_init(struct scripted_producer *producer, struct clock *clock, struct run *run,
                            const char *process);

/* ---- Reports: fields overwritten before the contract is checked -----------------------------------------------------
 */

struct scripted_reports {
    struct report_filter port;
    struct corruptions *corruptions;
};

void scripted_reports_init(struct scripted_reports *reports, struct corruptions *corruptions);

/* ---- Consumers: the real ones, whose statistics may be overwritten and whose calls may fail
 * --------------------------------------------------
 */

struct scripted_consumers {
    struct consumer_factory port;
    struct consumer_factory *real;
    struct corruptions *corruptions;
    int64_t failing[PROGRAM_CALL_COUNT]; /* so many of the next ones */
    struct tap *taps;                    /* of all clients that were opened */
};

void scripted_consumers_init(struct scripted_consumers *consumers, struct consumer_factory *real,
                             struct corruptions *corruptions);
/* After all clients are closed. */
void scripted_consumers_close(struct scripted_consumers *consumers);

#endif
