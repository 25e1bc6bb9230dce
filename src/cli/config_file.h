/*
 * The configuration of `carafe server` as a JSON file:
 *
 *   { "kafka": { "bootstrap.servers": "localhost:9092", "sasl.password": { "env": "KAFKA_PASSWORD" } },
 *     "groups": { "billing": { "topics": { "orders": { "handler": "./libbilling.so:orders_handler" } } } },
 *     "shutdown_timeout_ms": 60000 }
 *
 * Keys are the fields of struct carafe_config and struct carafe_topic.  A handler is `library:symbol`, the symbol being
 * a struct carafe_handler, or `log`.  Secret settings come from the environment or from a file, never from here.
 */
#ifndef CLI_CONFIG_FILE_H
#define CLI_CONFIG_FILE_H

#include "carafe.h"
#include "cli/arena.h"

#define CONFIG_FILE_MAX      (1024 * 1024) /* bytes */
#define CONFIG_FILE_NAME_MAX 1024

/*
 * Read `path` over what `config` has.  What `config` points to then is in `arena`.
 * Errors: CARAFE_INVALID with every violation, a line each: `FILE: path: expected X, got Y`.
 */
int config_file_read(const char *path, struct carafe_config *config, struct arena *arena,
                     struct carafe_error *error) CARAFE_RESULT;

#endif
