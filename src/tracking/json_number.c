#include "tracking/json_number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_POWERS     22 /* 10^22 is the last power of ten that a double holds exactly */
#define EXACT_INTEGER    (INT64_C(1) << 53)
#define DIGITS_ALWAYS_OK 17 /* that many significant digits always read back */
#define SHORT_TEXT       128

static const double powers_of_ten[EXACT_POWERS + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The host of an embedded server may have set any locale; in this one the decimal point is a point. */
static double text_to_double(const char *terminated)
{
    static locale_t plain;
    locale_t locale = __atomic_load_n(&plain, __ATOMIC_ACQUIRE);
    if (locale == (locale_t)0) {
        locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* glibc's constant object: nothing to free */
        __atomic_store_n(&plain, locale, __ATOMIC_RELEASE);
    }
    return strtod_l(terminated, NULL, locale);
}

static double slow_double(const char *text, size_t len)
{
    char small[SHORT_TEXT];
    char *copy = len < sizeof small ? small : malloc(len + 1);
    if (copy == NULL) {
        return NAN;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    double number = text_to_double(copy);
    if (copy != small) {
        free(copy);
    }
    return number;
}

/* The parts of a number while it is read. */
struct parts {
    const char *text;
    size_t len;
    size_t at;
    bool negative;
    uint64_t mantissa; /* digits without the point, meaningless once `overflow` */
    bool overflow;
    int exponent; /* of ten, for `mantissa` */
    bool is_float;
};

static size_t read_digits(struct parts *parts, bool fraction)
{
    size_t from = parts->at;
    uint64_t mantissa = parts->mantissa;
    while (parts->at < parts->len && is_digit(parts->text[parts->at])) {
        uint64_t digit = (uint64_t)(parts->text[parts->at] - '0');
        if (mantissa > (UINT64_MAX - digit) / 10) {
            parts->overflow = true;
        }
        mantissa = mantissa * 10 + digit;
        parts->at++;
    }
    parts->mantissa = mantissa;
    size_t count = parts->at - from;
    if (fraction) {
        parts->exponent = count > 1000 ? -1000 : -(int)count;
    }
    return count;
}

static bool read_exponent(struct parts *parts)
{
    parts->at++;
    bool negative = false;
    if (parts->at < parts->len && (parts->text[parts->at] == '+' || parts->text[parts->at] == '-')) {
        negative = parts->text[parts->at] == '-';
        parts->at++;
    }
    int value = 0;
    size_t from = parts->at;
    while (parts->at < parts->len && is_digit(parts->text[parts->at])) {
        value = value > 9999 ? value : value * 10 + (parts->text[parts->at] - '0');
        parts->at++;
    }
    parts->exponent += negative ? -value : value;
    return parts->at > from;
}

static bool read_integer_part(struct parts *parts)
{
    if (parts->at < parts->len && parts->text[parts->at] == '-') {
        parts->negative = true;
        parts->at++;
    }
    size_t from = parts->at;
    size_t count = read_digits(parts, false);
    if (count > 1 && parts->text[from] == '0') {
        parts->at = from + 1; /* no leading zeros */
        return false;
    }
    return count > 0;
}

static bool read_parts(struct parts *parts)
{
    if (!read_integer_part(parts)) {
        return false;
    }
    if (parts->at < parts->len && parts->text[parts->at] == '.') {
        parts->is_float = true;
        parts->at++;
        if (read_digits(parts, true) == 0) {
            return false;
        }
    }
    if (parts->at < parts->len && (parts->text[parts->at] == 'e' || parts->text[parts->at] == 'E')) {
        parts->is_float = true;
        return read_exponent(parts);
    }
    return true;
}

static double parts_double(const struct parts *parts)
{
    bool exact = !parts->overflow && parts->mantissa <= (uint64_t)EXACT_INTEGER && parts->exponent >= -EXACT_POWERS &&
                 parts->exponent <= EXACT_POWERS;
    if (!exact) {
        return slow_double(parts->text, parts->at);
    }
    /* Both are exact, so that the one operation rounds once: the nearest double. */
    double number = (double)parts->mantissa;
    number = parts->exponent < 0 ? number / powers_of_ten[-parts->exponent] : number * powers_of_ten[parts->exponent];
    return parts->negative ? -number : number;
}

struct json_number json_number_read(const char *text, size_t len)
{
    struct parts parts = {.text = text, .len = len};
    struct json_number result = {.kind = JSON_NUMBER_NONE};
    bool valid = read_parts(&parts);
    result.len = parts.at;
    if (!valid) {
        return result;
    }
    if (parts.is_float) {
        result.kind = JSON_NUMBER_FLOAT;
        result.number = parts_double(&parts);
        return result;
    }
    uint64_t limit = (uint64_t)INT64_MAX + (parts.negative ? 1 : 0);
    if (parts.overflow || parts.mantissa > limit) {
        result.kind = JSON_NUMBER_BIG;
        result.number = slow_double(text, parts.at);
        return result;
    }
    result.kind = JSON_NUMBER_INTEGER;
    result.integer = parts.negative ? (int64_t)(0 - parts.mantissa) : (int64_t)parts.mantissa;
    return result;
}

size_t json_integer_write(int64_t integer, char *out)
{
    char digits[JSON_NUMBER_TEXT_MAX];
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    size_t from = sizeof digits;
    do {
        digits[--from] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (integer < 0) {
        digits[--from] = '-';
    }
    size_t len = sizeof digits - from;
    memcpy(out, digits + from, len);
    return len;
}

/*
 * Most floats of a report are short decimals: an age with two digits, a time in microseconds.  A double that is the
 * nearest one to `scaled / 10^decimals`, with scaled below 2^53, is written with just those digits.
 */
static size_t write_decimal(double number, int decimals, char *out)
{
    double product = fabs(number) * powers_of_ten[decimals];
    if (!(product < (double)EXACT_INTEGER)) {
        return 0;
    }
    int64_t scaled = (int64_t)(product + 0.5);
    if ((double)scaled / powers_of_ten[decimals] != fabs(number)) {
        return 0;
    }
    int64_t unit = (int64_t)powers_of_ten[decimals];
    size_t len = 0;
    if (signbit(number)) {
        out[len++] = '-';
    }
    len += json_integer_write(scaled / unit, out + len);
    out[len++] = '.';
    int64_t fraction = scaled % unit;
    for (int64_t place = unit / 10; place > 0; place /= 10) {
        out[len++] = (char)('0' + fraction / place % 10);
    }
    while (out[len - 1] == '0' && out[len - 2] != '.') {
        len--;
    }
    return len;
}

/* A locale may have put something else for the point; there must be a point or an exponent. */
static size_t normalize(char *text, size_t len)
{
    bool marked = false;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(text[i]) && strchr("eE+-.", text[i]) == NULL) {
            text[i] = '.';
        }
        marked = marked || text[i] == '.' || text[i] == 'e';
    }
    if (!marked) {
        text[len++] = '.';
        text[len++] = '0';
    }
    text[len] = '\0';
    return len;
}

size_t json_float_write(double number, char *out)
{
    if (!isfinite(number)) {
        memcpy(out, "null", 4);
        return 4;
    }
    static const int usual_decimals[] = {1, 3, 6};
    for (size_t i = 0; i < sizeof usual_decimals / sizeof *usual_decimals; i++) {
        size_t len = write_decimal(number, usual_decimals[i], out);
        if (len > 0) {
            return len;
        }
    }
    char text[JSON_NUMBER_TEXT_MAX + 4];
    size_t len = 0;
    /* Fifteen digits tell all but the tiniest doubles apart, so fewer are never needed but for those. */
    int fewest = fabs(number) < DBL_MIN ? 1 : 15;
    for (int digits = fewest; digits <= DIGITS_ALWAYS_OK; digits++) {
        int written = snprintf(text, JSON_NUMBER_TEXT_MAX, "%.*g", digits, number);
        len = normalize(text, (size_t)written);
        if (text_to_double(text) == number) {
            break;
        }
    }
    memcpy(out, text, len);
    return len;
}
