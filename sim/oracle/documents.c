/*
 * 6 Everything produced to the topics of reports and errors passes its contract, in the schema that was set; a report
 *   goes to partition 0; the key is the process id that the document names; the one header is `zlib: true`.
 */
#include "oracle/family.h"

#include "kafka/wire.h"
#include "tracking/contract.h"
#include "tracking/utf8.h"

#include <stdlib.h>
#include <string.h>

struct documents {
    struct oracle *oracle;
    const struct oracle_view *view;
    struct contract contracts[2][SCHEMA_COUNT]; /* by kind */
    struct contract_violations violations;
    struct json_document document;
    struct json_reader reader;
};

static void *create(struct oracle *oracle)
{
    struct documents *documents = calloc(1, sizeof *documents);
    if (documents == NULL) {
        return NULL;
    }
    documents->oracle = oracle;
    documents->view = oracle_view(oracle);
    for (enum contract_schema schema = SCHEMA_1_4_0; schema < SCHEMA_COUNT; schema++) {
        contract_init(&documents->contracts[CONTRACT_REPORT][schema], CONTRACT_REPORT, schema);
        contract_init(&documents->contracts[CONTRACT_ERROR][schema], CONTRACT_ERROR, schema);
    }
    contract_violations_init(&documents->violations);
    json_document_init(&documents->document);
    json_reader_init(&documents->reader);
    return documents;
}

static void destroy(void *memory)
{
    struct documents *documents = memory;
    contract_violations_close(&documents->violations);
    json_document_close(&documents->document);
    json_reader_close(&documents->reader);
    free(documents);
}

static bool view_is(const struct view *view, const char *text, size_t len)
{
    return !view->null && view->len == len && memcmp(view->bytes, text, len) == 0;
}

static void broken(struct documents *documents, const struct observation *observation, const char *expected,
                   const char *got)
{
    oracle_broken(documents->oracle, 6, "expected %s of %s to have %s, got %s",
                  observation->kind == OBSERVATION_ERROR ? "an error document" : "a report", observation->process,
                  expected, got);
}

static void judge_message(struct documents *documents, const struct observation *observation)
{
    const struct wire_record *wire = observation->record;
    const struct record *record = wire->record;
    if (observation->kind == OBSERVATION_REPORT && wire->partition != 0) {
        broken(documents, observation, "partition 0", "another");
    }
    if (record->header_count != 1 || !view_is(&record->headers[0].name, "zlib", 4) ||
        !view_is(&record->headers[0].value, "true", 4)) {
        broken(documents, observation, "one header, zlib: true", "others");
    }
}

static void judge_identity(struct documents *documents, const struct observation *observation,
                           const struct json_value *root, const char *schema)
{
    const struct json_value *process = json_find(root, "process", strlen("process"));
    const struct json_value *id = process != NULL ? json_find(process, "id", strlen("id")) : NULL;
    const struct json_value *version = json_find(root, "schema_version", strlen("schema_version"));
    if (id != NULL && id->kind == JSON_STRING && !view_is(&observation->record->record->key, id->text, id->len)) {
        broken(documents, observation, "its process id for a key", "another key");
    }
    if (version == NULL || version->kind != JSON_STRING || version->len != strlen(schema) ||
        memcmp(version->text, schema, version->len) != 0) {
        broken(documents, observation, schema, "another schema_version");
    }
}

static bool is_utf8(const char *text, size_t len)
{
    size_t at = 0;
    size_t step = 1;
    while (at < len && step > 0) {
        step = utf8_character_len(text + at, len - at);
        at += step;
    }
    return step > 0;
}

static void judge_document(struct documents *documents, size_t server, const struct observation *observation)
{
    const struct server_traits *traits = &documents->view->traits->servers[server];
    enum contract_kind kind = observation->kind == OBSERVATION_ERROR ? CONTRACT_ERROR : CONTRACT_REPORT;
    enum contract_schema schema = SCHEMA_1_4_0;
    struct carafe_error error;
    if (contract_schema_parse(traits->schema, &schema, &error) != 0) {
        broken(documents, observation, "a schema that there is", traits->schema);
        return;
    }
    if (!is_utf8(observation->text, observation->text_len)) { /* the reader would forgive it */
        broken(documents, observation, "UTF-8 for a payload", "other bytes");
        return;
    }
    if (json_document_parse(&documents->document, &documents->reader, observation->text, observation->text_len,
                            &error) != 0) {
        broken(documents, observation, "JSON for a payload", error.text);
        return;
    }
    const struct json_value *root = documents->document.root;
    if (!contract_check(&documents->contracts[kind][schema], root, &documents->violations)) {
        broken(documents, observation, "what its contract asks for", json_buffer_text(&documents->violations.text));
        return;
    }
    judge_identity(documents, observation, root,
                   kind == CONTRACT_ERROR ? contract_error_schema_name(schema) : contract_schema_name(schema));
}

static void observe(void *memory, const struct observation *observation)
{
    struct documents *documents = memory;
    if ((observation->kind != OBSERVATION_REPORT && observation->kind != OBSERVATION_ERROR) ||
        observation->record == NULL || observation->text == NULL) {
        return;
    }
    size_t server = oracle_server(documents->oracle, observation);
    if (server != PROGRAM_NONE) {
        judge_message(documents, observation);
        judge_document(documents, server, observation);
    }
}

const struct family family_documents = {.create = create, .destroy = destroy, .observe = observe};
