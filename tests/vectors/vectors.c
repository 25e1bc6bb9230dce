/* vectors report|error|transform FILE...: one line a mismatch, last `N passed, M failed`. */
#include "vectors.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define EXIT_USAGE 64

/* Read one line of any length into `line`. */
static bool read_line(gzFile file, struct json_buffer *line)
{
    json_buffer_reset(line);
    for (;;) {
        char *room = json_buffer_reserve(line, 65536);
        if (room == NULL || gzgets(file, room, 65536) == NULL) {
            return line->len > 0;
        }
        line->len += strlen(room);
        if (line->bytes[line->len - 1] == '\n') {
            line->len--;
            return true;
        }
    }
}

void vectors_read(const char *path, vector_checker checker, void *state, struct tally *tally)
{
    gzFile file = gzopen(path, "rb");
    if (file == NULL) {
        printf("%s: cannot be opened\n", path);
        tally->failed++;
        return;
    }
    struct json_buffer line;
    struct json_reader reader;
    struct json_document document;
    json_buffer_init(&line);
    json_reader_init(&reader);
    json_document_init(&document);
    for (size_t number = 1; read_line(file, &line); number++) {
        struct carafe_error error;
        if (line.len == 0) {
            continue;
        }
        if (json_document_parse(&document, &reader, line.bytes, line.len, &error) != 0) {
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
    json_buffer_close(&line);
    gzclose(file);
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
