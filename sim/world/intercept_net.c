/* Sockets, pipes, and the calls on descriptors that may be either of them or a real file. */
#include <netinet/in.h>
#include <string.h>

#include "world/clock.h"
#include "world/intercept.h"
#include "world/memory.h"
#include "world/report.h"
#include "world/resolve.h"
#include "world/scheduler.h"
#include "world/socket.h"

#define NS_PER_MS INT64_C(1000000)

/* The socket that a call inside the world is about; a point.  NULL: the descriptor is the system's. */
static struct sim_socket *enter_socket(int descriptor)
{
    if (descriptor < SIM_FIRST_DESCRIPTOR) {
        return NULL;
    }
    sim_scheduler_point();
    struct sim_socket *socket = sim_socket_find(descriptor);
    if (socket) {
        sim_memory_acquire(socket);
    }
    return socket;
}

/* Whether a call of the name on the descriptor is ours; if so `socket` is set, NULL for a closed one. */
#define OURS(name, descriptor) (INSIDE(name) && (descriptor) >= SIM_FIRST_DESCRIPTOR)

static int no_socket(void)
{
    errno = EBADF;
    return -1;
}

static ssize_t size_result(ssize_t result)
{
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

/* ---- making and closing ---- */

static int make_pipe(int descriptors[2], int flags)
{
    struct sim_socket *reader = sim_socket_create(SOCKET_PIPE_READ);
    struct sim_socket *writer = sim_socket_create(SOCKET_PIPE_WRITE);
    reader->peer = writer;
    writer->peer = reader;
    reader->nonblocking = (flags & O_NONBLOCK) != 0;
    writer->nonblocking = reader->nonblocking;
    descriptors[0] = reader->descriptor;
    descriptors[1] = writer->descriptor;
    sim_memory_release(reader);
    sim_memory_release(writer);
    sim_scheduler_point();
    return 0;
}

SIM_INTERCEPT int pipe(int descriptors[2])
{
    if (!INSIDE(pipe)) {
        return REAL(pipe)(descriptors);
    }
    return make_pipe(descriptors, 0);
}

SIM_INTERCEPT int pipe2(int descriptors[2], int flags)
{
    if (!INSIDE(pipe2)) {
        return REAL(pipe2)(descriptors, flags);
    }
    return make_pipe(descriptors, flags);
}

SIM_INTERCEPT int socket(int domain, int type, int protocol)
{
    if (!INSIDE(socket)) {
        return REAL(socket)(domain, type, protocol);
    }
    if (domain == AF_INET6) {
        return sim_intercept_result(EAFNOSUPPORT);
    }
    if (domain != AF_INET || (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM) {
        sim_report_fail(SIM_UNSUPPORTED, "socket(%d, %d, %d): only streams of the internet exist", domain, type,
                        protocol);
    }
    struct sim_socket *created = sim_socket_create(SOCKET_NEW);
    created->nonblocking = (type & SOCK_NONBLOCK) != 0;
    sim_memory_release(created);
    sim_scheduler_point();
    return created->descriptor;
}

SIM_INTERCEPT int close(int descriptor)
{
    if (!OURS(close, descriptor)) {
        return REAL(close)(descriptor);
    }
    struct sim_socket *socket = enter_socket(descriptor);
    if (!socket) {
        return no_socket();
    }
    sim_socket_close(socket, false);
    return 0;
}

SIM_INTERCEPT int shutdown(int descriptor, int how)
{
    if (!OURS(shutdown, descriptor)) {
        return REAL(shutdown)(descriptor, how);
    }
    struct sim_socket *socket = enter_socket(descriptor);
    if (!socket) {
        return no_socket();
    }
    return sim_intercept_result(sim_socket_shutdown(socket, how != SHUT_WR, how != SHUT_RD));
}

static int control(int descriptor, int command, long argument)
{
    struct sim_socket *socket = enter_socket(descriptor);
    if (!socket) {
        return no_socket();
    }
    switch (command) {
    case F_GETFL:
        return O_RDWR | (socket->nonblocking ? O_NONBLOCK : 0);
    case F_SETFL:
        socket->nonblocking = (argument & O_NONBLOCK) != 0;
        return 0;
    case F_GETFD:
    case F_SETFD:
        return 0;
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
        return SIM_PIPE_BYTES;
    default:
        sim_report_fail(SIM_UNSUPPORTED, "fcntl(%d, %d) on a virtual socket", descriptor, command);
    }
}

SIM_INTERCEPT int fcntl(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    return OURS(fcntl, descriptor) ? control(descriptor, command, argument)
                                   : REAL(fcntl)(descriptor, command, argument);
}

SIM_INTERCEPT int fcntl64(int descriptor, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    return OURS(fcntl64, descriptor) ? control(descriptor, command, argument)
                                     : REAL(fcntl64)(descriptor, command, argument);
}

/* ---- connections ---- */

SIM_INTERCEPT int bind(int descriptor, __CONST_SOCKADDR_ARG address, socklen_t len)
{
    if (!OURS(bind, descriptor)) {
        return REAL(bind)(descriptor, address, len);
    }
    struct sim_socket *socket = enter_socket(descriptor);
    return socket ? sim_intercept_result(sim_socket_bind(socket, address.__sockaddr__, len)) : no_socket();
}

SIM_INTERCEPT int listen(int descriptor, int backlog)
{
    if (!OURS(listen, descriptor)) {
        return REAL(listen)(descriptor, backlog);
    }
    struct sim_socket *socket = enter_socket(descriptor);
    return socket ? sim_intercept_result(sim_socket_listen(socket)) : no_socket();
}

SIM_INTERCEPT int connect(int descriptor, __CONST_SOCKADDR_ARG address, socklen_t len)
{
    if (!OURS(connect, descriptor)) {
        return REAL(connect)(descriptor, address, len);
    }
    struct sim_socket *socket = enter_socket(descriptor);
    return socket ? sim_intercept_result(sim_socket_connect(socket, address.__sockaddr__, len)) : no_socket();
}

static void give_address(const struct sockaddr_in *from, struct sockaddr *to, socklen_t *len)
{
    if (to && len) {
        size_t room = *len < sizeof(*from) ? *len : sizeof(*from);
        sim_memory_copy(to, from, room);
        *len = sizeof(*from);
    }
}

static int accept_one(int descriptor, struct sockaddr *address, socklen_t *len, int flags)
{
    struct sim_socket *accepted;
    struct sim_socket *socket = enter_socket(descriptor);
    if (!socket) {
        return no_socket();
    }
    int error = sim_socket_accept(socket, &accepted);
    if (error != 0) {
        return sim_intercept_result(error);
    }
    accepted->nonblocking = (flags & SOCK_NONBLOCK) != 0;
    give_address(&accepted->remote, address, len);
    return accepted->descriptor;
}

SIM_INTERCEPT int accept(int descriptor, __SOCKADDR_ARG address, socklen_t *restrict len)
{
    if (!OURS(accept, descriptor)) {
        return REAL(accept)(descriptor, address, len);
    }
    return accept_one(descriptor, address.__sockaddr__, len, 0);
}

SIM_INTERCEPT int accept4(int descriptor, __SOCKADDR_ARG address, socklen_t *restrict len, int flags)
{
    if (!OURS(accept4, descriptor)) {
        return REAL(accept4)(descriptor, address, len, flags);
    }
    return accept_one(descriptor, address.__sockaddr__, len, flags);
}

SIM_INTERCEPT int getsockname(int descriptor, __SOCKADDR_ARG address, socklen_t *restrict len)
{
    if (!OURS(getsockname, descriptor)) {
        return REAL(getsockname)(descriptor, address, len);
    }
    struct sim_socket *socket = enter_socket(descriptor);
    if (!socket) {
        return no_socket();
    }
    give_address(&socket->local, address.__sockaddr__, len);
    return 0;
}

SIM_INTERCEPT int getpeername(int descriptor, __SOCKADDR_ARG address, socklen_t *restrict len)
{
    if (!OURS(getpeername, descriptor)) {
        return REAL(getpeername)(descriptor, address, len);
    }
    struct sim_socket *socket = enter_socket(descriptor);
    if (!socket) {
        return no_socket();
    }
    sim_socket_settle(socket);
    if (socket->kind != SOCKET_CONNECTED) {
        return sim_intercept_result(ENOTCONN);
    }
    give_address(&socket->remote, address.__sockaddr__, len);
    return 0;
}

static int take_error(struct sim_socket *socket)
{
    sim_socket_settle(socket);
    if (socket->kind == SOCKET_CONNECTING) {
        return 0;
    }
    int error = socket->error;
    socket->error = 0;
    if (error == 0 && socket->reset_ns <= sim_world.now_ns && !socket->reset_told) {
        socket->reset_told = true;
        error = ECONNRESET;
    }
    return error;
}

SIM_INTERCEPT int getsockopt(int descriptor, int level, int option, void *restrict value, socklen_t *restrict len)
{
    if (!OURS(getsockopt, descriptor)) {
        return REAL(getsockopt)(descriptor, level, option, value, len);
    }
    struct sim_socket *socket = enter_socket(descriptor);
    if (!socket) {
        return no_socket();
    }
    int result = 0;
    if (level == SOL_SOCKET && option == SO_ERROR) {
        result = take_error(socket);
    } else if (level == SOL_SOCKET && option == SO_TYPE) {
        result = SOCK_STREAM;
    } else if (level == SOL_SOCKET && (option == SO_RCVBUF || option == SO_SNDBUF)) {
        result = SIM_SOCKET_BYTES;
    }
    size_t room = *len < sizeof(result) ? *len : sizeof(result);
    sim_memory_copy(value, &result, room);
    *len = (socklen_t)room;
    return 0;
}

SIM_INTERCEPT int setsockopt(int descriptor, int level, int option, const void *value, socklen_t len)
{
    if (!OURS(setsockopt, descriptor)) {
        return REAL(setsockopt)(descriptor, level, option, value, len);
    }
    return enter_socket(descriptor) ? 0 : no_socket();
}

/* ---- bytes ---- */

static ssize_t send_parts(int descriptor, const struct iovec *parts, size_t count, int flags)
{
    struct sim_socket *socket = enter_socket(descriptor);
    if (!socket) {
        return no_socket();
    }
    bool wait = !socket->nonblocking && (flags & MSG_DONTWAIT) == 0;
    return size_result(sim_socket_send(socket, parts, count, wait));
}

static ssize_t receive_parts(int descriptor, const struct iovec *parts, size_t count, int flags)
{
    struct sim_socket *socket = enter_socket(descriptor);
    if (!socket) {
        return no_socket();
    }
    bool wait = !socket->nonblocking && (flags & MSG_DONTWAIT) == 0;
    return size_result(sim_socket_receive(socket, parts, count, wait, (flags & MSG_PEEK) != 0));
}

static ssize_t send_bytes(int descriptor, const void *bytes, size_t len, int flags)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    return send_parts(descriptor, &part, 1, flags);
}

static ssize_t receive_bytes(int descriptor, void *bytes, size_t len, int flags)
{
    struct iovec part = {.iov_base = bytes, .iov_len = len};
    return receive_parts(descriptor, &part, 1, flags);
}

SIM_INTERCEPT ssize_t read(int descriptor, void *bytes, size_t len)
{
    return OURS(read, descriptor) ? receive_bytes(descriptor, bytes, len, 0) : REAL(read)(descriptor, bytes, len);
}

SIM_INTERCEPT ssize_t __read_chk(int descriptor, void *bytes, size_t len, size_t size)
{
    return OURS(__read_chk, descriptor) ? receive_bytes(descriptor, bytes, len, 0)
                                        : REAL(__read_chk)(descriptor, bytes, len, size);
}

SIM_INTERCEPT ssize_t write(int descriptor, const void *bytes, size_t len)
{
    return OURS(write, descriptor) ? send_bytes(descriptor, bytes, len, 0) : REAL(write)(descriptor, bytes, len);
}

SIM_INTERCEPT ssize_t readv(int descriptor, const struct iovec *parts, int count)
{
    return OURS(readv, descriptor) ? receive_parts(descriptor, parts, (size_t)count, 0)
                                   : REAL(readv)(descriptor, parts, count);
}

SIM_INTERCEPT ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    return OURS(writev, descriptor) ? send_parts(descriptor, parts, (size_t)count, 0)
                                    : REAL(writev)(descriptor, parts, count);
}

SIM_INTERCEPT ssize_t send(int descriptor, const void *bytes, size_t len, int flags)
{
    return OURS(send, descriptor) ? send_bytes(descriptor, bytes, len, flags)
                                  : REAL(send)(descriptor, bytes, len, flags);
}

SIM_INTERCEPT ssize_t recv(int descriptor, void *bytes, size_t len, int flags)
{
    return OURS(recv, descriptor) ? receive_bytes(descriptor, bytes, len, flags)
                                  : REAL(recv)(descriptor, bytes, len, flags);
}

SIM_INTERCEPT ssize_t __recv_chk(int descriptor, void *bytes, size_t len, size_t size, int flags)
{
    return OURS(__recv_chk, descriptor) ? receive_bytes(descriptor, bytes, len, flags)
                                        : REAL(__recv_chk)(descriptor, bytes, len, size, flags);
}

SIM_INTERCEPT ssize_t sendto(int descriptor, const void *bytes, size_t len, int flags, __CONST_SOCKADDR_ARG address,
                             socklen_t address_len)
{
    return OURS(sendto, descriptor) ? send_bytes(descriptor, bytes, len, flags)
                                    : REAL(sendto)(descriptor, bytes, len, flags, address, address_len);
}

SIM_INTERCEPT ssize_t recvfrom(int descriptor, void *restrict bytes, size_t len, int flags, __SOCKADDR_ARG address,
                               socklen_t *restrict address_len)
{
    return OURS(recvfrom, descriptor) ? receive_bytes(descriptor, bytes, len, flags)
                                      : REAL(recvfrom)(descriptor, bytes, len, flags, address, address_len);
}

SIM_INTERCEPT ssize_t __recvfrom_chk(int descriptor, void *restrict bytes, size_t len, size_t size, int flags,
                                     struct sockaddr *restrict address, socklen_t *restrict address_len)
{
    return OURS(__recvfrom_chk, descriptor)
               ? receive_bytes(descriptor, bytes, len, flags)
               : REAL(__recvfrom_chk)(descriptor, bytes, len, size, flags, address, address_len);
}

SIM_INTERCEPT ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    return OURS(sendmsg, descriptor) ? send_parts(descriptor, message->msg_iov, message->msg_iovlen, flags)
                                     : REAL(sendmsg)(descriptor, message, flags);
}

SIM_INTERCEPT ssize_t recvmsg(int descriptor, struct msghdr *message, int flags)
{
    return OURS(recvmsg, descriptor) ? receive_parts(descriptor, message->msg_iov, message->msg_iovlen, flags)
                                     : REAL(recvmsg)(descriptor, message, flags);
}

/* ---- poll ---- */

static int poll_until(struct pollfd *descriptors, nfds_t count, int64_t timeout_ns)
{
    sim_scheduler_point();
    return sim_poll(descriptors, count, sim_clock_after(timeout_ns));
}

static int64_t timeout_of(int ms)
{
    return ms < 0 ? -1 : (int64_t)ms * NS_PER_MS;
}

SIM_INTERCEPT int poll(struct pollfd *descriptors, nfds_t count, int timeout_ms)
{
    return INSIDE(poll) ? poll_until(descriptors, count, timeout_of(timeout_ms))
                        : REAL(poll)(descriptors, count, timeout_ms);
}

SIM_INTERCEPT int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout_ms, size_t size)
{
    return INSIDE(__poll_chk) ? poll_until(descriptors, count, timeout_of(timeout_ms))
                              : REAL(__poll_chk)(descriptors, count, timeout_ms, size);
}

SIM_INTERCEPT int ppoll(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    return INSIDE(ppoll) ? poll_until(descriptors, count, timeout ? sim_clock_ns(timeout) : -1)
                         : REAL(ppoll)(descriptors, count, timeout, mask);
}

SIM_INTERCEPT int __ppoll_chk(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout,
                              const sigset_t *mask, size_t size)
{
    return INSIDE(__ppoll_chk) ? poll_until(descriptors, count, timeout ? sim_clock_ns(timeout) : -1)
                               : REAL(__ppoll_chk)(descriptors, count, timeout, mask, size);
}

/* ---- names ---- */

SIM_INTERCEPT int getaddrinfo(const char *restrict host, const char *restrict service,
                              const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
    if (!INSIDE(getaddrinfo)) {
        return REAL(getaddrinfo)(host, service, hints, result);
    }
    sim_scheduler_point();
    return sim_resolve(host, service, hints, result);
}

SIM_INTERCEPT void freeaddrinfo(struct addrinfo *result)
{
    if (!INSIDE(freeaddrinfo)) {
        REAL(freeaddrinfo)(result);
        return;
    }
    sim_resolve_free(result);
}
