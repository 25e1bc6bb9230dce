#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "posix/posix.h"

static struct children *children;
static struct children_event event;

static int setup(void **state)
{
    (void)state;
    struct carafe_error error;
    children = posix_children_create(posix_clock());
    return children == NULL || children->supervise(children, &error) != 0;
}

static int teardown(void **state)
{
    (void)state;
    posix_children_destroy(children);
    return 0;
}

static void spawn(size_t child, child_entry entry)
{
    struct carafe_error error;
    assert_int_equal(children->spawn(children, child, entry, &event, &error), 0);
}

static enum children_event_kind next_event(void)
{
    children->wait(children, NEVER_NS, &event);
    return event.kind;
}

static int exit_with_its_number(struct parent *parent, size_t child, void *argument)
{
    (void)parent;
    (void)argument;
    return 10 + (int)child;
}

static int report_both_ways(struct parent *parent, size_t child, void *argument)
{
    (void)child;
    (void)argument;
    parent->report(parent, false);
    return parent->wait_end(parent, NEVER_NS) ? 3 : 0; /* until it is killed */
}

static int wait_in_vain(struct parent *parent, size_t child, void *argument)
{
    (void)child;
    (void)argument;
    parent->wake(parent);
    return parent->wait_end(parent, NEVER_NS) ? 1 : 0;
}

static void the_end_of_a_child_is_told_with_its_code(void **state)
{
    (void)state;
    spawn(3, exit_with_its_number);
    assert_true(children->id(children, 3) > 0);
    assert_int_equal(next_event(), CHILDREN_ENDED);
    assert_int_equal(event.child, 3);
    assert_int_equal(event.exit_code, 13);
    assert_int_equal(event.killed_by, 0);
    spawn(3, wait_in_vain);
    assert_int_equal(next_event(), CHILDREN_ENDED);
    assert_int_equal(event.exit_code, 0);
}

static void a_report_is_told_then_the_kill(void **state)
{
    (void)state;
    spawn(0, report_both_ways);
    assert_int_equal(next_event(), CHILDREN_REPORTED);
    assert_int_equal(event.child, 0);
    assert_false(event.healthy);
    children->kill(children, 0);
    assert_int_equal(next_event(), CHILDREN_ENDED);
    assert_int_equal(event.exit_code, -1);
    assert_int_equal(event.killed_by, SIGKILL);
}

static void a_signal_before_the_child_catches_any_is_kept(void **state)
{
    (void)state;
    spawn(0, report_both_ways);
    assert_int_equal(next_event(), CHILDREN_REPORTED);
    children->signal(children, 0, SIGNAL_TERM);
    children->wait(children, 0, &event);
    assert_int_equal(event.kind, CHILDREN_DEADLINE);
    children->kill(children, 0);
    assert_int_equal(next_event(), CHILDREN_ENDED);
    assert_int_equal(event.killed_by, SIGKILL);
}

static void every_signal_of_ours_is_told(void **state)
{
    (void)state;
    static const int numbers[SIGNAL_KINDS] = {
        [SIGNAL_INT] = SIGINT,   [SIGNAL_QUIT] = SIGQUIT, [SIGNAL_TERM] = SIGTERM, [SIGNAL_HUP] = SIGHUP,
        [SIGNAL_TSTP] = SIGTSTP, [SIGNAL_TTIN] = SIGTTIN, [SIGNAL_USR1] = SIGUSR1, [SIGNAL_USR2] = SIGUSR2};
    for (int kind = 0; kind < SIGNAL_KINDS; kind++) {
        assert_int_equal(kill(getpid(), numbers[kind]), 0);
        assert_int_equal(next_event(), CHILDREN_SIGNAL);
        assert_int_equal(event.signal, kind);
    }
    children->raise(children, SIGNAL_TSTP);
    assert_int_equal(next_event(), CHILDREN_SIGNAL);
    assert_int_equal(event.signal, SIGNAL_TSTP);
}

static void signals_are_given_back(void **state)
{
    (void)state;
    sigset_t mask;
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    assert_int_equal(sigismember(&mask, SIGTERM), 1);
    children->release(children);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    assert_int_equal(sigismember(&mask, SIGTERM), 0);
}

static void *supervise_aside(void *error)
{
    struct children *other = posix_children_create(posix_clock());
    int code = other->supervise(other, error);
    posix_children_destroy(other);
    return code == CARAFE_REFUSED ? error : NULL;
}

static void a_second_thread_is_refused(void **state)
{
    (void)state;
    struct carafe_error error;
    pthread_t thread;
    void *refused = NULL;
    assert_int_equal(pthread_create(&thread, NULL, supervise_aside, &error), 0);
    assert_int_equal(pthread_join(thread, &refused), 0);
    assert_non_null(refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_end_of_a_child_is_told_with_its_code, setup, teardown),
        cmocka_unit_test_setup_teardown(a_report_is_told_then_the_kill, setup, teardown),
        cmocka_unit_test_setup_teardown(a_signal_before_the_child_catches_any_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(every_signal_of_ours_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(signals_are_given_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_thread_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
