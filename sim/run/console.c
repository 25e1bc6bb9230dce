#include "run/console.h"

#include "run/child.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_WIDTH 40

bool console_has_colours(void)
{
    return isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == NULL;
}

double console_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void console_begin(struct console *console, uint64_t total)
{
    *console = (struct console){.bar = total > 1 && isatty(STDOUT_FILENO) != 0,
                                .colours = console_has_colours(),
                                .total = total,
                                .started = console_seconds()};
}

void console_clear(const struct console *console)
{
    if (console->bar) {
        fputs("\r\033[K", stdout);
    }
}

void console_progress(const struct console *console, uint64_t done, uint64_t failed)
{
    if (!console->bar) {
        return;
    }
    char bar[PROGRESS_WIDTH + 1];
    memset(bar, ' ', PROGRESS_WIDTH);
    memset(bar, '#', (size_t)(done * PROGRESS_WIDTH / console->total));
    bar[PROGRESS_WIDTH] = '\0';
    double elapsed = console_seconds() - console->started;
    printf("\r[%s] %llu/%llu  %llu failed  %.0f/s\033[K", bar, (unsigned long long)done,
           (unsigned long long)console->total, (unsigned long long)failed, elapsed > 0 ? (double)done / elapsed : 0.0);
    fflush(stdout);
}

static void print_verdict(const struct console *console, bool passed)
{
    const char *word = passed ? "PASS" : "FAIL";
    if (console->colours) {
        printf("%s%s" CONSOLE_PLAIN, passed ? CONSOLE_GREEN : CONSOLE_RED, word);
    } else {
        fputs(word, stdout);
    }
}

void console_failure(const struct console *console, const struct finished *finished)
{
    console_clear(console);
    fputs(finished->result->text, stdout);
    if (console->total > 1) { /* else the line of the scenario says it */
        print_verdict(console, false);
        printf(" %s: seed %llu\n", child_base_name(finished->path), (unsigned long long)finished->seed);
    }
}

void console_tally(const struct console *console, const char *path, const struct tally *tally)
{
    print_verdict(console, tally->failed == 0);
    printf(" %s: ", child_base_name(path));
    if (tally->runs == 1) {
        printf("virtual %.3f s, wall %.3f s, %llu events, trace %016llx, seed %llu\n", (double)tally->virtual_ns / 1e9,
               tally->wall, (unsigned long long)tally->events, (unsigned long long)tally->last_hash,
               (unsigned long long)tally->last_seed);
        return;
    }
    printf("%llu of %llu seeds, virtual %.3f s, wall %.3f s, %llu events, traces %016llx",
           (unsigned long long)(tally->runs - tally->failed), (unsigned long long)tally->runs,
           (double)tally->virtual_ns / 1e9, tally->wall, (unsigned long long)tally->events,
           (unsigned long long)tally->hash);
    if (tally->failed > 0) {
        printf(", first failing seed %llu", (unsigned long long)tally->first_failed_seed);
    }
    putchar('\n');
}

void console_end(const struct console *console, uint64_t done, uint64_t failed, int signal)
{
    if (console->total != 1) {
        printf("%llu passed, %llu failed\n", (unsigned long long)(done - failed), (unsigned long long)failed);
    }
    if (signal != 0) {
        printf("stopped by signal %d (%s) after %llu of %llu runs\n", signal, strsignal(signal),
               (unsigned long long)done, (unsigned long long)console->total);
    }
    fflush(stdout);
}
