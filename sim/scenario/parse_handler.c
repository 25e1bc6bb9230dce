/* What handles the messages of a topic. */
#include "scenario/parser.h"

#include <string.h>

static bool hangs_read(struct parser *parser, struct program_handler *handler)
{
    handler->hangs = true;
    handler->hang_ns = PROGRAM_END_NS;
    if (parser_peek(parser)->kind != TOKEN_OPERATOR) {
        return true;
    }
    return parser_equals(parser, "hangs") && parser_duration(parser, "hangs", &handler->hang_ns);
}

static bool marks_read(struct parser *parser, struct program_handler *handler)
{
    static const char *const words[] = {"automatically", "by_hand", "by_hand_sync", "nothing"};
    if (!parser_equals(parser, "marks")) {
        return false;
    }
    size_t index = 0;
    if (!parser_choice(parser, parser_next(parser), "marks", "automatically, by_hand, by_hand_sync or nothing", words,
                       4, &index)) {
        return false;
    }
    handler->marking = (enum program_marking)index;
    return true;
}

/* `use ./lib.so:symbol` */
static bool use_read(struct parser *parser, struct program_handler *handler)
{
    const struct token *token = parser_next(parser);
    const char *colon = strrchr(token->text, ':');
    if (token->kind == TOKEN_END || colon == NULL || colon == token->text || colon[1] == '\0') {
        return parser_expected(parser, token, "use", "PATH:SYMBOL of a shared object");
    }
    const char *path = arena_text(parser->arena, token->text, (size_t)(colon - token->text));
    handler->symbol = arena_text(parser->arena, colon + 1, strlen(colon + 1));
    if (path == NULL || handler->symbol == NULL) {
        return false;
    }
    handler->use_place = parser_place(parser, token);
    handler->library =
        strcmp(path, PROGRAM_SELF) == 0 ? PROGRAM_SELF : source_beside(parser->arena, parser->source->name, path);
    return handler->library != NULL;
}

static bool read_takes(struct parser *parser, struct program_handler *handler)
{
    return parser_equals(parser, "takes") && parser_cost(parser, "takes", &handler->message_cost);
}

static bool read_batch_takes(struct parser *parser, struct program_handler *handler)
{
    return parser_equals(parser, "batch_takes") && parser_cost(parser, "batch_takes", &handler->batch_cost);
}

static bool read_from(struct parser *parser, struct program_handler *handler)
{
    return parser_equals(parser, "from_offset") &&
           parser_integer(parser, "from_offset", 0, INT64_MAX, &handler->from_offset);
}

static bool read_to(struct parser *parser, struct program_handler *handler)
{
    return parser_equals(parser, "to_offset") && parser_integer(parser, "to_offset", 0, INT64_MAX, &handler->to_offset);
}

static bool read_fails(struct parser *parser, struct program_handler *handler)
{
    return parser_failing(parser, &handler->failing);
}

static bool read_class(struct parser *parser, struct program_handler *handler)
{
    return parser_equals(parser, "class") && parser_text(parser, "class", &handler->error_class);
}

static bool read_error(struct parser *parser, struct program_handler *handler)
{
    return parser_equals(parser, "error") && parser_text(parser, "error", &handler->error_text);
}

static bool read_ignores(struct parser *parser, struct program_handler *handler)
{
    (void)parser;
    handler->ignores_cancel = true;
    return true;
}

static bool read_pauses(struct parser *parser, struct program_handler *handler)
{
    handler->pause_ns = PROGRAM_END_NS;
    if (parser_peek(parser)->kind != TOKEN_OPERATOR) {
        return true;
    }
    return parser_equals(parser, "pauses") && parser_duration(parser, "pauses", &handler->pause_ns);
}

static bool read_seeks(struct parser *parser, struct program_handler *handler)
{
    handler->seeks = true;
    return parser_equals(parser, "seeks") && parser_integer(parser, "seeks", 0, INT64_MAX, &handler->seek_offset);
}

static bool read_produces(struct parser *parser, struct program_handler *handler)
{
    return parser_equals(parser, "produces") && parser_topic_name(parser, "produces", &handler->produce.topic);
}

static bool size_read(struct parser *parser, const char *what, int64_t *bytes)
{
    struct program_range size = {0, 0};
    if (!parser_equals(parser, what)) {
        return false;
    }
    const struct token *token = parser_peek(parser);
    if (!parser_size_range(parser, what, &size)) {
        return false;
    }
    *bytes = size.low;
    return size.low == size.high || parser_expected(parser, token, what, "one size, not a range");
}

static bool read_produce_size(struct parser *parser, struct program_handler *handler)
{
    if (!size_read(parser, "produce_size", &handler->produce.size)) {
        return false;
    }
    const struct token *token = &parser->lexer.tokens[parser->token - 1];
    return handler->produce.size <= PROGRAM_PAYLOAD_MAX ||
           parser_expected(parser, token, "produce_size", "a size of at most 1MiB");
}

static bool read_error_size(struct parser *parser, struct program_handler *handler)
{
    if (!size_read(parser, "error_size", &handler->error_size)) {
        return false;
    }
    const struct token *token = &parser->lexer.tokens[parser->token - 1];
    bool fine = handler->error_size >= 1 && handler->error_size <= PROGRAM_ERROR_TEXT_MAX;
    return fine || parser_expected(parser, token, "error_size", "a size from 1 to 1MiB");
}

static bool read_produce_sync(struct parser *parser, struct program_handler *handler)
{
    (void)parser;
    handler->produce.synchronous = true;
    return true;
}

static bool read_tags(struct parser *parser, struct program_handler *handler)
{
    if (!parser_equals(parser, "tags")) {
        return false;
    }
    const struct token *token = parser_peek(parser);
    bool fine = parser_list(parser, "tags", &handler->tags, &handler->tag_count);
    return fine && (handler->tag_count <= PROGRAM_HANDLER_TAGS_MAX ||
                    parser_expected(parser, token, "tags", "at most 8 of them"));
}

static bool read_fails_in(struct parser *parser, struct program_handler *handler)
{
    static const char *const words[PROGRAM_CALLBACK_COUNT] = {"create", "revoked", "shutdown", "eofed", "idle", "tick"};
    const char *const *list = NULL;
    size_t count = 0;
    if (!parser_equals(parser, "fails_in")) {
        return false;
    }
    const struct token *token = parser_peek(parser);
    if (!parser_list(parser, "fails_in", &list, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        size_t word = 0;
        while (word < PROGRAM_CALLBACK_COUNT && strcmp(words[word], list[i]) != 0) {
            word++;
        }
        if (word == PROGRAM_CALLBACK_COUNT) {
            return parser_expected(parser, token, "fails_in", "a list of create, revoked, shutdown, eofed, idle, tick");
        }
        handler->fails_in |= 1U << word;
    }
    return true;
}

static const struct {
    const char *word;
    bool (*read)(struct parser *parser, struct program_handler *handler);
} handler_forms[] = {
    {"takes", read_takes},
    {"batch_takes", read_batch_takes},
    {"hangs", hangs_read},
    {"fails", read_fails},
    {"fails_in", read_fails_in},
    {"from_offset", read_from},
    {"to_offset", read_to},
    {"class", read_class},
    {"error", read_error},
    {"error_size", read_error_size},
    {"marks", marks_read},
    {"ignores_cancel", read_ignores},
    {"pauses", read_pauses},
    {"seeks", read_seeks},
    {"produces", read_produces},
    {"produce_size", read_produce_size},
    {"produce_sync", read_produce_sync},
    {"tags", read_tags},
    {"use", use_read},
};
#define HANDLER_FORM_COUNT (sizeof handler_forms / sizeof handler_forms[0])

/* The index of the form that the next word begins; HANDLER_FORM_COUNT: it is a setting or nothing known. */
static size_t form_find(const struct parser *parser)
{
    size_t form = 0;
    while (form < HANDLER_FORM_COUNT && !parser_is(parser, handler_forms[form].word)) {
        form++;
    }
    return form;
}

static bool handler_forms_read(struct parser *parser, struct program_handler *handler, struct setting_reader *reader)
{
    bool seen[HANDLER_FORM_COUNT] = {false};
    while (!parser_at_end(parser)) {
        const struct token *token = parser_peek(parser);
        size_t form = form_find(parser);
        if (form == HANDLER_FORM_COUNT) {
            if (!settings_read(parser, reader)) {
                return false;
            }
            if (handler->of.partition != PROGRAM_NO_PARTITION) {
                return parser_expected(parser, token, "handler",
                                       "settings of the routing on a line for the whole topic only");
            }
            continue;
        }
        (void)parser_next(parser);
        if (seen[form]) {
            return parser_expected(parser, token, "handler", "each word once");
        }
        seen[form] = true;
        if (!handler_forms[form].read(parser, handler)) {
            return false;
        }
    }
    return true;
}

/* Names of topics and groups that settings of a handler speak of. */
static bool handler_names(struct parser *parser, struct program_handler *handler)
{
    const struct program_value *letters = program_setting(&handler->settings, PROGRAM_TOPIC_DEAD_LETTERS);
    if (letters != NULL && names_find(&parser->topic_names, letters->text) == SIZE_MAX) {
        const struct program_setting *setting = handler->settings.list;
        while (setting->id != PROGRAM_TOPIC_DEAD_LETTERS) {
            setting++;
        }
        return parser_fail_at(parser, &setting->place, "dead_letters: expected a topic defined above, got \"%s\"",
                              letters->text);
    }
    const struct program_value *group = program_setting(&handler->settings, PROGRAM_TOPIC_GROUP);
    return group == NULL || parser_group_add(parser, group->text);
}

bool parse_handler(struct parser *parser, struct program_handler *handler)
{
    const struct token *token = parser_peek(parser);
    struct program_process process = {.index = PROGRAM_NONE};
    *handler = (struct program_handler){.to_offset = PROGRAM_UNLIMITED, .place = parser_place(parser, token)};
    handler->produce.topic = PROGRAM_NONE;
    handler->produce.size = 100;
    const char *others[HANDLER_FORM_COUNT];
    for (size_t i = 0; i < HANDLER_FORM_COUNT; i++) {
        others[i] = handler_forms[i].word;
    }
    struct setting_reader reader = {.what = "handler",
                                    .table = vocabulary_handler,
                                    .table_count = PROGRAM_TOPIC_SETTING_COUNT,
                                    .others = others,
                                    .other_count = HANDLER_FORM_COUNT};
    if (!parser_server(parser, "handler", &process) || !parser_partition(parser, "handler", &handler->of)) {
        return false;
    }
    if (process.node != PROGRAM_NO_NODE) {
        return parser_expected(parser, token, "handler", "a server, all of its nodes alike");
    }
    handler->server = process.index;
    if (!handler_forms_read(parser, handler, &reader)) {
        return false;
    }
    handler->settings = settings_finish(&reader);
    if (handler->from_offset > handler->to_offset) {
        return parser_fail(parser, token, "handler: expected from_offset not above to_offset, got %lld and %lld",
                           (long long)handler->from_offset, (long long)handler->to_offset);
    }
    return handler_names(parser, handler);
}

/* The same messages of the same server are described once. */
static bool handler_is_new(struct parser *parser, const struct program_handler *handler)
{
    char key[160];
    (void)snprintf(key, sizeof key, "%zu/%zu/%d/%lld/%lld", handler->server, handler->of.topic, handler->of.partition,
                   (long long)handler->from_offset, (long long)handler->to_offset);
    size_t known = names_find(&parser->handler_names, key);
    if (known != SIZE_MAX) {
        const struct program_place *place = &parser->handlers[known].place;
        return parser_fail_at(parser, &handler->place,
                              "handler: expected one for these messages, got another (defined at %s:%d)", place->file,
                              place->line);
    }
    const char *kept = arena_text(parser->arena, key, strlen(key));
    return kept != NULL && names_add(&parser->handler_names, parser->arena, kept, parser->program->handler_count);
}

/* The last line that covers a message counts: one for all of a topic below others would leave them nothing. */
static bool handler_leaves_others(struct parser *parser, const struct program_handler *handler)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%zu/%zu", handler->server, handler->of.topic);
    size_t known = names_find(&parser->handler_names, key);
    bool all = handler->of.partition == PROGRAM_NO_PARTITION && handler->from_offset == 0 &&
               handler->to_offset == PROGRAM_UNLIMITED;
    if (all && known != SIZE_MAX) {
        const struct program_place *place = &parser->handlers[known].place;
        return parser_fail_at(parser, &handler->place,
                              "handler: expected the line for a whole topic above those for parts of it, got it below "
                              "(the first at %s:%d)",
                              place->file, place->line);
    }
    const char *kept = known == SIZE_MAX ? arena_text(parser->arena, key, strlen(key)) : NULL;
    return known != SIZE_MAX ||
           (kept != NULL && names_add(&parser->handler_names, parser->arena, kept, parser->program->handler_count));
}

bool parse_handler_declaration(struct parser *parser)
{
    struct program *program = parser->program;
    struct program_handler handler;
    if (!parse_handler(parser, &handler) || !handler_is_new(parser, &handler) ||
        !handler_leaves_others(parser, &handler)) {
        return false;
    }
    if (program->handler_count == PROGRAM_STATEMENTS_MAX) {
        return parser_fail_at(parser, &handler.place, "handler: expected at most %d of them, got more",
                              PROGRAM_STATEMENTS_MAX);
    }
    struct program_handler *handlers = arena_grow(parser->arena, parser->handlers, program->handler_count,
                                                  &parser->handler_capacity, sizeof *handlers);
    if (handlers == NULL) {
        return false;
    }
    parser->handlers = handlers;
    program->handlers = handlers;
    handlers[program->handler_count++] = handler;
    return true;
}
