/* A log that keeps what was written. */
#ifndef SUPPORT_FAKE_LOG_H
#define SUPPORT_FAKE_LOG_H

#include <pthread.h>

#include "ports/log.h"

#define FAKE_LOG_MAX 65536

struct fake_log {
    struct log port;
    pthread_mutex_t lock;
    pthread_cond_t written;
    size_t used;
    char text[FAKE_LOG_MAX]; /* lines end with a newline */
};

void fake_log_init(struct fake_log *log);
void fake_log_close(struct fake_log *log);
/* Until `part` was written. */
void fake_log_await(struct fake_log *log, const char *part);
bool fake_log_has(struct fake_log *log, const char *part);

#endif
