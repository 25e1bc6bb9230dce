/* Texts of libraries that would hold addresses. */
#ifndef SIM_WORLD_FORMAT_H
#define SIM_WORLD_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether a hook wrote the text instead; `*result` is then what snprintf returns. */
bool sim_format_replace(const void *caller, char *buffer, size_t size, const char *format, va_list arguments,
                        int *result);

#endif
