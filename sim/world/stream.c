/* Bytes on their way. */
#include <errno.h>

#include "world/memory.h"
#include "world/scheduler.h"
#include "world/socket.h"
#include "world/trace.h"

enum { WAY_SENT = 1, WAY_READ = 2 };

#define NS_PER_SECOND INT64_C(1000000000)

static enum sim_direction direction_out(const struct sim_socket *socket)
{
    return socket->is_server_end ? SIM_TO_CLIENT : SIM_TO_SERVER;
}

/* When `len` bytes that `socket` sends now arrive at its peer: after all that was sent before. */
static int64_t arrival_of(struct sim_socket *socket, size_t len)
{
    struct sim_socket *peer = socket->peer;
    if (!socket->flow) {
        return sim_world.now_ns;
    }
    enum sim_direction direction = direction_out(socket);
    int64_t sent_ns = sim_world.now_ns;
    int64_t rate = sim_route_bytes_per_second(socket->flow, direction);
    if (rate > 0) {
        sent_ns = socket->link_free_ns > sent_ns ? socket->link_free_ns : sent_ns;
        sent_ns += (int64_t)len * NS_PER_SECOND / rate;
        socket->link_free_ns = sent_ns;
    }
    int64_t arrival_ns = sent_ns + sim_route_latency(socket->flow, direction);
    if (arrival_ns < peer->last_arrival_ns) {
        arrival_ns = peer->last_arrival_ns;
    }
    peer->last_arrival_ns = arrival_ns;
    return sim_route_is_cut(socket->flow, direction) ? SIM_NEVER : arrival_ns;
}

static void append(struct sim_socket *socket, struct sim_segment *segment)
{
    if (socket->last) {
        socket->last->next = segment;
    } else {
        socket->first = segment;
    }
    socket->last = segment;
    socket->queued += segment->len;
}

void sim_socket_send_end(struct sim_socket *socket)
{
    struct sim_socket *peer = socket->peer;
    if (!peer || peer->end_ns != SIM_NEVER || peer->end_held) {
        return;
    }
    sim_memory_release(peer);
    int64_t arrival_ns = arrival_of(socket, 0);
    peer->end_held = arrival_ns == SIM_NEVER;
    peer->end_ns = arrival_ns;
    sim_poll_notify(peer, arrival_ns);
}

void sim_socket_send_reset(struct sim_socket *socket)
{
    struct sim_socket *peer = socket->peer;
    if (!peer || peer->reset_ns != SIM_NEVER || peer->reset_held) {
        return;
    }
    int64_t arrival_ns = arrival_of(socket, 0);
    peer->reset_held = arrival_ns == SIM_NEVER;
    peer->reset_ns = arrival_ns;
    sim_poll_notify(peer, arrival_ns);
}

/* The other side is gone: the bytes go out, and a reset comes back. */
static void send_into_the_void(struct sim_socket *socket)
{
    if (socket->reset_ns != SIM_NEVER || socket->reset_held) {
        return;
    }
    if (sim_route_is_cut(socket->flow, SIM_TO_CLIENT) || sim_route_is_cut(socket->flow, SIM_TO_SERVER)) {
        socket->reset_held = true;
        return;
    }
    int64_t arrival_ns = sim_world.now_ns + sim_route_latency(socket->flow, SIM_TO_SERVER);
    socket->reset_ns = arrival_ns + sim_route_latency(socket->flow, SIM_TO_CLIENT);
    sim_poll_notify(socket, socket->reset_ns);
}

/* 0: may send now; EAGAIN: there is no room; or why not. */
static int check_send(struct sim_socket *socket)
{
    sim_socket_settle(socket);
    switch (socket->kind) {
    case SOCKET_CONNECTING:
        return EAGAIN;
    case SOCKET_FAILED: {
        int error = socket->error ? socket->error : EPIPE;
        socket->error = 0;
        return error;
    }
    case SOCKET_PIPE_WRITE:
        if (!socket->peer) {
            return EPIPE;
        }
        return socket->peer->queued < SIM_PIPE_BYTES ? 0 : EAGAIN;
    case SOCKET_CONNECTED:
        break;
    default:
        return ENOTCONN;
    }
    if (socket->reset_ns <= sim_world.now_ns) {
        int error = socket->reset_told ? EPIPE : ECONNRESET;
        socket->reset_told = true;
        return error;
    }
    if (socket->write_shut) {
        return EPIPE;
    }
    return !socket->peer || socket->peer->queued < SIM_SOCKET_BYTES ? 0 : EAGAIN;
}

static size_t total_len(const struct iovec *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        len += parts[i].iov_len;
    }
    return len;
}

static void gather(unsigned char *to, const struct iovec *parts, size_t count, size_t len)
{
    for (size_t i = 0; i < count && len > 0; i++) {
        size_t piece = parts[i].iov_len < len ? parts[i].iov_len : len;
        if (piece > 0) {
            sim_memory_copy(to, parts[i].iov_base, piece);
        }
        to += piece;
        len -= piece;
    }
}

/* After a send that a fault cut short, both sides find the connection reset. */
static void break_connection(struct sim_socket *socket)
{
    sim_socket_send_reset(socket);
    socket->reset_ns = sim_world.now_ns;
    sim_poll_notify(socket, socket->reset_ns);
}

static void deliver(struct sim_socket *socket, struct sim_segment *segment)
{
    struct sim_socket *peer = socket->peer;
    if (!peer || segment->len == 0) {
        sim_memory_put(segment, sizeof(*segment) + segment->size);
        return;
    }
    segment->arrival_ns = arrival_of(socket, segment->len);
    append(peer, segment);
    sim_memory_release(peer);
    sim_poll_notify(peer, segment->arrival_ns);
}

static size_t send_segment(struct sim_socket *socket, const struct iovec *parts, size_t count, size_t len)
{
    struct sim_socket *peer = socket->peer;
    size_t capacity = socket->flow ? SIM_SOCKET_BYTES : SIM_PIPE_BYTES;
    size_t taken = peer && len > capacity - peer->queued ? capacity - peer->queued : len;
    size_t kept;
    struct sim_segment *segment = sim_memory_get(sizeof(*segment) + taken);
    segment->size = taken;
    segment->len = taken;
    gather(segment->bytes, parts, count, taken);
    sim_trace_bytes(socket->number, WAY_SENT, segment->bytes, taken);
    if (socket->is_server_end) {
        sim_tap_written(socket->flow, segment->bytes, taken);
    }
    bool cut_short = peer && socket->flow && sim_route_take_truncation(socket->flow, direction_out(socket), &kept);
    if (cut_short && kept < taken) {
        segment->len = kept;
    }
    deliver(socket, segment);
    if (cut_short) {
        break_connection(socket);
    } else if (!peer) {
        send_into_the_void(socket);
    }
    return taken;
}

ssize_t sim_socket_send(struct sim_socket *socket, const struct iovec *parts, size_t count, bool wait)
{
    size_t len = total_len(parts, count);
    int error;
    while ((error = check_send(socket)) == EAGAIN && wait) {
        sim_poll_socket(socket, POLLOUT);
    }
    if (error != 0) {
        return -error;
    }
    return len == 0 ? 0 : (ssize_t)send_segment(socket, parts, count, len);
}

/* Takes up to `len` bytes that have arrived from the front of the queue. */
static size_t take_bytes(struct sim_socket *socket, unsigned char *to, size_t len, bool peek)
{
    size_t taken = 0;
    struct sim_segment *segment = socket->first;
    while (segment && taken < len && segment->arrival_ns <= sim_world.now_ns) {
        size_t piece = segment->len - segment->offset;
        piece = piece < len - taken ? piece : len - taken;
        sim_memory_copy(to + taken, segment->bytes + segment->offset, piece);
        taken += piece;
        if (peek) {
            segment = segment->next;
            continue;
        }
        segment->offset += piece;
        if (segment->offset < segment->len) {
            break;
        }
        socket->first = segment->next;
        socket->last = segment->next ? socket->last : NULL;
        sim_memory_put(segment, sizeof(*segment) + segment->size);
        segment = socket->first;
    }
    return taken;
}

/* 0: something (or the end: `*ended`) can be read now; EAGAIN: not yet; or why not. */
static int check_receive(struct sim_socket *socket, bool *ended)
{
    sim_socket_settle(socket);
    *ended = false;
    if (socket->kind == SOCKET_CONNECTING) {
        return EAGAIN;
    }
    if (socket->kind == SOCKET_FAILED) {
        int error = socket->error;
        socket->error = 0;
        *ended = error == 0;
        return error;
    }
    if (socket->kind != SOCKET_CONNECTED && socket->kind != SOCKET_PIPE_READ) {
        return ENOTCONN;
    }
    if (socket->first && socket->first->arrival_ns <= sim_world.now_ns) {
        return 0;
    }
    if (socket->reset_ns <= sim_world.now_ns) {
        *ended = socket->reset_told;
        socket->reset_told = true;
        return *ended ? 0 : ECONNRESET;
    }
    *ended = socket->read_shut || (!socket->first && socket->end_ns <= sim_world.now_ns);
    return *ended ? 0 : EAGAIN;
}

/* Room for the writer, who learns of it at once. */
static void give_room(struct sim_socket *socket, size_t len)
{
    size_t capacity = socket->flow ? SIM_SOCKET_BYTES : SIM_PIPE_BYTES;
    bool was_full = socket->queued >= capacity;
    socket->queued -= len;
    if (was_full && socket->peer) {
        sim_poll_notify(socket->peer, sim_world.now_ns);
    }
}

ssize_t sim_socket_receive(struct sim_socket *socket, const struct iovec *parts, size_t count, bool wait, bool peek)
{
    bool ended;
    int error;
    while ((error = check_receive(socket, &ended)) == EAGAIN && wait) {
        sim_poll_socket(socket, POLLIN);
    }
    sim_memory_acquire(socket);
    if (error != 0 || ended) {
        return -error;
    }
    size_t got = 0;
    for (size_t i = 0; i < count; i++) {
        size_t piece = take_bytes(socket, parts[i].iov_base, parts[i].iov_len, peek);
        if (!peek && piece > 0) {
            sim_trace_bytes(socket->number, WAY_READ, parts[i].iov_base, piece);
            if (socket->is_server_end) {
                sim_tap_read(socket->flow, parts[i].iov_base, piece);
            }
        }
        got += piece;
        if (piece < parts[i].iov_len || peek) {
            break;
        }
    }
    if (!peek) {
        give_room(socket, got);
    }
    return (ssize_t)got;
}

int sim_socket_shutdown(struct sim_socket *socket, bool reading, bool writing)
{
    sim_socket_settle(socket);
    if (socket->kind != SOCKET_CONNECTED) {
        return ENOTCONN;
    }
    if (writing && !socket->write_shut) {
        socket->write_shut = true;
        sim_socket_send_end(socket);
    }
    if (reading) {
        socket->read_shut = true;
        sim_poll_notify(socket, sim_world.now_ns);
    }
    return 0;
}
