#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void error_clear(struct carafe_error *error)
{
    if (error == NULL) {
        return;
    }
    error->code = CARAFE_OK;
    error->text[0] = '\0';
}

int error_set(struct carafe_error *error, enum carafe_code code, const char *format, ...)
{
    if (error == NULL) {
        return code;
    }
    va_list arguments;
    va_start(arguments, format);
    error->code = code;
    (void)vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return code;
}

int error_append(struct carafe_error *error, enum carafe_code code, const char *format, ...)
{
    if (error == NULL) {
        return code;
    }
    size_t used = error->code == CARAFE_OK ? 0 : strlen(error->text);
    if (used > 0 && used + 2 < sizeof error->text) {
        error->text[used++] = '\n';
    }
    va_list arguments;
    va_start(arguments, format);
    error->code = code;
    (void)vsnprintf(error->text + used, sizeof error->text - used, format, arguments);
    va_end(arguments);
    return code;
}

int error_append_lines(struct carafe_error *error, enum carafe_code code, const char *text, const char *prefix,
                       const char *instead)
{
    size_t prefix_len = strlen(prefix);
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        bool has_prefix = strncmp(text, prefix, prefix_len) == 0;
        size_t skipped = has_prefix ? prefix_len : 0;
        (void)error_append(error, code, "%s%.*s", has_prefix ? instead : "", (int)(len - skipped), text + skipped);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
    return code;
}
