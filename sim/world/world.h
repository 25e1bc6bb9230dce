/*
 * The simulated machine: virtual time, a seeded scheduler that lets exactly one thread run at a time, sockets that are
 * byte queues in memory, and virtual processes.  The executable that links it defines the libc calls that its shared
 * libraries import, so that librdkafka and our own objects run inside unmodified.  Same seed, same program: the same
 * run, byte for byte.  It knows neither carafe nor Kafka.
 *
 * Life: sim_world_start() makes the caller the first thread ("main") of the first process ("world"); from then on every
 * call of the system that this file is about is virtual, for all threads, until sim_world_finish().  Before and after,
 * the real calls run.  State is never reset: one world for each real process, so fork first, then start.
 *
 * Rules inside: no fork, no real sockets, no spinning without a call, no pointer in a trace.  Threads that exist when
 * the world starts must not call into it (start it before making any).
 *
 * Unless said otherwise: functions are called from simulated threads only, times are virtual nanoseconds since the
 * start of the world, strings are copied, and a call that makes no sense ends the run with a report (SIM_MISUSE).
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_NEVER INT64_MAX /* the deadline of a wait without one */

/* What the clocks say at virtual time 0. */
#define SIM_MONOTONIC_ORIGIN_NS (INT64_C(1000) * 1000000000)
#define SIM_WALL_ORIGIN_NS      (INT64_C(1750000000) * 1000000000) /* 2025-06-15T15:06:40Z */

#define SIM_EXIT_FAILURE 4 /* exit code after a failure of the world itself: deadlock, livelock, watchdog, misuse */

/* ---- the world ---- */

enum sim_backend {
    SIM_COROUTINES, /* one OS thread runs all; x86-64 only, elsewhere SIM_THREADS is taken instead */
    SIM_THREADS     /* real threads hand a baton from one to the next; slow, friendly to debuggers */
};

enum sim_failure {
    SIM_DEADLOCK,    /* nothing runnable, nothing due */
    SIM_LIVELOCK,    /* livelock_points without an event or a byte; spin_points of a thread that never waits */
    SIM_WATCHDOG,    /* wall_limit_ms of real time; told from a signal handler */
    SIM_UNSUPPORTED, /* a call that the world does not have */
    SIM_MISUSE       /* unlock of a mutex that is not owned, relock by its owner, ... */
};

struct sim_options {
    uint64_t seed;
    enum sim_backend backend;
    unsigned preemption;       /* a running thread is preempted at one point in so many; 0: never (and FIFO order) */
    int64_t point_cost_ns;     /* what every scheduling point costs; at least 1 */
    int64_t latency_ns;        /* of every connection and direction, unless sim_net_set_link says otherwise */
    int64_t latency_jitter_ns; /* plus 0 .. this, drawn for every send */
    uint64_t livelock_points;  /* 0: unbounded */
    uint64_t spin_points;      /* of one thread that waits for nothing; 0: unbounded */
    int64_t wall_limit_ms;     /* real time for the whole world; 0: unbounded */
    size_t stack_bytes;        /* of threads that do not ask for more */
    /*
     * Told of a failure of the world with the whole report (lines, no addresses).  Must not return into the world: if
     * it returns, the process ends with SIM_EXIT_FAILURE.  NULL: the report goes to stderr.  Must be signal-safe for
     * SIM_WATCHDOG.
     */
    void (*failed)(enum sim_failure failure, const char *report, void *owner);
    void *owner;
};

/* Seed 1, coroutines, preemption 8, 500 ns a point, 500 us + 300 us of jitter, 20 000 000 points, no wall limit. */
void sim_options_init(struct sim_options *options);

/*
 * Tune the allocator of this process: one arena, never given back to the system, since threads take turns.  Before any
 * thread of a process that will fork worlds; sim_world_start() does it too.
 */
void sim_world_prepare(void);

/* Once for each real process, before any other thread exists. */
void sim_world_start(const struct sim_options *options);

struct sim_summary {
    int64_t now_ns;
    uint64_t event_hash;  /* of sim_trace_event */
    uint64_t byte_hash;   /* of every socket byte, when and where it was sent and read */
    uint64_t switch_hash; /* of every switch from thread to thread, and when */
    uint64_t hash;        /* of the three; the seed itself is in none */
    uint64_t events;
    uint64_t bytes;
    uint64_t points;   /* scheduling points */
    uint64_t switches; /* from one thread to another */
    uint64_t threads_created;
    size_t threads_live; /* neither ended nor frozen by the end of their process; includes the caller */
    size_t descriptors_open;
};

void sim_world_summary(struct sim_summary *summary);

/*
 * Leave the world; from here on all calls are real.  Called by the thread that started it.  Threads that still live
 * are abandoned where they are.  When none does (threads_live 1), memory can be checked for leaks and the process
 * left by exit(); otherwise flush what must be flushed and use _exit().
 */
void sim_world_finish(struct sim_summary *summary);

/* ---- time ---- */

int64_t sim_now(void);
/* Runs again at exactly `deadline_ns`, or goes on at once when that is past. */
void sim_sleep_until(int64_t deadline_ns);
/*
 * As sim_sleep_until, but sim_wake ends it early: true when woken.  One wake before the wait is remembered.
 */
bool sim_wait_until(int64_t deadline_ns);
/* Wake the thread of this number (see sim_thread_number).  No scheduling point: callbacks of the world may use it. */
void sim_wake(int thread);
/* A scheduling point: costs point_cost_ns, others may run. */
void sim_point(void);

/* ---- processes ---- */

struct sim_process;

enum sim_process_state { SIM_RUNNING, SIM_PAUSED, SIM_EXITED, SIM_CRASHED };

struct sim_process_options {
    const char *name;       /* for reports, e.g. "s1" */
    const char *host_name;  /* resolves to 127.0.0.1 for everybody; NULL: the name */
    int64_t wall_offset_ns; /* wall clock - SIM_WALL_ORIGIN_NS - now at the start */
    int64_t wall_drift_ppb; /* the wall clock gains so many ns a second */
    size_t threads_max;     /* making one more fails with EAGAIN, as past a limit of the system; 0: no limit */
    /*
     * Told once, after the threads of an exited or crashed process were frozen and its sockets closed; not for the end
     * of its last thread.  Runs inside the world on some thread of another process, or on the last switch of its own:
     * it may call sim_now, sim_trace_event and the getters, nothing that blocks.
     */
    void (*ended)(struct sim_process *process, void *owner);
    void *owner;
};

/* Processes live as long as the world; a restart is a new one with the same name.  pids count up from 1000. */
struct sim_process *sim_process_create(const struct sim_process_options *options);
struct sim_process *sim_process_current(void);
/* NULL: no process has this id. */
struct sim_process *sim_process_find(int64_t id);
/* The first process, in which the world was started. */
struct sim_process *sim_process_world(void);

int64_t sim_process_id(const struct sim_process *process);
const char *sim_process_name(const struct sim_process *process);
const char *sim_process_host_name(const struct sim_process *process);
enum sim_process_state sim_process_state(const struct sim_process *process);
int sim_process_exit_code(const struct sim_process *process);  /* of an exited one; 128 + 9 of a crashed one */
size_t sim_process_threads(const struct sim_process *process); /* that live */
/* Threads that ended and were neither joined nor detached. */
size_t sim_process_unjoined(const struct sim_process *process);
size_t sim_process_descriptors(const struct sim_process *process); /* that are open */

/* Run `main(argument)` on a new thread of `process`; what it returns is the exit code (see sim_process_exit). */
void sim_process_start(struct sim_process *process, int (*main)(void *argument), void *argument);
/* Run `entry(argument)` on a new detached thread of `process`; its return ends that thread only.  Returns its number.
 */
int sim_process_spawn(struct sim_process *process, const char *thread_name, void (*entry)(void *argument),
                      void *argument);

/*
 * End the current process at once, like _exit(): all its threads are frozen for ever, its sockets are closed as a
 * kernel does (FIN, or RST where bytes are unread).  If another of its threads holds a lock at this moment (it may be
 * one that all processes share in a library), that one runs on until it has released it, at most 5 ms.
 */
void sim_process_exit(int code) __attribute__((noreturn));
/* kill -9 from another process, with the same delay; sockets are reset.  The caller goes on at once. */
void sim_process_crash(struct sim_process *process);
/* SIGSTOP (with the same delay) and SIGCONT.  Time goes on, sockets stay open.  A process may pause itself. */
void sim_process_pause(struct sim_process *process);
void sim_process_resume(struct sim_process *process);
/*
 * Wait until `process` exited or crashed (returns true), or until `deadline_ns` (returns false).
 */
bool sim_process_wait(struct sim_process *process, int64_t deadline_ns);
/* As above, until no thread of it lives, whether it exited or its threads just ended. */
bool sim_process_wait_threads(struct sim_process *process, int64_t deadline_ns);

/* Step and drift of its wall clock, as in the options; waits on CLOCK_REALTIME follow. */
void sim_process_set_wall(struct sim_process *process, int64_t wall_offset_ns, int64_t wall_drift_ppb);
int64_t sim_process_wall_offset(const struct sim_process *process); /* now, drift included */

/* ---- threads ---- */

#define SIM_THREAD_NAME_MAX 32 /* with its end */

/* Names the current thread in reports.  pthread_setname_np does the same. */
void sim_thread_set_name(const char *name);
const char *sim_thread_name(void);
/* Of the current thread: 1 is the one that started the world, others count up. */
int sim_thread_number(void);

/*
 * For who runs inside and gives an object to another thread without a call of the C library, as the world allows: what
 * came before sim_hand_over is before what follows sim_take_over of the same object.  Of use to ThreadSanitizer only.
 */
void sim_hand_over(const void *object);
void sim_take_over(const void *object);

/* ---- trace ---- */

/* One canonical line of the run (no address, no real time).  Changes the event hash, together with the time. */
void sim_trace_event(const char *text, size_t len);
/* Also told of every event, on the thread that traced it.  NULL: nobody.  May not call into the world but sim_now. */
void sim_trace_set_sink(void (*sink)(int64_t now_ns, const char *text, size_t len, void *owner), void *owner);

/* A number from the world's seed, for who needs one inside (fault ranges ...); `stream` keeps users independent. */
uint64_t sim_random(uint64_t stream);

/* ---- network: what happens between a client process and a listening port ---- */

/*
 * Which connections are meant: of the process that connects, to the port that listens.  NULL or 0: any.  Where several
 * routes have a setting, the most precise wins: client and port, client, port, any.  At most 64 routes.
 */
struct sim_route {
    struct sim_process *client;
    uint16_t port;
};

/* One way of a connection; both is SIM_TO_SERVER | SIM_TO_CLIENT. */
enum sim_direction { SIM_TO_SERVER = 1, SIM_TO_CLIENT = 2, SIM_BOTH_WAYS = 3 };

struct sim_link {
    int64_t latency_ns;
    int64_t jitter_ns;        /* plus 0 .. this, drawn for every send */
    int64_t bytes_per_second; /* 0: unbounded */
};

/* From now on, for existing connections too; bytes that are under way keep their time. */
void sim_net_set_link(struct sim_route route, enum sim_direction direction, const struct sim_link *link);
/* Back to what a less precise route says. */
void sim_net_clear_link(struct sim_route route, enum sim_direction direction);
/* Nothing arrives any more: bytes and ends are held, connects hang.  Nobody is told. */
void sim_net_cut(struct sim_route route, enum sim_direction direction);
/* What is held goes on its way now. */
void sim_net_heal(struct sim_route route, enum sim_direction direction);
/* Connects are refused (true), or not any more.  Existing connections stay. */
void sim_net_refuse(struct sim_route route, bool refuse);
/* Existing connections break at once for both sides.  Returns how many. */
size_t sim_net_reset(struct sim_route route);
/* Of the next send in `direction` (one of the two) only the first `bytes` arrive, then the connection is reset. */
void sim_net_truncate(struct sim_route route, enum sim_direction direction, size_t bytes);
/* `name` resolves to 127.0.0.1 (as localhost and the host names of processes do). */
void sim_net_add_host(const char *name);

/* A connection as its taps see it: borrowed for the call. */
struct sim_connection {
    uint64_t id;   /* 1, 2, ... in the order of connects */
    uint16_t port; /* that listens */
    uint16_t client_port;
    struct sim_process *client;
    struct sim_process *server;
    void *tag; /* the tap's own, NULL at first; one for all taps */
};

/*
 * Watches the server's side of every connection to `port`.  Callbacks run on the simulated thread that made the call
 * (for `closed` also on another, e.g. of who ends the process) and must call nothing of the world but sim_now,
 * sim_trace_event and the getters; they may be NULL.  At most 16 taps.
 */
struct sim_tap {
    uint16_t port;                                                     /* 0: any */
    void (*connected)(struct sim_connection *connection, void *owner); /* a client's connect reached the listener */
    void (*accepted)(struct sim_connection *connection, void *owner);
    void (*read)(struct sim_connection *connection, const void *bytes, size_t len, void *owner);    /* by the server */
    void (*written)(struct sim_connection *connection, const void *bytes, size_t len, void *owner); /* by the server */
    void (*closed)(struct sim_connection *connection, void *owner); /* by either side, once */
    void *owner;
};

void sim_net_tap(const struct sim_tap *tap);

/* ---- texts of libraries that would hold addresses ---- */

/* Writes what shall stand in place of the formatted text; returns as snprintf does. */
typedef int (*sim_format_function)(char *buffer, size_t size, va_list arguments, void *owner);

/*
 * When a shared library whose file name starts with `library` formats by exactly `format` through snprintf (fortified
 * or not), `replace` does it.  At most 16.  May be called before the world starts; acts only inside.
 */
void sim_format_hook(const char *library, const char *format, sim_format_function replace, void *owner);

#endif
