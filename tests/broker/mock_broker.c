/*
 * A Kafka of librdkafka's own on loopback, for tests of whole programs.
 *
 *   mock_broker TOPIC[:PARTITIONS]...
 *
 * Writes its address on one line and lives until its standard input ends.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN   250
#define PARTITIONS_MAX 1024

static void ignore_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka;
    (void)level;
    (void)facility;
    (void)text;
}

static int add_topic(rd_kafka_mock_cluster_t *cluster, const char *argument)
{
    char name[NAME_MAX_LEN];
    size_t len = strcspn(argument, ":");
    long partitions = argument[len] == ':' ? strtol(argument + len + 1, NULL, 10) : 1;
    if (len == 0 || len >= sizeof name || partitions < 1 || partitions > PARTITIONS_MAX) {
        (void)fprintf(stderr, "mock_broker: expected TOPIC[:PARTITIONS], got %s\n", argument);
        return -1;
    }
    memcpy(name, argument, len);
    name[len] = '\0';
    return rd_kafka_mock_topic_create(cluster, name, (int)partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
}

static void serve_until_end_of_input(rd_kafka_mock_cluster_t *cluster)
{
    (void)printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    (void)fflush(stdout);
    while (getchar() != EOF) {
        /* only its end counts */
    }
}

int main(int count, char **arguments)
{
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, ignore_log);
    rd_kafka_t *owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (owner == NULL) {
        (void)fprintf(stderr, "mock_broker: %s\n", reason);
        return 1;
    }
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(owner, 1);
    int result = 0;
    for (int i = 1; i < count && result == 0; i++) {
        result = add_topic(cluster, arguments[i]);
    }
    if (result == 0) {
        serve_until_end_of_input(cluster);
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
    return result == 0 ? 0 : 1;
}
