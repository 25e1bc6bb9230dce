#include "run/corruptions.h"

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

/* ---- The list ---------------------------------------------------------------------------------------------------- */

void corruptions_init(struct corruptions *corruptions, struct run *run)
{
    *corruptions = (struct corruptions){.run = run};
}

void corruptions_close(struct corruptions *corruptions)
{
    for (size_t i = 0; i < corruptions->count; i++) {
        free(corruptions->list[i].text);
    }
    corruptions->count = 0;
}

void corruptions_add(struct corruptions *corruptions, const struct program_corrupt *corrupt)
{
    if (corruptions->count == CORRUPTIONS_MAX) {
        verdict_error(corruptions->run, EXIT_USAGE, "corrupt: expected at most %d, got more", CORRUPTIONS_MAX);
        return;
    }
    corruptions->list[corruptions->count++] =
        (struct corruption){.corrupt = corrupt, .left = corrupt->count, .text = json_text(&corrupt->value)};
}

static void count_down(struct corruption *corruption)
{
    if (corruption->left != PROGRAM_UNLIMITED) {
        corruption->left--;
    }
}

static bool is_meant(const struct corruption *corruption, enum program_document kind)
{
    return corruption->corrupt->document == kind && corruption->left > 0;
}

bool corruptions_wait(const struct corruptions *corruptions, enum program_document kind)
{
    for (size_t i = 0; i < corruptions->count; i++) {
        if (is_meant(&corruptions->list[i], kind)) {
            return true;
        }
    }
    return false;
}

const char *corruptions_whole(struct corruptions *corruptions, enum program_document kind)
{
    for (size_t i = 0; i < corruptions->count; i++) {
        struct corruption *corruption = &corruptions->list[i];
        if (is_meant(corruption, kind) && corruption->corrupt->name == NULL) {
            count_down(corruption);
            return corruption->corrupt->value.text;
        }
    }
    return NULL;
}

int corruptions_apply(struct corruptions *corruptions, enum program_document kind, struct json_document *document,
                      struct carafe_error *error)
{
    int result = 0;
    for (size_t i = 0; i < corruptions->count; i++) {
        struct corruption *corruption = &corruptions->list[i];
        size_t assigned = 0;
        if (!is_meant(corruption, kind) || corruption->corrupt->name == NULL) {
            continue;
        }
        int code = json_document_assign_each(document, corruption->corrupt->name, corruption->text, &assigned, error);
        result = result != 0 ? result : code;
        if (assigned > 0) { /* `*`: there may be no entry yet */
            count_down(corruption);
        }
    }
    return result;
}
