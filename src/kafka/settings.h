/* Settings of carafe -> configuration of librdkafka. */
#ifndef KAFKA_SETTINGS_H
#define KAFKA_SETTINGS_H

#include <librdkafka/rdkafka.h>

#include "carafe.h"

/*
 * Set all of `settings`, in their order.  CARAFE_INVALID: every wrong one is added to `error`, a line each, with the
 * nearest known name for an unknown one, and without the value of a secret.
 */
int settings_apply(rd_kafka_conf_t *conf, const struct carafe_settings *settings,
                   struct carafe_error *error) CARAFE_RESULT;

/* An integer setting as it is in `conf`, or `fallback`. */
int64_t settings_integer(const rd_kafka_conf_t *conf, const char *name, int64_t fallback);

#endif
