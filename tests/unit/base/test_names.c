#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "carafe.h"

static void every_event_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < CARAFE_EVENT_COUNT; i++) {
        assert_non_null(strchr(carafe_event_name((enum carafe_event_kind)i), '.'));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(carafe_event_name((enum carafe_event_kind)i),
                                    carafe_event_name((enum carafe_event_kind)j));
        }
    }
    assert_string_equal(carafe_event_name(CARAFE_EVENT_ERROR_OCCURRED), "error.occurred");
}

static void names_stand_in_the_order_of_their_enumerations(void **state)
{
    (void)state;
    assert_string_equal(carafe_status_name(CARAFE_INITIALIZING), "initializing");
    assert_string_equal(carafe_status_name(CARAFE_RUNNING), "running");
    assert_string_equal(carafe_status_name(CARAFE_TERMINATED), "terminated");
    assert_string_equal(carafe_execution_mode_name(CARAFE_EMBEDDED), "embedded");
    assert_string_equal(carafe_execution_mode_name(CARAFE_SWARM), "swarm");
    assert_string_equal(carafe_job_type_name(CARAFE_JOB_CONSUME), "consume");
    assert_string_equal(carafe_job_type_name(CARAFE_JOB_TICK), "tick");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_has_a_name_of_its_own),
        cmocka_unit_test(names_stand_in_the_order_of_their_enumerations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
