#include "kafka/warm_up.h"

#include <librdkafka/rdkafka.h>

static void make_and_end(rd_kafka_type_t type)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    (void)rd_kafka_conf_set(conf, "group.id", "warm-up", text, sizeof text);
    (void)rd_kafka_conf_set(conf, "log_level", "0", text, sizeof text);
    rd_kafka_t *client = rd_kafka_new(type, conf, text, sizeof text);
    if (client == NULL) {
        rd_kafka_conf_destroy(conf);
        return;
    }
    rd_kafka_destroy(client);
}

void kafka_warm_up(void)
{
    make_and_end(RD_KAFKA_PRODUCER);
    make_and_end(RD_KAFKA_CONSUMER);
}
