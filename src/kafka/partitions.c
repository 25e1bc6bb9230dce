#include "kafka/partitions.h"

#include <stdlib.h>

struct carafe_partition *partitions_from(const rd_kafka_topic_partition_list_t *list, size_t *count)
{
    *count = list != NULL && list->cnt > 0 ? (size_t)list->cnt : 0;
    if (*count == 0) {
        return NULL;
    }
    struct carafe_partition *partitions = calloc(*count, sizeof *partitions);
    if (partitions == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < *count; i++) {
        const rd_kafka_topic_partition_t *element = &list->elems[i];
        partitions[i] = (struct carafe_partition){element->topic, element->partition, element->offset};
    }
    return partitions;
}

rd_kafka_topic_partition_list_t *partitions_of(const struct carafe_partition *partition)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, partition->topic, partition->partition)->offset = partition->offset;
    return list;
}
