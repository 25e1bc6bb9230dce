#include "kafka/names.h"

#include <librdkafka/rdkafka.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/nearest.h"

#define WORDS_MAX 512 /* librdkafka 2.0.2 has 180 errors */

static const struct {
    const char *name;
    int api;
} APIS[] = {
    {"Produce", KAFKA_API_PRODUCE},
    {"Fetch", KAFKA_API_FETCH},
    {"ListOffsets", KAFKA_API_LIST_OFFSETS},
    {"Metadata", KAFKA_API_METADATA},
    {"OffsetCommit", KAFKA_API_OFFSET_COMMIT},
    {"OffsetFetch", KAFKA_API_OFFSET_FETCH},
    {"FindCoordinator", KAFKA_API_FIND_COORDINATOR},
    {"JoinGroup", KAFKA_API_JOIN_GROUP},
    {"Heartbeat", KAFKA_API_HEARTBEAT},
    {"LeaveGroup", KAFKA_API_LEAVE_GROUP},
    {"SyncGroup", KAFKA_API_SYNC_GROUP},
    {"ApiVersions", KAFKA_API_VERSIONS},
    {"InitProducerId", KAFKA_API_INIT_PRODUCER_ID},
    {"AddPartitionsToTxn", KAFKA_API_ADD_PARTITIONS_TO_TRANSACTION},
    {"AddOffsetsToTxn", KAFKA_API_ADD_OFFSETS_TO_TRANSACTION},
    {"EndTxn", KAFKA_API_END_TRANSACTION},
    {"TxnOffsetCommit", KAFKA_API_TRANSACTION_OFFSET_COMMIT},
};

#define API_COUNT (sizeof APIS / sizeof APIS[0])

const char *kafka_api_at(size_t index)
{
    return index < API_COUNT ? APIS[index].name : NULL;
}

/* librdkafka's table has holes: `index` counts the named ones. */
static const struct rd_kafka_err_desc *error_at(size_t index)
{
    const struct rd_kafka_err_desc *descriptions;
    size_t count;
    rd_kafka_get_err_descs(&descriptions, &count);
    for (size_t i = 0; i < count; i++) {
        if (descriptions[i].name == NULL || descriptions[i].desc == NULL) {
            continue;
        }
        if (index == 0) {
            return &descriptions[i];
        }
        index--;
    }
    return NULL;
}

const char *kafka_error_at(size_t index)
{
    const struct rd_kafka_err_desc *description = error_at(index);
    return description == NULL ? NULL : description->name;
}

const char *kafka_api_name(int api)
{
    for (size_t i = 0; i < API_COUNT; i++) {
        if (APIS[i].api == api) {
            return APIS[i].name;
        }
    }
    return NULL;
}

const char *kafka_error_name(int code)
{
    return rd_kafka_err2name((rd_kafka_resp_err_t)code);
}

/* The word that was meant, else `example`. */
static const char *suggestion(const char *name, const char *(*at)(size_t index), const char *example)
{
    const char *words[WORDS_MAX];
    size_t count = 0;
    while (count < WORDS_MAX && at(count) != NULL) {
        words[count] = at(count);
        count++;
    }
    const char *nearest = nearest_word(name, words, count);
    return nearest == NULL ? example : nearest;
}

int kafka_api_of_name(const char *name, int *api, struct carafe_error *error)
{
    for (size_t i = 0; i < API_COUNT; i++) {
        if (strcasecmp(APIS[i].name, name) == 0) {
            *api = APIS[i].api;
            return 0;
        }
    }
    return error_set(error, CARAFE_INVALID, "api: name: expected a request of Kafka such as %s, got %s",
                     suggestion(name, kafka_api_at, "OffsetCommit"), name);
}

/* Errors that librdkafka calls by another name than the protocol's guide, or by its old one. */
static const char *librdkafkas_name(const char *name)
{
    static const struct {
        const char *protocols;
        const char *librdkafkas;
    } pairs[] = {
        {"UNKNOWN_SERVER_ERROR", "UNKNOWN"},
        {"CORRUPT_MESSAGE", "INVALID_MSG"},
        {"UNKNOWN_TOPIC_OR_PARTITION", "UNKNOWN_TOPIC_OR_PART"},
        {"INVALID_FETCH_SIZE", "INVALID_MSG_SIZE"},
        {"NOT_LEADER_OR_FOLLOWER", "NOT_LEADER_FOR_PARTITION"},
        {"MESSAGE_TOO_LARGE", "MSG_SIZE_TOO_LARGE"},
        {"STALE_CONTROLLER_EPOCH", "STALE_CTRL_EPOCH"},
        {"INVALID_TOPIC_EXCEPTION", "TOPIC_EXCEPTION"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (strcasecmp(name, pairs[i].protocols) == 0) {
            return pairs[i].librdkafkas;
        }
    }
    return name;
}

int kafka_error_of_name(const char *name, int *code, struct carafe_error *error)
{
    name = librdkafkas_name(name);
    for (size_t i = 0;; i++) {
        const struct rd_kafka_err_desc *description = error_at(i);
        if (description == NULL) {
            break;
        }
        if (strcasecmp(description->name, name) == 0) {
            *code = description->code;
            return 0;
        }
    }
    return error_set(error, CARAFE_INVALID, "error: name: expected a Kafka error such as %s, got %s",
                     suggestion(name, kafka_error_at, "NOT_COORDINATOR"), name);
}
