#include "kafka/tap.h"

#include <stdlib.h>

#include "world/world.h"

#define BUCKETS 256

/* One connection that is listened to.  The world's tag belongs to all taps, so this one keeps its own table. */
struct tapped {
    struct tapped *next;
    uint64_t id;
    struct wire_connection *wire;
};

struct tap {
    const struct wire_observer *observer;
    bool (*is_broker)(uint16_t port, void *owner);
    void *owner;
    struct tapped *buckets[BUCKETS];
    size_t count;
};

static struct tapped *find(const struct tap *tap, uint64_t id)
{
    struct tapped *tapped = tap->buckets[id % BUCKETS];
    while (tapped != NULL && tapped->id != id) {
        tapped = tapped->next;
    }
    return tapped;
}

static void cannot_listen(const struct tap *tap, const struct sim_connection *connection, const char *why)
{
    struct wire_origin origin = {
        .connection = connection->id,
        .port = connection->port,
        .process = sim_process_id(connection->client),
        .now_ns = sim_now(),
    };
    if (tap->observer->undecodable != NULL) {
        tap->observer->undecodable(&origin, why, tap->observer->owner);
    }
}

static void on_accepted(struct sim_connection *connection, void *owner)
{
    struct tap *tap = owner;
    if (tap->is_broker != NULL && !tap->is_broker(connection->port, tap->owner)) {
        return;
    }
    if (tap->count == TAP_CONNECTIONS_MAX) {
        cannot_listen(tap, connection, "tap: connections: expected fewer, got too many");
        return;
    }
    struct tapped *tapped = calloc(1, sizeof *tapped);
    struct wire_connection *wire =
        wire_open(tap->observer, connection->id, connection->port, sim_process_id(connection->client));
    if (tapped == NULL || wire == NULL) {
        free(tapped);
        wire_close(wire, sim_now());
        cannot_listen(tap, connection, "tap: memory: expected some, got none");
        return;
    }
    tapped->id = connection->id;
    tapped->wire = wire;
    tapped->next = tap->buckets[connection->id % BUCKETS];
    tap->buckets[connection->id % BUCKETS] = tapped;
    tap->count++;
}

static void on_read(struct sim_connection *connection, const void *bytes, size_t len, void *owner)
{
    const struct tapped *tapped = find(owner, connection->id);
    if (tapped != NULL) {
        wire_read(tapped->wire, bytes, len, sim_now());
    }
}

static void on_written(struct sim_connection *connection, const void *bytes, size_t len, void *owner)
{
    const struct tapped *tapped = find(owner, connection->id);
    if (tapped != NULL) {
        wire_written(tapped->wire, bytes, len, sim_now());
    }
}

/* Either side closed.  The broker may still read what the client sent before, so the decoder stays. */
static void on_closed(struct sim_connection *connection, void *owner)
{
    const struct tapped *tapped = find(owner, connection->id);
    if (tapped != NULL) {
        wire_end(tapped->wire, sim_now());
    }
}

struct tap *tap_create(const struct wire_observer *observer, bool (*is_broker)(uint16_t port, void *owner), void *owner)
{
    struct tap *tap = calloc(1, sizeof *tap);
    if (tap == NULL) {
        return NULL;
    }
    tap->observer = observer;
    tap->is_broker = is_broker;
    tap->owner = owner;
    struct sim_tap taps = {
        .accepted = on_accepted,
        .read = on_read,
        .written = on_written,
        .closed = on_closed,
        .owner = tap,
    };
    sim_net_tap(&taps);
    return tap;
}

void tap_destroy(struct tap *tap)
{
    if (tap == NULL) {
        return;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        while (tap->buckets[i] != NULL) {
            struct tapped *tapped = tap->buckets[i];
            tap->buckets[i] = tapped->next;
            wire_close(tapped->wire, 0);
            free(tapped);
        }
    }
    free(tap);
}
