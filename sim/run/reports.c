#include "run/reports.h"

#include "base/error.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define INFLATE_CHUNK 16384

struct reports_folder {
    char path[PATH_MAX];
    FILE *index;
    unsigned count;
};

/* ---- Inflating --------------------------------------------------------------------------------------------------- */

static int grow(char **text, size_t *size)
{
    size_t bigger = *size == 0 ? INFLATE_CHUNK : *size * 2;
    char *moved = bigger <= 2 * (size_t)REPORTS_DOCUMENT_MAX ? realloc(*text, bigger) : NULL;
    if (moved == NULL) {
        return CARAFE_FULL;
    }
    *text = moved;
    *size = bigger;
    return 0;
}

/* Inflates all of it into *text; Z_STREAM_END when that went well. */
static int inflate_all(z_stream *stream, char **text, size_t *size, size_t *len)
{
    int code = Z_OK;
    while (code == Z_OK) {
        if (*len + 1 >= *size && grow(text, size) != 0) {
            return Z_MEM_ERROR;
        }
        stream->next_out = (Bytef *)*text + *len;
        stream->avail_out = (uInt)(*size - *len - 1);
        code = inflate(stream, Z_NO_FLUSH);
        *len = *size - 1 - stream->avail_out;
    }
    return code;
}

char *reports_inflate(const void *payload, size_t len, size_t *text_len, struct carafe_error *error)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)payload, .avail_in = (uInt)len};
    char *text = NULL;
    size_t size = 0;
    *text_len = 0;
    if (payload == NULL || len > UINT_MAX || inflateInit(&stream) != Z_OK) {
        error_set(error, CARAFE_INVALID, "payload: expected a zlib stream, got nothing");
        return NULL;
    }
    int code = inflate_all(&stream, &text, &size, text_len);
    bool whole = code == Z_STREAM_END && stream.avail_in == 0;
    inflateEnd(&stream);
    if (!whole) {
        error_set(error, CARAFE_INVALID, "payload: expected one zlib stream, got %s", zError(code));
        free(text);
        return NULL;
    }
    text[*text_len] = '\0';
    return text;
}

/* ---- The folder -------------------------------------------------------------------------------------------------- */

static FILE *open_file(const char *folder, const char *name, struct carafe_error *error)
{
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        error_set(error, CARAFE_FAILED, "%s: expected a file that can be written, got %s", path, strerror(errno));
    }
    return file;
}

int reports_folder_create(const char *path, struct reports_folder **folder, struct carafe_error *error)
{
    if (strlen(path) >= PATH_MAX) {
        return error_set(error, CARAFE_INVALID, "--reports: expected a shorter path, got %zu bytes", strlen(path));
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return error_set(error, CARAFE_FAILED, "%s: expected a folder that can be made, got %s", path, strerror(errno));
    }
    struct reports_folder *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "--reports: out of memory");
    }
    snprintf(made->path, sizeof made->path, "%s", path);
    made->index = open_file(path, "index.jsonl", error);
    if (made->index == NULL) {
        free(made);
        return CARAFE_FAILED;
    }
    *folder = made;
    return 0;
}

void reports_folder_destroy(struct reports_folder *folder)
{
    if (folder != NULL) {
        fclose(folder->index);
        free(folder);
    }
}

static int write_file(struct reports_folder *folder, const char *ending, const void *bytes, size_t len,
                      struct carafe_error *error)
{
    char name[32];
    snprintf(name, sizeof name, "%04u.%s", folder->count, ending);
    FILE *file = open_file(folder->path, name, error);
    if (file == NULL) {
        return CARAFE_FAILED;
    }
    size_t written = fwrite(bytes, 1, len, file);
    if (fclose(file) != 0 || written != len) {
        return error_set(error, CARAFE_FAILED, "%s/%s: expected to write %zu bytes, got %s", folder->path, name, len,
                         strerror(errno));
    }
    return 0;
}

static char *text_of(const void *bytes, size_t len)
{
    char *text = malloc(len + 1);
    if (text != NULL && len > 0) {
        memcpy(text, bytes, len);
    }
    if (text != NULL) {
        text[len] = '\0';
    }
    return text;
}

static void add_text(cJSON *object, const char *name, const void *bytes, size_t len)
{
    char *text = bytes != NULL ? text_of(bytes, len) : NULL;
    if (text != NULL) {
        cJSON_AddStringToObject(object, name, text);
    } else {
        cJSON_AddNullToObject(object, name);
    }
    free(text);
}

static void write_index(struct reports_folder *folder, const struct reports_entry *entry)
{
    cJSON *line = cJSON_CreateObject();
    char number[16];
    snprintf(number, sizeof number, "%04u", folder->count);
    cJSON_AddStringToObject(line, "number", number);
    cJSON_AddNumberToObject(line, "at_ns", (double)entry->at_ns);
    cJSON_AddStringToObject(line, "topic", entry->topic);
    cJSON_AddNumberToObject(line, "partition", entry->partition);
    cJSON_AddNumberToObject(line, "offset", (double)entry->offset);
    add_text(line, "key", entry->key, entry->key_len);
    cJSON *headers = cJSON_AddObjectToObject(line, "headers");
    for (size_t i = 0; i < entry->header_count; i++) {
        add_text(headers, entry->headers[i].name, entry->headers[i].value, entry->headers[i].value_len);
    }
    char *text = cJSON_PrintUnformatted(line);
    fprintf(folder->index, "%s\n", text != NULL ? text : "{}");
    fflush(folder->index); /* nobody closes it when a server ends by force */
    cJSON_free(text);
    cJSON_Delete(line);
}

int reports_folder_add(struct reports_folder *folder, const struct reports_entry *entry, struct carafe_error *error)
{
    int code = write_file(folder, "bin", entry->payload, entry->payload_len, error);
    if (code == 0) {
        code = write_file(folder, "json", entry->text, entry->text_len, error);
    }
    if (code == 0) {
        write_index(folder, entry);
        folder->count++;
    }
    return code;
}
