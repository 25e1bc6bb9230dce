#include "scenario/vocabulary.h"

#define COUNT_OF(list) (sizeof(list) / sizeof(list)[0])

#define SETTING_ROW(symbol, name, type) {name, type},
const struct vocabulary_setting vocabulary_server[PROGRAM_SERVER_SETTING_COUNT] = {
    PROGRAM_SERVER_SETTINGS(SETTING_ROW)};
const struct vocabulary_setting vocabulary_handler[PROGRAM_TOPIC_SETTING_COUNT] = {
    PROGRAM_HANDLER_SETTINGS(SETTING_ROW)};
const struct vocabulary_setting vocabulary_member[PROGRAM_MEMBER_SETTING_COUNT] = {
    PROGRAM_MEMBER_SETTINGS(SETTING_ROW)};

#define FIELD_ROW(symbol, name, type, events) [PROGRAM_FIELD_##symbol] = {name, type, events},
const struct vocabulary_field vocabulary_fields[PROGRAM_FIELD_COUNT] = {PROGRAM_EVENT_FIELDS(FIELD_ROW)};

#define EVENT_ROW(symbol, name) name,
const char *const vocabulary_events[CARAFE_EVENT_COUNT] = {CARAFE_EVENTS(EVENT_ROW)};

const char *const vocabulary_statuses[] = {"initializing", "initialized", "supervising", "running",   "quieting",
                                           "quiet",        "stopping",    "stopped",     "terminated"};
const size_t vocabulary_status_count = COUNT_OF(vocabulary_statuses);

const char *program_signal_name(enum program_signal signal)
{
    static const char *const names[PROGRAM_SIGNAL_COUNT] = {"",     "TERM", "INT",  "QUIT", "HUP",
                                                            "TSTP", "TTIN", "USR1", "USR2", "KILL"};
    return names[signal];
}

/* Kafka protocol guide, "Api Keys"; first those that the brokers answer. */
const struct vocabulary_code vocabulary_apis[] = {{"Produce", 0},          {"Fetch", 1},
                                                  {"ListOffsets", 2},      {"Metadata", 3},
                                                  {"OffsetCommit", 8},     {"OffsetFetch", 9},
                                                  {"FindCoordinator", 10}, {"JoinGroup", 11},
                                                  {"Heartbeat", 12},       {"LeaveGroup", 13},
                                                  {"SyncGroup", 14},       {"ApiVersions", 18},
                                                  {"InitProducerId", 22},  {"AddPartitionsToTxn", 24},
                                                  {"AddOffsetsToTxn", 25}, {"EndTxn", 26},
                                                  {"TxnOffsetCommit", 28}, {"DescribeGroups", 15},
                                                  {"ListGroups", 16},      {"SaslHandshake", 17},
                                                  {"CreateTopics", 19},    {"DeleteTopics", 20},
                                                  {"DeleteRecords", 21},   {"OffsetForLeaderEpoch", 23},
                                                  {"DescribeConfigs", 32}, {"SaslAuthenticate", 36},
                                                  {"CreatePartitions", 37}};
const size_t vocabulary_api_count = COUNT_OF(vocabulary_apis);

/* Kafka protocol guide, "Error Codes". */
const struct vocabulary_code vocabulary_errors[] = {{"UNKNOWN_SERVER_ERROR", -1},
                                                    {"OFFSET_OUT_OF_RANGE", 1},
                                                    {"CORRUPT_MESSAGE", 2},
                                                    {"UNKNOWN_TOPIC_OR_PARTITION", 3},
                                                    {"INVALID_FETCH_SIZE", 4},
                                                    {"LEADER_NOT_AVAILABLE", 5},
                                                    {"NOT_LEADER_OR_FOLLOWER", 6},
                                                    {"NOT_LEADER_FOR_PARTITION", 6}, /* its old name */
                                                    {"REQUEST_TIMED_OUT", 7},
                                                    {"BROKER_NOT_AVAILABLE", 8},
                                                    {"REPLICA_NOT_AVAILABLE", 9},
                                                    {"MESSAGE_TOO_LARGE", 10},
                                                    {"STALE_CONTROLLER_EPOCH", 11},
                                                    {"OFFSET_METADATA_TOO_LARGE", 12},
                                                    {"NETWORK_EXCEPTION", 13},
                                                    {"COORDINATOR_LOAD_IN_PROGRESS", 14},
                                                    {"COORDINATOR_NOT_AVAILABLE", 15},
                                                    {"NOT_COORDINATOR", 16},
                                                    {"INVALID_TOPIC_EXCEPTION", 17},
                                                    {"RECORD_LIST_TOO_LARGE", 18},
                                                    {"NOT_ENOUGH_REPLICAS", 19},
                                                    {"NOT_ENOUGH_REPLICAS_AFTER_APPEND", 20},
                                                    {"INVALID_REQUIRED_ACKS", 21},
                                                    {"ILLEGAL_GENERATION", 22},
                                                    {"INCONSISTENT_GROUP_PROTOCOL", 23},
                                                    {"INVALID_GROUP_ID", 24},
                                                    {"UNKNOWN_MEMBER_ID", 25},
                                                    {"INVALID_SESSION_TIMEOUT", 26},
                                                    {"REBALANCE_IN_PROGRESS", 27},
                                                    {"INVALID_COMMIT_OFFSET_SIZE", 28},
                                                    {"TOPIC_AUTHORIZATION_FAILED", 29},
                                                    {"GROUP_AUTHORIZATION_FAILED", 30},
                                                    {"CLUSTER_AUTHORIZATION_FAILED", 31},
                                                    {"INVALID_TIMESTAMP", 32},
                                                    {"UNSUPPORTED_SASL_MECHANISM", 33},
                                                    {"ILLEGAL_SASL_STATE", 34},
                                                    {"UNSUPPORTED_VERSION", 35},
                                                    {"NOT_CONTROLLER", 41},
                                                    {"INVALID_REQUEST", 42},
                                                    {"POLICY_VIOLATION", 44},
                                                    {"OUT_OF_ORDER_SEQUENCE_NUMBER", 45},
                                                    {"DUPLICATE_SEQUENCE_NUMBER", 46},
                                                    {"INVALID_PRODUCER_EPOCH", 47},
                                                    {"KAFKA_STORAGE_ERROR", 56},
                                                    {"SASL_AUTHENTICATION_FAILED", 58},
                                                    {"UNKNOWN_PRODUCER_ID", 59},
                                                    {"FENCED_LEADER_EPOCH", 74},
                                                    {"UNKNOWN_LEADER_EPOCH", 75},
                                                    {"UNSUPPORTED_COMPRESSION_TYPE", 76},
                                                    {"OFFSET_NOT_AVAILABLE", 78},
                                                    {"MEMBER_ID_REQUIRED", 79},
                                                    {"GROUP_MAX_SIZE_REACHED", 81},
                                                    {"FENCED_INSTANCE_ID", 82},
                                                    {"INVALID_RECORD", 87},
                                                    {"UNSTABLE_OFFSET_COMMIT", 88},
                                                    {"THROTTLING_QUOTA_EXCEEDED", 89},
                                                    {"PRODUCER_FENCED", 90}};
const size_t vocabulary_error_count = COUNT_OF(vocabulary_errors);
