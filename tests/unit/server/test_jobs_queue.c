#include <string.h>

#include "server/jobs_queue.h"
#include "support/cmocka_all.h"
#include "support/fake_clock.h"
#include "support/fake_log.h"

static struct fake_clock clock_of_test;
static struct jobs_queue *queue;
static struct lane lanes[2];
static struct job jobs[3];

static int setup(void **state)
{
    (void)state;
    fake_clock_init(&clock_of_test);
    queue = jobs_queue_create(&clock_of_test.port);
    memset(lanes, 0, sizeof lanes);
    memset(jobs, 0, sizeof jobs);
    for (size_t i = 0; i < 3; i++) {
        jobs[i].lane = &lanes[i == 2 ? 1 : 0];
        jobs[i].description[0] = (char)('a' + i);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    jobs_queue_destroy(queue);
    fake_clock_close(&clock_of_test);
    return 0;
}

static void push_all(void)
{
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(jobs_queue_push(queue, &jobs[i], NULL), 0);
    }
}

static void assert_statistics(size_t busy, size_t enqueued, size_t waiting)
{
    struct jobs_queue_statistics statistics = jobs_queue_statistics(queue);
    assert_int_equal(statistics.busy, busy);
    assert_int_equal(statistics.enqueued, enqueued);
    assert_int_equal(statistics.waiting, waiting);
}

static void finish(size_t index)
{
    jobs_queue_complete(queue, &jobs[index]);
}

static void job_of_a_busy_lane_is_held_and_others_pass_it(void **state)
{
    (void)state;
    push_all();
    assert_statistics(0, 2, 1);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[0]);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[2]);
    assert_statistics(2, 0, 1);
    finish(0);
    assert_statistics(1, 1, 0);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[1]);
    finish(1);
    finish(2);
    assert_statistics(0, 0, 0);
}

static void ids_count_from_one(void **state)
{
    (void)state;
    push_all();
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(jobs[i].view.id, i + 1);
    }
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[0]);
    finish(0);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[2]);
    finish(2);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[1]);
    finish(1);
}

static void closed_queue_refuses_pushes_and_gives_out_what_it_has(void **state)
{
    (void)state;
    assert_int_equal(jobs_queue_push(queue, &jobs[0], NULL), 0);
    jobs_queue_close(queue);
    assert_int_equal(jobs_queue_push(queue, &jobs[2], NULL), CARAFE_CLOSED);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[0]);
    assert_null(jobs_queue_pop(queue));
    finish(0);
}

static void worker_too_many_ends_before_it_takes_a_job(void **state)
{
    (void)state;
    assert_int_equal(jobs_queue_push(queue, &jobs[0], NULL), 0);
    jobs_queue_retire_workers(queue, 1);
    assert_null(jobs_queue_pop(queue));
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[0]);
    finish(0);
}

static void running_jobs_are_described_and_others_not(void **state)
{
    (void)state;
    char text[16];
    push_all();
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[0]);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[2]);
    assert_int_equal(jobs_queue_describe_running(queue, text, sizeof text), 2);
    assert_string_equal(text, "a; c");
    assert_int_equal(jobs_queue_describe_running(queue, text, 3), 2);
    assert_string_equal(text, "a;");
    finish(0);
    finish(2);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[1]);
    finish(1);
}

static void dump_names_every_job_with_its_state(void **state)
{
    (void)state;
    static struct fake_log log;
    fake_log_init(&log);
    push_all();
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[0]);
    jobs_queue_dump(queue, &log.port);
    assert_true(fake_log_has(&log, "state: jobs: 1 running, 1 pending, 1 held"));
    assert_true(fake_log_has(&log, "state: job 1: a, running"));
    assert_true(fake_log_has(&log, "state: job 2: b, held"));
    assert_true(fake_log_has(&log, "state: job 3: c, pending"));
    fake_log_close(&log);
    finish(0);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[2]);
    finish(2);
    assert_ptr_equal(jobs_queue_pop(queue), &jobs[1]);
    finish(1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(job_of_a_busy_lane_is_held_and_others_pass_it),
        TEST(ids_count_from_one),
        TEST(closed_queue_refuses_pushes_and_gives_out_what_it_has),
        TEST(worker_too_many_ends_before_it_takes_a_job),
        TEST(running_jobs_are_described_and_others_not),
        TEST(dump_names_every_job_with_its_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
