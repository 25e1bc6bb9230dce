/* vectors report|error|transform FILE...: one line a mismatch, last `N passed, M failed`. */
#include "vectors.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define EXIT_USAGE 64
#define CHUNK      65536

/* Whether all of it could be read: what is cut short or damaged says so only at its end. */
static bool read_all(const char *path, struct json_buffer *text)
{
    gzFile file = gzopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    int count = 1;
    while (count > 0) {
        char *room = json_buffer_reserve(text, CHUNK);
        count = room == NULL ? -1 : gzread(file, room, CHUNK);
        text->len += count > 0 ? (size_t)count : 0;
    }
    return gzclose(file) == Z_OK && count == 0;
}

static void check_lines(const char *path, const struct json_buffer *text, vector_checker checker, void *state,
                        struct tally *tally)
{
    struct json_reader reader;
    struct json_document document;
    json_reader_init(&reader);
    json_document_init(&document);
    const char *end = text->bytes + text->len;
    const char *next = text->bytes;
    for (size_t number = 1; next < end; number++) {
        const char *line = next;
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((newline == NULL ? end : newline) - line);
        next = newline == NULL ? end : newline + 1;
        struct carafe_error error;
        if (len == 0) {
            continue;
        }
        if (json_document_parse(&document, &reader, line, len, &error) != 0) {
            printf("%s:%zu: %s\n", path, number, error.text);
            tally->failed++;
        } else if (checker(document.root, state) != 0) {
            tally->failed++;
        } else {
            tally->passed++;
        }
    }
    json_document_close(&document);
    json_reader_close(&reader);
}

void vectors_read(const char *path, vector_checker checker, void *state, struct tally *tally)
{
    struct json_buffer text;
    json_buffer_init(&text);
    if (!read_all(path, &text)) {
        printf("%s: cannot be read to its end\n", path);
        tally->failed++;
    }
    if (text.len > 0) {
        check_lines(path, &text, checker, state, tally);
    }
    json_buffer_close(&text);
}

char *vector_text(const struct json_value *object, const char *key, size_t *len)
{
    const struct json_value *value = json_find(object, key, strlen(key));
    size_t size = value != NULL && value->kind == JSON_STRING ? value->len : 0;
    char *text = malloc(size + 1);
    if (text == NULL) {
        abort();
    }
    memcpy(text, size > 0 ? value->text : "", size);
    text[size] = '\0';
    if (len != NULL) {
        *len = size;
    }
    return text;
}

static int usage(void)
{
    fprintf(stderr, "usage: vectors report|error|transform FILE...\n");
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return usage();
    }
    struct tally tally = {0};
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[1], "report") == 0) {
            check_contract_file(argv[i], CONTRACT_REPORT, &tally);
        } else if (strcmp(argv[1], "error") == 0) {
            check_contract_file(argv[i], CONTRACT_ERROR, &tally);
        } else if (strcmp(argv[1], "transform") == 0) {
            check_transform_file(argv[i], &tally);
        } else {
            return usage();
        }
    }
    printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
    return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}
