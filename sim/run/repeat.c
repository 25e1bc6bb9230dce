#include "run/repeat.h"

#include <inttypes.h>
#include <string.h>

#define PLAIN "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=:,+@%"

/* In single quotes when a shell would see more in it than a word. */
static void write_word(FILE *out, const char *word)
{
    if (word[0] != '\0' && word[strspn(word, PLAIN)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (const char *at = word; *at != '\0'; at++) {
        if (*at == '\'') {
            fputs("'\\''", out);
        } else {
            fputc(*at, out);
        }
    }
    fputc('\'', out);
}

void repeat_write(FILE *out, const struct options *options, const char *path, uint64_t seed)
{
    if (options->preset != NULL) {
        fputs("KSIM_PRESET=", out);
        write_word(out, options->preset);
        fputc(' ', out);
    }
    write_word(out, options->command != NULL ? options->command : "ksim");
    fprintf(out, "%s --seed %" PRIu64, options->verify ? " --verify" : "", seed);
    if (options->backend != BACKEND_DEFAULT) {
        fprintf(out, " --backend %s", options->backend == BACKEND_THREADS ? "threads" : "coroutines");
    }
    if (options->wall_limit_s != OPTIONS_WALL_LIMIT_S) {
        fprintf(out, " --wall-limit %d", options->wall_limit_s);
    }
    for (size_t i = 0; i < options->define_count; i++) {
        fputs(" -D ", out);
        write_word(out, options->defines[i].name);
        fputc('=', out);
        write_word(out, options->defines[i].value);
    }
    fputs(path[0] == '-' ? " ./" : " ", out);
    write_word(out, path);
}
