#include "ports/signals.h"
#include "support/cmocka_all.h"
#include "support/fake_clock.h"

/* Counts what is told, and can hold the callback of TERM. */
struct listener {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int told[SIGNAL_KINDS];
    int observed[SIGNAL_KINDS];
    bool held;
};

static struct fake_clock clock_of_test;
static struct signal_dispatch *dispatch;
static struct listener listener;

static void told(enum signal_kind kind, void *owner)
{
    struct listener *self = owner;
    pthread_mutex_lock(&self->lock);
    self->told[kind]++;
    pthread_cond_broadcast(&self->changed);
    while (kind == SIGNAL_TERM && self->held) {
        pthread_cond_wait(&self->changed, &self->lock);
    }
    pthread_mutex_unlock(&self->lock);
}

static void observed(enum signal_kind kind, void *owner)
{
    struct listener *self = owner;
    pthread_mutex_lock(&self->lock);
    self->observed[kind]++;
    pthread_mutex_unlock(&self->lock);
}

static void await_told(enum signal_kind kind, int count)
{
    pthread_mutex_lock(&listener.lock);
    while (listener.told[kind] < count) {
        pthread_cond_wait(&listener.changed, &listener.lock);
    }
    pthread_mutex_unlock(&listener.lock);
}

static void hold(bool held)
{
    pthread_mutex_lock(&listener.lock);
    listener.held = held;
    pthread_cond_broadcast(&listener.changed);
    pthread_mutex_unlock(&listener.lock);
}

static int setup(void **state)
{
    (void)state;
    fake_clock_init(&clock_of_test);
    listener = (struct listener){.held = false};
    pthread_mutex_init(&listener.lock, NULL);
    pthread_cond_init(&listener.changed, NULL);
    dispatch = signal_dispatch_create(&clock_of_test.port);
    signal_dispatch_observe(dispatch, observed, &listener);
    signal_dispatch_bind(dispatch, SIGNAL_TERM, told, &listener);
    signal_dispatch_bind(dispatch, SIGNAL_TTIN, told, &listener);
    signal_dispatch_open(dispatch);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    signal_dispatch_release(dispatch);
    signal_dispatch_destroy(dispatch);
    pthread_cond_destroy(&listener.changed);
    pthread_mutex_destroy(&listener.lock);
    fake_clock_close(&clock_of_test);
    return 0;
}

static void signal_of_another_kind_is_served_while_a_callback_blocks(void **state)
{
    (void)state;
    hold(true);
    assert_int_equal(signal_dispatch_raise(dispatch, SIGNAL_TERM), 0);
    await_told(SIGNAL_TERM, 1);
    assert_int_equal(signal_dispatch_raise(dispatch, SIGNAL_TTIN), 0);
    await_told(SIGNAL_TTIN, 1);
    hold(false);
}

static void repetitions_during_a_callback_are_served_once_after_it(void **state)
{
    (void)state;
    hold(true);
    assert_int_equal(signal_dispatch_raise(dispatch, SIGNAL_TERM), 0);
    await_told(SIGNAL_TERM, 1);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(signal_dispatch_raise(dispatch, SIGNAL_TERM), 0);
    }
    hold(false);
    await_told(SIGNAL_TERM, 2);
    signal_dispatch_release(dispatch);
    assert_int_equal(listener.told[SIGNAL_TERM], 2);
    assert_int_equal(listener.observed[SIGNAL_TERM], 6);
}

static void unbound_signal_is_observed(void **state)
{
    (void)state;
    assert_int_equal(signal_dispatch_raise(dispatch, SIGNAL_USR1), 0);
    assert_int_equal(listener.observed[SIGNAL_USR1], 1);
}

static void released_dispatch_refuses_signals(void **state)
{
    (void)state;
    signal_dispatch_release(dispatch);
    assert_int_equal(signal_dispatch_raise(dispatch, SIGNAL_TERM), CARAFE_CLOSED);
    assert_int_equal(listener.observed[SIGNAL_TERM], 0);
}

static void cleared_dispatch_tells_nobody(void **state)
{
    (void)state;
    signal_dispatch_clear(dispatch);
    assert_int_equal(signal_dispatch_raise(dispatch, SIGNAL_TERM), 0);
    signal_dispatch_release(dispatch);
    assert_int_equal(listener.told[SIGNAL_TERM], 0);
    assert_int_equal(listener.observed[SIGNAL_TERM], 0);
}

static void signal_kind_name_knows_every_kind(void **state)
{
    (void)state;
    assert_string_equal(signal_kind_name(SIGNAL_INT), "INT");
    assert_string_equal(signal_kind_name(SIGNAL_USR2), "USR2");
    assert_string_equal(signal_kind_name(SIGNAL_KINDS), "unknown");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signal_of_another_kind_is_served_while_a_callback_blocks),
        TEST(repetitions_during_a_callback_are_served_once_after_it),
        TEST(unbound_signal_is_observed),
        TEST(released_dispatch_refuses_signals),
        TEST(cleared_dispatch_tells_nobody),
        TEST(signal_kind_name_knows_every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
