#include "posix/posix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN 8192

struct posix_log {
    struct log port;
    struct clock *clock;
    int fd;
    enum log_level level;
};

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_DEBUG_LEVEL:
        return "DEBUG";
    case LOG_INFO_LEVEL:
        return "INFO";
    case LOG_WARNING_LEVEL:
        return "WARNING";
    default:
        return "ERROR";
    }
}

static size_t stamp(const struct posix_log *log, enum log_level level, char *line, size_t size)
{
    int64_t now_ns = log->clock->wall_ns(log->clock);
    time_t now = (time_t)(now_ns / NS_PER_S);
    struct tm parts = {0};
    (void)gmtime_r(&now, &parts);
    size_t len = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &parts);
    int more = snprintf(line + len, size - len, ".%03dZ %s ", (int)(now_ns / NS_PER_MS % 1000), level_name(level));
    return len + (size_t)more;
}

/* What cannot be written is lost: a log that fails must not fail its program. */
static void write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return;
        }
        bytes += written;
        len -= (size_t)written;
    }
}

static void write_line(struct log *port, enum log_level level, const char *text)
{
    struct posix_log *log = (struct posix_log *)port;
    if (level < log->level) {
        return;
    }
    char line[LINE_MAX_LEN];
    size_t len = stamp(log, level, line, sizeof line);
    for (; *text != '\0' && len < sizeof line - 1; text++) {
        unsigned char character = (unsigned char)*text;
        line[len++] = character < ' ' || character == 0x7f ? ' ' : *text;
    }
    line[len++] = '\n';
    int saved = errno;
    write_all(log->fd, line, len);
    errno = saved;
}

struct log *posix_log_create(struct clock *clock, int fd, enum log_level level)
{
    struct posix_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return NULL;
    }
    *log = (struct posix_log){.port = {.write = write_line}, .clock = clock, .fd = fd, .level = level};
    return &log->port;
}

void posix_log_destroy(struct log *log)
{
    free(log);
}
