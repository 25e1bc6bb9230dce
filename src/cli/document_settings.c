/* Settings of librdkafka in the configuration, and where their secrets come from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/document.h"
#include "kafka/secrets.h"

#define SECRET_FILE_MAX 65536
#define NUMBER_MAX      64

static const char *from_environment(struct document *document, const struct place *place, const char *name)
{
    const char *value = getenv(name);
    if (value == NULL) {
        char got[DOCUMENT_PATH_MAX];
        (void)snprintf(got, sizeof got, "no variable %s", name);
        document_refuse(document, place, "a variable of the environment", got);
        return NULL;
    }
    return arena_copy(document->arena, value, strlen(value));
}

/* Without the newline that editors leave at its end. */
static const char *from_file(struct document *document, const struct place *place, const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = arena_allocate(document->arena, SECRET_FILE_MAX + 1, 1);
    size_t len = file != NULL ? fread(text, 1, SECRET_FILE_MAX + 1, file) : 0;
    bool whole = file != NULL && ferror(file) == 0 && len <= SECRET_FILE_MAX && memchr(text, '\0', len) == NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!whole) {
        char got[DOCUMENT_PATH_MAX];
        (void)snprintf(got, sizeof got, "'%.512s', which cannot be read", path);
        document_refuse(document, place, "a file of at most 65536 bytes of text", got);
        return NULL;
    }
    if (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    text[len] = '\0';
    return text;
}

/* `{"env": NAME}` or `{"file": PATH}` */
static const char *from_elsewhere(struct document *document, const struct place *place, const cJSON *value)
{
    const cJSON *source = value->child;
    bool one = source != NULL && source->next == NULL && cJSON_IsString(source);
    if (one && strcmp(source->string, "env") == 0) {
        return from_environment(document, place, source->valuestring);
    }
    if (one && strcmp(source->string, "file") == 0) {
        return from_file(document, place, source->valuestring);
    }
    document_refuse(document, place, "{\"env\": NAME} or {\"file\": PATH}", "another object");
    return NULL;
}

static const char *setting_text(struct document *document, const struct place *place, const cJSON *value)
{
    char number[NUMBER_MAX];
    if (cJSON_IsObject(value)) {
        return from_elsewhere(document, place, value);
    }
    if (secrets_name(value->string)) {
        document_refuse(document, place, "{\"env\": NAME} or {\"file\": PATH} for a secret", "a value");
        return NULL;
    }
    if (cJSON_IsString(value)) {
        return document_text(document, place, value);
    }
    if (cJSON_IsBool(value)) {
        return cJSON_IsTrue(value) ? "true" : "false";
    }
    if (cJSON_IsNumber(value)) {
        int len = snprintf(number, sizeof number, "%.15g", value->valuedouble);
        return arena_copy(document->arena, number, (size_t)len);
    }
    document_refuse_value(document, place, "a text, a number, true, false, {\"env\": NAME} or {\"file\": PATH}", value);
    return NULL;
}

void document_read_settings(struct document *document, const struct place *place, const cJSON *value,
                            struct carafe_settings *settings)
{
    if (!document_check_object(document, place, value)) {
        return;
    }
    size_t count = (size_t)cJSON_GetArraySize(value);
    struct carafe_setting *list = arena_allocate(document->arena, count + 1, sizeof *list);
    size_t used = 0;
    for (const cJSON *entry = value->child; entry != NULL; entry = entry->next) {
        struct place inner = place_in(place, entry->string);
        const char *text = setting_text(document, &inner, entry);
        if (text != NULL) {
            list[used].name = arena_copy(document->arena, entry->string, strlen(entry->string));
            list[used++].value = text;
        }
    }
    *settings = (struct carafe_settings){list, used};
}
