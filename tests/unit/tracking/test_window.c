#include "support/cmocka_all.h"
#include "tracking/window.h"

static struct transfer_window transfer;
static struct work_window work;

static int setup(void **state)
{
    (void)state;
    transfer = (struct transfer_window){0};
    work = (struct work_window){0};
    return 0;
}

static void assert_rate(double now_ms, double expected_received, double expected_sent)
{
    double received = -1;
    double sent = -1;
    transfer_window_rate(&transfer, now_ms, &received, &sent);
    assert_true(received == expected_received);
    assert_true(sent == expected_sent);
}

static void a_rate_needs_two_samples(void **state)
{
    (void)state;
    assert_rate(0, 0, 0);
    transfer_window_add(&transfer, 1000, 500, 50);
    assert_rate(1000, 0, 0);
    transfer_window_add(&transfer, 6000, 10500, 1050);
    assert_rate(6000, 2000, 200);
}

static void samples_older_than_a_minute_do_not_count(void **state)
{
    (void)state;
    transfer_window_add(&transfer, 1000, 0, 0);
    transfer_window_add(&transfer, 6000, 5000, 5000);
    assert_rate(61000, 1000, 1000);
    assert_rate(61001, 0, 0);
}

static void a_total_that_went_back_begins_a_new_window(void **state)
{
    (void)state;
    transfer_window_add(&transfer, 0, 100000, 100000);
    transfer_window_add(&transfer, 5000, 10, 10);
    assert_rate(5000, 0, 0);
    transfer_window_add(&transfer, 10000, 5010, 10);
    assert_rate(10000, 1000, 0);
}

static void totals_may_be_as_far_apart_as_64_bits_allow(void **state)
{
    (void)state;
    transfer_window_add(&transfer, 0, INT64_MIN, 0);
    transfer_window_add(&transfer, 10000, INT64_MAX, 20);
    assert_rate(10000, 1844674407370955161.5, 2);
}

static void fast_samples_keep_the_window_a_minute_long(void **state)
{
    (void)state;
    for (int i = 0; i <= 120000; i += 10) {
        transfer_window_add(&transfer, i, i, 0);
    }
    assert_true(transfer.count <= TRANSFER_SAMPLES);
    double oldest_ms = transfer.samples[transfer.first].at_ms;
    assert_true(oldest_ms >= 60000 && oldest_ms <= 60000 + 2 * TRANSFER_SPACING_MS);
    assert_rate(120000, 1000, 0);
}

static void work_of_the_last_minute_is_summed(void **state)
{
    (void)state;
    bool used = true;
    assert_true(work_window_sum(&work, 0, &used) == 0);
    assert_false(used);
    work_window_add(&work, 1000, 250);
    work_window_add(&work, 2000, 500);
    assert_true(work_window_sum(&work, 2000, &used) == 750);
    assert_true(used);
    assert_true(work_window_sum(&work, 61600, &used) == 500);
    assert_true(work_window_sum(&work, 70000, &used) == 0);
    assert_false(used);
}

static void a_long_pause_empties_the_window_of_work(void **state)
{
    (void)state;
    bool used = true;
    work_window_add(&work, 1000, 250);
    work_window_add(&work, 1000.0 * 3600 * 24 * 365, 10);
    assert_true(work_window_sum(&work, 1000.0 * 3600 * 24 * 365, &used) == 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_rate_needs_two_samples, setup),
        cmocka_unit_test_setup(samples_older_than_a_minute_do_not_count, setup),
        cmocka_unit_test_setup(a_total_that_went_back_begins_a_new_window, setup),
        cmocka_unit_test_setup(totals_may_be_as_far_apart_as_64_bits_allow, setup),
        cmocka_unit_test_setup(fast_samples_keep_the_window_a_minute_long, setup),
        cmocka_unit_test_setup(work_of_the_last_minute_is_summed, setup),
        cmocka_unit_test_setup(a_long_pause_empties_the_window_of_work, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
