/* What a scenario says arrives in the program, typed and settled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario/load.h"
#include "scenario/program.h"

#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)
#define S  (1000 * MS)

#define WORLD                                                                                                          \
    "cluster brokers=3 latency=1ms..2ms\n"                                                                             \
    "topic orders partitions=4\n"                                                                                      \
    "topic dead\n"                                                                                                     \
    "server s1 group=billing workers=2 kafka.session.timeout.ms=6000\n"                                                \
    "server pool mode=supervisor nodes=2\n"                                                                            \
    "member m1 group=billing topics=orders,dead takes=1ms..2ms\n"                                                      \
    "at 0 start s1\nat 0 start pool\nat 0 start m1\n"
#define STARTS 3 /* statements of WORLD */

static struct program_errors errors;
static struct program *program;

static const struct program *load_with(const char *text, const struct program_define *defines, size_t count)
{
    program_destroy(program);
    program = NULL;
    if (program_load_text("test.scn", text, strlen(text), defines, count, &program, &errors) != 0) {
        program_errors_print(stderr, &errors);
    }
    assert_non_null(program);
    return program;
}

static const struct program *load(const char *text)
{
    return load_with(text, NULL, 0);
}

/* The last statement of WORLD and `line`. */
static const struct program_statement *last(const char *line)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "%s%s\n", WORLD, line);
    (void)load(text);
    assert_true(program->statement_count > STARTS);
    return &program->statements[program->statement_count - 1];
}

static const struct program_condition *expected(const char *line)
{
    const struct program_statement *statement = last(line);
    assert_int_equal(statement->kind, PROGRAM_EXPECT);
    return statement->as.condition;
}

static const struct program_fault *fault(const char *line)
{
    const struct program_statement *statement = last(line);
    assert_int_equal(statement->kind, PROGRAM_FAULT);
    return statement->as.fault;
}

static int teardown(void **state)
{
    (void)state;
    program_destroy(program);
    program = NULL;
    return 0;
}

/* ---- Time -------------------------------------------------------------------------------------------------------- */

static void time_check(const char *line, enum program_time_kind kind, size_t base, int64_t from_ns, int64_t to_ns)
{
    const struct program_time *time = &last(line)->time;
    assert_int_equal(time->kind, kind);
    assert_true(time->base == base);
    assert_true(time->from_ns == from_ns);
    assert_true(time->to_ns == to_ns);
}

static void absolute_and_relative_times_are_settled(void **state)
{
    (void)state;
    time_check("at 12s load orders 1", PROGRAM_TIME_AT, PROGRAM_NONE, 12 * S, 12 * S);
    time_check("at 12s load orders 1\nat +1500us load orders 1", PROGRAM_TIME_AT, PROGRAM_NONE, 12 * S + 1500000,
               12 * S + 1500000);
    time_check("at 12s load orders 1\nby +5s expect exit s1", PROGRAM_TIME_BY, PROGRAM_NONE, 12 * S, 17 * S);
    time_check("at 12s load orders 1\nby 20s expect exit s1\nat +1s load orders 1", PROGRAM_TIME_AT, PROGRAM_NONE,
               13 * S, 13 * S);
    time_check("in 1m..1m30s expect exit s1", PROGRAM_TIME_IN, PROGRAM_NONE, 60 * S, 90 * S);
    time_check("in 10s..20s expect exit s1\nin +1s..+2s expect exit s1", PROGRAM_TIME_IN, PROGRAM_NONE, 11 * S, 12 * S);
    time_check("never exit s1", PROGRAM_TIME_WHOLE, PROGRAM_NONE, 0, PROGRAM_END_NS);
    time_check("at 7s always committed <= processed", PROGRAM_TIME_AT, PROGRAM_NONE, 7 * S, PROGRAM_END_NS);
    time_check("at 0.50000000000000s load orders 1", PROGRAM_TIME_AT, PROGRAM_NONE, 500 * MS, 500 * MS);
    time_check("at 600s load orders 1", PROGRAM_TIME_AT, PROGRAM_NONE, 600 * S, 600 * S); /* the limit itself */
    time_check("at 7s never exit s1", PROGRAM_TIME_AT, PROGRAM_NONE, 7 * S, PROGRAM_END_NS);
}

static void times_after_an_unknown_moment_count_from_it(void **state)
{
    (void)state;
    time_check("then load orders 1", PROGRAM_TIME_THEN, STARTS - 1, 0, PROGRAM_END_NS);
    time_check("then load orders 1\nat +2s load orders 1", PROGRAM_TIME_AT, STARTS, 2 * S, 2 * S);
    time_check("then load orders 1\nat +2s load orders 1\nby +3s expect exit s1", PROGRAM_TIME_BY, STARTS, 2 * S,
               5 * S);
    time_check("then load orders 1\nby 30s expect exit s1", PROGRAM_TIME_BY, STARTS, 0, 30 * S);
    assert_true(last("then load orders 1\nby 30s expect exit s1")->time.to_is_absolute);
    assert_false(last("then load orders 1\nby +30s expect exit s1")->time.to_is_absolute);
    time_check("then load orders 1\nat 9s load orders 1", PROGRAM_TIME_AT, PROGRAM_NONE, 9 * S, 9 * S);
    time_check("at 3s..9s load orders 1\nat +1s load orders 1", PROGRAM_TIME_AT, STARTS, 1 * S, 1 * S);
    assert_true(last("at 3s..9s load orders 1")->time.drawn);
}

static void a_point_and_its_delay_are_kept(void **state)
{
    (void)state;
    const struct program_time *time =
        &last("at 4s load orders 1\nwhen s1 status running +1ms..5ms signal s1 TERM")->time;
    assert_int_equal(time->kind, PROGRAM_TIME_WHEN);
    assert_true(time->from_ns == 4 * S && time->delay_ns.low == 1 * MS && time->delay_ns.high == 5 * MS);
    assert_int_equal(time->point->kind, PROGRAM_SEES_STATUS);
    assert_int_equal(time->point->as.status, CARAFE_RUNNING);
    time = &last("when job orders/0 started signal s1 TERM")->time;
    assert_int_equal(time->point->kind, PROGRAM_SEES_JOB);
    assert_true(time->point->process.index == PROGRAM_NONE);
    time = &last("when event s1 reporter.reported forced signal s1 TERM")->time;
    assert_int_equal(time->point->filter_count, 1);
}

static void places_mark_the_time_and_texts_leave_it_out(void **state)
{
    (void)state;
    const struct program_statement *statement = last("in 100s..105s expect exit s1 code=2   # why not");
    assert_int_equal(statement->place.column, 1);
    assert_int_equal(statement->place.len, 13);
    assert_string_equal(statement->place.file, "test.scn");
    assert_int_equal(statement->place.line, 10);
    assert_string_equal(statement->text, "exit s1 code=2");
    assert_string_equal(last("at 1s fault broker 1 up")->text, "fault broker 1 up");
}

/* ---- Declarations ------------------------------------------------------------------------------------------------ */

static void topology_is_resolved_to_indices(void **state)
{
    (void)state;
    (void)load(WORLD);
    assert_int_equal(program->cluster.brokers, 3);
    assert_true(program->cluster.latency_ns.low == 1 * MS && program->cluster.latency_ns.high == 2 * MS);
    assert_int_equal(program->topic_count, 2);
    assert_int_equal(program->topics[0].partitions, 4);
    assert_string_equal(program->servers[0].group, "billing");
    assert_string_equal(program->servers[1].group, "pool");
    assert_int_equal(program->servers[1].mode, PROGRAM_SUPERVISOR);
    assert_int_equal(program->servers[1].nodes, 2);
    const struct program_settings *settings = &program->servers[0].settings;
    assert_int_equal(program_setting(settings, PROGRAM_SERVER_WORKERS)->low, 2);
    assert_null(program_setting(settings, PROGRAM_SERVER_SHUTDOWN_TIMEOUT));
    assert_string_equal(settings->kafka[0].name, "session.timeout.ms");
    assert_string_equal(settings->kafka[0].value, "6000");
    assert_int_equal(program->members[0].topic_count, 2);
    assert_int_equal(program->members[0].topics[1], 1);
    assert_int_equal(program->statements[2].as.process.kind, PROGRAM_MEMBER);
}

static void settings_have_their_types(void **state)
{
    (void)state;
    (void)load("topic o\nserver s shutdown_timeout=500ms reporting=off tags=a,b memory=300MiB clock_offset=-5s "
               "boot=1s..2s host=\"web 1\"\nat 0 start s\n");
    const struct program_settings *settings = &program->servers[0].settings;
    assert_true(program_setting(settings, PROGRAM_SERVER_SHUTDOWN_TIMEOUT)->low == 500 * MS);
    assert_int_equal(program_setting(settings, PROGRAM_SERVER_REPORTING)->low, 0);
    assert_int_equal(program_setting(settings, PROGRAM_SERVER_TAGS)->list_count, 2);
    assert_string_equal(program_setting(settings, PROGRAM_SERVER_TAGS)->list[1], "b");
    assert_true(program_setting(settings, PROGRAM_SERVER_MEMORY)->low == INT64_C(300) * 1024 * 1024);
    assert_true(program_setting(settings, PROGRAM_SERVER_CLOCK_OFFSET)->low == -5 * S);
    assert_true(program_setting(settings, PROGRAM_SERVER_BOOT)->high == 2 * S);
    assert_string_equal(program_setting(settings, PROGRAM_SERVER_HOST)->text, "web 1");
}

static const struct program_handler *handler(const char *words)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "%shandler s1 orders%s\n", WORLD, words);
    (void)load(text);
    assert_int_equal(program->handler_count, 1);
    return &program->handlers[0];
}

static void handlers_keep_what_they_do(void **state)
{
    (void)state;
    const struct program_handler *found = handler("/2 from_offset=500 to_offset=900 hangs ignores_cancel");
    assert_int_equal(found->of.partition, 2);
    assert_true(found->from_offset == 500 && found->to_offset == 900 && found->hang_ns == PROGRAM_END_NS);
    assert_true(found->hangs && found->ignores_cancel);
    found = handler(" takes=8ms batch_takes=exponential(2ms) fails=pattern(.x) error=\"no card\" class=CardError");
    assert_int_equal(found->message_cost.kind, PROGRAM_COST_UNIFORM);
    assert_true(found->message_cost.ns.low == 8 * MS && found->message_cost.ns.high == 8 * MS);
    assert_int_equal(found->batch_cost.kind, PROGRAM_COST_EXPONENTIAL);
    assert_int_equal(found->failing.kind, PROGRAM_FAILS_PATTERN);
    assert_string_equal(found->failing.pattern, ".x");
    assert_string_equal(found->error_text, "no card");
    assert_int_equal(handler(" fails=3")->failing.failures, 3);
    assert_int_equal(handler(" fails=0.5%")->failing.failures, 5000);
    assert_int_equal(handler(" fails")->failing.kind, PROGRAM_FAILS_ALWAYS);
    found = handler(" marks=by_hand_sync pauses=2s seeks=7 produces=dead produce_size=1KiB produce_sync");
    assert_int_equal(found->marking, PROGRAM_MARKS_BY_HAND_SYNC);
    assert_true(found->pause_ns == 2 * S && found->seeks && found->seek_offset == 7);
    assert_true(found->produce.topic == 1 && found->produce.size == 1024 && found->produce.synchronous);
    found = handler(" use ./lib.so:consume non_blocking dead_letters=dead max_retries=0");
    assert_string_equal(found->library, "./lib.so");
    assert_string_equal(found->symbol, "consume");
    assert_int_equal(program_setting(&found->settings, PROGRAM_TOPIC_NON_BLOCKING)->low, 1);
    assert_int_equal(program_setting(&found->settings, PROGRAM_TOPIC_MAX_RETRIES)->low, 0);
    assert_int_equal(last("handler s1 orders\nat 5s handler s1 orders hangs=2s")->kind, PROGRAM_HANDLER);
}

static void subscribers_keep_what_they_do(void **state)
{
    (void)state;
    (void)load(WORLD "subscriber s1 app.stopping takes=5ms..9ms fails=2\nsubscriber s1 error.occurred fails\n");
    assert_int_equal(program->subscriber_count, 2);
    const struct program_subscriber *found = &program->subscribers[0];
    assert_int_equal(found->event, CARAFE_EVENT_APP_STOPPING);
    assert_true(found->cost.ns.low == 5 * MS && found->cost.ns.high == 9 * MS);
    assert_int_equal(found->failing.kind, PROGRAM_FAILS_FIRST);
    assert_int_equal(found->failing.failures, 2);
    assert_int_equal(program->subscribers[1].cost.kind, PROGRAM_COST_NONE);
}

/* ---- Actions ----------------------------------------------------------------------------------------------------- */

static void actions_on_processes_are_kept(void **state)
{
    (void)state;
    assert_int_equal(last("at 1s stop m1")->kind, PROGRAM_STOP);
    assert_int_equal(last("at 1s quiet s1")->kind, PROGRAM_QUIET);
    assert_int_equal(last("at 1s scale s1 workers=7")->as.scale.workers, 7);
    const struct program_signals *signals = last("at 1s signal pool.1 TTIN TERM times=3 every 10ms")->as.signals;
    assert_int_equal(signals->process.node, 1);
    assert_int_equal(signals->count, 2);
    assert_int_equal(signals->list[0], PROGRAM_SIGNAL_TTIN);
    assert_int_equal(signals->list[1], PROGRAM_SIGNAL_TERM);
    assert_true(signals->times == 3 && signals->every_ns == 10 * MS);
    assert_string_equal(program_signal_name(signals->list[1]), "TERM");
}

static void loads_keep_rate_bursts_and_contents(void **state)
{
    (void)state;
    const struct program_load *load_found = last("at 1s load orders 100/s for 60s")->as.load;
    assert_int_equal(load_found->kind, PROGRAM_LOAD_RATE);
    assert_true(load_found->rate == 100 && load_found->rate_ns == 1 * S && load_found->for_ns == 60 * S);
    load_found = last("at 1s load orders/3 20 every 500ms count=200 size=100..4KiB keys=5")->as.load;
    assert_int_equal(load_found->kind, PROGRAM_LOAD_BURST);
    assert_true(load_found->burst == 20 && load_found->every_ns == 500 * MS && load_found->count == 200);
    assert_true(load_found->to.partition == 3 && load_found->size.high == 4096 && load_found->key_count == 5);
    load_found = last("at 1s load orders 3/250ms count=8 payload=\"{}\" key=k")->as.load;
    assert_true(load_found->rate == 3 && load_found->rate_ns == 250 * MS);
    assert_string_equal(load_found->payload, "{}");
    assert_string_equal(load_found->key, "k");
    assert_true(last("at 1s load orders 3 payload=null")->as.load->null_payload);
    assert_false(last("at 1s load orders 3 payload=\"null\"")->as.load->null_payload);
    assert_false(last("at 1s load orders 3 payload=\"\"")->as.load->null_payload);
    assert_string_equal(last("at 1s load orders file=\"a.jsonl\"")->as.load->file, "a.jsonl");
}

static void faults_of_brokers_and_apis_are_kept(void **state)
{
    (void)state;
    const struct program_fault *found = fault("at 1s fault broker 2 down for 5s..15s");
    assert_int_equal(found->kind, PROGRAM_FAULT_BROKER_DOWN);
    assert_true(found->broker == 2 && found->for_ns.low == 5 * S && found->for_ns.high == 15 * S);
    found = fault("at 1s fault broker all bounce for 100ms count=3 every 2s");
    assert_true(found->broker == PROGRAM_ALL_BROKERS && found->count.low == 3 && found->every_ns == 2 * S);
    found = fault("at 1s fault api OffsetCommit error=NOT_COORDINATOR count=3 chance=10%");
    assert_true(found->api == 8 && found->error == 16 && found->count.high == 3 && found->chance_ppm == 100000);
    found = fault("at 1s fault coordinator billing -> broker 2");
    assert_string_equal(found->group, "billing");
    assert_int_equal(found->broker, 2);
    found = fault("at 1s fault leader orders/3 -> broker 1");
    assert_int_equal(found->of.partition, 3);
    assert_int_equal(fault("at 1s fault broker 1 up")->kind, PROGRAM_FAULT_BROKER_UP);
}

static void faults_of_the_net_are_kept(void **state)
{
    (void)state;
    const struct program_fault *found = fault("at 1s fault net s1 <-> broker 1 cut for 5s");
    assert_true(found->effect == PROGRAM_NET_CUT && found->direction == PROGRAM_NET_BOTH && found->broker == 1);
    found = fault("at 1s fault net s1 -> broker all latency=5ms..300ms");
    assert_true(found->direction == PROGRAM_NET_TO_BROKER && found->latency_ns.high == 300 * MS);
    assert_true(found->for_ns.low == PROGRAM_END_NS);
    found = fault("at 1s fault net all <- broker 2 slow=10KiB/s chance=10%");
    assert_true(found->process.index == PROGRAM_NONE && found->direction == PROGRAM_NET_FROM_BROKER);
    assert_int_equal(found->rate, 10240);
    assert_int_equal(fault("at 1s fault net m1 half_response count=2")->count.low, 2);
    assert_int_equal(fault("at 1s fault net m1 reset")->effect, PROGRAM_NET_RESET);
    assert_int_equal(fault("at 1s fault net m1 refuse for 1s")->effect, PROGRAM_NET_REFUSE);
    assert_int_equal(fault("at 1s fault net all heal")->effect, PROGRAM_NET_HEAL);
}

static void faults_of_processes_are_kept(void **state)
{
    (void)state;
    assert_int_equal(fault("at 1s fault process pool.0 crash")->kind, PROGRAM_FAULT_CRASH);
    assert_true(fault("at 1s fault process s1 pause for 3s")->for_ns.low == 3 * S);
    assert_int_equal(fault("at 1s fault process s1 resume")->kind, PROGRAM_FAULT_RESUME);
    assert_int_equal(fault("at 1s fault process s1 restart for 2s")->kind, PROGRAM_FAULT_RESTART);
    assert_true(fault("at 1s fault process s1 restart")->for_ns.low == 0);
    assert_true(fault("at 1s fault clock s1 step=-1h")->step_ns == -3600 * S);
    assert_int_equal(fault("at 1s fault clock s1 drift=-200ppm")->drift_ppm, -200);
    assert_int_equal(fault("at 1s fault clock s1 drift=+1%")->drift_ppm, 10000);
    assert_int_equal(fault("at 1s fault producer s1 closed")->kind, PROGRAM_FAULT_PRODUCER_CLOSED);
    assert_int_equal(fault("at 1s fault producer s1 queue_full count=2")->count.low, 2);
    assert_int_equal(fault("at 1s fault producer s1 delivery_failure")->error, 10);
    assert_int_equal(fault("at 1s fault consumer s1 seek")->call, PROGRAM_CALL_SEEK);
    assert_int_equal(fault("at 1s fault consumer s1 close count=3")->count.low, 3);
}

static void corruptions_keep_path_and_typed_value(void **state)
{
    (void)state;
    const struct program_corrupt *found = last("at 1s corrupt report s1 process.id = \"5\" once")->as.corrupt;
    assert_int_equal(found->path_len, 2);
    assert_string_equal(found->path[1], "id");
    assert_true(found->value.kind == PROGRAM_TEXT && found->value.quoted && found->count == 1);
    found = last("at 1s corrupt report s1 jobs.*.topic = missing count=2")->as.corrupt;
    assert_true(found->value.kind == PROGRAM_MISSING && found->count == 2);
    assert_string_equal(found->path[1], "*");
    found = last("at 1s corrupt statistics s1 brokers.*.rxbytes = -99999999999999999999 once")->as.corrupt;
    assert_int_equal(found->document, PROGRAM_STATISTICS);
    assert_int_equal(found->value.kind, PROGRAM_DECIMAL);
    assert_string_equal(found->value.text, "-99999999999999999999");
    found = last("at 1s corrupt statistics s1 = \"{\"")->as.corrupt;
    assert_null(found->name);
    assert_string_equal(found->value.text, "{");
    assert_int_equal(last("at 1s corrupt report s1 stats.busy = 1.0")->as.corrupt->value.kind, PROGRAM_DECIMAL);
    assert_int_equal(last("at 1s corrupt report s1 stats = {}")->as.corrupt->value.kind, PROGRAM_EMPTY_OBJECT);
    assert_int_equal(last("at 1s corrupt report s1 stats.busy = null")->as.corrupt->value.kind, PROGRAM_NULL);
    assert_int_equal(last("at 1s corrupt report s1 stats.busy = -1e3")->as.corrupt->value.kind, PROGRAM_DECIMAL);
    assert_int_equal(last("at 1s corrupt report s1 stats.busy = 10%")->as.corrupt->value.kind, PROGRAM_CHANCE);
    assert_int_equal(last("at 1s corrupt report s1 stats.busy = 4KiB")->as.corrupt->value.kind, PROGRAM_SIZE);
    assert_int_equal(last("at 1s corrupt report s1 stats.busy = 5ms")->as.corrupt->value.kind, PROGRAM_DURATION);
    assert_int_equal(last("at 1s corrupt report s1 stats.busy = true")->as.corrupt->value.kind, PROGRAM_BOOLEAN);
    assert_int_equal(last("at 1s corrupt report s1 stats.busy = 5..9")->as.corrupt->value.kind, PROGRAM_TEXT);
    assert_true(last("at 1s corrupt report s1 stats.busy = -5")->as.corrupt->value.low == -5);
    assert_string_equal(last("at 1s corrupt error s1 topic = []")->as.corrupt->name, "details.topic");
}

/* ---- Conditions -------------------------------------------------------------------------------------------------- */

static void conditions_of_events_and_documents_are_kept(void **state)
{
    (void)state;
    const struct program_condition *found = expected("by 9s expect event s1 reporter.reported forced bytes>=5 times=2");
    assert_int_equal(found->as.event, CARAFE_EVENT_REPORTER_REPORTED);
    assert_int_equal(found->filter_count, 2);
    assert_int_equal(found->filters[0].field, PROGRAM_FIELD_FORCED);
    assert_int_equal(found->filters[0].value.low, 1);
    assert_int_equal(found->filters[1].comparison, PROGRAM_AT_LEAST);
    assert_true(found->times.given && found->times.count == 2);
    found = expected("by 9s expect event s1 client.pause duration=2s");
    assert_true(found->filters[0].value.low == 2 * S);
    found = expected("by 9s expect event s1 client.pause duration>0 topic=orders");
    assert_int_equal(found->filters[0].value.kind, PROGRAM_DURATION);
    found = expected("by 9s expect report s1 status=running busy<=2 consumer_groups.*.id=x");
    assert_string_equal(found->filters[0].name, "process.status");
    assert_string_equal(found->filters[1].name, "stats.busy");
    assert_int_equal(found->filters[2].path_len, 3);
    found = expected("by 9s expect error s1 type=app.stopping.error in_processing ~ \"orders/2\"");
    assert_string_equal(found->filters[1].name, "details.in_processing");
    assert_int_equal(found->filters[1].comparison, PROGRAM_CONTAINS);
}

static void conditions_of_processes_are_kept(void **state)
{
    (void)state;
    const struct program_condition *found = expected("by 9s expect exit s1 code=2");
    assert_true(found->as.exit.code_given && found->as.exit.code == 2);
    assert_int_equal(expected("by 9s expect exit s1 signal=KILL")->as.exit.signal, PROGRAM_SIGNAL_KILL);
    assert_int_equal(expected("by 9s expect pool.0 status running")->process.node, 0);
    found = expected("by 9s expect assignment s1 orders/0 orders/3");
    assert_true(found->as.assignment.count == 2 && found->as.assignment.partitions[1].partition == 3);
    found = expected("by 9s expect assignment m1 orders count>=2");
    assert_true(found->as.assignment.number.count == 2 && found->as.assignment.of.topic == 0);
    found = expected("by 9s expect assignment m1 none");
    assert_true(found->as.assignment.number.given && found->as.assignment.number.count == 0);
    found = expected("by 9s expect log s1 \"\\\"gone\\\" \\\\ \\t\\n\" level=error times<=3");
    assert_string_equal(found->as.log.text, "\"gone\" \\ \t\n");
    assert_int_equal(found->as.log.level, 3);
    found = expected("by 9s expect request s1 OffsetCommit broker=2 times>=2");
    assert_true(found->as.request.api == 8 && found->as.request.broker == 2 && found->times.given);
    assert_int_equal(expected("by 9s expect job orders/1 failed")->as.job.point, PROGRAM_JOB_FAILED);
}

static void counters_order_and_durations_are_kept(void **state)
{
    (void)state;
    const struct program_condition *found = expected("by 9s expect committed s1 orders/2 >= 500");
    assert_int_equal(found->as.count.counter, PROGRAM_COUNT_COMMITTED);
    assert_true(found->as.count.of.partition == 2 && found->as.count.number == 500 && found->process.index == 0);
    assert_true(expected("by 9s expect processed orders = all")->as.count.against_all);
    assert_true(expected("by 9s expect reports s1 = 3")->as.count.number == 3);
    found = last("always committed <= processed")->as.condition;
    assert_true(found->as.count.against_counter && found->as.count.other == PROGRAM_COUNT_PROCESSED);
    found = expected("in 1s..9s expect order s1 app.stopping app.stopped app.terminated");
    assert_int_equal(found->as.order.count, 3);
    assert_int_equal(found->as.order.events[1], CARAFE_EVENT_APP_STOPPED);
    found = expected("in 1s..9s expect duration s1 app.stopping -> app.stopped < 60s");
    assert_int_equal(found->as.took.to, CARAFE_EVENT_APP_STOPPED);
    assert_true(found->as.took.comparison == PROGRAM_LESS && found->as.took.duration_ns == 60 * S);
    assert_int_equal(last("in 1s..9s never report s1 status=stopped")->kind, PROGRAM_NEVER);
}

/* ---- The file as a whole ----------------------------------------------------------------------------------------- */

static void names_are_replaced_and_defines_win(void **state)
{
    const char *text = "# Why: names.\nset grace = 500ms\nset words = \"a b\"\nset limit = 20m\nset tolerance = 0\n"
                       "topic orders\nserver s1 shutdown_timeout=$grace host=$words\nat 0 start s1\n";
    const struct program_define defines[] = {{"grace", "2s"}, {"limit", "30m"}};
    (void)state;
    (void)load(text);
    assert_string_equal(program->why, "names.");
    assert_true(program->limit_ns == 1200 * S && program->tolerance_ns == 0);
    assert_true(program_setting(&program->servers[0].settings, PROGRAM_SERVER_SHUTDOWN_TIMEOUT)->low == 500 * MS);
    assert_string_equal(program_setting(&program->servers[0].settings, PROGRAM_SERVER_HOST)->text, "a b");
    (void)load_with(text, defines, 2);
    assert_true(program_setting(&program->servers[0].settings, PROGRAM_SERVER_SHUTDOWN_TIMEOUT)->low == 2 * S);
    assert_true(program->limit_ns == 1800 * S);
}

static void a_string_stays_one_under_a_name(void **state)
{
    (void)state;
    (void)load("set id = \"5\"\ntopic o\nserver s\nat 0 start s\nat 0 corrupt report s process.id = $id\n"
               "at 0 expect event s app.initialized\n");
    assert_int_equal(program->statements[1].as.corrupt->value.kind, PROGRAM_TEXT);
}

static void a_define_that_nothing_takes_is_refused(void **state)
{
    const char *text = "set grace = 1s\ntopic orders\nat 0 load orders 1\n";
    const struct program_define define = {"grase", "2s"};
    struct program *refused = NULL;
    (void)state;
    assert_int_equal(program_load_text("a.scn", text, strlen(text), &define, 1, &refused, &errors), CARAFE_INVALID);
    assert_null(refused);
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.list[0].message, "-D grase: expected a name that the scenario sets, got none of it; did "
                                                "you mean \"grace\"?");
}

static void a_limit_on_the_command_line_must_be_a_time(void **state)
{
    const char *text = "topic orders\nat 0 load orders 1\n";
    const struct program_define define = {"limit", "soon"};
    struct program *refused = NULL;
    (void)state;
    assert_int_equal(program_load_text("a.scn", text, strlen(text), &define, 1, &refused, &errors), CARAFE_INVALID);
    assert_string_equal(errors.list[0].message, "-D limit: expected a duration such as 10m, got \"soon\"");
}

static void defaults_hold_when_nothing_is_said(void **state)
{
    (void)state;
    (void)load("topic orders\nserver s1\nat 0 start s1\n");
    assert_true(program->limit_ns == 600 * S && program->tolerance_ns == 1 * MS);
    assert_true(program->sweep && program->cluster.brokers == 3 && !program->cluster.given);
    assert_int_equal(program->topics[0].partitions, 1);
    assert_int_equal(program->invariants[1], PROGRAM_INVARIANT_ON);
    (void)load("sweep off\ninvariant 11 off\ninvariant 1 must_break\ntopic orders\nat 0 load orders 1\n");
    assert_false(program->sweep);
    assert_int_equal(program->invariants[11], PROGRAM_INVARIANT_OFF);
    assert_int_equal(program->invariants[1], PROGRAM_INVARIANT_MUST_BREAK);
}

static void repeats_are_unrolled_with_their_times(void **state)
{
    (void)state;
    (void)load(
        "topic a\nat 5s load a 1\nrepeat 3 every 10s {\nat +1s load a 1 key=$i\nat 8s load a 1\n}\nat +1s load a 1\n");
    assert_int_equal(program->statement_count, 8);
    assert_true(program->statements[1].time.from_ns == 6 * S && program->statements[2].time.from_ns == 8 * S);
    assert_true(program->statements[5].time.from_ns == 26 * S && program->statements[6].time.from_ns == 28 * S);
    assert_string_equal(program->statements[5].as.load->key, "2");
    assert_true(program->statements[7].time.from_ns == 29 * S);
    (void)load("repeat 3 {\ntopic part-$i\n}\nat 0 load part-2 1\n");
    assert_int_equal(program->topic_count, 3);
    assert_string_equal(program->topics[2].name, "part-2");
    (void)load("repeat 500 {\ntopic part-$i\n}\nat 0 load part-499 1\n");
    assert_int_equal(program->statements[0].as.load->to.topic, 499);
}

static void lines_end_in_either_way_and_may_hold_nothing(void **state)
{
    (void)state;
    (void)load("\xEF\xBB\xBF# Why: a mark and other line ends.\r\n\r\n\ttopic orders # so\r\nat 0 load orders 1");
    assert_int_equal(program->statement_count, 1);
    assert_string_equal(program->why, "a mark and other line ends.");
}

static void too_little_memory_is_an_error_at_every_step(void **state)
{
    char text[4096];
    (void)state;
    (void)snprintf(text, sizeof text,
                   "%shandler s1 orders takes=5ms\nby 9s expect report s1 status=running\n"
                   "at 10s fault api Fetch error=NOT_COORDINATOR\nat 11s signal s1 TERM\n",
                   WORLD);
    bool read = false;
    for (size_t max = 0; max < 256 * 1024 && !read; max += 64) {
        struct program *found = NULL;
        const struct load_input input = {.name = "a.scn", .text = text, .len = strlen(text), .memory_max = max};
        int code = program_load_input(&input, &found, &errors);
        read = code == 0;
        assert_true(code == 0 || (code == CARAFE_NO_MEMORY && errors.count == 1));
        program_destroy(found);
    }
    assert_true(read);
}

static void a_text_past_the_bound_is_refused(void **state)
{
    char *text = calloc(1, PROGRAM_FILE_BYTES_MAX + 2);
    struct program *refused = NULL;
    (void)state;
    assert_non_null(text);
    memset(text, '\n', PROGRAM_FILE_BYTES_MAX + 1);
    assert_int_equal(program_load_text("a.scn", text, PROGRAM_FILE_BYTES_MAX + 1, NULL, 0, &refused, &errors),
                     CARAFE_INVALID);
    assert_string_equal(errors.list[0].message, "file: expected at most 1048576 bytes, got 1048577");
    free(text);
}

static void a_file_that_is_not_there_is_an_error_of_the_file(void **state)
{
    struct program *refused = NULL;
    (void)state;
    assert_int_equal(program_load("/no/such/file.scn", NULL, 0, &refused, &errors), CARAFE_INVALID);
    assert_int_equal(errors.list[0].line, 0);
    assert_int_equal(program_load("/dev/zero", NULL, 0, &refused, &errors), CARAFE_INVALID);
    assert_string_equal(errors.list[0].message, "file: expected an ordinary file, got a device, pipe or socket");
}

static void what_a_runner_prints_reads_as_people_write(void **state)
{
    char buffer[PROGRAM_DURATION_TEXT_MAX];
    char name[PROGRAM_PROCESS_TEXT_MAX];
    char *text = NULL;
    size_t len = 0;
    (void)state;
    assert_string_equal(program_duration_text(61204311000, buffer), "61.204311s");
    assert_string_equal(program_duration_text(-1500000, buffer), "-1.5ms");
    assert_string_equal(program_duration_text(0, buffer), "0s");
    assert_string_equal(program_duration_text(PROGRAM_END_NS, buffer), "the end");
    assert_string_equal(program_duration_text(INT64_MIN + 1, buffer), "-9223372036.854775807s");
    assert_string_equal(program_comparison_text(PROGRAM_AT_MOST), "<=");
    const struct program_statement *statement = last("in 9s..10s expect exit pool.1");
    assert_string_equal(program_process_text(program, &statement->as.condition->process, name), "pool.1");
    const struct program_process any = {PROGRAM_SERVER, PROGRAM_NONE, PROGRAM_NO_NODE};
    assert_string_equal(program_process_text(program, &any, name), "any process");
    FILE *stream = open_memstream(&text, &len);
    program_place_print(stream, &statement->place, "nothing happened in this window");
    (void)fclose(stream);
    assert_string_equal(text, "   10 | in 9s..10s expect exit pool.1\n"
                              "      | ^^^^^^^^^^ nothing happened in this window\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absolute_and_relative_times_are_settled),
        cmocka_unit_test(times_after_an_unknown_moment_count_from_it),
        cmocka_unit_test(a_point_and_its_delay_are_kept),
        cmocka_unit_test(places_mark_the_time_and_texts_leave_it_out),
        cmocka_unit_test(topology_is_resolved_to_indices),
        cmocka_unit_test(settings_have_their_types),
        cmocka_unit_test(handlers_keep_what_they_do),
        cmocka_unit_test(subscribers_keep_what_they_do),
        cmocka_unit_test(actions_on_processes_are_kept),
        cmocka_unit_test(loads_keep_rate_bursts_and_contents),
        cmocka_unit_test(faults_of_brokers_and_apis_are_kept),
        cmocka_unit_test(faults_of_the_net_are_kept),
        cmocka_unit_test(faults_of_processes_are_kept),
        cmocka_unit_test(corruptions_keep_path_and_typed_value),
        cmocka_unit_test(conditions_of_events_and_documents_are_kept),
        cmocka_unit_test(conditions_of_processes_are_kept),
        cmocka_unit_test(counters_order_and_durations_are_kept),
        cmocka_unit_test(names_are_replaced_and_defines_win),
        cmocka_unit_test(a_string_stays_one_under_a_name),
        cmocka_unit_test(a_define_that_nothing_takes_is_refused),
        cmocka_unit_test(a_limit_on_the_command_line_must_be_a_time),
        cmocka_unit_test(defaults_hold_when_nothing_is_said),
        cmocka_unit_test(repeats_are_unrolled_with_their_times),
        cmocka_unit_test(lines_end_in_either_way_and_may_hold_nothing),
        cmocka_unit_test(too_little_memory_is_an_error_at_every_step),
        cmocka_unit_test(a_text_past_the_bound_is_refused),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error_of_the_file),
        cmocka_unit_test(what_a_runner_prints_reads_as_people_write),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
