#include "kafka/client.h"

#include "base/error.h"

static void forward_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    const struct client *client = handle == NULL ? NULL : rd_kafka_opaque(handle);
    if (client != NULL && client->log != NULL) {
        client->log(level, facility, text, client->owner);
    }
}

static int apply(rd_kafka_conf_t *conf, const struct carafe_settings *settings, struct carafe_error *error)
{
    if (settings->count > CLIENT_SETTINGS_MAX) {
        return error_set(error, CARAFE_INVALID, "client: settings: expected up to %d, got %zu", CLIENT_SETTINGS_MAX,
                         settings->count);
    }
    for (size_t i = 0; i < settings->count; i++) {
        char text[512];
        const struct carafe_setting *setting = &settings->list[i];
        if (rd_kafka_conf_set(conf, setting->name, setting->value, text, sizeof text) != RD_KAFKA_CONF_OK) {
            return error_set(error, CARAFE_INVALID, "client: %s: expected a setting of librdkafka, got %s",
                             setting->name, text);
        }
    }
    return 0;
}

rd_kafka_conf_t *client_configure(struct client *client, const struct carafe_settings *defaults,
                                  const struct carafe_settings *settings, struct carafe_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_log_cb(conf, forward_log);
    if (apply(conf, defaults, error) != 0 || apply(conf, settings, error) != 0) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    return conf;
}

int client_open(struct client *client, rd_kafka_type_t type, rd_kafka_conf_t *conf, struct carafe_error *error)
{
    char text[512] = "";
    client->handle = rd_kafka_new(type, conf, text, sizeof text);
    if (client->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return error_set(error, CARAFE_INVALID, "client: settings: expected a client, got %s", text);
    }
    return 0;
}
