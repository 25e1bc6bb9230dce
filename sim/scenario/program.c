#include "scenario/program.h"

#include <inttypes.h>
#include <stdlib.h>
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

/* ---- All processes in one row ------------------------------------------------------------------------------------ */

static size_t first_node(const struct program *program, size_t server)
{
    size_t first = program->server_count + program->member_count;
    for (size_t i = 0; i < server; i++) {
        first += (size_t)program->servers[i].nodes;
    }
    return first;
}

size_t program_process_count(const struct program *program)
{
    return first_node(program, program->server_count);
}

size_t program_process_index(const struct program *program, const struct program_process *process)
{
    if (process->index == PROGRAM_NONE) {
        return PROGRAM_NONE;
    }
    if (process->kind == PROGRAM_MEMBER) {
        return program->server_count + process->index;
    }
    return process->node == PROGRAM_NO_NODE ? process->index
                                            : first_node(program, process->index) + (size_t)process->node;
}

/* `name` is `server`, or `server.N`. */
static size_t named_server(const struct program *program, size_t server, const char *name)
{
    const struct program_server *declared = &program->servers[server];
    size_t len = strlen(declared->name);
    if (strncmp(declared->name, name, len) != 0) {
        return PROGRAM_NONE;
    }
    if (name[len] == '\0') {
        return server;
    }
    char *end = NULL;
    long node = name[len] == '.' ? strtol(name + len + 1, &end, 10) : -1;
    bool fine = end != NULL && end != name + len + 1 && *end == '\0' && node >= 0 && node < declared->nodes;
    return fine ? first_node(program, server) + (size_t)node : PROGRAM_NONE;
}

size_t program_process_named(const struct program *program, const char *name)
{
    for (size_t i = 0; i < program->server_count; i++) {
        size_t process = named_server(program, i, name);
        if (process != PROGRAM_NONE) {
            return process;
        }
    }
    for (size_t i = 0; i < program->member_count; i++) {
        if (strcmp(program->members[i].name, name) == 0) {
            return program->server_count + i;
        }
    }
    return PROGRAM_NONE;
}

size_t program_process_server(const struct program *program, size_t process)
{
    if (process < program->server_count) {
        return process;
    }
    for (size_t i = 0; i < program->server_count; i++) {
        size_t first = first_node(program, i);
        if (process >= first && process < first + (size_t)program->servers[i].nodes) {
            return i;
        }
    }
    return PROGRAM_NONE;
}

int program_process_node(const struct program *program, size_t process)
{
    if (process < program->server_count + program->member_count) {
        return PROGRAM_NO_NODE;
    }
    return (int)(process - first_node(program, program_process_server(program, process)));
}
