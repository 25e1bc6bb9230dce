#include "server/retry.h"
#include "support/cmocka_all.h"

static const struct carafe_topic doubling = {.pause_timeout_ms = 1000, .pause_max_timeout_ms = 30000};
static const struct carafe_topic constant = {
    .pause_timeout_ms = 1000, .pause_max_timeout_ms = 30000, .pause_constant = true};

static void first_pause_is_twice_the_pause_timeout(void **state)
{
    (void)state;
    assert_int_equal(retry_pause_ms(&doubling, 1), 2000);
}

static void pauses_double_up_to_their_bound(void **state)
{
    (void)state;
    assert_int_equal(retry_pause_ms(&doubling, 2), 4000);
    assert_int_equal(retry_pause_ms(&doubling, 4), 16000);
    assert_int_equal(retry_pause_ms(&doubling, 5), 30000);
    assert_int_equal(retry_pause_ms(&doubling, 1000000), 30000);
}

static void constant_pauses_do_not_grow(void **state)
{
    (void)state;
    assert_int_equal(retry_pause_ms(&constant, 1), 1000);
    assert_int_equal(retry_pause_ms(&constant, 9), 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_pause_is_twice_the_pause_timeout),
        cmocka_unit_test(pauses_double_up_to_their_bound),
        cmocka_unit_test(constant_pauses_do_not_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
