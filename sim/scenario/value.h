/* Words to numbers with units. */
#ifndef SCENARIO_VALUE_H
#define SCENARIO_VALUE_H

#include "scenario/program.h"

enum value_result {
    VALUE_FINE,
    VALUE_NONE,    /* it is nothing of the kind */
    VALUE_UNIT,    /* a number with a unit that is not known, or with none */
    VALUE_TOO_BIG, /* it does not fit */
    VALUE_TOO_FINE /* more decimals than the smallest unit has */
};

/* `-` digits. */
enum value_result value_integer(const char *text, int64_t *integer);

/* 5ms, 1.5s, 1m30s, 0.  At most PROGRAM_TIME_MAX_NS.  `allow_sign`: a leading + or - counts. */
enum value_result value_duration(const char *text, bool allow_sign, int64_t *ns);

/* 100, 100B, 4KiB, 1MiB, 1GiB. */
enum value_result value_size(const char *text, int64_t *bytes);

/* 10%, 0.5%: parts per million. */
enum value_result value_chance(const char *text, int64_t *ppm);

/* 1.0, -2e3: what JSON calls a number with a point or an exponent. */
bool value_is_decimal(const char *text);

/* Where the `..` of a range is, or NULL. */
const char *value_range_dots(const char *text);

enum value_result value_range(const char *text, enum value_result (*read)(const char *text, int64_t *number),
                              struct program_range *range);
enum value_result value_plain_duration(const char *text, int64_t *ns);

#endif
