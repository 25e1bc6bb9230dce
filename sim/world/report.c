#include "world/report.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "world/scheduler.h"
#include "world/sync.h"
#include "world/thread.h"

enum { REPORT_BYTES = 64 * 1024 };

static char text[REPORT_BYTES];
static size_t text_len;

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void add(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text + text_len, sizeof(text) - text_len, format, arguments);
    va_end(arguments);
    if (len > 0) {
        text_len += (size_t)len;
    }
    if (text_len >= sizeof(text)) {
        text_len = sizeof(text) - 1;
    }
}

static void tell(enum sim_failure failure)
{
    if (sim_world.options.failed) {
        sim_world.options.failed(failure, text, sim_world.options.owner);
    } else {
        ssize_t ignored = write(STDERR_FILENO, text, text_len);
        (void)ignored;
    }
    _exit(SIM_EXIT_FAILURE);
}

static const char *failure_name(enum sim_failure failure)
{
    switch (failure) {
    case SIM_DEADLOCK:
        return "deadlock";
    case SIM_LIVELOCK:
        return "livelock";
    case SIM_WATCHDOG:
        return "watchdog";
    case SIM_UNSUPPORTED:
        return "unsupported";
    case SIM_MISUSE:
        return "misuse";
    }
    return "failure";
}

static const char *thread_with_number(int number)
{
    for (struct sim_thread *thread = sim_world.first_thread; thread; thread = thread->next) {
        if (thread->number == number) {
            return thread->name;
        }
    }
    return "an ended thread";
}

static void add_holder(unsigned number)
{
    if (number != 0) {
        add(" held by %s (thread %u)", thread_with_number((int)number), number);
    }
}

static void add_polled(const struct sim_thread *thread)
{
    add("poll of");
    for (size_t i = 0; i < thread->polled_count; i++) {
        add(" %d", thread->polled[i].fd);
    }
}

static void add_wait(const struct sim_thread *thread)
{
    unsigned number = thread->wait_object ? sim_scheduler_object_number(thread->wait_object) : 0;
    switch (thread->wait_kind) {
    case WAIT_MUTEX:
        add("mutex %u", number);
        if (thread->wait_object) {
            add_holder((unsigned)MUTEX_OWNER((const pthread_mutex_t *)thread->wait_object));
        }
        break;
    case WAIT_CONDITION:
        add("condition %u", number);
        break;
    case WAIT_READ_LOCK:
    case WAIT_WRITE_LOCK:
        add("read-write lock %u, to %s", number, thread->wait_kind == WAIT_READ_LOCK ? "read" : "write");
        add_holder(((const pthread_rwlock_t *)thread->wait_object)->__data.__pad4);
        break;
    case WAIT_SEMAPHORE:
        add("semaphore %u", number);
        break;
    case WAIT_ONCE:
        add("once flag %u, whose function runs", number);
        break;
    case WAIT_JOIN:
        add("the end of %s (thread %d)", ((const struct sim_thread *)thread->wait_object)->name,
            ((const struct sim_thread *)thread->wait_object)->number);
        break;
    case WAIT_SLEEP:
        add("time");
        break;
    case WAIT_POLL:
        add_polled(thread);
        break;
    case WAIT_PROCESS:
        add("the end of process %s", ((const struct sim_process *)thread->wait_object)->name);
        break;
    case WAIT_EXIT:
        add("the end of its process");
        break;
    case WAIT_NOTHING:
        break;
    }
    if (thread->deadline_ns != SIM_NEVER) {
        add(", until %.9f s", (double)thread->deadline_ns / 1e9);
    }
}

static void add_thread(const struct sim_thread *thread)
{
    add("  %s: %s (thread %d) in %s: ", thread->process->name, thread->name, thread->number, thread->last_call);
    if (thread == sim_world.current && thread->state == THREAD_READY) {
        add("runs");
    } else if (thread->state == THREAD_READY) {
        add("is ready");
    } else if (thread->state == THREAD_SUSPENDED) {
        add("is ready, but its process is paused");
    } else {
        add("waits for ");
        add_wait(thread);
    }
    if (thread->locks_held > 0) {
        add("; holds %u locks", thread->locks_held);
    }
    add("\n");
}

void sim_report_fail(enum sim_failure failure, const char *format, ...)
{
    char why[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    sim_world.active = false;
    add("world: %s: %s, at %.9f s\n", failure_name(failure), why, (double)sim_world.now_ns / 1e9);
    for (const struct sim_thread *thread = sim_world.first_thread; thread; thread = thread->next) {
        if (thread->state != THREAD_ENDED && thread->state != THREAD_FROZEN) {
            add_thread(thread);
        }
    }
    tell(failure);
    _exit(SIM_EXIT_FAILURE);
}

/* Only what is safe in a signal handler. */
static void append(const char *piece)
{
    size_t len = strlen(piece);
    if (len > sizeof(text) - 1 - text_len) {
        len = sizeof(text) - 1 - text_len;
    }
    memcpy(text + text_len, piece, len);
    text_len += len;
    text[text_len] = '\0';
}

static void append_number(uint64_t number)
{
    char digits[24];
    size_t first = sizeof(digits) - 1;
    digits[first] = '\0';
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    append(digits + first);
}

void sim_report_watchdog(void)
{
    const struct sim_thread *thread = sim_world.current;
    text_len = 0;
    append("world: watchdog: more than ");
    append_number((uint64_t)sim_world.options.wall_limit_ms);
    append(" ms of real time; running: ");
    append(thread->process->name);
    append(": ");
    append(thread->name);
    append(" (thread ");
    append_number((uint64_t)thread->number);
    append("), its last call: ");
    append(thread->last_call);
    append(", at ");
    append_number((uint64_t)sim_world.now_ns);
    append(" ns\n");
    tell(SIM_WATCHDOG);
    _exit(SIM_EXIT_FAILURE);
}
