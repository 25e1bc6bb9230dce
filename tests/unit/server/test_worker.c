#include "server/worker.h"

#include "server/config.h"
#include "server/jobs_queue.h"
#include "support/cmocka_all.h"
#include "support/fake_clock.h"
#include "support/fake_log.h"

static struct fake_clock clock_of_test;
static struct fake_log lines;
static struct config config;
static struct context context;
static struct worker_pool *pool;
static pthread_mutex_t ended_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended_changed = PTHREAD_COND_INITIALIZER;
static size_t ended;

static void on_worker_ended(void *owner)
{
    (void)owner;
    pthread_mutex_lock(&ended_lock);
    ended++;
    pthread_cond_broadcast(&ended_changed);
    pthread_mutex_unlock(&ended_lock);
}

static void await_ended(size_t count)
{
    pthread_mutex_lock(&ended_lock);
    while (ended < count) {
        pthread_cond_wait(&ended_changed, &ended_lock);
    }
    pthread_mutex_unlock(&ended_lock);
}

static int setup(void **state)
{
    (void)state;
    ended = 0;
    fake_clock_init(&clock_of_test);
    fake_log_init(&lines);
    config.values.concurrency = 1;
    context = (struct context){.config = &config,
                               .ports = {.clock = &clock_of_test.port, .log = &lines.port},
                               .monitor = monitor_create(&clock_of_test.port, &lines.port),
                               .queue = jobs_queue_create(&clock_of_test.port),
                               .worker_ended = on_worker_ended};
    pool = worker_pool_create(&context);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    jobs_queue_close(context.queue);
    worker_pool_destroy(pool);
    jobs_queue_destroy(context.queue);
    monitor_destroy(context.monitor);
    fake_log_close(&lines);
    fake_clock_close(&clock_of_test);
    return 0;
}

static void workers_that_have_ended_are_forgotten(void **state)
{
    (void)state;
    struct carafe_error error = {.code = CARAFE_OK};
    assert_int_equal(worker_pool_start(pool, 1, &error), 0);
    for (size_t turn = 1; turn <= 20; turn++) {
        assert_int_equal(worker_pool_scale(pool, 3, &error), 0);
        assert_int_equal(worker_pool_scale(pool, 1, &error), 0);
        await_ended(2 * turn);
    }
    assert_int_equal(worker_pool_join(pool, false), 0);
    assert_int_equal(worker_pool_alive(pool), 1);
    worker_pool_dump(pool);
    assert_true(fake_log_has(&lines, "state: workers: 1 wanted, 1 alive"));
    assert_true(fake_log_has(&lines, ": idle"));
    assert_false(fake_log_has(&lines, ": ended"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(workers_that_have_ended_are_forgotten, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
