/* Messages that come in: `load orders 100/s for 60s`. */
#include "scenario/parser.h"

#include <string.h>

/* `100/s`, `5/m`, `1/250ms`. */
static bool rate_read(struct parser *parser, const struct token *token, const char *slash, struct program_load *load)
{
    static const char form[] = "a rate such as 100/s";
    char number[32];
    char period[32];
    size_t len = (size_t)(slash - token->text);
    if (len >= sizeof number || strlen(slash + 1) + 1 >= sizeof period) {
        return parser_expected(parser, token, "load", form);
    }
    memcpy(number, token->text, len);
    number[len] = '\0';
    bool counted = slash[1] >= '0' && slash[1] <= '9';
    (void)snprintf(period, sizeof period, "%s%s", counted ? "" : "1", slash + 1);
    enum value_result result = value_integer(number, &load->rate);
    if (result == VALUE_FINE) {
        result = value_plain_duration(period, &load->rate_ns);
    }
    if (result != VALUE_FINE) {
        return parser_bad_number(parser, token, "load", form, result);
    }
    if (load->rate < 1 || load->rate_ns < 1 || load->rate > load->rate_ns) {
        return parser_expected(parser, token, "load", "a rate from one message up to one every ns");
    }
    load->kind = PROGRAM_LOAD_RATE;
    return true;
}

/* `100/s` or `50`, what stands behind the topic. */
static bool amount_read(struct parser *parser, struct program_load *load)
{
    const struct token *token = parser_peek(parser);
    if (token->kind != TOKEN_WORD || token->text[0] < '0' || token->text[0] > '9') {
        load->burst = PROGRAM_UNLIMITED; /* fine with a file: all of its lines */
        return true;
    }
    (void)parser_next(parser);
    const char *slash = strchr(token->text, '/');
    if (slash != NULL) {
        return rate_read(parser, token, slash, load);
    }
    enum value_result result = value_integer(token->text, &load->burst);
    if (result != VALUE_FINE) {
        return parser_bad_number(parser, token, "load", "a rate such as 100/s, or a number of messages", result);
    }
    if (load->burst < 1 || load->burst > LOAD_MESSAGES_MAX) {
        return parser_fail(parser, token, "load: expected 1 to %lld messages, got %lld", (long long)LOAD_MESSAGES_MAX,
                           (long long)load->burst);
    }
    return true;
}

static bool read_for(struct parser *parser, struct program_load *load)
{
    return parser_duration(parser, "for", &load->for_ns);
}

static bool read_every(struct parser *parser, struct program_load *load)
{
    const struct token *token = parser_peek(parser);
    return parser_duration(parser, "every", &load->every_ns) &&
           (load->every_ns > 0 || parser_expected(parser, token, "every", "a duration above 0"));
}

static bool read_count(struct parser *parser, struct program_load *load)
{
    return parser_equals(parser, "count") && parser_integer(parser, "count", 1, LOAD_MESSAGES_MAX, &load->count);
}

static bool read_size(struct parser *parser, struct program_load *load)
{
    return parser_equals(parser, "size") && parser_size_range(parser, "size", &load->size);
}

static bool read_key(struct parser *parser, struct program_load *load)
{
    load->keys = PROGRAM_KEYS_ONE;
    return parser_equals(parser, "key") && parser_text(parser, "key", &load->key);
}

static bool read_keys(struct parser *parser, struct program_load *load)
{
    load->keys = PROGRAM_KEYS_MANY;
    return parser_equals(parser, "keys") && parser_integer(parser, "keys", 1, LOAD_MESSAGES_MAX, &load->key_count);
}

/* `payload=null`: none at all, which a string of that word is not. */
static bool read_payload(struct parser *parser, struct program_load *load)
{
    if (!parser_equals(parser, "payload")) {
        return false;
    }
    const struct token *token = parser_peek(parser);
    load->null_payload = token->kind == TOKEN_WORD && strcmp(token->text, "null") == 0;
    return parser_text(parser, "payload", &load->payload);
}

static bool read_file(struct parser *parser, struct program_load *load)
{
    const char *path = NULL;
    if (!parser_equals(parser, "file")) {
        return false;
    }
    load->file_place = parser_place(parser, parser_peek(parser));
    if (!parser_text(parser, "file", &path)) {
        return false;
    }
    load->file = source_beside(parser->arena, parser->source->name, path);
    return load->file != NULL;
}

static const struct {
    const char *word;
    bool (*read)(struct parser *parser, struct program_load *load);
} load_words[] = {{"for", read_for}, {"every", read_every}, {"count", read_count},     {"size", read_size},
                  {"key", read_key}, {"keys", read_keys},   {"payload", read_payload}, {"file", read_file}};
#define LOAD_WORDS (sizeof load_words / sizeof load_words[0])

static bool load_unknown(struct parser *parser, const struct token *token)
{
    struct nearest nearest;
    nearest_init(&nearest, token->text);
    for (size_t i = 0; i < LOAD_WORDS; i++) {
        nearest_consider(&nearest, load_words[i].word);
    }
    return parser_unknown(parser, token, "load", "for, every, count=, size=, key=, keys=, payload= or file=", &nearest);
}

static bool load_options(struct parser *parser, struct program_load *load)
{
    bool seen[LOAD_WORDS] = {false};
    while (!parser_at_end(parser)) {
        const struct token *token = parser_peek(parser);
        size_t word = 0;
        while (word < LOAD_WORDS && !parser_take(parser, load_words[word].word)) {
            word++;
        }
        if (word == LOAD_WORDS) {
            return load_unknown(parser, token);
        }
        if (seen[word]) {
            return parser_expected(parser, token, "load", "each word once");
        }
        seen[word] = true;
        if (!load_words[word].read(parser, load)) {
            return false;
        }
    }
    return true;
}

/* Is it clear that it stays below the bound? */
static bool load_bounded(const struct program_load *load)
{
    if (load->count != PROGRAM_UNLIMITED || load->for_ns == PROGRAM_END_NS) {
        return true;
    }
    int64_t period_ns = load->kind == PROGRAM_LOAD_RATE ? load->rate_ns : load->every_ns;
    int64_t each = load->kind == PROGRAM_LOAD_RATE ? load->rate : load->burst;
    int64_t messages = 0;
    if (period_ns == 0 || __builtin_mul_overflow(load->for_ns / period_ns, each, &messages)) {
        return period_ns == 0;
    }
    return messages <= LOAD_MESSAGES_MAX;
}

static bool load_check(struct parser *parser, const struct token *first, const struct program_load *load)
{
    bool ends = load->for_ns != PROGRAM_END_NS || load->count != PROGRAM_UNLIMITED || load->file != NULL;
    if (load->kind == PROGRAM_LOAD_BURST && load->burst == PROGRAM_UNLIMITED && load->file == NULL) {
        return parser_expected(parser, parser_peek(parser), "load", "a rate, a number of messages or file=");
    }
    if (load->kind == PROGRAM_LOAD_RATE && load->every_ns != 0) {
        return parser_fail(parser, first, "load: expected every with a number of messages, got it with a rate");
    }
    if (load->every_ns == 0 && load->kind == PROGRAM_LOAD_BURST && load->for_ns != PROGRAM_END_NS) {
        return parser_fail(parser, first, "load: expected for with a rate or with every, got it with neither");
    }
    if ((load->kind == PROGRAM_LOAD_RATE || load->every_ns != 0) && !ends) {
        return parser_expected(parser, parser_peek(parser), "load", "an end: for DURATION or count=N");
    }
    if (load->key != NULL && load->key_count > 0) {
        return parser_fail(parser, first, "load: expected either key= or keys=, got both");
    }
    if (load->payload != NULL && load->file != NULL) {
        return parser_fail(parser, first, "load: expected either payload= or file=, got both");
    }
    if (load->size.high > PROGRAM_PAYLOAD_MAX) {
        return parser_fail(parser, first, "load: expected a size of at most %d, got %lld", PROGRAM_PAYLOAD_MAX,
                           (long long)load->size.high);
    }
    if (!load_bounded(load)) {
        return parser_fail(parser, first, "load: expected at most %lld messages, got more",
                           (long long)LOAD_MESSAGES_MAX);
    }
    return true;
}

bool parse_load(struct parser *parser, struct program_load *load)
{
    const struct token *first = parser_peek(parser);
    *load = (struct program_load){
        .kind = PROGRAM_LOAD_BURST, .for_ns = PROGRAM_END_NS, .count = PROGRAM_UNLIMITED, .size = {100, 100}};
    return parser_partition(parser, "load", &load->to) && amount_read(parser, load) && load_options(parser, load) &&
           load_check(parser, first, load);
}
