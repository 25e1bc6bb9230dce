/* A test program of an embedder: its own handlers, run in the simulated world.  Linked with libksim and -rdynamic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "ksim.h"

#define SCENARIO(handler, code)                                                                                        \
    "cluster brokers=1\n"                                                                                              \
    "topic   orders partitions=2\n"                                                                                    \
    "server  s1 group=billing\n"                                                                                       \
    "handler s1 orders use self:" handler "\n"                                                                         \
    "at 0    load orders 10\n"                                                                                         \
    "at 0    start s1\n"                                                                                               \
    "at 10s  signal s1 TERM\n"                                                                                         \
    "by +5s  expect exit s1 code=" code "\n"

CARAFE_API int slow_handler(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count);
int slow_handler(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)messages;
    return carafe_consumer_sleep(consumer, 100 * (int64_t)count);
}

static struct ksim_verdict verdict;

static void a_handler_of_this_program_runs_in_the_world(void **state)
{
    (void)state;
    assert_int_equal(ksim_run_text("slow.scn", SCENARIO("slow_handler", "0"), NULL, &verdict), KSIM_PASSED);
    assert_string_equal(verdict.text, "");
    uint64_t hash = verdict.trace_hash;
    struct ksim_options options = {.seed = 7};
    assert_int_equal(ksim_run_text("slow.scn", SCENARIO("slow_handler", "0"), &options, &verdict), KSIM_PASSED);
    assert_int_equal(verdict.seed, 7);
    assert_int_not_equal(verdict.trace_hash, hash);
    assert_int_equal(ksim_run_text("slow.scn", SCENARIO("slow_handler", "0"), NULL, &verdict), KSIM_PASSED);
    assert_int_equal(verdict.trace_hash, hash);
}

static void a_verdict_says_why_a_scenario_failed(void **state)
{
    (void)state;
    assert_int_equal(ksim_run_text("slow.scn", SCENARIO("slow_handler", "2"), NULL, &verdict), KSIM_FAILED);
    assert_non_null(strstr(verdict.text, "slow.scn:8:1: expectation failed: exit s1 code=2 by 15s\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_of_this_program_runs_in_the_world),
        cmocka_unit_test(a_verdict_says_why_a_scenario_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
