/*
 * JSON numbers.  The contract tells an Integer (`1`) from a Float (`1.0`, `1e3`, `-0.0`), and integers above 64 bits
 * keep their text, so a number is more than a double here.  Independent of the locale of the process.
 */
#ifndef TRACKING_JSON_NUMBER_H
#define TRACKING_JSON_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum json_number_kind {
    JSON_NUMBER_NONE,    /* no number */
    JSON_NUMBER_INTEGER, /* fits 64 bits */
    JSON_NUMBER_BIG,     /* an integer that does not: only its text says it all */
    JSON_NUMBER_FLOAT    /* too large for a double: infinite, as in Ruby */
};

struct json_number {
    enum json_number_kind kind;
    size_t len; /* of the text read; where it stopped making sense when it is no number */
    int64_t integer;
    double number; /* of a FLOAT; of a BIG: the nearest double */
};

/* Read the number that `text` begins with. What follows it is not looked at. */
struct json_number json_number_read(const char *text, size_t len);

/* Bytes that a number takes at the most. */
#define JSON_NUMBER_TEXT_MAX 32

/* Write without a terminator; both return the length. */
size_t json_integer_write(int64_t integer, char *out);

/* The shortest text that reads back as the same double, with a point or an exponent always; `null` if not finite. */
size_t json_float_write(double number, char *out);

#endif
