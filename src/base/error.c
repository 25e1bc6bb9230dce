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
