/*
 * What a program says of its servers, as the invariants need it: settings with their defaults filled in, and what is
 * legal because the scenario asks for it.
 */
#ifndef SIM_ORACLE_TRAITS_H
#define SIM_ORACLE_TRAITS_H

#include "scenario/program.h"

/* How one server handles one topic. */
struct topic_traits {
    const char *group;        /* NULL: it does not */
    const char *dead_letters; /* the topic that gets what it could not handle; NULL: none */
    int64_t max_retries;      /* before that */
    bool by_library;          /* a user's handler marks, pauses and seeks as it likes */
    bool seeks;               /* by_library, or the script seeks */
    bool steady;              /* no hang, failure, pause, seek or marking of its own: gets through what it gets */
    bool produced;            /* scripts of the server, whatever they handle, produce to it */
    int64_t cost_ns;          /* of one message at the most, its share of a batch included; of a steady one */
};

struct server_traits {
    char name[PROGRAM_PROCESS_TEXT_MAX]; /* of its process */
    bool supervisor;
    bool consumes; /* a server or a node: neither a supervisor nor a member */
    bool reporting;
    bool embedded;
    bool may_be_paused;          /* as by SIGSTOP */
    bool producer_fails;         /* by the scenario: closed, full, or its deliveries */
    bool deliveries_fail;        /* by the scenario: the producer is closed, or says of records that they are lost */
    bool corrupted;              /* the scenario overwrites fields of its documents */
    bool latest;                 /* auto.offset.reset is not earliest */
    bool steady;                 /* no setting that keeps it from its load */
    bool hurried;                /* settings let its requests, or what it produces, time out */
    bool by_library;             /* a user's handler may produce anything to any topic */
    const char *schema;          /* of its reports */
    int64_t shutdown_ns;         /* shutdown_timeout */
    int64_t forceful_ns;         /* forceful_shutdown_wait */
    int64_t tick_ns;             /* supervision_sleep */
    int64_t interval_ns;         /* of periodic reports */
    int64_t patience_ns;         /* all waits of its settings, added up */
    int64_t join_ns;             /* until it gives up a join that nobody answers; 0: that is one of those waits */
    int forceful_code;           /* forceful_exit_code */
    struct topic_traits *topics; /* by topic of the program */
};

struct traits {
    const struct program *program;
    struct server_traits *servers; /* by process of the program; those of members say nothing */
    size_t count;                  /* of processes */
    bool answers_get_lost;         /* some fault may make a client send again what had arrived */
    bool offsets_get_reset;        /* some fault may make a client begin anew, where its policy says */
};

struct traits *traits_create(const struct program *program); /* NULL: out of memory */
void traits_destroy(struct traits *traits);                  /* takes NULL */

/* The group in which a process (servers first, then members) handles a topic of the program; NULL: it does not. */
const char *traits_group(const struct traits *traits, size_t process, size_t topic);

#endif
