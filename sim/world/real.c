#include "world/real.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

struct sim_real sim_real;
bool sim_real_found;

enum { RUNTIMES_MAX = 8 };

static struct {
    uintptr_t first;
    uintptr_t end;
} runtimes[RUNTIMES_MAX];
static size_t runtime_count;

static bool is_runtime_name(const char *path)
{
    static const char *const names[] = {"libasan.", "libubsan.", "libtsan.", "liblsan."};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(name, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

static int note_runtime(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (!info->dlpi_name || !is_runtime_name(info->dlpi_name)) {
        return 0;
    }
    for (int i = 0; i < info->dlpi_phnum && runtime_count < RUNTIMES_MAX; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X)) {
            runtimes[runtime_count].first = info->dlpi_addr + segment->p_vaddr;
            runtimes[runtime_count].end = info->dlpi_addr + segment->p_vaddr + segment->p_memsz;
            runtime_count++;
        }
    }
    return 0;
}

bool sim_real_is_runtime(const void *address)
{
    for (size_t i = 0; i < runtime_count; i++) {
        if ((uintptr_t)address >= runtimes[i].first && (uintptr_t)address < runtimes[i].end) {
            return true;
        }
    }
    return false;
}

/* Through memcpy: ISO C has no cast from an object's address to a function's. */
static void find(const char *name, void *pointer)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(pointer, &symbol, sizeof(symbol));
}

#define SIM_REAL_FIND(name) find(#name, &sim_real.name);
__attribute__((constructor(101))) void sim_real_find(void)
{
    if (sim_real_found) {
        return;
    }
    SIM_REAL_CALLS(SIM_REAL_FIND)
    runtime_count = 0;
    dl_iterate_phdr(note_runtime, NULL);
    sim_real_found = true;
}
