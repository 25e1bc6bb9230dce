#include "run/verify.h"

#include "run/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINE_SHOWN 400

/* One of the two runs. */
struct attempt {
    FILE *trace;
    char path[64];
    struct result *result;
};

static bool attempt_open(struct attempt *attempt)
{
    int fd = memfd_create("trace", 0);
    attempt->trace = fd >= 0 ? fdopen(fd, "r") : NULL;
    snprintf(attempt->path, sizeof attempt->path, "/proc/self/fd/%d", fd);
    attempt->result = mmap(NULL, sizeof(struct result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return attempt->trace != NULL && attempt->result != MAP_FAILED;
}

static void attempt_close(struct attempt *attempt)
{
    if (attempt->trace != NULL) {
        fclose(attempt->trace);
    }
    if (attempt->result != NULL && attempt->result != MAP_FAILED) {
        munmap(attempt->result, sizeof(struct result));
    }
}

static enum exit_code attempt_run(struct attempt *attempt, const struct sweep_scenario *scenario, uint64_t seed,
                                  const struct options *options)
{
    struct options with_trace = *options;
    with_trace.trace_path = attempt->path;
    return sweep_one(scenario, seed, &with_trace, run_scenario, attempt->result);
}

/* A line without its end; false: there is none. */
static bool next_line(FILE *trace, char **line, size_t *size)
{
    ssize_t len = getline(line, size, trace);
    if (len > 0 && (*line)[len - 1] == '\n') {
        (*line)[len - 1] = '\0';
    }
    return len >= 0;
}

/* Says where the traces part; false: nowhere. */
static bool describe_difference(struct attempt attempts[2], char *text, size_t size)
{
    char *lines[2] = {NULL, NULL};
    size_t sizes[2] = {0, 0};
    uint64_t number = 0;
    bool differs = false;
    for (;;) {
        bool first = next_line(attempts[0].trace, &lines[0], &sizes[0]);
        bool second = next_line(attempts[1].trace, &lines[1], &sizes[1]);
        number++;
        if (!first && !second) {
            break;
        }
        if (first != second || strcmp(lines[0], lines[1]) != 0) {
            snprintf(text, size,
                     "the two runs differ, first in line %" PRIu64
                     " of their traces:\n  first:  %.*s\n  second: %.*s\n",
                     number, LINE_SHOWN, first ? lines[0] : "(it ended before)", LINE_SHOWN,
                     second ? lines[1] : "(it ended before)");
            differs = true;
            break;
        }
    }
    free(lines[0]);
    free(lines[1]);
    return differs;
}

static void compare(struct attempt attempts[2], const struct sweep_scenario *scenario, struct result *result)
{
    char text[2 * LINE_SHOWN + 256];
    bool same_end = attempts[0].result->trace_hash == attempts[1].result->trace_hash &&
                    attempts[0].result->code == attempts[1].result->code;
    bool differs = describe_difference(attempts, text, sizeof text);
    memcpy(result, attempts[0].result, sizeof *result);
    if (!differs && same_end) {
        return;
    }
    if (!differs) {
        snprintf(text, sizeof text,
                 "the two runs differ after their last event: trace %016" PRIx64 " and %016" PRIx64 "\n",
                 attempts[0].result->trace_hash, attempts[1].result->trace_hash);
    }
    result->code = EXIT_DIFFERED;
    snprintf(result->text, sizeof result->text, "%s: %s", scenario->path, text);
}

void verify_scenario(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                     struct result *result)
{
    struct attempt attempts[2] = {{0}, {0}};
    if (!attempt_open(&attempts[0]) || !attempt_open(&attempts[1])) {
        snprintf(result->text, sizeof result->text, "internal error: no memory for two traces\n");
    } else {
        for (int i = 0; i < 2; i++) {
            attempts[i].result->code = attempt_run(&attempts[i], scenario, seed, options);
        }
        compare(attempts, scenario, result);
    }
    result->complete = true;
    attempt_close(&attempts[0]);
    attempt_close(&attempts[1]);
}
