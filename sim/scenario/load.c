/* From a file to a program: lines, names, includes, repeats. */
#include "scenario/load.h"

#include "scenario/parser.h"

#include <stdlib.h>
#include <string.h>

/* The program and what keeps it. */
struct owned_program {
    struct program program;
    struct arena arena;
};

#define LIMIT_DEFAULT_NS     (INT64_C(600) * 1000000000)
#define TOLERANCE_DEFAULT_NS INT64_C(1000000)
#define BROKERS_DEFAULT      3

/* ---- Names with values ------------------------------------------------------------------------------------------- */

static const char *variable_find(void *owner, const char *name, bool *quoted)
{
    struct parser *parser = owner;
    if (parser->in_repeat && strcmp(name, "i") == 0) {
        *quoted = false;
        return parser->turn_text;
    }
    size_t index = names_find(&parser->variable_names, name);
    if (index == SIZE_MAX || !parser->variables[index].settled) {
        return NULL;
    }
    *quoted = parser->variables[index].quoted;
    return parser->variables[index].value;
}

static struct variable *variable_add(struct parser *parser, const char *name)
{
    struct variable *variables = arena_grow(parser->arena, parser->variables, parser->variable_count,
                                            &parser->variable_capacity, sizeof *variables);
    if (variables == NULL || !names_add(&parser->variable_names, parser->arena, name, parser->variable_count)) {
        return NULL;
    }
    parser->variables = variables;
    variables[parser->variable_count] = (struct variable){.name = name};
    return &variables[parser->variable_count++];
}

/* `set limit`, `set tolerance`, `set patience`: also names with values, but the run uses them.  NULL: another name. */
static int64_t *own_duration(struct program *program, const char *name, bool *positive)
{
    *positive = strcmp(name, "tolerance") != 0;
    return strcmp(name, "limit") == 0       ? &program->limit_ns
           : strcmp(name, "tolerance") == 0 ? &program->tolerance_ns
           : strcmp(name, "patience") == 0  ? &program->patience_ns
                                            : NULL;
}

static bool set_own(struct parser *parser, const struct variable *variable, const struct token *token)
{
    bool positive = false;
    int64_t *own = own_duration(parser->program, variable->name, &positive);
    if (own == NULL) {
        return true;
    }
    int64_t ns = 0;
    enum value_result result = value_plain_duration(variable->value, &ns);
    if (result != VALUE_FINE || (positive && ns == 0)) {
        return parser_bad_number(parser, token, variable->name, "a duration such as 10m", result);
    }
    *own = ns;
    return true;
}

static bool set_value(struct parser *parser, struct variable *variable)
{
    const struct token *token = parser_next(parser);
    if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) {
        return parser_expected(parser, token, "set", "a value");
    }
    if (!variable->from_define) {
        variable->value = parser_keep(parser, token);
        variable->quoted = token->kind == TOKEN_STRING;
    }
    return variable->value != NULL && (variable->from_define || set_own(parser, variable, token)) &&
           parser_line_ends(parser, "set");
}

static bool variable_name(const struct token *token)
{
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return token->kind == TOKEN_WORD && token->len > 0 && strspn(token->text, bytes) == token->len &&
           (token->text[0] < '0' || token->text[0] > '9');
}

static bool parse_set(struct parser *parser)
{
    const struct token *token = parser_next(parser);
    if (!variable_name(token) || strcmp(token->text, "i") == 0) {
        return parser_expected(parser, token, "set", "a name of letters, digits and _ other than i");
    }
    size_t index = names_find(&parser->variable_names, token->text);
    struct variable *variable = index == SIZE_MAX ? NULL : &parser->variables[index];
    if (variable != NULL && variable->settled) {
        return parser_fail(parser, token, "set: expected a new name, got \"%s\" (set at %s:%d)", token->text,
                           variable->place.file, variable->place.line);
    }
    if (variable == NULL) {
        const char *name = parser_keep(parser, token);
        variable = name == NULL ? NULL : variable_add(parser, name);
    }
    if (variable == NULL) {
        return false;
    }
    variable->settled = true;
    variable->place = parser_place(parser, token);
    if (variable->value == NULL) {
        variable->value = "";
    }
    if (parser_peek(parser)->kind == TOKEN_OPERATOR && !parser_equals(parser, "set")) {
        return false;
    }
    return set_value(parser, variable);
}

static bool defines_add(struct parser *parser, const struct program_define *defines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t known = names_find(&parser->variable_names, defines[i].name);
        struct variable *variable = known == SIZE_MAX ? NULL : &parser->variables[known];
        if (variable == NULL) {
            const char *name = arena_text(parser->arena, defines[i].name, strlen(defines[i].name));
            variable = name == NULL ? NULL : variable_add(parser, name);
        }
        if (variable == NULL) {
            return false;
        }
        variable->from_define = true; /* the last of several wins */
        variable->value = arena_text(parser->arena, defines[i].value, strlen(defines[i].value));
        variable->quoted = strpbrk(defines[i].value, " \t\"=<>~{}#") != NULL;
        if (variable->value == NULL) {
            return false;
        }
    }
    return true;
}

/* `-D limit=1h` needs no line that sets it. */
static void defines_own(struct parser *parser, const char *file)
{
    for (size_t i = 0; i < parser->variable_count; i++) {
        struct variable *variable = &parser->variables[i];
        bool positive = false;
        int64_t *own = own_duration(parser->program, variable->name, &positive);
        int64_t ns = 0;
        if (own == NULL) {
            continue;
        }
        if (value_plain_duration(variable->value, &ns) == VALUE_FINE && (!positive || ns > 0)) {
            *own = ns;
            continue;
        }
        char message[PROGRAM_ERROR_BYTES_MAX];
        struct program_place place = {.file = file};
        (void)snprintf(message, sizeof message, "-D %s: expected a duration such as 10m, got \"%.100s\"",
                       variable->name, variable->value);
        diagnostics_add(parser->errors, &place, 0, message);
    }
}

/* A define that nothing takes is a typing mistake. */
static void defines_check(struct parser *parser, const char *file)
{
    for (size_t i = 0; i < parser->variable_count; i++) {
        struct variable *variable = &parser->variables[i];
        if (!variable->from_define || variable->settled) {
            continue;
        }
        bool positive = false;
        if (own_duration(parser->program, variable->name, &positive) != NULL) {
            continue;
        }
        struct nearest nearest;
        nearest_init(&nearest, variable->name);
        for (size_t j = 0; j < parser->variable_count && j < NEAREST_CANDIDATES_MAX; j++) {
            if (parser->variables[j].settled) {
                nearest_consider(&nearest, parser->variables[j].name);
            }
        }
        const char *best = nearest_best(&nearest);
        char message[PROGRAM_ERROR_BYTES_MAX];
        (void)snprintf(message, sizeof message,
                       "-D %.100s: expected a name that the scenario sets, got none of it%s%s%s", variable->name,
                       best == NULL ? "" : "; did you mean \"", best == NULL ? "" : best, best == NULL ? "" : "\"?");
        struct program_place place = {.file = file};
        diagnostics_add(parser->errors, &place, 0, message);
    }
}

/* ---- Small declarations ------------------------------------------------------------------------------------------ */

static bool parse_sweep(struct parser *parser)
{
    return parser_boolean(parser, "sweep", &parser->program->sweep);
}

/* `invariant 11 off`, `invariant 3 must_break` */
static bool parse_invariant(struct parser *parser)
{
    int64_t number = 0;
    if (!parser_integer(parser, "invariant", 1, PROGRAM_INVARIANT_COUNT, &number)) {
        return false;
    }
    const struct token *token = parser_peek(parser);
    enum program_invariant *invariant = &parser->program->invariants[number];
    if (parser_take(parser, "off")) {
        if (number == PROGRAM_INVARIANT_COUNT) {
            return parser_expected(parser, token, "invariant", "13 not to be off, for a run that cannot go on ends");
        }
        *invariant = PROGRAM_INVARIANT_OFF;
    } else if (parser_take(parser, "must_break")) {
        *invariant = PROGRAM_INVARIANT_MUST_BREAK;
    } else {
        return parser_expected(parser, parser_peek(parser), "invariant", "off or must_break");
    }
    return true;
}

/* ---- Includes ---------------------------------------------------------------------------------------------------- */

static void parse_source(struct parser *parser, struct source *source);

static bool include_cycle(const struct parser *parser, const char *real)
{
    for (const struct source *source = parser->source; source != NULL; source = source->parent) {
        if (strcmp(source->real, real) == 0) {
            return true;
        }
    }
    return false;
}

static bool include_open(struct parser *parser, const struct token *token, struct source *source)
{
    char reason[PROGRAM_ERROR_BYTES_MAX / 2] = "";
    const char *path = source_beside(parser->arena, parser->source->name, token->text);
    const char *real = path == NULL ? NULL : source_canonical(parser->arena, path, reason, sizeof reason);
    if (real == NULL) {
        return !parser->arena->failed && parser_fail(parser, token, "include: %s", reason);
    }
    if (include_cycle(parser, real)) {
        return parser_expected(parser, token, "include", "a file that does not include itself");
    }
    size_t len = 0;
    char *text = source_bytes(parser->arena, path, &len, reason, sizeof reason);
    if (text == NULL) {
        return !parser->arena->failed && parser_fail(parser, token, "include: %s", reason);
    }
    *source = (struct source){.name = path, .real = real, .parent = parser->source, .order = parser->sources_read++};
    return source_cut_lines(parser->arena, source, text, len, parser->errors) == 0;
}

static bool parse_include(struct parser *parser)
{
    const struct token *token = parser_next(parser);
    if (token->kind != TOKEN_STRING && token->kind != TOKEN_WORD) {
        return parser_expected(parser, token, "include", "a \"file\"");
    }
    if (!parser_line_ends(parser, "include")) {
        return false;
    }
    if (parser->include_depth == PROGRAM_INCLUDE_DEPTH_MAX) {
        return parser_fail(parser, token, "include: expected at most %d files within each other, got more",
                           PROGRAM_INCLUDE_DEPTH_MAX);
    }
    if (parser->sources_read == PROGRAM_INCLUDES_MAX) {
        return parser_fail(parser, token, "include: expected at most %d files, got more", PROGRAM_INCLUDES_MAX);
    }
    struct source *source = arena_alloc(parser->arena, sizeof *source);
    if (source == NULL || !include_open(parser, token, source)) {
        return false;
    }
    const struct source *outer = parser->source;
    size_t line = parser->line;
    parser->include_depth++;
    parse_source(parser, source);
    parser->include_depth--;
    parser->source = outer;
    parser->line = line;
    return true;
}

/* ---- Lines ------------------------------------------------------------------------------------------------------- */

/* What stands at the beginning of a line that declares something. */
static const struct {
    const char *word;
    bool (*parse)(struct parser *parser);
} declarations[] = {
    {"set", parse_set},       {"cluster", parse_cluster},     {"topic", parse_topic},
    {"server", parse_server}, {"member", parse_member},       {"handler", parse_handler_declaration},
    {"sweep", parse_sweep},   {"invariant", parse_invariant}, {"subscriber", parse_subscriber},
};
#define DECLARATIONS (sizeof declarations / sizeof declarations[0])

static bool line_unknown(struct parser *parser, const struct token *token)
{
    static const char *const others[] = {"at", "by", "in", "then", "when", "never", "always", "include", "repeat"};
    struct nearest nearest;
    nearest_init(&nearest, token->text);
    for (size_t i = 0; i < DECLARATIONS; i++) {
        nearest_consider(&nearest, declarations[i].word);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        nearest_consider(&nearest, others[i]);
    }
    return parser_unknown(parser, token, "line", "a declaration, or a time such as at or by", &nearest);
}

static bool parse_line(struct parser *parser)
{
    const struct token *token = parser_peek(parser);
    for (size_t i = 0; i < DECLARATIONS; i++) {
        if (parser_take(parser, declarations[i].word)) {
            return declarations[i].parse(parser) && parser_line_ends(parser, declarations[i].word);
        }
    }
    if (parser_is(parser, "repeat")) {
        return parser_expected(parser, token, "repeat", "no repeat within a repeat");
    }
    if (parser_take(parser, "include")) {
        return parse_include(parser);
    }
    if (token->kind == TOKEN_WORD && (is_time_word(token->text) || is_verb(token->text))) {
        return parse_statement(parser);
    }
    return line_unknown(parser, token);
}

static bool flaw_report(struct parser *parser, const struct lexer_flaw *flaw)
{
    struct token token = {.kind = TOKEN_WORD, .text = flaw->text, .len = strlen(flaw->text)};
    token.column = flaw->column;
    token.width = flaw->width;
    if (!flaw->unknown_name) {
        return parser_fail(parser, &token, "%s", flaw->text);
    }
    struct nearest nearest;
    nearest_init(&nearest, flaw->text);
    for (size_t i = 0; i < parser->variable_count && i < NEAREST_CANDIDATES_MAX; i++) {
        if (parser->variables[i].settled) {
            nearest_consider(&nearest, parser->variables[i].name);
        }
    }
    return parser_unknown(parser, &token, "$", "a name that is set above", &nearest);
}

/* Cut the current line into words.  false: it is counted as done, with an error. */
static bool line_words(struct parser *parser)
{
    const char *line = parser->source->lines[parser->line];
    struct lexer_flaw flaw;
    parser->token = 0;
    parser->read_bytes += strlen(line) + 1;
    if (parser->read_bytes > PROGRAM_READ_BYTES_MAX) {
        struct token token = {.kind = TOKEN_WORD, .text = "", .column = 1, .width = 1};
        parser->gave_up = true;
        return parser_fail(parser, &token, "program: expected at most %d bytes with all its repeats, got more",
                           PROGRAM_READ_BYTES_MAX);
    }
    return lexer_line(&parser->lexer, line, &flaw) || flaw_report(parser, &flaw);
}

/* ---- Repeats ----------------------------------------------------------------------------------------------------- */

struct repeat {
    int64_t turns;
    int64_t every_ns; /* 0: each turn goes on where the one before ended */
    struct program_place place;
    size_t first_line; /* of the body */
    struct time_cursor entry;
};

static bool repeat_head(struct parser *parser, struct repeat *repeat)
{
    const struct token *first = parser_peek(parser);
    repeat->place = parser_place(parser, first);
    repeat->every_ns = 0;
    (void)parser_next(parser);
    if (!parser_integer(parser, "repeat", 1, PROGRAM_STATEMENTS_MAX, &repeat->turns) ||
        (parser_take(parser, "every") && !parser_duration(parser, "every", &repeat->every_ns))) {
        return false;
    }
    const struct token *open = parser_next(parser);
    if (open->kind != TOKEN_OPEN) {
        return parser_expected(parser, open, "repeat", "every DURATION or {");
    }
    int64_t total = 0;
    if (__builtin_mul_overflow(repeat->every_ns, repeat->turns, &total) || total > PROGRAM_TIME_MAX_NS) {
        return parser_fail(parser, first, "repeat: expected turns that end within 1000h, got %lld that do not",
                           (long long)repeat->turns);
    }
    return parser_line_ends(parser, "repeat");
}

/* Set the clock of turn `turn`: everything in it is `every` later than in the turn before. */
static void turn_begin(struct parser *parser, const struct repeat *repeat, int64_t turn)
{
    (void)snprintf(parser->turn_text, sizeof parser->turn_text, "%lld", (long long)turn);
    if (repeat->every_ns == 0) {
        return;
    }
    parser->turn_shift_ns = turn * repeat->every_ns;
    parser->cursor.base = repeat->entry.base;
    parser->cursor.ns = repeat->entry.ns + parser->turn_shift_ns;
    parser->cursor.any = repeat->entry.any;
}

/* One turn: from the first line of the body to its `}`.  false: the file ended, or nothing is read any more. */
static bool turn_read(struct parser *parser, const struct repeat *repeat)
{
    parser->line = repeat->first_line;
    for (; parser->line < parser->source->line_count && !parser->gave_up; parser->line++) {
        if (!line_words(parser) || parser->lexer.count == 0) {
            continue;
        }
        if (parser_peek(parser)->kind == TOKEN_CLOSE) {
            (void)parser_next(parser);
            return parser_line_ends(parser, "}");
        }
        (void)parse_line(parser);
        if (parser->arena->failed) {
            return false;
        }
    }
    return false;
}

static size_t errors_found(const struct parser *parser)
{
    return parser->errors->count + parser->errors->left_out;
}

static void parse_repeat(struct parser *parser)
{
    struct repeat repeat;
    if (!repeat_head(parser, &repeat)) {
        if (parser->lexer.count == 0 || parser->lexer.tokens[parser->lexer.count - 1].kind != TOKEN_OPEN) {
            return;
        }
        repeat.turns = 1; /* its lines may have mistakes of their own */
        repeat.every_ns = 0;
    }
    repeat.first_line = parser->line + 1;
    repeat.entry = parser->cursor;
    parser->in_repeat = true;
    const size_t errors = errors_found(parser);
    for (int64_t turn = 0; turn < repeat.turns && errors_found(parser) == errors && !parser->gave_up; turn++) {
        turn_begin(parser, &repeat, turn);
        if (!turn_read(parser, &repeat) && !parser->arena->failed && !parser->gave_up &&
            parser->line >= parser->source->line_count) {
            (void)parser_fail_at(parser, &repeat.place, "repeat: expected a line with } that ends it, got the end");
        }
    }
    parser->in_repeat = false;
    parser->turn_shift_ns = 0;
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

static void note_why(struct parser *parser, const char *line)
{
    static const char prefix[] = "# Why:";
    if (parser->program->why != NULL || parser->include_depth > 0 || strncmp(line, prefix, strlen(prefix)) != 0) {
        return;
    }
    const char *text = line + strlen(prefix);
    text += strspn(text, " \t");
    parser->program->why = text;
}

static void parse_source(struct parser *parser, struct source *source)
{
    source->next = parser->sources;
    parser->sources = source;
    parser->source = source;
    for (parser->line = 0; parser->line < source->line_count; parser->line++) {
        if (parser->gave_up || parser->arena->failed) {
            return;
        }
        note_why(parser, source->lines[parser->line]);
        if (!line_words(parser) || parser->lexer.count == 0) {
            continue;
        }
        if (parser_is(parser, "repeat") && !parser->in_repeat) {
            parse_repeat(parser);
            continue;
        }
        (void)parse_line(parser);
    }
}

static void check_not_empty(struct parser *parser, const char *name)
{
    struct program *program = parser->program;
    if (errors_found(parser) > 0 || program->statement_count > 0) {
        return;
    }
    struct program_place place = {.file = name};
    diagnostics_add(parser->errors, &place, 0, "scenario: expected something that happens, got only declarations");
}

static void parse_all(struct parser *parser, struct source *source, const struct program_define *defines,
                      size_t define_count)
{
    parser->source = source;
    if (!defines_add(parser, defines, define_count)) {
        return;
    }
    defines_own(parser, source->name);
    parse_source(parser, source);
    parser->source = source;
    if (!parser->gave_up && !parser->arena->failed) {
        defines_check(parser, source->name);
        check_not_empty(parser, source->name);
        check_program(parser);
    }
}

/* ---- The way in -------------------------------------------------------------------------------------------------- */

static int no_memory(struct program_errors *errors, const char *name)
{
    char message[128];
    struct program_place place = {.file = name};
    errors->count = 0;
    (void)snprintf(message, sizeof message, "memory: expected at most %d MiB, got more or no memory",
                   PROGRAM_MEMORY_MAX / (1024 * 1024));
    diagnostics_add(errors, &place, 0, message);
    return CARAFE_NO_MEMORY;
}

static struct owned_program *owned_create(const char *name, size_t memory_max)
{
    struct owned_program *owned = calloc(1, sizeof *owned);
    if (owned == NULL) {
        return NULL;
    }
    arena_init(&owned->arena, memory_max);
    owned->program.name = arena_text(&owned->arena, name, strlen(name));
    owned->program.limit_ns = LIMIT_DEFAULT_NS;
    owned->program.tolerance_ns = TOLERANCE_DEFAULT_NS;
    owned->program.sweep = true;
    owned->program.cluster.brokers = BROKERS_DEFAULT;
    return owned;
}

/* Parse what is in `source`, whose lines are cut. */
static int owned_parse(struct owned_program *owned, struct source *source, const struct program_define *defines,
                       size_t define_count, struct program_errors *errors)
{
    struct parser *parser = calloc(1, sizeof *parser);
    if (parser == NULL) {
        return CARAFE_NO_MEMORY;
    }
    parser->arena = &owned->arena;
    parser->program = &owned->program;
    parser->errors = errors;
    parser->lexer.names = (struct lexer_names){.find = variable_find, .owner = parser};
    parser->cursor.base = PROGRAM_NONE;
    parser->sources_read = 1;
    parse_all(parser, source, defines, define_count);
    free(parser);
    if (owned->arena.failed) {
        return CARAFE_NO_MEMORY;
    }
    return errors->count == 0 ? 0 : CARAFE_INVALID;
}

/* The text of `source`: of the file, or of `text`. */
static int owned_text(struct owned_program *owned, const struct load_input *input, struct source *source,
                      struct program_errors *errors)
{
    char reason[PROGRAM_ERROR_BYTES_MAX / 2] = "";
    char *text = NULL;
    size_t len = input->len;
    source->name = owned->program.name;
    source->real = source->name;
    if (source->name == NULL) {
        return CARAFE_NO_MEMORY;
    }
    if (input->text == NULL) {
        source->real = source_canonical(&owned->arena, input->name, reason, sizeof reason);
        text = source->real == NULL ? NULL : source_bytes(&owned->arena, input->name, &len, reason, sizeof reason);
    } else if (len > PROGRAM_FILE_BYTES_MAX) {
        (void)snprintf(reason, sizeof reason, "expected at most %d bytes, got %zu", PROGRAM_FILE_BYTES_MAX, len);
    } else {
        text = arena_text(&owned->arena, input->text, len);
    }
    if (text == NULL && owned->arena.failed) {
        return CARAFE_NO_MEMORY;
    }
    if (text == NULL || len == 0) {
        char message[PROGRAM_ERROR_BYTES_MAX];
        struct program_place place = {.file = source->name};
        (void)snprintf(message, sizeof message, "file: %s", text == NULL ? reason : "expected a scenario, got nothing");
        diagnostics_add(errors, &place, 0, message);
        return CARAFE_INVALID;
    }
    return source_cut_lines(&owned->arena, source, text, len, errors);
}

int program_load_input(const struct load_input *input, struct program **program, struct program_errors *errors)
{
    *program = NULL;
    errors->count = 0;
    errors->left_out = 0;
    struct owned_program *owned = owned_create(input->name, input->memory_max);
    if (owned == NULL) {
        return no_memory(errors, input->name);
    }
    struct source source = {0};
    int code = owned_text(owned, input, &source, errors);
    if (code == 0) {
        code = owned_parse(owned, &source, input->defines, input->define_count, errors);
    }
    if (code != 0) {
        program_destroy(&owned->program);
        diagnostics_sort(errors);
        return code == CARAFE_NO_MEMORY ? no_memory(errors, input->name) : code;
    }
    *program = &owned->program;
    return 0;
}

int program_load(const char *path, const struct program_define *defines, size_t define_count, struct program **program,
                 struct program_errors *errors)
{
    const struct load_input input = {
        .name = path, .defines = defines, .define_count = define_count, .memory_max = PROGRAM_MEMORY_MAX};
    return program_load_input(&input, program, errors);
}

int program_load_text(const char *name, const char *text, size_t len, const struct program_define *defines,
                      size_t define_count, struct program **program, struct program_errors *errors)
{
    const struct load_input input = {.name = name,
                                     .text = text,
                                     .len = len,
                                     .defines = defines,
                                     .define_count = define_count,
                                     .memory_max = PROGRAM_MEMORY_MAX};
    return program_load_input(&input, program, errors);
}

void program_destroy(struct program *program)
{
    if (program == NULL) {
        return;
    }
    struct owned_program *owned = (struct owned_program *)program; /* its first member */
    arena_close(&owned->arena);
    free(owned);
}
