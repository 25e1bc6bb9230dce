#include "run/verdict.h"

#include "run/child.h"
#include "run/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Writes into the text of the result, behind what is there. */
struct pen {
    FILE *stream;
    char *text;
};

static struct pen pen_open(struct run *run)
{
    struct pen pen = {.text = run->result->text};
    pen.stream = fmemopen(pen.text, RESULT_TEXT_MAX, "w");
    return pen;
}

bool verdict_failed(const struct run *run)
{
    return run->result->code != EXIT_ALL_PASSED;
}

/* ` in 100s..105s` */
static void put_window(FILE *stream, const struct judge_failure *failure)
{
    char from[PROGRAM_DURATION_TEXT_MAX];
    char to[PROGRAM_DURATION_TEXT_MAX];
    const struct program_statement *statement = failure->statement;
    if (statement->kind != PROGRAM_EXPECT || failure->to_ns == PROGRAM_END_NS) {
        return;
    }
    program_duration_text(failure->to_ns, to);
    switch (statement->time.kind) {
    case PROGRAM_TIME_AT:
        fprintf(stream, " at %s",
                program_duration_text(failure->from_ns + (failure->to_ns - failure->from_ns) / 2, from));
        break;
    case PROGRAM_TIME_BY:
        fprintf(stream, " by %s", to);
        break;
    default:
        fprintf(stream, " in %s..%s", program_duration_text(failure->from_ns, from), to);
    }
}

static const char *process_of(const struct run *run, const struct program_condition *condition,
                              char text[PROGRAM_PROCESS_TEXT_MAX])
{
    if (condition->process.index == PROGRAM_NONE) {
        return NULL;
    }
    return program_process_text(run->program, &condition->process, text);
}

/* The newest last, as a log reads. */
static void put_last(FILE *stream, const struct run *run, const char *process)
{
    const struct result_events *events = trace_last(run->trace, process);
    bool all = events == &run->result->recent;
    if (events->count == 0) {
        return;
    }
    fprintf(stream, "  last events of %s:\n", all ? "the run" : process);
    for (uint64_t i = events->count > RESULT_EVENTS ? events->count - RESULT_EVENTS : 0; i < events->count; i++) {
        const char *text = events->text[i % RESULT_EVENTS];
        fprintf(stream, "    %s\n", all ? text : text + strlen(process) + 1);
    }
}

void verdict_expectation(struct run *run, const struct judge_failure *failure)
{
    if (verdict_failed(run)) {
        return;
    }
    run->result->code = EXIT_EXPECTATION_FAILED;
    const struct program_statement *statement = failure->statement;
    char process[PROGRAM_PROCESS_TEXT_MAX];
    struct pen pen = pen_open(run);
    fprintf(pen.stream, "%s:%d:%d: expectation failed: %s", child_base_name(statement->place.file),
            statement->place.line, statement->place.column, statement->text);
    put_window(pen.stream, failure);
    fputc('\n', pen.stream);
    program_place_print(pen.stream, &statement->place, failure->what);
    if (failure->nearest[0] != '\0') {
        fprintf(pen.stream, "  nearest: %s\n", failure->nearest);
    }
    put_last(pen.stream, run, process_of(run, statement->as.condition, process));
    fclose(pen.stream);
}

void verdict_invariant(struct run *run, int number, const char *format, ...)
{
    if (verdict_failed(run)) {
        return;
    }
    run->result->code = EXIT_EXPECTATION_FAILED;
    char when[PROGRAM_DURATION_TEXT_MAX];
    struct pen pen = pen_open(run);
    fprintf(pen.stream, "%s: invariant %d failed at %s: ", child_base_name(run->path), number,
            program_duration_text(run_now(run), when));
    va_list arguments;
    va_start(arguments, format);
    vfprintf(pen.stream, format, arguments);
    va_end(arguments);
    fputc('\n', pen.stream);
    put_last(pen.stream, run, NULL);
    fclose(pen.stream);
}

void verdict_error(struct run *run, enum exit_code code, const char *format, ...)
{
    if (verdict_failed(run)) {
        return;
    }
    run->result->code = code;
    struct pen pen = pen_open(run);
    fprintf(pen.stream, "%s: ", child_base_name(run->path));
    va_list arguments;
    va_start(arguments, format);
    vfprintf(pen.stream, format, arguments);
    va_end(arguments);
    fputc('\n', pen.stream);
    fclose(pen.stream);
}
