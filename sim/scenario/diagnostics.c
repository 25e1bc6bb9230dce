#include "scenario/diagnostics.h"

#include "base/nearest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_LEAD 200 /* bytes of a long line that are shown before the mark */

/* A line as it can be shown: no control characters, valid text stays as it is. */
static void source_copy(char *to, const char *from, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)from[i];
        if (byte == '\t') {
            to[i] = ' ';
        } else {
            to[i] = iscntrl(byte) ? '?' : from[i];
        }
    }
    to[len] = '\0';
}

static void text_copy(char *to, size_t size, const char *from)
{
    size_t len = strlen(from);
    source_copy(to, from, len < size ? len : size - 1);
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static void source_cut(struct program_error *error, const struct program_place *place)
{
    size_t len = strlen(place->text);
    size_t mark = (size_t)place->column - 1;
    size_t first = 0;
    if (len >= sizeof error->source && mark > SOURCE_LEAD) {
        first = mark - SOURCE_LEAD;
        while (first > 0 && is_continuation(place->text[first])) {
            first--;
        }
    }
    size_t shown = len > first ? len - first : 0;
    if (shown >= sizeof error->source) {
        shown = sizeof error->source - 1;
        while (shown > 0 && is_continuation(place->text[first + shown])) {
            shown--;
        }
    }
    source_copy(error->source, place->text + first, shown);
    error->source_column = (int)(mark - first) + 1;
}

void diagnostics_add(struct program_errors *errors, const struct program_place *place, int file_order,
                     const char *message)
{
    if (errors->count == PROGRAM_ERRORS_MAX) {
        errors->left_out++;
        return;
    }
    struct program_error *error = &errors->list[errors->count++];
    memset(error, 0, sizeof *error);
    text_copy(error->file, sizeof error->file, place->file);
    text_copy(error->message, sizeof error->message, message);
    error->line = place->line;
    error->column = place->column;
    error->len = place->len < 1 ? 1 : place->len;
    error->order = file_order;
    if (place->text != NULL) {
        source_cut(error, place);
    }
}

static int error_compare(const void *left, const void *right)
{
    const struct program_error *a = left;
    const struct program_error *b = right;
    if (a->order != b->order) {
        return a->order < b->order ? -1 : 1;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    if (a->column != b->column) {
        return a->column < b->column ? -1 : 1;
    }
    return strcmp(a->message, b->message);
}

void diagnostics_sort(struct program_errors *errors)
{
    qsort(errors->list, errors->count, sizeof errors->list[0], error_compare);
}

void nearest_init(struct nearest *nearest, const char *word)
{
    nearest->word = word;
    nearest->count = 0;
}

void nearest_consider(struct nearest *nearest, const char *candidate)
{
    if (nearest->count < NEAREST_CANDIDATES_MAX) {
        nearest->candidates[nearest->count++] = candidate;
    }
}

const char *nearest_best(const struct nearest *nearest)
{
    return nearest_word(nearest->word, nearest->candidates, nearest->count);
}

/* Spaces under `source` up to its byte `column`, a character of several bytes counted once. */
static void mark_print(FILE *stream, const char *source, int column, int len)
{
    int shown = (int)strlen(source);
    (void)fputs("      | ", stream);
    for (int i = 0; i < column - 1; i++) {
        if (i >= shown || !is_continuation(source[i])) {
            (void)fputc(' ', stream);
        }
    }
    int marks = 0;
    for (int i = column - 1; i < column - 1 + len && (i < shown || marks == 0); i++) {
        if (i >= shown || !is_continuation(source[i])) {
            (void)fputc('^', stream);
            marks++;
        }
    }
}

void program_place_print(FILE *stream, const struct program_place *place, const char *remark)
{
    struct program_error shown = {.len = place->len};
    source_cut(&shown, place);
    (void)fprintf(stream, "%5d | %s\n", place->line, shown.source);
    mark_print(stream, shown.source, shown.source_column, place->len);
    (void)fprintf(stream, "%s%s\n", remark == NULL ? "" : " ", remark == NULL ? "" : remark);
}

static void error_print(FILE *stream, const struct program_error *error)
{
    if (error->line == 0) {
        (void)fprintf(stream, "%s: %s\n", error->file, error->message);
        return;
    }
    (void)fprintf(stream, "%s:%d:%d: %s\n", error->file, error->line, error->column, error->message);
    if (error->source_column == 0) {
        return;
    }
    (void)fprintf(stream, "%5d | %s\n", error->line, error->source);
    mark_print(stream, error->source, error->source_column, error->len);
    (void)fputc('\n', stream);
}

void program_errors_print(FILE *stream, const struct program_errors *errors)
{
    for (size_t i = 0; i < errors->count; i++) {
        if (i > 0) {
            (void)fputc('\n', stream);
        }
        error_print(stream, &errors->list[i]);
    }
    if (errors->left_out > 0) {
        (void)fprintf(stream, "\nand %zu more\n", errors->left_out);
    }
}
