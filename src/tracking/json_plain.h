/* The bytes that stand for themselves in a JSON string: ASCII without controls, quote and backslash. */
#ifndef TRACKING_JSON_PLAIN_H
#define TRACKING_JSON_PLAIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* Nonzero if one of the eight bytes is not plain. */
static inline uint64_t json_word_special(uint64_t word)
{
    uint64_t quote = word ^ EACH_BYTE('"');
    uint64_t backslash = word ^ EACH_BYTE('\\');
    uint64_t control = word - EACH_BYTE(0x20);
    return ((quote - EACH_BYTE(1)) | (backslash - EACH_BYTE(1)) | control | word) & EACH_BYTE(0x80);
}

/* Length of the plain run that `text` begins with. */
static inline size_t json_plain_len(const char *text, size_t len)
{
    size_t at = 0;
    while (len - at >= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        if (json_word_special(word) != 0) {
            break;
        }
        at += sizeof word;
    }
    while (at < len) {
        unsigned char byte = (unsigned char)text[at];
        if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') {
            break;
        }
        at++;
    }
    return at;
}

#endif
