#include "ports/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/lock.h"

#define LOG_LINE_MAX 8192

void log_line(struct log *log, enum log_level level, const char *format, ...)
{
    lock_expect_none_held("the log");
    char line[LOG_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log->write(log, level, line);
}
