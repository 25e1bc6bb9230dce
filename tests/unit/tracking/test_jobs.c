#include <string.h>

#include "support/cmocka_all.h"
#include "tracking/jobs.h"

static struct jobs jobs;
static struct json_document document;
static struct json_buffer text;

static int setup(void **state)
{
    (void)state;
    jobs_init(&jobs);
    json_document_init(&document);
    json_buffer_init(&text);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    jobs_close(&jobs);
    json_document_close(&document);
    json_buffer_close(&text);
    return 0;
}

static struct carafe_job_view job(uint64_t id)
{
    return (struct carafe_job_view){.id = id,
                                    .type = CARAFE_JOB_CONSUME,
                                    .group = "g",
                                    .subscription_group = id % 2 == 0 ? "even" : "odd",
                                    .topic = "t",
                                    .partition = (int32_t)id,
                                    .consumer = "C",
                                    .first_offset = 5,
                                    .last_offset = 9,
                                    .messages = 5,
                                    .processing_lag_ms = -1,
                                    .consumption_lag_ms = 12,
                                    .committed_offset = -1001};
}

static void put(uint64_t id, bool running)
{
    struct carafe_job_view view = job(id);
    assert_int_equal(jobs_put(&jobs, &view, running, 1.5), 0);
}

static const char *written(void)
{
    json_document_reset(&document);
    struct json_value *array = json_add_array(&document, NULL, JSON_NO_KEY);
    jobs_write(&jobs, &document, array);
    json_buffer_reset(&text);
    json_write(&text, array);
    return json_buffer_text(&text);
}

static void a_job_is_written_as_reports_have_it(void **state)
{
    (void)state;
    static const char *const tags[] = {"one", "two"};
    struct carafe_job_view view = job(7);
    view.tags = (struct carafe_names){tags, 2};
    assert_int_equal(jobs_put(&jobs, &view, true, 1.5), 0);
    assert_string_equal(written(), "[{\"updated_at\":1.5,\"topic\":\"t\",\"partition\":7,\"first_offset\":5,"
                                   "\"last_offset\":9,\"processing_lag\":-1,\"consumption_lag\":12,"
                                   "\"committed_offset\":-1,\"messages\":5,\"consumer\":\"C\",\"consumer_group\":\"g\","
                                   "\"type\":\"consume\",\"tags\":[\"one\",\"two\"],\"status\":\"running\"}]");
}

static void tags_set_while_a_job_runs_replace_its_old_ones(void **state)
{
    (void)state;
    static const char *const tags[] = {"half", "done"};
    struct carafe_job_view view = job(7);
    view.tags = (struct carafe_names){tags, 2};
    assert_int_equal(jobs_retag(&jobs, &view), 0);
    put(7, true);
    assert_int_equal(jobs_retag(&jobs, &view), 0);
    assert_non_null(strstr(written(), "[{\"updated_at\":1.5,"));
    assert_non_null(strstr(written(), "\"tags\":[\"half\",\"done\"],\"status\":\"running\"}]"));
    view.id = 8;
    assert_int_equal(jobs_retag(&jobs, &view), 0);
    assert_int_equal(jobs.count, 1);
}

static void a_pending_job_that_runs_is_listed_once(void **state)
{
    (void)state;
    put(1, false);
    assert_non_null(strstr(written(), "\"status\":\"pending\""));
    put(1, true);
    assert_int_equal(jobs.count, 1);
    assert_non_null(strstr(written(), "\"status\":\"running\""));
    jobs_remove(&jobs, 1);
    assert_string_equal(written(), "[]");
    jobs_remove(&jobs, 1);
    assert_int_equal(jobs.count, 0);
}

static void only_pending_jobs_of_one_group_go_with_their_client(void **state)
{
    (void)state;
    put(1, false);
    put(2, false);
    put(3, true);
    put(5, false);
    jobs_remove_pending(&jobs, "odd");
    assert_int_equal(jobs.count, 2);
    assert_non_null(strstr(written(), "\"partition\":2"));
    assert_non_null(strstr(written(), "\"partition\":3"));
}

static void jobs_that_come_and_go_take_no_more_room(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= 100000; id++) {
        put(id * 128, true); /* ids that fall on few slots */
        if (id > 50) {
            jobs_remove(&jobs, (id - 50) * 128);
        }
    }
    assert_int_equal(jobs.count, 50);
    assert_int_equal(jobs.capacity, 64);
    for (uint64_t id = 100000 - 49; id <= 100000; id++) {
        jobs_remove(&jobs, id * 128);
    }
    assert_int_equal(jobs.count, 0);
}

static void a_job_is_found_when_one_beside_it_has_gone(void **state)
{
    (void)state;
    put(1, true);
    put(129, true); /* falls on the slot of 1, and lands beside it, before that of 3 */
    put(3, true);
    jobs_remove(&jobs, 129);
    put(3, true);
    assert_int_equal(jobs.count, 2);
}

static void the_number_of_jobs_is_bounded(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= JOBS_MAX; id++) {
        put(id, false);
    }
    struct carafe_job_view view = job(JOBS_MAX + 1);
    assert_int_equal(jobs_put(&jobs, &view, false, 1), CARAFE_FULL);
    jobs_remove(&jobs, 3);
    assert_int_equal(jobs_put(&jobs, &view, false, 1), 0);
    assert_int_equal(jobs.count, JOBS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_job_is_written_as_reports_have_it),     TEST(tags_set_while_a_job_runs_replace_its_old_ones),
        TEST(a_pending_job_that_runs_is_listed_once),  TEST(only_pending_jobs_of_one_group_go_with_their_client),
        TEST(jobs_that_come_and_go_take_no_more_room), TEST(a_job_is_found_when_one_beside_it_has_gone),
        TEST(the_number_of_jobs_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
