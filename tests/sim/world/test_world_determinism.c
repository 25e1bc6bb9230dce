#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"

enum { THREADS = 6, ROUNDS = 50, PORT = 7000, SEEDS = 100 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int value;

/* Some of everything: threads, a lock, sleeping, random numbers, a connection, events. */
static void *work(void *unused)
{
    unsigned seed = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char text[64];
        pthread_mutex_lock(&mutex);
        int len = snprintf(text, sizeof(text), "%d %d", sim_thread_number(), ++value);
        sim_trace_event(text, (size_t)len);
        pthread_mutex_unlock(&mutex);
        sim_sleep_until(sim_now() + rand_r(&seed) % 1000);
    }
    return unused;
}

static void *serve(void *listener)
{
    char bytes[256];
    int connection = accept(*(int *)listener, NULL, NULL);
    ssize_t len;
    while ((len = recv(connection, bytes, sizeof(bytes), 0)) > 0) {
        CHECK(send(connection, bytes, (size_t)len, 0) == len);
    }
    close(connection);
    return NULL;
}

static void talk(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    char bytes[100];
    int client = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
    for (int i = 0; i < 20; i++) {
        CHECK(getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes));
        CHECK(send(client, bytes, sizeof(bytes), 0) == sizeof(bytes));
        CHECK(recv(client, bytes, sizeof(bytes), 0) > 0);
    }
    close(client);
}

static int listen_on_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    CHECK(listen(listener, 5) == 0);
    return listener;
}

static void body_all(void)
{
    pthread_t threads[THREADS];
    pthread_t server;
    int listener = listen_on_port();
    pthread_create(&server, NULL, serve, &listener);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, work, NULL);
    }
    talk();
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_join(server, NULL);
    close(listener);
    CHECK(value == THREADS * ROUNDS);
}

static void run(uint64_t seed, enum sim_backend backend, unsigned preemption, void (*body)(void),
                struct harness_outcome *outcome)
{
    struct sim_options options;
    sim_options_init(&options);
    options.seed = seed;
    options.backend = backend;
    options.preemption = preemption;
    harness_run(&options, body, outcome);
}

static void expect_equal(const struct sim_summary *left, const struct sim_summary *right)
{
    assert_true(left->event_hash == right->event_hash);
    assert_true(left->byte_hash == right->byte_hash);
    assert_true(left->switch_hash == right->switch_hash);
    assert_true(left->hash == right->hash);
    assert_true(left->now_ns == right->now_ns);
    assert_true(left->points == right->points);
}

static void same_seed_gives_the_same_run_on_both_backends(void **state)
{
    struct harness_outcome first;
    struct harness_outcome other;
    (void)state;
    for (unsigned preemption = 0; preemption <= 8; preemption += 4) {
        run(77, SIM_COROUTINES, preemption, body_all, &first);
        assert_int_equal(first.exit_code, 0);
        run(77, SIM_COROUTINES, preemption, body_all, &other);
        expect_equal(&first.summary, &other.summary);
        run(77, SIM_THREADS, preemption, body_all, &other);
        expect_equal(&first.summary, &other.summary);
        assert_int_equal(first.summary.threads_live, 1);
        assert_int_equal(first.summary.descriptors_open, 0);
        assert_int_equal(first.summary.events, THREADS * ROUNDS);
    }
}

static void body_nothing(void)
{
    sim_point();
}

static void seed_alone_is_in_no_hash(void **state)
{
    struct harness_outcome first;
    struct harness_outcome other;
    (void)state;
    run(1, SIM_COROUTINES, 8, body_nothing, &first);
    run(2, SIM_COROUTINES, 8, body_nothing, &other);
    expect_equal(&first.summary, &other.summary);
}

static void seeds_give_distinct_runs(void **state)
{
    static struct sim_summary summaries[SEEDS];
    struct harness_outcome outcome;
    int distinct = 0;
    (void)state;
    for (int i = 0; i < SEEDS; i++) {
        run((uint64_t)i, SIM_COROUTINES, 8, body_all, &outcome);
        assert_int_equal(outcome.exit_code, 0);
        summaries[i] = outcome.summary;
        bool seen_switches = false;
        for (int k = 0; k < i; k++) {
            seen_switches |= summaries[k].switch_hash == summaries[i].switch_hash;
            seen_switches |= summaries[k].event_hash == summaries[i].event_hash;
            seen_switches |= summaries[k].byte_hash == summaries[i].byte_hash;
        }
        distinct += !seen_switches;
    }
    assert_true(distinct >= 95);
}

static void *add_carelessly(void *unused)
{
    int read = value;
    sim_point();
    value = read + 1;
    return unused;
}

static void body_lost_update(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, add_carelessly, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    harness_report((uint64_t)value);
}

static void lost_update_shows_for_some_seeds_and_again_for_the_same(void **state)
{
    struct harness_outcome outcome;
    int lost = 0;
    int kept = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        run(seed, SIM_COROUTINES, 8, body_lost_update, &outcome);
        uint64_t found = outcome.number;
        assert_true(found == 1 || found == 2);
        lost += found == 1;
        kept += found == 2;
        if (seed % 10 == 0) {
            run(seed, SIM_COROUTINES, 8, body_lost_update, &outcome);
            assert_true(outcome.number == found);
        }
    }
    assert_true(lost > 0);
    assert_true(kept > 0);
    run(1, SIM_COROUTINES, 0, body_lost_update, &outcome);
    assert_true(outcome.number == 2);
}

static void body_random(void)
{
    uint64_t numbers[4];
    CHECK(getrandom(numbers, sizeof(numbers), 0) == sizeof(numbers));
    CHECK(sim_random(1) != sim_random(2));
    harness_report(numbers[0] ^ numbers[1] ^ numbers[2] ^ numbers[3] ^ sim_random(3) ^ (uint64_t)rand());
}

static void random_numbers_come_from_the_seed(void **state)
{
    struct harness_outcome first;
    struct harness_outcome other;
    (void)state;
    run(5, SIM_COROUTINES, 8, body_random, &first);
    run(5, SIM_THREADS, 8, body_random, &other);
    assert_int_equal(first.exit_code, 0);
    assert_true(first.number == other.number);
    run(6, SIM_COROUTINES, 8, body_random, &other);
    assert_true(first.number != other.number);
}

static int print_seven(char *buffer, size_t size, va_list arguments, void *owner)
{
    (void)arguments;
    return snprintf(buffer, size, "%s7", (const char *)owner);
}

static void body_format(void)
{
    char text[32];
    sim_format_hook("test_world_determinism", "%p", print_seven, "number ");
    CHECK(snprintf(text, sizeof(text), "%p", (void *)text) == 8);
    CHECK(strcmp(text, "number 7") == 0);
    CHECK(snprintf(text, sizeof(text), "%p ", (void *)NULL) == 6);
    CHECK(strcmp(text, "(nil) ") == 0);
    volatile size_t room = 3;
    CHECK(snprintf(text, room, "%d", 12345) == 5 && strcmp(text, "12") == 0);
}

static void format_hook_replaces_exactly_its_format(void **state)
{
    (void)state;
    harness_expect_success(body_format, NULL);
}

static int sunk;

static void sink(int64_t now_ns, const char *text, size_t len, void *owner)
{
    CHECK(now_ns == sim_now() && len == 5 && memcmp(text, "hello", 5) == 0 && owner == &sunk);
    sunk++;
}

static void body_sink(void)
{
    sim_trace_set_sink(sink, &sunk);
    sim_trace_event("hello", 5);
    CHECK(sunk == 1);
}

static void sink_is_told_of_every_event(void **state)
{
    (void)state;
    harness_expect_success(body_sink, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_gives_the_same_run_on_both_backends),
        cmocka_unit_test(seed_alone_is_in_no_hash),
        cmocka_unit_test(seeds_give_distinct_runs),
        cmocka_unit_test(lost_update_shows_for_some_seeds_and_again_for_the_same),
        cmocka_unit_test(random_numbers_come_from_the_seed),
        cmocka_unit_test(format_hook_replaces_exactly_its_format),
        cmocka_unit_test(sink_is_told_of_every_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
