/* What librdkafka says, in our words: its log lines and its error codes. */
#ifndef KAFKA_VOICE_H
#define KAFKA_VOICE_H

#include <librdkafka/rdkafka.h>

#include "carafe.h"
#include "kafka/secrets.h"
#include "ports/log.h"

/* Pass one log line on: `client: facility: text`, without secrets.  `level` is syslog's. */
void voice_log(struct log *log, const struct secrets *secrets, const char *client, int level, const char *facility,
               const char *text);

/* What the caller does about it. */
enum carafe_code voice_code(rd_kafka_resp_err_t code);

#endif
