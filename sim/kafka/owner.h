/* Inside of sim/kafka: the client that owns the mock brokers. */
#ifndef SIM_KAFKA_OWNER_H
#define SIM_KAFKA_OWNER_H

#include <librdkafka/rdkafka.h>

#include "kafka/mock_cluster.h"

/*
 * It may produce, once it has been told of the brokers; it was made with the settings of a load.  Its opaque is the
 * cluster's.  Lives as long as the cluster.
 */
rd_kafka_t *mock_cluster_owner(struct mock_cluster *cluster);

#endif
