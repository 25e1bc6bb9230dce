#include "support/fake_log.h"

#include <string.h>

static void write_line(struct log *log, enum log_level level, const char *line)
{
    struct fake_log *self = (struct fake_log *)log;
    (void)level;
    pthread_mutex_lock(&self->lock);
    size_t len = strlen(line);
    if (self->used + len + 2 <= sizeof self->text) {
        memcpy(self->text + self->used, line, len);
        self->used += len;
        self->text[self->used++] = '\n';
        self->text[self->used] = '\0';
    }
    pthread_cond_broadcast(&self->written);
    pthread_mutex_unlock(&self->lock);
}

void fake_log_init(struct fake_log *log)
{
    log->port.write = write_line;
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->written, NULL);
    log->used = 0;
    log->text[0] = '\0';
}

void fake_log_close(struct fake_log *log)
{
    pthread_cond_destroy(&log->written);
    pthread_mutex_destroy(&log->lock);
}

void fake_log_await(struct fake_log *log, const char *part)
{
    pthread_mutex_lock(&log->lock);
    while (strstr(log->text, part) == NULL) {
        pthread_cond_wait(&log->written, &log->lock);
    }
    pthread_mutex_unlock(&log->lock);
}

bool fake_log_has(struct fake_log *log, const char *part)
{
    pthread_mutex_lock(&log->lock);
    bool has = strstr(log->text, part) != NULL;
    pthread_mutex_unlock(&log->lock);
    return has;
}
