#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "run/options.h"

#define ARGUMENTS_MAX 32

/* Parses `line`, words separated by single blanks; returns the code. */
static int parse(const char *line, struct options *options, struct carafe_error *error)
{
    static char copy[512];
    static char *argv[ARGUMENTS_MAX + 2];
    int argc = 0;
    strncpy(copy, line, sizeof copy - 1);
    argv[argc++] = (char[]){"ksim"};
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        assert_in_range(argc, 1, ARGUMENTS_MAX);
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    return options_parse(options, argc, argv, error);
}

static void refuse(const char *line, const char *expected)
{
    static struct options options;
    struct carafe_error error;
    assert_int_equal(parse(line, &options, &error), CARAFE_INVALID);
    assert_string_equal(error.text, expected);
}

static void options_have_defaults(void **state)
{
    (void)state;
    static struct options options;
    struct carafe_error error;
    assert_int_equal(parse("a.scn", &options, &error), 0);
    assert_int_equal(options.seed_first, 1);
    assert_int_equal(options.seed_last, 1);
    assert_int_equal(options.jobs, 1);
    assert_int_equal(options.wall_limit_s, 60);
    assert_int_equal(options.file_count, 1);
    assert_string_equal(options.files[0], "a.scn");
}

static void options_take_everything_in_any_order(void **state)
{
    (void)state;
    static struct options options;
    struct carafe_error error;
    assert_int_equal(parse("a.scn --seeds 3..9 -j 2 -D x=y=z --quiet --backend threads", &options, &error), 0);
    assert_int_equal(options.seed_first, 3);
    assert_int_equal(options.seed_last, 9);
    assert_int_equal(options.jobs, 2);
    assert_string_equal(options.defines[0].name, "x");
    assert_string_equal(options.defines[0].value, "y=z");
    assert_true(options.quiet);
    assert_int_equal(options.backend, BACKEND_THREADS);
}

static void options_refuse_what_makes_no_sense(void **state)
{
    (void)state;
    refuse("", "arguments: expected a scenario file or folder, got none; see ksim --help");
    refuse("--seed x a.scn", "--seed: expected a number, got `x`");
    refuse("--seed -1 a.scn", "--seed: expected a number, got `-1`");
    refuse("--seed 99999999999999999999 a.scn", "--seed: expected a number, got `99999999999999999999`");
    refuse("--seeds 5 a.scn", "--seeds: expected A..B, got `5`");
    refuse("--seeds 5..4 a.scn", "--seeds: expected A..B with A <= B, got `5..4`");
    refuse("--seeds 1..2000000 a.scn", "--seeds: expected at most 1000000 seeds, got `1..2000000`");
    refuse("-j 0 a.scn", "-j: expected a number from 1 to 256, got `0`");
    refuse("--wall-limit 0 a.scn", "--wall-limit: expected a number from 1 to 86400, got `0`");
    refuse("--backend fibers a.scn", "--backend: expected coroutines or threads, got `fibers`");
    refuse("-D x a.scn", "-D: expected name=value, got `x`");
    refuse("--frobnicate a.scn", "--frobnicate: expected an option of ksim; see ksim --help");
    refuse("a.scn --seed", "--seed: expected a value, got none");
    refuse("--tap --verbose a.scn", "--tap: expected not to be given with --verbose");
    refuse("--shard 2 a.scn", "--shard: expected I/N, got `2`");
    refuse("--shard 0/4 a.scn", "--shard: expected I/N with 1 <= I <= N <= 10000, got `0/4`");
    refuse("--shard 5/4 a.scn", "--shard: expected I/N with 1 <= I <= N <= 10000, got `5/4`");
    refuse("--shard 1/99999 a.scn", "--shard: expected I/N with 1 <= I <= N <= 10000, got `1/99999`");
    refuse("--shard 1/2/3 a.scn", "--shard: expected I/N with 1 <= I <= N <= 10000, got `1/2/3`");
    refuse("--quiet --verbose a.scn", "--quiet: expected not to be given with --verbose");
}

static void options_keep_one_trace_for_one_run(void **state)
{
    (void)state;
    static struct options options;
    struct carafe_error error;
    assert_int_equal(parse("--trace t a.scn", &options, &error), 0);
    assert_int_equal(options_settle(&options, 1, &error), 0);
    assert_true(options.timeline);
    assert_int_equal(options_settle(&options, 2, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "--trace: expected one file and one seed, got several");
    assert_int_equal(parse("--reports r a.scn", &options, &error), 0);
    assert_int_equal(options_settle(&options, 2, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "--reports: expected one file and one seed, got several");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_have_defaults),
        cmocka_unit_test(options_take_everything_in_any_order),
        cmocka_unit_test(options_refuse_what_makes_no_sense),
        cmocka_unit_test(options_keep_one_trace_for_one_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
