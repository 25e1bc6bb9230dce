/* Memory that cannot be had: the linker puts our calloc() before the real one. */
#include <stdatomic.h>

#include "application/application.h"
#include "support/bench.h"
#include "support/cmocka_all.h"

#define ALLOCATIONS_MAX 1000

/* Counts down to the one that fails; 0 or less: none does. */
static atomic_int failing_allocation;

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return atomic_fetch_sub(&failing_allocation, 1) == 1 ? NULL : __real_calloc(count, size);
}

static int setup(void **state)
{
    *state = bench_create();
    return 0;
}

static int teardown(void **state)
{
    atomic_store(&failing_allocation, 0);
    bench_destroy(*state);
    return 0;
}

static void create_survives_every_allocation_that_fails(void **state)
{
    struct bench *bench = *state;
    struct application *application = NULL;
    int failed = 0;
    for (int i = 1; application == NULL && i < ALLOCATIONS_MAX; i++) {
        struct carafe_error error = {.code = CARAFE_OK};
        atomic_store(&failing_allocation, i);
        application = application_create(&bench->config, &bench->ports, CARAFE_STANDALONE, &error);
        atomic_store(&failing_allocation, 0);
        if (application == NULL) {
            assert_int_equal(error.code, CARAFE_NO_MEMORY);
            failed++;
        }
    }
    assert_true(failed > 10);
    assert_true(application_destroy(application));
}

static void batch_without_memory_for_its_job_is_fetched_again_by_a_new_client(void **state)
{
    struct bench *bench = *state;
    struct fake_member *member = bench_start_assigned(bench);
    fake_member_await_drained(member);
    atomic_store(&failing_allocation, 1);
    fake_member_message(member, "orders", 0, 5);
    struct recorded error = recorder_await_failure(bench->recorder, "connection.listener.fetch_loop.error", 1);
    assert_string_equal(error.failure_class, "MemoryError");
    fake_clock_await_deadline(&bench->clock, 6000);
    fake_clock_advance(&bench->clock, 6000);
    struct fake_member *second = fake_factory_member(&bench->factory, 1);
    fake_member_assign(second, "orders", 0);
    fake_member_message(second, "orders", 0, 5);
    assert_int_equal(fake_member_await(second, "store", 1).offset, 6);
    assert_int_equal(fake_member_stored(member, "orders", 0), -1);
    assert_int_equal(fake_member_messages_out(member), 0);
    assert_int_equal(bench_stop(bench), 0);
    assert_int_equal(bench_join(bench), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(create_survives_every_allocation_that_fails),
        TEST(batch_without_memory_for_its_job_is_fetched_again_by_a_new_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
