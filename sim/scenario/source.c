#include "scenario/source.h"

#include "scenario/diagnostics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only an ordinary file: a device or a pipe could block or never end. */
static int file_open(const char *path, size_t *len, char *reason, size_t reason_size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        (void)snprintf(reason, reason_size, "expected a readable file, got \"%s\"", strerror(errno));
        return -1;
    }
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        (void)snprintf(reason, reason_size, "expected an ordinary file, got %s",
                       S_ISDIR(status.st_mode) ? "a folder" : "a device, pipe or socket");
        (void)close(file);
        return -1;
    }
    if (status.st_size > PROGRAM_FILE_BYTES_MAX) {
        (void)snprintf(reason, reason_size, "expected at most %d bytes, got %lld", PROGRAM_FILE_BYTES_MAX,
                       (long long)status.st_size);
        (void)close(file);
        return -1;
    }
    *len = (size_t)status.st_size;
    return file;
}

char *source_bytes(struct arena *arena, const char *path, size_t *len, char *reason, size_t reason_size)
{
    size_t size = 0;
    int file = file_open(path, &size, reason, reason_size);
    if (file < 0) {
        return NULL;
    }
    char *text = arena_alloc(arena, size + 1);
    size_t used = 0;
    while (text != NULL && used < size) {
        ssize_t got = read(file, text + used, size - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            (void)snprintf(reason, reason_size, "expected a readable file, got \"%s\"", strerror(errno));
            (void)close(file);
            return NULL;
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
    }
    (void)close(file);
    *len = used;
    return text;
}

const char *source_canonical(struct arena *arena, const char *path, char *reason, size_t reason_size)
{
    char *real = realpath(path, NULL);
    if (real == NULL) {
        (void)snprintf(reason, reason_size, "expected a readable file, got \"%s\"", strerror(errno));
        return NULL;
    }
    const char *kept = arena_text(arena, real, strlen(real));
    free(real);
    return kept;
}

const char *source_beside(struct arena *arena, const char *from, const char *name)
{
    const char *slash = strrchr(from, '/');
    size_t folder = slash == NULL || name[0] == '/' ? 0 : (size_t)(slash - from) + 1;
    size_t len = strlen(name);
    char *path = arena_alloc(arena, folder + len + 1);
    if (path != NULL) {
        memcpy(path, from, folder);
        memcpy(path + folder, name, len);
    }
    return path;
}

/* Length of the UTF-8 character at `byte`, 0 when it is none: no overlong forms, surrogates or values past U+10FFFF. */
static size_t utf8_len(const unsigned char *byte, size_t left)
{
    if (byte[0] < 0x80) {
        return 1;
    }
    size_t len = byte[0] >= 0xF0 ? 4 : byte[0] >= 0xE0 ? 3 : 2;
    if (byte[0] < 0xC2 || byte[0] > 0xF4 || left < len) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((byte[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    if ((byte[0] == 0xE0 && byte[1] < 0xA0) || (byte[0] == 0xED && byte[1] > 0x9F) ||
        (byte[0] == 0xF0 && byte[1] < 0x90) || (byte[0] == 0xF4 && byte[1] > 0x8F)) {
        return 0;
    }
    return len;
}

/* The first byte of a line that is no text, or `len`; `what` names it. */
static size_t line_flaw(const char *line, size_t len, char *what, size_t what_size)
{
    const unsigned char *bytes = (const unsigned char *)line;
    for (size_t i = 0; i < len;) {
        if (bytes[i] == 0) {
            (void)snprintf(what, what_size, "a NUL byte");
            return i;
        }
        if ((bytes[i] < 0x20 && bytes[i] != '\t') || bytes[i] == 0x7F) {
            (void)snprintf(what, what_size, "control character 0x%02x", bytes[i]);
            return i;
        }
        size_t step = utf8_len(bytes + i, len - i);
        if (step == 0) {
            (void)snprintf(what, what_size, "byte 0x%02x, which is no UTF-8", bytes[i]);
            return i;
        }
        i += step;
    }
    return len;
}

/* What can be shown of a flawed line: everything but the flaws. */
static void line_mend(char *line, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t step = utf8_len((const unsigned char *)line + i, len - i);
        if (step == 0 || (unsigned char)line[i] < 0x20) {
            line[i] = line[i] == '\t' ? '\t' : '?';
            step = 1;
        }
        i += step;
    }
}

static bool line_check(const struct source *source, char *line, size_t len, int number, struct program_errors *errors)
{
    struct program_place place = {.file = source->name, .line = number, .column = 1, .len = 1, .text = line};
    char message[PROGRAM_ERROR_BYTES_MAX];
    if (len > PROGRAM_LINE_BYTES_MAX) {
        (void)snprintf(message, sizeof message, "line: expected at most %d bytes, got %zu", PROGRAM_LINE_BYTES_MAX,
                       len);
        line_mend(line, len);
        diagnostics_add(errors, &place, source->order, message);
        return false;
    }
    char what[64];
    size_t flaw = line_flaw(line, len, what, sizeof what);
    if (flaw == len) {
        return true;
    }
    (void)snprintf(message, sizeof message, "line: expected UTF-8 text, got %s", what);
    place.column = (int)flaw + 1;
    line_mend(line, len);
    diagnostics_add(errors, &place, source->order, message);
    return false;
}

static size_t lines_count(const char *text, size_t len)
{
    size_t count = 1;
    for (size_t i = 0; i < len; i++) {
        count += text[i] == '\n' ? 1 : 0;
    }
    return count;
}

int source_cut_lines(struct arena *arena, struct source *source, char *text, size_t len, struct program_errors *errors)
{
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    source->lines = arena_alloc(arena, lines_count(text, len) * sizeof *source->lines);
    if (source->lines == NULL) {
        return CARAFE_NO_MEMORY;
    }
    bool fine = true;
    size_t first = 0;
    while (first < len) {
        const char *end = memchr(text + first, '\n', len - first);
        size_t next = end == NULL ? len : (size_t)(end - text);
        size_t line_len = next - first;
        if (line_len > 0 && text[next - 1] == '\r') {
            line_len--;
        }
        text[first + line_len] = '\0';
        source->lines[source->line_count++] = text + first;
        fine = line_check(source, text + first, line_len, (int)source->line_count, errors) && fine;
        first = next + 1;
    }
    return fine ? 0 : CARAFE_INVALID;
}
