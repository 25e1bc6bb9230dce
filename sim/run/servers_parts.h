/*
 * The inside of the servers, shared by its files:
 *   servers.c  processes: configuration, life, errands, faults
 *   swarm.c    supervisors and their nodes
 */
#ifndef SIM_RUN_SERVERS_PARTS_H
#define SIM_RUN_SERVERS_PARTS_H

#include "application/application.h"
#include "run/scripted.h"
#include "run/servers.h"
#include "run/subscribers.h"
#include "world/world.h"

struct kinship;
struct supervisor;
struct swarm;

/* One life of a server: a restart is another. */
struct life {
    struct servers *servers;
    struct life *previous;
    size_t index;  /* of its process in the program */
    size_t server; /* whose settings it has */
    int node;      /* PROGRAM_NO_NODE: the server itself */
    char name[PROGRAM_PROCESS_TEXT_MAX];
    struct sim_process *process;
    struct scripted_process identity;
    struct scripted_metrics metrics;
    struct scripted_log log;
    struct scripted_signals signals;
    struct scripted_producer producer;
    struct corruptions corruptions;
    struct scripted_reports reports;
    struct scripted_consumers tapped; /* consumers, whose statistics may be overwritten */
    struct subscribers subscribers;
    struct consumer_factory *consumers;
    struct carafe_config config;
    struct carafe_setting *settings;
    struct carafe_topic *topics;
    struct application *application;
    struct swarm *swarm;     /* of a supervisor */
    struct kinship *kinship; /* of a node */
    enum program_signal killed_by;
    int64_t wall_offset_ns;
    size_t errands; /* threads of ours in its process */
    bool closing;   /* it has nothing more to be told */
    bool ended;
    bool graceful;
    char failure[CARAFE_ERROR_TEXT_MAX]; /* why it ends with a code other than 0; empty: nothing failed */
    size_t threads_left;                 /* of a graceful end */
    size_t descriptors_left;
};

/* A signal, or a call of the server's API, on its way to a thread of the server's process. */
struct errand {
    struct life *life;
    enum program_signal signal;
    size_t workers;
};

struct servers {
    struct run *run;
    struct life **list; /* by process: its present or last life */
    size_t count;
};

const struct program_server *life_declared(const struct life *life);
/* What a server opens at its start; life_close_ports() closes it, also after a failure. */
int life_open_ports(struct life *life, struct ports *ports, struct carafe_error *error);
void life_close_ports(struct life *life);
/* Log what ended it, and keep it for the observation of the exit. */
void life_fail(struct life *life, const struct carafe_error *error);
/* Before what errands use is destroyed. */
void life_await_errands(struct life *life);
/* All is closed: only this thread may be left, and no descriptor. */
void life_count_leftovers(struct life *life);
/* Whoever wants to know of the events of its application or, of a supervisor, `supervisor`. */
void life_subscribe(struct life *life, struct supervisor *supervisor);
/* The exit code of the command for what a run returned. */
int life_exit_code(const struct life *life, int code);
/* A new life of process `index`, whose main thread runs `entry`.  `kinship`: of a node; NULL: it has no parent. */
struct life *life_start(struct servers *servers, size_t index, int (*entry)(void *life), struct kinship *kinship);
/* Send it a signal, from any thread of the world. */
void life_signal(struct life *life, enum program_signal signal);

/* The main thread of a supervisor, and what others may do to it while it lives. */
int swarm_main(void *life);
/* False: it does not catch signals yet. */
bool swarm_raise(struct life *life, enum signal_kind kind);
/* Takes NULL. */
void swarm_destroy(struct swarm *swarm);
/* Takes NULL. */
void kinship_destroy(struct kinship *kinship);
/* A process ended: its parent is told, and its children have none any more.  Nothing blocks or switches. */
void swarm_mourn(struct life *life);

#endif
