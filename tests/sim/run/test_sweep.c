#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/sweep.h"

#define OUTPUT_MAX 16384

/* What the sweep prints, read back from a file. */
static char output[OUTPUT_MAX];

static enum exit_code sweep_and_read(struct options *options, sweep_run run)
{
    struct sweep_scenario scenarios[] = {{.path = "a/one.scn"}, {.path = "two.scn", .once = true}};
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    FILE *file = tmpfile();
    assert_non_null(file);
    dup2(fileno(file), STDOUT_FILENO);
    enum exit_code code = sweep(scenarios, 2, options, run);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    rewind(file);
    output[fread(output, 1, sizeof output - 1, file)] = '\0';
    fclose(file);
    return code;
}

static struct options seeds(uint64_t first, uint64_t last, int jobs)
{
    return (struct options){.seed_first = first, .seed_last = last, .jobs = jobs, .wall_limit_s = 60};
}

static void pass(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                 struct result *result)
{
    (void)scenario;
    (void)options;
    result->code = EXIT_ALL_PASSED;
    result->virtual_ns = 1000000000;
    result->trace_hash = seed;
    result->complete = true;
}

static void sweep_runs_every_seed_and_marked_scenarios_once(void **state)
{
    (void)state;
    struct options options = seeds(1, 5, 2);
    assert_int_equal(sweep_and_read(&options, pass), EXIT_ALL_PASSED);
    assert_non_null(strstr(output, "PASS one.scn: 5 of 5 seeds, virtual 5.000 s"));
    assert_non_null(strstr(output, "PASS two.scn: virtual 1.000 s"));
    assert_non_null(strstr(output, "\n6 passed, 0 failed\n"));
}

static void fail_third(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                       struct result *result)
{
    pass(scenario, seed, options, result);
    if (seed == 3) {
        result->code = EXIT_EXPECTATION_FAILED;
        strcpy(result->text, "one.scn:1:1: expectation failed\n");
    }
}

static void sweep_names_the_failing_seed_and_prints_failing_scenarios_first(void **state)
{
    (void)state;
    struct options options = seeds(1, 5, 2);
    assert_int_equal(sweep_and_read(&options, fail_third), EXIT_EXPECTATION_FAILED);
    assert_non_null(strstr(output, "one.scn:1:1: expectation failed\nFAIL one.scn: seed 3\n"));
    char *failing = strstr(output, "FAIL one.scn: 4 of 5 seeds");
    char *passing = strstr(output, "PASS two.scn");
    assert_non_null(failing);
    assert_non_null(strstr(output, "first failing seed 3"));
    assert_true(failing < passing);
    assert_non_null(strstr(output, "5 passed, 1 failed\n"));
}

static void die_by_signal(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                          struct result *result)
{
    pass(scenario, seed, options, result);
    if (seed == 2) {
        result->complete = false;
        abort();
    }
}

static void sweep_survives_the_crash_of_one_run(void **state)
{
    (void)state;
    struct options options = seeds(1, 4, 3);
    assert_int_equal(sweep_and_read(&options, die_by_signal), EXIT_INTERNAL);
    assert_non_null(strstr(output, "internal error: the run died by signal 6"));
    assert_non_null(strstr(output, "FAIL one.scn: seed 2\n"));
    assert_non_null(strstr(output, "4 passed, 1 failed\n"));
}

static void leave_early(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                        struct result *result)
{
    pass(scenario, seed, options, result);
    result->complete = false;
    _exit(0);
}

static void sweep_does_not_take_an_early_exit_for_success(void **state)
{
    (void)state;
    struct options options = seeds(1, 1, 1);
    assert_int_equal(sweep_and_read(&options, leave_early), EXIT_INTERNAL);
    assert_non_null(strstr(output, "the run ended with exit code 0 before its end"));
    assert_non_null(strstr(output, "0 passed, 2 failed\n"));
}

static void leave_with_another_code(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                                    struct result *result)
{
    pass(scenario, seed, options, result);
    _exit(9);
}

static void sweep_does_not_take_another_exit_code_for_success(void **state)
{
    (void)state;
    struct options options = seeds(1, 1, 1);
    assert_int_equal(sweep_and_read(&options, leave_with_another_code), EXIT_INTERNAL);
    assert_non_null(strstr(output, "the run ended with exit code 9, expected 0"));
    assert_non_null(strstr(output, "0 passed, 2 failed\n"));
}

static void sweep_hash_does_not_depend_on_which_child_ends_first(void **state)
{
    (void)state;
    char first[OUTPUT_MAX];
    struct options one = seeds(1, 20, 1);
    struct options many = seeds(1, 20, 8);
    sweep_and_read(&one, pass);
    strcpy(first, strstr(output, "traces "));
    sweep_and_read(&many, pass);
    assert_memory_equal(first, strstr(output, "traces "), strlen("traces 0123456789abcdef"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweep_runs_every_seed_and_marked_scenarios_once),
        cmocka_unit_test(sweep_names_the_failing_seed_and_prints_failing_scenarios_first),
        cmocka_unit_test(sweep_survives_the_crash_of_one_run),
        cmocka_unit_test(sweep_does_not_take_an_early_exit_for_success),
        cmocka_unit_test(sweep_does_not_take_another_exit_code_for_success),
        cmocka_unit_test(sweep_hash_does_not_depend_on_which_child_ends_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
