/* Formatting, for those who register a hook (sim_format_hook). */
#include "world/format.h"
#include "world/intercept.h"

SIM_INTERCEPT int __snprintf_chk(char *buffer, size_t len, int flag, size_t size, const char *format, ...)
{
    va_list arguments;
    int result;
    va_start(arguments, format);
    if (!sim_world.active ||
        !sim_format_replace(__builtin_return_address(0), buffer, len, format, arguments, &result)) {
        result = REAL(__vsnprintf_chk)(buffer, len, flag, size, format, arguments);
    }
    va_end(arguments);
    return result;
}

SIM_INTERCEPT int snprintf(char *restrict buffer, size_t size, const char *restrict format, ...)
{
    va_list arguments;
    int result;
    va_start(arguments, format);
    if (!sim_world.active ||
        !sim_format_replace(__builtin_return_address(0), buffer, size, format, arguments, &result)) {
        result = REAL(vsnprintf)(buffer, size, format, arguments);
    }
    va_end(arguments);
    return result;
}
