#include "run/tap.h"

#include <inttypes.h>
#include <string.h>

void tap_begin(uint64_t total)
{
    printf("TAP version 13\n1..%" PRIu64 "\n", total);
}

/* `#` would begin a directive. */
static void print_path(const char *path)
{
    for (; *path != '\0'; path++) {
        if (*path == '#' || *path == '\\') {
            putchar('\\');
        }
        putchar((unsigned char)*path >= 0x20 ? *path : '?');
    }
}

static void print_diagnosis(const struct finished *finished)
{
    printf("  ---\n  exit_code: %d\n  message: |\n", (int)finished->code);
    for (const char *line = finished->result->text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        printf("    %.*s\n", (int)len, line);
        line += len + (line[len] == '\n' ? 1 : 0);
    }
    puts("  ...");
}

void tap_add(uint64_t number, const struct finished *finished)
{
    bool passed = finished->code == EXIT_ALL_PASSED;
    printf("%s %" PRIu64 " - ", passed ? "ok" : "not ok", number);
    print_path(finished->path);
    printf(" seed %" PRIu64 "\n", finished->seed);
    if (!passed) {
        print_diagnosis(finished);
    }
    fflush(stdout);
}

void tap_end(uint64_t passed, uint64_t failed)
{
    printf("# %" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
}
