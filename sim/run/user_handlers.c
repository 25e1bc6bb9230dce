#include "run/user_handlers.h"

#include "scenario/diagnostics.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>

/* The shared object, or this program itself, when a user's program is linked with libksim. */
static void *open_library(const struct program_handler *handler)
{
    char beside[PATH_MAX];
    if (strcmp(handler->library, PROGRAM_SELF) == 0) {
        return dlopen(NULL, RTLD_NOW);
    }
    /* Without a slash it would be looked for among the system's libraries. */
    bool plain = strchr(handler->library, '/') == NULL;
    (void)snprintf(beside, sizeof beside, "%s%s", plain ? "./" : "", handler->library);
    return dlopen(beside, RTLD_NOW | RTLD_LOCAL);
}

static bool is_plausible(const struct program_handler *handler, const struct options *options, char *message,
                         size_t size)
{
    if (strcmp(handler->library, PROGRAM_SELF) == 0 && !options->embedded) {
        (void)snprintf(message, size,
                       "use: expected the PATH of a shared object, got `self`, which is for programs "
                       "that are linked with libksim");
        return false;
    }
    void *library = open_library(handler);
    if (library == NULL) {
        (void)snprintf(message, size, "use: expected a shared object that can be loaded, got \"%s\"", dlerror());
        return false;
    }
    if (dlsym(library, handler->symbol) == NULL) {
        (void)snprintf(message, size, "use: expected a function that %s exports, got %s, which it does not",
                       handler->library, handler->symbol);
        return false;
    }
    return true; /* it stays loaded: its children find it ready */
}

size_t user_handler_check(const struct program_handler *handler, const struct options *options,
                          struct program_errors *errors)
{
    char message[PROGRAM_ERROR_BYTES_MAX];
    if (handler->library == NULL || is_plausible(handler, options, message, sizeof message)) {
        return 0;
    }
    diagnostics_add(errors, &handler->use_place, 0, message);
    return 1;
}

user_handler user_handler_of(const struct program_handler *handler)
{
    user_handler found = NULL;
    void *library = handler->library != NULL ? open_library(handler) : NULL;
    void *symbol = library != NULL ? dlsym(library, handler->symbol) : NULL;
    memcpy(&found, &symbol, sizeof found);
    return found;
}
