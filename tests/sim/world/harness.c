#include "harness.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The data of coverage is written at exit(), which a child must not reach. */
void __gcov_dump(void) __attribute__((weak));

enum { CHILD_FAILED = 1 };

struct result {
    struct sim_summary summary;
    uint64_t number;
};

static struct result result;

static void leave(int code) __attribute__((noreturn));

static void leave(int code)
{
    if (__gcov_dump) {
        __gcov_dump();
    }
    _exit(code);
}

void harness_report(uint64_t number)
{
    result.number = number;
    sim_hand_over(&result); /* whoever reports may have ended unseen */
}

void harness_check(bool condition, const char *text, const char *file, int line)
{
    if (!condition) {
        dprintf(STDERR_FILENO, "%s:%d: expected %s\n", file, line, text);
        leave(CHILD_FAILED);
    }
}

static void on_failure(enum sim_failure failure, const char *report, void *owner)
{
    (void)failure;
    (void)owner;
    ssize_t ignored = write(STDERR_FILENO, report, strlen(report));
    (void)ignored;
    leave(SIM_EXIT_FAILURE);
}

static void run_child(const struct sim_options *options, void (*body)(void), int result_pipe, int text_pipe)
{
    struct sim_options own = *options;
    own.failed = on_failure;
    dup2(text_pipe, STDERR_FILENO);
    sim_world_start(&own);
    body();
    sim_take_over(&result);
    sim_world_finish(&result.summary);
    ssize_t written = write(result_pipe, &result, sizeof(result));
    leave(written == (ssize_t)sizeof(result) ? 0 : CHILD_FAILED);
}

/* Everything until the other side is closed, as far as there is room. */
static size_t read_all(int descriptor, void *to, size_t size)
{
    size_t len = 0;
    while (len < size) {
        ssize_t got = read(descriptor, (char *)to + len, size - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    return len;
}

void harness_run(const struct sim_options *options, void (*body)(void), struct harness_outcome *outcome)
{
    int results[2];
    int texts[2];
    struct result got;
    memset(outcome, 0, sizeof(*outcome));
    assert_int_equal(pipe(results), 0);
    assert_int_equal(pipe(texts), 0);
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(results[0]);
        close(texts[0]);
        run_child(options, body, results[1], texts[1]);
    }
    close(results[1]);
    close(texts[1]);
    read_all(texts[0], outcome->text, sizeof(outcome->text) - 1);
    if (read_all(results[0], &got, sizeof(got)) == sizeof(got)) {
        outcome->summary = got.summary;
        outcome->number = got.number;
    }
    close(results[0]);
    close(texts[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    outcome->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void run_well(const struct sim_options *options, void (*body)(void), struct harness_outcome *outcome)
{
    harness_run(options, body, outcome);
    if (outcome->exit_code != 0) {
        print_error("backend %d: exit %d: %s", (int)options->backend, outcome->exit_code, outcome->text);
    }
    assert_int_equal(outcome->exit_code, 0);
}

void harness_expect_success(void (*body)(void), struct harness_outcome *outcome)
{
    struct sim_options options;
    struct harness_outcome other;
    struct harness_outcome own;
    outcome = outcome ? outcome : &own;
    sim_options_init(&options);
    run_well(&options, body, outcome);
    options.backend = SIM_THREADS;
    run_well(&options, body, &other);
    assert_true(outcome->summary.hash == other.summary.hash);
    assert_true(outcome->summary.now_ns == other.summary.now_ns);
}

void harness_expect_failure(void (*body)(void), const char *text)
{
    struct sim_options options;
    struct harness_outcome outcome;
    sim_options_init(&options);
    harness_run(&options, body, &outcome);
    if (outcome.exit_code != SIM_EXIT_FAILURE || !strstr(outcome.text, text)) {
        print_error("exit %d, expected \"%s\" in: %s", outcome.exit_code, text, outcome.text);
    }
    assert_int_equal(outcome.exit_code, SIM_EXIT_FAILURE);
    assert_non_null(strstr(outcome.text, text));
    if (strstr(outcome.text, "0x")) {
        print_error("an address in: %s", outcome.text);
        fail();
    }
}
