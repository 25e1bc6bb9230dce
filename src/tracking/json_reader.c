#include "tracking/json_reader.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "tracking/json_number.h"
#include "tracking/json_plain.h"
#include "tracking/utf8.h"

void json_reader_init(struct json_reader *reader)
{
    memset(reader, 0, sizeof *reader);
    json_buffer_init(&reader->unescaped);
}

void json_reader_close(struct json_reader *reader)
{
    json_buffer_close(&reader->unescaped);
}

void json_reader_begin(struct json_reader *reader, const char *text, size_t len)
{
    reader->start = text;
    reader->at = text;
    reader->end = text + len;
    reader->expectation = JSON_EXPECT_VALUE;
    reader->depth = 0;
    reader->expected = NULL;
}

static enum json_token fail(struct json_reader *reader, const char *expected)
{
    reader->expectation = JSON_EXPECT_FAILED;
    reader->expected = expected;
    return JSON_TOKEN_ERROR;
}

static void skip_space(struct json_reader *reader)
{
    const char *at = reader->at;
    while (at < reader->end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) {
        at++;
    }
    reader->at = at;
}

static void value_done(struct json_reader *reader)
{
    reader->expectation = reader->depth == 0 ? JSON_EXPECT_NOTHING : JSON_EXPECT_COMMA_OR_END;
}

/* ---- strings ----------------------------------------------------------------------------------------------------- */

static const char *plain_run_end(const char *at, const char *end)
{
    return at + json_plain_len(at, (size_t)(end - at));
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four hex digits at `at`, or -1. */
static int32_t read_hex(const char *at, const char *end)
{
    if (end - at < 4) {
        return -1;
    }
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* `\uXXXX`, reader->at on its `u`; surrogate pairs make one character, lone ones U+FFFD. */
static bool read_unicode_escape(struct json_reader *reader)
{
    int32_t value = read_hex(reader->at + 1, reader->end);
    if (value < 0) {
        return false;
    }
    reader->at += 5;
    uint32_t code_point = (uint32_t)value;
    if (code_point >= 0xD800 && code_point <= 0xDFFF) {
        bool pair =
            code_point <= 0xDBFF && reader->end - reader->at >= 6 && reader->at[0] == '\\' && reader->at[1] == 'u';
        int32_t low = pair ? read_hex(reader->at + 2, reader->end) : -1;
        if (low >= 0xDC00 && low <= 0xDFFF) {
            code_point = 0x10000 + ((code_point - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
            reader->at += 6;
        } else {
            code_point = 0xFFFD;
        }
    }
    char encoded[4];
    json_buffer_add(&reader->unescaped, encoded, utf8_encode(code_point, encoded));
    return true;
}

/* reader->at is behind the backslash. */
static bool read_escape(struct json_reader *reader)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (reader->at == reader->end) {
        return false;
    }
    if (*reader->at == 'u') {
        return read_unicode_escape(reader);
    }
    const char *found = *reader->at == '\0' ? NULL : strchr(letters, *reader->at);
    if (found == NULL) {
        return false;
    }
    json_buffer_add(&reader->unescaped, &meanings[found - letters], 1);
    reader->at++;
    return true;
}

/* One thing that is not plain; NULL, or what was expected instead. */
static const char *read_special(struct json_reader *reader)
{
    unsigned char byte = (unsigned char)*reader->at;
    if (byte == '\\') {
        reader->at++;
        return read_escape(reader) ? NULL : "an escape sequence";
    }
    if (byte < 0x20) {
        return "no control character in a string";
    }
    size_t len = utf8_character_len(reader->at, (size_t)(reader->end - reader->at));
    if (len == 0) {
        json_buffer_add(&reader->unescaped, UTF8_REPLACEMENT, UTF8_REPLACEMENT_LEN);
        reader->at++;
        return NULL;
    }
    json_buffer_add(&reader->unescaped, reader->at, len);
    reader->at += len;
    return NULL;
}

/* The rest of a string that is not all plain; what came before stands from `from` to reader->at. */
static bool read_special_string(struct json_reader *reader, const char *from)
{
    json_buffer_reset(&reader->unescaped);
    json_buffer_add(&reader->unescaped, from, (size_t)(reader->at - from));
    while (reader->at < reader->end && *reader->at != '"') {
        const char *expected = read_special(reader);
        if (expected != NULL) {
            fail(reader, expected);
            return false;
        }
        const char *run = reader->at;
        reader->at = plain_run_end(run, reader->end);
        json_buffer_add(&reader->unescaped, run, (size_t)(reader->at - run));
    }
    if (reader->at == reader->end) {
        fail(reader, "a closing quote");
        return false;
    }
    if (reader->unescaped.failed) {
        fail(reader, "enough memory for a string");
        return false;
    }
    reader->text = reader->unescaped.bytes == NULL ? "" : reader->unescaped.bytes;
    reader->text_len = reader->unescaped.len;
    reader->at++;
    return true;
}

/* reader->at is on the opening quote. */
static bool read_string(struct json_reader *reader)
{
    const char *from = reader->at + 1;
    reader->at = plain_run_end(from, reader->end);
    if (reader->at < reader->end && *reader->at == '"') {
        reader->text = from;
        reader->text_len = (size_t)(reader->at - from);
        reader->at++;
        return true;
    }
    return read_special_string(reader, from);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static enum json_token read_number(struct json_reader *reader)
{
    struct json_number number = json_number_read(reader->at, (size_t)(reader->end - reader->at));
    const char *from = reader->at;
    reader->at += number.len;
    if (number.kind == JSON_NUMBER_NONE) {
        return fail(reader, "a digit");
    }
    value_done(reader);
    reader->number = number.number;
    reader->integer = number.integer;
    reader->text = from;
    reader->text_len = number.len;
    switch (number.kind) {
    case JSON_NUMBER_INTEGER:
        return JSON_TOKEN_INTEGER;
    case JSON_NUMBER_BIG:
        return JSON_TOKEN_BIG_INTEGER;
    default:
        return JSON_TOKEN_FLOAT;
    }
}

static enum json_token read_word(struct json_reader *reader, const char *word, enum json_token token)
{
    size_t len = strlen(word);
    if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0) {
        return fail(reader, "a value");
    }
    reader->at += len;
    value_done(reader);
    return token;
}

static enum json_token open_container(struct json_reader *reader, bool object)
{
    if (reader->depth == JSON_DEPTH_MAX) {
        return fail(reader, "at most 100 levels of nesting");
    }
    reader->in_object[reader->depth++] = object;
    reader->at++;
    reader->expectation = object ? JSON_EXPECT_KEY_OR_END : JSON_EXPECT_VALUE_OR_END;
    return object ? JSON_TOKEN_OBJECT : JSON_TOKEN_ARRAY;
}

static enum json_token close_container(struct json_reader *reader)
{
    bool object = reader->in_object[--reader->depth];
    reader->at++;
    value_done(reader);
    return object ? JSON_TOKEN_OBJECT_END : JSON_TOKEN_ARRAY_END;
}

static enum json_token read_value(struct json_reader *reader)
{
    switch (*reader->at) {
    case '"':
        if (!read_string(reader)) {
            return JSON_TOKEN_ERROR;
        }
        value_done(reader);
        return JSON_TOKEN_STRING;
    case '{':
        return open_container(reader, true);
    case '[':
        return open_container(reader, false);
    case 't':
        return read_word(reader, "true", JSON_TOKEN_TRUE);
    case 'f':
        return read_word(reader, "false", JSON_TOKEN_FALSE);
    case 'n':
        return read_word(reader, "null", JSON_TOKEN_NULL);
    default:
        if (*reader->at == '-' || (*reader->at >= '0' && *reader->at <= '9')) {
            return read_number(reader);
        }
        return fail(reader, "a value");
    }
}

static enum json_token read_key(struct json_reader *reader)
{
    if (reader->at == reader->end || *reader->at != '"') {
        return fail(reader, reader->expectation == JSON_EXPECT_KEY ? "a key" : "a key or '}'");
    }
    if (!read_string(reader)) {
        return JSON_TOKEN_ERROR;
    }
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != ':') {
        return fail(reader, "':'");
    }
    reader->at++;
    reader->expectation = JSON_EXPECT_VALUE;
    return JSON_TOKEN_KEY;
}

/* After a value inside a container. */
static enum json_token read_separator(struct json_reader *reader)
{
    bool object = reader->in_object[reader->depth - 1];
    char closing = object ? '}' : ']';
    if (reader->at < reader->end && *reader->at == closing) {
        return close_container(reader);
    }
    if (reader->at == reader->end || *reader->at != ',') {
        return fail(reader, object ? "',' or '}'" : "',' or ']'");
    }
    reader->at++;
    reader->expectation = object ? JSON_EXPECT_KEY : JSON_EXPECT_VALUE;
    return json_reader_next(reader);
}

enum json_token json_reader_next(struct json_reader *reader)
{
    if (reader->expectation == JSON_EXPECT_FAILED) {
        return JSON_TOKEN_ERROR;
    }
    skip_space(reader);
    bool ended = reader->at == reader->end;
    switch (reader->expectation) {
    case JSON_EXPECT_NOTHING:
        return ended ? JSON_TOKEN_END : fail(reader, "the end of the document");
    case JSON_EXPECT_COMMA_OR_END:
        return read_separator(reader);
    case JSON_EXPECT_KEY_OR_END:
        if (!ended && *reader->at == '}') {
            return close_container(reader);
        }
        return read_key(reader);
    case JSON_EXPECT_KEY:
        return read_key(reader);
    case JSON_EXPECT_VALUE_OR_END:
        if (!ended && *reader->at == ']') {
            return close_container(reader);
        }
        return ended ? fail(reader, "a value or ']'") : read_value(reader);
    default:
        return ended ? fail(reader, "a value") : read_value(reader);
    }
}

bool json_reader_skip(struct json_reader *reader, enum json_token token)
{
    if (token == JSON_TOKEN_KEY) {
        token = json_reader_next(reader);
    }
    if (token != JSON_TOKEN_OBJECT && token != JSON_TOKEN_ARRAY) {
        return token != JSON_TOKEN_ERROR;
    }
    size_t outside = reader->depth - 1;
    while (reader->depth > outside) {
        if (json_reader_next(reader) == JSON_TOKEN_ERROR) {
            return false;
        }
    }
    return true;
}

/* ---- failures ---------------------------------------------------------------------------------------------------- */

static void describe_found(const struct json_reader *reader, char *out, size_t capacity)
{
    if (reader->at == reader->end) {
        (void)snprintf(out, capacity, "the end of the text");
        return;
    }
    unsigned char byte = (unsigned char)*reader->at;
    bool visible = byte >= 0x20 && byte < 0x7F;
    (void)snprintf(out, capacity, visible ? "'%c'" : "byte 0x%02x", byte);
}

int json_reader_fail(const struct json_reader *reader, struct carafe_error *error)
{
    size_t line = 1;
    size_t column = 1;
    for (const char *at = reader->start; at < reader->at; at++) {
        if (*at == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)*at & 0xC0) != 0x80) {
            column++; /* characters, not bytes */
        }
    }
    char found[32];
    describe_found(reader, found, sizeof found);
    return error_set(error, CARAFE_INVALID, "not JSON: expected %s, got %s at line %zu column %zu",
                     reader->expected == NULL ? "a document" : reader->expected, found, line, column);
}
