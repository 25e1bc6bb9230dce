#include "run/handlers.h"

#include "base/assert.h"
#include "base/error.h"
#include "ports/clock.h"
#include "run/behaviour.h"
#include "run/guests.h"
#include "run/ledger.h"
#include "run/user_handlers.h"
#include "world/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HANDLER_STREAM     UINT64_C(0x68616e64) /* of run_random */
#define HANDLER_CHUNK_MS   INT64_C(3600000)
#define HANDLER_CHUNKS_MAX INT64_C(1000000)
#define NO_CALL            INT64_C(-1)

/* One line of the scenario. */
struct behaviour {
    const struct program_handler *handler;
    user_handler use; /* NULL: scripted */
    bool sought;
    int64_t calls; /* of consume that it had a part in, or would have failed */
    int64_t last_call;
};

/* What handles one topic of one server. */
struct script {
    struct run *run;
    size_t server;
    size_t topic;
    const char *group;
    struct behaviour *list; /* in file order, later ones added with their time; it moves when one is added */
    size_t count;
    int64_t calls;      /* of consume */
    unsigned failed_in; /* a bit for each enum program_callback that has failed as it was told to */
    struct dice dice;
    struct carafe_setting *kafka; /* of its topic alone */
    size_t kafka_count;
};

struct handlers {
    struct run *run;
    struct script *scripts;
    size_t count;
};

/* ---- The behaviour of one batch ---------------------------------------------------------------------------------- */

static bool covers(const struct program_handler *handler, const struct carafe_message *message)
{
    return (handler->of.partition == PROGRAM_NO_PARTITION || handler->of.partition == message->partition) &&
           message->offset >= handler->from_offset && message->offset <= handler->to_offset;
}

/* The last statement that covers a message decides; -1: none does. */
static ptrdiff_t decides(const struct script *script, const struct carafe_message *message)
{
    for (size_t i = script->count; i > 0; i--) {
        if (covers(script->list[i - 1].handler, message)) {
            return (ptrdiff_t)i - 1;
        }
    }
    return -1;
}

/* Never returns by itself: only when cancelled, unless it ignores that too. */
static int hang(struct carafe_consumer *consumer, const struct program_handler *handler)
{
    if (handler->hang_ns != PROGRAM_END_NS) {
        behaviour_spend(handler->hang_ns);
        return 0;
    }
    for (int64_t i = 0; i < HANDLER_CHUNKS_MAX; i++) {
        if (handler->ignores_cancel) {
            sim_sleep_until(SIM_NEVER);
        }
        if (carafe_consumer_sleep(consumer, HANDLER_CHUNK_MS) != 0) {
            return carafe_consumer_fail(consumer, "Cancelled", "the handler was told to give up");
        }
    }
    return 0;
}

/* The text once, or again and again until it has its size. */
static int fail(struct carafe_consumer *consumer, const struct program_handler *handler)
{
    const char *error_class = handler->error_class != NULL ? handler->error_class : "HandlerError";
    const char *once = handler->error_text != NULL ? handler->error_text : "the scenario makes it fail";
    size_t size = (size_t)handler->error_size;
    size_t once_len = strlen(once);
    char *text = calloc(1, size + 1);
    ASSERT(text != NULL);
    for (size_t i = 0; i < size && once_len > 0; i++) {
        text[i] = once[i % once_len];
    }
    int code = carafe_consumer_fail(consumer, error_class, "%s", size > 0 ? text : once);
    free(text);
    return code;
}

static int produce(struct script *script, struct carafe_consumer *consumer, const struct program_handler *handler,
                   const struct carafe_message *message)
{
    size_t size = (size_t)handler->produce.size;
    char *payload = malloc(size + 1);
    ASSERT(payload != NULL);
    memset(payload, 'p', size + 1);
    struct carafe_record record = {.topic = script->run->program->topics[handler->produce.topic].name,
                                   .partition = -1,
                                   .key = message->key,
                                   .key_len = message->key_len,
                                   .payload = payload,
                                   .payload_len = size};
    struct carafe_error error;
    int code = handler->produce.synchronous ? carafe_consumer_produce_sync(consumer, &record, &error)
                                            : carafe_consumer_produce(consumer, &record, &error);
    free(payload);
    return code == 0 ? 0 : carafe_consumer_fail(consumer, "ProduceError", "%s", error.text);
}

/* Which process it is that handles: the server itself, or one of its nodes. */
static size_t who(const struct script *script)
{
    return program_process_named(script->run->program, sim_process_name(sim_process_current()));
}

static void observe_handled(struct script *script, const struct carafe_message *messages, size_t count)
{
    size_t process = who(script);
    struct run *run = script->run;
    for (size_t i = 0; i < count; i++) {
        ledger_processed(run->ledger, process, script->group, script->topic, messages[i].partition, messages[i].offset);
    }
    struct observation observation = {.kind = OBSERVATION_HANDLED,
                                      .process = sim_process_name(sim_process_current()),
                                      .name = run->program->topics[script->topic].name};
    observation_integer(&observation, "partition", messages[0].partition);
    observation_integer(&observation, "first_offset", messages[0].offset);
    observation_integer(&observation, "last_offset", messages[count - 1].offset);
    run_observe(run, &observation);
}

/* What is marked by hand is handled before the batch is. */
static int mark(struct script *script, struct carafe_consumer *consumer, const struct program_handler *handler,
                const struct carafe_message *message)
{
    int code = 0;
    if (handler->marking == PROGRAM_MARKS_BY_HAND || handler->marking == PROGRAM_MARKS_BY_HAND_SYNC) {
        observe_handled(script, message, 1);
    }
    if (handler->marking == PROGRAM_MARKS_BY_HAND) {
        code = carafe_consumer_mark(consumer, message);
    } else if (handler->marking == PROGRAM_MARKS_BY_HAND_SYNC) {
        code = carafe_consumer_mark_sync(consumer, message);
    }
    /* A partition that was revoked meanwhile is another's: what was handled will be handled again there. */
    return code == CARAFE_REFUSED ? 0 : code;
}

static int handle_message(struct script *script, struct carafe_consumer *consumer,
                          const struct program_handler *handler, const struct carafe_message *message)
{
    behaviour_spend(behaviour_cost_ns(&script->dice, &handler->message_cost));
    if (handler->hangs) {
        int code = hang(consumer, handler);
        if (code != 0) {
            return code;
        }
    }
    if (handler->produce.topic != PROGRAM_NONE) {
        int code = produce(script, consumer, handler, message);
        if (code != 0) {
            return code;
        }
    }
    return mark(script, consumer, handler, message);
}

static void after_batch(struct script *script, struct carafe_consumer *consumer, ptrdiff_t place)
{
    const struct program_handler *handler = script->list[place].handler;
    if (handler->pause_ns > 0) {
        bool endless = handler->pause_ns == PROGRAM_END_NS;
        (void)carafe_consumer_pause(consumer, -1, endless ? -1 : handler->pause_ns / NS_PER_MS);
    }
    if (handler->seeks && !script->list[place].sought) {
        script->list[place].sought = true;
        (void)carafe_consumer_seek(consumer, handler->seek_offset);
    }
}

/* How many messages from the first on `place` decides about. */
static size_t stretch(const struct script *script, const struct carafe_message *messages, size_t count, ptrdiff_t place)
{
    size_t len = 1;
    while (len < count && decides(script, &messages[len]) == place) {
        len++;
    }
    return len;
}

/* A consumer keeps its tags by name: these are numbered, and those that are left over go. */
static void tag(struct carafe_consumer *consumer, const struct program_handler *handler)
{
    for (size_t i = 0; handler->tag_count > 0 && i < PROGRAM_HANDLER_TAGS_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "tag %zu", i);
        (void)carafe_consumer_tag(consumer, name, i < handler->tag_count ? handler->tags[i] : NULL);
    }
}

/* A line counts the calls of consume in which its turn comes, each once. */
static bool fails_now(struct script *script, ptrdiff_t place, int64_t call)
{
    struct behaviour *line = &script->list[place];
    line->calls += line->last_call != call ? 1 : 0;
    line->last_call = call;
    return behaviour_fails(&script->dice, &line->handler->failing, line->calls - 1);
}

/* The messages one by one, up to the first that fails; a user's own handler gets all that are its own in a row. */
static int handle_batch(struct script *script, struct carafe_consumer *consumer, const struct carafe_message *messages,
                        size_t count)
{
    int64_t call = script->calls++;
    ptrdiff_t last = -1;
    for (size_t i = 0; i < count;) {
        ptrdiff_t place = decides(script, &messages[i]);
        if (place < 0) {
            i++;
            continue;
        }
        const struct program_handler *handler = script->list[place].handler;
        user_handler use = script->list[place].use;
        if (place != last) {
            tag(consumer, handler);
            behaviour_spend(behaviour_cost_ns(&script->dice, &handler->batch_cost));
            if (fails_now(script, place, call)) {
                return fail(consumer, handler);
            }
            last = place;
        }
        size_t len = use != NULL ? stretch(script, messages + i, count - i, place) : 1;
        int code =
            use != NULL ? use(consumer, messages + i, len) : handle_message(script, consumer, handler, &messages[i]);
        if (code != 0) {
            return code;
        }
        i += len;
    }
    if (last >= 0) {
        after_batch(script, consumer, last);
    }
    return 0;
}

/* What the world says of a thread that waits for ever, or never comes back. */
static void name_thread(const struct script *script, const struct carafe_message *messages, size_t count)
{
    char name[64];
    (void)snprintf(name, sizeof name, "handler of %s/%d", script->run->program->topics[script->topic].name,
                   count > 0 ? (int)messages[0].partition : -1);
    sim_thread_set_name(name);
}

static int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    struct script *script = carafe_consumer_argument(consumer);
    struct guests *guests = script->run->guests;
    size_t process = who(script);
    guests_asked(guests, consumer, CARAFE_JOB_CONSUME);
    guests_served(guests, consumer, messages, count);
    for (size_t i = 0; i < count; i++) {
        ledger_consumed(script->run->ledger, process, script->group, script->topic, messages[i].partition,
                        messages[i].offset);
    }
    name_thread(script, messages, count);
    int code = handle_batch(script, consumer, messages, count);
    sim_thread_set_name("worker");
    if (code == 0 && count > 0) {
        observe_handled(script, messages, count);
    }
    guests_answered(guests, consumer);
    return code;
}

/* ---- Everything else that a handler is called for ---------------------------------------------------------------- */

/* The first call of a callback that a line says so of fails, with that line's words. */
static int fail_once(struct script *script, struct carafe_consumer *consumer, size_t callback)
{
    unsigned bit = 1U << callback;
    for (size_t i = script->count; i > 0 && (script->failed_in & bit) == 0; i--) {
        if ((script->list[i - 1].handler->fails_in & bit) != 0) {
            script->failed_in |= bit;
            return fail(consumer, script->list[i - 1].handler);
        }
    }
    return 0;
}

/* Who could not be created is created again with the next job. */
static int create(struct carafe_consumer *consumer)
{
    struct script *script = carafe_consumer_argument(consumer);
    int code = fail_once(script, consumer, PROGRAM_CALLBACK_CREATE);
    if (code != 0) {
        return code;
    }
    guests_arrived(script->run->guests, who(script), consumer);
    return 0;
}

static void destroy(struct carafe_consumer *consumer)
{
    struct script *script = carafe_consumer_argument(consumer);
    guests_left(script->run->guests, consumer);
}

/* A job without messages has nothing to do here: that it ran is an event. */
static int take_note(struct carafe_consumer *consumer, enum carafe_job_type type)
{
    struct script *script = carafe_consumer_argument(consumer);
    guests_asked(script->run->guests, consumer, type);
    guests_answered(script->run->guests, consumer);
    return fail_once(script, consumer, (size_t)type);
}

static int revoked(struct carafe_consumer *consumer)
{
    return take_note(consumer, CARAFE_JOB_REVOKED);
}

static int shut_down(struct carafe_consumer *consumer)
{
    return take_note(consumer, CARAFE_JOB_SHUTDOWN);
}

static int eofed(struct carafe_consumer *consumer)
{
    return take_note(consumer, CARAFE_JOB_EOFED);
}

static int idle(struct carafe_consumer *consumer)
{
    return take_note(consumer, CARAFE_JOB_IDLE);
}

static int tick(struct carafe_consumer *consumer)
{
    return take_note(consumer, CARAFE_JOB_TICK);
}

/* ---- The scripts of a program ------------------------------------------------------------------------------------ */

static struct script *find(const struct handlers *handlers, size_t server, size_t topic)
{
    for (size_t i = 0; i < handlers->count; i++) {
        if (handlers->scripts[i].server == server && handlers->scripts[i].topic == topic) {
            return &handlers->scripts[i];
        }
    }
    return NULL;
}

static void append_kafka(struct script *script, const struct program_settings *settings)
{
    script->kafka = realloc(script->kafka, (script->kafka_count + settings->kafka_count + 1) * sizeof *script->kafka);
    ASSERT(script->kafka != NULL);
    for (size_t i = 0; i < settings->kafka_count; i++) {
        script->kafka[script->kafka_count++] =
            (struct carafe_setting){.name = settings->kafka[i].name, .value = settings->kafka[i].value};
    }
}

static void append(struct script *script, const struct program_handler *handler)
{
    append_kafka(script, &handler->settings);
    script->list = realloc(script->list, (script->count + 1) * sizeof *script->list);
    ASSERT(script->list != NULL);
    script->list[script->count++] =
        (struct behaviour){.handler = handler, .use = user_handler_of(handler), .last_call = NO_CALL};
}

static void add(struct handlers *handlers, const struct program_handler *handler)
{
    struct script *script = find(handlers, handler->server, handler->of.topic);
    if (script == NULL) {
        script = &handlers->scripts[handlers->count++];
        *script = (struct script){.run = handlers->run, .server = handler->server, .topic = handler->of.topic};
        script->group = handlers->run->program->servers[handler->server].group;
        script->dice.run = handlers->run;
        script->dice.stream =
            (HANDLER_STREAM << 32) + ((uint64_t)handler->server << 54) + ((uint64_t)handler->of.topic << 44);
    }
    const struct program_value *group = program_setting(&handler->settings, PROGRAM_TOPIC_GROUP);
    if (group != NULL) {
        script->group = group->text;
    }
    append(script, handler);
}

struct handlers *handlers_create(struct run *run)
{
    struct handlers *handlers = calloc(1, sizeof *handlers);
    if (handlers == NULL) {
        return NULL;
    }
    handlers->run = run;
    handlers->scripts = calloc(run->program->handler_count + 1, sizeof *handlers->scripts);
    if (handlers->scripts == NULL) {
        free(handlers);
        return NULL;
    }
    for (size_t i = 0; i < run->program->handler_count; i++) {
        add(handlers, &run->program->handlers[i]);
    }
    return handlers;
}

void handlers_destroy(struct handlers *handlers)
{
    if (handlers == NULL) {
        return;
    }
    for (size_t i = 0; i < handlers->count; i++) {
        free(handlers->scripts[i].list);
        free(handlers->scripts[i].kafka);
    }
    free(handlers->scripts);
    free(handlers);
}

void handlers_change(struct handlers *handlers, const struct program_handler *handler)
{
    struct script *script = find(handlers, handler->server, handler->of.topic);
    if (script != NULL) {
        append(script, handler);
    }
}

/* ---- As the server's configuration ------------------------------------------------------------------------------- */

static int64_t setting_ms(const struct program_settings *settings, int id, int64_t missing)
{
    const struct program_value *value = program_setting(settings, id);
    return value != NULL ? value->low / NS_PER_MS : missing;
}

static int64_t setting_integer(const struct program_settings *settings, int id, int64_t missing)
{
    const struct program_value *value = program_setting(settings, id);
    return value != NULL ? value->low : missing;
}

static const char *setting_text(const struct program_settings *settings, int id, const char *missing)
{
    const struct program_value *value = program_setting(settings, id);
    return value != NULL ? value->text : missing;
}

static void configure(struct carafe_topic *topic, const struct program_handler *handler)
{
    const struct program_settings *settings = &handler->settings;
    topic->subscription_group = setting_text(settings, PROGRAM_TOPIC_SUBSCRIPTION_GROUP, topic->subscription_group);
    topic->handler.name = setting_text(settings, PROGRAM_TOPIC_CONSUMER, topic->handler.name);
    topic->max_messages = (size_t)setting_integer(settings, PROGRAM_TOPIC_MAX_MESSAGES, (int64_t)topic->max_messages);
    topic->max_wait_time_ms = setting_ms(settings, PROGRAM_TOPIC_MAX_WAIT_TIME, topic->max_wait_time_ms);
    topic->pause_timeout_ms = setting_ms(settings, PROGRAM_TOPIC_PAUSE_TIMEOUT, topic->pause_timeout_ms);
    topic->pause_max_timeout_ms = setting_ms(settings, PROGRAM_TOPIC_PAUSE_MAX_TIMEOUT, topic->pause_max_timeout_ms);
    topic->pause_constant = setting_integer(settings, PROGRAM_TOPIC_PAUSE_CONSTANT, topic->pause_constant) != 0;
    topic->tick_ms = setting_ms(settings, PROGRAM_TOPIC_TICK, topic->tick_ms);
    topic->handler.tick = topic->tick_ms > 0 ? tick : NULL;
    bool idles = setting_integer(settings, PROGRAM_TOPIC_IDLE, topic->handler.idle != NULL) != 0;
    topic->handler.idle = idles ? idle : NULL;
    topic->long_running = setting_integer(settings, PROGRAM_TOPIC_NON_BLOCKING, topic->long_running) != 0;
    topic->manual_marking = topic->manual_marking || handler->marking != PROGRAM_MARKS_AUTOMATICALLY;
    struct carafe_dead_letters *dead_letters = &topic->dead_letters;
    dead_letters->topic = setting_text(settings, PROGRAM_TOPIC_DEAD_LETTERS, dead_letters->topic);
    dead_letters->max_retries = (int)setting_integer(settings, PROGRAM_TOPIC_MAX_RETRIES, dead_letters->max_retries);
    dead_letters->independent = setting_integer(settings, PROGRAM_TOPIC_INDEPENDENT, dead_letters->independent) != 0;
    dead_letters->synchronous = setting_integer(settings, PROGRAM_TOPIC_SYNCHRONOUS, dead_letters->synchronous) != 0;
}

/* Whoever asks for the ends of partitions gets jobs for them. */
static bool wants_ends(const struct script *script)
{
    const struct program_settings *settings = &script->run->program->servers[script->server].settings;
    for (size_t i = 0; i < settings->kafka_count; i++) {
        if (strcmp(settings->kafka[i].name, "enable.partition.eof") == 0) {
            return strcmp(settings->kafka[i].value, "true") == 0;
        }
    }
    return false;
}

static void topic_of(struct script *script, struct carafe_topic *topic)
{
    *topic = (struct carafe_topic){.name = script->run->program->topics[script->topic].name,
                                   .group = script->group,
                                   .handler = {.create = create,
                                               .destroy = destroy,
                                               .consume = consume,
                                               .revoked = revoked,
                                               .shutdown = shut_down,
                                               .eofed = wants_ends(script) ? eofed : NULL},
                                   .kafka = {.list = script->kafka, .count = script->kafka_count},
                                   .argument = script,
                                   .dead_letters = {.max_retries = -1}};
    for (size_t i = 0; i < script->count; i++) {
        configure(topic, script->list[i].handler);
    }
}

int handlers_topics(struct handlers *handlers, size_t server, struct carafe_topic *topics)
{
    int count = 0;
    for (size_t i = 0; i < handlers->count; i++) {
        struct script *script = &handlers->scripts[i];
        if (script->server == server) {
            topic_of(script, &topics[count++]);
        }
    }
    return count;
}
