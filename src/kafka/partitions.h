/* Lists of partitions, ours and librdkafka's. */
#ifndef KAFKA_PARTITIONS_H
#define KAFKA_PARTITIONS_H

#include <librdkafka/rdkafka.h>

#include "carafe.h"

/*
 * A list of ours for `list`, which lends it the names.  NULL: `list` is empty (count 0) or there is no memory.  To be
 * freed with free().
 */
struct carafe_partition *partitions_from(const rd_kafka_topic_partition_list_t *list, size_t *count);

/* To be freed with rd_kafka_topic_partition_list_destroy(). */
rd_kafka_topic_partition_list_t *partitions_of(const struct carafe_partition *partition);

#endif
