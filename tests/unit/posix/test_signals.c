#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix/posix.h"

/*
 * ThreadSanitizer takes signals itself and runs our handler at the next call of the thread that got it; a thread that
 * is about to wait by then runs it never.  And it knows no threads in a forked child.
 */
#ifdef __SANITIZE_THREAD__
#define SKIP_UNDER_THREAD_SANITIZER() skip()
#else
#define SKIP_UNDER_THREAD_SANITIZER() (void)0
#endif

static const int numbers[SIGNAL_KINDS] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGUSR1, SIGUSR2};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int heard[SIGNAL_KINDS];
static int observed[SIGNAL_KINDS];
static bool held; /* callbacks wait while it is set */

static void hear(enum signal_kind kind, void *owner)
{
    int *counts = owner;
    (void)pthread_mutex_lock(&lock);
    counts[kind]++;
    (void)pthread_cond_broadcast(&changed);
    while (held) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
}

static void note(enum signal_kind kind, void *owner)
{
    int *counts = owner;
    (void)pthread_mutex_lock(&lock);
    counts[kind]++;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static void wait_for(const int *count, int least)
{
    (void)pthread_mutex_lock(&lock);
    while (*count < least) {
        (void)pthread_cond_wait(&changed, &lock);
    }
    (void)pthread_mutex_unlock(&lock);
}

static void hold(bool on)
{
    (void)pthread_mutex_lock(&lock);
    held = on;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
}

static struct signals *bound(void)
{
    memset(heard, 0, sizeof heard);
    memset(observed, 0, sizeof observed);
    struct signals *signals = posix_signals_create(posix_clock());
    for (int kind = 0; kind < SIGNAL_KINDS; kind++) {
        signals->bind(signals, (enum signal_kind)kind, hear, heard);
    }
    signals->observe(signals, note, observed);
    return signals;
}

static struct signals *supervised(void)
{
    struct signals *signals = bound();
    struct carafe_error error = {0};
    assert_int_equal(signals->supervise(signals, &error), 0);
    return signals;
}

static void every_kind_reaches_its_callback(void **state)
{
    (void)state;
    struct signals *signals = supervised();
    for (int kind = 0; kind < SIGNAL_KINDS; kind++) {
        assert_int_equal(kill(getpid(), numbers[kind]), 0);
        wait_for(&heard[kind], 1);
        assert_int_equal(observed[kind], 1);
    }
    posix_signals_destroy(signals);
}

static void burst_loses_no_kind_while_a_callback_blocks(void **state)
{
    (void)state;
    struct signals *signals = supervised();
    hold(true);
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    wait_for(&heard[SIGNAL_TERM], 1);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(raise(numbers[i % 2]), 0);
    }
    for (int kind = 0; kind < SIGNAL_KINDS; kind++) {
        assert_int_equal(raise(numbers[kind]), 0);
    }
    hold(false);
    for (int kind = 0; kind < SIGNAL_KINDS; kind++) {
        wait_for(&heard[kind], kind == SIGNAL_TERM ? 2 : 1);
    }
    posix_signals_destroy(signals);
}

static void signal_that_others_blocked_is_still_heard(void **state)
{
    (void)state;
    SKIP_UNDER_THREAD_SANITIZER();
    sigset_t blocked;
    sigset_t before;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
    struct signals *signals = supervised();
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    wait_for(&heard[SIGNAL_TERM], 1);
    posix_signals_destroy(signals);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
}

static void of_the_host(int number)
{
    (void)number;
}

static void dispositions_are_touched_only_between_supervise_and_release(void **state)
{
    (void)state;
    struct sigaction host = {.sa_handler = of_the_host, .sa_flags = SA_NODEFER};
    struct sigaction previous;
    struct sigaction now;
    struct carafe_error error = {0};
    assert_int_equal(sigaction(SIGUSR1, &host, &previous), 0);
    struct signals *signals = bound();
    assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
    assert_true(now.sa_handler == of_the_host);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(signals->supervise(signals, &error), 0);
        assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
        assert_true(now.sa_handler != of_the_host);
        signals->release(signals);
        assert_int_equal(sigaction(SIGUSR1, NULL, &now), 0);
        assert_true(now.sa_handler == of_the_host);
        assert_true((now.sa_flags & SA_NODEFER) != 0);
    }
    signals->release(signals);
    posix_signals_destroy(signals);
    assert_int_equal(sigaction(SIGUSR1, &previous, NULL), 0);
}

static void second_server_of_a_process_is_refused(void **state)
{
    (void)state;
    struct signals *first = supervised();
    struct signals *second = posix_signals_create(posix_clock());
    struct carafe_error error = {0};
    assert_int_equal(second->supervise(second, &error), CARAFE_REFUSED);
    assert_int_equal(first->supervise(first, &error), CARAFE_REFUSED);
    first->release(first);
    assert_int_equal(second->supervise(second, &error), 0);
    posix_signals_destroy(first);
    posix_signals_destroy(second);
}

static void handler_keeps_errno(void **state)
{
    (void)state;
    struct signals *signals = supervised();
    errno = ENOENT;
    (void)raise(SIGUSR2);
    assert_int_equal(errno, ENOENT);
    wait_for(&heard[SIGNAL_USR2], 1);
    posix_signals_destroy(signals);
}

static void forked_child_supervises_for_itself(void **state)
{
    (void)state;
    SKIP_UNDER_THREAD_SANITIZER();
    struct signals *signals = supervised();
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(20);
        struct signals *own = bound();
        struct carafe_error error = {0};
        if (own->supervise(own, &error) != 0) {
            _exit(1);
        }
        (void)kill(getpid(), SIGTERM);
        wait_for(&heard[SIGNAL_TERM], 1);
        _exit(7);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_int_equal(observed[SIGNAL_TERM], 0);
    posix_signals_destroy(signals);
}

int main(void)
{
    (void)alarm(120); /* TERM would not end a program that catches it */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_reaches_its_callback),
        cmocka_unit_test(burst_loses_no_kind_while_a_callback_blocks),
        cmocka_unit_test(signal_that_others_blocked_is_still_heard),
        cmocka_unit_test(dispositions_are_touched_only_between_supervise_and_release),
        cmocka_unit_test(second_server_of_a_process_is_refused),
        cmocka_unit_test(handler_keeps_errno),
        cmocka_unit_test(forked_child_supervises_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
