/*
 * A host program and its embedded servers, where it takes messages to see: the signal handlers of the host, calls out
 * of a handler, one life after another, a stop by force.  host BOOTSTRAP_SERVERS, which has one message in `orders`.
 * Exit code: 0 all as it should be.
 */
#include <carafe.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static int failures;

static void check(bool holds, const char *claim)
{
    printf("%s: %s\n", holds ? "ok" : "FAILED", claim);
    failures += holds ? 0 : 1;
}

/* ---- The server ---- */

static sem_t consumed;
static struct carafe *running;
static int results_of_handler[3];

static int call_from_handler(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    struct carafe_error error = {0};
    (void)consumer;
    (void)messages;
    (void)count;
    results_of_handler[0] = carafe_stop(running, &error);
    results_of_handler[1] = carafe_embedded_stop(running, &error);
    results_of_handler[2] = carafe_scale(running, 2, &error);
    return sem_post(&consumed);
}

static int hang(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    (void)messages;
    (void)count;
    (void)sem_post(&consumed);
    while (!carafe_consumer_cancelled(consumer)) {
        (void)carafe_consumer_sleep(consumer, 60000);
    }
    return -1;
}

static struct carafe *server(const char *address, const char *group,
                             int (*consume)(struct carafe_consumer *, const struct carafe_message *, size_t))
{
    const struct carafe_setting kafka = {"bootstrap.servers", address};
    const struct carafe_topic topic = {.name = "orders", .group = group, .handler = {.consume = consume}};
    struct carafe_config config;
    struct carafe_error error = {0};
    carafe_config_init(&config);
    config.kafka = (struct carafe_settings){&kafka, 1};
    config.topics = &topic;
    config.topic_count = 1;
    config.shutdown_timeout_ms = consume == hang ? 100 : 60000;
    config.forceful_shutdown_wait_ms = 2000;
    return carafe_create(&config, &error);
}

/* ---- The signals of the host ---- */

static const int kinds[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGUSR1, SIGUSR2, SIGCHLD, SIGPIPE};
#define KINDS (sizeof kinds / sizeof kinds[0])

static atomic_int heard;

static void hear(int signal)
{
    (void)signal;
    atomic_fetch_add(&heard, 1);
}

static void bind_signals(void)
{
    struct sigaction action = {.sa_handler = hear, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < KINDS; i++) {
        (void)sigaction(kinds[i], &action, NULL);
    }
}

static bool signals_are_the_hosts(void)
{
    sigset_t blocked;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    int before = atomic_load(&heard);
    bool ours = true;
    for (size_t i = 0; i < KINDS; i++) {
        struct sigaction action;
        (void)sigaction(kinds[i], NULL, &action);
        ours = ours && action.sa_handler == hear && sigismember(&blocked, kinds[i]) == 0 && raise(kinds[i]) == 0;
    }
    return ours && atomic_load(&heard) - before == (int)KINDS;
}

/* ---- The claims ---- */

static void one_life_after_another(const char *address)
{
    struct carafe_error error = {0};
    running = server(address, "billing", call_from_handler);
    check(running != NULL && carafe_embedded_start(running, &error) == 0, "a server starts inside the host");
    while (sem_wait(&consumed) != 0) {
    }
    check(results_of_handler[0] == CARAFE_REFUSED, "a handler that stops its server is refused");
    check(results_of_handler[1] == CARAFE_REFUSED, "also by the embedded call");
    check(results_of_handler[2] == 0, "a handler may change the number of workers");
    check(carafe_status(running) == CARAFE_RUNNING, "the server runs on after that");
    check(signals_are_the_hosts(), "every signal finds the host's handler, unblocked, while the server runs");
    check(carafe_status(running) == CARAFE_RUNNING, "no signal stops the server");
    check(carafe_embedded_stop(running, &error) == 0, "the host stops it");
    check(signals_are_the_hosts(), "and afterwards the signals are the host's as before");
    check(carafe_embedded_start(running, &error) == CARAFE_REFUSED, "what was stopped cannot be started again");
    check(strcmp(error.text, "carafe: embedded start: expected a new server, got one that has ended") == 0,
          "which is told so");
    check(carafe_embedded_stop(running, &error) == 0, "and is still stopped");
    carafe_destroy(running);
}

static void stop_by_force(const char *address)
{
    struct carafe_error error = {0};
    running = server(address, "shipping", hang);
    check(running != NULL && carafe_embedded_start(running, &error) == 0, "another server starts after the first");
    while (sem_wait(&consumed) != 0) {
    }
    check(carafe_embedded_stop(running, &error) == CARAFE_FORCED, "a stop by force returns to the host and says so");
    check(carafe_status(running) == CARAFE_TERMINATED, "with everything said");
    check(signals_are_the_hosts(), "and the signals are the host's");
    carafe_destroy(running);
}

int main(int argc, char **argv)
{
    (void)sem_init(&consumed, 0, 0);
    bind_signals();
    one_life_after_another(argc > 1 ? argv[1] : "localhost");
    stop_by_force(argc > 1 ? argv[1] : "localhost");
    return failures == 0 ? 0 : 1;
}
