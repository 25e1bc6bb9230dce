/* What libksim says of scenarios and handlers that go wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ksim.h"

#define SCENARIO                                                                                                       \
    "set use = nothing\n"                                                                                              \
    "cluster brokers=1\n"                                                                                              \
    "topic   orders\n"                                                                                                 \
    "server  s1\n"                                                                                                     \
    "handler s1 orders use $use\n"                                                                                     \
    "at 0    load orders 1\n"                                                                                          \
    "at 0    start s1\n"                                                                                               \
    "at 10s  signal s1 TERM\n"

static struct ksim_verdict verdict;
static int calls;

CARAFE_API int counting_handler(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count);
int counting_handler(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)consumer;
    (void)messages;
    (void)count;
    return calls++ == 0 ? 0 : carafe_consumer_fail(consumer, "NotClean", "called before");
}

CARAFE_API int crashing_handler(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count);
int crashing_handler(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)consumer;
    (void)messages;
    (void)count;
    abort();
}

static int run(const char *use)
{
    struct ksim_define define = {.name = "use", .value = use};
    struct ksim_options options = {.defines = &define, .define_count = 1};
    return ksim_run_text("folder/test.scn", SCENARIO, &options, &verdict);
}

static void every_call_starts_from_the_state_of_the_program(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(run("self:counting_handler"), KSIM_PASSED);
        assert_int_equal(calls, 0);
    }
}

static void a_crash_of_a_handler_is_a_verdict(void **state)
{
    (void)state;
    assert_int_equal(run("self:crashing_handler"), KSIM_INTERNAL);
    assert_false(verdict.passed);
    assert_non_null(strstr(verdict.text, "test.scn: internal error: the run died by signal 6 (Aborted)\n"));
    assert_non_null(strstr(verdict.text, "  last event: s1 consumer.consume "));
}

static void a_symbol_that_is_not_there_is_a_mistake_with_its_place(void **state)
{
    (void)state;
    assert_int_equal(run("self:nowhere"), KSIM_MISTAKE);
    assert_non_null(strstr(verdict.text,
                           "folder/test.scn:5:23: use: expected a function that self exports, got nowhere, "
                           "which it does not\n    5 | handler s1 orders use $use\n"));
}

static void a_shared_object_that_is_not_there_is_a_mistake_with_its_place(void **state)
{
    (void)state;
    assert_int_equal(run("./none.so:consume"), KSIM_MISTAKE);
    assert_non_null(strstr(verdict.text, "folder/test.scn:5:23: use: expected a shared object that can be loaded, got "
                                         "\"folder/./none.so: cannot open shared object file"));
}

static void a_mistake_in_a_file_is_told_like_that_in_a_text(void **state)
{
    (void)state;
    assert_int_equal(ksim_run_file("/nonexistent.scn", NULL, &verdict), KSIM_MISTAKE);
    assert_non_null(strstr(verdict.text, "/nonexistent.scn: file: expected a readable file"));
    assert_int_equal(ksim_run_text("t.scn", "nonsense", NULL, NULL), KSIM_MISTAKE);
    assert_int_equal(ksim_run_text("t.scn", "", NULL, &verdict), KSIM_MISTAKE);
}

static void options_out_of_bounds_are_a_mistake(void **state)
{
    (void)state;
    assert_int_equal(ksim_run_text("t.scn", SCENARIO, &(struct ksim_options){.define_count = 65}, &verdict),
                     KSIM_MISTAKE);
    assert_int_equal(ksim_run_text("t.scn", SCENARIO, &(struct ksim_options){.wall_limit_s = -1}, &verdict),
                     KSIM_MISTAKE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_starts_from_the_state_of_the_program),
        cmocka_unit_test(a_crash_of_a_handler_is_a_verdict),
        cmocka_unit_test(a_symbol_that_is_not_there_is_a_mistake_with_its_place),
        cmocka_unit_test(a_shared_object_that_is_not_there_is_a_mistake_with_its_place),
        cmocka_unit_test(a_mistake_in_a_file_is_told_like_that_in_a_text),
        cmocka_unit_test(options_out_of_bounds_are_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
