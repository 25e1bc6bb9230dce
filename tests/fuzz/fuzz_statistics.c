/* Any bytes as statistics of a client that has a past: no crash, what is written is JSON, and no rate is negative. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/assert.h"
#include "tracking/identity.h"
#include "tracking/statistics.h"

static const char past[] =
    "{\"brokers\":{\"b\":{\"rxbytes\":1,\"txbytes\":1}},\"topics\":{\"t\":{\"partitions\":{\"0\":"
    "{\"consumer_lag\":1,\"hi_offset\":5},\"1\":{\"lo_offset\":2.5}}}},\"cgrp\":{\"state\":\"up\"}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(struct statistics *statistics)
{
    static struct client_traits clients[] = {{"g_0", "member", 0}};
    static const struct identity identity = {.clients = clients, .client_count = 1};
    static const struct statistics_format format = {
        .partitions = {true, true}, .instance_id = true, .poll_interval = true, .identity = &identity};
    struct json_document document;
    struct json_document again;
    struct json_reader reader;
    struct json_buffer text;
    json_document_init(&document);
    json_document_init(&again);
    json_reader_init(&reader);
    json_buffer_init(&text);
    struct json_value *groups = json_add_object(&document, NULL, JSON_NO_KEY);
    statistics_write(statistics, &format, 20, &document, groups);
    json_write(&text, groups);
    ASSERT(json_document_parse(&again, &reader, text.bytes, text.len, NULL) == 0);
    json_buffer_close(&text);
    json_reader_close(&reader);
    json_document_close(&again);
    json_document_close(&document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct statistics *statistics = statistics_create();
    ASSERT(statistics != NULL);
    ASSERT(statistics_emit(statistics, "g", "g_0", past, sizeof past - 1, 0, NULL) == 0);
    ASSERT(statistics_pause(statistics, "g_0", "t", 0, 1000, 0) == 0);
    (void)statistics_emit(statistics, "g", "g_0", (const char *)data, size, 5, NULL);
    (void)statistics_emit(statistics, "g", "g_0", (const char *)data, size, 10, NULL);
    check_written(statistics);
    int64_t received = -1;
    int64_t sent = -1;
    statistics_transfer(statistics, 20, &received, &sent);
    ASSERT(received >= 0 && sent >= 0);
    statistics_destroy(statistics);
    return 0;
}
