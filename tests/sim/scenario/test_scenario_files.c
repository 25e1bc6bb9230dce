/* The scenarios of this repository, and the examples of their manual, are in the language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario/program.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>

static struct program_errors errors;
static int scenarios_read;
static int scenarios_wrong;

static int scenario_visit(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    size_t len = strlen(path);
    (void)status;
    (void)walk;
    if (type != FTW_F || len < 4 || strcmp(path + len - 4, ".scn") != 0) {
        return 0;
    }
    struct program *program = NULL;
    scenarios_read++;
    if (program_load(path, NULL, 0, &program, &errors) != 0) {
        program_errors_print(stderr, &errors);
        scenarios_wrong++;
    }
    program_destroy(program);
    return 0;
}

static void every_scenario_parses(void **state)
{
    (void)state;
    assert_int_equal(nftw(SCENARIOS_FOLDER, scenario_visit, 16, FTW_PHYS), 0);
    assert_true(scenarios_read > 0);
    assert_int_equal(scenarios_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_scenario_parses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
