/*
 * Signals caught by a handler that notes its kind and writes one byte to a pipe.  A thread reads the pipe and hands the
 * kinds to the dispatch, whose threads run the callbacks.
 */
#include "posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/error.h"

static const int numbers[SIGNAL_KINDS] = {
    [SIGNAL_INT] = SIGINT,   [SIGNAL_QUIT] = SIGQUIT, [SIGNAL_TERM] = SIGTERM, [SIGNAL_HUP] = SIGHUP,
    [SIGNAL_TSTP] = SIGTSTP, [SIGNAL_TTIN] = SIGTTIN, [SIGNAL_USR1] = SIGUSR1, [SIGNAL_USR2] = SIGUSR2,
};

struct posix_signals {
    struct signals port;
    struct signal_dispatch *dispatch;
    pthread_t thread;
    bool supervising;
    struct sigaction previous[SIGNAL_KINDS];
};

/*
 * A signal handler knows nothing but what is global, and dispositions belong to the whole process: so this part is
 * global, and one server at a time may have it.  The pipe keeps its numbers and is never closed, because a handler may
 * still run on another thread when the signals are given back.
 */
static struct {
    atomic_long owner_pid; /* 0: nobody; a forked child does not inherit it */
    int read_fd;
    int write_fd;
    bool has_pipe;
    atomic_bool noted[SIGNAL_KINDS];
    atomic_bool ending;
} process_wide;

/* ---- The handler ---- */

/* A kind that is noted already has its byte in the pipe: at most one byte a kind, so the pipe never gets full. */
static void on_signal(int number)
{
    int saved = errno;
    for (size_t kind = 0; kind < SIGNAL_KINDS; kind++) {
        if (numbers[kind] == number && !atomic_exchange(&process_wide.noted[kind], true)) {
            (void)!write(process_wide.write_fd, "!", 1);
        }
    }
    errno = saved;
}

/* ---- The thread ---- */

static void raise_noted(struct posix_signals *signals)
{
    for (size_t kind = 0; kind < SIGNAL_KINDS; kind++) {
        if (atomic_exchange(&process_wide.noted[kind], false)) {
            (void)signal_dispatch_raise(signals->dispatch, (enum signal_kind)kind);
        }
    }
}

/* Who started us may have blocked our signals; one thread that takes them is enough for the process. */
static void unblock(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t kind = 0; kind < SIGNAL_KINDS; kind++) {
        (void)sigaddset(&set, numbers[kind]);
    }
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void *read_signals(void *argument)
{
    struct posix_signals *signals = argument;
    unblock();
    while (!atomic_load(&process_wide.ending)) {
        char bytes[SIGNAL_KINDS + 1];
        ssize_t got = read(process_wide.read_fd, bytes, sizeof bytes);
        ASSERT(got > 0 || (got < 0 && errno == EINTR));
        raise_noted(signals);
    }
    return NULL;
}

/* ---- The port ---- */

static void clear(struct signals *port)
{
    signal_dispatch_clear(((struct posix_signals *)port)->dispatch);
}

static void bind_callback(struct signals *port, enum signal_kind kind, signal_callback callback, void *owner)
{
    signal_dispatch_bind(((struct posix_signals *)port)->dispatch, kind, callback, owner);
}

static void observe(struct signals *port, signal_callback observer, void *owner)
{
    signal_dispatch_observe(((struct posix_signals *)port)->dispatch, observer, owner);
}

static bool take_ownership(void)
{
    long ours = getpid();
    long owner = atomic_load(&process_wide.owner_pid);
    return owner != ours && atomic_compare_exchange_strong(&process_wide.owner_pid, &owner, ours);
}

/* A new pipe under the old numbers: a forked child leaves that of its parent alone. */
static int open_pipe(struct carafe_error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_set(error, CARAFE_FAILED, "signals: pipe: expected one, got %s", strerror(errno));
    }
    if (!process_wide.has_pipe) {
        process_wide.read_fd = ends[0];
        process_wide.write_fd = ends[1];
        process_wide.has_pipe = true;
    } else {
        ASSERT(dup3(ends[0], process_wide.read_fd, O_CLOEXEC) >= 0);
        ASSERT(dup3(ends[1], process_wide.write_fd, O_CLOEXEC) >= 0);
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
    atomic_store(&process_wide.ending, false);
    for (size_t kind = 0; kind < SIGNAL_KINDS; kind++) {
        atomic_store(&process_wide.noted[kind], false);
    }
    return 0;
}

static void catch_all(struct posix_signals *signals)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    (void)sigfillset(&action.sa_mask);
    for (size_t kind = 0; kind < SIGNAL_KINDS; kind++) {
        ASSERT(sigaction(numbers[kind], &action, &signals->previous[kind]) == 0);
    }
}

static int supervise(struct signals *port, struct carafe_error *error)
{
    struct posix_signals *signals = (struct posix_signals *)port;
    if (!take_ownership()) {
        return error_set(error, CARAFE_REFUSED, "signals: supervise: expected one server a process, got a second");
    }
    int result = open_pipe(error);
    if (result == 0) {
        signal_dispatch_open(signals->dispatch);
        if (pthread_create(&signals->thread, NULL, read_signals, signals) != 0) {
            signal_dispatch_release(signals->dispatch);
            result = error_set(error, CARAFE_FAILED, "signals: supervise: expected a thread, got none");
        }
    }
    if (result != 0) {
        atomic_store(&process_wide.owner_pid, 0);
        return result;
    }
    signals->supervising = true;
    catch_all(signals);
    return 0;
}

static void release(struct signals *port)
{
    struct posix_signals *signals = (struct posix_signals *)port;
    if (!signals->supervising) {
        return;
    }
    signals->supervising = false;
    for (size_t kind = 0; kind < SIGNAL_KINDS; kind++) {
        ASSERT(sigaction(numbers[kind], &signals->previous[kind], NULL) == 0);
    }
    atomic_store(&process_wide.ending, true);
    ASSERT(write(process_wide.write_fd, "!", 1) == 1);
    (void)pthread_join(signals->thread, NULL);
    signal_dispatch_release(signals->dispatch);
    atomic_store(&process_wide.owner_pid, 0);
}

struct signals *posix_signals_create(struct clock *clock)
{
    struct posix_signals *signals = calloc(1, sizeof *signals);
    struct signal_dispatch *dispatch = signal_dispatch_create(clock);
    if (signals == NULL || dispatch == NULL) {
        free(signals);
        signal_dispatch_destroy(dispatch);
        return NULL;
    }
    signals->port = (struct signals){
        .clear = clear, .bind = bind_callback, .observe = observe, .supervise = supervise, .release = release};
    signals->dispatch = dispatch;
    return &signals->port;
}

void posix_signals_destroy(struct signals *port)
{
    if (port == NULL) {
        return;
    }
    release(port);
    signal_dispatch_destroy(((struct posix_signals *)port)->dispatch);
    free(port);
}
