#include "tracking/utf8.h"

#include <stdbool.h>
#include <string.h>

static bool continues(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The second byte decides about overlong forms, surrogates and the upper end. */
static bool second_byte_allowed(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return continues(second);
    }
}

static size_t announced_len(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        return 4;
    }
    return 0;
}

size_t utf8_character_len(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t expected = announced_len(bytes[0]);
    if (expected <= 1 || expected > len) {
        return expected <= len ? expected : 0;
    }
    if (!second_byte_allowed(bytes[0], bytes[1])) {
        return 0;
    }
    for (size_t i = 2; i < expected; i++) {
        if (!continues(bytes[i])) {
            return 0;
        }
    }
    return expected;
}

size_t utf8_encode(uint32_t code_point, char *out)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | (code_point >> 6));
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | (code_point >> 12));
        out[1] = (char)(0x80 | ((code_point >> 6) & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (code_point >> 18));
    out[1] = (char)(0x80 | ((code_point >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((code_point >> 6) & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

size_t utf8_prefix_len(const char *text, size_t len, size_t characters)
{
    size_t at = 0;
    while (at < len && characters > 0) {
        size_t step = utf8_character_len(text + at, len - at);
        at += step == 0 ? 1 : step;
        characters--;
    }
    return at;
}

void utf8_clean(const char *text, char *out, size_t size)
{
    size_t len = strlen(text);
    size_t at = 0;
    size_t written = 0;
    while (at < len) {
        size_t step = utf8_character_len(text + at, len - at);
        const char *character = step > 0 ? text + at : UTF8_REPLACEMENT;
        size_t character_len = step > 0 ? step : UTF8_REPLACEMENT_LEN;
        if (written + character_len >= size) {
            break;
        }
        memcpy(out + written, character, character_len);
        written += character_len;
        at += step > 0 ? step : 1;
    }
    out[written] = '\0';
}
