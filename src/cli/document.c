#include "cli/document.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"

#define GOT_MAX       128
#define EXPECTED_MAX  640
#define KEYS_MAX      64
#define INTEGER_BOUND 9007199254740992.0 /* beyond, a double skips integers */

struct place place_in(const struct place *place, const char *key)
{
    struct place inner;
    (void)snprintf(inner.path, sizeof inner.path, "%.*s%s%.*s", DOCUMENT_PATH_MAX / 2, place->path,
                   place->path[0] != '\0' ? "." : "", DOCUMENT_PATH_MAX / 4, key);
    return inner;
}

void document_refuse(struct document *document, const struct place *place, const char *expected, const char *got)
{
    document->result = error_append(document->error, CARAFE_INVALID, "%s: %s%sexpected %s, got %s", document->file,
                                    place->path, place->path[0] != '\0' ? ": " : "", expected, got);
}

static void describe(const cJSON *value, char got[GOT_MAX])
{
    if (cJSON_IsString(value)) {
        (void)snprintf(got, GOT_MAX, "the text '%.60s'", value->valuestring);
    } else if (cJSON_IsNumber(value)) {
        (void)snprintf(got, GOT_MAX, "the number %.17g", value->valuedouble);
    } else if (cJSON_IsBool(value)) {
        (void)snprintf(got, GOT_MAX, "%s", cJSON_IsTrue(value) ? "true" : "false");
    } else {
        (void)snprintf(got, GOT_MAX, "%s",
                       cJSON_IsObject(value)  ? "an object"
                       : cJSON_IsArray(value) ? "a list"
                                              : "null");
    }
}

void document_refuse_value(struct document *document, const struct place *place, const char *expected,
                           const cJSON *value)
{
    char got[GOT_MAX];
    describe(value, got);
    document_refuse(document, place, expected, got);
}

bool document_check_object(struct document *document, const struct place *place, const cJSON *value)
{
    if (!cJSON_IsObject(value)) {
        document_refuse_value(document, place, "an object", value);
        return false;
    }
    bool once = true;
    for (const cJSON *entry = value->child; entry != NULL; entry = entry->next) {
        for (const cJSON *later = entry->next; later != NULL; later = later->next) {
            if (strcmp(entry->string, later->string) == 0) {
                struct place inner = place_in(place, entry->string);
                document_refuse(document, &inner, "each key once", "it twice");
                once = false;
            }
        }
    }
    return once;
}

const char *document_text(struct document *document, const struct place *place, const cJSON *value)
{
    if (!cJSON_IsString(value)) {
        document_refuse_value(document, place, "a text", value);
        return NULL;
    }
    return arena_copy(document->arena, value->valuestring, strlen(value->valuestring));
}

/* ---- Values ---- */

static bool read_integer(struct document *document, const struct place *place, const cJSON *value, double least,
                         double most, int64_t *number)
{
    double given = cJSON_IsNumber(value) ? value->valuedouble : NAN;
    if (!(given >= least && given <= most && floor(given) == given)) {
        char expected[EXPECTED_MAX];
        (void)snprintf(expected, sizeof expected, "an integer from %.0f to %.0f", least, most);
        document_refuse_value(document, place, expected, value);
        return false;
    }
    *number = (int64_t)given;
    return true;
}

static void read_names(struct document *document, const struct place *place, const cJSON *value,
                       struct carafe_names *names)
{
    if (!cJSON_IsArray(value)) {
        document_refuse_value(document, place, "a list of texts", value);
        return;
    }
    size_t count = (size_t)cJSON_GetArraySize(value);
    const char **list = arena_allocate(document->arena, count + 1, sizeof *list);
    size_t used = 0;
    for (const cJSON *entry = value->child; entry != NULL; entry = entry->next) {
        const char *text = document_text(document, place, entry);
        if (text != NULL) {
            list[used++] = text;
        }
    }
    *names = (struct carafe_names){list, used};
}

static void read_number(struct document *document, const struct place *place, const cJSON *value, enum field_kind kind,
                        void *target)
{
    int64_t number = 0;
    double least = kind == FIELD_INT ? INT_MIN : 0;
    double most = kind == FIELD_INT ? INT_MAX : INTEGER_BOUND;
    if (!read_integer(document, place, value, least, most, &number)) {
        return;
    }
    if (kind == FIELD_SIZE) {
        *(size_t *)target = (size_t)number;
    } else if (kind == FIELD_MS) {
        *(int64_t *)target = number;
    } else {
        *(int *)target = (int)number;
    }
}

static void read_field(struct document *document, const struct place *place, const cJSON *value,
                       const struct field *field, void *target)
{
    const char *text = NULL;
    switch (field->kind) {
    case FIELD_TEXT:
        text = document_text(document, place, value);
        *(const char **)target = text != NULL ? text : *(const char **)target;
        break;
    case FIELD_BOOL:
        if (cJSON_IsBool(value)) {
            *(bool *)target = cJSON_IsTrue(value);
        } else {
            document_refuse_value(document, place, "true or false", value);
        }
        break;
    case FIELD_NAMES:
        read_names(document, place, value, target);
        break;
    case FIELD_SETTINGS:
        document_read_settings(document, place, value, target);
        break;
    case FIELD_OBJECT:
        document_read(document, place, value, field->fields, target);
        break;
    default:
        read_number(document, place, value, field->kind, target);
        break;
    }
}

/* ---- Objects ---- */

/* Where no key is near, all of them help. */
static void list_keys(char expected[EXPECTED_MAX], const char *const known[], size_t count)
{
    size_t len = (size_t)snprintf(expected, EXPECTED_MAX, "one of ");
    for (size_t i = 0; i < count && len < EXPECTED_MAX; i++) {
        len += (size_t)snprintf(expected + len, EXPECTED_MAX - len, "%s%s", i > 0 ? ", " : "", known[i]);
    }
}

static void refuse_key(struct document *document, const struct place *place, const struct field *fields,
                       const char *key)
{
    const char *known[KEYS_MAX];
    size_t count = 0;
    for (; fields[count].name != NULL && count < KEYS_MAX; count++) {
        known[count] = fields[count].name;
    }
    const char *nearest = nearest_word(key, known, count);
    char expected[EXPECTED_MAX];
    if (nearest != NULL) {
        (void)snprintf(expected, sizeof expected, "a known key such as %s", nearest);
    } else {
        list_keys(expected, known, count);
    }
    struct place inner = place_in(place, key);
    document_refuse(document, &inner, expected, "an unknown one");
}

void document_read(struct document *document, const struct place *place, const cJSON *value, const struct field *fields,
                   void *target)
{
    if (!document_check_object(document, place, value)) {
        return;
    }
    for (const cJSON *entry = value->child; entry != NULL; entry = entry->next) {
        const struct field *field = fields;
        while (field->name != NULL && strcmp(field->name, entry->string) != 0) {
            field++;
        }
        struct place inner = place_in(place, entry->string);
        if (field->name == NULL) {
            refuse_key(document, place, fields, entry->string);
        } else if (field->read != NULL) {
            field->read(document, &inner, entry, target);
        } else {
            read_field(document, &inner, entry, field, (char *)target + field->offset);
        }
    }
}
