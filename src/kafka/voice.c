#include "kafka/voice.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/lock.h"

#define VOICE_LINE_MAX 4096

/*
 * Consumers and producer share one list of settings, and librdkafka warns of each that the other kind alone knows.
 * That is no news for anybody.
 */
static bool is_about_the_other_kind(const char *facility, const char *text)
{
    return strcmp(facility, "CONFWARN") == 0 && strstr(text, "will be ignored by this") != NULL;
}

static enum log_level level_of(int level)
{
    if (level <= LOG_ERR) {
        return LOG_ERROR_LEVEL;
    }
    if (level == LOG_WARNING) {
        return LOG_WARNING_LEVEL;
    }
    return level < LOG_DEBUG ? LOG_INFO_LEVEL : LOG_DEBUG_LEVEL;
}

void voice_log(struct log *log, const struct secrets *secrets, const char *client, int level, const char *facility,
               const char *text)
{
    lock_expect_none_held("the log");
    char line[VOICE_LINE_MAX];
    (void)snprintf(line, sizeof line, "%s: %s: %s", client, facility, text);
    secrets_hide(secrets, line);
    log->write(log, is_about_the_other_kind(facility, text) ? LOG_DEBUG_LEVEL : level_of(level), line);
}

enum carafe_code voice_code(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return CARAFE_OK;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
        return CARAFE_FULL;
    case RD_KAFKA_RESP_ERR__DESTROY:
        return CARAFE_CLOSED;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
        return CARAFE_TIMEOUT;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        return CARAFE_INVALID;
    case RD_KAFKA_RESP_ERR__STATE:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: /* of a consumer: not assigned */
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
        return CARAFE_REFUSED;
    default:
        return CARAFE_FAILED;
    }
}
