#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ports/clock.h"
#include "run/judge.h"

#define HEAD                                                                                                           \
    "cluster brokers=1\n"                                                                                              \
    "topic orders partitions=2\n"                                                                                      \
    "server s1 group=billing\n"                                                                                        \
    "handler s1 orders takes=1ms\n"                                                                                    \
    "at 0 start s1\n"

/* A judge over one program; the last statement is the one that is looked at, in a window (from -1: not opened). */
struct court {
    struct program *program;
    struct ledger *ledger;
    struct judge *judge;
    size_t statement;
    int64_t settled_ns; /* -1: not */
    bool failed;
    struct judge_failure failure;
};

static void on_settled(size_t statement, int64_t at_ns, void *owner)
{
    struct court *court = owner;
    assert_int_equal(statement, court->statement);
    court->settled_ns = at_ns;
}

static void on_failed(const struct judge_failure *failure, void *owner)
{
    struct court *court = owner;
    assert_false(court->failed);
    court->failed = true;
    court->failure = *failure;
}

static struct court *court_open(const char *line, int64_t from_s, int64_t to_s)
{
    char text[2048];
    struct court *court = calloc(1, sizeof *court);
    struct program_errors *errors = calloc(1, sizeof *errors);
    snprintf(text, sizeof text, HEAD "%s\n", line);
    if (program_load_text("test.scn", text, strlen(text), NULL, 0, &court->program, errors) != 0) {
        program_errors_print(stderr, errors);
        fail();
    }
    free(errors);
    court->settled_ns = -1;
    court->statement = court->program->statement_count - 1;
    court->ledger = ledger_create(court->program);
    court->judge = judge_create(&(struct judge_options){.program = court->program,
                                                        .ledger = court->ledger,
                                                        .settled = on_settled,
                                                        .failed = on_failed,
                                                        .owner = court});
    if (from_s >= 0) {
        judge_open(court->judge, court->statement, from_s * NS_PER_S, to_s * NS_PER_S, 0);
    }
    return court;
}

static void court_close(struct court *court)
{
    judge_destroy(court->judge);
    ledger_destroy(court->ledger);
    program_destroy(court->program);
    free(court);
}

static void happen(struct court *court, double at_s, struct carafe_event *event)
{
    struct observation observation = {.process = "s1", .at_ns = (int64_t)(at_s * 1e9)};
    observation_from_event(&observation, event);
    judge_observe(court->judge, &observation);
}

static void become(struct court *court, double at_s, enum carafe_event_kind kind)
{
    happen(court, at_s, &(struct carafe_event){.kind = kind});
}

static void err(struct court *court, double at_s, const char *type)
{
    struct carafe_failure failure = {.type = type, .error_class = "E", .message = "m"};
    happen(court, at_s, &(struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED, .failure = &failure});
}

static void judge_meets_an_event_inside_its_window(void **state)
{
    (void)state;
    struct court *court = court_open("in 1s..2s expect event s1 error.occurred type=app.stopping.error", 1, 2);
    err(court, 1.5, "app.stopping.error");
    assert_int_equal(court->settled_ns, NS_PER_S * 3 / 2);
    judge_finish(court->judge, 3 * NS_PER_S);
    assert_false(court->failed);
    court_close(court);
}

static void judge_fails_when_the_event_is_early_and_says_how_much(void **state)
{
    (void)state;
    struct court *court = court_open("in 1s..2s expect event s1 error.occurred type=app.stopping.error", 1, 2);
    err(court, 0.75, "app.stopping.error");
    judge_advance(court->judge, 2 * NS_PER_S + 1);
    assert_true(court->failed);
    assert_string_equal(court->failure.what, "nothing happened in this window");
    assert_string_equal(court->failure.nearest,
                        "event s1 error.occurred type=app.stopping.error class=E message=m at 750ms (250ms early)");
    court_close(court);
}

static void judge_keeps_both_ends_of_the_window(void **state)
{
    (void)state;
    for (int end = 1; end <= 2; end++) {
        struct court *court = court_open("in 1s..2s expect event s1 error.occurred", 1, 2);
        err(court, end, "x");
        assert_int_equal(court->settled_ns, end * NS_PER_S);
        court_close(court);
    }
}

static void judge_is_not_content_with_another_field(void **state)
{
    (void)state;
    struct court *court = court_open("in 1s..2s expect event s1 error.occurred type=app.stopping.error", 1, 2);
    err(court, 1.5, "worker.process.error");
    judge_finish(court->judge, 3 * NS_PER_S);
    assert_true(court->failed);
    assert_string_equal(court->failure.nearest,
                        "event s1 error.occurred type=worker.process.error class=E message=m at 1.5s");
    court_close(court);
}

static void judge_fails_never_at_the_first_time(void **state)
{
    (void)state;
    struct court *court = court_open("never event s1 error.occurred", 0, 100);
    become(court, 1, CARAFE_EVENT_APP_RUNNING);
    assert_false(court->failed);
    err(court, 2, "x");
    assert_true(court->failed);
    assert_string_equal(court->failure.what, "this happened");
    court_close(court);
}

static void judge_counts_times(void **state)
{
    (void)state;
    struct court *court = court_open("in 0..9s expect event s1 error.occurred times=2", 0, 9);
    err(court, 1, "x");
    err(court, 2, "x");
    assert_int_equal(court->settled_ns, -1);
    judge_advance(court->judge, 9 * NS_PER_S + 1);
    assert_int_equal(court->settled_ns, 9 * NS_PER_S);
    court_close(court);
}

static void judge_fails_at_the_first_time_too_many(void **state)
{
    (void)state;
    struct court *court = court_open("in 0..9s expect event s1 error.occurred times=2", 0, 9);
    err(court, 1, "x");
    err(court, 2, "x");
    err(court, 3, "x");
    assert_true(court->failed);
    assert_string_equal(court->failure.what, "it happened too often");
    court_close(court);
}

static void judge_takes_a_status_that_was_there_before_the_window(void **state)
{
    (void)state;
    struct court *court = court_open("in 5s..6s expect s1 status running", 5, 6);
    become(court, 1, CARAFE_EVENT_APP_RUNNING);
    assert_int_equal(court->settled_ns, -1);
    judge_advance(court->judge, 5 * NS_PER_S);
    assert_int_equal(court->settled_ns, 5 * NS_PER_S);
    court_close(court);
}

static void judge_fails_a_status_that_went_by(void **state)
{
    (void)state;
    struct court *court = court_open("in 5s..6s expect s1 status running", 5, 6);
    become(court, 1, CARAFE_EVENT_APP_RUNNING);
    become(court, 2, CARAFE_EVENT_APP_STOPPING);
    judge_advance(court->judge, 7 * NS_PER_S);
    assert_true(court->failed);
    assert_string_equal(court->failure.what, "this did not hold in this window");
    court_close(court);
}

static void judge_fails_always_when_it_stops_to_hold(void **state)
{
    (void)state;
    struct court *court = court_open("always committed <= processed", 0, 100);
    ledger_processed(court->ledger, 0, "billing", 0, 0, 0);
    ledger_committed(court->ledger, "billing", 0, 0, 1);
    become(court, 1, CARAFE_EVENT_APP_RUNNING);
    assert_false(court->failed);
    ledger_committed(court->ledger, "billing", 0, 0, 2);
    become(court, 2, CARAFE_EVENT_APP_QUIETING);
    assert_true(court->failed);
    assert_string_equal(court->failure.what, "this stopped to hold");
    court_close(court);
}

static void judge_sees_an_order_with_others_between(void **state)
{
    (void)state;
    struct court *court = court_open("in 0..9s expect order s1 app.running app.stopping app.stopped", 0, 9);
    become(court, 1, CARAFE_EVENT_APP_RUNNING);
    become(court, 2, CARAFE_EVENT_APP_QUIETING);
    become(court, 3, CARAFE_EVENT_APP_STOPPING);
    become(court, 4, CARAFE_EVENT_APP_STOPPED);
    assert_int_equal(court->settled_ns, 4 * NS_PER_S);
    court_close(court);
}

static void judge_fails_an_order_that_is_another(void **state)
{
    (void)state;
    struct court *court = court_open("in 0..9s expect order s1 app.stopping app.running", 0, 9);
    become(court, 1, CARAFE_EVENT_APP_RUNNING);
    become(court, 2, CARAFE_EVENT_APP_STOPPING);
    judge_finish(court->judge, 10 * NS_PER_S);
    assert_true(court->failed);
    court_close(court);
}

static void judge_measures_durations(void **state)
{
    (void)state;
    for (int late = 0; late <= 1; late++) {
        struct court *court = court_open("in 0..99s expect duration s1 app.stopping -> app.stopped <= 60s", 0, 99);
        become(court, 1, CARAFE_EVENT_APP_STOPPING);
        become(court, 61 + late, CARAFE_EVENT_APP_STOPPED);
        assert_int_equal(court->failed, late);
        assert_int_equal(court->settled_ns, late ? -1 : 61 * NS_PER_S);
        court_close(court);
    }
}

static void judge_measures_from_before_the_window(void **state)
{
    (void)state;
    struct court *court = court_open("in 50s..99s expect duration s1 app.stopping -> app.stopped <= 60s", 50, 99);
    become(court, 1, CARAFE_EVENT_APP_STOPPING);
    become(court, 60, CARAFE_EVENT_APP_STOPPED);
    assert_int_equal(court->settled_ns, 60 * NS_PER_S);
    court_close(court);
}

static void judge_reads_any_path_of_a_document(void **state)
{
    (void)state;
    struct court *court = court_open("in 0..9s expect report s1 consumer_groups.*.id=billing stats.busy>=1", 0, 9);
    for (int busy = 0; busy <= 1; busy++) {
        char text[128];
        snprintf(text, sizeof text, "{\"consumer_groups\":{\"x\":{\"id\":\"billing\"}},\"stats\":{\"busy\":%d}}", busy);
        cJSON *document = cJSON_Parse(text);
        struct observation observation = {
            .kind = OBSERVATION_REPORT, .process = "s1", .at_ns = NS_PER_S * (1 + busy), .document = document};
        judge_observe(court->judge, &observation);
        cJSON_Delete(document);
    }
    assert_int_equal(court->settled_ns, 2 * NS_PER_S);
    court_close(court);
}

static void judge_fails_what_never_got_its_turn(void **state)
{
    (void)state;
    struct court *court = court_open("then expect s1 status running", -1, 9);
    judge_finish(court->judge, 10 * NS_PER_S);
    assert_true(court->failed);
    assert_string_equal(court->failure.what, "the run ended before this line's turn came, which counts from line 5");
    court_close(court);
}

static void judge_tells_apart_the_ends_of_a_process(void **state)
{
    (void)state;
    struct court *court = court_open("in 0..9s expect exit s1 code=2", 0, 9);
    struct observation observation = {.kind = OBSERVATION_EXIT, .process = "s1", .at_ns = NS_PER_S};
    observation_integer(&observation, "code", 0);
    judge_observe(court->judge, &observation);
    assert_int_equal(court->settled_ns, -1);
    observation.fields[0].integer = 2;
    judge_observe(court->judge, &observation);
    assert_int_equal(court->settled_ns, NS_PER_S);
    court_close(court);
}

static void judge_knows_that_who_was_killed_is_not_running(void **state)
{
    (void)state;
    struct court *court = court_open("in 3s..9s expect s1 status running", 3, 9);
    become(court, 1, CARAFE_EVENT_APP_RUNNING);
    struct observation killed = {.kind = OBSERVATION_EXIT, .process = "s1", .at_ns = 2 * NS_PER_S};
    observation_text(&killed, "signal", "KILL");
    judge_observe(court->judge, &killed);
    judge_advance(court->judge, 4 * NS_PER_S);
    assert_int_equal(court->settled_ns, -1);
    become(court, 5, CARAFE_EVENT_APP_RUNNING);
    assert_int_equal(court->settled_ns, 5 * NS_PER_S);
    court_close(court);
}

static void judge_cuts_what_is_long_between_characters(void **state)
{
    (void)state;
    char message[601] = "";
    for (int i = 0; i < 300; i++) {
        strcat(message, "\xc3\xa9");
    }
    for (int shift = 0; shift < 2; shift++) {
        struct court *court = court_open("in 1s..2s expect event s1 error.occurred", 1, 2);
        struct carafe_failure failure = {.type = shift == 0 ? "a" : "ab", .error_class = "E", .message = message};
        happen(court, 0.75, &(struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED, .failure = &failure});
        judge_advance(court->judge, 2 * NS_PER_S + 1);
        assert_true(court->failed);
        assert_non_null(strstr(court->failure.nearest, "\xc3\xa9... at 750ms (250ms early)"));
        court_close(court);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judge_meets_an_event_inside_its_window),
        cmocka_unit_test(judge_fails_when_the_event_is_early_and_says_how_much),
        cmocka_unit_test(judge_keeps_both_ends_of_the_window),
        cmocka_unit_test(judge_is_not_content_with_another_field),
        cmocka_unit_test(judge_fails_never_at_the_first_time),
        cmocka_unit_test(judge_counts_times),
        cmocka_unit_test(judge_fails_at_the_first_time_too_many),
        cmocka_unit_test(judge_takes_a_status_that_was_there_before_the_window),
        cmocka_unit_test(judge_fails_a_status_that_went_by),
        cmocka_unit_test(judge_fails_always_when_it_stops_to_hold),
        cmocka_unit_test(judge_sees_an_order_with_others_between),
        cmocka_unit_test(judge_fails_an_order_that_is_another),
        cmocka_unit_test(judge_measures_durations),
        cmocka_unit_test(judge_measures_from_before_the_window),
        cmocka_unit_test(judge_reads_any_path_of_a_document),
        cmocka_unit_test(judge_fails_what_never_got_its_turn),
        cmocka_unit_test(judge_tells_apart_the_ends_of_a_process),
        cmocka_unit_test(judge_knows_that_who_was_killed_is_not_running),
        cmocka_unit_test(judge_cuts_what_is_long_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
