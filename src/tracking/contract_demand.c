#include "tracking/contract_rules.h"

#include <math.h>
#include <string.h>

#define NO_OFFSET   (-1001)
#define UNKNOWN_LAG (-1)
#define LOADS       3

const char *contract_demand_words(enum contract_demand demand)
{
    static const char *const words[] = {
        [DEMAND_OBJECT] = "an object",
        [DEMAND_ARRAY] = "an array",
        [DEMAND_TEXT] = "a string",
        [DEMAND_FILLED_TEXT] = "a non-empty string",
        [DEMAND_CONSUMER] = "\"consumer\"",
        [DEMAND_PROCESS_ID] = "a string with at least two colons",
        [DEMAND_STATUS] = "a status of a process",
        [DEMAND_JOB_TYPE] = "one of consume, revoked, shutdown, tick, eofed",
        [DEMAND_JOB_STATUS] = "running or pending",
        [DEMAND_UUID] = "a UUID",
        [DEMAND_TEXT_OR_FALSE] = "a string or false",
        [DEMAND_BOOLEAN] = "true or false",
        [DEMAND_TAGS] = "an array of strings",
        [DEMAND_INTEGER] = "an integer",
        [DEMAND_COUNT] = "an integer of at least 0",
        [DEMAND_POSITIVE] = "an integer of at least 1",
        [DEMAND_OFFSET] = "an integer of at least 0 or -1001",
        [DEMAND_LAG] = "an integer of at least 0 or -1",
        [DEMAND_FLOAT] = "a float",
        [DEMAND_TIME] = "a float of at least 0",
        [DEMAND_AMOUNT] = "a number of at least 0",
        [DEMAND_MOMENT] = "a number above 0",
        [DEMAND_LOAD] = "exactly 3 numbers of at least -1",
    };
    return words[demand];
}

static bool is_integer(const struct json_value *value)
{
    return value->kind == JSON_INTEGER || value->kind == JSON_BIG_INTEGER;
}

/* The sign of a big integer decides every comparison with a small one. */
static bool integer_at_least(const struct json_value *value, int64_t bound)
{
    if (value->kind == JSON_BIG_INTEGER) {
        return value->text[0] != '-';
    }
    return value->kind == JSON_INTEGER && value->integer >= bound;
}

static bool integer_is(const struct json_value *value, int64_t wanted)
{
    return value->kind == JSON_INTEGER && value->integer == wanted;
}

static bool number_at_least(const struct json_value *value, int64_t bound)
{
    return value->kind == JSON_FLOAT ? value->number >= (double)bound : integer_at_least(value, bound);
}

static bool text_is(const struct json_value *value, const char *wanted)
{
    return value->kind == JSON_STRING && value->len == strlen(wanted) && memcmp(value->text, wanted, value->len) == 0;
}

static bool text_among(const struct json_value *value, const char *const *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(value, wanted[i])) {
            return true;
        }
    }
    return false;
}

static bool is_status(const struct json_value *value)
{
    for (int status = CARAFE_INITIALIZING; status <= CARAFE_TERMINATED; status++) {
        if (text_is(value, carafe_status_name((enum carafe_status)status))) {
            return true;
        }
    }
    return false;
}

static bool has_two_colons(const struct json_value *value)
{
    size_t colons = 0;
    for (uint32_t i = 0; value->kind == JSON_STRING && i < value->len; i++) {
        colons += value->text[i] == ':';
    }
    return colons >= 2;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_uuid(const struct json_value *value)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (value->kind != JSON_STRING || value->len != sizeof shape - 1) {
        return false;
    }
    for (uint32_t i = 0; i < value->len; i++) {
        if (shape[i] == '-' ? value->text[i] != '-' : !is_hex(value->text[i])) {
            return false;
        }
    }
    return true;
}

static bool is_texts(const struct json_value *value)
{
    if (value->kind != JSON_ARRAY) {
        return false;
    }
    for (const struct json_value *child = value->first; child != NULL; child = child->next) {
        if (child->kind != JSON_STRING) {
            return false;
        }
    }
    return true;
}

static bool is_load(const struct json_value *value)
{
    if (value->kind != JSON_ARRAY || value->len != LOADS) {
        return false;
    }
    for (const struct json_value *child = value->first; child != NULL; child = child->next) {
        if (!number_at_least(child, -1)) {
            return false;
        }
    }
    return true;
}

static bool number_demand_met(enum contract_demand demand, const struct json_value *value)
{
    switch (demand) {
    case DEMAND_INTEGER:
        return is_integer(value);
    case DEMAND_COUNT:
        return integer_at_least(value, 0);
    case DEMAND_POSITIVE:
        return integer_at_least(value, 1);
    case DEMAND_OFFSET:
        return integer_at_least(value, 0) || integer_is(value, NO_OFFSET);
    case DEMAND_LAG:
        return integer_at_least(value, UNKNOWN_LAG);
    case DEMAND_FLOAT:
        return value->kind == JSON_FLOAT;
    case DEMAND_TIME:
        return value->kind == JSON_FLOAT && value->number >= 0;
    case DEMAND_AMOUNT:
        return number_at_least(value, 0);
    case DEMAND_MOMENT:
        return value->kind == JSON_FLOAT ? value->number > 0 : integer_at_least(value, 1);
    default:
        return is_load(value);
    }
}

bool contract_demand_met(enum contract_demand demand, const struct json_value *value)
{
    static const char *const job_types[] = {"consume", "revoked", "shutdown", "tick", "eofed"};
    static const char *const job_statuses[] = {"running", "pending"};
    switch (demand) {
    case DEMAND_OBJECT:
        return value->kind == JSON_OBJECT;
    case DEMAND_ARRAY:
        return value->kind == JSON_ARRAY;
    case DEMAND_TEXT:
        return value->kind == JSON_STRING;
    case DEMAND_FILLED_TEXT:
        return value->kind == JSON_STRING && value->len > 0;
    case DEMAND_CONSUMER:
        return text_is(value, "consumer");
    case DEMAND_PROCESS_ID:
        return has_two_colons(value);
    case DEMAND_STATUS:
        return is_status(value);
    case DEMAND_JOB_TYPE:
        return text_among(value, job_types, sizeof job_types / sizeof *job_types);
    case DEMAND_JOB_STATUS:
        return text_among(value, job_statuses, sizeof job_statuses / sizeof *job_statuses);
    case DEMAND_UUID:
        return is_uuid(value);
    case DEMAND_TEXT_OR_FALSE:
        return value->kind == JSON_STRING || value->kind == JSON_FALSE;
    case DEMAND_BOOLEAN:
        return value->kind == JSON_TRUE || value->kind == JSON_FALSE;
    case DEMAND_TAGS:
        return is_texts(value);
    default:
        return number_demand_met(demand, value);
    }
}
