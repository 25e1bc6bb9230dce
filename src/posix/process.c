#include "posix/posix.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/assert.h"

struct posix_process {
    struct process port;
    char host_name[HOST_NAME_MAX + 1];
};

static const char *host_name(struct process *port)
{
    return ((struct posix_process *)port)->host_name;
}

static int64_t id(struct process *port)
{
    (void)port;
    return getpid();
}

static int64_t parent_id(struct process *port)
{
    (void)port;
    return getppid();
}

static void random_bytes(struct process *port, void *bytes, size_t len)
{
    (void)port;
    char *next = bytes;
    while (len > 0) {
        ssize_t got = getrandom(next, len, 0);
        ASSERT(got > 0 || (got < 0 && errno == EINTR));
        if (got > 0) {
            next += got;
            len -= (size_t)got;
        }
    }
}

static void __attribute__((noreturn)) exit_now(struct process *port, int code)
{
    lock_expect_none_held("process.exit");
    (void)port;
    _exit(code);
}

struct process *posix_process_create(void)
{
    struct posix_process *process = calloc(1, sizeof *process);
    if (process == NULL) {
        return NULL;
    }
    process->port = (struct process){
        .host_name = host_name, .id = id, .parent_id = parent_id, .random = random_bytes, .exit = exit_now};
    /* The last byte stays zero, also when a longer name was cut. */
    if (gethostname(process->host_name, sizeof process->host_name - 1) != 0 || process->host_name[0] == '\0') {
        process->host_name[0] = '-';
        process->host_name[1] = '\0';
    }
    return &process->port;
}

void posix_process_destroy(struct process *process)
{
    free(process);
}
