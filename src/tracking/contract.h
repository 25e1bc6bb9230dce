/*
 * What the Web UI accepts: the contracts of Karafka Web as data, one rule a path (see contract_rules.c), for every
 * schema version that carafe can write.  Documents in memory and documents parsed from text are checked alike.
 */
#ifndef TRACKING_CONTRACT_H
#define TRACKING_CONTRACT_H

#include "carafe.h"
#include "tracking/json_document.h"

/* In order of age: a rule holds from its version on. */
enum contract_schema { SCHEMA_1_4_0, SCHEMA_1_4_1, SCHEMA_1_6_0, SCHEMA_1_7_0, SCHEMA_COUNT };

enum contract_kind { CONTRACT_REPORT, CONTRACT_ERROR };

/* `1.4.0`; of the report, which also names the schema of the errors that go with it. */
const char *contract_schema_name(enum contract_schema schema);
/* `1.1.0`, `1.2.0`: what error documents say. */
const char *contract_error_schema_name(enum contract_schema schema);
/* CARAFE_INVALID: no such version. */
int contract_schema_parse(const char *name, enum contract_schema *schema, struct carafe_error *error) CARAFE_RESULT;

#define CONTRACT_NODES_MAX      128
#define CONTRACT_VIOLATIONS_MAX 100 /* named; more are counted */

struct contract_node {
    const char *name; /* NULL: every child */
    uint32_t name_len;
    int rule; /* index in the table; -1: only on the way to others */
    struct contract_node *first;
    struct contract_node *last;
    struct contract_node *next;
};

/* The rules of one kind and version as a tree. Constant after init: any number of threads may check with it. */
struct contract {
    enum contract_kind kind;
    size_t node_count;
    struct contract_node nodes[CONTRACT_NODES_MAX];
};

void contract_init(struct contract *contract, enum contract_kind kind, enum contract_schema schema);

/* Reusable: violations_reset(). */
struct contract_violations {
    size_t count;
    struct json_buffer text; /* `path: message; path: message`, of at most CONTRACT_VIOLATIONS_MAX and a last word */
};

void contract_violations_init(struct contract_violations *violations);
void contract_violations_close(struct contract_violations *violations);

/* Collect every violation of `root` (NULL: no document). Returns whether there was none. */
bool contract_check(const struct contract *contract, const struct json_value *root,
                    struct contract_violations *violations);

#endif
