#include "run/scripted.h"

#include "base/assert.h"
#include "run/verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- A value of the language as JSON ----------------------------------------------------------------------------- */

static cJSON *json_list(const struct program_value *value)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < value->list_count; i++) {
        cJSON_AddItemToArray(list, cJSON_CreateString(value->list[i]));
    }
    return list;
}

static char *json_tree_text(cJSON *tree)
{
    char *text = cJSON_PrintUnformatted(tree);
    cJSON_Delete(tree);
    ASSERT(text != NULL);
    return text;
}

static char *copy(const char *literal)
{
    char *text = strdup(literal);
    ASSERT(text != NULL);
    return text;
}

static char *number_text(int64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, number);
    return copy(digits);
}

/* NULL: no value, the field is to be removed. */
static char *json_text(const struct program_value *value)
{
    switch (value->kind) {
    case PROGRAM_INTEGER:
    case PROGRAM_DECIMAL:
        return copy(value->text); /* as it was written: 1 and 1.0 differ */
    case PROGRAM_DURATION:
    case PROGRAM_SIZE:
    case PROGRAM_CHANCE:
        return number_text(value->low);
    case PROGRAM_BOOLEAN:
        return copy(value->low != 0 ? "true" : "false");
    case PROGRAM_NULL:
        return copy("null");
    case PROGRAM_EMPTY_LIST:
        return copy("[]");
    case PROGRAM_EMPTY_OBJECT:
        return copy("{}");
    case PROGRAM_LIST:
        return json_tree_text(json_list(value));
    case PROGRAM_TEXT:
        return json_tree_text(cJSON_CreateString(value->text));
    default:
        return NULL;
    }
}

/* ---- The filter -------------------------------------------------------------------------------------------------- */

static void apply(struct report_filter *filter, enum contract_kind kind, struct json_document *document)
{
    struct scripted_reports *reports = (struct scripted_reports *)filter;
    for (size_t i = 0; i < reports->count; i++) {
        struct corruption *corruption = &reports->list[i];
        bool meant = corruption->corrupt->error_document == (kind == CONTRACT_ERROR);
        if (!meant || corruption->left == 0) {
            continue;
        }
        struct carafe_error error;
        size_t assigned = 0;
        const char *path = corruption->corrupt->name;
        if (json_document_assign_each(document, path, corruption->text, &assigned, &error) != 0) {
            verdict_error(reports->run, EXIT_USAGE, "corrupt: %s", error.text);
            return;
        }
        if (assigned > 0 && corruption->left != PROGRAM_UNLIMITED) { /* `*`: there may be no entry yet */
            corruption->left--;
        }
    }
}

void scripted_reports_init(struct scripted_reports *reports, struct run *run)
{
    *reports = (struct scripted_reports){.port = {.apply = apply}, .run = run};
}

void scripted_reports_close(struct scripted_reports *reports)
{
    for (size_t i = 0; i < reports->count; i++) {
        free(reports->list[i].text);
    }
    reports->count = 0;
}

void scripted_reports_corrupt(struct scripted_reports *reports, const struct program_corrupt *corrupt)
{
    if (reports->count == SCRIPTED_CORRUPTIONS_MAX) {
        verdict_error(reports->run, EXIT_USAGE, "corrupt: expected at most %d, got more", SCRIPTED_CORRUPTIONS_MAX);
        return;
    }
    reports->list[reports->count++] =
        (struct corruption){.corrupt = corrupt, .left = corrupt->count, .text = json_text(&corrupt->value)};
}
