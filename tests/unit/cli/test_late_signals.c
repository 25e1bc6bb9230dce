#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/late_signals.h"
#include "support/cmocka_all.h"

/* How a child ends that gets `number` after it prepared itself, and was told to ignore it or not. */
static int status_of_child(int number, bool ignoring)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        late_signals_prepare();
        if (ignoring) {
            late_signals_ignore();
        }
        (void)raise(number);
        _exit(7);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void an_early_signal_has_its_default_action(void **state)
{
    (void)state;
    static const int deadly[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
        int status = status_of_child(deadly[i], false);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), deadly[i]);
    }
}

static void a_late_signal_is_ignored(void **state)
{
    (void)state;
    static const int all[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int status = status_of_child(all[i], true);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_early_signal_has_its_default_action),
        cmocka_unit_test(a_late_signal_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
