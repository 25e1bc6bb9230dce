/*
 * The servers of a scenario: each a virtual process that runs the production server, or the supervisor of a swarm and
 * a process for each of its nodes.
 *
 * Processes are numbered as in program_process_index(); one that does not live is not touched.
 *
 * Threads: the director's, unless said otherwise.
 */
#ifndef SIM_RUN_SERVERS_H
#define SIM_RUN_SERVERS_H

#include "run/run.h"

struct servers;
struct sim_process;

struct servers *servers_create(struct run *run);
void servers_destroy(struct servers *servers);

/* Start it; an ended one starts again as a new process.  Not of a node: that is for its supervisor. */
void servers_start(struct servers *servers, size_t process);
void servers_signal(struct servers *servers, size_t process, enum program_signal signal);
/* By its API, on a thread of its own. */
void servers_stop(struct servers *servers, size_t process);
void servers_quiet(struct servers *servers, size_t process);
void servers_scale(struct servers *servers, size_t process, size_t workers);
void servers_crash(struct servers *servers, size_t process);
void servers_pause(struct servers *servers, size_t process);
void servers_resume(struct servers *servers, size_t process);
/* The wall clock of the process: a jump, and how much too fast it runs. */
void servers_step_clock(struct servers *servers, size_t process, int64_t step_ns);
void servers_drift_clock(struct servers *servers, size_t process, int64_t drift_ppm);
/* Faults of its producer; counts and times as in struct program_fault. */
void servers_close_producer(struct servers *servers, size_t process);
void servers_fill_producer(struct servers *servers, size_t process, int64_t count, int64_t until_ns);
void servers_fail_deliveries(struct servers *servers, size_t process, int64_t count, int64_t until_ns,
                             const char *error_name);
/* The next `count` of these calls of its clients fail. */
void servers_fail_consumer(struct servers *servers, size_t process, enum program_consumer_call call, int64_t count);
void servers_corrupt(struct servers *servers, size_t process, const struct program_corrupt *corrupt);

/* The process at this moment, NULL before its start. */
struct sim_process *servers_process(const struct servers *servers, size_t process);
bool servers_all_ended(const struct servers *servers);
/* All that were started ended by themselves, with nothing abandoned: memory and descriptors can be counted. */
bool servers_all_graceful(const struct servers *servers);

#endif
