/* What load and member share: a librdkafka client made from defaults, settings and a quiet log. */
#ifndef SIM_KAFKA_CLIENT_H
#define SIM_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>

#include "carafe.h"

#define CLIENT_SETTINGS_MAX 256

/* Line of the client's log.  Threads: any. */
typedef void (*client_log)(int level, const char *facility, const char *text, void *owner);

/* The client's opaque; first member of what owns the client. */
struct client {
    rd_kafka_t *handle;
    client_log log; /* NULL: dropped */
    void *owner;
};

/* A configuration with `client` as opaque; the caller adds callbacks and opens it.  NULL: `error` says why. */
rd_kafka_conf_t *client_configure(struct client *client, const struct carafe_settings *defaults,
                                  const struct carafe_settings *settings, struct carafe_error *error);

/* Takes `conf` in any case. */
int client_open(struct client *client, rd_kafka_type_t type, rd_kafka_conf_t *conf, struct carafe_error *error);

#endif
