#include "oracle/traits.h"

#include "ports/clock.h"

#include <stdlib.h>
#include <string.h>

#define SHUTDOWN_TIMEOUT_MS       60000
#define FORCEFUL_SHUTDOWN_WAIT_MS 5000
#define SUPERVISION_SLEEP_MS      100
#define REPORT_INTERVAL_MS        5000
#define FORCEFUL_EXIT_CODE        2
#define MAX_POLL_INTERVAL_MS      300000
#define MAX_RETRIES               3
#define REPORT_SCHEMA             "1.4.0"
#define OFFSET_OUT_OF_RANGE       1 /* of the protocol */
#define LIST_OFFSETS              2

static int64_t duration(const struct program_settings *settings, int id, int64_t missing_ms)
{
    const struct program_value *value = program_setting(settings, id);
    return value != NULL ? value->high : missing_ms * NS_PER_MS;
}

/* ---- Topics ------------------------------------------------------------------------------------------------------ */

static int64_t cost_of(const struct program_cost *cost)
{
    switch (cost->kind) {
    case PROGRAM_COST_UNIFORM:
        return cost->ns.high;
    case PROGRAM_COST_EXPONENTIAL:
        return 40 * cost->ns.low; /* the longest that a generator of 53 bits draws */
    default:
        return 0;
    }
}

#define FETCH_ANEW_NS (2 * NS_PER_S)

/* A client drops what it has fetched of a partition that is paused, and looks for it again within a second or two. */
static int64_t cost_of_pauses(const struct program_handler *handler)
{
    const struct program_value *non_blocking = program_setting(&handler->settings, PROGRAM_TOPIC_NON_BLOCKING);
    return non_blocking != NULL && non_blocking->low != 0 ? FETCH_ANEW_NS : 0;
}

static void add_dead_letters(struct topic_traits *topic, const struct program_handler *handler)
{
    const struct program_value *dead_letters = program_setting(&handler->settings, PROGRAM_TOPIC_DEAD_LETTERS);
    const struct program_value *max_retries = program_setting(&handler->settings, PROGRAM_TOPIC_MAX_RETRIES);
    topic->dead_letters = dead_letters != NULL ? dead_letters->text : topic->dead_letters;
    topic->max_retries = max_retries != NULL ? max_retries->low : topic->max_retries;
}

static void add_handler(struct traits *traits, const struct program_handler *handler)
{
    struct server_traits *server = &traits->servers[handler->server];
    struct topic_traits *topic = &server->topics[handler->of.topic];
    const struct program_value *group = program_setting(&handler->settings, PROGRAM_TOPIC_GROUP);
    if (topic->group == NULL) {
        topic->group = traits->program->servers[handler->server].group;
        topic->steady = true;
        topic->max_retries = MAX_RETRIES;
    }
    add_dead_letters(topic, handler);
    if (handler->produce.topic != PROGRAM_NONE) {
        server->topics[handler->produce.topic].produced = true;
    }
    server->by_library = server->by_library || handler->library != NULL;
    topic->group = group != NULL ? group->text : topic->group;
    topic->by_library = topic->by_library || handler->library != NULL;
    topic->seeks = topic->seeks || topic->by_library || handler->seeks;
    topic->steady = topic->steady && !topic->seeks && !handler->hangs && handler->failing.kind == PROGRAM_FAILS_NEVER &&
                    handler->pause_ns == 0 && handler->fails_in == 0 &&
                    handler->marking == PROGRAM_MARKS_AUTOMATICALLY && handler->produce.topic == PROGRAM_NONE;
    int64_t cost = cost_of(&handler->message_cost) + cost_of(&handler->batch_cost) + cost_of_pauses(handler);
    topic->cost_ns = cost > topic->cost_ns ? cost : topic->cost_ns;
    for (size_t i = 0; i < handler->settings.count; i++) {
        enum vocabulary_type type = vocabulary_handler[handler->settings.list[i].id].type;
        if (type == VOCABULARY_DURATION) {
            server->patience_ns += handler->settings.list[i].value.high;
        }
    }
}

/* ---- Servers ----------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

static void add_kafka_setting(struct server_traits *server, const struct program_kafka_setting *setting)
{
    static const char *const harmless[] = {"auto.offset.reset", "client.id", "group.instance.id",
                                           "partition.assignment.strategy"};
    if (strcmp(setting->name, "auto.offset.reset") == 0) {
        server->latest = strcmp(setting->value, "earliest") != 0 && strcmp(setting->value, "smallest") != 0 &&
                         strcmp(setting->value, "beginning") != 0;
    }
    if (strcmp(setting->name, "max.poll.interval.ms") == 0) {
        server->join_ns = 0;
    }
    if (ends_with(setting->name, ".ms")) {
        server->hurried = server->hurried ||
                          (ends_with(setting->name, "timeout.ms") && strcmp(setting->name, "session.timeout.ms") != 0);
        int64_t ms = strtoll(setting->value, NULL, 10);
        server->patience_ns += ms > 0 && ms < INT64_C(1000000000) ? ms * NS_PER_MS : 0;
        return;
    }
    bool known = false;
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        known = known || strcmp(setting->name, harmless[i]) == 0;
    }
    server->steady = server->steady && known && !server->latest;
}

static bool restricts_activity(int id)
{
    return id == PROGRAM_SERVER_INCLUDE_GROUPS || id == PROGRAM_SERVER_INCLUDE_SUBSCRIPTION_GROUPS ||
           id == PROGRAM_SERVER_INCLUDE_TOPICS || id == PROGRAM_SERVER_EXCLUDE_GROUPS ||
           id == PROGRAM_SERVER_EXCLUDE_SUBSCRIPTION_GROUPS || id == PROGRAM_SERVER_EXCLUDE_TOPICS;
}

static void fill_server(struct server_traits *server, const struct program_server *declared)
{
    const struct program_settings *settings = &declared->settings;
    const struct program_value *reporting = program_setting(settings, PROGRAM_SERVER_REPORTING);
    const struct program_value *schema = program_setting(settings, PROGRAM_SERVER_REPORT_SCHEMA);
    const struct program_value *code = program_setting(settings, PROGRAM_SERVER_FORCEFUL_EXIT_CODE);
    server->supervisor = declared->mode == PROGRAM_SUPERVISOR;
    server->embedded = declared->mode == PROGRAM_EMBEDDED;
    server->steady = true;
    server->consumes = !server->supervisor;
    server->join_ns = MAX_POLL_INTERVAL_MS * NS_PER_MS;
    server->reporting = reporting == NULL || reporting->low != 0;
    server->schema = schema != NULL ? schema->text : REPORT_SCHEMA;
    server->forceful_code = code != NULL ? (int)code->low : FORCEFUL_EXIT_CODE;
    server->shutdown_ns = duration(settings, PROGRAM_SERVER_SHUTDOWN_TIMEOUT, SHUTDOWN_TIMEOUT_MS);
    server->forceful_ns = duration(settings, PROGRAM_SERVER_FORCEFUL_SHUTDOWN_WAIT, FORCEFUL_SHUTDOWN_WAIT_MS);
    server->tick_ns = duration(settings, PROGRAM_SERVER_SUPERVISION_SLEEP, SUPERVISION_SLEEP_MS);
    server->interval_ns = duration(settings, PROGRAM_SERVER_REPORT_INTERVAL, REPORT_INTERVAL_MS);
    for (size_t i = 0; i < settings->count; i++) {
        enum vocabulary_type type = vocabulary_server[settings->list[i].id].type;
        bool waits = type == VOCABULARY_DURATION || type == VOCABULARY_DURATION_RANGE;
        server->patience_ns += waits ? settings->list[i].value.high : 0;
        server->steady = server->steady && !restricts_activity(settings->list[i].id);
    }
    for (size_t i = 0; i < settings->kafka_count; i++) {
        add_kafka_setting(server, &settings->kafka[i]);
    }
}

/* ---- What the scenario does to them ------------------------------------------------------------------------------ */

/* What is done to a supervisor is done to it alone, unless it is about all processes. */
static bool concerns(const struct traits *traits, const struct program_process *process, size_t row)
{
    return process->kind == PROGRAM_SERVER &&
           (process->index == PROGRAM_NONE || program_process_index(traits->program, process) == row);
}

static void add_fault(struct traits *traits, const struct program_fault *fault)
{
    bool producer = fault->kind == PROGRAM_FAULT_PRODUCER_CLOSED || fault->kind == PROGRAM_FAULT_PRODUCER_FULL ||
                    fault->kind == PROGRAM_FAULT_PRODUCER_FAILURE;
    bool clock = fault->kind == PROGRAM_FAULT_CLOCK_STEP || fault->kind == PROGRAM_FAULT_CLOCK_DRIFT;
    traits->answers_get_lost = traits->answers_get_lost || (!producer && !clock);
    traits->offsets_get_reset =
        traits->offsets_get_reset ||
        (fault->kind == PROGRAM_FAULT_API && (fault->error == OFFSET_OUT_OF_RANGE || fault->api == LIST_OFFSETS));
    for (size_t i = 0; i < traits->count; i++) {
        if (concerns(traits, &fault->process, i)) {
            struct server_traits *server = &traits->servers[i];
            server->producer_fails = server->producer_fails || producer;
            server->deliveries_fail =
                server->deliveries_fail || (producer && fault->kind != PROGRAM_FAULT_PRODUCER_FULL);
            server->may_be_paused = server->may_be_paused || fault->kind == PROGRAM_FAULT_PAUSE;
            server->steady = server->steady && fault->kind != PROGRAM_FAULT_CONSUMER;
        }
    }
}

/* The program around an embedded server leaves signals alone, so the system stops it. */
static void add_signals(struct traits *traits, const struct program_signals *signals)
{
    bool stops = false;
    for (size_t i = 0; i < signals->count; i++) {
        stops = stops || signals->list[i] == PROGRAM_SIGNAL_TSTP || signals->list[i] == PROGRAM_SIGNAL_TTIN;
    }
    for (size_t i = 0; i < traits->count; i++) {
        struct server_traits *server = &traits->servers[i];
        if (stops && server->embedded && concerns(traits, &signals->process, i)) {
            server->may_be_paused = true;
            server->steady = false;
        }
    }
}

static void add_statement(struct traits *traits, const struct program_statement *statement)
{
    if (statement->kind == PROGRAM_FAULT) {
        add_fault(traits, statement->as.fault);
    } else if (statement->kind == PROGRAM_SIGNAL) {
        add_signals(traits, statement->as.signals);
    } else if (statement->kind == PROGRAM_CORRUPT && statement->as.corrupt->document != PROGRAM_STATISTICS) {
        for (size_t i = 0; i < traits->count; i++) {
            struct server_traits *server = &traits->servers[i];
            server->corrupted = server->corrupted || concerns(traits, &statement->as.corrupt->process, i);
        }
    }
}

/* ---- Life -------------------------------------------------------------------------------------------------------- */

/* Nodes are what their server says, and have handlers of their own count. */
static void fill_node(struct traits *traits, size_t row)
{
    const struct server_traits *server = &traits->servers[program_process_server(traits->program, row)];
    struct server_traits *node = &traits->servers[row];
    struct topic_traits *topics = node->topics;
    memcpy(topics, server->topics, traits->program->topic_count * sizeof *topics);
    *node = *server;
    node->topics = topics;
    node->supervisor = false;
    node->consumes = true;
}

static void fill_names(struct traits *traits)
{
    for (size_t i = 0; i < traits->count; i++) {
        size_t server = program_process_server(traits->program, i);
        struct program_process process = {PROGRAM_SERVER, server, program_process_node(traits->program, i)};
        if (server != PROGRAM_NONE) {
            (void)program_process_text(traits->program, &process, traits->servers[i].name);
        }
    }
}

static bool allocate(struct traits *traits)
{
    traits->count = program_process_count(traits->program);
    traits->servers = calloc(traits->count + 1, sizeof *traits->servers);
    bool made = traits->servers != NULL;
    for (size_t i = 0; made && i < traits->count; i++) {
        traits->servers[i].topics = calloc(traits->program->topic_count + 1, sizeof *traits->servers[i].topics);
        made = traits->servers[i].topics != NULL;
    }
    return made;
}

struct traits *traits_create(const struct program *program)
{
    struct traits *traits = calloc(1, sizeof *traits);
    if (traits == NULL) {
        return NULL;
    }
    traits->program = program;
    if (!allocate(traits)) {
        traits_destroy(traits);
        return NULL;
    }
    for (size_t i = 0; i < program->server_count; i++) {
        fill_server(&traits->servers[i], &program->servers[i]);
    }
    for (size_t i = 0; i < program->handler_count; i++) {
        add_handler(traits, &program->handlers[i]);
    }
    for (size_t i = 0; i < program->statement_count; i++) {
        if (program->statements[i].kind == PROGRAM_HANDLER) {
            add_handler(traits, program->statements[i].as.handler);
        }
    }
    for (size_t i = program->server_count + program->member_count; i < traits->count; i++) {
        fill_node(traits, i);
    }
    fill_names(traits);
    for (size_t i = 0; i < program->statement_count; i++) {
        add_statement(traits, &program->statements[i]);
    }
    return traits;
}

void traits_destroy(struct traits *traits)
{
    if (traits == NULL) {
        return;
    }
    for (size_t i = 0; traits->servers != NULL && i < traits->count; i++) {
        free(traits->servers[i].topics);
    }
    free(traits->servers);
    free(traits);
}

const char *traits_group(const struct traits *traits, size_t process, size_t topic)
{
    const struct program *program = traits->program;
    if (program_process_server(program, process) != PROGRAM_NONE) {
        return traits->servers[process].topics[topic].group;
    }
    const struct program_member *member = &program->members[process - program->server_count];
    for (size_t i = 0; i < member->topic_count; i++) {
        if (member->topics[i] == topic) {
            return member->group;
        }
    }
    return NULL;
}
