#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "court.h"
#include "ports/clock.h"
#include "run/director.h"
#include "run/verdict.h"

#define PROCESS_ID "host:17:0123456789ab"

static struct court *current; /* whose verdicts are asked for */

void verdict_invariant(struct run *run, int number, const char *format, ...)
{
    assert_ptr_equal(run, &current->run);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(current->text, sizeof current->text, format, arguments);
    va_end(arguments);
    current->broken[number]++;
}

int64_t run_now(const struct run *run)
{
    assert_ptr_equal(run, &current->run);
    return current->now_ns;
}

void director_wake(struct director *director)
{
    (void)director;
}

struct court *court_open_program(const char *text)
{
    struct court *court = calloc(1, sizeof *court);
    struct program_errors *errors = calloc(1, sizeof *errors);
    assert_non_null(court);
    assert_non_null(errors);
    if (program_load_text("test.scn", text, strlen(text), NULL, 0, &court->program, errors) != 0) {
        program_errors_print(stderr, errors);
        fail();
    }
    free(errors);
    court->run.program = court->program;
    court->run.path = "test.scn";
    court->now_ns = NS_PER_S;
    court->run.oracle = oracle_create(&court->run);
    assert_non_null(court->run.oracle);
    current = court;
    return court;
}

struct court *court_open(const char *more)
{
    char text[4096];
    snprintf(text, sizeof text,
             "cluster brokers=1\ntopic orders partitions=2\nserver s1 group=billing\n%sat 0 start s1\n%sat 400s load "
             "orders 1\n",
             strstr(more, "handler s1") != NULL ? "" : "handler s1 orders takes=1ms\n", more);
    return court_open_program(text);
}

void court_close(struct court *court)
{
    oracle_destroy(court->run.oracle);
    program_destroy(court->program);
    free(court);
    current = NULL;
}

void court_expect(struct court *court, int number)
{
    for (int i = 1; i <= PROGRAM_INVARIANT_COUNT; i++) {
        if ((court->broken[i] > 0) != (i == number)) {
            fail_msg("invariant %d %s: %s", i, i == number ? "held" : "failed", court->text);
        }
    }
}

void court_wait(struct court *court, int64_t ms)
{
    court->now_ns += ms * NS_PER_MS;
}

static void observe(struct court *court, struct observation *observation)
{
    observation->at_ns = court->now_ns;
    oracle_observe(court->run.oracle, observation);
    court->now_ns += NS_PER_US;
}

/* ---- Events ------------------------------------------------------------------------------------------------------ */

void court_event_of(struct court *court, const char *process, const struct carafe_event *event)
{
    struct observation observation = {.process = process};
    observation_from_event(&observation, event);
    observe(court, &observation);
}

void court_event(struct court *court, const struct carafe_event *event)
{
    court_event_of(court, "s1", event);
}

void court_status(struct court *court, enum carafe_event_kind kind)
{
    court_event(court, &(struct carafe_event){.kind = kind});
}

void court_error(struct court *court, const char *type)
{
    const struct carafe_failure failure = {.type = type, .error_class = "Error", .message = "it failed"};
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED, .failure = &failure});
}

void court_reported(struct court *court, enum carafe_status status, bool forced)
{
    court_event(court, &(struct carafe_event){
                           .kind = CARAFE_EVENT_REPORTER_REPORTED, .status = status, .forced = forced, .messages = 1});
}

void court_signal_noticed(struct court *court, const char *signal)
{
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_PROCESS_NOTICE_SIGNAL, .signal = signal});
}

void court_closed_producer(struct court *court)
{
    struct observation observation = {.kind = OBSERVATION_PRODUCER, .process = "s1", .name = "closed"};
    observe(court, &observation);
}

void court_exit(struct court *court, int code)
{
    struct observation observation = {.kind = OBSERVATION_EXIT, .process = "s1"};
    observation_integer(&observation, "code", code);
    observe(court, &observation);
}

void court_crash(struct court *court)
{
    struct observation observation = {.kind = OBSERVATION_EXIT, .process = "s1"};
    observation_text(&observation, "signal", "KILL");
    observe(court, &observation);
}

void court_stop(struct court *court)
{
    court_status(court, CARAFE_EVENT_APP_STOPPING);
    court_reported(court, CARAFE_STOPPING, true);
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_LISTENER_STOPPED});
    court_reported(court, CARAFE_STOPPED, true); /* the reporter hears of it first */
    court_status(court, CARAFE_EVENT_APP_STOPPED);
    court_closed_producer(court);
    court_status(court, CARAFE_EVENT_APP_TERMINATED);
    court_exit(court, 0);
}

/* ---- Partitions -------------------------------------------------------------------------------------------------- */

void court_assigned(struct court *court, const char *process, int32_t partition, bool assigned)
{
    const struct carafe_partition one = {.topic = "orders", .partition = partition, .offset = -1001};
    court_event_of(court, process,
                   &(struct carafe_event){.kind = assigned ? CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED
                                                           : CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED,
                                          .group = "billing",
                                          .partitions = &one,
                                          .partition_count = 1});
}

static void job_event_of_attempt(struct court *court, enum carafe_event_kind kind, const struct carafe_failure *failure,
                                 int32_t partition, int64_t first, int64_t last, int attempt)
{
    const struct carafe_job_view job = {.id = 1 + (uint64_t)first * 2 + (uint64_t)partition,
                                        .type = CARAFE_JOB_CONSUME,
                                        .group = "billing",
                                        .topic = "orders",
                                        .partition = partition,
                                        .first_offset = first,
                                        .last_offset = last,
                                        .attempt = attempt,
                                        .messages = (size_t)(last - first + 1)};
    court_event(court, &(struct carafe_event){.kind = kind,
                                              .group = "billing",
                                              .topic = "orders",
                                              .partition = partition,
                                              .job = &job,
                                              .failure = failure});
}

static void job_event(struct court *court, enum carafe_event_kind kind, int32_t partition, int64_t first, int64_t last)
{
    job_event_of_attempt(court, kind, NULL, partition, first, last, 1);
}

void court_schedule(struct court *court, int32_t partition, int64_t first, int64_t last)
{
    job_event(court, CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE, partition, first, last);
}

void court_consume(struct court *court, int32_t partition, int64_t first, int64_t last)
{
    job_event(court, CARAFE_EVENT_CONSUMER_CONSUME, partition, first, last);
}

void court_attempt(struct court *court, int attempt)
{
    const struct carafe_job_view job = {.id = 1 + (uint64_t)attempt,
                                        .type = CARAFE_JOB_CONSUME,
                                        .group = "billing",
                                        .topic = "orders",
                                        .attempt = attempt,
                                        .messages = 1};
    const struct carafe_failure failure = {.type = "consumer.consume.error", .error_class = "E", .message = "m"};
    struct carafe_event event = {.kind = CARAFE_EVENT_CONSUMER_CONSUME, .group = "billing", .topic = "orders"};
    event.job = &job;
    court_event(court, &event);
    event.kind = CARAFE_EVENT_ERROR_OCCURRED;
    event.failure = &failure;
    court_event(court, &event);
}

void court_consumed(struct court *court, int32_t partition, int64_t first, int64_t last)
{
    job_event(court, CARAFE_EVENT_CONSUMER_CONSUMED, partition, first, last);
}

void court_failed_attempt(struct court *court, int32_t partition, int64_t first, int64_t last, int attempt)
{
    const struct carafe_failure failure = {.type = "consumer.consume.error", .error_class = "E", .message = "m"};
    job_event_of_attempt(court, CARAFE_EVENT_ERROR_OCCURRED, &failure, partition, first, last, attempt);
}

void court_failed(struct court *court, int32_t partition, int64_t first, int64_t last)
{
    court_failed_attempt(court, partition, first, last, 1);
}

void court_topic_event(struct court *court, enum carafe_event_kind kind, int32_t partition, int64_t offset)
{
    court_event(court,
                &(struct carafe_event){
                    .kind = kind, .group = "billing", .topic = "orders", .partition = partition, .offset = offset});
}

void court_handled(struct court *court, const char *process, int32_t partition, int64_t first, int64_t last)
{
    struct observation observation = {.kind = OBSERVATION_HANDLED, .process = process, .name = "orders"};
    observation_integer(&observation, "partition", partition);
    observation_integer(&observation, "first_offset", first);
    observation_integer(&observation, "last_offset", last);
    observe(court, &observation);
}

void court_batch(struct court *court, int32_t partition, int64_t first, int64_t last)
{
    court_consume(court, partition, first, last);
    court_handled(court, "s1", partition, first, last);
    court_consumed(court, partition, first, last);
    court_topic_event(court, CARAFE_EVENT_CONSUMER_MARKED, partition, last);
}

/* ---- The wire ---------------------------------------------------------------------------------------------------- */

void court_record(struct court *court, const char *process, const char *topic, int32_t partition, int64_t offset,
                  const struct record *record)
{
    const struct wire_record wire = {
        .topic = topic, .partition = partition, .offset = offset, .record = record, .requested_ns = court->now_ns};
    struct observation observation = {.kind = OBSERVATION_RECORD, .process = process, .name = topic, .record = &wire};
    observe(court, &observation);
}

void court_append(struct court *court, int32_t partition, int64_t offset)
{
    static const uint8_t payload[100];
    const struct record record = {.payload = {.bytes = payload, .len = sizeof payload}};
    court_record(court, "load", "orders", partition, offset, &record);
}

void court_commit(struct court *court, const char *process, int32_t partition, int64_t offset, int error)
{
    const struct wire_commit commit = {.group = "billing",
                                       .member = process,
                                       .generation = 1,
                                       .topic = "orders",
                                       .partition = partition,
                                       .offset = offset,
                                       .error = error,
                                       .requested_ns = court->now_ns};
    struct observation observation = {
        .kind = OBSERVATION_COMMIT, .process = process, .name = "billing", .commit = &commit};
    observe(court, &observation);
}

void court_membership(struct court *court, enum wire_membership_kind kind, const char *member, int32_t generation,
                      int32_t partition)
{
    const struct wire_assigned assigned = {.topic = "orders", .partition = partition};
    const struct wire_membership membership = {.kind = kind,
                                               .group = "billing",
                                               .member = member,
                                               .generation = generation,
                                               .assigned = &assigned,
                                               .assigned_count = kind == WIRE_SYNCED ? 1 : 0,
                                               .requested_ns = court->now_ns};
    struct observation observation = {.kind = OBSERVATION_GROUP, .process = "s1", .membership = &membership};
    observe(court, &observation);
}

void court_stimulus(struct court *court, size_t index)
{
    const struct program_statement *statement = &court->program->statements[index + 1]; /* after the start */
    struct observation observation = {.kind = OBSERVATION_STIMULUS, .name = statement->text, .statement = statement};
    observe(court, &observation);
}

/* ---- Documents --------------------------------------------------------------------------------------------------- */

static const char good_report[] =
    "{\"schema_version\":\"1.4.0\",\"type\":\"consumer\",\"dispatched_at\":1750000000.5,\"process\":{"
    "\"started_at\":1750000000.25,\"id\":\"" PROCESS_ID "\",\"cpus\":4,\"workers\":5,\"memory_usage\":1,"
    "\"memory_total_usage\":1,\"memory_size\":1,\"threads\":9,\"status\":\"running\",\"tags\":[],"
    "\"execution_mode\":\"standalone\",\"listeners\":{\"active\":1,\"standby\":0},\"cpu_usage\":[-1,-1,-1],"
    "\"bytes_received\":0,\"bytes_sent\":0},\"versions\":{\"ruby\":\"none\",\"karafka\":\"2.5.0\","
    "\"karafka_core\":\"2.5.0\",\"karafka_web\":\"0.10.4\",\"waterdrop\":\"2.8.0\",\"rdkafka\":\"0.1.0\","
    "\"librdkafka\":\"2.0.2\"},\"stats\":{\"busy\":0,\"enqueued\":0,\"waiting\":0,\"utilization\":0,\"total\":{"
    "\"jobs\":0,\"batches\":0,\"messages\":0,\"errors\":0,\"retries\":0,\"dead\":0}},\"consumer_groups\":{},"
    "\"jobs\":[]}";

static const char good_error[] =
    "{\"schema_version\":\"1.1.0\",\"type\":\"consumer.consume.error\",\"error_class\":\"E\",\"error_message\":\"m\","
    "\"backtrace\":\"\",\"details\":{},\"occurred_at\":1750000000.5,\"process\":{\"id\":\"" PROCESS_ID
    "\",\"tags\":[]}}";

static struct view view_of(const char *text)
{
    return (struct view){.bytes = (const uint8_t *)text, .len = strlen(text)};
}

void court_document(struct court *court, const struct court_document *document)
{
    const char *text = document->text != NULL ? document->text : document->error ? good_error : good_report;
    struct record record = {.key = view_of(document->key != NULL ? document->key : PROCESS_ID), .header_count = 1};
    record.headers[0].name = view_of("zlib");
    record.headers[0].value = view_of(document->header_value != NULL ? document->header_value : "true");
    const struct wire_record wire = {.topic = document->error ? "karafka_errors" : "karafka_consumers_reports",
                                     .partition = document->partition,
                                     .record = &record,
                                     .requested_ns = court->now_ns};
    struct observation observation = {.kind = document->error ? OBSERVATION_ERROR : OBSERVATION_REPORT,
                                      .process = "s1",
                                      .text = text,
                                      .text_len = strlen(text),
                                      .record = &wire};
    cJSON *parsed = cJSON_Parse(text);
    observation.document = parsed;
    observation_text(&observation, "type", document->type);
    observation_text(&observation, "class", document->error ? "Error" : NULL);
    observation_text(&observation, "status", document->status);
    observe(court, &observation);
    cJSON_Delete(parsed);
}

void court_report(struct court *court, const char *status, int64_t jobs, int64_t workers)
{
    char text[sizeof good_report + 64];
    cJSON *report = cJSON_Parse(good_report);
    cJSON *process = cJSON_GetObjectItemCaseSensitive(report, "process");
    cJSON *total = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(report, "stats"), "total");
    cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(total, "jobs"), (double)jobs);
    cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(process, "workers"), (double)workers);
    cJSON_ReplaceItemInObjectCaseSensitive(process, "status", cJSON_CreateString(status));
    assert_true(cJSON_PrintPreallocated(report, text, sizeof text, 0));
    cJSON_Delete(report);
    court_document(court, &(struct court_document){.status = status, .text = text});
}
