/*
 * A Kafka of librdkafka's own on loopback, for tests of whole programs.
 *
 *   mock_broker TOPIC[:PARTITIONS[:MESSAGES]]...
 *
 * Writes its address on one line when the topics are there, with MESSAGES in each partition, and lives until its
 * standard input ends.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 250
#define NUMBER_MAX   1024
#define FLUSH_MS     30000

static void ignore_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka;
    (void)level;
    (void)facility;
    (void)text;
}

/* `:NUMBER` at `*text`, or `fallback`; -1: no number. */
static long number_at(const char **text, long fallback)
{
    if (**text != ':') {
        return fallback;
    }
    char *end = NULL;
    long number = strtol(*text + 1, &end, 10);
    bool valid = end != *text + 1 && number >= 0 && number <= NUMBER_MAX;
    *text = end;
    return valid ? number : -1;
}

static int fill(rd_kafka_t *producer, const char *topic, long partitions, long messages)
{
    for (long i = 0; i < partitions * messages; i++) {
        rd_kafka_resp_err_t code =
            rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION((int32_t)(i % partitions)),
                              RD_KAFKA_V_VALUE("message", 7), RD_KAFKA_V_END);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return -1;
        }
    }
    return rd_kafka_flush(producer, FLUSH_MS) == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
}

static int add_topic(rd_kafka_mock_cluster_t *cluster, rd_kafka_t *producer, const char *argument)
{
    char name[NAME_MAX_LEN];
    size_t len = strcspn(argument, ":");
    const char *rest = argument + len;
    long partitions = number_at(&rest, 1);
    long messages = number_at(&rest, 0);
    if (len == 0 || len >= sizeof name || partitions < 1 || messages < 0 || *rest != '\0') {
        (void)fprintf(stderr, "mock_broker: expected TOPIC[:PARTITIONS[:MESSAGES]], got %s\n", argument);
        return -1;
    }
    memcpy(name, argument, len);
    name[len] = '\0';
    if (rd_kafka_mock_topic_create(cluster, name, (int)partitions, 1) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return -1;
    }
    return fill(producer, name, partitions, messages);
}

static void serve_until_end_of_input(rd_kafka_mock_cluster_t *cluster)
{
    (void)printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    (void)fflush(stdout);
    while (getchar() != EOF) {
        /* only its end counts */
    }
}

static rd_kafka_t *client(const char *servers)
{
    char reason[256] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, ignore_log);
    if (servers != NULL) {
        (void)rd_kafka_conf_set(conf, "bootstrap.servers", servers, reason, sizeof reason);
    }
    rd_kafka_t *kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (kafka == NULL) {
        (void)fprintf(stderr, "mock_broker: %s\n", reason);
        exit(1);
    }
    return kafka;
}

int main(int count, char **arguments)
{
    rd_kafka_t *owner = client(NULL);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(owner, 1);
    rd_kafka_t *producer = client(rd_kafka_mock_cluster_bootstraps(cluster));
    int result = 0;
    for (int i = 1; i < count && result == 0; i++) {
        result = add_topic(cluster, producer, arguments[i]);
    }
    rd_kafka_destroy(producer);
    if (result == 0) {
        serve_until_end_of_input(cluster);
    }
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
    return result == 0 ? 0 : 1;
}
