#include "kafka/load.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "kafka/client.h"
#include "kafka/owner.h"

#define PURGE_MS 1000 /* the client's threads give back what was in flight in far less */

struct load {
    struct client client; /* first: the handle's opaque */
    bool borrowed;        /* the client is the owner of the brokers */
    void (*delivered)(const struct load_delivery *delivery, void *owner);
    void *owner;
};

/* A tag travels as the message's opaque pointer. */
_Static_assert(sizeof(void *) >= sizeof(uint64_t), "a tag fits into a pointer");

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    (void)handle;
    const struct load *load = opaque;
    if (load->delivered == NULL) {
        return;
    }
    struct load_delivery delivery = {
        .error = message->err,
        .topic = rd_kafka_topic_name(message->rkt),
        .partition = message->partition,
        .offset = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? message->offset : -1,
        .tag = (uint64_t)(uintptr_t)message->_private,
    };
    load->delivered(&delivery, load->owner);
}

/* Errors of the client as a whole: the deliveries and the log say enough; without this they would go to stderr. */
static void on_error(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
    (void)handle;
    const struct client *client = opaque;
    if (client->log != NULL) {
        client->log(4, rd_kafka_err2name((rd_kafka_resp_err_t)code), reason, client->owner);
    }
}

int load_create(const struct load_options *options, struct load **result, struct carafe_error *error)
{
    const struct carafe_setting list[] = {
        {"bootstrap.servers", options->bootstraps},
        {"client.id", options->client_id == NULL ? "load" : options->client_id},
        {"linger.ms", "0"},
        {"enable.idempotence", "false"},
        {"message.send.max.retries", "0"},
        {"partitioner", "murmur2_random"},
        {"statistics.interval.ms", "0"},
    };
    const struct carafe_settings defaults = {list, sizeof list / sizeof list[0]};
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "load: memory: expected some, got none");
    }
    load->client.log = options->log;
    load->client.owner = options->owner;
    load->delivered = options->delivered;
    load->owner = options->owner;
    rd_kafka_conf_t *conf = client_configure(&load->client, &defaults, &options->kafka, error);
    if (conf == NULL) {
        free(load);
        return CARAFE_INVALID;
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_error_cb(conf, on_error);
    int code = client_open(&load->client, RD_KAFKA_PRODUCER, conf, error);
    if (code != 0) {
        free(load);
        return code;
    }
    *result = load;
    return 0;
}

int load_borrow(struct mock_cluster *cluster, struct load **result, struct carafe_error *error)
{
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "load: memory: expected some, got none");
    }
    load->borrowed = true;
    load->client.handle = mock_cluster_owner(cluster);
    if (rd_kafka_brokers_add(load->client.handle, mock_cluster_bootstraps(cluster)) == 0) {
        free(load);
        return error_set(error, CARAFE_FAILED, "load: brokers: expected those of the cluster, got none");
    }
    *result = load;
    return 0;
}

static int refused(struct carafe_error *error, rd_kafka_resp_err_t code)
{
    enum carafe_code result = CARAFE_FAILED;
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        result = CARAFE_FULL;
    } else if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
               code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__INVALID_ARG) {
        result = CARAFE_INVALID;
    }
    return error_set(error, result, "load: send: expected a record to be taken, got %s", rd_kafka_err2name(code));
}

/* librdkafka reads the key and copies the payload; its interface takes both without const. */
static void *without_const(const void *bytes)
{
    return (void *)(uintptr_t)bytes;
}

int load_send(struct load *load, const char *topic, int32_t partition, const void *key, size_t key_len,
              const void *payload, size_t len, uint64_t tag, struct carafe_error *error)
{
    rd_kafka_vu_t record[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {without_const(key), key_len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {without_const(payload), len}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)tag},
    };
    rd_kafka_error_t *failure = rd_kafka_produceva(load->client.handle, record, sizeof record / sizeof record[0]);
    if (failure == NULL) {
        return 0;
    }
    rd_kafka_resp_err_t code = rd_kafka_error_code(failure);
    rd_kafka_error_destroy(failure);
    return refused(error, code);
}

void load_poll(struct load *load, int timeout_ms)
{
    (void)rd_kafka_poll(load->client.handle, timeout_ms);
}

int load_flush(struct load *load, int timeout_ms, struct carafe_error *error)
{
    rd_kafka_resp_err_t code = rd_kafka_flush(load->client.handle, timeout_ms);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return 0;
    }
    return error_set(error, CARAFE_TIMEOUT, "load: flush: expected all delivered in %d ms, got %s", timeout_ms,
                     rd_kafka_err2name(code));
}

void load_close(struct load *load, int flush_ms)
{
    if (load == NULL) {
        return;
    }
    rd_kafka_t *handle = load->client.handle;
    if (rd_kafka_flush(handle, flush_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)rd_kafka_purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush(handle, PURGE_MS); /* the deliveries that say `purged` */
    }
    if (!load->borrowed) {
        rd_kafka_destroy(handle);
    }
    free(load);
}
