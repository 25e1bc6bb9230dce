#include "run/trace.h"

#include "base/error.h"
#include "run/child.h"
#include "run/console.h"
#include "run/picture.h"
#include "world/world.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_LINE_MAX      16384
#define TRACE_PROCESSES_MAX 64

/* The last things that a process did. */
struct last {
    const char *process;
    struct result_events events;
};

struct trace {
    struct run *run;
    FILE *file;
    struct picture *picture; /* NULL: none is wanted */
    bool timeline;
    bool colours;
    uint64_t count;
    struct last last[TRACE_PROCESSES_MAX];
    size_t last_count;
    char line[TRACE_LINE_MAX];
};

int trace_create(struct run *run, struct trace **trace, struct carafe_error *error)
{
    struct trace *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "trace: out of memory");
    }
    made->run = run;
    if (run->options->trace_path != NULL) {
        made->file = fopen(run->options->trace_path, "w");
        if (made->file == NULL) {
            free(made);
            return error_set(error, CARAFE_FAILED, "%s: trace: expected a file that can be written, got %s",
                             run->options->trace_path, strerror(errno));
        }
    }
    if (run->options->picture_path != NULL) {
        int code = picture_create(run->options->picture_path, &made->picture, error);
        if (code != 0) {
            struct carafe_error ignored;
            (void)trace_destroy(made, &ignored);
            return code;
        }
    }
    made->timeline = run->options->timeline;
    made->colours = console_has_colours();
    *trace = made;
    return 0;
}

int trace_destroy(struct trace *trace, struct carafe_error *error)
{
    if (trace == NULL) {
        return 0;
    }
    const struct run *run = trace->run;
    struct picture_caption caption = {.title = child_base_name(run->path),
                                      .seed = run->seed,
                                      .end_ns = run->result->virtual_ns,
                                      .passed = run->result->code == EXIT_ALL_PASSED,
                                      .failure = run->result->text};
    bool failed = trace->file != NULL && ferror(trace->file) != 0;
    failed = (trace->file != NULL && fclose(trace->file) != 0) || failed;
    int code = failed ? error_set(error, CARAFE_FAILED, "trace: expected room for every line, got too little") : 0;
    int drawn = picture_destroy(trace->picture, &caption, error);
    free(trace);
    return code != 0 ? code : drawn;
}

/* ---- The timeline ------------------------------------------------------------------------------------------------ */

/* What tells a person how a run went; the rest is for --verbose. */
static bool is_telling(const struct observation *observation)
{
    switch (observation->kind) {
    case OBSERVATION_STIMULUS:
    case OBSERVATION_EXIT:
    case OBSERVATION_ERROR:
    case OBSERVATION_REPORT:
        return true;
    case OBSERVATION_EVENT:
        break;
    default:
        return false;
    }
    switch (observation->event->kind) {
    case CARAFE_EVENT_ERROR_OCCURRED:
    case CARAFE_EVENT_PROCESS_NOTICE_SIGNAL:
    case CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED:
    case CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED:
    case CARAFE_EVENT_DEAD_LETTER_DISPATCHED:
    case CARAFE_EVENT_CONSUMER_RETRY:
    case CARAFE_EVENT_REPORTER_DROPPED:
    case CARAFE_EVENT_SWARM_MANAGER_AFTER_FORK:
    case CARAFE_EVENT_SWARM_MANAGER_STOPPING:
    case CARAFE_EVENT_SWARM_MANAGER_TERMINATING:
        return true;
    default:
        return observation->event->kind <= CARAFE_EVENT_APP_TERMINATED;
    }
}

static const char *colour_of(const struct trace *trace, const struct observation *observation)
{
    if (!trace->colours) {
        return "";
    }
    if (observation->kind == OBSERVATION_STIMULUS) {
        return "\033[36m";
    }
    bool error = observation->kind == OBSERVATION_ERROR ||
                 (observation->event != NULL && observation->event->kind == CARAFE_EVENT_ERROR_OCCURRED);
    return error ? "\033[31m" : "";
}

static void print_timeline(struct trace *trace, const struct observation *observation)
{
    char summary[1024];
    observation_summary(observation, summary, sizeof summary);
    const char *colour = colour_of(trace, observation);
    printf("%s%12.6f  %-8s %s%s\n", colour, (double)observation->at_ns / 1e9,
           observation->process != NULL ? observation->process : "", summary, colour[0] != '\0' ? "\033[0m" : "");
}

/* ---- Observations ------------------------------------------------------------------------------------------------ */

static struct result_events *events_of(struct trace *trace, const char *process)
{
    for (size_t i = 0; i < trace->last_count; i++) {
        if (strcmp(trace->last[i].process, process) == 0) {
            return &trace->last[i].events;
        }
    }
    if (trace->last_count == TRACE_PROCESSES_MAX) {
        return NULL;
    }
    trace->last[trace->last_count].process = process;
    return &trace->last[trace->last_count++].events;
}

/* What comes again and again would drive out all the rest. */
static bool is_routine(const struct observation *observation)
{
    if (observation->kind == OBSERVATION_EXIT) {
        return false;
    }
    return observation->kind != OBSERVATION_EVENT || observation->event->kind == CARAFE_EVENT_STATISTICS_EMITTED ||
           observation->event->kind == CARAFE_EVENT_LISTENER_FETCH_LOOP ||
           observation->event->kind == CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED;
}

static void remember(struct trace *trace, const struct observation *observation)
{
    if (is_routine(observation)) {
        return;
    }
    char when[PROGRAM_DURATION_TEXT_MAX];
    struct result_events *all = &trace->run->result->recent;
    char *text = all->text[all->count++ % RESULT_EVENTS];
    size_t len = (size_t)snprintf(text, RESULT_EVENT_MAX / 2, "%s ", observation->process);
    len += observation_summary(observation, text + len, RESULT_EVENT_MAX - 48 - len);
    snprintf(text + len, RESULT_EVENT_MAX - len, " at %s", program_duration_text(observation->at_ns, when));
    struct result_events *own = events_of(trace, observation->process);
    if (own != NULL) {
        memcpy(own->text[own->count++ % RESULT_EVENTS], text, RESULT_EVENT_MAX);
    }
}

const struct result_events *trace_last(const struct trace *trace, const char *process)
{
    for (size_t i = 0; i < trace->last_count && process != NULL; i++) {
        if (strcmp(trace->last[i].process, process) == 0) {
            return &trace->last[i].events;
        }
    }
    return &trace->run->result->recent;
}

void trace_observe(struct trace *trace, const struct observation *observation)
{
    size_t len = observation_line(observation, trace->line, sizeof trace->line);
    sim_trace_event(trace->line, len);
    trace->count++;
    if (trace->file != NULL) {
        /* The hash so far: two traces that differ in a byte or a switch differ in the next line. */
        struct sim_summary summary;
        sim_world_summary(&summary);
        fprintf(trace->file, "%.*s,\"hash\":\"%016" PRIx64 "\"}\n", (int)len - 1, trace->line, summary.hash);
    }
    remember(trace, observation);
    if (trace->picture != NULL) {
        picture_observe(trace->picture, observation);
    }
    if (trace->timeline && (trace->run->options->verbose || is_telling(observation))) {
        print_timeline(trace, observation);
    }
}

uint64_t trace_count(const struct trace *trace)
{
    return trace->count;
}
