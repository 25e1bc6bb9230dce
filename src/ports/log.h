/* Lines for the person who runs the process. */
#ifndef PORTS_LOG_H
#define PORTS_LOG_H

#include "carafe.h"

enum log_level { LOG_DEBUG_LEVEL, LOG_INFO_LEVEL, LOG_WARNING_LEVEL, LOG_ERROR_LEVEL };

struct log {
    /* One line without its newline.  Threads: any.  Never fails. */
    void (*write)(struct log *log, enum log_level level, const char *line);
};

void log_line(struct log *log, enum log_level level, const char *format, ...) CARAFE_FORMAT(3, 4);

#endif
