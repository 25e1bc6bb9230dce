#include "scenario/value.h"

#include <string.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static enum value_result digits_read(const char **text, int64_t *number)
{
    if (!is_digit(**text)) {
        return VALUE_NONE;
    }
    int64_t value = 0;
    bool fits = true;
    for (; is_digit(**text); (*text)++) {
        fits =
            fits && !__builtin_mul_overflow(value, 10, &value) && !__builtin_add_overflow(value, **text - '0', &value);
    }
    *number = value;
    return fits ? VALUE_FINE : VALUE_TOO_BIG;
}

enum value_result value_integer(const char *text, int64_t *integer)
{
    bool negative = *text == '-';
    const char *at = text + (negative ? 1 : 0);
    enum value_result result = digits_read(&at, integer);
    if (*at != '\0') {
        return VALUE_NONE;
    }
    *integer = negative ? -*integer : *integer;
    return result;
}

/* A number with decimals times `unit`, which must come out whole. */
static enum value_result scaled_read(const char **text, int64_t *whole, int64_t *fraction, int64_t *divisor)
{
    enum value_result result = digits_read(text, whole);
    *fraction = 0;
    *divisor = 1;
    if (result == VALUE_NONE || **text != '.' || !is_digit((*text)[1])) {
        return result;
    }
    (*text)++;
    for (; is_digit(**text); (*text)++) {
        if (*divisor >= INT64_C(1000000000000)) {
            result = **text == '0' ? result : VALUE_TOO_FINE;
            continue;
        }
        *fraction = *fraction * 10 + (**text - '0');
        *divisor *= 10;
    }
    return result;
}

static enum value_result scaled_apply(int64_t whole, int64_t fraction, int64_t divisor, int64_t unit, int64_t *value)
{
    int64_t part = 0;
    if (__builtin_mul_overflow(whole, unit, value)) {
        return VALUE_TOO_BIG;
    }
    while (fraction != 0 && fraction % 10 == 0) {
        fraction /= 10;
        divisor /= 10;
    }
    if (fraction == 0) {
        return VALUE_FINE;
    }
    if (__builtin_mul_overflow(fraction, unit, &part)) {
        return VALUE_TOO_FINE;
    }
    if (part % divisor != 0) {
        return VALUE_TOO_FINE;
    }
    return __builtin_add_overflow(*value, part / divisor, value) ? VALUE_TOO_BIG : VALUE_FINE;
}

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit *unit_find(const struct unit *units, size_t count, const char *text, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(units[i].name) == len && strncmp(units[i].name, text, len) == 0) {
            return &units[i];
        }
    }
    return NULL;
}

static const struct unit time_units[] = {{"ns", 1},
                                         {"us", 1000},
                                         {"ms", 1000000},
                                         {"s", 1000000000},
                                         {"m", INT64_C(60000000000)},
                                         {"h", INT64_C(3600000000000)}};

/* One `number unit` of a duration such as 1m30s; each unit smaller than the one before. */
static enum value_result duration_part(const char **text, int64_t *sum, int64_t *smallest)
{
    int64_t whole = 0;
    int64_t fraction = 0;
    int64_t divisor = 1;
    enum value_result result = scaled_read(text, &whole, &fraction, &divisor);
    if (result == VALUE_NONE) {
        return result;
    }
    size_t len = strcspn(*text, "0123456789.+-");
    const struct unit *unit = unit_find(time_units, sizeof time_units / sizeof time_units[0], *text, len);
    if (unit == NULL || unit->factor >= *smallest) {
        return VALUE_UNIT;
    }
    *text += len;
    *smallest = unit->factor;
    if (result != VALUE_FINE) {
        return result;
    }
    int64_t part = 0;
    result = scaled_apply(whole, fraction, divisor, unit->factor, &part);
    if (result != VALUE_FINE) {
        return result;
    }
    return __builtin_add_overflow(*sum, part, sum) || *sum > PROGRAM_TIME_MAX_NS ? VALUE_TOO_BIG : VALUE_FINE;
}

enum value_result value_duration(const char *text, bool allow_sign, int64_t *ns)
{
    bool negative = allow_sign && *text == '-';
    const char *at = text + (allow_sign && (*text == '-' || *text == '+') ? 1 : 0);
    *ns = 0;
    if (strcmp(at, "0") == 0) {
        return VALUE_FINE;
    }
    int64_t smallest = INT64_MAX;
    do {
        enum value_result result = duration_part(&at, ns, &smallest);
        if (result != VALUE_FINE) {
            return result;
        }
    } while (*at != '\0');
    *ns = negative ? -*ns : *ns;
    return VALUE_FINE;
}

enum value_result value_plain_duration(const char *text, int64_t *ns)
{
    return value_duration(text, false, ns);
}

static enum value_result one_unit(const char *text, const struct unit *units, size_t count, int64_t *value)
{
    int64_t whole = 0;
    int64_t fraction = 0;
    int64_t divisor = 1;
    enum value_result result = scaled_read(&text, &whole, &fraction, &divisor);
    if (result == VALUE_NONE) {
        return result;
    }
    const struct unit *unit = unit_find(units, count, text, strlen(text));
    if (unit == NULL) {
        return VALUE_UNIT;
    }
    return result != VALUE_FINE ? result : scaled_apply(whole, fraction, divisor, unit->factor, value);
}

enum value_result value_size(const char *text, int64_t *bytes)
{
    static const struct unit units[] = {{"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
    return one_unit(text, units, sizeof units / sizeof units[0], bytes);
}

enum value_result value_chance(const char *text, int64_t *ppm)
{
    static const struct unit units[] = {{"%", 10000}};
    enum value_result result = one_unit(text, units, 1, ppm);
    return result == VALUE_FINE && *ppm > 1000000 ? VALUE_TOO_BIG : result;
}

bool value_is_decimal(const char *text)
{
    const char *at = text + (*text == '-' ? 1 : 0);
    size_t whole = strspn(at, "0123456789");
    bool special = false;
    at += whole;
    if (whole > 0 && *at == '.') {
        size_t decimals = strspn(at + 1, "0123456789");
        special = decimals > 0;
        at += decimals + 1;
    }
    if (whole > 0 && (*at == 'e' || *at == 'E')) {
        at += at[1] == '-' || at[1] == '+' ? 2 : 1;
        size_t digits = strspn(at, "0123456789");
        special = digits > 0;
        at += digits;
    }
    return special && *at == '\0';
}

const char *value_range_dots(const char *text)
{
    const char *dots = strstr(text, "..");
    return dots == text ? NULL : dots;
}

enum value_result value_range(const char *text, enum value_result (*read)(const char *text, int64_t *number),
                              struct program_range *range)
{
    const char *dots = value_range_dots(text);
    if (dots == NULL) {
        enum value_result result = read(text, &range->low);
        range->high = range->low;
        return result;
    }
    char low[64];
    if ((size_t)(dots - text) >= sizeof low) {
        return VALUE_NONE;
    }
    memcpy(low, text, (size_t)(dots - text));
    low[dots - text] = '\0';
    enum value_result result = read(low, &range->low);
    return result == VALUE_FINE ? read(dots + 2, &range->high) : result;
}
