#include "scenario/program.h"

#include <inttypes.h>
#include <string.h>

const struct program_value *program_setting(const struct program_settings *settings, int id)
{
    for (size_t i = 0; i < settings->count; i++) {
        if (settings->list[i].id == id) {
            return &settings->list[i].value;
        }
    }
    return NULL;
}

const char *program_duration_text(int64_t ns, char buffer[PROGRAM_DURATION_TEXT_MAX])
{
    static const struct {
        const char *name;
        uint64_t factor;
    } units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
    if (ns == PROGRAM_END_NS) {
        (void)snprintf(buffer, PROGRAM_DURATION_TEXT_MAX, "the end");
        return buffer;
    }
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    size_t unit = 0;
    while (unit < 3 && size < units[unit].factor && size != 0) {
        unit++;
    }
    char fraction[12] = "";
    uint64_t rest = size % units[unit].factor;
    if (rest > 0) {
        int digits = unit == 0 ? 9 : unit == 1 ? 6 : 3;
        int used = snprintf(fraction, sizeof fraction, ".%0*" PRIu64, digits, rest);
        while (fraction[used - 1] == '0') {
            fraction[--used] = '\0';
        }
    }
    (void)snprintf(buffer, PROGRAM_DURATION_TEXT_MAX, "%s%" PRIu64 "%.10s%.2s", ns < 0 ? "-" : "",
                   size / units[unit].factor, fraction, units[unit].name);
    return buffer;
}

const char *program_comparison_text(enum program_comparison comparison)
{
    static const char *const texts[] = {"=", "!=", "<", "<=", ">", ">=", "~"};
    return texts[comparison];
}

const char *program_process_text(const struct program *program, const struct program_process *process,
                                 char buffer[PROGRAM_PROCESS_TEXT_MAX])
{
    if (process->index == PROGRAM_NONE) {
        (void)snprintf(buffer, PROGRAM_PROCESS_TEXT_MAX, "any process");
        return buffer;
    }
    const char *name =
        process->kind == PROGRAM_SERVER ? program->servers[process->index].name : program->members[process->index].name;
    if (process->node == PROGRAM_NO_NODE) {
        (void)snprintf(buffer, PROGRAM_PROCESS_TEXT_MAX, "%s", name);
    } else {
        (void)snprintf(buffer, PROGRAM_PROCESS_TEXT_MAX, "%s.%d", name, process->node);
    }
    return buffer;
}
