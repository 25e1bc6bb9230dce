/* Lines that happen: a time, and what is done or expected then. */
#include "scenario/parser.h"

#include <string.h>

/* ---- Words ------------------------------------------------------------------------------------------------------- */

static const char *const verbs[] = {"expect", "never",  "always", "start", "stop",    "quiet",
                                    "scale",  "signal", "load",   "fault", "corrupt", "handler"};
#define VERBS (sizeof verbs / sizeof verbs[0])
static const char *const time_words[] = {"at", "by", "in", "then", "when"};
#define TIME_WORDS (sizeof time_words / sizeof time_words[0])

bool is_verb(const char *word)
{
    for (size_t i = 0; i < VERBS; i++) {
        if (strcmp(verbs[i], word) == 0) {
            return true;
        }
    }
    return false;
}

bool is_time_word(const char *word)
{
    for (size_t i = 0; i < TIME_WORDS; i++) {
        if (strcmp(time_words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- Time -------------------------------------------------------------------------------------------------------- */

/* One or both ends of a time word: `12s`, `+5s`, `100s..105s`, `+1s..+2s`. */
struct time_points {
    bool relative;
    bool range;
    struct program_range ns;
};

static enum value_result point_read(const char *text, int64_t *ns)
{
    return value_duration(text[0] == '+' ? text + 1 : text, false, ns);
}

static bool points_read(struct parser *parser, const char *what, const char *form, struct time_points *points)
{
    const struct token *token = parser_next(parser);
    *points = (struct time_points){.relative = token->text[0] == '+', .range = value_range_dots(token->text) != NULL};
    enum value_result result =
        token->kind == TOKEN_WORD ? value_range(token->text, point_read, &points->ns) : VALUE_NONE;
    if (result != VALUE_FINE) {
        return parser_bad_number(parser, token, what, form, result);
    }
    if (points->range && !points->relative && value_range_dots(token->text)[2] == '+') {
        return parser_expected(parser, token, what, "a range whose ends are both relative or both not");
    }
    if (points->ns.low > points->ns.high) {
        return parser_expected(parser, token, what, "a range a..b in which b is not below a");
    }
    return true;
}

/* Make the points absolute, or relative to the statement that the cursor stands on. */
static bool points_settle(struct parser *parser, const struct token *token, const char *what,
                          struct time_points *points, struct program_time *time)
{
    const struct time_cursor *cursor = &parser->cursor;
    int64_t origin = 0;
    if (points->relative) {
        if (!cursor->any) {
            return parser_fail(parser, token, "%s: expected a line with a time above, got none for + to count from",
                               what);
        }
        time->base = cursor->base;
        origin = cursor->ns;
    } else {
        time->base = PROGRAM_NONE;
        origin = parser->turn_shift_ns;
    }
    if (points->ns.high > PROGRAM_TIME_MAX_NS - origin) {
        return parser_expected(parser, token, what, "a time below 1000h");
    }
    time->from_ns = points->ns.low + origin;
    time->to_ns = points->ns.high + origin;
    if (time->base == PROGRAM_NONE && time->from_ns < cursor->floor_ns) {
        char before[PROGRAM_DURATION_TEXT_MAX];
        char got[PROGRAM_DURATION_TEXT_MAX];
        (void)program_duration_text(cursor->floor_ns, before);
        parser->cursor.floor_ns = time->from_ns; /* one step back is one error */
        return parser_fail(parser, token, "%s: expected a time at or after that of the line before, %s, got %s", what,
                           before, program_duration_text(time->from_ns, got));
    }
    return true;
}

static bool time_at(struct parser *parser, struct program_time *time)
{
    struct time_points points;
    const struct token *token = parser_peek(parser);
    time->kind = PROGRAM_TIME_AT;
    if (!points_read(parser, "at", "a time such as 12s or +5s", &points) ||
        !points_settle(parser, token, "at", &points, time)) {
        return false;
    }
    time->drawn = time->from_ns < time->to_ns;
    return true;
}

static bool time_by(struct parser *parser, struct program_time *time)
{
    struct time_points points;
    const struct token *token = parser_peek(parser);
    time->kind = PROGRAM_TIME_BY;
    if (!points_read(parser, "by", "a time such as 12s or +5s", &points)) {
        return false;
    }
    if (points.range) {
        return parser_expected(parser, token, "by", "one time, or in with a range");
    }
    if (!points_settle(parser, token, "by", &points, time)) {
        return false;
    }
    /* It waits from where the line before begins, even when that is a time that only the run knows. */
    time->to_is_absolute = time->base != parser->cursor.base;
    time->base = parser->cursor.base;
    time->from_ns = parser->cursor.ns;
    return true;
}

static bool time_in(struct parser *parser, struct program_time *time)
{
    struct time_points points;
    const struct token *token = parser_peek(parser);
    time->kind = PROGRAM_TIME_IN;
    if (!points_read(parser, "in", "a window such as 100s..105s", &points)) {
        return false;
    }
    if (!points.range) {
        return parser_expected(parser, token, "in", "a window such as 100s..105s");
    }
    return points_settle(parser, token, "in", &points, time);
}

static bool time_then(struct parser *parser, struct program_time *time)
{
    if (!parser->cursor.any || parser->program->statement_count == 0) {
        return parser_fail(parser, &parser->lexer.tokens[0], "then: expected a line with a time above, got none");
    }
    time->kind = PROGRAM_TIME_THEN;
    time->base = parser->program->statement_count - 1;
    time->from_ns = 0;
    time->to_ns = PROGRAM_END_NS;
    return true;
}

static bool time_when(struct parser *parser, struct program_time *time)
{
    struct program_condition *point = arena_alloc(parser->arena, sizeof *point);
    time->kind = PROGRAM_TIME_WHEN;
    time->base = parser->cursor.base;
    time->from_ns = parser->cursor.ns;
    time->to_ns = PROGRAM_END_NS;
    time->point = point;
    if (point == NULL || !parse_condition(parser, point)) {
        return false;
    }
    const struct token *token = parser_peek(parser);
    if (token->kind != TOKEN_WORD || token->text[0] != '+') {
        return true;
    }
    (void)parser_next(parser);
    enum value_result result = value_range(token->text, point_read, &time->delay_ns);
    if (result != VALUE_FINE || time->delay_ns.low > time->delay_ns.high) {
        return parser_bad_number(parser, token, "when", "a delay such as +2s or +5ms..300ms", result);
    }
    return true;
}

/* The time at the beginning of a line, when there is one. */
static bool parse_time(struct parser *parser, struct program_time *time)
{
    static bool (*const readers[TIME_WORDS])(struct parser *, struct program_time *) = {time_at, time_by, time_in,
                                                                                        time_then, time_when};
    *time = (struct program_time){.kind = PROGRAM_TIME_WHOLE, .base = PROGRAM_NONE, .to_ns = PROGRAM_END_NS};
    for (size_t i = 0; i < TIME_WORDS; i++) {
        if (parser_take(parser, time_words[i])) {
            return readers[i](parser, time);
        }
    }
    return true;
}

/* Move the cursor past a statement that was read. */
static void cursor_advance(struct parser *parser, const struct program_time *time, size_t statement)
{
    struct time_cursor *cursor = &parser->cursor;
    switch (time->kind) {
    case PROGRAM_TIME_WHOLE:
    case PROGRAM_TIME_BY:
        return;
    case PROGRAM_TIME_THEN:
    case PROGRAM_TIME_WHEN:
        cursor->base = statement;
        cursor->ns = 0;
        break;
    case PROGRAM_TIME_AT:
    case PROGRAM_TIME_IN:
    default:
        cursor->base = time->drawn ? statement : time->base;
        cursor->ns = time->drawn ? 0 : time->from_ns;
        if (time->base == PROGRAM_NONE) {
            cursor->floor_ns = time->drawn ? time->to_ns : time->from_ns;
        }
        break;
    }
    cursor->any = true;
}

/* ---- Verbs ------------------------------------------------------------------------------------------------------- */

static bool verb_condition(struct parser *parser, struct program_statement *statement)
{
    struct program_condition *condition = arena_alloc(parser->arena, sizeof *condition);
    statement->as.condition = condition;
    return condition != NULL && parse_condition(parser, condition);
}

static bool verb_expect(struct parser *parser, struct program_statement *statement)
{
    const struct token *token = parser_peek(parser);
    statement->kind = PROGRAM_EXPECT;
    if (statement->time.drawn) {
        return parser_fail(parser, &parser->lexer.tokens[1],
                           "at: expected one time, or in with a range for an expectation, got a range");
    }
    if (parser_is(parser, "no") || parser_is(parser, "not") || parser_is(parser, "never")) {
        return parser_expected(parser, token, "expect", "never in the place of expect");
    }
    return verb_condition(parser, statement);
}

static bool verb_never(struct parser *parser, struct program_statement *statement)
{
    const struct token *token = parser_peek(parser);
    statement->kind = PROGRAM_NEVER;
    if (statement->time.kind == PROGRAM_TIME_AT) {
        statement->time.to_ns = PROGRAM_END_NS;
    }
    if (!verb_condition(parser, statement)) {
        return false;
    }
    enum program_condition_kind kind = statement->as.condition->kind;
    return (kind != PROGRAM_SEES_ORDER && kind != PROGRAM_SEES_TOOK) ||
           parser_expected(parser, token, "never", "a condition that holds at one moment");
}

static bool verb_always(struct parser *parser, struct program_statement *statement)
{
    const struct token *token = parser_peek(parser);
    statement->kind = PROGRAM_ALWAYS;
    if (statement->time.kind == PROGRAM_TIME_AT) {
        statement->time.to_ns = PROGRAM_END_NS;
    }
    if (!verb_condition(parser, statement)) {
        return false;
    }
    return statement->as.condition->kind == PROGRAM_SEES_COUNT ||
           parser_expected(parser, token, "always", "a comparison of counters such as committed <= processed");
}

static bool verb_start(struct parser *parser, struct program_statement *statement)
{
    const struct token *token = parser_peek(parser);
    statement->kind = PROGRAM_START;
    if (!parser_process(parser, "start", &statement->as.process)) {
        return false;
    }
    return statement->as.process.node == PROGRAM_NO_NODE ||
           parser_expected(parser, token, "start", "a server or member: only its supervisor starts a node");
}

static bool verb_stop(struct parser *parser, struct program_statement *statement)
{
    statement->kind = PROGRAM_STOP;
    return parser_process(parser, "stop", &statement->as.process);
}

static bool verb_quiet(struct parser *parser, struct program_statement *statement)
{
    statement->kind = PROGRAM_QUIET;
    return parser_server(parser, "quiet", &statement->as.process);
}

static bool verb_scale(struct parser *parser, struct program_statement *statement)
{
    statement->kind = PROGRAM_SCALE;
    const struct token *token = parser_peek(parser);
    if (!parser_server(parser, "scale", &statement->as.scale.process)) {
        return false;
    }
    const struct program_process *process = &statement->as.scale.process;
    if (process->node == PROGRAM_NO_NODE && parser->servers[process->index].mode == PROGRAM_SUPERVISOR) {
        return parser_expected(parser, token, "scale", "one of its nodes, for a supervisor has no workers");
    }
    token = parser_next(parser);
    if (strcmp(token->text, "workers") != 0) {
        return parser_expected(parser, token, "scale", "workers=");
    }
    return parser_equals(parser, "workers") &&
           parser_integer(parser, "workers", 1, PROGRAM_PROCESSES_MAX, &statement->as.scale.workers);
}

static bool verb_signal(struct parser *parser, struct program_statement *statement)
{
    struct program_signals *signals = arena_alloc(parser->arena, sizeof *signals);
    statement->kind = PROGRAM_SIGNAL;
    statement->as.signals = signals;
    return signals != NULL && parse_signal(parser, signals);
}

static bool verb_load(struct parser *parser, struct program_statement *statement)
{
    struct program_load *load = arena_alloc(parser->arena, sizeof *load);
    if (parser->load_count++ == PROGRAM_LOADS_MAX) {
        parser->gave_up = true;
        return parser_fail(parser, parser_peek(parser), "load: expected at most %d of them, got more",
                           PROGRAM_LOADS_MAX);
    }
    statement->kind = PROGRAM_LOAD;
    statement->as.load = load;
    return load != NULL && parse_load(parser, load);
}

static bool verb_fault(struct parser *parser, struct program_statement *statement)
{
    struct program_fault *fault = arena_alloc(parser->arena, sizeof *fault);
    statement->kind = PROGRAM_FAULT;
    statement->as.fault = fault;
    return fault != NULL && parse_fault(parser, fault);
}

static bool verb_corrupt(struct parser *parser, struct program_statement *statement)
{
    struct program_corrupt *corrupt = arena_alloc(parser->arena, sizeof *corrupt);
    statement->kind = PROGRAM_CORRUPT;
    statement->as.corrupt = corrupt;
    return corrupt != NULL && parse_corrupt(parser, corrupt);
}

/* Does its server have a handler for the topic from its start on? */
static bool handler_subscribes(const struct parser *parser, const struct program_handler *handler)
{
    for (size_t i = 0; i < parser->program->handler_count; i++) {
        const struct program_handler *other = &parser->handlers[i];
        if (other->server == handler->server && other->of.topic == handler->of.topic) {
            return true;
        }
    }
    return false;
}

static bool verb_handler(struct parser *parser, struct program_statement *statement)
{
    struct program_handler *handler = arena_alloc(parser->arena, sizeof *handler);
    const struct token *token = parser_peek(parser);
    statement->kind = PROGRAM_HANDLER;
    statement->as.handler = handler;
    if (handler == NULL || !parse_handler(parser, handler)) {
        return false;
    }
    if (handler->settings.count + handler->settings.kafka_count > 0) {
        return parser_fail(parser, token,
                           "handler: expected settings of the routing on a line without a time, got one with");
    }
    return handler_subscribes(parser, handler) ||
           parser_fail(parser, token, "handler: expected a line without a time by which %s subscribes to %s, got none",
                       parser->servers[handler->server].name, parser->topics[handler->of.topic].name);
}

/* ---- Statements -------------------------------------------------------------------------------------------------- */

/* The time of an action is one moment. */
static bool time_suits(struct parser *parser, const struct program_statement *statement)
{
    const struct token *first = &parser->lexer.tokens[0];
    bool looks = statement->kind <= PROGRAM_ALWAYS;
    enum program_time_kind kind = statement->time.kind;
    if (!looks && (kind == PROGRAM_TIME_BY || kind == PROGRAM_TIME_IN)) {
        return parser_expected(parser, first, "time", "at, then or when before something that is done");
    }
    if (kind == PROGRAM_TIME_BY && statement->kind != PROGRAM_EXPECT) {
        return parser_expected(parser, first, "time", "in a..b, at, then, when or nothing before never and always");
    }
    if (kind == PROGRAM_TIME_WHOLE && statement->kind != PROGRAM_NEVER && statement->kind != PROGRAM_ALWAYS) {
        return parser_expected(parser, first, "time", "at, by, in, then or when");
    }
    return true;
}

static bool verb_read(struct parser *parser, struct program_statement *statement)
{
    static bool (*const readers[VERBS])(struct parser *, struct program_statement *) = {
        verb_expect, verb_never,  verb_always, verb_start, verb_stop,    verb_quiet,
        verb_scale,  verb_signal, verb_load,   verb_fault, verb_corrupt, verb_handler};
    struct nearest nearest;
    const struct token *token = parser_next(parser);
    nearest_init(&nearest, token->text);
    for (size_t i = 0; i < VERBS; i++) {
        if (token->kind == TOKEN_WORD && strcmp(verbs[i], token->text) == 0) {
            return readers[i](parser, statement) && parser_line_ends(parser, verbs[i]);
        }
        nearest_consider(&nearest, verbs[i]);
    }
    return parser_unknown(parser, token, "statement", "an action or an expectation", &nearest);
}

/* The source text from `token` to the end of the last word. */
static const char *text_from(struct parser *parser, const struct token *token)
{
    const char *line = parser->source->lines[parser->line];
    int end = parser->lexer.tokens[parser->lexer.count].column - 1;
    int begin = token->column - 1;
    return arena_text(parser->arena, line + begin, end > begin ? (size_t)(end - begin) : 0);
}

static bool statement_add(struct parser *parser, const struct program_statement *statement)
{
    struct program *program = parser->program;
    if (program->statement_count == PROGRAM_STATEMENTS_MAX) {
        parser->gave_up = true;
        return parser_fail(parser, &parser->lexer.tokens[0], "statement: expected at most %d of them, got more",
                           PROGRAM_STATEMENTS_MAX);
    }
    struct program_statement *statements = arena_grow(parser->arena, parser->statements, program->statement_count,
                                                      &parser->statement_capacity, sizeof *statements);
    if (statements == NULL) {
        return false;
    }
    parser->statements = statements;
    program->statements = statements;
    cursor_advance(parser, &statement->time, program->statement_count);
    statements[program->statement_count++] = *statement;
    return true;
}

bool parse_statement(struct parser *parser)
{
    struct program_statement statement = {.place = parser_place(parser, parser_peek(parser))};
    if (!parse_time(parser, &statement.time)) {
        return false;
    }
    if (parser->token > 0) {
        const struct token *last = &parser->lexer.tokens[parser->token - 1];
        statement.place.len = last->column + last->width - statement.place.column;
    }
    if (statement.time.kind != PROGRAM_TIME_WHOLE && parser_at_end(parser)) {
        return parser_expected(parser, parser_peek(parser), "statement", "an action or an expectation");
    }
    size_t verb = parser->token;
    if (!verb_read(parser, &statement) || !time_suits(parser, &statement)) {
        return false;
    }
    size_t first = statement.kind <= PROGRAM_ALWAYS ? verb + 1 : verb;
    statement.text = text_from(parser, &parser->lexer.tokens[first]);
    return statement.text != NULL && statement_add(parser, &statement);
}
