/* Any bytes are a scenario or a list of errors, never a crash; and what is refused says where. */
#include "scenario/program.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct program_errors errors;

static void check(int holds)
{
    if (!holds) {
        abort();
    }
}

static void errors_check(void)
{
    static FILE *sink;
    check(errors.count > 0 && errors.count <= PROGRAM_ERRORS_MAX);
    for (size_t i = 0; i < errors.count; i++) {
        check(errors.list[i].message[0] != '\0' && errors.list[i].file[0] != '\0');
        check(errors.list[i].line == 0 || errors.list[i].column >= 1);
    }
    if (sink == NULL) {
        sink = fopen("/dev/null", "w");
    }
    program_errors_print(sink, &errors);
}

static void statement_check(const struct program *program, size_t index)
{
    const struct program_statement *statement = &program->statements[index];
    check(statement->time.base == PROGRAM_NONE || statement->time.base < index);
    check(statement->time.from_ns <= statement->time.to_ns && statement->time.from_ns >= 0);
    check(statement->place.line >= 1 && statement->place.column >= 1 && statement->place.len >= 1);
    check(statement->text != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct program *program = NULL;
    const struct program_define defines[] = {{"limit", "20m"}};
    int code = program_load_text("fuzz.scn", (const char *)data, size, defines, 1, &program, &errors);
    if (code != 0) {
        check(program == NULL);
        errors_check();
        return 0;
    }
    check(errors.count == 0);
    for (size_t i = 0; i < program->statement_count; i++) {
        statement_check(program, i);
    }
    program_destroy(program);
    return 0;
}
