#include "scenario/lexer.h"

#include <string.h>

struct cursor {
    struct lexer *lexer;
    const char *line;
    size_t at;
    struct lexer_flaw *flaw;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
}

static bool flaw_set(struct cursor *cursor, size_t from, const char *text)
{
    cursor->flaw->column = (int)from + 1;
    cursor->flaw->width = cursor->at > from ? (int)(cursor->at - from) : 1;
    (void)snprintf(cursor->flaw->text, sizeof cursor->flaw->text, "%.500s", text);
    return false;
}

/* Add a byte to the text of `token`; the buffer has room for PROGRAM_WORDS_MAX words of the greatest length. */
static bool token_put(struct cursor *cursor, struct token *token, char byte)
{
    if (token->len == PROGRAM_WORD_BYTES_MAX) {
        return false;
    }
    cursor->lexer->buffer[cursor->lexer->used++] = byte;
    token->len++;
    return true;
}

static bool token_too_long(struct cursor *cursor, const struct token *token)
{
    char text[128];
    (void)snprintf(text, sizeof text, "word: expected at most %d bytes, got more", PROGRAM_WORD_BYTES_MAX);
    return flaw_set(cursor, (size_t)token->column - 1, text);
}

static bool token_finish(struct cursor *cursor, struct token *token)
{
    cursor->lexer->buffer[cursor->lexer->used++] = '\0';
    token->width = (int)cursor->at - token->column + 1;
    cursor->lexer->count++;
    return true;
}

static int hexadecimal(char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = byte == '\0' ? NULL : strchr(digits, byte >= 'A' && byte <= 'F' ? byte - 'A' + 'a' : byte);
    return found == NULL ? -1 : (int)(found - digits);
}

/* `\xNN`: any byte, but for the one that ends a text. */
static bool byte_escape(struct cursor *cursor, struct token *token)
{
    size_t from = cursor->at;
    cursor->at += 2;
    int high = hexadecimal(cursor->line[cursor->at]);
    int low = high < 0 ? -1 : hexadecimal(cursor->line[cursor->at + 1]);
    if (low < 0 || high + low == 0) {
        return flaw_set(cursor, from, "string: expected two hexadecimal digits behind \\x, 01 to ff, got others");
    }
    cursor->at += 2;
    return token_put(cursor, token, (char)(high * 16 + low)) || token_too_long(cursor, token);
}

static bool string_escape(struct cursor *cursor, struct token *token)
{
    static const char escapes[] = "\"\\nt";
    static const char meanings[] = "\"\\\n\t";
    char byte = cursor->line[cursor->at + 1];
    if (byte == 'x') {
        return byte_escape(cursor, token);
    }
    const char *known = byte == '\0' ? NULL : strchr(escapes, byte);
    if (known == NULL) {
        size_t from = cursor->at;
        cursor->at += byte == '\0' ? 1 : 2;
        return flaw_set(cursor, from, "string: expected one of \\\" \\\\ \\n \\t \\xNN, got another escape");
    }
    cursor->at += 2;
    return token_put(cursor, token, meanings[known - escapes]) || token_too_long(cursor, token);
}

static bool lex_string(struct cursor *cursor, struct token *token)
{
    token->kind = TOKEN_STRING;
    cursor->at++;
    for (;;) {
        char byte = cursor->line[cursor->at];
        if (byte == '\0') {
            return flaw_set(cursor, (size_t)token->column - 1,
                            "string: expected a closing \", got the end of the line");
        }
        if (byte == '"') {
            cursor->at++;
            return token_finish(cursor, token);
        }
        if (byte == '\\') {
            if (!string_escape(cursor, token)) {
                return false;
            }
            continue;
        }
        cursor->at++;
        if (!token_put(cursor, token, byte)) {
            return token_too_long(cursor, token);
        }
    }
}

/* `$name` within a word. */
static bool lex_name(struct cursor *cursor, struct token *token, bool *quoted)
{
    size_t from = cursor->at++;
    char name[PROGRAM_WORD_BYTES_MAX + 1];
    size_t len = 0;
    while (is_name_byte(cursor->line[cursor->at]) && len < PROGRAM_WORD_BYTES_MAX) {
        name[len++] = cursor->line[cursor->at++];
    }
    name[len] = '\0';
    if (len == 0) {
        return flaw_set(cursor, from, "$: expected a name after it, got none");
    }
    const char *value = cursor->lexer->names.find(cursor->lexer->names.owner, name, quoted);
    if (value == NULL) {
        cursor->flaw->unknown_name = true;
        return flaw_set(cursor, from, name);
    }
    for (const char *byte = value; *byte != '\0'; byte++) {
        if (!token_put(cursor, token, *byte)) {
            return token_too_long(cursor, token);
        }
    }
    return true;
}

static bool ends_word(const char *at)
{
    return *at == '\0' || is_blank(*at) || strchr("\"=<>~{}", *at) != NULL || (at[0] == '!' && at[1] == '=') ||
           (at[0] == '-' && at[1] == '>');
}

static bool lex_word(struct cursor *cursor, struct token *token)
{
    token->kind = TOKEN_WORD;
    bool quoted = false;
    size_t names = 0;
    size_t bytes = 0;
    while (!ends_word(cursor->line + cursor->at)) {
        char byte = cursor->line[cursor->at];
        if (byte == '$') {
            if (!lex_name(cursor, token, &quoted)) {
                return false;
            }
            names++;
            continue;
        }
        cursor->at++;
        bytes++;
        if (!token_put(cursor, token, byte)) {
            return token_too_long(cursor, token);
        }
    }
    if (names == 1 && bytes == 0 && quoted) {
        token->kind = TOKEN_STRING; /* a string stays one, whatever name it goes by */
    }
    return token_finish(cursor, token);
}

/* The longest first. */
static const struct {
    const char *text;
    enum token_kind kind;
    enum program_comparison comparison;
    enum program_net_direction direction;
} lexer_marks[] = {
    {"<->", TOKEN_ARROW, PROGRAM_EQUAL, PROGRAM_NET_BOTH},
    {"->", TOKEN_ARROW, PROGRAM_EQUAL, PROGRAM_NET_TO_BROKER},
    {"<-", TOKEN_ARROW, PROGRAM_EQUAL, PROGRAM_NET_FROM_BROKER},
    {"!=", TOKEN_OPERATOR, PROGRAM_NOT_EQUAL, PROGRAM_NET_BOTH},
    {"<=", TOKEN_OPERATOR, PROGRAM_AT_MOST, PROGRAM_NET_BOTH},
    {">=", TOKEN_OPERATOR, PROGRAM_AT_LEAST, PROGRAM_NET_BOTH},
    {"=", TOKEN_OPERATOR, PROGRAM_EQUAL, PROGRAM_NET_BOTH},
    {"<", TOKEN_OPERATOR, PROGRAM_LESS, PROGRAM_NET_BOTH},
    {">", TOKEN_OPERATOR, PROGRAM_MORE, PROGRAM_NET_BOTH},
    {"~", TOKEN_OPERATOR, PROGRAM_CONTAINS, PROGRAM_NET_BOTH},
    {"{", TOKEN_OPEN, PROGRAM_EQUAL, PROGRAM_NET_BOTH},
    {"}", TOKEN_CLOSE, PROGRAM_EQUAL, PROGRAM_NET_BOTH},
};

static bool lex_mark(struct cursor *cursor, struct token *token)
{
    for (size_t i = 0; i < sizeof lexer_marks / sizeof lexer_marks[0]; i++) {
        size_t len = strlen(lexer_marks[i].text);
        if (strncmp(cursor->line + cursor->at, lexer_marks[i].text, len) != 0) {
            continue;
        }
        token->kind = lexer_marks[i].kind;
        token->comparison = lexer_marks[i].comparison;
        token->direction = lexer_marks[i].direction;
        for (size_t j = 0; j < len; j++) {
            (void)token_put(cursor, token, cursor->line[cursor->at++]);
        }
        return token_finish(cursor, token);
    }
    return false;
}

static bool lex_token(struct cursor *cursor)
{
    struct lexer *lexer = cursor->lexer;
    if (lexer->count == PROGRAM_WORDS_MAX) {
        char text[128];
        (void)snprintf(text, sizeof text, "line: expected at most %d words, got more", PROGRAM_WORDS_MAX);
        return flaw_set(cursor, cursor->at, text);
    }
    struct token *token = &lexer->tokens[lexer->count];
    *token = (struct token){.text = lexer->buffer + lexer->used, .column = (int)cursor->at + 1};
    if (cursor->line[cursor->at] == '"') {
        return lex_string(cursor, token);
    }
    return ends_word(cursor->line + cursor->at) ? lex_mark(cursor, token) : lex_word(cursor, token);
}

bool lexer_line(struct lexer *lexer, const char *line, struct lexer_flaw *flaw)
{
    struct cursor cursor = {.lexer = lexer, .line = line, .flaw = flaw};
    *flaw = (struct lexer_flaw){0};
    lexer->count = 0;
    lexer->used = 0;
    bool fine = true;
    while (fine) {
        while (is_blank(line[cursor.at])) {
            cursor.at++;
        }
        if (line[cursor.at] == '\0' || line[cursor.at] == '#') {
            break;
        }
        fine = lex_token(&cursor);
    }
    /* The end is marked where the text ends, not where a comment does. */
    int end = lexer->count == 0 ? (int)cursor.at + 1
                                : lexer->tokens[lexer->count - 1].column + lexer->tokens[lexer->count - 1].width;
    lexer->tokens[lexer->count] = (struct token){.kind = TOKEN_END, .text = "", .column = end, .width = 1};
    return fine;
}
