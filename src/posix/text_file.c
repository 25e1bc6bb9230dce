#include "posix/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool text_file_read(const char *path, char *text, size_t size)
{
    text[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    size_t len = 0;
    ssize_t got = 1;
    while (got != 0 && len < size - 1) {
        got = read(fd, text + len, size - 1 - len);
        if (got < 0 && errno != EINTR) {
            len = 0;
            break;
        }
        len += got > 0 ? (size_t)got : 0;
    }
    text[len] = '\0';
    (void)close(fd);
    return len > 0;
}

/* Not strtoll: it takes signs, and what comes from here is never negative. */
bool text_number(const char **text, int64_t *number)
{
    const char *next = *text;
    while (*next == ' ' || *next == '\t') {
        next++;
    }
    if (*next < '0' || *next > '9') {
        return false;
    }
    int64_t value = 0;
    for (; *next >= '0' && *next <= '9'; next++) {
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *next - '0', &value)) {
            return false;
        }
    }
    *text = next;
    *number = value;
    return true;
}
