/* How connections come to be: bind, listen, connect, accept. */
#include <errno.h>

#include "world/memory.h"
#include "world/report.h"
#include "world/scheduler.h"
#include "world/socket.h"

enum { FIRST_LISTEN_PORT = 40000, FIRST_CLIENT_PORT = 50000, LAST_PORT = 65535 };

#define CONNECT_TIMEOUT_NS (INT64_C(127) * 1000000000) /* of Linux with its six retries */

static uint16_t next_listen_port = FIRST_LISTEN_PORT;
static uint16_t next_client_port = FIRST_CLIENT_PORT;
static struct sim_flow *first_flow;
static struct sim_flow *last_flow;
static uint64_t last_flow_id;

struct sim_flow *sim_flows_first(void)
{
    return first_flow;
}

static struct sim_flow *create_flow(struct sim_socket *client_end, uint16_t port)
{
    struct sim_flow *flow = sim_memory_get(sizeof(*flow));
    flow->public.id = ++last_flow_id;
    flow->public.port = port;
    flow->public.client_port = ntohs(client_end->local.sin_port);
    flow->public.client = client_end->process;
    flow->client_end = client_end;
    client_end->flow = flow;
    flow->previous = last_flow;
    if (last_flow) {
        last_flow->next = flow;
    } else {
        first_flow = flow;
    }
    last_flow = flow;
    return flow;
}

static void destroy_flow(struct sim_flow *flow)
{
    if (flow->previous) {
        flow->previous->next = flow->next;
    } else {
        first_flow = flow->next;
    }
    if (flow->next) {
        flow->next->previous = flow->previous;
    } else {
        last_flow = flow->previous;
    }
    sim_memory_put(flow, sizeof(*flow));
}

void sim_flow_leave(struct sim_socket *socket)
{
    struct sim_flow *flow = socket->flow;
    if (!flow) {
        return;
    }
    sim_tap_closed(flow);
    if (socket->is_server_end) {
        flow->server_end = NULL;
    } else {
        flow->client_end = NULL;
    }
    socket->flow = NULL;
    if (!flow->client_end && !flow->server_end) {
        destroy_flow(flow);
    }
}

static bool is_internet_address(const struct sockaddr *address, socklen_t len)
{
    return len >= sizeof(struct sockaddr_in) && address->sa_family == AF_INET;
}

static uint16_t free_listen_port(void)
{
    for (int tries = 0; tries < FIRST_CLIENT_PORT - FIRST_LISTEN_PORT; tries++) {
        uint16_t port = next_listen_port++;
        if (next_listen_port == FIRST_CLIENT_PORT) {
            next_listen_port = FIRST_LISTEN_PORT;
        }
        if (!sim_socket_with_port(port, false, NULL)) {
            return port;
        }
    }
    return 0;
}

int sim_socket_bind(struct sim_socket *socket, const struct sockaddr *address, socklen_t len)
{
    struct sockaddr_in wanted;
    if (!is_internet_address(address, len)) {
        return EAFNOSUPPORT;
    }
    if (socket->bound || socket->kind != SOCKET_NEW) {
        return EINVAL;
    }
    sim_memory_copy(&wanted, address, sizeof(wanted));
    if (wanted.sin_port == 0) {
        wanted.sin_port = htons(free_listen_port());
    }
    if (wanted.sin_port == 0 || sim_socket_with_port(ntohs(wanted.sin_port), false, socket)) {
        return EADDRINUSE;
    }
    socket->local = wanted;
    socket->bound = true;
    return 0;
}

int sim_socket_listen(struct sim_socket *socket)
{
    if (socket->kind == SOCKET_LISTENING) {
        return 0;
    }
    if (socket->kind != SOCKET_NEW) {
        return EINVAL;
    }
    if (!socket->bound) {
        socket->local.sin_port = htons(free_listen_port());
        socket->bound = true;
    }
    socket->kind = SOCKET_LISTENING;
    return 0;
}

/* Every pair of client port and live connection is unique. */
static uint16_t free_client_port(void)
{
    for (;;) {
        uint16_t port = next_client_port;
        next_client_port = port == LAST_PORT ? FIRST_CLIENT_PORT : (uint16_t)(port + 1);
        const struct sim_flow *flow = first_flow;
        while (flow && flow->public.client_port != port) {
            flow = flow->next;
        }
        if (!flow) {
            return port;
        }
    }
}

static void queue_for_accept(struct sim_socket *listener, struct sim_socket *socket)
{
    struct sim_socket **link = &listener->accept_first;
    while (*link && (*link)->connected_ns <= socket->connected_ns) {
        link = &(*link)->accept_next;
    }
    socket->accept_next = *link;
    *link = socket;
}

/* The request reaches the port after one latency, and the answer the client after another. */
static void try_connect(struct sim_socket *socket)
{
    struct sim_flow *flow = socket->flow;
    int64_t arrival_ns = sim_world.now_ns + sim_route_latency(flow, SIM_TO_SERVER);
    struct sim_socket *listener = sim_socket_with_port(flow->public.port, true, NULL);
    socket->hangs = false;
    socket->connected_ns = arrival_ns + sim_route_latency(flow, SIM_TO_CLIENT);
    socket->error = 0;
    if (!listener || sim_route_is_refused(flow)) {
        socket->error = ECONNREFUSED;
        sim_poll_notify(socket, socket->connected_ns);
        return;
    }
    struct sim_socket *server_end = sim_socket_create_for(listener->process, SOCKET_CONNECTED);
    server_end->is_server_end = true;
    server_end->flow = flow;
    server_end->local = socket->remote;
    server_end->remote = socket->local;
    server_end->peer = socket;
    server_end->connected_ns = arrival_ns;
    server_end->last_arrival_ns = arrival_ns;
    socket->peer = server_end;
    socket->last_arrival_ns = socket->connected_ns;
    flow->server_end = server_end;
    flow->public.server = listener->process;
    queue_for_accept(listener, server_end);
    sim_memory_release(server_end);
    sim_tap_connected(flow);
    sim_poll_notify(listener, arrival_ns);
    sim_poll_notify(socket, socket->connected_ns);
}

void sim_socket_retry_connect(struct sim_socket *socket)
{
    bool cut = sim_route_is_cut(socket->flow, SIM_TO_SERVER) || sim_route_is_cut(socket->flow, SIM_TO_CLIENT);
    if (!socket->hangs || cut) {
        return;
    }
    if (!socket->peer) {
        try_connect(socket);
        return;
    }
    socket->hangs = false;
    socket->error = 0;
    socket->connected_ns = sim_world.now_ns + sim_route_latency(socket->flow, SIM_TO_CLIENT);
    sim_poll_notify(socket, socket->connected_ns);
}

int sim_socket_connect(struct sim_socket *socket, const struct sockaddr *address, socklen_t len)
{
    if (!is_internet_address(address, len)) {
        return EAFNOSUPPORT;
    }
    if (socket->kind == SOCKET_CONNECTING) {
        return EALREADY;
    }
    if (socket->kind != SOCKET_NEW) {
        return EISCONN;
    }
    sim_memory_copy(&socket->remote, address, sizeof(socket->remote));
    if (!socket->bound) {
        socket->local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socket->local.sin_port = htons(free_client_port());
    }
    socket->kind = SOCKET_CONNECTING;
    struct sim_flow *flow = create_flow(socket, ntohs(socket->remote.sin_port));
    socket->hangs = sim_route_is_cut(flow, SIM_TO_SERVER) || sim_route_is_cut(flow, SIM_TO_CLIENT);
    if (socket->hangs) {
        socket->connected_ns = sim_world.now_ns + CONNECT_TIMEOUT_NS;
        socket->error = ETIMEDOUT;
    } else {
        try_connect(socket);
    }
    if (socket->nonblocking) {
        return EINPROGRESS;
    }
    sim_poll_socket(socket, POLLOUT);
    int error = socket->error;
    socket->error = 0;
    return error;
}

void sim_socket_settle(struct sim_socket *socket)
{
    if (socket->kind == SOCKET_CONNECTING && sim_world.now_ns >= socket->connected_ns) {
        socket->kind = socket->error == 0 ? SOCKET_CONNECTED : SOCKET_FAILED;
        socket->hangs = false;
    }
}

int sim_socket_accept(struct sim_socket *socket, struct sim_socket **accepted)
{
    if (socket->kind != SOCKET_LISTENING) {
        return EINVAL;
    }
    while (!socket->accept_first || socket->accept_first->connected_ns > sim_world.now_ns) {
        if (socket->nonblocking) {
            return EAGAIN;
        }
        sim_poll_socket(socket, POLLIN);
    }
    *accepted = socket->accept_first;
    socket->accept_first = (*accepted)->accept_next;
    (*accepted)->accept_next = NULL;
    sim_memory_acquire(*accepted);
    sim_tap_accepted((*accepted)->flow);
    return 0;
}
