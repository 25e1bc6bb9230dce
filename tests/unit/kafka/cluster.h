/* A Kafka of librdkafka's own, on loopback sockets, for the tests of the clients. */
#ifndef UNIT_KAFKA_CLUSTER_H
#define UNIT_KAFKA_CLUSTER_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "ports/log.h"

struct cluster {
    rd_kafka_t *owner;
    rd_kafka_mock_cluster_t *mock;
    const char *servers;
};

void cluster_start(struct cluster *cluster);
void cluster_stop(struct cluster *cluster);
void cluster_topic(struct cluster *cluster, const char *topic, int partitions);

/* An address of loopback where nobody listens. */
#define CLUSTER_NOBODY "127.0.0.1:1"

/* Keeps what was logged. */
#define RECORD_MAX 65536
struct recorder {
    struct log port;
    pthread_mutex_t lock;
    char text[RECORD_MAX];
};

void recorder_init(struct recorder *recorder);
bool recorder_has(struct recorder *recorder, const char *text);

#endif
