#include "tracking/json_buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracking/json_number.h"
#include "tracking/json_plain.h"
#include "tracking/utf8.h"

#define FIRST_CAPACITY 1024

void json_buffer_init(struct json_buffer *buffer)
{
    *buffer = (struct json_buffer){0};
}

void json_buffer_close(struct json_buffer *buffer)
{
    free(buffer->bytes);
    json_buffer_init(buffer);
}

void json_buffer_reset(struct json_buffer *buffer)
{
    buffer->len = 0;
    buffer->failed = false;
}

static bool grow(struct json_buffer *buffer, size_t more)
{
    size_t capacity = buffer->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buffer->capacity;
    while (capacity - buffer->len < more) {
        if (capacity > SIZE_MAX / 4) {
            return false;
        }
        capacity *= 2;
    }
    char *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

char *json_buffer_reserve(struct json_buffer *buffer, size_t more)
{
    bool room = buffer->bytes != NULL && buffer->capacity - buffer->len >= more;
    if (!room && !grow(buffer, more)) {
        buffer->failed = true;
        return NULL;
    }
    return buffer->bytes + buffer->len;
}

void json_buffer_add(struct json_buffer *buffer, const char *bytes, size_t len)
{
    char *room = json_buffer_reserve(buffer, len);
    if (room != NULL && len > 0) {
        memcpy(room, bytes, len);
        buffer->len += len;
    }
}

void json_buffer_format(struct json_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *room = len < 0 ? NULL : json_buffer_reserve(buffer, (size_t)len + 1);
    if (room != NULL) {
        (void)vsnprintf(room, (size_t)len + 1, format, again);
        buffer->len += (size_t)len;
    }
    va_end(again);
}

const char *json_buffer_text(struct json_buffer *buffer)
{
    char *room = json_buffer_reserve(buffer, 1);
    if (room == NULL) {
        return "";
    }
    *room = '\0';
    return buffer->bytes;
}

static void add_escape(struct json_buffer *buffer, unsigned char byte)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (byte == '"' || byte == '\\') {
        char pair[2] = {'\\', (char)byte};
        json_buffer_add(buffer, pair, sizeof pair);
        return;
    }
    if (byte < sizeof letters && letters[byte] != '\0') {
        char pair[2] = {'\\', letters[byte]};
        json_buffer_add(buffer, pair, sizeof pair);
        return;
    }
    json_buffer_format(buffer, "\\u%04x", byte);
}

/* Add what stands at `text`, which is not plain. Returns the bytes of it that are done. */
static size_t add_special(struct json_buffer *buffer, const char *text, size_t len)
{
    unsigned char byte = (unsigned char)*text;
    if (byte < 0x80) {
        add_escape(buffer, byte);
        return 1;
    }
    size_t character = utf8_character_len(text, len);
    if (character == 0) {
        json_buffer_add(buffer, UTF8_REPLACEMENT, UTF8_REPLACEMENT_LEN);
        return 1;
    }
    json_buffer_add(buffer, text, character);
    return character;
}

void json_buffer_add_string(struct json_buffer *buffer, const char *text, size_t len)
{
    if (json_buffer_reserve(buffer, len + 2) == NULL) {
        return;
    }
    buffer->bytes[buffer->len++] = '"';
    size_t at = 0;
    for (;;) {
        size_t run = json_plain_len(text + at, len - at);
        json_buffer_add(buffer, text + at, run);
        at += run;
        if (at == len) {
            break;
        }
        at += add_special(buffer, text + at, len - at);
    }
    json_buffer_add(buffer, "\"", 1);
}

void json_buffer_add_integer(struct json_buffer *buffer, int64_t integer)
{
    char *room = json_buffer_reserve(buffer, JSON_NUMBER_TEXT_MAX);
    if (room != NULL) {
        buffer->len += json_integer_write(integer, room);
    }
}

void json_buffer_add_float(struct json_buffer *buffer, double number)
{
    char *room = json_buffer_reserve(buffer, JSON_NUMBER_TEXT_MAX);
    if (room != NULL) {
        buffer->len += json_float_write(number, room);
    }
}
