#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness.h"
#include "sockets.h"

static atomic_int ticks;
static int ended;
static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;

static void on_end(struct sim_process *process, void *owner)
{
    CHECK(owner == &ended);
    CHECK(sim_process_state(process) == SIM_EXITED || sim_process_state(process) == SIM_CRASHED);
    ended++;
}

static struct sim_process *create(const char *name)
{
    struct sim_process_options options = {.name = name, .ended = on_end, .owner = &ended};
    return sim_process_create(&options);
}

static void *tick(void *unused)
{
    for (;;) {
        sim_sleep_until(sim_now() + S);
        ticks++;
    }
    return unused;
}

static int start_ticking_and_return(void *code)
{
    pthread_t thread;
    pthread_create(&thread, NULL, tick, NULL);
    sim_sleep_until(sim_now() + 10 * S + 500 * MS);
    return *(int *)code;
}

static void body_exit(void)
{
    int code = 3;
    struct sim_process *process = create("s1");
    CHECK(sim_process_id(process) == sim_process_id(sim_process_world()) + 1);
    CHECK(strcmp(sim_process_name(process), "s1") == 0 && strcmp(sim_process_host_name(process), "s1") == 0);
    sim_process_start(process, start_ticking_and_return, &code);
    CHECK(!sim_process_wait(process, 5 * S) && sim_now() == 5 * S);
    CHECK(sim_process_state(process) == SIM_RUNNING && sim_process_threads(process) == 2);
    CHECK(sim_process_wait(process, SIM_NEVER));
    CHECK(ended == 1 && ticks == 10);
    CHECK(sim_process_state(process) == SIM_EXITED && sim_process_exit_code(process) == 3);
    CHECK(sim_process_threads(process) == 0);
    sim_sleep_until(100 * S);
    CHECK(ticks == 10);
}

static void return_from_main_ends_the_process_and_freezes_its_threads(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_exit, &outcome);
    assert_int_equal(outcome.summary.threads_live, 1);
}

static void sleep_a_second(void *unused)
{
    (void)unused;
    sim_sleep_until(sim_now() + S);
}

static void body_threads(void)
{
    struct sim_process *process = create("s1");
    CHECK(sim_process_wait_threads(process, SIM_NEVER));
    sim_process_spawn(process, "sleeper", sleep_a_second, NULL);
    sim_process_spawn(process, "sleeper", sleep_a_second, NULL);
    CHECK(!sim_process_wait_threads(process, 500 * MS) && sim_now() == 500 * MS);
    CHECK(sim_process_wait_threads(process, SIM_NEVER));
    CHECK(sim_now() >= S && sim_now() < S + MS);
    CHECK(sim_process_state(process) == SIM_RUNNING && ended == 0);
}

static void end_of_all_threads_can_be_waited_for(void **state)
{
    (void)state;
    harness_expect_success(body_threads, NULL);
}

static void exit_with_seven(void *unused)
{
    (void)unused;
    CHECK(sim_process_current() != sim_process_world());
    sim_process_exit(7);
}

static void body_exit_from_a_thread(void)
{
    struct sim_process *process = create("s1");
    sim_process_spawn(process, "ender", exit_with_seven, NULL);
    CHECK(sim_process_wait(process, S));
    CHECK(sim_process_exit_code(process) == 7);
}

static void exit_from_any_thread_ends_the_process(void **state)
{
    (void)state;
    harness_expect_success(body_exit_from_a_thread, NULL);
}

static void *hold_shared(void *unused)
{
    pthread_mutex_lock(&shared);
    for (int i = 0; i < 100; i++) {
        sim_point();
    }
    pthread_mutex_unlock(&shared);
    sim_sleep_until(SIM_NEVER);
    return unused;
}

static int hold_then_exit(void *unused)
{
    pthread_t thread;
    pthread_create(&thread, NULL, hold_shared, NULL);
    while (pthread_mutex_trylock(&shared) == 0) {
        pthread_mutex_unlock(&shared);
        sim_point();
    }
    (void)unused;
    return 0;
}

static void body_lock_at_exit(void)
{
    struct sim_process *process = create("s1");
    sim_process_start(process, hold_then_exit, NULL);
    CHECK(sim_process_wait(process, S));
    CHECK(pthread_mutex_lock(&shared) == 0);
    pthread_mutex_unlock(&shared);
}

static void end_waits_for_a_lock_that_others_may_need(void **state)
{
    (void)state;
    harness_expect_success(body_lock_at_exit, NULL);
}

static void *hold_for_ever(void *own)
{
    pthread_mutex_lock(own);
    sim_sleep_until(SIM_NEVER);
    return NULL;
}

static int hang_then_exit(void *unused)
{
    static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;
    pthread_create(&thread, NULL, hold_for_ever, &own);
    sim_sleep_until(S);
    (void)unused;
    return 2;
}

static void body_patience(void)
{
    struct sim_process *process = create("s1");
    sim_process_start(process, hang_then_exit, NULL);
    CHECK(sim_process_wait(process, SIM_NEVER));
    CHECK(sim_now() >= S + 5 * MS && sim_now() < S + 6 * MS);
    CHECK(sim_process_exit_code(process) == 2);
}

static void end_does_not_wait_for_ever(void **state)
{
    (void)state;
    harness_expect_success(body_patience, NULL);
}

static int serve_for_ever(void *unused)
{
    int listener = sockets_listen(PORT);
    int connection = accept(listener, NULL, NULL);
    char byte;
    CHECK(recv(connection, &byte, 1, 0) == 1);
    CHECK(recv(connection, &byte, 1, 0) == 1);
    (void)unused;
    return 0;
}

static void body_sockets_at_exit(void)
{
    struct sockaddr_in address = sockets_address(PORT);
    struct sim_process *process = create("s1");
    char byte;
    sim_process_start(process, serve_for_ever, NULL);
    sim_sleep_until(MS);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
    CHECK(send(client, "ab", 2, 0) == 2);
    CHECK(recv(client, &byte, 1, 0) == 0);
    CHECK(sim_process_state(process) == SIM_EXITED && sim_process_descriptors(process) == 0);
    close(client);
    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == -1 && errno == ECONNREFUSED);
    close(client);
}

static void sockets_of_a_process_that_exits_are_closed(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_sockets_at_exit, &outcome);
    assert_int_equal(outcome.summary.descriptors_open, 0);
}

static void body_crash(void)
{
    struct sockaddr_in address = sockets_address(PORT);
    struct sim_process *process = create("s1");
    char byte;
    sim_process_start(process, serve_for_ever, NULL);
    sim_sleep_until(MS);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
    sim_sleep_until(S);
    sim_process_crash(process);
    CHECK(sim_process_wait(process, sim_now() + MS));
    CHECK(sim_process_state(process) == SIM_CRASHED && sim_process_exit_code(process) == 137 && ended == 1);
    CHECK(recv(client, &byte, 1, 0) == -1 && errno == ECONNRESET);
    sim_process_crash(process);
    CHECK(ended == 1);
    close(client);
}

static void crash_freezes_threads_and_resets_sockets(void **state)
{
    struct harness_outcome outcome;
    (void)state;
    harness_expect_success(body_crash, &outcome);
    assert_int_equal(outcome.summary.threads_live, 1);
    assert_int_equal(outcome.summary.descriptors_open, 0);
}

static void tick_for_ever(void *unused)
{
    tick(unused);
}

static void body_pause(void)
{
    struct sim_process *process = create("s1");
    sim_process_spawn(process, "ticker", tick_for_ever, NULL);
    sim_sleep_until(10 * S + 500 * MS);
    CHECK(ticks == 10);
    sim_process_pause(process);
    CHECK(sim_process_state(process) == SIM_PAUSED);
    sim_sleep_until(50 * S);
    CHECK(ticks == 10);
    sim_process_resume(process);
    CHECK(sim_process_state(process) == SIM_RUNNING);
    sim_sleep_until(50 * S + 100 * MS);
    CHECK(ticks == 11);
    sim_sleep_until(60 * S + 500 * MS);
    CHECK(ticks == 21);
    sim_process_pause(process);
    sim_process_crash(process);
    CHECK(sim_process_state(process) == SIM_CRASHED);
}

static void paused_process_does_not_run_until_resumed(void **state)
{
    (void)state;
    harness_expect_success(body_pause, NULL);
}

static int pause_itself(void *unused)
{
    (void)unused;
    sim_process_pause(sim_process_current());
    CHECK(sim_now() >= 5 * S);
    return 0;
}

static void body_pause_itself(void)
{
    struct sim_process *process = create("s1");
    sim_process_start(process, pause_itself, NULL);
    sim_sleep_until(5 * S);
    CHECK(sim_process_state(process) == SIM_PAUSED);
    sim_process_resume(process);
    CHECK(sim_process_wait(process, 6 * S));
}

static void process_can_pause_itself(void **state)
{
    (void)state;
    harness_expect_success(body_pause_itself, NULL);
}

static void crash_self(void *unused)
{
    (void)unused;
    sim_process_crash(sim_process_current());
}

static void body_crash_self(void)
{
    sim_process_spawn(create("s1"), "lemming", crash_self, NULL);
    sim_sleep_until(S);
}

static void body_start_in_dead(void)
{
    struct sim_process *process = create("s1");
    sim_process_crash(process);
    sim_process_spawn(process, "ghost", tick_for_ever, NULL);
}

static void body_exit_of_the_world(void)
{
    sim_process_exit(0);
}

static void senseless_ends_are_misuse(void **state)
{
    (void)state;
    harness_expect_failure(body_crash_self, "sim_process_crash() of the caller's own process");
    harness_expect_failure(body_start_in_dead, "a new thread in process s1, which has ended");
    harness_expect_failure(body_exit_of_the_world, "sim_process_exit() in the process that holds the world");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(return_from_main_ends_the_process_and_freezes_its_threads),
        cmocka_unit_test(end_of_all_threads_can_be_waited_for),
        cmocka_unit_test(exit_from_any_thread_ends_the_process),
        cmocka_unit_test(end_waits_for_a_lock_that_others_may_need),
        cmocka_unit_test(end_does_not_wait_for_ever),
        cmocka_unit_test(sockets_of_a_process_that_exits_are_closed),
        cmocka_unit_test(crash_freezes_threads_and_resets_sockets),
        cmocka_unit_test(paused_process_does_not_run_until_resumed),
        cmocka_unit_test(process_can_pause_itself),
        cmocka_unit_test(senseless_ends_are_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
