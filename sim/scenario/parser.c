#include "scenario/parser.h"

#include <stdarg.h>
#include <string.h>

/* ---- Tokens ------------------------------------------------------------------------------------------------------ */

const struct token *parser_peek(const struct parser *parser)
{
    return &parser->lexer.tokens[parser->token];
}

const struct token *parser_next(struct parser *parser)
{
    const struct token *token = parser_peek(parser);
    if (token->kind != TOKEN_END) {
        parser->token++;
    }
    return token;
}

bool parser_is(const struct parser *parser, const char *word)
{
    const struct token *token = parser_peek(parser);
    return token->kind == TOKEN_WORD && strcmp(token->text, word) == 0;
}

bool parser_take(struct parser *parser, const char *word)
{
    if (!parser_is(parser, word)) {
        return false;
    }
    parser->token++;
    return true;
}

bool parser_at_end(const struct parser *parser)
{
    return parser_peek(parser)->kind == TOKEN_END;
}

bool parser_follows_operator(const struct parser *parser)
{
    return !parser_at_end(parser) && parser->lexer.tokens[parser->token + 1].kind == TOKEN_OPERATOR;
}

const char *parser_keep(struct parser *parser, const struct token *token)
{
    return arena_text(parser->arena, token->text, token->len);
}

struct program_place parser_place(const struct parser *parser, const struct token *token)
{
    return (struct program_place){.file = parser->source->name,
                                  .line = (int)parser->line + 1,
                                  .column = token->column,
                                  .len = token->width,
                                  .text = parser->source->lines[parser->line]};
}

bool parser_line_ends(struct parser *parser, const char *what)
{
    return parser_at_end(parser) || parser_expected(parser, parser_peek(parser), what, "the end of the line");
}

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

static bool fail_with(struct parser *parser, const struct program_place *place, const char *format, va_list arguments)
{
    char message[PROGRAM_ERROR_BYTES_MAX];
    (void)vsnprintf(message, sizeof message, format, arguments);
    diagnostics_add(parser->errors, place, parser->source->order, message);
    return false;
}

bool parser_fail(struct parser *parser, const struct token *token, const char *format, ...)
{
    struct program_place place = parser_place(parser, token);
    va_list arguments;
    va_start(arguments, format);
    (void)fail_with(parser, &place, format, arguments);
    va_end(arguments);
    return false;
}

bool parser_fail_at(struct parser *parser, const struct program_place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fail_with(parser, place, format, arguments);
    va_end(arguments);
    return false;
}

/* How a token is quoted in an error; long ones are cut. */
#define GOT_TEXT_MAX 80
static const char *got_text(const struct token *token, char buffer[GOT_TEXT_MAX])
{
    if (token->kind == TOKEN_END) {
        return "the end of the line";
    }
    int shown = token->len > 60 ? 60 : (int)token->len;
    while (shown > 0 && shown < (int)token->len && ((unsigned char)token->text[shown] & 0xC0) == 0x80) {
        shown--;
    }
    (void)snprintf(buffer, GOT_TEXT_MAX, "\"%.*s%s\"", shown, token->text, shown < (int)token->len ? "..." : "");
    return buffer;
}

bool parser_expected(struct parser *parser, const struct token *token, const char *what, const char *expected)
{
    char got[GOT_TEXT_MAX];
    return parser_fail(parser, token, "%s: expected %s, got %s", what, expected, got_text(token, got));
}

bool parser_unknown(struct parser *parser, const struct token *token, const char *what, const char *expected,
                    const struct nearest *nearest)
{
    char got[GOT_TEXT_MAX];
    /* Errors that are only counted need no help: looking for it costs more than reading the line. */
    bool shown = token->kind != TOKEN_END && parser->errors->count < PROGRAM_ERRORS_MAX;
    const char *best = shown ? nearest_best(nearest) : NULL;
    if (best == NULL) {
        return parser_expected(parser, token, what, expected);
    }
    return parser_fail(parser, token, "%s: expected %s, got %s; did you mean \"%s\"?", what, expected,
                       got_text(token, got), best);
}

bool parser_choice(struct parser *parser, const struct token *token, const char *what, const char *expected,
                   const char *const *words, size_t count, size_t *index)
{
    struct nearest nearest;
    nearest_init(&nearest, token->text);
    for (size_t i = 0; i < count; i++) {
        if (token->kind != TOKEN_END && strcmp(words[i], token->text) == 0) {
            *index = i;
            return true;
        }
        nearest_consider(&nearest, words[i]);
    }
    return parser_unknown(parser, token, what, expected, &nearest);
}

bool parser_bad_number(struct parser *parser, const struct token *token, const char *what, const char *expected,
                       enum value_result result)
{
    char got[GOT_TEXT_MAX];
    (void)got_text(token, got);
    switch (token->kind == TOKEN_END ? VALUE_NONE : result) {
    case VALUE_UNIT:
        return parser_fail(parser, token, "%s: expected %s, got %s, which has an unknown unit or none", what, expected,
                           got);
    case VALUE_TOO_BIG:
        return parser_fail(parser, token, "%s: expected %s, got %s, which is too big", what, expected, got);
    case VALUE_TOO_FINE:
        return parser_fail(parser, token, "%s: expected %s, got %s, which has too many decimals", what, expected, got);
    case VALUE_NONE:
    case VALUE_FINE:
    default:
        return parser_expected(parser, token, what, expected);
    }
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static const char *const condition_words[] = {
    "event",    "report",   "error",     "exit",      "assignment", "order",  "log", "duration", "request", "job",
    "produced", "consumed", "processed", "committed", "reports",    "errors", "all", "broker",   "status"};

#define NAME_BYTES_MAX 100
bool parser_name(struct parser *parser, const char *what, const char **name)
{
    const struct token *token = parser_next(parser);
    size_t fine = 0;
    while (fine < token->len && (is_letter(token->text[fine]) || strchr("0123456789_-", token->text[fine]) != NULL)) {
        fine++;
    }
    if (token->kind != TOKEN_WORD || fine != token->len || !is_letter(token->text[0]) || token->len > NAME_BYTES_MAX) {
        return parser_expected(parser, token, what, "a name of letters, digits, - and _ that begins with a letter");
    }
    bool taken = is_verb(token->text) || is_time_word(token->text);
    for (size_t i = 0; i < sizeof condition_words / sizeof condition_words[0]; i++) {
        taken = taken || strcmp(condition_words[i], token->text) == 0;
    }
    if (taken) {
        return parser_expected(parser, token, what, "a name that is no word of the language");
    }
    *name = parser_keep(parser, token);
    return *name != NULL;
}

bool parser_process_known(const struct parser *parser, const char *text)
{
    char name[PROGRAM_WORD_BYTES_MAX + 1];
    (void)snprintf(name, sizeof name, "%s", text);
    char *dot = strchr(name, '.');
    if (dot != NULL) {
        *dot = '\0';
    }
    return names_find(&parser->process_names, name) != SIZE_MAX;
}

static bool process_unknown(struct parser *parser, const struct token *token, const char *what)
{
    struct nearest nearest;
    nearest_init(&nearest, token->text);
    for (size_t i = 0; i < parser->program->server_count; i++) {
        nearest_consider(&nearest, parser->servers[i].name);
    }
    for (size_t i = 0; i < parser->program->member_count; i++) {
        nearest_consider(&nearest, parser->members[i].name);
    }
    return parser_unknown(parser, token, what, "a server or member defined above", &nearest);
}

static bool process_node(struct parser *parser, const struct token *token, const char *what, const char *number,
                         struct program_process *process)
{
    int64_t node = 0;
    if (process->kind != PROGRAM_SERVER || parser->servers[process->index].mode != PROGRAM_SUPERVISOR) {
        return parser_expected(parser, token, what, "the name alone: only a mode=supervisor has nodes");
    }
    int nodes = parser->servers[process->index].nodes;
    if (value_integer(number, &node) != VALUE_FINE || node < 0 || node >= nodes) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "a node from 0 to %d", nodes - 1);
        return parser_expected(parser, token, what, expected);
    }
    process->node = (int)node;
    return true;
}

bool parser_process(struct parser *parser, const char *what, struct program_process *process)
{
    const struct token *token = parser_next(parser);
    char name[PROGRAM_WORD_BYTES_MAX + 1];
    (void)snprintf(name, sizeof name, "%s", token->text);
    char *dot = strchr(name, '.');
    if (dot != NULL) {
        *dot = '\0';
    }
    size_t code = token->kind == TOKEN_WORD ? names_find(&parser->process_names, name) : SIZE_MAX;
    if (code == SIZE_MAX) {
        return process_unknown(parser, token, what);
    }
    process->kind = code % 2 == 0 ? PROGRAM_SERVER : PROGRAM_MEMBER;
    process->index = code / 2;
    process->node = PROGRAM_NO_NODE;
    return dot == NULL || process_node(parser, token, what, dot + 1, process);
}

bool parser_server(struct parser *parser, const char *what, struct program_process *process)
{
    const struct token *token = parser_peek(parser);
    if (!parser_process(parser, what, process)) {
        return false;
    }
    return process->kind == PROGRAM_SERVER || parser_expected(parser, token, what, "a server, which a member is not");
}

bool parser_topic_text(struct parser *parser, const struct token *token, const char *what, const char *name,
                       size_t *topic)
{
    *topic = token->kind == TOKEN_END ? SIZE_MAX : names_find(&parser->topic_names, name);
    if (*topic != SIZE_MAX) {
        return true;
    }
    struct nearest nearest;
    nearest_init(&nearest, name);
    for (size_t i = 0; i < parser->program->topic_count; i++) {
        nearest_consider(&nearest, parser->topics[i].name);
    }
    return parser_unknown(parser, token, what, "a topic defined above", &nearest);
}

bool parser_topic_name(struct parser *parser, const char *what, size_t *topic)
{
    const struct token *token = parser_next(parser);
    return parser_topic_text(parser, token, what, token->text, topic);
}

bool parser_partition(struct parser *parser, const char *what, struct program_partition *partition)
{
    const struct token *token = parser_next(parser);
    char name[PROGRAM_WORD_BYTES_MAX + 1];
    (void)snprintf(name, sizeof name, "%s", token->text);
    char *slash = strrchr(name, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    if (!parser_topic_text(parser, token, what, name, &partition->topic)) {
        return false;
    }
    partition->partition = PROGRAM_NO_PARTITION;
    if (slash == NULL) {
        return true;
    }
    int64_t number = 0;
    int32_t count = parser->topics[partition->topic].partitions;
    if (value_integer(slash + 1, &number) != VALUE_FINE || number < 0 || number >= count) {
        char expected[PROGRAM_ERROR_BYTES_MAX / 2];
        (void)snprintf(expected, sizeof expected, "a partition of %.100s from 0 to %d", name, count - 1);
        return parser_expected(parser, token, what, expected);
    }
    partition->partition = (int32_t)number;
    return true;
}

bool parser_broker(struct parser *parser, const char *what, int *broker)
{
    if (parser_take(parser, "all")) {
        *broker = PROGRAM_ALL_BROKERS;
        return true;
    }
    int64_t number = 0;
    const struct token *token = parser_next(parser);
    int brokers = parser->program->cluster.brokers;
    if (value_integer(token->text, &number) != VALUE_FINE || number < 1 || number > brokers) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "a broker from 1 to %d, or all", brokers);
        return parser_expected(parser, token, what, expected);
    }
    *broker = (int)number;
    return true;
}

bool parser_event(struct parser *parser, const char *what, enum carafe_event_kind *event)
{
    size_t index = 0;
    if (!parser_choice(parser, parser_next(parser), what, "the name of an event", vocabulary_events, CARAFE_EVENT_COUNT,
                       &index)) {
        return false;
    }
    *event = (enum carafe_event_kind)index;
    return true;
}

bool parser_group(struct parser *parser, const char *what, const char **group)
{
    const struct token *token = parser_next(parser);
    size_t index = token->kind == TOKEN_END ? SIZE_MAX : names_find(&parser->group_names, token->text);
    if (index != SIZE_MAX) {
        *group = parser->groups[index];
        return true;
    }
    struct nearest nearest;
    nearest_init(&nearest, token->text);
    for (size_t i = 0; i < parser->group_count && i < NEAREST_CANDIDATES_MAX; i++) {
        nearest_consider(&nearest, parser->groups[i]);
    }
    return parser_unknown(parser, token, what, "a group that a server or member above has", &nearest);
}

bool parser_group_add(struct parser *parser, const char *group)
{
    if (names_find(&parser->group_names, group) != SIZE_MAX) {
        return true;
    }
    const char **groups =
        arena_grow(parser->arena, parser->groups, parser->group_count, &parser->group_capacity, sizeof *groups);
    if (groups == NULL || !names_add(&parser->group_names, parser->arena, group, parser->group_count)) {
        return false;
    }
    parser->groups = groups;
    parser->groups[parser->group_count++] = group;
    return true;
}
