/* Formatting, for those who register a hook (sim_format_hook). */
#include "world/format.h"
#include "world/intercept.h"

#ifdef SIM_WORLD_TSAN
void __tsan_write_range(void *memory, size_t len) __attribute__((weak));
extern const char __executable_start[], etext[];

/*
 * ThreadSanitizer takes what is written here for the program's own doing, which ksim has told it to overlook: a library
 * that called from outside of the program wrote it.
 */
static void note_written(const void *caller, void *buffer, size_t size, int result)
{
    bool is_program = (const char *)caller >= __executable_start && (const char *)caller < etext;
    if (!is_program && __tsan_write_range && size > 0 && result >= 0) {
        __tsan_write_range(buffer, (size_t)result < size ? (size_t)result + 1 : size);
    }
}
#else
static void note_written(const void *caller, void *buffer, size_t size, int result)
{
    (void)caller;
    (void)buffer;
    (void)size;
    (void)result;
}
#endif

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
    note_written(__builtin_return_address(0), buffer, size, result);
    va_end(arguments);
    return result;
}
