#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/repeat.h"
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
    return (struct options){.seed_first = first, .seed_last = last, .jobs = jobs, .wall_limit_s = 7};
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
    assert_non_null(strstr(output, "one.scn:1:1: expectation failed\n  repeat: ksim --seed 3 --wall-limit 7 a/one.scn\n"
                                   "FAIL one.scn: seed 3\n"));
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

static void sweep_shards_are_disjoint_and_together_the_whole(void **state)
{
    (void)state;
    int seen[2][8] = {{0}};
    for (uint64_t shard = 1; shard <= 3; shard++) {
        struct options options = seeds(1, 7, 2);
        options.tap = true;
        options.shard_index = shard;
        options.shard_count = 3;
        sweep_and_read(&options, pass);
        assert_non_null(strstr(output, shard == 3 ? "\n1..2\n" : "\n1..3\n"));
        for (const char *line = strstr(output, "\nok"); line != NULL; line = strstr(line + 1, "\nok")) {
            unsigned long long seed = 0;
            bool one = sscanf(line, "\nok %*u - a/one.scn seed %llu", &seed) == 1;
            assert_true(one || sscanf(line, "\nok %*u - two.scn seed %llu", &seed) == 1);
            seen[one ? 0 : 1][seed]++;
        }
    }
    for (int seed = 1; seed <= 7; seed++) {
        assert_int_equal(seen[0][seed], 1);
        assert_int_equal(seen[1][seed], seed == 1 ? 1 : 0);
    }
}

static void sweep_counts_only_its_own_shard(void **state)
{
    (void)state;
    struct options options = seeds(1, 5, 1);
    options.shard_index = 3;
    options.shard_count = 3;
    assert_int_equal(sweep_and_read(&options, fail_third), EXIT_EXPECTATION_FAILED);
    assert_non_null(strstr(output, "FAIL one.scn: virtual 1.000 s"));
    assert_non_null(strstr(output, "trace 0000000000000003, seed 3\n"));
    assert_non_null(strstr(output, "PASS two.scn"));
    assert_non_null(strstr(output, "\n1 passed, 1 failed\n"));
}

static void sweep_speaks_tap_and_nothing_else(void **state)
{
    (void)state;
    struct options options = seeds(3, 3, 1);
    options.tap = true;
    assert_int_equal(sweep_and_read(&options, fail_third), EXIT_EXPECTATION_FAILED);
    assert_string_equal(output, "TAP version 13\n1..2\n"
                                "not ok 1 - a/one.scn seed 3\n"
                                "  ---\n  exit_code: 1\n  message: |\n"
                                "    one.scn:1:1: expectation failed\n"
                                "      repeat: ksim --seed 3 --wall-limit 7 a/one.scn\n  ...\n"
                                "not ok 2 - two.scn seed 3\n"
                                "  ---\n  exit_code: 1\n  message: |\n"
                                "    one.scn:1:1: expectation failed\n"
                                "      repeat: ksim --seed 3 --wall-limit 7 two.scn\n  ...\n"
                                "# 0 passed, 2 failed\n");
}

static void fail_with_markup(const struct sweep_scenario *scenario, uint64_t seed, const struct options *options,
                             struct result *result)
{
    pass(scenario, seed, options, result);
    if (scenario->once) {
        result->code = seed == 1 ? EXIT_EXPECTATION_FAILED : EXIT_INTERNAL;
        strcpy(result->text, "two.scn: a <b> & \"c\" \001\nmore\n");
    }
}

static void sweep_writes_junit_that_a_parser_of_xml_can_read(void **state)
{
    (void)state;
    char path[] = "/tmp/test_sweep.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct options options = seeds(1, 2, 1);
    options.junit_path = path;
    assert_int_equal(sweep_and_read(&options, fail_with_markup), EXIT_EXPECTATION_FAILED);
    char text[4096] = "";
    assert_true(read(fd, text, sizeof text - 1) > 0);
    close(fd);
    unlink(path);
    assert_non_null(strstr(text, "<testsuites name=\"ksim\" tests=\"3\" failures=\"1\" errors=\"0\""));
    assert_non_null(strstr(text, "<testcase classname=\"a/one.scn\" name=\"seed 2\" time=\""));
    assert_non_null(strstr(text, "<failure message=\"two.scn: a &lt;b&gt; &amp; &quot;c&quot; ?\" type=\"exit code 1\">"
                                 "two.scn: a &lt;b&gt; &amp; &quot;c&quot; ?\nmore\n  repeat: "));
    assert_non_null(strstr(text, "</testcase>\n  </testsuite>\n</testsuites>\n"));
}

static void sweep_refuses_a_junit_file_that_cannot_be_written(void **state)
{
    (void)state;
    struct options options = seeds(1, 2, 1);
    options.junit_path = "/nonexistent/results.xml";
    assert_int_equal(sweep_and_read(&options, pass), EXIT_USAGE);
    assert_string_equal(output, "");
}

static void repeat_is_a_command_for_a_shell(void **state)
{
    (void)state;
    char text[256] = "";
    FILE *pen = fmemopen(text, sizeof text, "w");
    struct options options = {.wall_limit_s = OPTIONS_WALL_LIMIT_S,
                              .verify = true,
                              .backend = BACKEND_THREADS,
                              .defines = {{.name = "a", .value = "it's"}},
                              .define_count = 1,
                              .command = "./my ksim",
                              .preset = "asan"};
    repeat_write(pen, &options, "-x $y.scn", 17);
    fclose(pen);
    assert_string_equal(text, "KSIM_PRESET=asan './my ksim' --verify --seed 17 --backend threads -D a='it'\\''s' "
                              "./'-x $y.scn'");
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
        cmocka_unit_test(sweep_shards_are_disjoint_and_together_the_whole),
        cmocka_unit_test(sweep_counts_only_its_own_shard),
        cmocka_unit_test(sweep_speaks_tap_and_nothing_else),
        cmocka_unit_test(sweep_writes_junit_that_a_parser_of_xml_can_read),
        cmocka_unit_test(sweep_refuses_a_junit_file_that_cannot_be_written),
        cmocka_unit_test(repeat_is_a_command_for_a_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
