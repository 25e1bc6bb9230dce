#include "run/wiretap.h"

#include "base/error.h"
#include "kafka/names.h"
#include "kafka/tap.h"
#include "oracle/oracle.h"
#include "run/ledger.h"
#include "run/reports.h"
#include "run/verdict.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPORTS_TOPIC "karafka_consumers_reports"
#define ERRORS_TOPIC  "karafka_errors"
#define NAME_MAX_LEN  256

struct wiretap {
    struct run *run;
    struct tap *tap;
    struct wire_observer observer;
    struct reports_folder *folder;
};

/* ---- Who and what ------------------------------------------------------------------------------------------------ */

static const char *client_name(const struct wire_origin *origin)
{
    const struct sim_process *process = sim_process_find(origin->process);
    return process != NULL ? sim_process_name(process) : "unknown";
}

static bool is_topic(const struct run *run, enum program_server_setting setting, const char *usual, const char *topic)
{
    bool renamed = false;
    for (size_t i = 0; i < run->program->server_count; i++) {
        const struct program_value *value = program_setting(&run->program->servers[i].settings, (int)setting);
        renamed = renamed || value != NULL;
        if (value != NULL && strcmp(value->text, topic) == 0) {
            return true;
        }
    }
    return strcmp(topic, usual) == 0;
}

/* ---- Records ----------------------------------------------------------------------------------------------------- */

static void copy_headers(const struct record *record, struct carafe_header *headers, char names[][NAME_MAX_LEN])
{
    for (size_t i = 0; i < record->header_count; i++) {
        const struct view *name = &record->headers[i].name;
        size_t len = name->len < NAME_MAX_LEN ? name->len : NAME_MAX_LEN - 1;
        memcpy(names[i], name->bytes, len);
        names[i][len] = '\0';
        headers[i] =
            (struct carafe_header){.name = names[i],
                                   .value = record->headers[i].value.null ? NULL : record->headers[i].value.bytes,
                                   .value_len = record->headers[i].value.len};
    }
}

static void keep_document(struct wiretap *wiretap, const struct wire_record *wire, const char *text, size_t text_len)
{
    struct carafe_header headers[RECORD_HEADERS_MAX];
    char names[RECORD_HEADERS_MAX][NAME_MAX_LEN];
    const struct record *record = wire->record;
    copy_headers(record, headers, names);
    struct reports_entry entry = {.at_ns = run_now(wiretap->run),
                                  .topic = wire->topic,
                                  .partition = wire->partition,
                                  .offset = wire->offset,
                                  .key = record->key.null ? NULL : record->key.bytes,
                                  .key_len = record->key.len,
                                  .headers = headers,
                                  .header_count = record->header_count,
                                  .payload = record->payload.bytes,
                                  .payload_len = record->payload.len,
                                  .text = text,
                                  .text_len = text_len};
    struct carafe_error error;
    if (reports_folder_add(wiretap->folder, &entry, &error) != 0) {
        verdict_error(wiretap->run, EXIT_USAGE, "%s", error.text);
    }
}

static const char *string_at(const cJSON *document, const char *outer, const char *name)
{
    const cJSON *object = outer != NULL ? cJSON_GetObjectItemCaseSensitive(document, outer) : document;
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static void observe_document(struct wiretap *wiretap, const struct wire_record *wire, bool error_document)
{
    struct run *run = wiretap->run;
    const char *process = client_name(wire->origin);
    struct carafe_error error;
    size_t len = 0;
    char *text = reports_inflate(wire->record->payload.bytes, wire->record->payload.len, &len, &error);
    cJSON *document = text != NULL ? cJSON_ParseWithLength(text, len) : NULL;
    if (document == NULL) {
        oracle_broken(run->oracle, 6, "expected %s to produce documents to %s, got what cannot be read: %s", process,
                      wire->topic, text == NULL ? error.text : "it is no JSON");
        free(text);
        return;
    }
    size_t index = program_process_named(run->program, process);
    if (index != PROGRAM_NONE) {
        ledger_reported(run->ledger, index, error_document);
    }
    if (wiretap->folder != NULL) {
        keep_document(wiretap, wire, text, len);
    }
    struct observation observation = {.kind = error_document ? OBSERVATION_ERROR : OBSERVATION_REPORT,
                                      .process = process,
                                      .document = document,
                                      .text = text,
                                      .text_len = len,
                                      .record = wire};
    if (error_document) {
        observation_text(&observation, "type", string_at(document, NULL, "type"));
        observation_text(&observation, "class", string_at(document, NULL, "error_class"));
    } else {
        observation_text(&observation, "status", string_at(document, "process", "status"));
    }
    observation_integer(&observation, "partition", wire->partition);
    observation_integer(&observation, "offset", wire->offset);
    observation_integer(&observation, "bytes", (int64_t)wire->record->payload.len);
    observation_integer(&observation, "json_bytes", (int64_t)len);
    run_observe(run, &observation);
    cJSON_Delete(document);
    free(text);
}

static void on_appended(const struct wire_record *wire, void *owner)
{
    struct wiretap *wiretap = owner;
    struct run *run = wiretap->run;
    ledger_appended(run->ledger, ledger_topic(run->ledger, wire->topic), wire->partition, wire->offset);
    if (is_topic(run, PROGRAM_SERVER_REPORTS_TOPIC, REPORTS_TOPIC, wire->topic)) {
        observe_document(wiretap, wire, false);
        return;
    }
    if (is_topic(run, PROGRAM_SERVER_ERRORS_TOPIC, ERRORS_TOPIC, wire->topic)) {
        observe_document(wiretap, wire, true);
        return;
    }
    struct observation observation = {
        .kind = OBSERVATION_RECORD, .process = client_name(wire->origin), .name = wire->topic, .record = wire};
    observation_integer(&observation, "partition", wire->partition);
    observation_integer(&observation, "offset", wire->offset);
    run_observe(run, &observation);
}

/* ---- Groups ------------------------------------------------------------------------------------------------------ */

static void on_committed(const struct wire_commit *commit, void *owner)
{
    struct wiretap *wiretap = owner;
    struct run *run = wiretap->run;
    if (commit->error == 0) {
        ledger_committed(run->ledger, commit->group, ledger_topic(run->ledger, commit->topic), commit->partition,
                         commit->offset);
    }
    struct observation observation = {
        .kind = OBSERVATION_COMMIT, .process = client_name(commit->origin), .name = commit->group, .commit = commit};
    observation_text(&observation, "topic", commit->topic);
    observation_integer(&observation, "partition", commit->partition);
    observation_integer(&observation, "offset", commit->offset);
    observation_integer(&observation, "generation", commit->generation);
    if (commit->error != 0) {
        observation_text(&observation, "error",
                         commit->error == WIRE_UNANSWERED ? "UNANSWERED" : kafka_error_name(commit->error));
    }
    run_observe(run, &observation);
}

static void on_membership(const struct wire_membership *membership, void *owner)
{
    static const char *const kinds[] = {
        [WIRE_JOINED] = "joined", [WIRE_SYNCED] = "synced", [WIRE_HEARTBEAT] = "heartbeat", [WIRE_LEFT] = "left"};
    struct wiretap *wiretap = owner;
    if (membership->kind == WIRE_HEARTBEAT && membership->error == 0) {
        return;
    }
    struct observation observation = {.kind = OBSERVATION_GROUP,
                                      .process = client_name(membership->origin),
                                      .name = kinds[membership->kind],
                                      .membership = membership};
    observation_text(&observation, "group", membership->group);
    observation_text(&observation, "member", membership->member);
    observation_integer(&observation, "generation", membership->generation);
    if (membership->kind == WIRE_SYNCED) {
        observation_integer(&observation, "partitions", (int64_t)membership->assigned_count);
    }
    if (membership->error != 0) {
        observation_text(&observation, "error",
                         membership->error == WIRE_UNANSWERED ? "UNANSWERED" : kafka_error_name(membership->error));
    }
    run_observe(wiretap->run, &observation);
}

static void on_requested(const struct wire_origin *origin, int api, void *owner)
{
    struct wiretap *wiretap = owner;
    struct observation observation = {
        .kind = OBSERVATION_REQUEST, .process = client_name(origin), .name = kafka_api_name(api)};
    observation_integer(&observation, "api", api);
    observation_integer(&observation, "broker", mock_cluster_broker_at(wiretap->run->cluster, origin->port));
    run_observe(wiretap->run, &observation);
}

static void on_undecodable(const struct wire_origin *origin, const char *why, void *owner)
{
    struct wiretap *wiretap = owner;
    verdict_error(wiretap->run, EXIT_INTERNAL, "%s said to a broker what cannot be decoded: %s", client_name(origin),
                  why);
}

/* Does any line look at requests?  There are many of them. */
static bool wants_requests(const struct program *program)
{
    for (size_t i = 0; i < program->statement_count; i++) {
        const struct program_statement *statement = &program->statements[i];
        bool claim = statement->kind == PROGRAM_EXPECT || statement->kind == PROGRAM_NEVER;
        const struct program_condition *point = statement->time.point;
        if ((claim && statement->as.condition->kind == PROGRAM_SEES_REQUEST) ||
            (point != NULL && point->kind == PROGRAM_SEES_REQUEST)) {
            return true;
        }
    }
    return false;
}

/* ---- Life -------------------------------------------------------------------------------------------------------- */

int wiretap_create(struct run *run, struct wiretap **made, struct carafe_error *error)
{
    struct wiretap *wiretap = calloc(1, sizeof *wiretap);
    if (wiretap == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "wiretap: out of memory");
    }
    wiretap->run = run;
    wiretap->observer = (struct wire_observer){.appended = on_appended,
                                               .committed = on_committed,
                                               .membership = on_membership,
                                               .requested = wants_requests(run->program) ? on_requested : NULL,
                                               .undecodable = on_undecodable,
                                               .owner = wiretap};
    if (run->options->reports_path != NULL) {
        int code = reports_folder_create(run->options->reports_path, &wiretap->folder, error);
        if (code != 0) {
            free(wiretap);
            return code;
        }
    }
    *made = wiretap;
    return 0;
}

static bool is_broker(uint16_t port, void *owner)
{
    struct wiretap *wiretap = owner;
    return mock_cluster_broker_at(wiretap->run->cluster, port) != 0;
}

void wiretap_listen(struct wiretap *wiretap)
{
    wiretap->tap = tap_create(&wiretap->observer, is_broker, wiretap);
}

void wiretap_destroy(struct wiretap *wiretap)
{
    if (wiretap == NULL) {
        return;
    }
    tap_destroy(wiretap->tap);
    reports_folder_destroy(wiretap->folder);
    free(wiretap);
}
