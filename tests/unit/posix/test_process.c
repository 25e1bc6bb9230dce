#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix/posix.h"

static void process_knows_host_and_ids(void **state)
{
    (void)state;
    struct process *process = posix_process_create();
    char name[256] = "";
    assert_int_equal(gethostname(name, sizeof name - 1), 0);
    assert_string_equal(process->host_name(process), name);
    assert_int_equal(process->id(process), getpid());
    assert_int_equal(process->parent_id(process), getppid());
    posix_process_destroy(process);
}

static void random_bytes_fill_and_differ(void **state)
{
    (void)state;
    struct process *process = posix_process_create();
    unsigned char first[512] = {0};
    unsigned char second[512] = {0};
    process->random(process, first, sizeof first);
    process->random(process, second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    assert_memory_not_equal(first + 256, (unsigned char[256]){0}, 256);
    posix_process_destroy(process);
}

static void leave_a_mark(void)
{
    (void)!write(STDOUT_FILENO, "atexit ran\n", 11);
    _exit(99);
}

static void exit_runs_no_atexit_handler(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        (void)atexit(leave_a_mark);
        struct process *process = posix_process_create();
        process->exit(process, 7);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(process_knows_host_and_ids),
        cmocka_unit_test(random_bytes_fill_and_differ),
        cmocka_unit_test(exit_runs_no_atexit_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
