/* Read from /proc and /sys: no child process, which would cost tens of milliseconds a report. */
#include "posix/posix.h"

#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posix/memory_limit.h"
#include "posix/text_file.h"

#define STAT_MAX     1024
#define STATM_MAX    128
#define LOADAVG_MAX  128
#define STAT_THREADS 17 /* fields from the state, the first behind the name, to the number of threads */

struct posix_metrics {
    struct metrics port;
    char *root;
};

/* Resident memory of one process from its `statm`: total and resident pages.  0: unknown. */
static int64_t resident_kib(const char *root, const char *process)
{
    char path[PATH_MAX];
    char text[STATM_MAX];
    int64_t pages = 0;
    int len = snprintf(path, sizeof path, "%s/proc/%s/statm", root, process);
    if (len < 0 || (size_t)len >= sizeof path || !text_file_read(path, text, sizeof text)) {
        return 0;
    }
    const char *next = text;
    if (!text_number(&next, &pages) || !text_number(&next, &pages)) {
        return 0;
    }
    int64_t bytes = 0;
    return __builtin_mul_overflow(pages, sysconf(_SC_PAGESIZE), &bytes) ? 0 : bytes / 1024;
}

static int64_t resident_of_all_kib(const char *root)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/proc", root);
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return 0;
    }
    int64_t total = 0;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        bool is_process = entry->d_name[strspn(entry->d_name, "0123456789")] == '\0';
        int64_t kib = is_process ? resident_kib(root, entry->d_name) : 0;
        total = __builtin_add_overflow(total, kib, &kib) ? total : kib;
    }
    (void)closedir(directory);
    return total;
}

/* The name of the process, in parentheses, may have any character: what counts begins behind the last one. */
static int64_t thread_count(const char *root)
{
    char path[PATH_MAX];
    char text[STAT_MAX];
    int64_t threads = 0;
    (void)snprintf(path, sizeof path, "%s/proc/self/stat", root);
    (void)text_file_read(path, text, sizeof text);
    const char *next = strrchr(text, ')');
    for (int field = 0; next != NULL && field <= STAT_THREADS; field++) {
        next = strchr(next + 1, ' ');
    }
    return next != NULL && text_number(&next, &threads) ? threads : 0;
}

/* `1.25` in any locale. */
static bool decimal(const char **text, double *value)
{
    int64_t whole = 0;
    if (!text_number(text, &whole)) {
        return false;
    }
    *value = (double)whole;
    double weight = 0.1;
    if (**text == '.') {
        for ((*text)++; **text >= '0' && **text <= '9'; (*text)++) {
            *value += weight * (**text - '0');
            weight /= 10;
        }
    }
    return true;
}

static void read_load(const char *root, double load[3])
{
    char path[PATH_MAX];
    char text[LOADAVG_MAX];
    (void)snprintf(path, sizeof path, "%s/proc/loadavg", root);
    (void)text_file_read(path, text, sizeof text);
    const char *next = text;
    for (int i = 0; i < 3; i++) {
        if (!decimal(&next, &load[i])) {
            load[i] = -1;
        }
    }
}

/* The processors that we may use. */
static int64_t cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return CPU_COUNT(&set);
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN); /* more of them than a cpu_set_t can name */
    return online > 0 ? online : 1;
}

static void take_sample(struct metrics *port, struct metrics_sample *sample)
{
    const struct posix_metrics *metrics = (struct posix_metrics *)port;
    sample->memory_usage_kib = resident_kib(metrics->root, "self");
    sample->memory_total_usage_kib = resident_of_all_kib(metrics->root);
    sample->memory_size_kib = memory_limit_kib(metrics->root);
    sample->cpus = cpu_count();
    sample->threads = thread_count(metrics->root);
    read_load(metrics->root, sample->load);
}

struct metrics *posix_metrics_create(const char *root)
{
    struct posix_metrics *metrics = calloc(1, sizeof *metrics);
    char *copy = strdup(root);
    if (metrics == NULL || copy == NULL) {
        free(metrics);
        free(copy);
        return NULL;
    }
    metrics->port.sample = take_sample;
    metrics->root = copy;
    return &metrics->port;
}

void posix_metrics_destroy(struct metrics *port)
{
    if (port != NULL) {
        free(((struct posix_metrics *)port)->root);
        free(port);
    }
}
