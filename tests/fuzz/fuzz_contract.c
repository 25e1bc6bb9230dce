/*
 * Any bytes as a report and as an error document: no crash; what is JSON is written and read again as the same text,
 * and both contracts have a verdict.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "tracking/contract.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_both(const struct json_value *root)
{
    struct contract contract;
    struct contract_violations violations;
    contract_violations_init(&violations);
    contract_init(&contract, CONTRACT_REPORT, SCHEMA_1_7_0);
    bool valid = contract_check(&contract, root, &violations);
    ASSERT(valid == (violations.text.len == 0));
    contract_init(&contract, CONTRACT_ERROR, SCHEMA_1_6_0);
    valid = contract_check(&contract, root, &violations);
    ASSERT(valid == (violations.text.len == 0));
    contract_violations_close(&violations);
}

static void check_round_trip(struct json_document *document, struct json_reader *reader)
{
    struct json_document again;
    struct json_buffer first;
    struct json_buffer second;
    json_document_init(&again);
    json_buffer_init(&first);
    json_buffer_init(&second);
    json_write(&first, document->root);
    ASSERT(json_document_parse(&again, reader, first.bytes, first.len, NULL) == 0);
    json_write(&second, again.root);
    ASSERT(first.len == second.len && memcmp(first.bytes, second.bytes, first.len) == 0);
    json_buffer_close(&second);
    json_buffer_close(&first);
    json_document_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_document document;
    struct json_reader reader;
    struct carafe_error error;
    json_document_init(&document);
    json_reader_init(&reader);
    if (json_document_parse(&document, &reader, (const char *)data, size, &error) == 0) {
        check_both(document.root);
        check_round_trip(&document, &reader);
    } else {
        ASSERT(error.text[0] != '\0');
    }
    json_reader_close(&reader);
    json_document_close(&document);
    return 0;
}
