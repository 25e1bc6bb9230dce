#include "support/cmocka_all.h"
#include "support/fake_clock.h"
#include "swarm/liveness.h"

/* A parent that keeps the last report, and ends when the test says so. */
struct fake_parent {
    struct parent port;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t reports;
    bool healthy;
    int64_t deadline_ns;
    bool waiting;
    bool woken;
    bool next; /* as if the deadline had passed */
    bool ended;
};

static struct fake_clock fake_time;
static struct fake_parent parent;
static struct liveness *liveness;
static int orphaned;

static void report(struct parent *port, bool healthy)
{
    (void)port;
    pthread_mutex_lock(&parent.lock);
    parent.reports++;
    parent.healthy = healthy;
    pthread_cond_broadcast(&parent.changed);
    pthread_mutex_unlock(&parent.lock);
}

static bool wait_end(struct parent *port, int64_t deadline_ns)
{
    (void)port;
    pthread_mutex_lock(&parent.lock);
    parent.deadline_ns = deadline_ns;
    parent.waiting = true;
    pthread_cond_broadcast(&parent.changed);
    while (!parent.woken && !parent.ended && !parent.next) {
        pthread_cond_wait(&parent.changed, &parent.lock);
    }
    parent.waiting = false;
    parent.woken = false;
    parent.next = false;
    bool ended = parent.ended;
    pthread_mutex_unlock(&parent.lock);
    return ended;
}

static void set(bool *flag)
{
    pthread_mutex_lock(&parent.lock);
    *flag = true;
    pthread_cond_broadcast(&parent.changed);
    pthread_mutex_unlock(&parent.lock);
}

static void wake(struct parent *port)
{
    (void)port;
    set(&parent.woken);
}

static void note_orphaned(void *owner)
{
    (*(int *)owner)++;
}

static int setup(void **state)
{
    (void)state;
    fake_clock_init(&fake_time);
    parent = (struct fake_parent){.port = {.report = report, .wait_end = wait_end, .wake = wake}};
    pthread_mutex_init(&parent.lock, NULL);
    pthread_cond_init(&parent.changed, NULL);
    orphaned = 0;
    liveness = liveness_create(&(struct liveness_options){.clock = &fake_time.port,
                                                          .parent = &parent.port,
                                                          .every_ms = 10000,
                                                          .poll_interval_ms = 30000,
                                                          .orphaned = note_orphaned,
                                                          .owner = &orphaned});
    return liveness == NULL;
}

static int teardown(void **state)
{
    (void)state;
    (void)liveness_end(liveness);
    liveness_destroy(liveness);
    pthread_cond_destroy(&parent.changed);
    pthread_mutex_destroy(&parent.lock);
    fake_clock_close(&fake_time);
    return 0;
}

static void start(void)
{
    struct carafe_error error;
    assert_int_equal(liveness_start(liveness, &error), 0);
}

/* Until `count` reports were made and the next is waited for; returns the last. */
static bool await_reports(size_t count)
{
    pthread_mutex_lock(&parent.lock);
    while (parent.reports < count || !parent.waiting) {
        pthread_cond_wait(&parent.changed, &parent.lock);
    }
    bool healthy = parent.healthy;
    pthread_mutex_unlock(&parent.lock);
    return healthy;
}

static void note(enum carafe_event_kind kind, const char *group)
{
    struct carafe_event event = {
        .kind = kind, .subscription_group = group, .monotonic_ns = fake_time.port.monotonic_ns(&fake_time.port)};
    assert_int_equal(liveness_note(&event, liveness), 0);
}

static void first_report_comes_at_once_the_next_after_the_interval(void **state)
{
    (void)state;
    start();
    assert_true(await_reports(1));
    assert_int_equal(parent.deadline_ns, FAKE_CLOCK_START_NS + 10 * NS_PER_S);
    assert_int_equal(parent.reports, 1);
    set(&parent.next);
    assert_true(await_reports(2));
    assert_false(liveness_end(liveness));
    assert_int_equal(orphaned, 0);
}

static void one_listener_that_polls_no_more_is_unhealthy(void **state)
{
    (void)state;
    note(CARAFE_EVENT_APP_RUNNING, NULL);
    note(CARAFE_EVENT_LISTENER_FETCH_LOOP, "billing_0");
    note(CARAFE_EVENT_LISTENER_FETCH_LOOP, "billing_1");
    fake_clock_advance(&fake_time, 30000);
    note(CARAFE_EVENT_LISTENER_FETCH_LOOP, "billing_1");
    start();
    assert_true(await_reports(1));
    fake_clock_advance(&fake_time, 1);
    set(&parent.next);
    assert_false(await_reports(2));
    note(CARAFE_EVENT_LISTENER_FETCH_LOOP, "billing_0");
    set(&parent.next);
    assert_true(await_reports(3));
}

static void stopping_node_is_healthy(void **state)
{
    (void)state;
    note(CARAFE_EVENT_APP_RUNNING, NULL);
    note(CARAFE_EVENT_LISTENER_FETCH_LOOP, "billing_0");
    note(CARAFE_EVENT_APP_STOPPING, NULL);
    fake_clock_advance(&fake_time, 60000);
    start();
    assert_true(await_reports(1));
}

static void end_of_the_parent_is_told_once(void **state)
{
    (void)state;
    start();
    (void)await_reports(1);
    set(&parent.ended);
    assert_true(liveness_end(liveness));
    assert_int_equal(orphaned, 1);
    assert_int_equal(parent.reports, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_report_comes_at_once_the_next_after_the_interval, setup, teardown),
        cmocka_unit_test_setup_teardown(one_listener_that_polls_no_more_is_unhealthy, setup, teardown),
        cmocka_unit_test_setup_teardown(stopping_node_is_healthy, setup, teardown),
        cmocka_unit_test_setup_teardown(end_of_the_parent_is_told_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
