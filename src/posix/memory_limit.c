#include "posix/memory_limit.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "posix/text_file.h"

#define CGROUPS_MAX 8192
#define NUMBER_MAX  64
#define MEMINFO_MAX 4096

/* Version 1 writes "no limit" as the largest number of pages; nobody has an exbibyte. */
#define NO_LIMIT (INT64_C(1) << 60)

struct hierarchy {
    const char *mount; /* below /sys/fs/cgroup */
    const char *file;
};

static const struct hierarchy version_1 = {"/memory", "memory.limit_in_bytes"};
static const struct hierarchy version_2 = {"", "memory.max"};

/* The limit of one group in bytes, or NO_LIMIT. */
static int64_t limit_of(const char *root, const struct hierarchy *hierarchy, const char *group)
{
    char path[PATH_MAX];
    char text[NUMBER_MAX];
    int64_t bytes = 0;
    int len = snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s/%s", root, hierarchy->mount, group, hierarchy->file);
    if (len < 0 || (size_t)len >= sizeof path || !text_file_read(path, text, sizeof text)) {
        return NO_LIMIT;
    }
    const char *next = text;
    return text_number(&next, &bytes) && bytes < NO_LIMIT ? bytes : NO_LIMIT;
}

/* The lowest limit from `group` up to the top; in a container only the top may be visible. */
static int64_t lowest_limit(const char *root, const struct hierarchy *hierarchy, char *group)
{
    int64_t lowest = NO_LIMIT;
    for (;;) {
        int64_t limit = limit_of(root, hierarchy, strcmp(group, "/") == 0 ? "" : group);
        lowest = limit < lowest ? limit : lowest;
        char *slash = strrchr(group, '/');
        if (slash == NULL) {
            return lowest;
        }
        *slash = '\0';
    }
}

static bool has_memory(const char *controllers, size_t len)
{
    const char name[] = "memory";
    for (const char *next = controllers; next < controllers + len; next += strcspn(next, ",:") + 1) {
        if (strncmp(next, name, sizeof name - 1) == 0 && strchr(",:", next[sizeof name - 1]) != NULL) {
            return true;
        }
    }
    return false;
}

/* A line of /proc/self/cgroup is `number:controllers:group`; version 2 has number 0 and no controllers. */
static int64_t limit_of_line(const char *root, char *line)
{
    char *controllers = strchr(line, ':');
    char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    if (group == NULL) {
        return NO_LIMIT;
    }
    controllers++;
    size_t len = (size_t)(group - controllers);
    group++;
    if (len == 0) {
        return lowest_limit(root, &version_2, group);
    }
    return has_memory(controllers, len) ? lowest_limit(root, &version_1, group) : NO_LIMIT;
}

static int64_t cgroup_limit(const char *root)
{
    char path[PATH_MAX];
    char text[CGROUPS_MAX];
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    (void)text_file_read(path, text, sizeof text);
    int64_t lowest = NO_LIMIT;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        int64_t limit = limit_of_line(root, line);
        lowest = limit < lowest ? limit : lowest;
    }
    return lowest;
}

static int64_t machine_kib(const char *root)
{
    char path[PATH_MAX];
    char text[MEMINFO_MAX];
    const char key[] = "MemTotal:";
    int64_t kib = 0;
    (void)snprintf(path, sizeof path, "%s/proc/meminfo", root);
    (void)text_file_read(path, text, sizeof text);
    const char *found = strstr(text, key);
    if (found == NULL) {
        return 0;
    }
    found += sizeof key - 1;
    return text_number(&found, &kib) ? kib : 0;
}

int64_t memory_limit_kib(const char *root)
{
    int64_t limit = cgroup_limit(root);
    return limit < NO_LIMIT ? limit / 1024 : machine_kib(root);
}
