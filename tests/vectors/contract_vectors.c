/* Verdicts of the real contracts against ours. */
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct contract_check {
    enum contract_kind kind;
    bool schema_known; /* the first document of a file that names its version speaks for the file */
    struct contract contract;
    struct contract_violations violations;
    struct json_reader reader;
    struct json_document document;
};

static void learn_schema(struct contract_check *check)
{
    char *name = vector_text(check->document.root, "schema_version", NULL);
    enum contract_schema schema = SCHEMA_1_4_0;
    if (check->kind == CONTRACT_ERROR) {
        bool newer = strcmp(name, contract_error_schema_name(SCHEMA_1_6_0)) == 0;
        schema = newer ? SCHEMA_1_6_0 : SCHEMA_1_4_0;
        check->schema_known = newer || strcmp(name, contract_error_schema_name(SCHEMA_1_4_0)) == 0;
    } else {
        check->schema_known = contract_schema_parse(name, &schema, NULL) == 0;
    }
    free(name);
    contract_init(&check->contract, check->kind, schema);
}

/* A vector without a document or a verdict would agree with everything. */
static bool is_sound(const struct json_value *vector)
{
    const struct json_value *document = json_find(vector, "doc", 3);
    const struct json_value *verdict = json_find(vector, "valid", 5);
    bool sound = document != NULL && document->kind == JSON_STRING && verdict != NULL &&
                 (verdict->kind == JSON_TRUE || verdict->kind == JSON_FALSE);
    if (!sound) {
        char *name = vector_text(vector, "name", NULL);
        printf("%s: expected a doc that is a string and a valid that is true or false, got something else\n", name);
        free(name);
    }
    return sound;
}

static int check_vector(const struct json_value *vector, void *state)
{
    struct contract_check *check = state;
    if (!is_sound(vector)) {
        return 1;
    }
    bool expected = json_find(vector, "valid", 5)->kind == JSON_TRUE;
    size_t len = 0;
    char *name = vector_text(vector, "name", NULL);
    char *text = vector_text(vector, "doc", &len);
    struct carafe_error error = {0};
    bool valid = false;
    if (json_document_parse(&check->document, &check->reader, text, len, &error) == 0) {
        if (!check->schema_known) {
            learn_schema(check);
        }
        valid = contract_check(&check->contract, check->document.root, &check->violations);
    }
    if (valid != expected) {
        const char *why = error.code != 0 ? error.text : json_buffer_text(&check->violations.text);
        printf("%s: expected %s, got %s: %s\n", name, expected ? "valid" : "invalid", valid ? "valid" : "invalid", why);
    }
    free(text);
    free(name);
    return valid == expected ? 0 : 1;
}

void check_contract_file(const char *path, enum contract_kind kind, struct tally *tally)
{
    struct contract_check check = {.kind = kind};
    contract_init(&check.contract, kind, SCHEMA_1_4_0);
    contract_violations_init(&check.violations);
    json_reader_init(&check.reader);
    json_document_init(&check.document);
    vectors_read(path, check_vector, &check, tally);
    json_document_close(&check.document);
    json_reader_close(&check.reader);
    contract_violations_close(&check.violations);
}
