/* The table behind contract.h. */
#ifndef TRACKING_CONTRACT_RULES_H
#define TRACKING_CONTRACT_RULES_H

#include "tracking/contract.h"

enum contract_demand {
    DEMAND_OBJECT,
    DEMAND_ARRAY,
    DEMAND_TEXT,
    DEMAND_FILLED_TEXT,
    DEMAND_CONSUMER,   /* the text "consumer" */
    DEMAND_PROCESS_ID, /* text with two colons at least */
    DEMAND_STATUS,
    DEMAND_JOB_TYPE,
    DEMAND_JOB_STATUS,
    DEMAND_UUID,
    DEMAND_TEXT_OR_FALSE,
    DEMAND_BOOLEAN,
    DEMAND_TAGS, /* an array of texts */
    DEMAND_INTEGER,
    DEMAND_COUNT,    /* integer >= 0 */
    DEMAND_POSITIVE, /* integer >= 1 */
    DEMAND_OFFSET,   /* integer >= 0, or -1001: none */
    DEMAND_LAG,      /* integer >= 0, or -1: unknown */
    DEMAND_FLOAT,
    DEMAND_TIME,   /* float >= 0 */
    DEMAND_AMOUNT, /* integer or float >= 0 */
    DEMAND_MOMENT, /* integer or float > 0 */
    DEMAND_LOAD    /* three numbers >= -1 */
};

struct contract_rule {
    const char *path; /* `*` is every child of an object or array */
    enum contract_demand demand;
    enum contract_schema since;
    bool optional;
};

extern const struct contract_rule contract_report_rules[];
extern const size_t contract_report_rule_count;
extern const struct contract_rule contract_error_rules[];
extern const size_t contract_error_rule_count;

/* `an integer of at least 0` */
const char *contract_demand_words(enum contract_demand demand);

bool contract_demand_met(enum contract_demand demand, const struct json_value *value);

#endif
