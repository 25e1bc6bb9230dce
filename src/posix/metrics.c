/* Read from /proc and /sys: no child process, which would cost tens of milliseconds a report. */
#include "posix/posix.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lock.h"
#include "posix/memory_limit.h"
#include "posix/text_file.h"

#define STAT_MAX     1024
#define STATM_MAX    128
#define LOADAVG_MAX  128
#define STAT_THREADS 17 /* fields from the state, the first behind the name, to the number of threads */

/*
 * There may be hundreds of processes, and most of them stay as they are: so of those that are known only a share is
 * read again in each sample.  Half of a machine's are threads of the kernel and have no memory at all.
 */
#define REMEMBERED   4096 /* processes, by their id modulo this */
#define GROWN_ROUND  4    /* one with memory is read again once in so many samples */
#define HOLLOW_ROUND 12   /* one without; a process id may be used anew */

struct remembered {
    int64_t id; /* 0: none */
    int64_t kib;
};

struct posix_metrics {
    struct metrics port;
    char *root;
    int64_t samples;
    struct remembered processes[REMEMBERED];
};

/*
 * Resident memory of one process from its `statm`: total and resident pages.  0: unknown.  There may be hundreds of
 * them in each report, so: a short path, and one read, which such a small file of the kernel answers whole.
 */
static int64_t resident_kib(int proc, const char *process)
{
    char path[NAME_MAX + sizeof "/statm"];
    char text[STATM_MAX];
    int64_t pages = 0;
    (void)snprintf(path, sizeof path, "%s/statm", process);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t len = read(fd, text, sizeof text - 1);
    (void)close(fd);
    text[len > 0 ? len : 0] = '\0';
    const char *next = text;
    if (!text_number(&next, &pages) || !text_number(&next, &pages)) {
        return 0;
    }
    int64_t bytes = 0;
    return __builtin_mul_overflow(pages, sysconf(_SC_PAGESIZE), &bytes) ? 0 : bytes / 1024;
}

/* Resident memory of one of many, as it was at most a round ago. */
static int64_t process_kib(struct posix_metrics *metrics, int proc, const char *name)
{
    const char *next = name;
    int64_t id = 0;
    if (!text_number(&next, &id)) {
        return 0;
    }
    struct remembered *process = &metrics->processes[id % REMEMBERED];
    int64_t round = process->kib == 0 ? HOLLOW_ROUND : GROWN_ROUND;
    if (process->id != id || id % round == metrics->samples % round) {
        *process = (struct remembered){id, resident_kib(proc, name)};
    }
    return process->kib;
}

/* Of this process, and of all that are visible. */
static void read_memory(struct posix_metrics *metrics, int64_t *own_kib, int64_t *total_kib)
{
    char path[PATH_MAX];
    *own_kib = 0;
    *total_kib = 0;
    (void)snprintf(path, sizeof path, "%s/proc", metrics->root);
    metrics->samples++;
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return;
    }
    int proc = dirfd(directory);
    *own_kib = resident_kib(proc, "self");
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        bool is_process = entry->d_name[strspn(entry->d_name, "0123456789")] == '\0';
        int64_t kib = is_process ? process_kib(metrics, proc, entry->d_name) : 0;
        int64_t sum = 0;
        *total_kib = __builtin_add_overflow(*total_kib, kib, &sum) ? *total_kib : sum;
    }
    (void)closedir(directory);
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
    lock_expect_none_held("metrics.sample");
    struct posix_metrics *metrics = (struct posix_metrics *)port;
    read_memory(metrics, &sample->memory_usage_kib, &sample->memory_total_usage_kib);
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
