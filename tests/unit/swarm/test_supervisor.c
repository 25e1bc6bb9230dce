#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ports/monitor.h"
#include "support/bench.h"
#include "support/cmocka_all.h"
#include "swarm/supervisor.h"

#define CALLS_MAX 200

/* Children that do what the script says; time is what the script says too, and every wait is one step of it. */
struct step {
    int64_t at_ms; /* since the start; the wait before must have asked for at least so much */
    struct children_event event;
    int64_t held_ms; /* so much later this process goes on */
};

static struct {
    struct children port;
    const struct step *steps;
    size_t step_count;
    size_t next;
    int spawn_failures;
    char calls[CALLS_MAX][48];
    size_t call_count;
} script;

static struct fake_clock fake_time;
static struct fake_log lines;
static struct bench_process process;
static struct recorder *recorder;
static struct carafe_config config;
static struct carafe_topic topic;
static struct supervisor *supervisor;

static int64_t now_ms(void)
{
    return (fake_time.port.monotonic_ns(&fake_time.port) - FAKE_CLOCK_START_NS) / NS_PER_MS;
}

static void CARAFE_FORMAT(1, 2) called(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    assert_true(script.call_count < CALLS_MAX);
    (void)vsnprintf(script.calls[script.call_count++], sizeof script.calls[0], format, arguments);
    va_end(arguments);
}

static int supervise(struct children *port, struct carafe_error *error)
{
    (void)port;
    (void)error;
    called("supervise");
    return 0;
}

static int spawn(struct children *port, size_t child, child_entry entry, void *argument, struct carafe_error *error)
{
    (void)port;
    (void)entry;
    (void)argument;
    called("%lld spawn %zu", (long long)now_ms(), child);
    if (script.spawn_failures > 0) {
        script.spawn_failures--;
        error->code = CARAFE_FAILED;
        (void)snprintf(error->text, sizeof error->text, "fork: expected one, got none");
        return CARAFE_FAILED;
    }
    return 0;
}

static int64_t child_id(struct children *port, size_t child)
{
    (void)port;
    return 100 + (int64_t)child;
}

static void signal_child(struct children *port, size_t child, enum signal_kind kind)
{
    (void)port;
    called("%lld %s %zu", (long long)now_ms(), signal_kind_name(kind), child);
}

static void kill_child(struct children *port, size_t child)
{
    (void)port;
    called("%lld KILL %zu", (long long)now_ms(), child);
}

/* Time goes on to the next step or to the deadline, whatever is first. */
static void wait_event(struct children *port, int64_t deadline_ns, struct children_event *event)
{
    (void)port;
    int64_t deadline_ms = (deadline_ns - FAKE_CLOCK_START_NS) / NS_PER_MS;
    *event = (struct children_event){.kind = CHILDREN_DEADLINE};
    assert_true(deadline_ms <= now_ms() + 30000);
    if (script.next == script.step_count || script.steps[script.next].at_ms > now_ms()) {
        int64_t step_ms = script.next < script.step_count ? script.steps[script.next].at_ms : INT64_MAX;
        int64_t until_ms = step_ms < deadline_ms ? step_ms : deadline_ms;
        if (until_ms > now_ms()) {
            fake_clock_advance(&fake_time, until_ms - now_ms());
        }
    }
    if (script.next < script.step_count && script.steps[script.next].at_ms <= now_ms()) {
        *event = script.steps[script.next].event;
        fake_clock_advance(&fake_time, script.steps[script.next++].held_ms);
    }
}

static void raise_kind(struct children *port, enum signal_kind kind)
{
    (void)port;
    called("raise %s", signal_kind_name(kind));
}

static void release(struct children *port)
{
    (void)port;
    called("release");
}

static int never_runs(struct parent *parent, size_t child, void *argument)
{
    (void)parent;
    (void)child;
    (void)argument;
    fail();
    return 1;
}

static int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)consumer;
    (void)messages;
    (void)count;
    return 0;
}

static int setup(void **state)
{
    (void)state;
    memset(&script, 0, sizeof script);
    script.port = (struct children){.supervise = supervise,
                                    .spawn = spawn,
                                    .id = child_id,
                                    .signal = signal_child,
                                    .kill = kill_child,
                                    .wait = wait_event,
                                    .raise = raise_kind,
                                    .release = release};
    fake_clock_init(&fake_time);
    fake_log_init(&lines);
    bench_process_init(&process);
    recorder = recorder_create();
    topic = (struct carafe_topic){
        .name = "orders", .group = "billing", .handler = {.consume = consume}, .dead_letters = {.max_retries = -1}};
    carafe_config_init(&config);
    config.topics = &topic;
    config.topic_count = 1;
    config.swarm.nodes = 2;
    config.shutdown_timeout_ms = 10000;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    supervisor_destroy(supervisor);
    supervisor = NULL;
    recorder_destroy(recorder);
    bench_process_close(&process);
    fake_log_close(&lines);
    fake_clock_close(&fake_time);
    return 0;
}

static void *run(void *code)
{
    struct carafe_error error = {.code = CARAFE_OK};
    *(int *)code = supervisor_run(supervisor, &error);
    return NULL;
}

/* On a thread of its own: an exit ends only that. */
static int play(const struct step *steps, size_t count)
{
    struct carafe_error error = {.code = CARAFE_OK};
    int code = -1000;
    pthread_t thread;
    script.steps = steps;
    script.step_count = count;
    supervisor = supervisor_create(&(struct supervisor_options){.config = &config,
                                                                .clock = &fake_time.port,
                                                                .log = &lines.port,
                                                                .process = &process.port,
                                                                .children = &script.port,
                                                                .node = never_runs},
                                   &error);
    assert_non_null(supervisor);
    assert_int_equal(supervisor_subscribe(supervisor, recorder_note, recorder, &error), 0);
    assert_int_equal(pthread_create(&thread, NULL, run, &code), 0);
    (void)pthread_join(thread, NULL);
    return code;
}

static void expect_calls(const char *const *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(i < script.call_count);
        assert_string_equal(script.calls[i], calls[i]);
    }
    assert_int_equal(script.call_count, count);
}

#define COUNT_OF(list) (sizeof(list) / sizeof(list)[0])
#define SIGNAL(name)                                                                                                   \
    {                                                                                                                  \
        .kind = CHILDREN_SIGNAL, .signal = SIGNAL_##name                                                               \
    }
#define ENDED(n)                                                                                                       \
    {                                                                                                                  \
        .kind = CHILDREN_ENDED, .child = (n), .exit_code = 0                                                           \
    }
#define REPORTED(n, how)                                                                                               \
    {                                                                                                                  \
        .kind = CHILDREN_REPORTED, .child = (n), .healthy = (how)                                                      \
    }

static void every_stop_signal_reaches_all_and_ends_gracefully(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {100, SIGNAL(HUP), 0}, {150, SIGNAL(TERM), 0}, {200, ENDED(1), 0}, {300, ENDED(0), 0}};
    static const char *const calls[] = {"supervise", "0 spawn 0", "0 spawn 1", "100 TERM 0", "100 TERM 1", "release"};
    assert_int_equal(play(steps, COUNT_OF(steps)), 0);
    expect_calls(calls, COUNT_OF(calls));
    assert_int_equal(supervisor_status(supervisor), CARAFE_TERMINATED);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_APP_SUPERVISING), 1);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_APP_RUNNING), 0);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_SWARM_MANAGER_BEFORE_FORK), 2);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_SWARM_MANAGER_AFTER_FORK), 2);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_SWARM_MANAGER_STOPPING), 2);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_SWARM_MANAGER_TERMINATING), 0);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_PROCESS_NOTICE_SIGNAL), 2);
}

static void nodes_that_do_not_end_are_killed_reaped_and_told_by_the_exit_code(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {100, SIGNAL(TERM), 0}, {5000, ENDED(0), 0}, {100 + 16000 + 5, ENDED(1), 0}}; /* 10 s + 5 s + 1 s */
    static const char *const calls[] = {"supervise",  "0 spawn 0",  "0 spawn 1",
                                        "100 TERM 0", "100 TERM 1", "16100 KILL 1"};
    assert_int_equal(play(steps, COUNT_OF(steps)), -1000);
    expect_calls(calls, COUNT_OF(calls));
    assert_int_equal(bench_process_await_exit(&process), 2);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_SWARM_MANAGER_TERMINATING), 1);
    assert_int_equal(recorder_count_failures(recorder, "swarm.supervisor.error"), 1);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_APP_STOPPED), 0);
}

static void quiet_reaches_all_and_forks_no_more(void **state)
{
    (void)state;
    static const struct step steps[] = {{100, SIGNAL(TSTP), 0},
                                        {200, ENDED(1), 0},
                                        {50000, REPORTED(0, true), 0},
                                        {60000, SIGNAL(INT), 0},
                                        {60001, ENDED(0), 0}};
    static const char *const calls[] = {"supervise",  "0 spawn 0",    "0 spawn 1", "100 TSTP 0",
                                        "100 TSTP 1", "60000 TERM 0", "release"};
    assert_int_equal(play(steps, COUNT_OF(steps)), 0);
    expect_calls(calls, COUNT_OF(calls));
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_APP_QUIETING), 1);
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_APP_QUIET), 1);
}

static void ended_and_unhealthy_nodes_are_replaced(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {1000, ENDED(0), 0},      {7000, REPORTED(1, false), 0}, {8000, ENDED(1), 0}, {20000, REPORTED(0, true), 0},
        {21000, SIGNAL(QUIT), 0}, {21001, ENDED(0), 0},          {21001, ENDED(1), 0}};
    static const char *const calls[] = {"supervise",     "0 spawn 0",    "0 spawn 1",    "6000 spawn 0", "7000 TERM 1",
                                        "13000 spawn 1", "21000 TERM 0", "21000 TERM 1", "release"};
    assert_int_equal(play(steps, COUNT_OF(steps)), 0);
    expect_calls(calls, COUNT_OF(calls));
}

static void supervisor_that_was_held_up_judges_nobody(void **state)
{
    (void)state;
    static const struct step steps[] = {{1000, REPORTED(0, true), 90000},
                                        {91001, SIGNAL(USR1), 0},
                                        {92000, SIGNAL(TERM), 0},
                                        {92001, ENDED(0), 0},
                                        {92001, ENDED(1), 0}};
    static const char *const calls[] = {"supervise",    "0 spawn 0",    "0 spawn 1",
                                        "92000 TERM 0", "92000 TERM 1", "release"};
    assert_int_equal(play(steps, COUNT_OF(steps)), 0);
    expect_calls(calls, COUNT_OF(calls));
    assert_int_equal(recorder_count(recorder, CARAFE_EVENT_SWARM_MANAGER_STOPPING), 2);
}

static void failed_fork_is_told_and_tried_again(void **state)
{
    (void)state;
    script.spawn_failures = 1;
    static const struct step steps[] = {{9000, SIGNAL(TERM), 0}, {9001, ENDED(0), 0}, {9002, ENDED(1), 0}};
    static const char *const calls[] = {"supervise",   "0 spawn 0",   "0 spawn 1", "5000 spawn 0",
                                        "9000 TERM 0", "9000 TERM 1", "release"};
    assert_int_equal(play(steps, COUNT_OF(steps)), 0);
    expect_calls(calls, COUNT_OF(calls));
    assert_int_equal(recorder_count_failures(recorder, "swarm.supervisor.error"), 1);
}

static void dump_is_written_and_passed_on_the_rest_ignored(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {10, SIGNAL(USR1), 0}, {20, SIGNAL(TTIN), 0}, {30, SIGNAL(TERM), 0}, {40, ENDED(0), 0}, {40, ENDED(1), 0}};
    static const char *const calls[] = {"supervise", "0 spawn 0", "0 spawn 1", "20 TTIN 0",
                                        "20 TTIN 1", "30 TERM 0", "30 TERM 1", "release"};
    assert_int_equal(play(steps, COUNT_OF(steps)), 0);
    expect_calls(calls, COUNT_OF(calls));
    assert_true(fake_log_has(&lines, "state: node 1 (pid 101): running"));
}

static void nothing_of_a_storm_of_events_is_lost(void **state)
{
    (void)state;
    enum { STORM = 4000 }; /* what is taken in a row, before what is due is done */
    static struct step steps[STORM + 4];
    for (size_t i = 0; i < STORM; i++) {
        steps[i] = (struct step){10, SIGNAL(USR1), 0};
    }
    steps[STORM] = (struct step){10, SIGNAL(TTIN), 0};
    steps[STORM + 1] = (struct step){20, SIGNAL(TERM), 0};
    steps[STORM + 2] = (struct step){30, ENDED(0), 0};
    steps[STORM + 3] = (struct step){30, ENDED(1), 0};
    static const char *const calls[] = {"supervise", "0 spawn 0", "0 spawn 1", "10 TTIN 0",
                                        "10 TTIN 1", "20 TERM 0", "20 TERM 1", "release"};
    assert_int_equal(play(steps, COUNT_OF(steps)), 0);
    expect_calls(calls, COUNT_OF(calls));
}

static void wrong_activity_starts_nothing(void **state)
{
    (void)state;
    static const char *const unknown[] = {"nope"};
    static const char *const calls[] = {"nothing"};
    config.activity.include_topics = (struct carafe_names){unknown, 1};
    assert_int_equal(play(NULL, 0), CARAFE_INVALID);
    expect_calls(calls, 0);
    assert_int_equal(supervisor_status(supervisor), CARAFE_TERMINATED);
}

static void stop_and_quiet_are_as_the_signals(void **state)
{
    (void)state;
    static const struct step steps[] = {{30, SIGNAL(TERM), 0}, {40, ENDED(0), 0}, {40, ENDED(1), 0}};
    assert_int_equal(play(steps, COUNT_OF(steps)), 0);
    script.call_count = 0;
    supervisor_quiet(supervisor);
    supervisor_stop(supervisor);
    static const char *const calls[] = {"raise TSTP", "raise TERM"};
    expect_calls(calls, COUNT_OF(calls));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_stop_signal_reaches_all_and_ends_gracefully, setup, teardown),
        cmocka_unit_test_setup_teardown(nodes_that_do_not_end_are_killed_reaped_and_told_by_the_exit_code, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(quiet_reaches_all_and_forks_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_of_a_storm_of_events_is_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(ended_and_unhealthy_nodes_are_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(supervisor_that_was_held_up_judges_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(failed_fork_is_told_and_tried_again, setup, teardown),
        cmocka_unit_test_setup_teardown(dump_is_written_and_passed_on_the_rest_ignored, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_activity_starts_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(stop_and_quiet_are_as_the_signals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
