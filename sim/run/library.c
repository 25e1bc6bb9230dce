#include "ksim.h"
#include "kafka/warm_up.h"
#include "run/child.h"
#include "run/files.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(KSIM_TEXT_MAX >= RESULT_TEXT_MAX, "a verdict holds every failure");
_Static_assert((int)KSIM_INTERNAL == (int)EXIT_INTERNAL && (int)KSIM_MISTAKE == (int)EXIT_USAGE &&
                   (int)KSIM_FAILED == (int)EXIT_EXPECTATION_FAILED,
               "one set of codes");

/* One call: what is needed for it, on the heap because some of it is large. */
struct call {
    struct options options;
    struct program_define defines[OPTIONS_DEFINES_MAX];
    struct program_errors errors;
    struct program *program;
    struct result *result;
};

static enum exit_code refuse(struct call *call, const char *why)
{
    snprintf(call->result->text, RESULT_TEXT_MAX, "ksim: %s\n", why);
    return EXIT_USAGE;
}

static enum exit_code take_options(struct call *call, const struct ksim_options *given)
{
    struct options *options = &call->options;
    options->seed_first = given->seed != 0 ? given->seed : 1;
    options->seed_last = options->seed_first;
    options->wall_limit_s = given->wall_limit_s != 0 ? given->wall_limit_s : OPTIONS_WALL_LIMIT_S;
    options->trace_path = given->trace_path;
    options->timeline = given->timeline;
    options->embedded = true;
    options->jobs = 1;
    if (options->wall_limit_s < 0) {
        return refuse(call, "wall_limit_s: expected no negative number");
    }
    if (given->define_count > OPTIONS_DEFINES_MAX) {
        return refuse(call, "defines: expected at most 64");
    }
    for (size_t i = 0; i < given->define_count; i++) {
        call->defines[i] = (struct program_define){.name = given->defines[i].name, .value = given->defines[i].value};
    }
    return EXIT_ALL_PASSED;
}

static enum exit_code tell_mistakes(struct call *call)
{
    FILE *pen = fmemopen(call->result->text, RESULT_TEXT_MAX, "w");
    if (pen != NULL) {
        program_errors_print(pen, &call->errors);
        fclose(pen);
    }
    return EXIT_USAGE;
}

/* In the program's own process: once, so that every child starts from the same. */
static void warm_up_once(void)
{
    static bool warm;
    if (!warm) {
        warm = true;
        kafka_warm_up();
    }
}

static enum exit_code load_and_run(struct call *call, const char *name, const char *text,
                                   const struct ksim_options *given)
{
    enum exit_code code = take_options(call, given);
    if (code != EXIT_ALL_PASSED) {
        return code;
    }
    int loaded = text != NULL ? program_load_text(name, text, strlen(text), call->defines, given->define_count,
                                                  &call->program, &call->errors)
                              : program_load(name, call->defines, given->define_count, &call->program, &call->errors);
    if (loaded != 0 || files_check(call->program, &call->options, &call->errors) > 0) {
        return tell_mistakes(call);
    }
    warm_up_once();
    struct sweep_scenario scenario = {.path = name, .program = call->program};
    return sweep_one(&scenario, call->options.seed_first, &call->options, run_scenario, call->result);
}

static void fill_verdict(struct ksim_verdict *verdict, enum exit_code code, uint64_t seed, const struct result *result)
{
    verdict->passed = code == EXIT_ALL_PASSED;
    verdict->code = (enum ksim_code)code;
    verdict->seed = seed;
    verdict->virtual_ns = result->virtual_ns;
    verdict->events = result->events;
    verdict->trace_hash = result->trace_hash;
    memcpy(verdict->text, result->text, RESULT_TEXT_MAX);
}

static int run(const char *name, const char *text, const struct ksim_options *given, struct ksim_verdict *verdict)
{
    static const struct ksim_options usual;
    enum exit_code code = EXIT_INTERNAL;
    struct call *call = calloc(1, sizeof *call);
    if (verdict != NULL) {
        *verdict = (struct ksim_verdict){.code = KSIM_INTERNAL, .text = "ksim: out of memory\n"};
    }
    if (call != NULL) {
        call->result = child_result_create();
    }
    if (call != NULL && call->result != NULL) {
        code = load_and_run(call, name, text, given != NULL ? given : &usual);
        if (verdict != NULL) {
            fill_verdict(verdict, code, call->options.seed_first, call->result);
        }
        child_result_destroy(call->result);
        program_destroy(call->program);
    }
    free(call);
    return (int)code;
}

int ksim_run_text(const char *name, const char *text, const struct ksim_options *options, struct ksim_verdict *verdict)
{
    return run(name, text, options, verdict);
}

int ksim_run_file(const char *path, const struct ksim_options *options, struct ksim_verdict *verdict)
{
    return run(path, NULL, options, verdict);
}
