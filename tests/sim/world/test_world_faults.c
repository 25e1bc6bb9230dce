#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "sockets.h"

static const struct sim_route everywhere = {0};
static const struct sim_route to_port = {.port = PORT};

static bool is_silent(int descriptor)
{
    char byte;
    return recv(descriptor, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

static void expect_text(int descriptor, const char *text)
{
    char bytes[64];
    size_t len = 0;
    while (len < strlen(text)) {
        ssize_t got = recv(descriptor, bytes + len, sizeof(bytes) - len, 0);
        CHECK(got > 0);
        len += (size_t)got;
    }
    CHECK(len == strlen(text) && memcmp(bytes, text, len) == 0);
}

static void body_cut(void)
{
    struct pair pair = sockets_pair(PORT);
    CHECK(send(pair.client, "under way ", 10, 0) == 10);
    sim_net_cut(to_port, SIM_TO_SERVER);
    CHECK(send(pair.client, "held", 4, 0) == 4);
    CHECK(send(pair.server, "answer", 6, 0) == 6);
    close(pair.client);
    sim_sleep_until(sim_now() + 60 * S);
    CHECK(is_silent(pair.server));
    int64_t healed_ns = sim_now();
    sim_net_heal(to_port, SIM_TO_SERVER);
    expect_text(pair.server, "under way held");
    CHECK(sim_now() >= healed_ns + 500000 && sim_now() < healed_ns + MS);
    close(pair.server);
    close(pair.listener);
}

static void cut_one_way_holds_bytes_until_it_is_healed(void **state)
{
    (void)state;
    harness_expect_success(body_cut, NULL);
}

static void body_cut_both(void)
{
    struct pair pair = sockets_pair(PORT);
    char byte;
    sim_net_cut(everywhere, SIM_BOTH_WAYS);
    CHECK(send(pair.client, "a", 1, 0) == 1);
    CHECK(send(pair.server, "b", 1, 0) == 1);
    close(pair.server);
    sim_sleep_until(sim_now() + S);
    CHECK(is_silent(pair.client));
    sim_net_heal(everywhere, SIM_BOTH_WAYS);
    expect_text(pair.client, "b");
    CHECK(recv(pair.client, &byte, 1, 0) == 0);
    close(pair.client);
    close(pair.listener);
}

static void cut_both_ways_holds_bytes_and_ends(void **state)
{
    (void)state;
    harness_expect_success(body_cut_both, NULL);
}

static int connect_error(int client)
{
    int error;
    socklen_t len = sizeof(error);
    struct pollfd poller = {.fd = client, .events = POLLOUT};
    CHECK(poll(&poller, 1, -1) == 1);
    CHECK(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &len) == 0);
    return error;
}

static void body_hanging_connect(void)
{
    int listener = sockets_listen(PORT);
    sim_net_cut(to_port, SIM_TO_CLIENT);
    int client = sockets_connect(PORT);
    int forgotten = sockets_connect(PORT);
    struct pollfd poller = {.fd = client, .events = POLLOUT};
    CHECK(poll(&poller, 1, 10000) == 0);
    sim_net_heal(to_port, SIM_BOTH_WAYS);
    CHECK(connect_error(client) == 0);
    CHECK(connect_error(forgotten) == 0);
    sim_net_cut(to_port, SIM_TO_SERVER);
    int64_t started_ns = sim_now();
    int late = sockets_connect(PORT);
    CHECK(connect_error(late) == ETIMEDOUT);
    CHECK(sim_now() > started_ns + 126 * S);
    close(late);
    close(client);
    close(forgotten);
    close(listener);
}

static void connect_over_a_cut_hangs_until_healed_or_timed_out(void **state)
{
    (void)state;
    harness_expect_success(body_hanging_connect, NULL);
}

/* Cut while the request (at 0.1 ms) or only the answer (at 0.9 ms) is under way. */
static void body_cut_connect(void)
{
    int listener = sockets_listen(PORT);
    for (int64_t after_us = 100; after_us <= 900; after_us += 800) {
        int client = sockets_connect(PORT);
        sim_sleep_until(sim_now() + after_us * 1000);
        sim_net_cut(to_port, SIM_BOTH_WAYS);
        struct pollfd poller = {.fd = client, .events = POLLOUT};
        CHECK(poll(&poller, 1, 5000) == 0);
        sim_net_heal(to_port, SIM_BOTH_WAYS);
        CHECK(connect_error(client) == 0);
        int server = accept(listener, NULL, NULL);
        CHECK(send(client, "x", 1, 0) == 1);
        expect_text(server, "x");
        close(client);
        close(server);
    }
    close(listener);
}

static void cut_in_the_middle_of_a_connect_is_survived(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_cut_connect, &outcome);
    assert_int_equal(outcome.summary.descriptors_open, 0);
}

static void body_refuse(void)
{
    struct pair pair = sockets_pair(PORT);
    sim_net_refuse(to_port, true);
    int client = sockets_connect(PORT);
    CHECK(connect_error(client) == ECONNREFUSED);
    close(client);
    CHECK(send(pair.client, "still", 5, 0) == 5);
    expect_text(pair.server, "still");
    sim_net_refuse(to_port, false);
    client = sockets_connect(PORT);
    CHECK(connect_error(client) == 0);
    close(client);
    sockets_close(&pair);
}

static void refused_connects_leave_connections_alone(void **state)
{
    (void)state;
    harness_expect_success(body_refuse, NULL);
}

static void body_reset(void)
{
    struct pair pair = sockets_pair(PORT);
    char byte;
    CHECK(send(pair.client, "lost", 4, 0) == 4);
    CHECK(sim_net_reset((struct sim_route){.port = PORT + 1}) == 0);
    CHECK(sim_net_reset(to_port) == 1);
    CHECK(recv(pair.server, &byte, 1, 0) == -1 && errno == ECONNRESET);
    CHECK(send(pair.client, "x", 1, 0) == -1 && errno == ECONNRESET);
    sockets_close(&pair);
}

static void reset_breaks_both_ends_at_once(void **state)
{
    (void)state;
    harness_expect_success(body_reset, NULL);
}

static void body_truncate(void)
{
    for (size_t kept = 0; kept <= 3; kept += 3) {
        struct pair pair = sockets_pair(PORT);
        char bytes[8];
        sim_net_truncate(to_port, SIM_TO_CLIENT, kept);
        CHECK(send(pair.client, "whole", 5, 0) == 5);
        expect_text(pair.server, "whole");
        CHECK(send(pair.server, "answer", 6, 0) == 6);
        CHECK(kept == 0 || (recv(pair.client, bytes, 8, 0) == 3 && memcmp(bytes, "ans", 3) == 0));
        CHECK(recv(pair.client, bytes, 8, 0) == -1 && errno == ECONNRESET);
        CHECK(send(pair.server, "more", 4, 0) == -1 && errno == ECONNRESET);
        sockets_close(&pair);
    }
}

static void truncation_delivers_the_first_bytes_and_resets(void **state)
{
    (void)state;
    harness_expect_success(body_truncate, NULL);
}

static int64_t time_of_transfer(const struct pair *pair, size_t len)
{
    static char bytes[65536];
    int64_t started_ns = sim_now();
    CHECK(send(pair->client, bytes, len, 0) == (ssize_t)len);
    CHECK(recv(pair->server, bytes, len, 0) == (ssize_t)len);
    return sim_now() - started_ns;
}

static void body_link(void)
{
    struct pair pair = sockets_pair(PORT);
    struct sim_link slow = {.latency_ns = 10 * MS, .bytes_per_second = 10000};
    struct sim_link far = {.latency_ns = 200 * MS};
    sim_net_set_link(everywhere, SIM_BOTH_WAYS, &far);
    CHECK(time_of_transfer(&pair, 100) >= 200 * MS);
    sim_net_set_link(to_port, SIM_TO_SERVER, &slow);
    int64_t took_ns = time_of_transfer(&pair, 5000);
    CHECK(took_ns >= 510 * MS && took_ns < 511 * MS);
    sim_net_clear_link(to_port, SIM_TO_SERVER);
    took_ns = time_of_transfer(&pair, 5000);
    CHECK(took_ns >= 200 * MS && took_ns < 201 * MS);
    sockets_close(&pair);
}

static void most_precise_link_gives_latency_and_rate(void **state)
{
    (void)state;
    harness_expect_success(body_link, NULL);
}

static void connect_as_client(void *unused)
{
    (void)unused;
    int client = sockets_connect(PORT);
    harness_report((uint64_t)connect_error(client));
    close(client);
}

static void body_route_of_a_process(void)
{
    int listener = sockets_listen(PORT);
    struct sim_process *process = sim_process_create(&(struct sim_process_options){.name = "s1"});
    sim_net_refuse((struct sim_route){.client = process, .port = PORT}, true);
    int client = sockets_connect(PORT);
    CHECK(connect_error(client) == 0);
    sim_process_spawn(process, "client", connect_as_client, NULL);
    sim_sleep_until(S);
    close(client);
    close(listener);
}

static void route_of_one_client_does_not_touch_others(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_route_of_a_process, &outcome);
    assert_int_equal(outcome.number, ECONNREFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_one_way_holds_bytes_until_it_is_healed),
        cmocka_unit_test(cut_both_ways_holds_bytes_and_ends),
        cmocka_unit_test(connect_over_a_cut_hangs_until_healed_or_timed_out),
        cmocka_unit_test(cut_in_the_middle_of_a_connect_is_survived),
        cmocka_unit_test(refused_connects_leave_connections_alone),
        cmocka_unit_test(reset_breaks_both_ends_at_once),
        cmocka_unit_test(truncation_delivers_the_first_bytes_and_resets),
        cmocka_unit_test(most_precise_link_gives_latency_and_rate),
        cmocka_unit_test(route_of_one_client_does_not_touch_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
