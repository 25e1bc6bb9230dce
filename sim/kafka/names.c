#include "kafka/names.h"

#include <ctype.h>
#include <librdkafka/rdkafka.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"

#define NAME_MAX_LEN 63

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
        /* The first entry after a hole may be the zero of a static array: only NO_ERROR is really number 0. */
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

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance without regard to case; names longer than NAME_MAX_LEN are compared up to there. */
static size_t distance(const char *a, const char *b)
{
    size_t a_len = least(strlen(a), NAME_MAX_LEN);
    size_t b_len = least(strlen(b), NAME_MAX_LEN);
    size_t row[NAME_MAX_LEN + 1];
    for (size_t j = 0; j <= b_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            size_t replaced = diagonal + (same ? 0 : 1);
            diagonal = row[j];
            row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_len];
}

static const char *nearest(const char *name, const char *(*at)(size_t index))
{
    const char *best = at(0);
    for (size_t i = 1; at(i) != NULL; i++) {
        if (distance(name, at(i)) < distance(name, best)) {
            best = at(i);
        }
    }
    return best;
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
                     nearest(name, kafka_api_at), name);
}

int kafka_error_of_name(const char *name, int *code, struct carafe_error *error)
{
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
                     nearest(name, kafka_error_at), name);
}
