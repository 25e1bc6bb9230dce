#include "world/socket.h"

#include "world/memory.h"
#include "world/process.h"
#include "world/report.h"
#include "world/scheduler.h"

static struct sim_socket *table[SIM_DESCRIPTORS_MAX];
static size_t lowest_free; /* nothing below is free */
static size_t table_end;   /* nothing from here on was ever used */
static size_t open_count;
static uint64_t last_number;

struct sim_socket *sim_socket_find(int descriptor)
{
    int index = descriptor - SIM_FIRST_DESCRIPTOR;
    return index >= 0 && (size_t)index < table_end ? table[index] : NULL;
}

struct sim_socket *sim_socket_create_for(struct sim_process *process, enum sim_socket_kind kind)
{
    size_t index = lowest_free;
    while (index < table_end && table[index]) {
        index++;
    }
    if (index == SIM_DESCRIPTORS_MAX) {
        sim_report_fail(SIM_MISUSE, "more than %d open sockets and pipes", SIM_DESCRIPTORS_MAX);
    }
    lowest_free = index + 1;
    table_end = index + 1 > table_end ? index + 1 : table_end;
    struct sim_socket *socket = sim_memory_get(sizeof(*socket));
    socket->descriptor = SIM_FIRST_DESCRIPTOR + (int)index;
    socket->number = ++last_number;
    socket->kind = kind;
    socket->process = process;
    socket->end_ns = SIM_NEVER;
    socket->reset_ns = SIM_NEVER;
    socket->local.sin_family = AF_INET;
    socket->remote.sin_family = AF_INET;
    table[index] = socket;
    open_count++;
    process->descriptors++;
    return socket;
}

struct sim_socket *sim_socket_create(enum sim_socket_kind kind)
{
    return sim_socket_create_for(sim_world.current->process, kind);
}

void sim_socket_drop_queue(struct sim_socket *socket)
{
    while (socket->first) {
        struct sim_segment *segment = socket->first;
        socket->first = segment->next;
        sim_memory_put(segment, sizeof(*segment) + segment->size);
    }
    socket->last = NULL;
    socket->queued = 0;
}

static void close_accept_queue(struct sim_socket *listener)
{
    while (listener->accept_first) {
        struct sim_socket *queued = listener->accept_first;
        listener->accept_first = queued->accept_next;
        sim_socket_close(queued, true);
    }
}

/* A connection that is not accepted yet leaves the queue of its listener. */
static void leave_accept_queue(struct sim_socket *socket)
{
    struct sim_socket *listener = sim_socket_with_port(ntohs(socket->local.sin_port), true, NULL);
    struct sim_socket **link = listener ? &listener->accept_first : NULL;
    while (link && *link && *link != socket) {
        link = &(*link)->accept_next;
    }
    if (link && *link) {
        *link = socket->accept_next;
    }
}

static void leave_peer(struct sim_socket *socket, bool reset)
{
    struct sim_socket *peer = socket->peer;
    bool unread = socket->first && socket->first->arrival_ns <= sim_world.now_ns;
    if (!peer) {
        return;
    }
    if (!sim_socket_is_pipe(socket) && (reset || unread)) {
        sim_socket_send_reset(socket);
    } else {
        sim_socket_send_end(socket);
    }
    peer->peer = NULL;
    sim_poll_notify(peer, sim_world.now_ns);
}

void sim_socket_close(struct sim_socket *socket, bool reset)
{
    sim_memory_acquire(socket);
    close_accept_queue(socket);
    if (socket->is_server_end) {
        leave_accept_queue(socket);
    }
    leave_peer(socket, reset);
    sim_flow_leave(socket);
    sim_socket_drop_queue(socket);
    sim_poll_forget(socket);
    size_t index = (size_t)(socket->descriptor - SIM_FIRST_DESCRIPTOR);
    table[index] = NULL;
    lowest_free = index < lowest_free ? index : lowest_free;
    open_count--;
    socket->process->descriptors--;
    sim_memory_release(&table[index]); /* who gets the descriptor next comes after this */
    sim_memory_put(socket, sizeof(*socket));
}

void sim_sockets_close_all(struct sim_process *process, bool reset)
{
    for (size_t i = 0; i < table_end; i++) {
        /* Closing a listener closes others, so each is looked at anew. */
        if (table[i] && table[i]->process == process) {
            sim_socket_close(table[i], reset);
        }
    }
}

struct sim_socket *sim_socket_with_port(uint16_t port, bool listening, const struct sim_socket *but)
{
    for (size_t i = 0; i < table_end; i++) {
        struct sim_socket *socket = table[i];
        if (socket && socket != but && socket->bound && ntohs(socket->local.sin_port) == port &&
            (!listening || socket->kind == SOCKET_LISTENING)) {
            return socket;
        }
    }
    return NULL;
}

size_t sim_sockets_open(void)
{
    return open_count;
}
