#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix/posix.h"
#include "posix/text_file.h"

static char root[] = "/tmp/carafe_metrics_XXXXXX";

/* ---- A machine made of files ---- */

static void put(const char *path, const char *text)
{
    char full[PATH_MAX];
    (void)snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(mkdir(full, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static int new_machine(void **state)
{
    (void)state;
    (void)strcpy(root + strlen(root) - 6, "XXXXXX");
    return mkdtemp(root) == NULL ? -1 : 0;
}

static int remove_machine(void **state)
{
    (void)state;
    return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static struct metrics_sample sample_of(const char *where)
{
    struct metrics *metrics = posix_metrics_create(where);
    struct metrics_sample sample;
    memset(&sample, 0x55, sizeof sample);
    metrics->sample(metrics, &sample);
    posix_metrics_destroy(metrics);
    return sample;
}

static int64_t page_kib(int64_t pages)
{
    return pages * sysconf(_SC_PAGESIZE) / 1024;
}

/* ---- Claims ---- */

static void this_machine_is_known(void **state)
{
    (void)state;
    struct metrics_sample sample = sample_of("");
    assert_true(sample.memory_usage_kib > 0);
    assert_true(sample.memory_total_usage_kib >= sample.memory_usage_kib / 2);
    assert_true(sample.memory_size_kib > 0);
    assert_true(sample.cpus >= 1);
    assert_true(sample.threads >= 1);
    assert_true(sample.load[0] >= 0);
}

static void everything_missing_takes_its_fallback(void **state)
{
    (void)state;
    struct metrics_sample sample = sample_of(root);
    assert_int_equal(sample.memory_usage_kib, 0);
    assert_int_equal(sample.memory_total_usage_kib, 0);
    assert_int_equal(sample.memory_size_kib, 0);
    assert_int_equal(sample.threads, 0);
    assert_true(sample.cpus >= 1);
    for (int i = 0; i < 3; i++) {
        assert_true(sample.load[i] == -1);
    }
}

static int64_t total_of(struct metrics *metrics)
{
    struct metrics_sample sample;
    metrics->sample(metrics, &sample);
    return sample.memory_total_usage_kib;
}

/* Samples until the total is `pages`, this one included. */
static int samples_until(struct metrics *metrics, int64_t pages)
{
    for (int count = 1; count <= 100; count++) {
        if (total_of(metrics) == page_kib(pages)) {
            return count;
        }
    }
    return 0;
}

static void a_process_is_asked_again_within_four_samples_without_memory_within_twelve(void **state)
{
    (void)state;
    put("/proc/7/statm", "0 0 0 0 0 0 0\n");
    put("/proc/8/statm", "1000 25 3 1 0 30 0\n");
    struct metrics *metrics = posix_metrics_create(root);
    assert_non_null(metrics);
    assert_int_equal(samples_until(metrics, 25), 1);
    put("/proc/7/statm", "9 5 3 1 0 30 0\n");
    assert_int_equal(samples_until(metrics, 30), 6); /* the seventh sample is its turn, 7 modulo 12 */
    put("/proc/7/statm", "9 6 3 1 0 30 0\n");
    assert_int_equal(samples_until(metrics, 31), 4);
    posix_metrics_destroy(metrics);
}

static void a_process_is_asked_at_once_when_it_is_new(void **state)
{
    (void)state;
    put("/proc/8/statm", "1000 25 3 1 0 30 0\n");
    struct metrics *metrics = posix_metrics_create(root);
    assert_non_null(metrics);
    assert_int_equal(total_of(metrics), page_kib(25));
    put("/proc/9/statm", "9 5 3 1 0 30 0\n");
    put("/proc/4104/statm", "9 7 3 1 0 30 0\n"); /* remembered where 8 is: both are always asked */
    assert_int_equal(total_of(metrics), page_kib(37));
    put("/proc/8/statm", "1000 26 3 1 0 30 0\n");
    assert_int_equal(total_of(metrics), page_kib(38));
    posix_metrics_destroy(metrics);
}

static void memory_is_summed_over_processes_only(void **state)
{
    (void)state;
    put("/proc/self/statm", "1000 25 3 1 0 30 0\n");
    put("/proc/7/statm", "1000 25 3 1 0 30 0\n");
    put("/proc/12/statm", "9 5 3 1 0 30 0\n");
    put("/proc/13/statm", "");
    put("/proc/sys/statm", "9 1000000 3 1 0 30 0\n");
    struct metrics_sample sample = sample_of(root);
    assert_int_equal(sample.memory_usage_kib, page_kib(25));
    assert_int_equal(sample.memory_total_usage_kib, page_kib(30));
}

static void threads_are_found_behind_any_name(void **state)
{
    (void)state;
    put("/proc/self/stat", "7 (a) b) (c 99) S 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 23 0 100 1 2\n");
    assert_int_equal(sample_of(root).threads, 23);
    put("/proc/self/stat", "7 (short) S 1 7");
    assert_int_equal(sample_of(root).threads, 0);
    put("/proc/self/stat", "no name at all");
    assert_int_equal(sample_of(root).threads, 0);
}

static void load_is_three_decimals_or_unknown(void **state)
{
    (void)state;
    put("/proc/loadavg", "0.52 10.04 7 1/200 300\n");
    struct metrics_sample sample = sample_of(root);
    assert_true(sample.load[0] > 0.5199 && sample.load[0] < 0.5201);
    assert_true(sample.load[1] > 10.0399 && sample.load[1] < 10.0401);
    assert_true(sample.load[2] == 7);
    put("/proc/loadavg", "0.52 what");
    sample = sample_of(root);
    assert_true(sample.load[0] > 0.5);
    assert_true(sample.load[1] == -1 && sample.load[2] == -1);
}

static void size_is_of_the_machine_without_a_limit(void **state)
{
    (void)state;
    put("/proc/meminfo", "MemFree: 1 kB\nMemTotal:       16384 kB\n");
    assert_int_equal(sample_of(root).memory_size_kib, 16384);
    put("/proc/self/cgroup", "0::/app\n");
    put("/sys/fs/cgroup/app/memory.max", "max\n");
    assert_int_equal(sample_of(root).memory_size_kib, 16384);
    put("/proc/self/cgroup", "4:memory:/app\n");
    put("/sys/fs/cgroup/memory/app/memory.limit_in_bytes", "9223372036854771712\n");
    assert_int_equal(sample_of(root).memory_size_kib, 16384);
}

static void size_is_the_lowest_limit_up_the_hierarchy(void **state)
{
    (void)state;
    put("/proc/meminfo", "MemTotal: 16384 kB\n");
    put("/proc/self/cgroup", "0::/pod/app\n");
    put("/sys/fs/cgroup/pod/app/memory.max", "4194304\n");
    assert_int_equal(sample_of(root).memory_size_kib, 4096);
    put("/sys/fs/cgroup/pod/memory.max", "2097152\n");
    assert_int_equal(sample_of(root).memory_size_kib, 2048);
    put("/proc/self/cgroup", "3:cpu:/\n5:hugetlb,memory:/docker/1\n0::/\n");
    put("/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "1048576\n");
    assert_int_equal(sample_of(root).memory_size_kib, 1024);
}

static void limit_of_a_container_is_at_the_top_of_what_it_sees(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "5:memory:/docker/hidden\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "3145728\n");
    assert_int_equal(sample_of(root).memory_size_kib, 3072);
}

static void nonsense_is_no_limit(void **state)
{
    (void)state;
    put("/proc/meminfo", "MemTotal: a lot\n");
    put("/proc/self/cgroup", "nonsense\n:\n0:\n5:memoryless:/x\n4:memory:/app\n");
    put("/sys/fs/cgroup/memory/app/memory.limit_in_bytes", "-1\n");
    put("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "1024\n");
    assert_int_equal(sample_of(root).memory_size_kib, 0);
}

static void text_number_takes_digits_that_fit(void **state)
{
    (void)state;
    int64_t number = 0;
    const char *text = " \t9223372036854775807x";
    assert_true(text_number(&text, &number));
    assert_true(number == INT64_MAX);
    assert_string_equal(text, "x");
    const char *const wrong[] = {"9223372036854775808", "-1", "+1", "", "x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        text = wrong[i];
        assert_false(text_number(&text, &number));
    }
}

int main(void)
{
#define ON_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, new_machine, remove_machine)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_machine_is_known),
        ON_A_MACHINE(everything_missing_takes_its_fallback),
        ON_A_MACHINE(a_process_is_asked_again_within_four_samples_without_memory_within_twelve),
        ON_A_MACHINE(a_process_is_asked_at_once_when_it_is_new),
        ON_A_MACHINE(memory_is_summed_over_processes_only),
        ON_A_MACHINE(threads_are_found_behind_any_name),
        ON_A_MACHINE(load_is_three_decimals_or_unknown),
        ON_A_MACHINE(size_is_of_the_machine_without_a_limit),
        ON_A_MACHINE(size_is_the_lowest_limit_up_the_hierarchy),
        ON_A_MACHINE(limit_of_a_container_is_at_the_top_of_what_it_sees),
        ON_A_MACHINE(nonsense_is_no_limit),
        cmocka_unit_test(text_number_takes_digits_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
