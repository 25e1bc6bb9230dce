/* Waiting for sockets. */
#include <errno.h>

#include "world/memory.h"
#include "world/real.h"
#include "world/scheduler.h"
#include "world/socket.h"

enum { NODES_ON_STACK = 16 };

static int64_t earlier(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

static short listener_events(const struct sim_socket *socket, int64_t *next_ns)
{
    if (!socket->accept_first) {
        return 0;
    }
    if (socket->accept_first->connected_ns <= sim_world.now_ns) {
        return POLLIN;
    }
    *next_ns = earlier(*next_ns, socket->accept_first->connected_ns);
    return 0;
}

static short incoming_events(const struct sim_socket *socket, int64_t *next_ns)
{
    int64_t now_ns = sim_world.now_ns;
    short events = 0;
    if (socket->first) {
        if (socket->first->arrival_ns <= now_ns) {
            events |= POLLIN;
        } else {
            *next_ns = earlier(*next_ns, socket->first->arrival_ns);
        }
    }
    if (socket->reset_ns <= now_ns) {
        events |= POLLIN | POLLRDHUP | POLLERR | POLLHUP;
    } else {
        *next_ns = earlier(*next_ns, socket->reset_ns);
    }
    if (!socket->first && socket->end_ns <= now_ns) {
        events |= POLLIN | POLLRDHUP;
        events |= socket->write_shut || socket->kind == SOCKET_PIPE_READ ? POLLHUP : 0;
    } else if (!socket->first) {
        *next_ns = earlier(*next_ns, socket->end_ns);
    }
    return socket->read_shut ? (short)(events | POLLIN | POLLRDHUP) : events;
}

static short outgoing_events(const struct sim_socket *socket)
{
    size_t capacity = socket->kind == SOCKET_PIPE_WRITE ? SIM_PIPE_BYTES : SIM_SOCKET_BYTES;
    if (!socket->peer) {
        return socket->kind == SOCKET_PIPE_WRITE ? POLLOUT | POLLERR : POLLOUT;
    }
    return socket->peer->queued < capacity ? POLLOUT : 0;
}

/* What can be had of `socket` now; `*next_ns` is lowered to when that may change by itself. */
static short events_of(struct sim_socket *socket, short wanted, int64_t *next_ns)
{
    short events = 0;
    sim_socket_settle(socket);
    switch (socket->kind) {
    case SOCKET_NEW:
        events = POLLOUT | POLLHUP;
        break;
    case SOCKET_LISTENING:
        events = listener_events(socket, next_ns);
        break;
    case SOCKET_CONNECTING:
        *next_ns = earlier(*next_ns, socket->connected_ns);
        break;
    case SOCKET_FAILED:
        events = POLLERR | POLLHUP | POLLIN | POLLOUT;
        break;
    case SOCKET_CONNECTED:
        events = (short)(incoming_events(socket, next_ns) | outgoing_events(socket));
        break;
    case SOCKET_PIPE_READ:
        events = incoming_events(socket, next_ns);
        break;
    case SOCKET_PIPE_WRITE:
        events = outgoing_events(socket);
        break;
    }
    return (short)(events & (wanted | POLLERR | POLLHUP));
}

/* A descriptor of the system: asked without waiting.  Whether it is ready is no part of the simulation. */
static short real_events(const struct pollfd *descriptor)
{
    struct pollfd asked = *descriptor;
    asked.revents = 0;
    if (REAL(poll)(&asked, 1, 0) < 0) {
        return 0;
    }
    return asked.revents;
}

static int look(struct pollfd *descriptors, nfds_t count, int64_t *next_ns)
{
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        struct sim_socket *socket = sim_socket_find(descriptors[i].fd);
        if (socket) {
            descriptors[i].revents = events_of(socket, descriptors[i].events, next_ns);
        } else if (descriptors[i].fd >= SIM_FIRST_DESCRIPTOR) {
            descriptors[i].revents = POLLNVAL;
        } else {
            descriptors[i].revents = descriptors[i].fd < 0 ? 0 : real_events(&descriptors[i]);
        }
        ready += descriptors[i].revents != 0;
    }
    return ready;
}

static void attach(struct sim_poll_node *nodes, const struct pollfd *descriptors, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++) {
        struct sim_poll_node *node = &nodes[i];
        struct sim_socket *socket = sim_socket_find(descriptors[i].fd);
        node->thread = sim_world.current;
        node->socket = socket;
        if (socket) {
            node->previous = NULL;
            node->next = socket->pollers;
            if (node->next) {
                node->next->previous = node;
            }
            socket->pollers = node;
        }
    }
}

static void detach(struct sim_poll_node *nodes, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++) {
        struct sim_poll_node *node = &nodes[i];
        if (!node->socket) {
            continue;
        }
        if (node->previous) {
            node->previous->next = node->next;
        } else {
            node->socket->pollers = node->next;
        }
        if (node->next) {
            node->next->previous = node->previous;
        }
    }
}

static void wait_for_change(struct pollfd *descriptors, nfds_t count, int64_t deadline_ns)
{
    struct sim_poll_node on_stack[NODES_ON_STACK];
    struct sim_poll_node *nodes = on_stack;
    if (count > NODES_ON_STACK) {
        nodes = sim_memory_get(count * sizeof(*nodes));
    }
    attach(nodes, descriptors, count);
    sim_world.current->polled = descriptors;
    sim_world.current->polled_count = count;
    sim_scheduler_wait(WAIT_POLL, NULL, deadline_ns);
    detach(nodes, count);
    if (nodes != on_stack) {
        sim_memory_put(nodes, count * sizeof(*nodes));
    }
}

int sim_poll(struct pollfd *descriptors, nfds_t count, int64_t deadline_ns)
{
    for (;;) {
        int64_t next_ns = SIM_NEVER;
        int ready = look(descriptors, count, &next_ns);
        if (ready > 0 || sim_world.now_ns >= deadline_ns) {
            return ready;
        }
        wait_for_change(descriptors, count, earlier(next_ns, deadline_ns));
    }
}

void sim_poll_socket(struct sim_socket *socket, short events)
{
    struct pollfd descriptor = {.fd = socket->descriptor, .events = events};
    sim_poll(&descriptor, 1, SIM_NEVER);
}

void sim_poll_notify(struct sim_socket *socket, int64_t arrival_ns)
{
    for (struct sim_poll_node *node = socket->pollers; node; node = node->next) {
        if (arrival_ns <= sim_world.now_ns) {
            sim_scheduler_wake(node->thread);
        } else {
            sim_scheduler_hasten(node->thread, arrival_ns);
        }
    }
}

void sim_poll_forget(struct sim_socket *socket)
{
    for (struct sim_poll_node *node = socket->pollers; node; node = node->next) {
        node->socket = NULL;
        sim_scheduler_wake(node->thread);
    }
    socket->pollers = NULL;
}
