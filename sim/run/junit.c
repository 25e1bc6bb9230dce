#include "run/junit.h"

#include "base/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct junit {
    const char *path;
    FILE *file;
    FILE *cases; /* kept apart: the numbers stand above them */
    uint64_t tests;
    uint64_t failures;
    uint64_t errors;
    double wall_s;
};

int junit_create(const char *path, struct junit **junit, struct carafe_error *error)
{
    struct junit *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "--junit: out of memory");
    }
    made->path = path;
    made->file = fopen(path, "we");
    made->cases = made->file != NULL ? tmpfile() : NULL;
    if (made->cases == NULL) {
        int code = error_set(error, CARAFE_FAILED, "--junit: %s: expected a file that can be written, got %s", path,
                             strerror(errno));
        if (made->file != NULL) {
            fclose(made->file);
        }
        free(made);
        return code;
    }
    *junit = made;
    return 0;
}

/* XML 1.0 has no way to say most control characters. */
static void write_text(FILE *out, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        switch (*at) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*at >= 0x20 || *at == '\n' || *at == '\t' ? *at : '?', out);
        }
    }
}

/* The first line of `text`. */
static void write_headline(FILE *out, const char *text)
{
    char line[512];
    size_t len = strcspn(text, "\n");
    len = len < sizeof line ? len : sizeof line - 1;
    memcpy(line, text, len);
    line[len] = '\0';
    write_text(out, line);
}

/* A failure is the scenario's; an error is of the file or of the simulator itself. */
static void write_failure(struct junit *junit, const struct finished *finished)
{
    bool failure = finished->code == EXIT_EXPECTATION_FAILED || finished->code == EXIT_DIFFERED;
    const char *element = failure ? "failure" : "error";
    junit->failures += failure ? 1 : 0;
    junit->errors += failure ? 0 : 1;
    fprintf(junit->cases, ">\n      <%s message=\"", element);
    write_headline(junit->cases, finished->result->text);
    fprintf(junit->cases, "\" type=\"exit code %d\">", (int)finished->code);
    write_text(junit->cases, finished->result->text);
    fprintf(junit->cases, "</%s>\n    </testcase>\n", element);
}

void junit_add(struct junit *junit, const struct finished *finished)
{
    junit->tests++;
    junit->wall_s += finished->wall_s;
    fputs("    <testcase classname=\"", junit->cases);
    write_text(junit->cases, finished->path);
    fprintf(junit->cases, "\" name=\"seed %" PRIu64 "\" time=\"%.3f\"", finished->seed, finished->wall_s);
    if (finished->code == EXIT_ALL_PASSED) {
        fputs("/>\n", junit->cases);
    } else {
        write_failure(junit, finished);
    }
}

static void write_numbers(struct junit *junit, const char *element)
{
    fprintf(junit->file,
            "<%s name=\"ksim\" tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"%" PRIu64
            "\" skipped=\"0\" time=\"%.3f\">\n",
            element, junit->tests, junit->failures, junit->errors, junit->wall_s);
}

static bool copy_cases(struct junit *junit)
{
    char chunk[8192];
    bool fine = fflush(junit->cases) == 0 && ferror(junit->cases) == 0;
    rewind(junit->cases);
    for (size_t len = 0; fine && (len = fread(chunk, 1, sizeof chunk, junit->cases)) > 0;) {
        fine = fwrite(chunk, 1, len, junit->file) == len;
    }
    return fine && ferror(junit->cases) == 0;
}

int junit_destroy(struct junit *junit, struct carafe_error *error)
{
    if (junit == NULL) {
        return 0;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", junit->file);
    write_numbers(junit, "testsuites");
    fputs("  ", junit->file);
    write_numbers(junit, "testsuite");
    bool fine = copy_cases(junit);
    fputs("  </testsuite>\n</testsuites>\n", junit->file);
    fine = ferror(junit->file) == 0 && fine;
    fine = fclose(junit->file) == 0 && fine;
    fclose(junit->cases);
    int code = fine ? 0
                    : error_set(error, CARAFE_FAILED, "--junit: %s: expected the file to take every line, got %s",
                                junit->path, strerror(errno));
    free(junit);
    return code;
}
