#include "run/files.h"

#include "run/user_handlers.h"
#include "scenario/diagnostics.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Only an ordinary file: a device or a pipe could block the run or never end. */
static size_t load_check(const struct program_load *load, struct program_errors *errors)
{
    struct stat status;
    char message[PROGRAM_ERROR_BYTES_MAX];
    if (load->file == NULL) {
        return 0;
    }
    if (stat(load->file, &status) != 0 || access(load->file, R_OK) != 0) {
        (void)snprintf(message, sizeof message, "file: expected a readable file, got \"%s\"", strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        (void)snprintf(message, sizeof message, "file: expected an ordinary file, got another kind");
    } else if (status.st_size < 1 || status.st_size > LOAD_FILE_MAX) {
        (void)snprintf(message, sizeof message, "file: expected 1 to %d bytes, got %lld", LOAD_FILE_MAX,
                       (long long)status.st_size);
    } else {
        return 0;
    }
    diagnostics_add(errors, &load->file_place, 0, message);
    return 1;
}

size_t files_check(const struct program *program, const struct options *options, struct program_errors *errors)
{
    size_t mistakes = 0;
    errors->count = 0;
    errors->left_out = 0;
    for (size_t i = 0; i < program->handler_count; i++) {
        mistakes += user_handler_check(&program->handlers[i], options, errors);
    }
    for (size_t i = 0; i < program->statement_count; i++) {
        const struct program_statement *statement = &program->statements[i];
        if (statement->kind == PROGRAM_HANDLER) {
            mistakes += user_handler_check(statement->as.handler, options, errors);
        } else if (statement->kind == PROGRAM_LOAD) {
            mistakes += load_check(statement->as.load, errors);
        }
    }
    diagnostics_sort(errors);
    return mistakes;
}
