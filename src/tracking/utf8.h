/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. */
#ifndef TRACKING_UTF8_H
#define TRACKING_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* What stands for a byte that is no UTF-8: U+FFFD. */
#define UTF8_REPLACEMENT     "\xEF\xBF\xBD"
#define UTF8_REPLACEMENT_LEN 3

/* Length of the character that `text` begins with, 1 to 4; 0: it begins with no valid one. `len` is at least 1. */
size_t utf8_character_len(const char *text, size_t len);

/* Write `code_point` (a valid one) to `out`, which holds 4 bytes. Returns the bytes written. */
size_t utf8_encode(uint32_t code_point, char *out);

/* Write `text`, with each byte that is no UTF-8 replaced, to `out`, as much as its `size` holds, and a zero. */
void utf8_clean(const char *text, char *out, size_t size);

/* The longest part of `text` that has at most `characters` characters; an invalid byte counts as one. */
size_t utf8_prefix_len(const char *text, size_t len, size_t characters);

#endif
