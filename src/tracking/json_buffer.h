/*
 * Text that grows, and JSON written into it.  A failed allocation is remembered (`failed`), so that it is looked at
 * once, at the end.  Kept and reset between uses, a buffer stops allocating.
 */
#ifndef TRACKING_JSON_BUFFER_H
#define TRACKING_JSON_BUFFER_H

#include "carafe.h"

struct json_buffer {
    char *bytes; /* not terminated */
    size_t len;
    size_t capacity;
    bool failed;
};

void json_buffer_init(struct json_buffer *buffer);
void json_buffer_close(struct json_buffer *buffer);
/* Empty again; the memory stays. */
void json_buffer_reset(struct json_buffer *buffer);
/* Room for `more` bytes after len; NULL, and `failed`, without memory. */
char *json_buffer_reserve(struct json_buffer *buffer, size_t more);
void json_buffer_add(struct json_buffer *buffer, const char *bytes, size_t len);
void json_buffer_format(struct json_buffer *buffer, const char *format, ...) CARAFE_FORMAT(2, 3);
/* With a terminator after the last byte (not counted in len); "" without memory. */
const char *json_buffer_text(struct json_buffer *buffer);

/* A JSON string, quotes included; bytes that are no UTF-8 are replaced by U+FFFD. */
void json_buffer_add_string(struct json_buffer *buffer, const char *text, size_t len);
void json_buffer_add_integer(struct json_buffer *buffer, int64_t integer);
void json_buffer_add_float(struct json_buffer *buffer, double number);

#endif
