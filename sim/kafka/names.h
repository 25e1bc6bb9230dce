/* The words of the Kafka protocol: requests and errors by name.  Constant tables; any thread. */
#ifndef SIM_KAFKA_NAMES_H
#define SIM_KAFKA_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carafe.h"

/* The requests that the mock cluster answers, by their numbers in the protocol. */
enum kafka_api {
    KAFKA_API_PRODUCE = 0,
    KAFKA_API_FETCH = 1,
    KAFKA_API_LIST_OFFSETS = 2,
    KAFKA_API_METADATA = 3,
    KAFKA_API_OFFSET_COMMIT = 8,
    KAFKA_API_OFFSET_FETCH = 9,
    KAFKA_API_FIND_COORDINATOR = 10,
    KAFKA_API_JOIN_GROUP = 11,
    KAFKA_API_HEARTBEAT = 12,
    KAFKA_API_LEAVE_GROUP = 13,
    KAFKA_API_SYNC_GROUP = 14,
    KAFKA_API_VERSIONS = 18,
    KAFKA_API_INIT_PRODUCER_ID = 22,
    KAFKA_API_ADD_PARTITIONS_TO_TRANSACTION = 24,
    KAFKA_API_ADD_OFFSETS_TO_TRANSACTION = 25,
    KAFKA_API_END_TRANSACTION = 26,
    KAFKA_API_TRANSACTION_OFFSET_COMMIT = 28
};

/*
 * The number of request `name` (`OffsetCommit`; case does not matter) into `*api`.
 * Errors: CARAFE_INVALID, no request that the mock cluster answers; the text names the nearest.
 */
int kafka_api_of_name(const char *name, int *api, struct carafe_error *error);

/* `OffsetCommit`, or NULL. */
const char *kafka_api_name(int api);

/*
 * The number of error `name` (`NOT_COORDINATOR`, `_TRANSPORT`; case does not matter) into `*code`: librdkafka's names.
 * Errors: CARAFE_INVALID, unknown; the text names the nearest.
 */
int kafka_error_of_name(const char *name, int *code, struct carafe_error *error);

/* `NOT_COORDINATOR`; `ERR_<n>?` in librdkafka's way for an unknown number. */
const char *kafka_error_name(int code);

/* Entry `index` of either table, NULL past the end: for completion and documentation. */
const char *kafka_api_at(size_t index);
const char *kafka_error_at(size_t index);

#endif
