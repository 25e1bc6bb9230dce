/* Source: the contracts of Karafka Web 0.10.4 (1.4.0) and what later versions added to them. */
#include "tracking/contract_rules.h"

#define GROUP     "consumer_groups.*"
#define SUBGROUP  GROUP ".subscription_groups.*"
#define TOPIC     SUBGROUP ".topics.*"
#define PARTITION TOPIC ".partitions.*"
#define JOB       "jobs.*"

/* Parents stand before their children. */
const struct contract_rule contract_report_rules[] = {
    {"schema_version", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"type", DEMAND_CONSUMER, SCHEMA_1_4_0, false},
    {"dispatched_at", DEMAND_MOMENT, SCHEMA_1_4_0, false},

    {"process", DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {"process.id", DEMAND_PROCESS_ID, SCHEMA_1_4_0, false},
    {"process.started_at", DEMAND_MOMENT, SCHEMA_1_4_0, false},
    {"process.status", DEMAND_STATUS, SCHEMA_1_4_0, false},
    {"process.execution_mode", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"process.listeners", DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {"process.listeners.active", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"process.listeners.standby", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"process.workers", DEMAND_POSITIVE, SCHEMA_1_4_0, false},
    {"process.memory_usage", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"process.memory_total_usage", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"process.memory_size", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"process.cpus", DEMAND_POSITIVE, SCHEMA_1_4_0, false},
    {"process.threads", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"process.cpu_usage", DEMAND_LOAD, SCHEMA_1_4_0, false},
    {"process.tags", DEMAND_TAGS, SCHEMA_1_4_0, false},

    {"versions", DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {"versions.ruby", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"versions.karafka", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"versions.karafka_core", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"versions.karafka_web", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"versions.waterdrop", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"versions.rdkafka", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"versions.librdkafka", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},

    {"stats", DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {"stats.busy", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"stats.enqueued", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"stats.waiting", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"stats.utilization", DEMAND_AMOUNT, SCHEMA_1_4_0, false},
    {"stats.total", DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {"stats.total.jobs", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"stats.total.batches", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"stats.total.messages", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"stats.total.errors", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"stats.total.retries", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {"stats.total.dead", DEMAND_COUNT, SCHEMA_1_4_0, false},

    {"consumer_groups", DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {GROUP, DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {GROUP ".id", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {GROUP ".subscription_groups", DEMAND_OBJECT, SCHEMA_1_4_0, false},

    {SUBGROUP, DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {SUBGROUP ".id", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {SUBGROUP ".instance_id", DEMAND_TEXT_OR_FALSE, SCHEMA_1_6_0, false},
    {SUBGROUP ".state", DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {SUBGROUP ".state.state", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {SUBGROUP ".state.join_state", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {SUBGROUP ".state.stateage", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {SUBGROUP ".state.rebalance_age", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {SUBGROUP ".state.rebalance_cnt", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {SUBGROUP ".state.rebalance_reason", DEMAND_TEXT, SCHEMA_1_4_0, false},
    {SUBGROUP ".state.poll_age", DEMAND_AMOUNT, SCHEMA_1_4_0, false},
    {SUBGROUP ".state.poll_interval", DEMAND_POSITIVE, SCHEMA_1_7_0, false},
    {SUBGROUP ".topics", DEMAND_OBJECT, SCHEMA_1_4_0, false},

    {TOPIC, DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {TOPIC ".name", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {TOPIC ".partitions_cnt", DEMAND_COUNT, SCHEMA_1_6_0, false},
    {TOPIC ".partitions", DEMAND_OBJECT, SCHEMA_1_4_0, false},

    {PARTITION, DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {PARTITION ".lag", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".lag_d", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".lag_stored", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".lag_stored_d", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".committed_offset", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".committed_offset_fd", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {PARTITION ".stored_offset", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".stored_offset_fd", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {PARTITION ".fetch_state", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {PARTITION ".hi_offset", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".hi_offset_fd", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {PARTITION ".lo_offset", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".eof_offset", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".ls_offset", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".ls_offset_d", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {PARTITION ".ls_offset_fd", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {PARTITION ".id", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {PARTITION ".poll_state", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {PARTITION ".poll_state_ch", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {PARTITION ".transactional", DEMAND_BOOLEAN, SCHEMA_1_4_1, false},

    {"jobs", DEMAND_ARRAY, SCHEMA_1_4_0, false},
    {JOB, DEMAND_OBJECT, SCHEMA_1_4_0, false},
    {JOB ".updated_at", DEMAND_TIME, SCHEMA_1_4_0, false},
    {JOB ".topic", DEMAND_TEXT, SCHEMA_1_4_0, false},
    {JOB ".partition", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {JOB ".first_offset", DEMAND_OFFSET, SCHEMA_1_4_0, false},
    {JOB ".last_offset", DEMAND_OFFSET, SCHEMA_1_4_0, false},
    {JOB ".processing_lag", DEMAND_LAG, SCHEMA_1_4_0, false},
    {JOB ".consumption_lag", DEMAND_LAG, SCHEMA_1_4_0, false},
    {JOB ".committed_offset", DEMAND_INTEGER, SCHEMA_1_4_0, false},
    {JOB ".messages", DEMAND_COUNT, SCHEMA_1_4_0, false},
    {JOB ".consumer", DEMAND_TEXT, SCHEMA_1_4_0, false},
    {JOB ".consumer_group", DEMAND_TEXT, SCHEMA_1_4_0, false},
    {JOB ".type", DEMAND_JOB_TYPE, SCHEMA_1_4_0, false},
    {JOB ".tags", DEMAND_TAGS, SCHEMA_1_4_0, false},
    {JOB ".status", DEMAND_JOB_STATUS, SCHEMA_1_4_0, false},
};
const size_t contract_report_rule_count = sizeof contract_report_rules / sizeof *contract_report_rules;

const struct contract_rule contract_error_rules[] = {
    {"schema_version", DEMAND_TEXT, SCHEMA_1_4_0, false}, {"id", DEMAND_UUID, SCHEMA_1_6_0, false},
    {"type", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},    {"error_class", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"error_message", DEMAND_TEXT, SCHEMA_1_4_0, false},  {"backtrace", DEMAND_TEXT, SCHEMA_1_4_0, false},
    {"details", DEMAND_OBJECT, SCHEMA_1_4_0, false},      {"occurred_at", DEMAND_FLOAT, SCHEMA_1_4_0, false},
    {"process", DEMAND_OBJECT, SCHEMA_1_4_0, false},      {"process.id", DEMAND_FILLED_TEXT, SCHEMA_1_4_0, false},
    {"process.tags", DEMAND_TAGS, SCHEMA_1_4_0, true},
};
const size_t contract_error_rule_count = sizeof contract_error_rules / sizeof *contract_error_rules;
