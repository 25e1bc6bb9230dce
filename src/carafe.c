/* The public interface: an application over the ports of Linux and librdkafka. */
#include "carafe.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lock.h"
#include "application/application.h"
#include "application/node.h"
#include "base/error.h"
#include "kafka/kafka.h"
#include "ports/monitor.h"
#include "posix/posix.h"
#include "server/config.h"
#include "swarm/supervisor.h"

/* How far it has come; only ever forward. */
enum phase { PHASE_CREATED, PHASE_STARTING, PHASE_STARTED, PHASE_ENDED };

struct subscription {
    carafe_subscriber subscriber;
    void *owner;
};

/* Locks: `lock` is for the phase, the application's pointer and the thread; nothing else is called under it. */
struct carafe {
    struct config *config; /* our copy: the application makes its own when it is known how it will run */
    struct subscription subscriptions[MONITOR_SUBSCRIBERS_MAX];
    size_t subscription_count;
    struct ports ports;

    struct lock lock;
    enum phase phase;
    struct application *application; /* NULL before the start; lives until the destroy */
    struct supervisor *supervisor;   /* instead of an application: of a swarm, until it has ended */
    bool embedded;
    bool stopped_early; /* a stop came before the start */
    bool has_thread;
    pthread_t thread;
    int thread_result;
    struct carafe_error thread_error;
};

/* ---- Ports ---- */

static int open_producer(struct carafe *carafe, struct carafe_error *error)
{
    const struct carafe_settings *kafka = &carafe->config->values.kafka;
    struct carafe_setting *list = calloc(kafka->count + 1, sizeof *list);
    if (list == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "carafe: start: expected memory, got none");
    }
    list[0] = (struct carafe_setting){"client.id", "carafe"}; /* later entries win */
    for (size_t i = 0; i < kafka->count; i++) {
        list[i + 1] = kafka->list[i];
    }
    const struct carafe_settings settings = {list, kafka->count + 1};
    struct ports *ports = &carafe->ports;
    int result = kafka_producer_create(&settings, ports->clock, ports->log, &ports->producer, error);
    free(list);
    return result;
}

/* What was opened is closed by close_ports(), also after a failure. */
static int open_ports(struct carafe *carafe, struct carafe_error *error)
{
    struct ports *ports = &carafe->ports;
    bool embedded = carafe->embedded;
    ports->clock = posix_clock();
    ports->log = posix_log_create(ports->clock, STDERR_FILENO, embedded ? LOG_WARNING_LEVEL : LOG_INFO_LEVEL);
    ports->process = posix_process_create();
    ports->metrics = posix_metrics_create("");
    ports->signals = embedded ? NULL : posix_signals_create(ports->clock);
    ports->consumers = kafka_consumer_factory_create(ports->clock, ports->log);
    if (ports->log == NULL || ports->process == NULL || ports->metrics == NULL || ports->consumers == NULL ||
        (!embedded && ports->signals == NULL)) {
        return error_set(error, CARAFE_NO_MEMORY, "carafe: start: expected memory, got none");
    }
    return open_producer(carafe, error);
}

static void close_ports(struct carafe *carafe)
{
    struct ports *ports = &carafe->ports;
    kafka_producer_destroy(ports->producer);
    kafka_consumer_factory_destroy(ports->consumers);
    posix_signals_destroy(ports->signals);
    posix_metrics_destroy(ports->metrics);
    posix_process_destroy(ports->process);
    posix_log_destroy(ports->log);
    *ports = (struct ports){0};
}

/* ---- Life ---- */

#define PATH_MAX_LEN 640 /* of a topic's settings, with the names of its group and itself */

static void check_settings(const struct carafe_settings *settings, const char *path, struct carafe_error *all)
{
    struct carafe_error violations = {.code = CARAFE_OK};
    if (settings->list != NULL && kafka_settings_check(settings, &violations) != 0) {
        (void)error_append_lines(all, violations.code, violations.text, "kafka: ", path);
    }
}

/* The settings as they were given, each list once: a group's are the server's and those of its topics. */
static void check_all_settings(const struct carafe_config *source, struct carafe_error *all)
{
    char path[PATH_MAX_LEN];
    check_settings(&source->kafka, "config: kafka.", all);
    for (size_t i = 0; source->topics != NULL && i < source->topic_count; i++) {
        const struct carafe_topic *topic = &source->topics[i];
        (void)snprintf(path, sizeof path, "config: groups.%.*s.topics.%.*s.kafka.", PATH_MAX_LEN / 2 - 40,
                       topic->group != NULL ? topic->group : "", PATH_MAX_LEN / 2 - 40,
                       topic->name != NULL ? topic->name : "");
        check_settings(&topic->kafka, path, all);
    }
}

/* Our copy of `source`; NULL, with every violation, when it is not one that can run. */
static struct config *parse(const struct carafe_config *source, struct carafe_error *error)
{
    struct carafe_error all = {.code = CARAFE_OK};
    struct config *config = config_create(source, &all);
    check_all_settings(source, &all);
    if (all.code != CARAFE_OK) {
        (void)error_set(error, all.code, "%s", all.text);
        config_destroy(config);
        return NULL;
    }
    return config;
}

int carafe_check(const struct carafe_config *config, struct carafe_error *error)
{
    struct carafe_error why = {.code = CARAFE_OK};
    struct config *parsed = parse(config, &why);
    int result = parsed != NULL ? config_apply_activity(parsed, &why) : (int)why.code;
    config_destroy(parsed);
    return result == 0 ? 0 : error_set(error, why.code, "%s", why.text);
}

struct carafe *carafe_create(const struct carafe_config *config, struct carafe_error *error)
{
    struct carafe *carafe = calloc(1, sizeof *carafe);
    if (carafe == NULL) {
        (void)error_set(error, CARAFE_NO_MEMORY, "carafe: create: expected memory, got none");
        return NULL;
    }
    lock_init(&carafe->lock, LOCK_CARAFE);
    carafe->config = parse(config, error);
    if (carafe->config == NULL) {
        carafe_destroy(carafe);
        return NULL;
    }
    return carafe;
}

void carafe_destroy(struct carafe *carafe)
{
    if (carafe == NULL) {
        return;
    }
    if (carafe->application != NULL && !application_destroy(carafe->application)) {
        return; /* abandoned threads may still use all of it */
    }
    close_ports(carafe);
    config_destroy(carafe->config);
    lock_close(&carafe->lock);
    free(carafe);
}

int carafe_subscribe(struct carafe *carafe, carafe_subscriber subscriber, void *owner, struct carafe_error *error)
{
    int result = 0;
    lock_take(&carafe->lock);
    if (carafe->phase != PHASE_CREATED) {
        result = CARAFE_REFUSED;
    } else if (carafe->subscription_count == MONITOR_SUBSCRIBERS_MAX) {
        result = CARAFE_FULL;
    } else {
        carafe->subscriptions[carafe->subscription_count++] = (struct subscription){subscriber, owner};
    }
    lock_give(&carafe->lock);
    if (result != 0) {
        (void)error_set(error, (enum carafe_code)result, "carafe: subscribe: expected %s",
                        result == CARAFE_FULL ? "fewer subscribers, got the last one already"
                                              : "a server not yet started, got a started one");
    }
    return result;
}

/* ---- Start ---- */

static struct application *application_of(const struct carafe *carafe)
{
    struct lock *lock = (struct lock *)(uintptr_t)&carafe->lock;
    lock_take(lock);
    struct application *application = carafe->application;
    lock_give(lock);
    return application;
}

static struct supervisor *supervisor_of(const struct carafe *carafe)
{
    struct lock *lock = (struct lock *)(uintptr_t)&carafe->lock;
    lock_take(lock);
    struct supervisor *supervisor = carafe->supervisor;
    lock_give(lock);
    return supervisor;
}

static int subscribe_all(const struct carafe *carafe, struct application *application, struct carafe_error *error)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < carafe->subscription_count; i++) {
        const struct subscription *subscription = &carafe->subscriptions[i];
        result = application_subscribe(application, subscription->subscriber, subscription->owner, error);
    }
    return result;
}

static int assemble(struct carafe *carafe, enum carafe_execution_mode mode, struct application **application,
                    struct carafe_error *error)
{
    int result = config_apply_activity(carafe->config, error);
    if (result == 0) {
        result = open_ports(carafe, error);
    }
    if (result != 0) {
        return result;
    }
    struct carafe_error why = {.code = CARAFE_FAILED};
    *application = application_create(&carafe->config->values, &carafe->ports, mode, &why);
    if (*application == NULL) {
        return error_set(error, why.code, "%s", why.text);
    }
    return subscribe_all(carafe, *application, error);
}

/* The only caller of a carafe that gets this far: phase is PHASE_STARTING. */
static int begin(struct carafe *carafe, enum carafe_execution_mode mode, struct carafe_error *error)
{
    struct application *application = NULL;
    int result = assemble(carafe, mode, &application, error);
    if (result != 0) {
        (void)application_destroy(application);
        close_ports(carafe);
        application = NULL;
    }
    lock_take(&carafe->lock);
    carafe->application = application;
    carafe->phase = result == 0 ? PHASE_STARTED : PHASE_ENDED;
    bool stopped_early = carafe->stopped_early;
    lock_give(&carafe->lock);
    /* A stop that came while we assembled: now there is something to stop, so that the run returns at once. */
    return result == 0 && stopped_early ? application_stop(application, error) : result;
}

/* True: the caller is the one who starts. */
static bool claim(struct carafe *carafe, bool embedded)
{
    lock_take(&carafe->lock);
    bool first = carafe->phase == PHASE_CREATED;
    if (first) {
        carafe->phase = PHASE_STARTING;
        carafe->embedded = embedded;
    }
    lock_give(&carafe->lock);
    return first;
}

int carafe_run(struct carafe *carafe, struct carafe_error *error)
{
    if (!claim(carafe, false)) {
        return error_set(error, CARAFE_REFUSED, "carafe: run: expected a new server, got one that was started");
    }
    int result = begin(carafe, CARAFE_STANDALONE, error);
    return result != 0 ? result : application_run(carafe->application, error);
}

int carafe_stop(struct carafe *carafe, struct carafe_error *error)
{
    lock_take(&carafe->lock);
    struct application *application = carafe->application;
    struct supervisor *supervisor = carafe->supervisor;
    carafe->stopped_early = carafe->stopped_early || carafe->phase <= PHASE_STARTING;
    lock_give(&carafe->lock);
    if (supervisor != NULL) {
        supervisor_stop(supervisor);
        return 0;
    }
    return application != NULL ? application_stop(application, error) : 0;
}

void carafe_quiet(struct carafe *carafe)
{
    struct application *application = application_of(carafe);
    if (application != NULL) {
        application_quiet(application);
        return;
    }
    struct supervisor *supervisor = supervisor_of(carafe);
    if (supervisor != NULL) {
        supervisor_quiet(supervisor);
    }
}

enum carafe_status carafe_status(const struct carafe *carafe)
{
    const struct application *application = application_of(carafe);
    if (application != NULL) {
        return application_status(application);
    }
    const struct supervisor *supervisor = supervisor_of(carafe);
    return supervisor != NULL ? supervisor_status(supervisor) : CARAFE_INITIALIZING;
}

int carafe_scale(struct carafe *carafe, size_t workers, struct carafe_error *error)
{
    struct application *application = application_of(carafe);
    if (application == NULL) {
        return error_set(error, CARAFE_REFUSED, "carafe: scale: expected a running server, got one not started");
    }
    return application_scale(application, workers, error);
}

/* ---- Embedded ---- */

static void *run_embedded(void *argument)
{
    struct carafe *carafe = argument;
    carafe->thread_result = application_run(carafe->application, &carafe->thread_error);
    return NULL;
}

/* A second start finds the first one's server, unless that never came up or has gone down since. */
static int start_again(struct carafe *carafe, struct carafe_error *error)
{
    lock_take(&carafe->lock);
    bool embedded = carafe->embedded;
    bool ended = carafe->phase == PHASE_ENDED;
    lock_give(&carafe->lock);
    if (!embedded) {
        return error_set(error, CARAFE_REFUSED,
                         "carafe: embedded start: expected a new server, got one that runs alone");
    }
    if (ended || carafe_status(carafe) >= CARAFE_STOPPING) {
        return error_set(error, CARAFE_REFUSED,
                         "carafe: embedded start: expected a new server, got one that has ended");
    }
    return 0;
}

int carafe_embedded_start(struct carafe *carafe, struct carafe_error *error)
{
    if (!claim(carafe, true)) {
        return start_again(carafe, error);
    }
    int result = begin(carafe, CARAFE_EMBEDDED, error);
    if (result != 0) {
        return result;
    }
    lock_take(&carafe->lock);
    carafe->has_thread = pthread_create(&carafe->thread, NULL, run_embedded, carafe) == 0;
    carafe->phase = carafe->has_thread ? PHASE_STARTED : PHASE_ENDED;
    bool started = carafe->has_thread;
    lock_give(&carafe->lock);
    return started ? 0 : error_set(error, CARAFE_FAILED, "carafe: embedded start: expected a thread, got none");
}

/* The application, if it was started embedded. */
static struct application *embedded_application(struct carafe *carafe, const char *what, struct carafe_error *error)
{
    struct application *application = application_of(carafe);
    if (application == NULL || !carafe->embedded) {
        (void)error_set(error, CARAFE_REFUSED, "carafe: embedded %s: expected a start before, got none", what);
        return NULL;
    }
    return application;
}

int carafe_embedded_quiet(struct carafe *carafe, struct carafe_error *error)
{
    struct application *application = embedded_application(carafe, "quiet", error);
    if (application == NULL) {
        return CARAFE_REFUSED;
    }
    application_quiet(application);
    return 0;
}

/* One of those who stop joins the thread, and gets what the run returned. */
static int join_once(struct carafe *carafe, struct carafe_error *error)
{
    lock_take(&carafe->lock);
    bool mine = carafe->has_thread;
    carafe->has_thread = false;
    lock_give(&carafe->lock);
    if (!mine) {
        return 0;
    }
    (void)pthread_join(carafe->thread, NULL);
    return carafe->thread_result == 0
               ? 0
               : error_set(error, (enum carafe_code)carafe->thread_result, "%s", carafe->thread_error.text);
}

int carafe_embedded_stop(struct carafe *carafe, struct carafe_error *error)
{
    struct application *application = embedded_application(carafe, "stop", error);
    if (application == NULL) {
        return CARAFE_REFUSED;
    }
    int result = application_stop(application, error);
    if (result == CARAFE_REFUSED) {
        return result;
    }
    application_wait_terminated(application);
    int ran = join_once(carafe, error);
    return result != 0 ? result : ran;
}

/* ---- Swarm ---- */

/* The whole life of a node, in the process that was forked for it: its threads and handles are its own. */
static int live_as_node(struct carafe *carafe, struct parent *parent, size_t number, struct carafe_error *error)
{
    carafe->supervisor = NULL; /* the parent's */
    carafe->ports = (struct ports){0};
    int result = open_ports(carafe, error);
    struct node *node =
        result == 0 ? node_create(&carafe->config->values, &carafe->ports, number, parent, error) : NULL;
    if (node == NULL || subscribe_all(carafe, node_application(node), error) != 0) {
        return error->code == CARAFE_INVALID ? NODE_EXIT_CONFIGURATION : NODE_EXIT_FAILED;
    }
    lock_take(&carafe->lock);
    carafe->application = node_application(node);
    lock_give(&carafe->lock);
    int code = node_run(node, error);
    if (node_destroy(node)) {
        close_ports(carafe);
    }
    return code;
}

static int run_node(struct parent *parent, size_t number, void *owner)
{
    struct carafe *carafe = owner;
    struct carafe_error error = {.code = CARAFE_OK};
    struct log *log = carafe->ports.log;
    int code = live_as_node(carafe, parent, number, &error);
    if (code != 0) {
        log_line(log, LOG_ERROR_LEVEL, "%s", error.text);
    }
    return code;
}

static void set_supervisor(struct carafe *carafe, struct supervisor *supervisor)
{
    lock_take(&carafe->lock);
    carafe->supervisor = supervisor;
    carafe->phase = supervisor != NULL ? PHASE_STARTED : PHASE_ENDED;
    lock_give(&carafe->lock);
}

static int run_supervisor(struct carafe *carafe, struct children *children, struct carafe_error *error)
{
    struct ports *ports = &carafe->ports;
    struct supervisor *supervisor = supervisor_create(
        &(struct supervisor_options){
            .config = &carafe->config->values,
            .clock = ports->clock,
            .log = ports->log,
            .process = ports->process,
            .children = children,
            .node = run_node,
            .owner = carafe,
        },
        error);
    if (supervisor == NULL) {
        return CARAFE_NO_MEMORY;
    }
    int result = 0;
    for (size_t i = 0; result == 0 && i < carafe->subscription_count; i++) {
        const struct subscription *subscription = &carafe->subscriptions[i];
        result = supervisor_subscribe(supervisor, subscription->subscriber, subscription->owner, error);
    }
    if (result == 0) {
        set_supervisor(carafe, supervisor);
        result = supervisor_run(supervisor, error);
    }
    set_supervisor(carafe, NULL);
    supervisor_destroy(supervisor);
    return result;
}

int carafe_swarm_run(struct carafe *carafe, struct carafe_error *error)
{
    if (!claim(carafe, false)) {
        return error_set(error, CARAFE_REFUSED, "carafe: swarm: expected a new server, got one that was started");
    }
    struct ports *ports = &carafe->ports;
    ports->clock = posix_clock();
    ports->log = posix_log_create(ports->clock, STDERR_FILENO, LOG_INFO_LEVEL);
    ports->process = posix_process_create();
    struct children *children = posix_children_create(ports->clock);
    int result = 0;
    if (ports->log == NULL || ports->process == NULL || children == NULL) {
        result = error_set(error, CARAFE_NO_MEMORY, "carafe: swarm: expected memory, got none");
    } else if (!carafe->stopped_early) {
        result = run_supervisor(carafe, children, error);
    }
    posix_children_destroy(children);
    close_ports(carafe);
    return result;
}
