#include "world/format.h"

#include <dlfcn.h>
#include <string.h>

#include "world/memory.h"
#include "world/report.h"

enum { HOOKS_MAX = 16, TEXT_BYTES = 64 };

struct hook {
    char library[TEXT_BYTES];
    char format[TEXT_BYTES];
    sim_format_function replace;
    void *owner;
};

static struct hook hooks[HOOKS_MAX];
static size_t hook_count;

void sim_format_hook(const char *library, const char *format, sim_format_function replace, void *owner)
{
    if (hook_count == HOOKS_MAX || strlen(library) >= TEXT_BYTES || strlen(format) >= TEXT_BYTES) {
        sim_report_fail(SIM_MISUSE, "format hook: expected at most %d with texts of less than %d bytes", HOOKS_MAX,
                        TEXT_BYTES);
    }
    struct hook *hook = &hooks[hook_count++];
    sim_memory_copy_text(hook->library, sizeof(hook->library), library);
    sim_memory_copy_text(hook->format, sizeof(hook->format), format);
    hook->replace = replace;
    hook->owner = owner;
}

static bool is_in_library(const void *address, const char *library)
{
    Dl_info info;
    if (!dladdr(address, &info) || !info.dli_fname) {
        return false;
    }
    const char *slash = strrchr(info.dli_fname, '/');
    const char *name = slash ? slash + 1 : info.dli_fname;
    return strncmp(name, library, strlen(library)) == 0;
}

bool sim_format_replace(const void *caller, char *buffer, size_t size, const char *format, va_list arguments,
                        int *result)
{
    for (size_t i = 0; i < hook_count; i++) {
        struct hook *hook = &hooks[i];
        bool same = hook->format[0] == format[0] && strcmp(hook->format, format) == 0;
        if (same && is_in_library(caller, hook->library)) {
            *result = hook->replace(buffer, size, arguments, hook->owner);
            return true;
        }
    }
    return false;
}
