/*
 * Sockets and pipes: queues of bytes in memory, each piece with the time at which it arrives.  Descriptors start above
 * any that the system gives out, so that real files and virtual sockets live side by side.
 */
#ifndef SIM_WORLD_SOCKET_H
#define SIM_WORLD_SOCKET_H

#include <netinet/in.h>
#include <poll.h>
#include <sys/uio.h>

#include "world/state.h"

enum { SIM_FIRST_DESCRIPTOR = 1000000, SIM_DESCRIPTORS_MAX = 65536 };

/* What a socket or pipe holds of unread bytes, those under way included. */
enum { SIM_SOCKET_BYTES = 1 << 20, SIM_PIPE_BYTES = 1 << 16 };

enum sim_socket_kind {
    SOCKET_NEW,
    SOCKET_LISTENING,
    SOCKET_CONNECTING,
    SOCKET_CONNECTED,
    SOCKET_FAILED, /* its connect failed */
    SOCKET_PIPE_READ,
    SOCKET_PIPE_WRITE
};

struct sim_segment {
    struct sim_segment *next;
    int64_t arrival_ns; /* SIM_NEVER: held by a cut */
    size_t offset;      /* of what is not read yet */
    size_t len;
    size_t size; /* of `bytes`, as allocated */
    unsigned char bytes[];
};

/* One thread that polls one socket. */
struct sim_poll_node {
    struct sim_thread *thread;
    struct sim_socket *socket; /* NULL: closed meanwhile */
    struct sim_poll_node *next;
    struct sim_poll_node *previous;
};

/* Both ends of a connection know it; it goes with the last of them. */
struct sim_flow {
    struct sim_connection public;
    struct sim_socket *client_end; /* NULL: closed */
    struct sim_socket *server_end; /* NULL: closed, or the connect is under way */
    bool closed_told;
    struct sim_flow *next; /* in the order of connects */
    struct sim_flow *previous;
};

struct sim_socket {
    int descriptor;
    uint64_t number; /* counts up, never used again */
    enum sim_socket_kind kind;
    bool nonblocking;
    bool bound;
    struct sim_process *process;
    struct sockaddr_in local;
    struct sockaddr_in remote;

    struct sim_flow *flow; /* NULL: a pipe, or not connected */
    struct sim_socket *peer;
    bool is_server_end;

    /* what comes in */
    struct sim_segment *first;
    struct sim_segment *last;
    size_t queued;
    int64_t last_arrival_ns;
    int64_t end_ns;   /* when the other side's end arrives */
    int64_t reset_ns; /* when its reset arrives */
    bool end_held;
    bool reset_held;
    bool reset_told;
    bool read_shut;

    /* what goes out */
    bool write_shut;
    int64_t link_free_ns; /* a slow link is busy until then */

    /* a connect */
    int64_t connected_ns; /* when it is over; at the server's end: when it arrives */
    int error;            /* how it went, until told */
    bool hangs;           /* held by a cut */

    struct sim_socket *accept_first; /* of a listener, by arrival */
    struct sim_socket *accept_next;

    struct sim_poll_node *pollers;
};

/* ---- the table ---- */

struct sim_socket *sim_socket_find(int descriptor);              /* NULL: none */
struct sim_socket *sim_socket_create(enum sim_socket_kind kind); /* of the current process */
struct sim_socket *sim_socket_create_for(struct sim_process *process, enum sim_socket_kind kind);
void sim_socket_close(struct sim_socket *socket, bool reset);
/* All of a process that ends. */
void sim_sockets_close_all(struct sim_process *process, bool reset);
/* The socket that listens on or is bound to `port` (host order) other than `but`.  NULL: none. */
struct sim_socket *sim_socket_with_port(uint16_t port, bool listening, const struct sim_socket *but);
size_t sim_sockets_open(void);
/* All connections, oldest first. */
struct sim_flow *sim_flows_first(void);

static inline bool sim_socket_is_pipe(const struct sim_socket *socket)
{
    return socket->kind == SOCKET_PIPE_READ || socket->kind == SOCKET_PIPE_WRITE;
}

/* ---- connections: results are 0 or an errno; blocking ones wait ---- */

int sim_socket_bind(struct sim_socket *socket, const struct sockaddr *address, socklen_t len);
int sim_socket_listen(struct sim_socket *socket);
int sim_socket_connect(struct sim_socket *socket, const struct sockaddr *address, socklen_t len);
int sim_socket_accept(struct sim_socket *socket, struct sim_socket **accepted);
/* Try again what hung. */
void sim_socket_retry_connect(struct sim_socket *socket);
/* A connect whose time has come is over. */
void sim_socket_settle(struct sim_socket *socket);
void sim_flow_leave(struct sim_socket *socket);

/* ---- bytes ---- */

/* Bytes taken or given, or a negative errno. */
ssize_t sim_socket_send(struct sim_socket *socket, const struct iovec *parts, size_t count, bool wait);
ssize_t sim_socket_receive(struct sim_socket *socket, const struct iovec *parts, size_t count, bool wait, bool peek);
int sim_socket_shutdown(struct sim_socket *socket, bool reading, bool writing);
/* The other end learns of an end or a reset, in the order of the bytes. */
void sim_socket_send_end(struct sim_socket *socket);
void sim_socket_send_reset(struct sim_socket *socket);
void sim_socket_drop_queue(struct sim_socket *socket);

/* ---- waiting ---- */

int sim_poll(struct pollfd *descriptors, nfds_t count, int64_t deadline_ns);
/* Until `events` (or an error) can be had. */
void sim_poll_socket(struct sim_socket *socket, short events);
/* Something arrives at `socket` at this time, which may be now. */
void sim_poll_notify(struct sim_socket *socket, int64_t arrival_ns);
void sim_poll_forget(struct sim_socket *socket);

/* ---- routes (route.c) ---- */

void sim_routes_start(void);
/* How long a send takes from now, drawn anew. */
int64_t sim_route_latency(const struct sim_flow *flow, enum sim_direction direction);
int64_t sim_route_bytes_per_second(const struct sim_flow *flow, enum sim_direction direction);
bool sim_route_is_cut(const struct sim_flow *flow, enum sim_direction direction);
bool sim_route_is_refused(const struct sim_flow *flow);
/* True once for a truncation that was asked for. */
bool sim_route_take_truncation(const struct sim_flow *flow, enum sim_direction direction, size_t *bytes);

/* ---- taps (tap.c) ---- */

void sim_tap_connected(struct sim_flow *flow);
void sim_tap_accepted(struct sim_flow *flow);
void sim_tap_read(struct sim_flow *flow, const void *bytes, size_t len);
void sim_tap_written(struct sim_flow *flow, const void *bytes, size_t len);
void sim_tap_closed(struct sim_flow *flow);

#endif
