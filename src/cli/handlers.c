#include "cli/handlers.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static int log_messages(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)consumer;
    for (size_t i = 0; i < count; i++) {
        const struct carafe_message *message = &messages[i];
        (void)printf("%s/%" PRId32 "@%" PRId64 ": %zu bytes\n", message->topic, message->partition, message->offset,
                     message->payload_len);
    }
    return fflush(stdout) == 0 ? 0 : CARAFE_FAILED;
}

static int load(const char *library, const char *symbol, struct carafe_handler *handler, struct carafe_error *error)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        return error_set(error, CARAFE_INVALID, "a shared object, got %s", dlerror());
    }
    const struct carafe_handler *found = dlsym(handle, symbol);
    if (found == NULL) {
        const char *reason = dlerror();
        error_set(error, CARAFE_INVALID, "a struct carafe_handler, got %s", reason != NULL ? reason : "nothing");
        (void)dlclose(handle);
        return CARAFE_INVALID;
    }
    *handler = *found;
    return 0;
}

int handlers_find(const char *name, struct carafe_handler *handler, struct carafe_error *error)
{
    if (strcmp(name, HANDLER_LOG) == 0) {
        *handler = (struct carafe_handler){.name = HANDLER_LOG, .consume = log_messages};
        return 0;
    }
    const char *colon = strrchr(name, ':');
    if (colon == NULL || colon == name || colon[1] == '\0') {
        return error_set(error, CARAFE_INVALID, "log or LIBRARY:SYMBOL, got '%s'", name);
    }
    char *library = strndup(name, (size_t)(colon - name));
    if (library == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "memory, got none");
    }
    int result = load(library, colon + 1, handler, error);
    free(library);
    return result;
}
