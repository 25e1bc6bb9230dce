/* Values as they stand behind `name=`. */
#include "scenario/parser.h"

#include <string.h>

bool parser_equals(struct parser *parser, const char *what)
{
    const struct token *token = parser_next(parser);
    if (token->kind == TOKEN_OPERATOR && token->comparison == PROGRAM_EQUAL) {
        return true;
    }
    return parser_expected(parser, token, what, "= and a value");
}

static bool range_check(struct parser *parser, const struct token *token, const char *what,
                        const struct program_range *range)
{
    return range->low <= range->high || parser_expected(parser, token, what, "a range a..b in which b is not below a");
}

bool parser_integer_range(struct parser *parser, const char *what, int64_t low, int64_t high,
                          struct program_range *range)
{
    const struct token *token = parser_next(parser);
    char expected[96];
    if (high == INT64_MAX) {
        (void)snprintf(expected, sizeof expected, "an integer from %lld", (long long)low);
    } else {
        (void)snprintf(expected, sizeof expected, "an integer from %lld to %lld", (long long)low, (long long)high);
    }
    enum value_result result = token->kind == TOKEN_WORD ? value_range(token->text, value_integer, range) : VALUE_NONE;
    if (result != VALUE_FINE) {
        return parser_bad_number(parser, token, what, expected, result);
    }
    if (range->low < low || range->high > high || range->low > high || range->high < low) {
        return parser_expected(parser, token, what, expected);
    }
    return range_check(parser, token, what, range);
}

bool parser_integer(struct parser *parser, const char *what, int64_t low, int64_t high, int64_t *integer)
{
    struct program_range range = {0, 0};
    const struct token *token = parser_peek(parser);
    if (token->kind == TOKEN_WORD && value_range_dots(token->text) != NULL) {
        return parser_expected(parser, token, what, "one integer, not a range");
    }
    bool fine = parser_integer_range(parser, what, low, high, &range);
    *integer = range.low;
    return fine;
}

#define DURATION_FORM "a duration such as 5ms or 1m30s"

bool parser_duration(struct parser *parser, const char *what, int64_t *ns)
{
    const struct token *token = parser_next(parser);
    enum value_result result = token->kind == TOKEN_WORD ? value_plain_duration(token->text, ns) : VALUE_NONE;
    return result == VALUE_FINE || parser_bad_number(parser, token, what, DURATION_FORM, result);
}

bool parser_duration_range(struct parser *parser, const char *what, struct program_range *range)
{
    const struct token *token = parser_next(parser);
    enum value_result result =
        token->kind == TOKEN_WORD ? value_range(token->text, value_plain_duration, range) : VALUE_NONE;
    if (result != VALUE_FINE) {
        return parser_bad_number(parser, token, what, DURATION_FORM ", or a range of them such as 5ms..300ms", result);
    }
    return range_check(parser, token, what, range);
}

bool parser_size_range(struct parser *parser, const char *what, struct program_range *range)
{
    const struct token *token = parser_next(parser);
    enum value_result result = token->kind == TOKEN_WORD ? value_range(token->text, value_size, range) : VALUE_NONE;
    if (result != VALUE_FINE) {
        return parser_bad_number(parser, token, what, "a size such as 100, 4KiB or 100..2KiB", result);
    }
    return range_check(parser, token, what, range);
}

bool parser_chance(struct parser *parser, const char *what, int64_t *ppm)
{
    const struct token *token = parser_next(parser);
    enum value_result result = token->kind == TOKEN_WORD ? value_chance(token->text, ppm) : VALUE_NONE;
    return result == VALUE_FINE || parser_bad_number(parser, token, what, "a chance such as 10%", result);
}

static bool boolean_read(const char *text, bool *value)
{
    static const char *const words[] = {"off", "on", "false", "true", "no", "yes"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], text) == 0) {
            *value = i % 2 == 1;
            return true;
        }
    }
    return false;
}

bool parser_boolean(struct parser *parser, const char *what, bool *value)
{
    const struct token *token = parser_next(parser);
    return (token->kind == TOKEN_WORD && boolean_read(token->text, value)) ||
           parser_expected(parser, token, what, "on or off");
}

bool parser_text(struct parser *parser, const char *what, const char **text)
{
    const struct token *token = parser_next(parser);
    if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) {
        return parser_expected(parser, token, what, "a word or a \"string\"");
    }
    *text = parser_keep(parser, token);
    return *text != NULL;
}

/* `a,b,c`; a string is one element, commas and all. */
static bool list_split(struct parser *parser, const struct token *token, const char *const **list, size_t *count)
{
    size_t parts = 1;
    for (size_t i = 0; token->kind == TOKEN_WORD && i < token->len; i++) {
        parts += token->text[i] == ',' ? 1 : 0;
    }
    const char **texts = arena_alloc(parser->arena, parts * sizeof *texts);
    if (texts == NULL) {
        return false;
    }
    const char *at = token->text;
    for (size_t i = 0; i < parts; i++) {
        size_t len = parts == 1 ? token->len : strcspn(at, ",");
        texts[i] = arena_text(parser->arena, at, len);
        at += len + 1;
        if (texts[i] == NULL) {
            return false;
        }
    }
    *list = texts;
    *count = parts;
    return true;
}

bool parser_list(struct parser *parser, const char *what, const char *const **list, size_t *count)
{
    const struct token *token = parser_next(parser);
    if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) {
        return parser_expected(parser, token, what, "a list such as a,b");
    }
    if (!list_split(parser, token, list, count)) {
        return false;
    }
    for (size_t i = 0; i < *count; i++) {
        if ((*list)[i][0] == '\0') {
            return parser_expected(parser, token, what, "a list such as a,b without empty entries");
        }
    }
    return true;
}

bool parser_comparison(struct parser *parser, const char *what, enum program_comparison *comparison)
{
    const struct token *token = parser_next(parser);
    if (token->kind != TOKEN_OPERATOR) {
        return parser_expected(parser, token, what, "one of = != < <= > >=");
    }
    *comparison = token->comparison;
    return true;
}

static void value_classify(const char *text, struct program_value *value)
{
    static const struct {
        const char *word;
        enum program_value_kind kind;
        int64_t number;
    } words[] = {{"true", PROGRAM_BOOLEAN, 1},
                 {"false", PROGRAM_BOOLEAN, 0},
                 {"null", PROGRAM_NULL, 0},
                 {"[]", PROGRAM_EMPTY_LIST, 0},
                 {"missing", PROGRAM_MISSING, 0}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, text) == 0) {
            value->kind = words[i].kind;
            value->low = words[i].number;
            value->high = words[i].number;
            return;
        }
    }
    value->kind = PROGRAM_TEXT;
    if (value_integer(text, &value->low) == VALUE_FINE) {
        value->kind = PROGRAM_INTEGER;
    } else if (value_is_decimal(text)) {
        value->kind = PROGRAM_DECIMAL;
        value->low = 0;
    } else if (value_duration(text, false, &value->low) == VALUE_FINE) {
        value->kind = PROGRAM_DURATION;
    } else if (value_chance(text, &value->low) == VALUE_FINE) {
        value->kind = PROGRAM_CHANCE;
    } else if (value_size(text, &value->low) == VALUE_FINE) {
        value->kind = PROGRAM_SIZE;
    } else {
        value->low = 0;
    }
    value->high = value->low;
}

bool parser_value(struct parser *parser, const char *what, struct program_value *value)
{
    const struct token *token = parser_next(parser);
    *value = (struct program_value){.kind = PROGRAM_TEXT};
    if (token->kind == TOKEN_OPEN && parser_peek(parser)->kind == TOKEN_CLOSE) {
        (void)parser_next(parser);
        value->kind = PROGRAM_EMPTY_OBJECT;
        value->text = "{}";
        value->text_len = 2;
        return true;
    }
    if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) {
        return parser_expected(parser, token, what, "a value");
    }
    value->text = parser_keep(parser, token);
    value->text_len = token->len;
    value->quoted = token->kind == TOKEN_STRING;
    if (value->text != NULL && !value->quoted) {
        value_classify(value->text, value);
    }
    return value->text != NULL;
}

bool parser_document_value(struct parser *parser, const char *what, struct program_value *value)
{
    const struct token *token = parser_peek(parser);
    if (!parser_value(parser, what, value)) {
        return false;
    }
    bool entries = value->kind == PROGRAM_TEXT && !value->quoted && value->text[0] == '[';
    return !entries || parser_expected(parser, token, what, "[] or a \"string\", for a list has no entries here");
}

static bool typed_duration(struct parser *parser, const char *what, enum vocabulary_type type,
                           struct program_value *value)
{
    struct program_range range = {0, 0};
    value->kind = PROGRAM_DURATION;
    if (type == VOCABULARY_SIGNED_DURATION) {
        const struct token *token = parser_next(parser);
        enum value_result result =
            token->kind == TOKEN_WORD ? value_duration(token->text, true, &range.low) : VALUE_NONE;
        if (result != VALUE_FINE) {
            return parser_bad_number(parser, token, what, "a duration such as +5s or -5s", result);
        }
        range.high = range.low;
    } else if (type == VOCABULARY_DURATION_RANGE) {
        if (!parser_duration_range(parser, what, &range)) {
            return false;
        }
    } else {
        if (!parser_duration(parser, what, &range.low)) {
            return false;
        }
        range.high = range.low;
    }
    value->low = range.low;
    value->high = range.high;
    return true;
}

static bool typed_number(struct parser *parser, const char *what, enum vocabulary_type type,
                         struct program_value *value)
{
    struct program_range range = {0, 0};
    const struct token *token = parser_peek(parser);
    bool flag = false;
    switch (type) {
    case VOCABULARY_SIZE:
        value->kind = PROGRAM_SIZE;
        if (!parser_size_range(parser, what, &range)) {
            return false;
        }
        if (range.low != range.high) {
            return parser_fail(parser, token, "%s: expected one size, got a range", what);
        }
        break;
    case VOCABULARY_BOOLEAN:
        value->kind = PROGRAM_BOOLEAN;
        if (!parser_boolean(parser, what, &flag)) {
            return false;
        }
        range.low = range.high = flag ? 1 : 0;
        break;
    default:
        value->kind = PROGRAM_INTEGER;
        if (!parser_integer(parser, what, type == VOCABULARY_POSITIVE ? 1 : 0, INT32_MAX, &range.low)) {
            return false;
        }
        range.high = range.low;
        break;
    }
    value->low = range.low;
    value->high = range.high;
    return true;
}

static bool typed_text(struct parser *parser, const char *what, enum vocabulary_type type, struct program_value *value)
{
    if (type == VOCABULARY_LIST) {
        value->kind = PROGRAM_LIST;
        return parser_list(parser, what, &value->list, &value->list_count);
    }
    value->kind = PROGRAM_TEXT;
    const char *text = NULL;
    return parser_text(parser, what, &text);
}

/* The value of a setting of `type`. */
static bool typed_value(struct parser *parser, const char *what, enum vocabulary_type type, struct program_value *value)
{
    const struct token *token = parser_peek(parser);
    *value = (struct program_value){.quoted = token->kind == TOKEN_STRING};
    value->text = parser_keep(parser, token);
    value->text_len = token->len;
    if (value->text == NULL) {
        return false;
    }
    switch (type) {
    case VOCABULARY_DURATION:
    case VOCABULARY_SIGNED_DURATION:
    case VOCABULARY_DURATION_RANGE:
        return typed_duration(parser, what, type, value);
    case VOCABULARY_TEXT:
    case VOCABULARY_LIST:
        return typed_text(parser, what, type, value);
    case VOCABULARY_COUNT:
    case VOCABULARY_POSITIVE:
    case VOCABULARY_SIZE:
    case VOCABULARY_BOOLEAN:
    default:
        return typed_number(parser, what, type, value);
    }
}

/* ---- Settings ---------------------------------------------------------------------------------------------------- */

static bool kafka_setting(struct parser *parser, struct setting_reader *reader)
{
    const struct token *token = parser_next(parser);
    if (token->len == strlen("kafka.")) {
        return parser_expected(parser, token, reader->what, "kafka. and the name of a librdkafka setting");
    }
    struct program_kafka_setting *kafka =
        arena_grow(parser->arena, reader->kafka, reader->kafka_count, &reader->kafka_capacity, sizeof *kafka);
    if (kafka == NULL) {
        return false;
    }
    reader->kafka = kafka;
    struct program_kafka_setting *setting = &reader->kafka[reader->kafka_count];
    setting->name = arena_text(parser->arena, token->text + 6, token->len - 6);
    if (setting->name == NULL || !parser_equals(parser, reader->what) ||
        !parser_text(parser, reader->what, &setting->value)) {
        return false;
    }
    for (size_t i = 0; i < reader->kafka_count; i++) {
        if (strcmp(reader->kafka[i].name, setting->name) == 0) {
            return parser_expected(parser, token, reader->what, "each setting once");
        }
    }
    reader->kafka_count++;
    return true;
}

static bool setting_find(struct parser *parser, struct setting_reader *reader, size_t *found)
{
    const struct token *token = parser_next(parser);
    struct nearest nearest;
    nearest_init(&nearest, token->text);
    for (size_t i = 0; i < reader->table_count; i++) {
        if (token->kind == TOKEN_WORD && strcmp(reader->table[i].name, token->text) == 0) {
            *found = i;
            return true;
        }
        nearest_consider(&nearest, reader->table[i].name);
    }
    for (size_t i = 0; i < reader->other_count; i++) {
        nearest_consider(&nearest, reader->others[i]);
    }
    char expected[64];
    (void)snprintf(expected, sizeof expected, "a setting of a %s", reader->what);
    return parser_unknown(parser, token, reader->what, expected, &nearest);
}

bool settings_read(struct parser *parser, struct setting_reader *reader)
{
    const struct token *token = parser_peek(parser);
    if (token->kind == TOKEN_WORD && strncmp(token->text, "kafka.", 6) == 0) {
        return kafka_setting(parser, reader);
    }
    size_t id = 0;
    if (!setting_find(parser, reader, &id)) {
        return false;
    }
    struct program_setting *list =
        arena_grow(parser->arena, reader->list, reader->count, &reader->capacity, sizeof *list);
    if (list == NULL) {
        return false;
    }
    reader->list = list;
    for (size_t i = 0; i < reader->count; i++) {
        if (list[i].id == (int)id) {
            return parser_expected(parser, token, reader->what, "each setting once");
        }
    }
    struct program_setting *setting = &list[reader->count];
    *setting = (struct program_setting){.id = (int)id, .place = parser_place(parser, token)};
    bool bare = reader->table[id].type == VOCABULARY_BOOLEAN && parser_peek(parser)->kind != TOKEN_OPERATOR;
    if (bare) {
        setting->value =
            (struct program_value){.kind = PROGRAM_BOOLEAN, .text = "on", .text_len = 2, .low = 1, .high = 1};
    } else if (!parser_equals(parser, reader->table[id].name) ||
               !typed_value(parser, reader->table[id].name, reader->table[id].type, &setting->value)) {
        return false;
    }
    reader->count++;
    return true;
}

struct program_settings settings_finish(const struct setting_reader *reader)
{
    return (struct program_settings){
        .list = reader->list, .count = reader->count, .kafka = reader->kafka, .kafka_count = reader->kafka_count};
}
