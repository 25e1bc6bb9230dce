#include "run/servers.h"

#include "base/assert.h"
#include "base/error.h"
#include "kafka/kafka.h"
#include "posix/posix.h"
#include "run/director.h"
#include "run/guests.h"
#include "run/handlers.h"
#include "run/ledger.h"
#include "run/servers_parts.h"
#include "swarm/supervisor.h"
#include "run/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOT_STREAM        UINT64_C(0x626f6f74)
#define EXIT_CONFIGURATION 64
#define EXIT_FAILED        1
#define PPB_PER_PPM        1000
#define SETTINGS_OF_KSIM   3
#define ERRAND_LOOK_NS     (100 * NS_PER_US)

struct servers *servers_create(struct run *run)
{
    struct servers *servers = calloc(1, sizeof *servers);
    if (servers == NULL) {
        return NULL;
    }
    servers->run = run;
    servers->list = calloc(program_process_count(run->program) + 1, sizeof *servers->list);
    servers->count = program_process_count(run->program);
    if (servers->list == NULL) {
        free(servers);
        return NULL;
    }
    return servers;
}

void servers_destroy(struct servers *servers)
{
    if (servers == NULL) {
        return;
    }
    for (size_t i = 0; i < servers->count; i++) {
        while (servers->list[i] != NULL) {
            struct life *life = servers->list[i];
            servers->list[i] = life->previous;
            if (life->graceful) {
                corruptions_close(&life->corruptions);
                swarm_destroy(life->swarm);
                kinship_destroy(life->kinship);
                free(life->settings);
                free(life->topics);
                free(life);
            }
        }
    }
    free(servers->list);
    free(servers);
}

/* ---- Configuration ----------------------------------------------------------------------------------------------- */

const struct program_server *life_declared(const struct life *life)
{
    return &life->servers->run->program->servers[life->server];
}

static const struct program_value *value_of(const struct life *life, enum program_server_setting setting)
{
    return program_setting(&life_declared(life)->settings, (int)setting);
}

static void set_ms(const struct life *life, enum program_server_setting setting, int64_t *ms)
{
    const struct program_value *value = value_of(life, setting);
    if (value != NULL) {
        *ms = value->low / NS_PER_MS;
    }
}

static void set_size(const struct life *life, enum program_server_setting setting, size_t *size)
{
    const struct program_value *value = value_of(life, setting);
    if (value != NULL) {
        *size = (size_t)value->low;
    }
}

static void set_text(const struct life *life, enum program_server_setting setting, const char **text)
{
    const struct program_value *value = value_of(life, setting);
    if (value != NULL) {
        *text = value->text;
    }
}

static void set_names(const struct life *life, enum program_server_setting setting, struct carafe_names *names)
{
    const struct program_value *value = value_of(life, setting);
    if (value == NULL) {
        return;
    }
    if (value->kind == PROGRAM_LIST) {
        *names = (struct carafe_names){.list = value->list, .count = value->list_count};
    } else {
        *names = (struct carafe_names){.list = &value->text, .count = 1};
    }
}

static void configure_reporting(struct life *life)
{
    struct carafe_reporting *reporting = &life->config.reporting;
    const struct program_value *enabled = value_of(life, PROGRAM_SERVER_REPORTING);
    if (enabled != NULL) {
        reporting->enabled = enabled->low != 0;
    }
    set_ms(life, PROGRAM_SERVER_REPORT_INTERVAL, &reporting->interval_ms);
    set_text(life, PROGRAM_SERVER_REPORT_SCHEMA, &reporting->schema);
    set_text(life, PROGRAM_SERVER_REPORTS_TOPIC, &reporting->reports_topic);
    set_text(life, PROGRAM_SERVER_ERRORS_TOPIC, &reporting->errors_topic);
    set_size(life, PROGRAM_SERVER_SYNC_THRESHOLD, &reporting->sync_threshold);
    set_size(life, PROGRAM_SERVER_ERRORS_MAX, &reporting->errors_max);
}

static void configure_activity(struct life *life)
{
    struct carafe_activity *activity = &life->config.activity;
    set_names(life, PROGRAM_SERVER_INCLUDE_GROUPS, &activity->include_groups);
    set_names(life, PROGRAM_SERVER_INCLUDE_SUBSCRIPTION_GROUPS, &activity->include_subscription_groups);
    set_names(life, PROGRAM_SERVER_INCLUDE_TOPICS, &activity->include_topics);
    set_names(life, PROGRAM_SERVER_EXCLUDE_GROUPS, &activity->exclude_groups);
    set_names(life, PROGRAM_SERVER_EXCLUDE_SUBSCRIPTION_GROUPS, &activity->exclude_subscription_groups);
    set_names(life, PROGRAM_SERVER_EXCLUDE_TOPICS, &activity->exclude_topics);
    set_names(life, PROGRAM_SERVER_TAGS, &life->config.tags);
}

static void configure_times(struct life *life)
{
    struct carafe_config *config = &life->config;
    set_size(life, PROGRAM_SERVER_WORKERS, &config->concurrency);
    set_ms(life, PROGRAM_SERVER_SHUTDOWN_TIMEOUT, &config->shutdown_timeout_ms);
    set_ms(life, PROGRAM_SERVER_FORCEFUL_SHUTDOWN_WAIT, &config->forceful_shutdown_wait_ms);
    set_ms(life, PROGRAM_SERVER_SUPERVISION_SLEEP, &config->supervision_sleep_ms);
    set_size(life, PROGRAM_SERVER_MAX_MESSAGES, &config->max_messages);
    set_ms(life, PROGRAM_SERVER_MAX_WAIT_TIME, &config->max_wait_time_ms);
    set_ms(life, PROGRAM_SERVER_TICK_INTERVAL, &config->tick_interval_ms);
    set_ms(life, PROGRAM_SERVER_RESET_BACKOFF, &config->reset_backoff_ms);
    set_ms(life, PROGRAM_SERVER_PAUSE_TIMEOUT, &config->pause_timeout_ms);
    set_ms(life, PROGRAM_SERVER_PAUSE_MAX_TIMEOUT, &config->pause_max_timeout_ms);
    const struct program_value *code = value_of(life, PROGRAM_SERVER_FORCEFUL_EXIT_CODE);
    if (code != NULL) {
        config->forceful_exit_code = (int)code->low;
    }
}

static void configure_swarm(struct life *life)
{
    struct carafe_swarm *swarm = &life->config.swarm;
    if (life_declared(life)->nodes > 0) {
        swarm->nodes = (size_t)life_declared(life)->nodes;
    }
    set_ms(life, PROGRAM_SERVER_RESTART_BACKOFF, &swarm->restart_backoff_ms);
    set_ms(life, PROGRAM_SERVER_LIVENESS_EVERY, &swarm->liveness_every_ms);
    set_ms(life, PROGRAM_SERVER_LIVENESS_TIMEOUT, &swarm->liveness_timeout_ms);
}

/* The mock makes every rebalance but the first last as long as a session: scenarios want a short one. */
static int configure_kafka(struct life *life)
{
    const struct program_settings *settings = &life_declared(life)->settings;
    life->settings = calloc(settings->kafka_count + SETTINGS_OF_KSIM, sizeof *life->settings);
    if (life->settings == NULL) {
        return CARAFE_NO_MEMORY;
    }
    size_t count = 0;
    life->settings[count++] = (struct carafe_setting){.name = "bootstrap.servers",
                                                      .value = mock_cluster_bootstraps(life->servers->run->cluster)};
    life->settings[count++] = (struct carafe_setting){.name = "session.timeout.ms", .value = "6000"};
    life->settings[count++] = (struct carafe_setting){.name = "heartbeat.interval.ms", .value = "2000"};
    for (size_t i = 0; i < settings->kafka_count; i++) {
        life->settings[count++] =
            (struct carafe_setting){.name = settings->kafka[i].name, .value = settings->kafka[i].value};
    }
    life->config.kafka = (struct carafe_settings){.list = life->settings, .count = count};
    return 0;
}

static int configure(struct life *life, struct carafe_error *error)
{
    carafe_config_init(&life->config);
    life->config.reporting.enabled = true;
    configure_times(life);
    configure_reporting(life);
    configure_activity(life);
    configure_swarm(life);
    life->topics = calloc(life->servers->run->program->topic_count + 1, sizeof *life->topics);
    if (life->topics == NULL || configure_kafka(life) != 0) {
        return error_set(error, CARAFE_NO_MEMORY, "server: out of memory");
    }
    life->config.topics = life->topics;
    life->config.topic_count = (size_t)handlers_topics(life->servers->run->handlers, life->server, life->topics);
    return 0;
}

/* ---- What a server tells ----------------------------------------------------------------------------------------- */

static void note_partitions(struct life *life, const struct carafe_event *event, bool assigned)
{
    struct ledger *ledger = life->servers->run->ledger;
    for (size_t i = 0; i < event->partition_count; i++) {
        const struct carafe_partition *partition = &event->partitions[i];
        ledger_assigned(ledger, life->index, ledger_topic(ledger, partition->topic), partition->partition, assigned);
    }
}

static int on_event(const struct carafe_event *event, void *owner)
{
    struct life *life = owner;
    if (event->kind == CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED) {
        note_partitions(life, event, true);
    } else if (event->kind == CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED) {
        note_partitions(life, event, false);
    }
    struct observation observation = {.process = life->name};
    observation_from_event(&observation, event);
    run_observe(life->servers->run, &observation);
    return 0;
}

static void subscribe(struct life *life, struct supervisor *supervisor, carafe_subscriber subscriber, void *owner)
{
    struct carafe_error error;
    int code = supervisor != NULL ? supervisor_subscribe(supervisor, subscriber, owner, &error)
                                  : application_subscribe(life->application, subscriber, owner, &error);
    ASSERT(code == 0);
}

void life_subscribe(struct life *life, struct supervisor *supervisor)
{
    subscribe(life, supervisor, on_event, life);
    for (size_t i = 0; i < life->subscribers.count; i++) {
        subscribe(life, supervisor, subscriber_on_event, &life->subscribers.list[i]);
    }
}

/* Runs on the last switch of the process: nothing here may block. */
static void on_ended(struct sim_process *process, void *owner)
{
    struct life *life = owner;
    struct run *run = life->servers->run;
    life->ended = true;
    ledger_unassign_all(run->ledger, life->index);
    guests_gone(run->guests, life->index, life->graceful);
    struct observation observation = {.kind = OBSERVATION_EXIT, .process = life->name};
    if (sim_process_state(process) == SIM_CRASHED) {
        observation_text(&observation, "signal",
                         life->killed_by != PROGRAM_SIGNAL_NONE ? program_signal_name(life->killed_by) : "KILL");
    } else {
        observation_integer(&observation, "code", sim_process_exit_code(process));
        observation_text(&observation, "reason", life->failure[0] != '\0' ? life->failure : NULL);
    }
    if (life->threads_left > 0 || life->descriptors_left > 0) {
        observation_integer(&observation, "threads_left", (int64_t)life->threads_left);
        observation_integer(&observation, "descriptors_left", (int64_t)life->descriptors_left);
    }
    run_observe(run, &observation);
    swarm_mourn(life);
    director_wake(run->director);
}

/* ---- The process ------------------------------------------------------------------------------------------------- */

static enum carafe_execution_mode mode_of(const struct life *life)
{
    return life_declared(life)->mode == PROGRAM_EMBEDDED ? CARAFE_EMBEDDED : CARAFE_STANDALONE;
}

void life_fail(struct life *life, const struct carafe_error *error)
{
    (void)snprintf(life->failure, sizeof life->failure, "%s", error->text);
    life->log.port.write(&life->log.port, LOG_ERROR_LEVEL, error->text);
}

int life_open_ports(struct life *life, struct ports *ports, struct carafe_error *error)
{
    struct clock *clock = posix_clock();
    scripted_producer_init(&life->producer, clock, life->servers->run, life->name);
    life->consumers = kafka_consumer_factory_create(clock, &life->log.port);
    if (life->consumers == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "server: out of memory");
    }
    scripted_consumers_init(&life->tapped, life->consumers, &life->corruptions);
    int code = kafka_producer_create(&life->config.kafka, clock, &life->log.port, &life->producer.real, error);
    if (code != 0) {
        return code;
    }
    *ports = (struct ports){.clock = clock,
                            .signals = &life->signals.port, /* also of an embedded server, which leaves it alone */
                            .producer = &life->producer.port,
                            .consumers = &life->tapped.port,
                            .process = &life->identity.port,
                            .metrics = &life->metrics.port,
                            .log = &life->log.port,
                            .report_filter = &life->reports.port};
    return 0;
}

void life_close_ports(struct life *life)
{
    kafka_producer_destroy(life->producer.real);
    kafka_consumer_factory_destroy(life->consumers);
    scripted_consumers_close(&life->tapped);
    scripted_signals_close(&life->signals);
}

int life_exit_code(const struct life *life, int code)
{
    switch (code) {
    case 0:
        return 0;
    case CARAFE_INVALID:
        return EXIT_CONFIGURATION;
    case CARAFE_FORCED:
        return life->config.forceful_exit_code;
    default:
        return EXIT_FAILED;
    }
}

static int run_application(struct life *life, struct carafe_error *error)
{
    struct ports ports;
    int code = life_open_ports(life, &ports, error);
    if (code != 0) {
        return code;
    }
    life->application = application_create(&life->config, &ports, mode_of(life), error);
    if (life->application == NULL) {
        return error->code;
    }
    sim_hand_over(&life->application);
    life_subscribe(life, NULL);
    return application_run(life->application, error);
}

/* Errands that are under way may still use it. */
void life_await_errands(struct life *life)
{
    life->closing = true;
    while (life->errands > 0) {
        sim_sleep_until(sim_now() + ERRAND_LOOK_NS);
    }
    sim_take_over(life);
}

/* All is closed: only this thread may be left, and no descriptor. */
void life_count_leftovers(struct life *life)
{
    if (sim_process_threads(life->process) > 1) {
        sim_sleep_until(sim_now() + ERRAND_LOOK_NS); /* an errand's thread, on its last steps */
    }
    life->threads_left = sim_process_threads(life->process) - 1 + sim_process_unjoined(life->process);
    life->descriptors_left = sim_process_descriptors(life->process);
}

static void boot(const struct life *life)
{
    const struct program_value *time = value_of(life, PROGRAM_SERVER_BOOT);
    if (time != NULL) {
        struct program_range range = {.low = time->low, .high = time->high};
        sim_sleep_until(sim_now() + run_draw(life->servers->run, &range, BOOT_STREAM + life->server));
    }
}

/* The main thread of a server's process; what it does is what the command `carafe server` does. */
static int server_main(void *argument)
{
    struct life *life = argument;
    struct carafe_error error = {0};
    boot(life);
    if (life_declared(life)->mode == PROGRAM_SUPERVISOR) {
        return swarm_main(life);
    }
    int code = run_application(life, &error);
    if (code != 0) {
        life_fail(life, &error);
    }
    life_await_errands(life);
    if (application_destroy(life->application)) {
        life_close_ports(life);
        life->graceful = true;
        life_count_leftovers(life);
    }
    return life_exit_code(life, code);
}

static void create_process(struct life *life)
{
    const struct program_server *server = life_declared(life);
    const struct program_value *host = value_of(life, PROGRAM_SERVER_HOST);
    const struct program_value *pid = value_of(life, PROGRAM_SERVER_PID);
    const struct program_value *offset = value_of(life, PROGRAM_SERVER_CLOCK_OFFSET);
    const char *host_name = host != NULL ? host->text : server->name;
    life->wall_offset_ns = offset != NULL ? offset->low : 0;
    scripted_process_init(&life->identity, life->servers->run, host_name,
                          pid != NULL && life->node == PROGRAM_NO_NODE ? pid->low : 0);
    scripted_metrics_init(&life->metrics, &server->settings);
    scripted_log_init(&life->log, life->servers->run, life->name);
    corruptions_init(&life->corruptions, life->servers->run);
    scripted_reports_init(&life->reports, &life->corruptions);
    subscribers_init(&life->subscribers, life->servers->run, life->server);
    const struct program_value *threads = value_of(life, PROGRAM_SERVER_THREADS);
    life->process =
        sim_process_create(&(struct sim_process_options){.name = life->name,
                                                         .threads_max = threads != NULL ? (size_t)threads->low : 0,
                                                         .host_name = host_name,
                                                         .wall_offset_ns = life->wall_offset_ns,
                                                         .ended = on_ended,
                                                         .owner = life});
    life->identity.process = life->process;
    life->metrics.process = life->process;
}

static struct life *alive(const struct servers *servers, size_t server)
{
    if (server == PROGRAM_NONE) {
        return NULL;
    }
    struct life *life = servers->list[server];
    return life != NULL && !life->ended ? life : NULL;
}

struct life *life_start(struct servers *servers, size_t index, int (*entry)(void *life), struct kinship *kinship)
{
    const struct program *program = servers->run->program;
    struct life *life = calloc(1, sizeof *life);
    struct carafe_error error;
    ASSERT(life != NULL);
    life->servers = servers;
    life->index = index;
    life->server = program_process_server(program, index);
    life->node = program_process_node(program, index);
    life->kinship = kinship;
    (void)program_process_text(program, &(struct program_process){PROGRAM_SERVER, life->server, life->node},
                               life->name);
    if (configure(life, &error) != 0 || scripted_signals_init(&life->signals, posix_clock()) != 0) {
        verdict_error(servers->run, EXIT_USAGE, "server %s: %s", life->name, error.text);
        free(life->settings);
        free(life->topics);
        free(life);
        return NULL;
    }
    life->signals.blocked = life->node != PROGRAM_NO_NODE;
    life->previous = servers->list[index];
    servers->list[index] = life;
    create_process(life);
    sim_process_start(life->process, entry, life);
    return life;
}

void servers_start(struct servers *servers, size_t index)
{
    bool node = program_process_node(servers->run->program, index) != PROGRAM_NO_NODE;
    if (!node && alive(servers, index) == NULL) {
        (void)life_start(servers, index, server_main, NULL);
    }
}

/* ---- Errands ----------------------------------------------------------------------------------------------------- */

static void send(struct life *life, const char *name, void (*entry)(void *), struct errand errand)
{
    if (life == NULL || life->ended || life->closing) {
        return;
    }
    life->errands++;
    struct errand *copy = malloc(sizeof *copy);
    ASSERT(copy != NULL);
    *copy = errand;
    copy->life = life;
    (void)sim_process_spawn(life->process, name, entry, copy);
}

/* What the system does with a signal that nobody has bound.  Runs outside of the process. */
static void default_action(void *argument)
{
    struct errand errand = *(struct errand *)argument;
    free(argument);
    if (errand.life->ended) {
        return;
    }
    if (errand.signal == PROGRAM_SIGNAL_TSTP || errand.signal == PROGRAM_SIGNAL_TTIN) {
        sim_process_pause(errand.life->process);
        return;
    }
    errand.life->killed_by = errand.signal;
    sim_process_crash(errand.life->process);
}

/* The errand is done: nothing of its life may be touched after this. */
static void finish_errand(struct errand *errand)
{
    sim_hand_over(errand->life);
    errand->life->errands--;
    free(errand);
}

/* What the server's main thread made, as a host gives it to another thread.  NULL: not made yet. */
static struct application *application_of(struct life *life)
{
    sim_take_over(&life->application);
    return life->application;
}

static void raise_signal(void *argument)
{
    struct errand *errand = argument;
    struct life *life = errand->life;
    enum signal_kind kind = scripted_signals_kind(errand->signal);
    bool caught = life->swarm != NULL ? swarm_raise(life, kind) : scripted_signals_raise(&life->signals, kind);
    if (!caught) {
        struct errand *copy = malloc(sizeof *copy);
        ASSERT(copy != NULL);
        *copy = *errand;
        (void)sim_process_spawn(sim_process_world(), "signal", default_action, copy);
    }
    finish_errand(errand);
}

void life_signal(struct life *life, enum program_signal signal)
{
    bool stops = signal == PROGRAM_SIGNAL_TSTP || signal == PROGRAM_SIGNAL_TTIN;
    if (stops && life != NULL && sim_process_state(life->process) == SIM_PAUSED) {
        return; /* as a kernel does: what lets it go on again takes back what would stop it */
    }
    send(life, "signal", raise_signal, (struct errand){.signal = signal});
}

void servers_signal(struct servers *servers, size_t server, enum program_signal signal)
{
    life_signal(alive(servers, server), signal);
}

/* A host says what it was told, as the command does. */
static void heed(struct life *life, int code, const struct carafe_error *error)
{
    if (code != 0) {
        life->log.port.write(&life->log.port, LOG_ERROR_LEVEL, error->text);
    }
}

static void call_stop(void *argument)
{
    struct errand *errand = argument;
    struct carafe_error error;
    struct application *application = application_of(errand->life);
    if (application != NULL) {
        heed(errand->life, application_stop(application, &error), &error);
    } else if (errand->life->swarm != NULL) {
        (void)swarm_raise(errand->life, SIGNAL_TERM);
    }
    finish_errand(errand);
}

void servers_stop(struct servers *servers, size_t server)
{
    send(alive(servers, server), "stop", call_stop, (struct errand){0});
}

static void call_quiet(void *argument)
{
    struct errand *errand = argument;
    struct application *application = application_of(errand->life);
    if (application != NULL) {
        application_quiet(application);
    } else if (errand->life->swarm != NULL) {
        (void)swarm_raise(errand->life, SIGNAL_TSTP);
    }
    finish_errand(errand);
}

void servers_quiet(struct servers *servers, size_t server)
{
    send(alive(servers, server), "quiet", call_quiet, (struct errand){0});
}

static void call_scale(void *argument)
{
    struct errand *errand = argument;
    struct carafe_error error;
    struct application *application = application_of(errand->life);
    if (application != NULL) {
        heed(errand->life, application_scale(application, errand->workers, &error), &error);
    }
    finish_errand(errand);
}

void servers_scale(struct servers *servers, size_t server, size_t workers)
{
    send(alive(servers, server), "scale", call_scale, (struct errand){.workers = workers});
}

/* ---- Faults ------------------------------------------------------------------------------------------------------ */

void servers_crash(struct servers *servers, size_t server)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        sim_process_crash(life->process);
    }
}

void servers_pause(struct servers *servers, size_t server)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        sim_process_pause(life->process);
    }
}

void servers_resume(struct servers *servers, size_t server)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        sim_process_resume(life->process);
    }
}

void servers_step_clock(struct servers *servers, size_t server, int64_t step_ns)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        sim_process_set_wall(life->process, sim_process_wall_offset(life->process) + step_ns, 0);
    }
}

void servers_drift_clock(struct servers *servers, size_t server, int64_t drift_ppm)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        sim_process_set_wall(life->process, sim_process_wall_offset(life->process), drift_ppm * PPB_PER_PPM);
    }
}

void servers_close_producer(struct servers *servers, size_t server)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        life->producer.closed = true;
    }
}

static struct scripted_limit limit_of(const struct servers *servers, int64_t count, int64_t until_ns)
{
    bool timed = until_ns != PROGRAM_END_NS;
    return (struct scripted_limit){
        .left = count, .until_ns = timed ? SIM_MONOTONIC_ORIGIN_NS + servers->run->origin_ns + until_ns : INT64_MAX};
}

void servers_fill_producer(struct servers *servers, size_t server, int64_t count, int64_t until_ns)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        life->producer.full = limit_of(servers, count, until_ns);
    }
}

void servers_fail_deliveries(struct servers *servers, size_t server, int64_t count, int64_t until_ns,
                             const char *error_name)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        life->producer.failures = limit_of(servers, count, until_ns);
        snprintf(life->producer.failure, sizeof life->producer.failure, "%s",
                 error_name != NULL ? error_name : "_MSG_TIMED_OUT");
    }
}

void servers_fail_consumer(struct servers *servers, size_t server, enum program_consumer_call call, int64_t count)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        life->tapped.failing[call] = count;
    }
}

void servers_corrupt(struct servers *servers, size_t server, const struct program_corrupt *corrupt)
{
    struct life *life = alive(servers, server);
    if (life != NULL) {
        corruptions_add(&life->corruptions, corrupt);
    }
}

/* ---- All of them ------------------------------------------------------------------------------------------------- */

struct sim_process *servers_process(const struct servers *servers, size_t server)
{
    const struct life *life = servers->list[server];
    return life != NULL ? life->process : NULL;
}

/* An orphan may outlive the node that follows it. */
bool servers_all_ended(const struct servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        for (const struct life *life = servers->list[i]; life != NULL; life = life->previous) {
            if (!life->ended) {
                return false;
            }
        }
    }
    return true;
}

bool servers_all_graceful(const struct servers *servers)
{
    for (size_t i = 0; i < servers->count; i++) {
        for (const struct life *life = servers->list[i]; life != NULL; life = life->previous) {
            if (!life->graceful) {
                return false;
            }
        }
    }
    return true;
}
