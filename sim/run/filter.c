#include "run/filter.h"

#include "run/ledger.h"

#include <stdlib.h>
#include <string.h>

static bool match_text(const char *text, enum program_comparison comparison, const struct program_value *value)
{
    switch (comparison) {
    case PROGRAM_EQUAL:
        return strcmp(text, value->text) == 0;
    case PROGRAM_NOT_EQUAL:
        return strcmp(text, value->text) != 0;
    case PROGRAM_CONTAINS:
        return strstr(text, value->text) != NULL;
    default:
        return false;
    }
}

static bool is_number(const struct program_value *value)
{
    return value->kind == PROGRAM_INTEGER || value->kind == PROGRAM_DURATION || value->kind == PROGRAM_SIZE ||
           value->kind == PROGRAM_BOOLEAN || value->kind == PROGRAM_CHANCE;
}

static bool match_integer(int64_t integer, enum program_comparison comparison, const struct program_value *value)
{
    if (!is_number(value)) {
        return false;
    }
    bool inside = integer >= value->low && integer <= value->high;
    switch (comparison) {
    case PROGRAM_EQUAL:
        return inside;
    case PROGRAM_NOT_EQUAL:
        return !inside;
    default:
        return program_compare(integer, comparison, value->low);
    }
}

static bool match_real(double real, enum program_comparison comparison, const struct program_value *value)
{
    double wanted = strtod(value->text, NULL);
    switch (comparison) {
    case PROGRAM_EQUAL:
        return !(real < wanted) && !(real > wanted);
    case PROGRAM_NOT_EQUAL:
        return real < wanted || real > wanted;
    case PROGRAM_LESS:
        return real < wanted;
    case PROGRAM_AT_MOST:
        return real <= wanted;
    case PROGRAM_MORE:
        return real > wanted;
    case PROGRAM_AT_LEAST:
        return real >= wanted;
    default:
        return false;
    }
}

/* ---- Documents --------------------------------------------------------------------------------------------------- */

static bool list_equals(const cJSON *array, const struct program_value *value)
{
    size_t index = 0;
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, array)
    {
        if (index >= value->list_count || !cJSON_IsString(item) || strcmp(item->valuestring, value->list[index]) != 0) {
            return false;
        }
        index++;
    }
    return index == value->list_count;
}

static bool array_contains(const cJSON *array, const struct program_value *value)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, array)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, value->text) == 0) {
            return true;
        }
    }
    return false;
}

static bool match_collection(const cJSON *item, enum program_comparison comparison, const struct program_value *value)
{
    bool same = false;
    if (value->kind == PROGRAM_EMPTY_LIST || value->kind == PROGRAM_EMPTY_OBJECT) {
        same = item->child == NULL && cJSON_IsArray(item) == (value->kind == PROGRAM_EMPTY_LIST);
    } else if (comparison == PROGRAM_CONTAINS) {
        return cJSON_IsArray(item) && array_contains(item, value);
    } else if (value->kind == PROGRAM_LIST) {
        same = cJSON_IsArray(item) && list_equals(item, value);
    }
    return comparison == PROGRAM_NOT_EQUAL ? !same : same;
}

static bool match_item(const cJSON *item, enum program_comparison comparison, const struct program_value *value)
{
    if (cJSON_IsString(item)) {
        return match_text(item->valuestring, comparison, value);
    }
    if (cJSON_IsNumber(item)) {
        return (is_number(value) || value->kind == PROGRAM_DECIMAL) && match_real(item->valuedouble, comparison, value);
    }
    if (cJSON_IsBool(item)) {
        return match_integer(cJSON_IsTrue(item), comparison, value);
    }
    if (cJSON_IsNull(item)) {
        return (value->kind == PROGRAM_NULL) == (comparison != PROGRAM_NOT_EQUAL);
    }
    return match_collection(item, comparison, value);
}

/* `length` of a text counts its characters (a continuation byte begins none), of anything else its entries. */
static bool match_length(const cJSON *item, const struct program_filter *filter)
{
    int64_t count = 0;
    for (const char *at = cJSON_GetStringValue(item); at != NULL && *at != '\0'; at++) {
        count += ((unsigned char)*at & 0xC0) != 0x80;
    }
    if (cJSON_IsArray(item) || cJSON_IsObject(item)) {
        count = cJSON_GetArraySize(item);
    }
    return match_integer(count, filter->comparison, &filter->value);
}

static bool asks_length(const struct program_filter *filter, size_t depth)
{
    return depth > 0 && depth + 1 == filter->path_len && strcmp(filter->path[depth], "length") == 0;
}

/* Walks path[depth..]; `*` is any key or index.  True when some item at its end matches. */
static bool match_path(const cJSON *item, const struct program_filter *filter, size_t depth)
{
    if (depth == filter->path_len) {
        return filter->value.kind != PROGRAM_MISSING && match_item(item, filter->comparison, &filter->value);
    }
    const char *segment = filter->path[depth];
    if (asks_length(filter, depth)) {
        return match_length(item, filter);
    }
    const cJSON *child = NULL;
    int index = 0;
    cJSON_ArrayForEach(child, item)
    {
        bool here = strcmp(segment, "*") == 0;
        if (cJSON_IsArray(item)) {
            here = here || (segment[0] >= '0' && segment[0] <= '9' && atoi(segment) == index);
        } else {
            here = here || (child->string != NULL && strcmp(segment, child->string) == 0);
        }
        if (here && match_path(child, filter, depth + 1)) {
            return true;
        }
        index++;
    }
    return false;
}

static bool path_exists(const cJSON *item, const struct program_filter *filter, size_t depth)
{
    if (depth == filter->path_len) {
        return true;
    }
    const cJSON *child = NULL;
    cJSON_ArrayForEach(child, item)
    {
        bool here = strcmp(filter->path[depth], "*") == 0 ||
                    (child->string != NULL && strcmp(filter->path[depth], child->string) == 0);
        if (here && path_exists(child, filter, depth + 1)) {
            return true;
        }
    }
    return false;
}

static bool match_document(const struct observation *observation, const struct program_filter *filter)
{
    if (observation->document == NULL) {
        return false;
    }
    if (filter->value.kind == PROGRAM_MISSING) {
        return path_exists(observation->document, filter, 0) == (filter->comparison == PROGRAM_NOT_EQUAL);
    }
    return match_path(observation->document, filter, 0);
}

/* ---- Events ------------------------------------------------------------------------------------------------------ */

/* A rebalance or a commit has a topic when one of its partitions has. */
static bool match_partitions(const struct carafe_event *event, const struct program_filter *filter)
{
    for (size_t i = 0; i < event->partition_count; i++) {
        const struct carafe_partition *partition = &event->partitions[i];
        bool match =
            filter->field == PROGRAM_FIELD_TOPIC
                ? match_text(partition->topic, filter->comparison, &filter->value)
                : match_integer(filter->field == PROGRAM_FIELD_PARTITION ? partition->partition : partition->offset,
                                filter->comparison, &filter->value);
        if (match) {
            return true;
        }
    }
    return false;
}

static bool of_partitions(const struct carafe_event *event, enum program_event_field field)
{
    return event->partitions != NULL &&
           (field == PROGRAM_FIELD_TOPIC || field == PROGRAM_FIELD_PARTITION || field == PROGRAM_FIELD_OFFSET);
}

static bool is_flag(enum program_event_field field)
{
    return field == PROGRAM_FIELD_NON_BLOCKING || field == PROGRAM_FIELD_LOST || field == PROGRAM_FIELD_FORCED;
}

static bool match_field(const struct observation *observation, const struct program_filter *filter)
{
    if (observation->event != NULL) {
        if (filter->field == PROGRAM_FIELD_STATUS) {
            return match_text(carafe_status_name(observation->event->status), filter->comparison, &filter->value);
        }
        if (of_partitions(observation->event, filter->field)) {
            return match_partitions(observation->event, filter);
        }
    }
    const struct observed *found = observation_field(observation, filter->name);
    if (filter->value.kind == PROGRAM_MISSING) {
        return (found == NULL) == (filter->comparison == PROGRAM_EQUAL);
    }
    if (found == NULL) {
        return is_flag(filter->field) && match_integer(0, filter->comparison, &filter->value);
    }
    return found->kind == OBSERVED_TEXT ? match_text(found->text, filter->comparison, &filter->value)
                                        : match_integer(found->integer, filter->comparison, &filter->value);
}

size_t filters_matching(const struct program_condition *condition, const struct observation *observation)
{
    bool document = observation->kind == OBSERVATION_REPORT || observation->kind == OBSERVATION_ERROR;
    size_t matching = 0;
    for (size_t i = 0; i < condition->filter_count; i++) {
        const struct program_filter *filter = &condition->filters[i];
        matching += (document ? match_document(observation, filter) : match_field(observation, filter)) ? 1 : 0;
    }
    return matching;
}

bool filters_match(const struct program_condition *condition, const struct observation *observation)
{
    return filters_matching(condition, observation) == condition->filter_count;
}
