/* What can only be seen once everything is read: expectations that nothing can meet. */
#include "scenario/parser.h"

#include <string.h>

/* When a process is first started, as far as the text says. */
struct process_life {
    bool started;
    int64_t earliest_ns; /* 0: not known before the run */
};

static size_t life_index(const struct program *program, const struct program_process *process)
{
    return process->kind == PROGRAM_SERVER ? process->index : program->server_count + process->index;
}

static void note_starts(const struct program *program, struct process_life *lives)
{
    for (size_t i = 0; i < program->statement_count; i++) {
        const struct program_statement *statement = &program->statements[i];
        if (statement->kind != PROGRAM_START) {
            continue;
        }
        struct process_life *life = &lives[life_index(program, &statement->as.process)];
        int64_t at = statement->time.base == PROGRAM_NONE && statement->time.kind == PROGRAM_TIME_AT
                         ? statement->time.from_ns
                         : 0;
        life->earliest_ns = !life->started || at < life->earliest_ns ? at : life->earliest_ns;
        life->started = true;
    }
}

/* The process that a statement is about; index PROGRAM_NONE: none, or any. */
static struct program_process statement_process(const struct program_statement *statement)
{
    switch (statement->kind) {
    case PROGRAM_EXPECT:
    case PROGRAM_NEVER:
    case PROGRAM_ALWAYS:
        return statement->as.condition->process;
    case PROGRAM_STOP:
    case PROGRAM_QUIET:
        return statement->as.process;
    case PROGRAM_SCALE:
        return statement->as.scale.process;
    case PROGRAM_SIGNAL:
        return statement->as.signals->process;
    case PROGRAM_FAULT:
        return statement->as.fault->process;
    case PROGRAM_CORRUPT:
        return statement->as.corrupt->process;
    case PROGRAM_START:
    case PROGRAM_LOAD:
    case PROGRAM_HANDLER:
    default:
        return (struct program_process){PROGRAM_SERVER, PROGRAM_NONE, PROGRAM_NO_NODE};
    }
}

static void fail_at(struct parser *parser, const struct program_place *place, const char *message)
{
    int order = 0;
    for (const struct source *source = parser->sources; source != NULL; source = source->next) {
        order = source->name == place->file ? source->order : order;
    }
    diagnostics_add(parser->errors, place, order, message);
}

static void check_started(struct parser *parser, const struct process_life *lives, const struct program_place *place,
                          const struct program_process *process, const struct program_time *time)
{
    char message[PROGRAM_ERROR_BYTES_MAX];
    char name[PROGRAM_PROCESS_TEXT_MAX];
    if (process->index == PROGRAM_NONE) {
        return;
    }
    const struct process_life *life = &lives[life_index(parser->program, process)];
    (void)program_process_text(parser->program, process, name);
    if (!life->started) {
        (void)snprintf(message, sizeof message,
                       "time: expected %.120s to be started by a line such as at 0 start %.120s, got none", name, name);
        fail_at(parser, place, message);
        return;
    }
    if (time == NULL || time->base != PROGRAM_NONE || time->kind == PROGRAM_TIME_WHOLE ||
        time->kind == PROGRAM_TIME_WHEN || time->to_ns >= life->earliest_ns) {
        return;
    }
    char start[PROGRAM_DURATION_TEXT_MAX];
    char got[PROGRAM_DURATION_TEXT_MAX];
    (void)snprintf(message, sizeof message, "time: expected at or after the start of %.200s, %s, got %s", name,
                   program_duration_text(life->earliest_ns, start), program_duration_text(time->to_ns, got));
    fail_at(parser, place, message);
}

static void check_limit(struct parser *parser, const struct program_statement *statement)
{
    const struct program_time *time = &statement->time;
    int64_t limit = parser->program->limit_ns;
    int64_t last = time->to_ns == PROGRAM_END_NS ? time->from_ns : time->to_ns;
    if (time->kind == PROGRAM_TIME_WHOLE || last <= limit) {
        return;
    }
    char message[PROGRAM_ERROR_BYTES_MAX];
    char end[PROGRAM_DURATION_TEXT_MAX];
    char got[PROGRAM_DURATION_TEXT_MAX];
    (void)snprintf(message, sizeof message,
                   "time: expected at most %s, when the run ends at the latest (set limit), got %s",
                   program_duration_text(limit, end), program_duration_text(last, got));
    fail_at(parser, &statement->place, message);
}

static bool is_of_api(const struct program_statement *statement)
{
    return statement->kind == PROGRAM_FAULT && statement->as.fault->kind == PROGRAM_FAULT_API;
}

/* A latency is made at each broker. */
static bool is_at_one(const struct program_fault *fault)
{
    return fault->broker != PROGRAM_ALL_BROKERS || fault->latency_ns.high > 0;
}

/* The mock brokers look for faults of an API at one of them, or at all of them, not at both. */
static void check_injections(struct parser *parser)
{
    const struct program *program = parser->program;
    const struct program_fault *first[VOCABULARY_APIS_ANSWERED] = {NULL};
    for (size_t i = 0; i < program->statement_count; i++) {
        if (!is_of_api(&program->statements[i])) {
            continue;
        }
        const struct program_fault *fault = program->statements[i].as.fault;
        size_t api = 0;
        while (vocabulary_apis[api].code != fault->api) {
            api++;
        }
        first[api] = first[api] == NULL ? fault : first[api];
        if (is_at_one(first[api]) != is_at_one(fault)) {
            char message[PROGRAM_ERROR_BYTES_MAX];
            (void)snprintf(message, sizeof message,
                           "api: expected %s, as the first fault of %s has it, got %s: the brokers cannot do both",
                           is_at_one(first[api]) ? "broker= or latency=" : "neither broker= nor latency=",
                           fault->api_name, is_at_one(fault) ? "either" : "neither");
            fail_at(parser, &program->statements[i].place, message);
        }
    }
}

void check_program(struct parser *parser)
{
    const struct program *program = parser->program;
    size_t processes = program->server_count + program->member_count;
    struct process_life *lives = arena_alloc(parser->arena, (processes + 1) * sizeof *lives);
    if (lives == NULL) {
        return;
    }
    note_starts(program, lives);
    check_injections(parser);
    for (size_t i = 0; i < program->statement_count; i++) {
        const struct program_statement *statement = &program->statements[i];
        const struct program_process process = statement_process(statement);
        size_t before = parser->errors->count + parser->errors->left_out;
        check_limit(parser, statement);
        if (before != parser->errors->count + parser->errors->left_out) {
            continue;
        }
        check_started(parser, lives, &statement->place, &process, &statement->time);
        if (statement->time.kind == PROGRAM_TIME_WHEN) {
            check_started(parser, lives, &statement->time.point->place, &statement->time.point->process, NULL);
        }
    }
}
