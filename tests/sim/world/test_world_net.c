#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "sockets.h"

static void body_pipe(void)
{
    int ends[2];
    char bytes[8];
    struct pollfd poller;
    CHECK(pipe(ends) == 0);
    poller = (struct pollfd){.fd = ends[0], .events = POLLIN};
    CHECK(poll(&poller, 1, 0) == 0);
    CHECK(write(ends[1], "hello", 5) == 5);
    CHECK(poll(&poller, 1, 0) == 1 && poller.revents == POLLIN);
    CHECK(read(ends[0], bytes, 3) == 3 && memcmp(bytes, "hel", 3) == 0);
    CHECK(read(ends[0], bytes, 8) == 2 && memcmp(bytes, "lo", 2) == 0);
    CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    CHECK(read(ends[0], bytes, 8) == -1 && errno == EAGAIN);
    CHECK(close(ends[1]) == 0);
    CHECK(poll(&poller, 1, -1) == 1 && (poller.revents & POLLHUP));
    CHECK(read(ends[0], bytes, 8) == 0);
    CHECK(close(ends[0]) == 0);
    CHECK(close(ends[0]) == -1 && errno == EBADF);
    CHECK(pipe2(ends, O_NONBLOCK) == 0);
    CHECK(close(ends[0]) == 0);
    CHECK(write(ends[1], "x", 1) == -1 && errno == EPIPE);
    CHECK(close(ends[1]) == 0);
}

static void pipe_carries_bytes_and_its_ends(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_pipe, &outcome);
    assert_int_equal(outcome.summary.descriptors_open, 0);
}

static void *drain_slowly(void *argument)
{
    static char bytes[1 << 16];
    int descriptor = *(int *)argument;
    size_t total = 0;
    ssize_t len;
    sim_sleep_until(sim_now() + S);
    while ((len = read(descriptor, bytes, sizeof(bytes))) > 0) {
        total += (size_t)len;
    }
    CHECK(total == 200000);
    return NULL;
}

static void body_full_pipe(void)
{
    static char bytes[200000];
    int ends[2];
    pthread_t reader;
    size_t sent = 0;
    CHECK(pipe(ends) == 0);
    pthread_create(&reader, NULL, drain_slowly, &ends[0]);
    while (sent < sizeof(bytes)) {
        ssize_t len = write(ends[1], bytes + sent, sizeof(bytes) - sent);
        CHECK(len > 0 && len <= 65536);
        sent += (size_t)len;
    }
    CHECK(sim_now() >= S);
    close(ends[1]);
    pthread_join(reader, NULL);
    close(ends[0]);
}

static void full_pipe_makes_its_writer_wait(void **state)
{
    (void)state;
    harness_expect_success(body_full_pipe, NULL);
}

static void body_poll(void)
{
    int ends[2];
    CHECK(pipe(ends) == 0);
    struct pollfd pollers[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = -1}};
    struct timespec timeout = {.tv_nsec = 77};
    int64_t started_ns = sim_now();
    CHECK(poll(pollers, 2, 250) == 0);
    CHECK(sim_now() == started_ns + 250 * MS + POINT);
    started_ns = sim_now();
    CHECK(ppoll(pollers, 2, &timeout, NULL) == 0);
    CHECK(sim_now() == started_ns + 77 + POINT);
    pollers[1] = (struct pollfd){.fd = 1000777, .events = POLLIN};
    CHECK(poll(pollers, 2, -1) == 1 && pollers[1].revents == POLLNVAL);
}

static void poll_times_out_exactly(void **state)
{
    (void)state;
    harness_expect_success(body_poll, NULL);
}

static void body_connect(void)
{
    struct pair pair = sockets_pair(PORT);
    struct sockaddr_in address;
    socklen_t len = sizeof(address);
    char bytes[16];
    CHECK(getsockname(pair.client, (struct sockaddr *)&address, &len) == 0);
    CHECK(ntohs(address.sin_port) == 50000);
    len = sizeof(address);
    CHECK(getpeername(pair.client, (struct sockaddr *)&address, &len) == 0);
    CHECK(ntohs(address.sin_port) == PORT);
    len = sizeof(address);
    CHECK(getpeername(pair.server, (struct sockaddr *)&address, &len) == 0);
    CHECK(ntohs(address.sin_port) == 50000);
    struct iovec parts[2] = {{.iov_base = "ab", .iov_len = 2}, {.iov_base = "cde", .iov_len = 3}};
    int64_t sent_ns = sim_now();
    CHECK(writev(pair.client, parts, 2) == 5);
    CHECK(recv(pair.server, bytes, 2, MSG_PEEK) == 2 && memcmp(bytes, "ab", 2) == 0);
    CHECK(sim_now() >= sent_ns + 500000 && sim_now() <= sent_ns + 802000);
    CHECK(recv(pair.server, bytes, sizeof(bytes), 0) == 5 && memcmp(bytes, "abcde", 5) == 0);
    CHECK(recv(pair.server, bytes, sizeof(bytes), MSG_DONTWAIT) == -1 && errno == EAGAIN);
    CHECK(send(pair.server, "back", 4, 0) == 4);
    struct iovec into[2] = {{.iov_base = bytes, .iov_len = 3}, {.iov_base = bytes + 8, .iov_len = 8}};
    CHECK(readv(pair.client, into, 2) == 4 && memcmp(bytes, "bac", 3) == 0 && bytes[8] == 'k');
    sockets_close(&pair);
}

static void connection_carries_bytes_both_ways_with_latency(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_connect, &outcome);
    assert_int_equal(outcome.summary.descriptors_open, 0);
    assert_int_equal(outcome.summary.bytes, 9);
}

static void body_order(void)
{
    struct pair pair = sockets_pair(PORT);
    unsigned char got[64];
    for (unsigned char i = 0; i < 200; i++) {
        CHECK(send(pair.client, &i, 1, 0) == 1);
    }
    for (unsigned char next = 0; next < 200;) {
        ssize_t len = recv(pair.server, got, sizeof(got), 0);
        CHECK(len > 0);
        for (ssize_t i = 0; i < len; i++) {
            CHECK(got[i] == next++);
        }
    }
    sockets_close(&pair);
}

static void bytes_arrive_in_order_whatever_the_jitter(void **state)
{
    (void)state;
    harness_expect_success(body_order, NULL);
}

static void body_refused(void)
{
    struct sockaddr_in address = sockets_address(PORT);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int error;
    socklen_t len = sizeof(error);
    struct pollfd poller = {.fd = client, .events = POLLOUT};
    CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == -1 && errno == EINPROGRESS);
    CHECK(poll(&poller, 1, 0) == 0);
    CHECK(poll(&poller, 1, -1) == 1 && poller.revents == (POLLOUT | POLLERR | POLLHUP));
    CHECK(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == ECONNREFUSED);
    CHECK(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0);
    close(client);
    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == -1 && errno == ECONNREFUSED);
    close(client);
}

static void connect_without_listener_is_refused(void **state)
{
    (void)state;
    harness_expect_success(body_refused, NULL);
}

static void body_end(void)
{
    struct pair pair = sockets_pair(PORT);
    char bytes[8];
    CHECK(send(pair.client, "last", 4, 0) == 4);
    CHECK(shutdown(pair.client, SHUT_WR) == 0);
    CHECK(send(pair.client, "more", 4, 0) == -1 && errno == EPIPE);
    CHECK(recv(pair.server, bytes, sizeof(bytes), 0) == 4);
    CHECK(recv(pair.server, bytes, sizeof(bytes), 0) == 0);
    CHECK(send(pair.server, "still", 5, 0) == 5);
    CHECK(recv(pair.client, bytes, sizeof(bytes), 0) == 5);
    close(pair.server);
    CHECK(recv(pair.client, bytes, sizeof(bytes), 0) == 0);
    close(pair.client);
    close(pair.listener);
}

static void shutdown_sends_an_end_behind_the_bytes(void **state)
{
    (void)state;
    harness_expect_success(body_end, NULL);
}

static void body_reset(void)
{
    struct pair pair = sockets_pair(PORT);
    char bytes[8];
    int error;
    socklen_t len = sizeof(error);
    struct pollfd poller = {.fd = pair.client, .events = POLLIN};
    CHECK(send(pair.client, "unread", 6, 0) == 6);
    sim_sleep_until(sim_now() + 10 * MS);
    close(pair.server);
    CHECK(poll(&poller, 1, -1) == 1);
    CHECK(poller.revents == (POLLIN | POLLERR | POLLHUP));
    CHECK(recv(pair.client, bytes, sizeof(bytes), 0) == -1 && errno == ECONNRESET);
    CHECK(send(pair.client, "x", 1, 0) == -1 && errno == EPIPE);
    CHECK(getsockopt(pair.client, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0);
    close(pair.client);
    close(pair.listener);
}

static void close_with_unread_bytes_resets(void **state)
{
    (void)state;
    harness_expect_success(body_reset, NULL);
}

static void body_void(void)
{
    struct pair pair = sockets_pair(PORT);
    char byte;
    close(pair.server);
    CHECK(recv(pair.client, &byte, 1, 0) == 0);
    CHECK(send(pair.client, "x", 1, 0) == 1);
    sim_sleep_until(sim_now() + 10 * MS);
    CHECK(send(pair.client, "x", 1, 0) == -1 && errno == ECONNRESET);
    close(pair.client);
    close(pair.listener);
}

static void send_to_a_closed_end_is_answered_by_a_reset(void **state)
{
    (void)state;
    harness_expect_success(body_void, NULL);
}

static void body_ports(void)
{
    struct sockaddr_in any = sockets_address(0);
    socklen_t len = sizeof(any);
    int first = socket(AF_INET, SOCK_STREAM, 0);
    int second = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(first, (struct sockaddr *)&any, sizeof(any)) == 0);
    CHECK(getsockname(first, (struct sockaddr *)&any, &len) == 0 && ntohs(any.sin_port) == 40000);
    CHECK(bind(second, (struct sockaddr *)&any, sizeof(any)) == -1 && errno == EADDRINUSE);
    close(first);
    CHECK(bind(second, (struct sockaddr *)&any, sizeof(any)) == 0);
    close(second);
    CHECK(socket(AF_INET6, SOCK_STREAM, 0) == -1 && errno == EAFNOSUPPORT);
}

static void port_can_be_bound_again_right_after_close(void **state)
{
    (void)state;
    harness_expect_success(body_ports, NULL);
}

static void body_closed_listener(void)
{
    struct sockaddr_in address = sockets_address(PORT);
    int listener = sockets_listen(PORT);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    char byte;
    CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
    close(listener);
    CHECK(recv(client, &byte, 1, 0) == -1 && errno == ECONNRESET);
    close(client);
}

static void connection_that_waits_to_be_accepted_is_reset_with_its_listener(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_closed_listener, &outcome);
    assert_int_equal(outcome.summary.descriptors_open, 0);
}

static void *close_later(void *descriptor)
{
    sim_sleep_until(sim_now() + 50 * MS);
    close(*(int *)descriptor);
    return NULL;
}

static void body_close_under_poll(void)
{
    int ends[2];
    pthread_t closer;
    CHECK(pipe(ends) == 0);
    struct pollfd poller = {.fd = ends[0], .events = POLLIN};
    pthread_create(&closer, NULL, close_later, &ends[0]);
    CHECK(poll(&poller, 1, -1) == 1 && poller.revents == POLLNVAL);
    pthread_join(closer, NULL);
    close(ends[1]);
}

static void poll_survives_the_close_of_what_it_polls(void **state)
{
    (void)state;
    harness_expect_success(body_close_under_poll, NULL);
}

static int resolve(const char *host, const char *service)
{
    struct addrinfo *result;
    int error = getaddrinfo(host, service, NULL, &result);
    if (error == 0) {
        const struct sockaddr_in *address = (const void *)result->ai_addr;
        CHECK(result->ai_family == AF_INET && result->ai_socktype == SOCK_STREAM);
        CHECK(!service || ntohs(address->sin_port) == 9092);
        freeaddrinfo(result);
    }
    return error;
}

static void body_names(void)
{
    sim_process_create(&(struct sim_process_options){.name = "s1", .host_name = "node.example"});
    sim_net_add_host("broker-1");
    CHECK(resolve("localhost", "9092") == 0);
    CHECK(resolve("127.0.0.1", NULL) == 0);
    CHECK(resolve("node.example", "9092") == 0);
    CHECK(resolve("broker-1", "9092") == 0);
    CHECK(resolve("elsewhere", "9092") == EAI_NONAME);
    CHECK(resolve("localhost", "kafka") == EAI_SERVICE);
}

static void host_names_of_the_world_resolve_and_no_others(void **state)
{
    (void)state;
    harness_expect_success(body_names, NULL);
}

static int told[5];
static char read_text[16];
static char written_text[16];

static void on_connected(struct sim_connection *connection, void *owner)
{
    CHECK(owner == told && connection->port == PORT && connection->client_port == 50000 && connection->id == 1);
    CHECK(connection->client == sim_process_world() && connection->server == sim_process_world());
    connection->tag = told;
    told[0]++;
}

static void on_accepted(struct sim_connection *connection, void *owner)
{
    (void)owner;
    CHECK(connection->tag == told);
    told[1]++;
}

static void on_read(struct sim_connection *connection, const void *bytes, size_t len, void *owner)
{
    (void)connection;
    (void)owner;
    memcpy(read_text + told[2], bytes, len);
    told[2] += (int)len;
}

static void on_written(struct sim_connection *connection, const void *bytes, size_t len, void *owner)
{
    (void)connection;
    (void)owner;
    memcpy(written_text + told[3], bytes, len);
    told[3] += (int)len;
}

static void on_closed(struct sim_connection *connection, void *owner)
{
    (void)connection;
    (void)owner;
    told[4]++;
}

static void body_tap(void)
{
    char bytes[8];
    struct sim_tap tap = {PORT, on_connected, on_accepted, on_read, on_written, on_closed, told};
    struct sim_tap other = {PORT + 1, on_closed, on_closed, NULL, NULL, on_closed, told};
    sim_net_tap(&tap);
    sim_net_tap(&other);
    struct pair pair = sockets_pair(PORT);
    CHECK(told[0] == 1 && told[1] == 1);
    CHECK(send(pair.client, "request", 7, 0) == 7);
    CHECK(told[2] == 0);
    CHECK(recv(pair.server, bytes, 3, 0) == 3 && told[2] == 3);
    CHECK(recv(pair.server, bytes, 8, 0) == 4 && memcmp(read_text, "request", 7) == 0);
    CHECK(send(pair.server, "answer", 6, 0) == 6 && memcmp(written_text, "answer", 6) == 0);
    CHECK(told[4] == 0);
    sockets_close(&pair);
    CHECK(told[4] == 1);
}

static void taps_see_what_the_server_reads_and_writes(void **state)
{
    (void)state;
    harness_expect_success(body_tap, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipe_carries_bytes_and_its_ends),
        cmocka_unit_test(full_pipe_makes_its_writer_wait),
        cmocka_unit_test(poll_times_out_exactly),
        cmocka_unit_test(connection_carries_bytes_both_ways_with_latency),
        cmocka_unit_test(bytes_arrive_in_order_whatever_the_jitter),
        cmocka_unit_test(connect_without_listener_is_refused),
        cmocka_unit_test(shutdown_sends_an_end_behind_the_bytes),
        cmocka_unit_test(close_with_unread_bytes_resets),
        cmocka_unit_test(send_to_a_closed_end_is_answered_by_a_reset),
        cmocka_unit_test(port_can_be_bound_again_right_after_close),
        cmocka_unit_test(connection_that_waits_to_be_accepted_is_reset_with_its_listener),
        cmocka_unit_test(poll_survives_the_close_of_what_it_polls),
        cmocka_unit_test(host_names_of_the_world_resolve_and_no_others),
        cmocka_unit_test(taps_see_what_the_server_reads_and_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
