#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <pthread.h>

#include "cluster.h"

static void ignore_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    (void)kafka;
    (void)level;
    (void)facility;
    (void)text;
}

void cluster_start(struct cluster *cluster)
{
    char reason[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, ignore_log);
    cluster->owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    assert_non_null(cluster->owner);
    cluster->mock = rd_kafka_mock_cluster_new(cluster->owner, 1);
    assert_non_null(cluster->mock);
    cluster->servers = rd_kafka_mock_cluster_bootstraps(cluster->mock);
}

void cluster_stop(struct cluster *cluster)
{
    rd_kafka_mock_cluster_destroy(cluster->mock);
    rd_kafka_destroy(cluster->owner);
}

void cluster_topic(struct cluster *cluster, const char *topic, int partitions)
{
    assert_int_equal(rd_kafka_mock_topic_create(cluster->mock, topic, partitions, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void record(struct log *port, enum log_level level, const char *line)
{
    (void)level;
    struct recorder *recorder = (struct recorder *)port;
    (void)pthread_mutex_lock(&recorder->lock);
    size_t used = strlen(recorder->text);
    if (used + strlen(line) + 2 < sizeof recorder->text) {
        (void)strcat(strcat(recorder->text, line), "\n");
    }
    (void)pthread_mutex_unlock(&recorder->lock);
}

void recorder_init(struct recorder *recorder)
{
    memset(recorder, 0, sizeof *recorder);
    recorder->port.write = record;
    (void)pthread_mutex_init(&recorder->lock, NULL);
}

bool recorder_has(struct recorder *recorder, const char *text)
{
    (void)pthread_mutex_lock(&recorder->lock);
    bool found = strstr(recorder->text, text) != NULL;
    (void)pthread_mutex_unlock(&recorder->lock);
    return found;
}
