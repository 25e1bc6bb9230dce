#include "run/child.h"

#include "run/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCHDOG_GRACE_S 5
#define REPORT_AFTER     2048 /* bytes that stay free below the report of a sanitizer */

struct result *child_result_create(void)
{
    void *memory = mmap(NULL, sizeof(struct result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

void child_result_destroy(struct result *result)
{
    if (result != NULL) {
        munmap(result, sizeof *result);
    }
}

const char *child_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* A second net below the world's own watchdog: a child that burns processor time with that signal blocked. */
static void limit_processor_time(const struct options *options)
{
    rlim_t seconds = (rlim_t)options->wall_limit_s + WATCHDOG_GRACE_S;
    struct rlimit limit = {.rlim_cur = seconds, .rlim_max = seconds + 1};
    (void)setrlimit(RLIMIT_CPU, &limit);
}

/* Present in builds that count coverage only. */
extern void __gcov_dump(void) __attribute__((weak));

/* Without what runs at exit: a forced end leaves threads behind that may still use what that would free. */
static _Noreturn void end_child(enum exit_code code)
{
    fflush(stdout);
    fflush(stderr);
    if (__gcov_dump != NULL) {
        __gcov_dump();
    }
    _exit((int)code);
}

/* Present in builds with a sanitizer only. */
extern void __sanitizer_set_report_fd(void *descriptor) __attribute__((weak));

/* Several runs at a time would write into each other's reports. */
static int open_report(void)
{
    return __sanitizer_set_report_fd != NULL ? memfd_create("report", MFD_CLOEXEC) : -1;
}

static void close_report(struct result *result)
{
    if (result->report >= 0) {
        close(result->report);
        result->report = -1;
    }
}

/* Puts what a sanitizer said below the text of the failure, with room for what follows; on stderr, if the run passed.
 */
static void take_report(struct result *result, enum exit_code code)
{
    static char report[RESULT_TEXT_MAX];
    size_t len = strnlen(result->text, sizeof result->text);
    size_t room = len + REPORT_AFTER < sizeof report ? sizeof report - REPORT_AFTER - len : 0;
    ssize_t got = result->report >= 0 ? pread(result->report, report, room, 0) : 0;
    close_report(result);
    if (got > 0 && code == EXIT_ALL_PASSED) {
        (void)fwrite(report, 1, (size_t)got, stderr);
    } else if (got > 0) {
        memcpy(result->text + len, report, (size_t)got);
        result->text[len + (size_t)got] = '\0';
    }
}

pid_t child_start(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options, sweep_run run,
                  struct result *result)
{
    result->complete = false;
    result->code = EXIT_INTERNAL;
    result->virtual_ns = 0;
    result->events = 0;
    result->trace_hash = 0;
    result->recent.count = 0;
    result->text[0] = '\0';
    result->report = open_report();
    fflush(stdout);
    fflush(stderr);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit((int)EXIT_INTERNAL);
        }
        interrupt_leave_to_parent();
        if (result->report >= 0) {
            __sanitizer_set_report_fd((void *)(intptr_t)result->report);
        }
        limit_processor_time(options);
        run(scenario, seed, options, result);
        end_child(result->code);
    }
    if (pid < 0) {
        close_report(result);
        snprintf(result->text, sizeof result->text, "internal error: fork: %s\n", strerror(errno));
    }
    return pid;
}

/* What the run was at when it died. */
static void append_recent(struct result *result)
{
    size_t len = strlen(result->text);
    uint64_t count = result->recent.count;
    for (uint64_t i = count > RESULT_EVENTS ? count - RESULT_EVENTS : 0; i < count; i++) {
        int more = snprintf(result->text + len, sizeof result->text - len, "%s%.*s\n",
                            i + 1 == count ? "  last event: " : "  before:     ", RESULT_EVENT_MAX - 1,
                            result->recent.text[i % RESULT_EVENTS]);
        len += more > 0 ? (size_t)more : 0;
    }
}

static enum exit_code outcome(const struct sweep_scenario *scenario, struct result *result, int status)
{
    const char *name = child_base_name(scenario->path);
    if (WIFEXITED(status) && result->complete && WEXITSTATUS(status) == (int)result->code) {
        return result->code;
    }
    if (WIFEXITED(status) && result->complete) {
        /* A checker of memory, for one, puts its own code in the place of ours. */
        snprintf(result->text, sizeof result->text,
                 "%s: internal error: the run ended with exit code %d, expected %d\n", name, WEXITSTATUS(status),
                 (int)result->code);
    } else if (WIFSIGNALED(status)) {
        snprintf(result->text, sizeof result->text, "%s: internal error: the run died by signal %d (%s)\n", name,
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
        append_recent(result);
    } else if (result->text[0] == '\0') {
        snprintf(result->text, sizeof result->text,
                 "%s: internal error: the run ended with exit code %d before its end\n", name, WEXITSTATUS(status));
        append_recent(result);
    }
    return EXIT_INTERNAL;
}

enum exit_code child_outcome(const struct sweep_scenario *scenario, struct result *result, int status)
{
    enum exit_code code = outcome(scenario, result, status);
    take_report(result, code);
    return code;
}

enum exit_code sweep_one(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                         sweep_run run, struct result *result)
{
    pid_t pid = child_start(scenario, seed, options, run, result);
    if (pid < 0) {
        return EXIT_INTERNAL;
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            snprintf(result->text, sizeof result->text, "internal error: waitpid: %s\n", strerror(errno));
            return EXIT_INTERNAL;
        }
    }
    return child_outcome(scenario, result, status);
}
