/*
 * Children by fork, each with a pipe on which it says how it is and a pidfd that tells its end.  Signals stay blocked
 * and come by a signalfd, so that no handler of the parent can run in a child that has none of its own yet.
 */
#include "posix/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/assert.h"
#include "base/error.h"

#define NONE            (-1)
#define WAIT_PIDFD      3 /* P_PIDFD of linux/wait.h; glibc has it since 2.36 only */
#define REPORT_HEALTHY  'h'
#define REPORT_TROUBLED 't'

static const int numbers[SIGNAL_KINDS] = {
    [SIGNAL_INT] = SIGINT,   [SIGNAL_QUIT] = SIGQUIT, [SIGNAL_TERM] = SIGTERM, [SIGNAL_HUP] = SIGHUP,
    [SIGNAL_TSTP] = SIGTSTP, [SIGNAL_TTIN] = SIGTTIN, [SIGNAL_USR1] = SIGUSR1, [SIGNAL_USR2] = SIGUSR2,
};

struct child {
    pid_t pid; /* 0: none */
    int pidfd;
    int report_fd; /* NONE: it closed its end */
};

struct posix_children {
    struct children port;
    struct clock *clock;
    bool supervising;
    sigset_t previous_mask;
    int signal_fd;
    int wake_fds[2]; /* raise(): a byte is a kind */
    int self_fd;     /* a pidfd of this process, for its children */
    struct child *list;
    size_t count; /* places in `list` */
    struct pollfd *polled;
};

/* What a child has of its parent. */
struct posix_parent {
    struct parent port;
    struct clock *clock;
    int report_fd;
    int end_fd; /* a pidfd of the parent */
    int wake_fds[2];
};

static void close_fd(int *fd)
{
    if (*fd != NONE) {
        (void)close(*fd);
        *fd = NONE;
    }
}

static int open_pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Until `deadline_ns` in milliseconds for poll(), rounded up; -1: for ever. */
static int timeout_of(struct clock *clock, int64_t deadline_ns)
{
    if (deadline_ns == NEVER_NS) {
        return -1;
    }
    int64_t left_ns = deadline_ns - clock->monotonic_ns(clock);
    if (left_ns <= 0) {
        return 0;
    }
    int64_t left_ms = (left_ns - 1) / NS_PER_MS + 1;
    return left_ms < INT32_MAX ? (int)left_ms : INT32_MAX;
}

/* ---- The parent, in the child ------------------------------------------------------------------------------------ */

/* A full pipe loses the report: the parent does not read, and so judges nobody.  Without a parent there is EPIPE. */
static void report(struct parent *port, bool healthy)
{
    struct posix_parent *parent = (struct posix_parent *)port;
    char byte = healthy ? REPORT_HEALTHY : REPORT_TROUBLED;
    sigset_t pipe_signal;
    sigset_t before;
    (void)sigemptyset(&pipe_signal);
    (void)sigaddset(&pipe_signal, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    if (write(parent->report_fd, &byte, 1) < 0 && errno == EPIPE && sigismember(&before, SIGPIPE) == 0) {
        static const struct timespec at_once = {0};
        (void)sigtimedwait(&pipe_signal, NULL, &at_once);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool wait_end(struct parent *port, int64_t deadline_ns)
{
    struct posix_parent *parent = (struct posix_parent *)port;
    struct pollfd polled[] = {{.fd = parent->end_fd, .events = POLLIN}, {.fd = parent->wake_fds[0], .events = POLLIN}};
    int ready = 0;
    do {
        ready = poll(polled, 2, timeout_of(parent->clock, deadline_ns));
    } while (ready < 0 && errno == EINTR);
    ASSERT(ready >= 0);
    char byte = 0;
    if (polled[1].revents != 0) {
        (void)!read(parent->wake_fds[0], &byte, 1);
    }
    return polled[0].revents != 0;
}

static void wake(struct parent *port)
{
    (void)!write(((struct posix_parent *)port)->wake_fds[1], "!", 1);
}

/* What the parent has open is not for the child, nor are its other children. */
static void forget_family(struct posix_children *children)
{
    close_fd(&children->signal_fd);
    close_fd(&children->wake_fds[0]);
    close_fd(&children->wake_fds[1]);
    for (size_t i = 0; i < children->count; i++) {
        if (children->list[i].pid != 0) {
            close_fd(&children->list[i].pidfd);
            close_fd(&children->list[i].report_fd);
        }
    }
}

static void live(struct posix_children *children, size_t child, int report_fd, child_entry entry, void *argument)
    __attribute__((noreturn));

static void live(struct posix_children *children, size_t child, int report_fd, child_entry entry, void *argument)
{
    static struct posix_parent parent; /* a process has one */
    forget_family(children);
    parent = (struct posix_parent){.port = {.report = report, .wait_end = wait_end, .wake = wake},
                                   .clock = children->clock,
                                   .report_fd = report_fd,
                                   .end_fd = children->self_fd};
    int code = 1;
    if (pipe2(parent.wake_fds, O_CLOEXEC | O_NONBLOCK) == 0) {
        code = entry(&parent.port, child, argument);
    }
    (void)fflush(NULL);
    _exit(code);
}

/* ---- Signals ----------------------------------------------------------------------------------------------------- */

/* Only a process of one thread may fork and go on: another one may hold a lock that the child waits for. */
static size_t count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL) {
        return 1; /* nobody knows */
    }
    size_t count = 0;
    for (const struct dirent *entry = readdir(tasks); entry != NULL; entry = readdir(tasks)) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    (void)closedir(tasks);
    return count;
}

static int open_wait(struct posix_children *children, const sigset_t *set)
{
    children->signal_fd = signalfd(NONE, set, SFD_CLOEXEC | SFD_NONBLOCK);
    children->self_fd = open_pidfd(getpid());
    if (children->signal_fd == NONE || children->self_fd == NONE) {
        return NONE;
    }
    return pipe2(children->wake_fds, O_CLOEXEC | O_NONBLOCK);
}

static void close_wait(struct posix_children *children)
{
    close_fd(&children->signal_fd);
    close_fd(&children->self_fd);
    close_fd(&children->wake_fds[0]);
    close_fd(&children->wake_fds[1]);
}

static int supervise(struct children *port, struct carafe_error *error)
{
    struct posix_children *children = (struct posix_children *)port;
    size_t threads = count_threads();
    if (threads != 1) {
        return error_set(error, CARAFE_REFUSED, "swarm: expected the only thread of the process, got one of %zu",
                         threads);
    }
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t kind = 0; kind < SIGNAL_KINDS; kind++) {
        (void)sigaddset(&set, numbers[kind]);
    }
    (void)sigprocmask(SIG_BLOCK, &set, &children->previous_mask);
    if (open_wait(children, &set) != 0) {
        int reason = errno;
        close_wait(children);
        (void)sigprocmask(SIG_SETMASK, &children->previous_mask, NULL);
        return error_set(error, CARAFE_FAILED, "swarm: expected pidfds, signals and pipes, got %s", strerror(reason));
    }
    children->supervising = true;
    return 0;
}

static void release(struct children *port)
{
    struct posix_children *children = (struct posix_children *)port;
    if (!children->supervising) {
        return;
    }
    children->supervising = false;
    close_wait(children);
    (void)sigprocmask(SIG_SETMASK, &children->previous_mask, NULL);
}

static void raise_kind(struct children *port, enum signal_kind kind)
{
    char byte = (char)kind;
    (void)!write(((struct posix_children *)port)->wake_fds[1], &byte, 1);
}

/* ---- Children ---------------------------------------------------------------------------------------------------- */

/* Room for `child`. */
static bool grow(struct posix_children *children, size_t child)
{
    if (child < children->count) {
        return true;
    }
    struct child *list = realloc(children->list, (child + 1) * sizeof *list);
    if (list == NULL) {
        return false;
    }
    children->list = list;
    struct pollfd *polled = realloc(children->polled, (2 * (child + 1) + 2) * sizeof *polled);
    if (polled == NULL) {
        return false;
    }
    children->polled = polled;
    while (children->count <= child) {
        list[children->count++] = (struct child){.pidfd = NONE, .report_fd = NONE};
    }
    return true;
}

static int fail(const char *what, struct carafe_error *error)
{
    return error_set(error, CARAFE_FAILED, "swarm: %s: expected one, got %s", what, strerror(errno));
}

static int spawn(struct children *port, size_t number, child_entry entry, void *argument, struct carafe_error *error)
{
    lock_expect_none_held("children.spawn");
    struct posix_children *children = (struct posix_children *)port;
    ASSERT(children->supervising && number < CHILDREN_MAX);
    int ends[2];
    if (!grow(children, number) || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return fail("pipe", error);
    }
    ASSERT(children->list[number].pid == 0);
    (void)fflush(NULL); /* what is buffered is the parent's to write */
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        live(children, number, ends[1], entry, argument);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        int code = fail("fork", error);
        (void)close(ends[0]);
        return code;
    }
    int pidfd = open_pidfd(pid);
    if (pidfd == NONE) {
        int code = fail("pidfd", error);
        (void)kill(pid, SIGKILL); /* nobody could tell its end */
        (void)waitpid(pid, NULL, 0);
        (void)close(ends[0]);
        return code;
    }
    children->list[number] = (struct child){.pid = pid, .pidfd = pidfd, .report_fd = ends[0]};
    return 0;
}

static struct child *living(struct children *port, size_t number)
{
    struct posix_children *children = (struct posix_children *)port;
    ASSERT(number < children->count && children->list[number].pid != 0);
    return &children->list[number];
}

static int64_t child_id(struct children *port, size_t number)
{
    return living(port, number)->pid;
}

/* It was not reaped, so its number is still its own. */
static void signal_child(struct children *port, size_t number, enum signal_kind kind)
{
    (void)kill(living(port, number)->pid, numbers[kind]);
}

static void kill_child(struct children *port, size_t number)
{
    (void)kill(living(port, number)->pid, SIGKILL);
}

/* ---- The wait ---------------------------------------------------------------------------------------------------- */

static bool take_signal(struct posix_children *children, struct children_event *event)
{
    struct signalfd_siginfo info;
    char byte = 0;
    event->kind = CHILDREN_SIGNAL;
    if (read(children->wake_fds[0], &byte, 1) == 1) {
        event->signal = (enum signal_kind)byte;
        return true;
    }
    if (read(children->signal_fd, &info, sizeof info) != (ssize_t)sizeof info) {
        return false;
    }
    for (size_t kind = 0; kind < SIGNAL_KINDS; kind++) {
        if (numbers[kind] == (int)info.ssi_signo) {
            event->signal = (enum signal_kind)kind;
            return true;
        }
    }
    return false;
}

static bool take_end(struct posix_children *children, size_t number, struct children_event *event)
{
    struct child *child = &children->list[number];
    siginfo_t info = {0};
    if (waitid((idtype_t)WAIT_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) {
        return false;
    }
    bool exited = info.si_code == CLD_EXITED;
    *event = (struct children_event){.kind = CHILDREN_ENDED,
                                     .child = number,
                                     .exit_code = exited ? info.si_status : -1,
                                     .killed_by = exited ? 0 : info.si_status};
    close_fd(&child->pidfd);
    close_fd(&child->report_fd);
    child->pid = 0;
    return true;
}

/* All that waits counts as one: trouble if any of it is. */
static bool take_report(struct posix_children *children, size_t number, struct children_event *event)
{
    struct child *child = &children->list[number];
    char bytes[64];
    ssize_t got = read(child->report_fd, bytes, sizeof bytes);
    if (got == 0) {
        close_fd(&child->report_fd); /* its end is told by its pidfd */
    }
    if (got <= 0) {
        return false;
    }
    *event = (struct children_event){
        .kind = CHILDREN_REPORTED, .child = number, .healthy = memchr(bytes, REPORT_TROUBLED, (size_t)got) == NULL};
    return true;
}

/* Whatever is ready now: signals, then ends, then reports. */
static bool take(struct posix_children *children, struct children_event *event)
{
    if (take_signal(children, event)) {
        return true;
    }
    for (size_t i = 0; i < children->count; i++) {
        if (children->list[i].pid != 0 && take_end(children, i, event)) {
            return true;
        }
    }
    for (size_t i = 0; i < children->count; i++) {
        if (children->list[i].report_fd != NONE && take_report(children, i, event)) {
            return true;
        }
    }
    return false;
}

/* Descriptors below zero are passed over. */
static void await(struct posix_children *children, int64_t deadline_ns)
{
    struct pollfd alone[2];
    struct pollfd *polled = children->polled != NULL ? children->polled : alone;
    nfds_t count = 0;
    polled[count++] = (struct pollfd){.fd = children->signal_fd, .events = POLLIN};
    polled[count++] = (struct pollfd){.fd = children->wake_fds[0], .events = POLLIN};
    for (size_t i = 0; i < children->count; i++) {
        polled[count++] = (struct pollfd){.fd = children->list[i].pidfd, .events = POLLIN};
        polled[count++] = (struct pollfd){.fd = children->list[i].report_fd, .events = POLLIN};
    }
    int ready = poll(polled, count, timeout_of(children->clock, deadline_ns));
    ASSERT(ready >= 0 || errno == EINTR);
}

static void wait_event(struct children *port, int64_t deadline_ns, struct children_event *event)
{
    lock_expect_none_held("children.wait");
    struct posix_children *children = (struct posix_children *)port;
    struct clock *clock = children->clock;
    *event = (struct children_event){.kind = CHILDREN_DEADLINE};
    while (!take(children, event)) {
        if (clock->monotonic_ns(clock) >= deadline_ns) {
            *event = (struct children_event){.kind = CHILDREN_DEADLINE};
            return;
        }
        await(children, deadline_ns);
    }
}

/* ---- Life -------------------------------------------------------------------------------------------------------- */

struct children *posix_children_create(struct clock *clock)
{
    struct posix_children *children = calloc(1, sizeof *children);
    if (children == NULL) {
        return NULL;
    }
    children->port = (struct children){.supervise = supervise,
                                       .spawn = spawn,
                                       .id = child_id,
                                       .signal = signal_child,
                                       .kill = kill_child,
                                       .wait = wait_event,
                                       .raise = raise_kind,
                                       .release = release};
    children->clock = clock;
    children->signal_fd = NONE;
    children->self_fd = NONE;
    children->wake_fds[0] = NONE;
    children->wake_fds[1] = NONE;
    return &children->port;
}

void posix_children_destroy(struct children *port)
{
    struct posix_children *children = (struct posix_children *)port;
    if (children == NULL) {
        return;
    }
    release(port);
    for (size_t i = 0; i < children->count; i++) {
        close_fd(&children->list[i].pidfd);
        close_fd(&children->list[i].report_fd);
    }
    free(children->list);
    free(children->polled);
    free(children);
}
