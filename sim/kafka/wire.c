/* Cuts the bytes of a connection into requests and answers and brings the two together. */
#include "kafka/wire.h"

#include <stdlib.h>
#include <string.h>

#include "kafka/names.h"
#include "kafka/wire_exchange.h"

#define SIZE_LEN          4u
#define REQUEST_MIN       8 /* api, version and correlation id */
#define ANSWER_MIN        4 /* correlation id */
#define PENDING_BYTES_MAX ((size_t)256 << 20)

/* What was received of a direction and not yet used. */
struct stream {
    uint8_t *bytes;
    size_t len;
    size_t capacity;
};

/* A request that waits for its answer. */
struct pending {
    struct pending *next;
    int api;
    int version;
    int32_t correlation;
    bool awaited; /* false: acks=0, told already */
    int64_t requested_ns;
    size_t len;
    uint8_t body[];
};

struct wire_connection {
    const struct wire_observer *observer;
    struct wire_origin origin;
    struct stream requests;
    struct stream answers;
    struct pending *first;
    struct pending *last;
    size_t pending_count;
    size_t pending_bytes;
    bool ended;   /* by either side */
    bool ignored; /* it could not be decoded */
};

static const struct decoder {
    int api;
    int version_max;
    bool (*decode)(struct exchange *exchange);
} DECODERS[] = {
    {KAFKA_API_PRODUCE, 7, exchange_produce},
    {KAFKA_API_FETCH, 11, exchange_fetch},
    {KAFKA_API_OFFSET_COMMIT, 7, exchange_offset_commit},
    {KAFKA_API_OFFSET_FETCH, 5, exchange_offset_fetch},
    {KAFKA_API_FIND_COORDINATOR, 2, exchange_find_coordinator},
    {KAFKA_API_JOIN_GROUP, 5, exchange_join_group},
    {KAFKA_API_HEARTBEAT, 3, exchange_heartbeat},
    {KAFKA_API_LEAVE_GROUP, 1, exchange_leave_group},
    {KAFKA_API_SYNC_GROUP, 3, exchange_sync_group},
};

static const struct decoder *decoder_of(int api)
{
    for (size_t i = 0; i < sizeof DECODERS / sizeof DECODERS[0]; i++) {
        if (DECODERS[i].api == api) {
            return &DECODERS[i];
        }
    }
    return NULL;
}

static void forget(struct wire_connection *connection)
{
    while (connection->first != NULL) {
        struct pending *next = connection->first->next;
        free(connection->first);
        connection->first = next;
    }
    connection->last = NULL;
    connection->pending_count = 0;
    connection->pending_bytes = 0;
    free(connection->requests.bytes);
    free(connection->answers.bytes);
    connection->requests = (struct stream){0};
    connection->answers = (struct stream){0};
}

static void give_up(struct wire_connection *connection, const char *why)
{
    connection->ignored = true;
    forget(connection);
    if (connection->observer->undecodable != NULL) {
        connection->observer->undecodable(&connection->origin, why, connection->observer->owner);
    }
}

/* Tell what `pending` means; false: it cannot be decoded, and the connection was given up. */
static bool tell(struct wire_connection *connection, const struct pending *pending, enum exchange_end end,
                 struct reader answer)
{
    const struct decoder *decoder = decoder_of(pending->api);
    if (decoder == NULL) {
        return true;
    }
    struct exchange exchange = {
        .observer = connection->observer,
        .origin = &connection->origin,
        .requested_ns = pending->requested_ns,
        .version = pending->version,
        .end = end,
        .request = reader_of(pending->body, pending->len),
        .answer = answer,
        .why = "exchange: expected what the protocol says, got something else",
    };
    return decoder->decode(&exchange) ? true : (give_up(connection, exchange.why), false);
}

/* Take the request with this correlation id out. */
static struct pending *take_pending(struct wire_connection *connection, int32_t correlation)
{
    struct pending *previous = NULL;
    struct pending *pending = connection->first;
    while (pending != NULL && pending->correlation != correlation) {
        previous = pending;
        pending = pending->next;
    }
    if (pending == NULL) {
        return NULL;
    }
    struct pending **link = previous == NULL ? &connection->first : &previous->next;
    *link = pending->next;
    if (connection->last == pending) {
        connection->last = previous;
    }
    connection->pending_count--;
    connection->pending_bytes -= pending->len;
    return pending;
}

/* A broker answers in order: what stands in front and awaits nothing will never be answered. */
static void drop_unawaited(struct wire_connection *connection)
{
    while (connection->first != NULL && !connection->first->awaited) {
        free(take_pending(connection, connection->first->correlation));
    }
}

/* Remember a request.  NULL: given up. */
static struct pending *remember(struct wire_connection *connection, struct view body)
{
    if (connection->pending_count == WIRE_PENDING_MAX) {
        drop_unawaited(connection);
    }
    if (connection->pending_count == WIRE_PENDING_MAX || connection->pending_bytes + body.len > PENDING_BYTES_MAX) {
        give_up(connection, "requests: expected answers to them, got too many without");
        return NULL;
    }
    struct pending *pending = malloc(sizeof *pending + body.len);
    if (pending == NULL) {
        give_up(connection, "request: expected memory for it, got none");
        return NULL;
    }
    *pending = (struct pending){.len = body.len};
    if (body.len > 0) {
        memcpy(pending->body, body.bytes, body.len);
    }
    if (connection->last == NULL) {
        connection->first = pending;
    } else {
        connection->last->next = pending;
    }
    connection->last = pending;
    connection->pending_count++;
    connection->pending_bytes += body.len;
    return pending;
}

static void handle_request(struct wire_connection *connection, struct view frame)
{
    struct reader reader = reader_of(frame.bytes, frame.len);
    int api = read_int16(&reader);
    int version = read_int16(&reader);
    int32_t correlation = read_int32(&reader);
    (void)read_string(&reader); /* client id */
    const struct decoder *decoder = decoder_of(api);
    if (reader.failed || version < 0 || (decoder != NULL && version > decoder->version_max)) {
        give_up(connection, "request: header: expected a request and version that is known, got another");
        return;
    }
    if (connection->observer->requested != NULL) {
        connection->observer->requested(&connection->origin, api, connection->observer->owner);
    }
    struct view body = read_raw(&reader, decoder == NULL ? 0 : reader.left);
    struct pending *pending = remember(connection, body);
    if (pending == NULL) {
        return;
    }
    pending->api = api;
    pending->version = version;
    pending->correlation = correlation;
    pending->requested_ns = connection->origin.now_ns;
    pending->awaited = true;
    int acks = -1;
    if (api == KAFKA_API_PRODUCE && exchange_acks(reader_of(pending->body, pending->len), &acks) && acks == 0) {
        pending->awaited = false;
        (void)tell(connection, pending, EXCHANGE_NOT_AWAITED, (struct reader){0});
    }
}

static void handle_answer(struct wire_connection *connection, struct view frame)
{
    struct reader reader = reader_of(frame.bytes, frame.len);
    struct pending *pending = take_pending(connection, read_int32(&reader));
    if (pending == NULL) {
        give_up(connection, "answer: correlation id: expected that of a request, got another");
        return;
    }
    if (!pending->awaited) {
        free(pending); /* the mock answers although nobody waits */
        return;
    }
    if (tell(connection, pending, EXCHANGE_ANSWERED, reader)) {
        drop_unawaited(connection);
    }
    free(pending);
}

static bool append(struct stream *stream, const void *bytes, size_t len)
{
    if (len > stream->capacity - stream->len) {
        size_t capacity = stream->len + len;
        capacity += capacity / 2;
        uint8_t *grown = realloc(stream->bytes, capacity);
        if (grown == NULL) {
            return false;
        }
        stream->bytes = grown;
        stream->capacity = capacity;
    }
    memcpy(stream->bytes + stream->len, bytes, len);
    stream->len += len;
    return true;
}

/* Add the bytes and handle every frame that is whole now. */
static void feed(struct wire_connection *connection, struct stream *stream, struct view bytes, int32_t frame_min,
                 void (*handle)(struct wire_connection *connection, struct view frame))
{
    if (!append(stream, bytes.bytes, bytes.len)) {
        give_up(connection, "stream: expected memory for it, got none");
        return;
    }
    struct reader reader = reader_of(stream->bytes, stream->len);
    while (reader.left >= SIZE_LEN) {
        struct reader ahead = reader;
        int32_t size = read_int32(&ahead);
        if (size < frame_min || size > WIRE_FRAME_MAX) {
            give_up(connection, "frame: size: expected that of a request or answer, got another");
            return;
        }
        if (ahead.left < (size_t)size) {
            break;
        }
        struct view frame = read_raw(&ahead, (size_t)size);
        reader = ahead;
        handle(connection, frame);
        if (connection->ignored) {
            return;
        }
    }
    memmove(stream->bytes, reader.at, reader.left);
    stream->len = reader.left;
}

struct wire_connection *wire_open(const struct wire_observer *observer, uint64_t id, uint16_t port, int64_t process)
{
    struct wire_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    connection->observer = observer;
    connection->origin.connection = id;
    connection->origin.port = port;
    connection->origin.process = process;
    return connection;
}

/* Tell and free the requests that no answer will come for. */
static void break_off(struct wire_connection *connection)
{
    while (connection->first != NULL) {
        struct pending *pending = take_pending(connection, connection->first->correlation);
        if (pending->awaited) {
            (void)tell(connection, pending, EXCHANGE_BROKEN_OFF, (struct reader){0});
        }
        free(pending);
    }
}

void wire_read(struct wire_connection *connection, const void *bytes, size_t len, int64_t now_ns)
{
    connection->origin.now_ns = now_ns;
    if (connection->ignored || len == 0) {
        return;
    }
    struct view view = {.bytes = bytes, .len = len};
    feed(connection, &connection->requests, view, REQUEST_MIN, handle_request);
    if (connection->ended) {
        break_off(connection);
    }
}

void wire_written(struct wire_connection *connection, const void *bytes, size_t len, int64_t now_ns)
{
    connection->origin.now_ns = now_ns;
    if (connection->ignored || connection->ended || len == 0) {
        return;
    }
    struct view view = {.bytes = bytes, .len = len};
    feed(connection, &connection->answers, view, ANSWER_MIN, handle_answer);
}

void wire_end(struct wire_connection *connection, int64_t now_ns)
{
    connection->origin.now_ns = now_ns;
    connection->ended = true;
    break_off(connection);
}

void wire_close(struct wire_connection *connection, int64_t now_ns)
{
    if (connection == NULL) {
        return;
    }
    wire_end(connection, now_ns);
    forget(connection);
    free(connection);
}
