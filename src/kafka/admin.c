/* Topics are made through librdkafka's admin client. */
#include <librdkafka/rdkafka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "kafka/kafka.h"
#include "kafka/secrets.h"
#include "kafka/settings.h"

#define REASON_MAX   512
#define NUMBER_MAX   32
#define REPLICAS_MAX INT16_MAX
#define NAME_LIMIT   249 /* of Kafka */

/* librdkafka's objects of one request. */
struct request {
    struct secrets secrets;
    rd_kafka_t *kafka;
    rd_kafka_queue_t *queue;
    rd_kafka_AdminOptions_t *options;
    rd_kafka_NewTopic_t *topics[KAFKA_TOPICS_MAX];
    size_t topic_count;
};

/* ---- The request ------------------------------------------------------------------------------------------------- */

static int refuse(struct carafe_error *error, const char *what, const char *name, const char *reason)
{
    return error_set(error, CARAFE_INVALID, "kafka: topic %s: %s: expected one that Kafka knows, got %s", name, what,
                     reason);
}

static bool is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strspn(name, allowed);
    return len > 0 && len <= NAME_LIMIT && name[len] == '\0';
}

static rd_kafka_NewTopic_t *describe(const struct kafka_topic *topic, struct carafe_error *error)
{
    char reason[REASON_MAX] = "";
    char retention[NUMBER_MAX];
    if (!is_name(topic->name)) {
        (void)refuse(error, "name", topic->name, "characters that it does not take, or too few or many");
        return NULL;
    }
    if (topic->partitions < 1 || topic->replicas == 0 || topic->replicas < -1 || topic->replicas > REPLICAS_MAX) {
        (void)refuse(error, "size", topic->name, "no partitions, or copies out of range");
        return NULL;
    }
    rd_kafka_NewTopic_t *described =
        rd_kafka_NewTopic_new(topic->name, topic->partitions, topic->replicas, reason, sizeof reason);
    if (described == NULL) {
        (void)refuse(error, "description", topic->name, reason);
        return NULL;
    }
    (void)snprintf(retention, sizeof retention, "%lld", (long long)topic->retention_ms);
    rd_kafka_resp_err_t code = rd_kafka_NewTopic_set_config(described, "cleanup.policy", "delete");
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = rd_kafka_NewTopic_set_config(described, "retention.ms", retention);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)refuse(error, "configuration", topic->name, rd_kafka_err2str(code));
        rd_kafka_NewTopic_destroy(described);
        return NULL;
    }
    return described;
}

static int open_client(struct request *request, const struct carafe_settings *settings, struct carafe_error *error)
{
    char reason[REASON_MAX] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int result = settings_apply(conf, settings, error);
    if (result != 0) {
        rd_kafka_conf_destroy(conf);
        return result;
    }
    (void)rd_kafka_conf_set(conf, "log_level", "0", reason, sizeof reason); /* what matters comes as a result */
    request->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    if (request->kafka == NULL) {
        secrets_hide(&request->secrets, reason);
        rd_kafka_conf_destroy(conf);
        return error_set(error, CARAFE_INVALID, "kafka: admin: expected settings of a client, got %s", reason);
    }
    request->queue = rd_kafka_queue_new(request->kafka);
    return 0;
}

static int build(struct request *request, const struct kafka_topic *topics, size_t count, int64_t timeout_ms,
                 struct carafe_error *error)
{
    char reason[REASON_MAX] = "";
    request->options = rd_kafka_AdminOptions_new(request->kafka, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    if (rd_kafka_AdminOptions_set_request_timeout(request->options, (int)timeout_ms, reason, sizeof reason) !=
            RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_AdminOptions_set_operation_timeout(request->options, (int)timeout_ms, reason, sizeof reason) !=
            RD_KAFKA_RESP_ERR_NO_ERROR) {
        return error_set(error, CARAFE_INVALID, "kafka: admin: timeout: expected one that librdkafka takes, got %s",
                         reason);
    }
    for (size_t i = 0; i < count; i++) {
        request->topics[i] = describe(&topics[i], error);
        if (request->topics[i] == NULL) {
            return CARAFE_INVALID;
        }
        request->topic_count++;
    }
    return 0;
}

static void close_request(struct request *request)
{
    rd_kafka_NewTopic_destroy_array(request->topics, request->topic_count);
    if (request->options != NULL) {
        rd_kafka_AdminOptions_destroy(request->options);
    }
    if (request->queue != NULL) {
        rd_kafka_queue_destroy(request->queue);
    }
    if (request->kafka != NULL) {
        rd_kafka_destroy(request->kafka);
    }
    secrets_close(&request->secrets);
}

/* ---- The answer -------------------------------------------------------------------------------------------------- */

static enum kafka_topic_outcome outcome_of(rd_kafka_resp_err_t code)
{
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return KAFKA_TOPIC_CREATED;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
        return KAFKA_TOPIC_EXISTED;
    default:
        return KAFKA_TOPIC_REFUSED;
    }
}

static int read_answer(rd_kafka_event_t *event, enum kafka_topic_outcome *outcomes, size_t count,
                       struct carafe_error *error)
{
    size_t answered = 0;
    int code = 0;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &answered);
    for (size_t i = 0; i < answered && i < count; i++) {
        const char *reason = rd_kafka_topic_result_error_string(results[i]);
        rd_kafka_resp_err_t why = rd_kafka_topic_result_error(results[i]);
        outcomes[i] = outcome_of(why);
        if (outcomes[i] == KAFKA_TOPIC_REFUSED) {
            code = error_append(error, CARAFE_FAILED, "kafka: topic %s: expected to be created, got %s (%s)",
                                rd_kafka_topic_result_name(results[i]), rd_kafka_err2name(why),
                                reason != NULL ? reason : rd_kafka_err2str(why));
        }
    }
    return code;
}

static int perform(struct request *request, int64_t timeout_ms, enum kafka_topic_outcome *outcomes,
                   struct carafe_error *error)
{
    rd_kafka_CreateTopics(request->kafka, request->topics, request->topic_count, request->options, request->queue);
    /* librdkafka keeps its own time; ours is for when it does not. */
    rd_kafka_event_t *event = rd_kafka_queue_poll(request->queue, (int)timeout_ms + KAFKA_ADMIN_GRACE_MS);
    if (event == NULL) {
        return error_set(error, CARAFE_TIMEOUT, "kafka: admin: expected an answer in %lld ms, got none",
                         (long long)timeout_ms);
    }
    int code = 0;
    rd_kafka_resp_err_t why = rd_kafka_event_error(event);
    if (why != RD_KAFKA_RESP_ERR_NO_ERROR) {
        char reason[REASON_MAX];
        (void)snprintf(reason, sizeof reason, "%s", rd_kafka_event_error_string(event));
        secrets_hide(&request->secrets, reason);
        code = error_set(error, why == RD_KAFKA_RESP_ERR__TIMED_OUT ? CARAFE_TIMEOUT : CARAFE_FAILED,
                         "kafka: admin: expected topics to be created in %lld ms, got %s (%s)", (long long)timeout_ms,
                         rd_kafka_err2name(why), reason);
    } else {
        code = read_answer(event, outcomes, request->topic_count, error);
    }
    rd_kafka_event_destroy(event);
    return code;
}

int kafka_topics_create(const struct carafe_settings *settings, const struct kafka_topic *topics, size_t count,
                        int64_t timeout_ms, enum kafka_topic_outcome *outcomes, struct carafe_error *error)
{
    struct request request = {.topic_count = 0};
    error_clear(error);
    if (count == 0 || count > KAFKA_TOPICS_MAX || timeout_ms < 1 || timeout_ms > KAFKA_ADMIN_TIMEOUT_MAX_MS) {
        return error_set(error, CARAFE_INVALID,
                         "kafka: admin: expected 1 to %d topics and 1 to %d ms, got %zu and %lld", KAFKA_TOPICS_MAX,
                         KAFKA_ADMIN_TIMEOUT_MAX_MS, count, (long long)timeout_ms);
    }
    int code = secrets_init(&request.secrets, settings);
    if (code != 0) {
        return error_set(error, CARAFE_NO_MEMORY, "kafka: admin: expected memory, got none");
    }
    code = open_client(&request, settings, error);
    code = code != 0 ? code : build(&request, topics, count, timeout_ms, error);
    code = code != 0 ? code : perform(&request, timeout_ms, outcomes, error);
    close_request(&request);
    return code;
}
