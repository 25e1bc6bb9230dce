#include "support/fake_consumer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/error.h"

static struct fake_member *self_of(struct consumer *consumer)
{
    return (struct fake_member *)consumer;
}

static void note_locked(struct fake_member *member, const char *name, const struct carafe_partition *partition)
{
    ASSERT(member->calls < FAKE_LOG_CALLS_MAX);
    struct fake_call *call = &member->log[member->calls++];
    (void)snprintf(call->name, sizeof call->name, "%s", name);
    if (partition != NULL) {
        (void)snprintf(call->topic, sizeof call->topic, "%s", partition->topic);
        call->partition = partition->partition;
        call->offset = partition->offset;
    }
    pthread_cond_broadcast(&member->changed);
}

static void note(struct fake_member *member, const char *name, const struct carafe_partition *partition)
{
    pthread_mutex_lock(&member->lock);
    note_locked(member, name, partition);
    pthread_mutex_unlock(&member->lock);
}

static int subscribe(struct consumer *consumer, const struct carafe_names *topics, struct carafe_error *error)
{
    (void)error;
    for (size_t i = 0; i < topics->count; i++) {
        struct carafe_partition partition = {.topic = topics->list[i]};
        note(self_of(consumer), "subscribe", &partition);
    }
    return 0;
}

static void fill_message(struct fake_member *member, const struct fake_step *step, struct consumer_poll *result)
{
    static const char payload[] = "payload";
    static const struct carafe_header header = {"trace", "abc", 3};
    int64_t now_ns = member->factory->clock->port.monotonic_ns(&member->factory->clock->port);
    char *topic = strdup(step->topic);
    result->kind = CONSUMER_MESSAGE;
    result->message = (struct consumer_message){
        .message =
            {
                .topic = topic,
                .partition = step->partition,
                .offset = step->offset,
                .timestamp_ms = now_ns / NS_PER_MS,
                .key = "key",
                .key_len = 3,
                .payload = payload,
                .payload_len = sizeof payload - 1,
                .headers = &header,
                .header_count = 1,
            },
        .fetched_ns = now_ns,
        .source = member,
    };
}

/* Called without the lock: the observer calls back. */
static void play(struct fake_member *member, const struct fake_step *step, struct consumer_poll *result)
{
    const struct consumer_observer *observer = &member->observer;
    struct carafe_partition partition = {step->topic, step->partition, -1001};
    result->kind = CONSUMER_INTERRUPTED;
    switch (step->kind) {
    case FAKE_ASSIGN:
        observer->assign(&partition, 1, observer->owner);
        observer->assigned(&partition, 1, observer->owner);
        break;
    case FAKE_REVOKE:
        observer->revoke(&partition, 1, false, observer->owner);
        observer->revoked(&partition, 1, false, observer->owner);
        break;
    case FAKE_MESSAGE:
        fill_message(member, step, result);
        break;
    case FAKE_EOF:
        result->kind = CONSUMER_EOF;
        result->partition = (struct carafe_partition){step->topic, step->partition, step->offset};
        break;
    case FAKE_FAILURE:
        result->kind = CONSUMER_FAILED;
        result->fatal = step->fatal;
        (void)snprintf(result->error_class, sizeof result->error_class, "_FAKE");
        (void)error_set(&result->error, CARAFE_FAILED, "poll: expected a message, got a failure");
        break;
    case FAKE_STATISTICS:
        observer->statistics("carafe#consumer-1", "{}", 2, observer->owner);
        break;
    }
}

static void poll(struct consumer *consumer, int64_t deadline_ns, struct consumer_poll *result)
{
    struct fake_member *member = self_of(consumer);
    struct clock *clock = &member->factory->clock->port;
    const struct fake_step *step = NULL;
    result->kind = CONSUMER_NOTHING;
    pthread_mutex_lock(&member->lock);
    member->polls++;
    pthread_cond_broadcast(&member->changed);
    while (member->next_step == member->steps && !member->woken) {
        if (clock->wait_until(clock, &member->changed, &member->lock, deadline_ns) != 0) {
            break;
        }
    }
    while (member->stuck) {
        pthread_cond_wait(&member->changed, &member->lock);
    }
    if (member->woken) {
        member->woken = false;
        result->kind = CONSUMER_INTERRUPTED;
    } else if (member->next_step < member->steps) {
        step = &member->script[member->next_step++];
        member->messages_out += step->kind == FAKE_MESSAGE ? 1 : 0;
    }
    pthread_mutex_unlock(&member->lock);
    if (step != NULL) {
        play(member, step, result);
    }
}

static void serve(struct consumer *consumer)
{
    note(self_of(consumer), "serve", NULL);
}

static void wake(struct consumer *consumer)
{
    struct fake_member *member = self_of(consumer);
    pthread_mutex_lock(&member->lock);
    member->woken = true;
    pthread_cond_broadcast(&member->changed);
    pthread_mutex_unlock(&member->lock);
}

static int pause_partition(struct consumer *consumer, const struct carafe_partition *partition,
                           struct carafe_error *error)
{
    (void)error;
    note(self_of(consumer), "pause", partition);
    return 0;
}

static int resume_partition(struct consumer *consumer, const struct carafe_partition *partition,
                            struct carafe_error *error)
{
    (void)error;
    note(self_of(consumer), "resume", partition);
    return 0;
}

static int seek(struct consumer *consumer, const struct carafe_partition *partition, struct carafe_error *error)
{
    note(self_of(consumer), "seek", partition);
    int code = self_of(consumer)->seek_code;
    return code == 0 ? 0 : error_set(error, (enum carafe_code)code, "seek: expected success, got a refusal");
}

static int store(struct consumer *consumer, const struct carafe_partition *partition, struct carafe_error *error)
{
    (void)error;
    note(self_of(consumer), "store", partition);
    return 0;
}

static int commit(struct consumer *consumer, const struct carafe_partition *partition, bool wait,
                  struct carafe_error *error)
{
    (void)wait;
    (void)error;
    note(self_of(consumer), "commit", partition);
    return 0;
}

static bool assignment_lost(struct consumer *consumer)
{
    (void)consumer;
    return false;
}

static int unsubscribe(struct consumer *consumer, int64_t deadline_ns, struct carafe_error *error)
{
    (void)deadline_ns;
    note(self_of(consumer), "unsubscribe", NULL);
    int code = self_of(consumer)->unsubscribe_code;
    return code == 0 ? 0 : error_set(error, (enum carafe_code)code, "unsubscribe: expected success, got a refusal");
}

static int close_member(struct consumer *consumer, struct carafe_error *error)
{
    struct fake_member *member = self_of(consumer);
    note(member, "close", NULL);
    pthread_mutex_lock(&member->lock);
    while (member->stuck) {
        pthread_cond_wait(&member->changed, &member->lock);
    }
    member->closed = true;
    int code = member->close_code;
    pthread_mutex_unlock(&member->lock);
    return code == 0 ? 0 : error_set(error, (enum carafe_code)code, "close: expected success, got a refusal");
}

static void destroy(struct consumer *consumer)
{
    struct fake_member *member = self_of(consumer);
    pthread_mutex_lock(&member->lock);
    ASSERT(member->closed);
    ASSERT(member->messages_out == 0);
    note_locked(member, "destroy", NULL);
    pthread_mutex_unlock(&member->lock);
}

static void release(struct consumer_message *message)
{
    struct fake_member *member = message->source;
    free((void *)(uintptr_t)message->message.topic);
    pthread_mutex_lock(&member->lock);
    ASSERT(member->messages_out > 0);
    member->messages_out--;
    pthread_cond_broadcast(&member->changed);
    pthread_mutex_unlock(&member->lock);
}

static struct fake_member *member_create(struct fake_factory *factory, const struct consumer_options *options)
{
    struct fake_member *member = calloc(1, sizeof *member);
    ASSERT(member != NULL);
    member->port = (struct consumer){
        .subscribe = subscribe,
        .poll = poll,
        .serve = serve,
        .wake = wake,
        .pause = pause_partition,
        .resume = resume_partition,
        .seek = seek,
        .store = store,
        .commit = commit,
        .assignment_lost = assignment_lost,
        .unsubscribe = unsubscribe,
        .close = close_member,
        .destroy = destroy,
        .release = release,
    };
    member->factory = factory;
    member->observer = options->observer;
    (void)snprintf(member->subscription_group, sizeof member->subscription_group, "%s", options->subscription_group);
    pthread_mutex_init(&member->lock, NULL);
    pthread_cond_init(&member->changed, NULL);
    return member;
}

static int open_member(struct consumer_factory *port, const struct consumer_options *options,
                       struct consumer **consumer, struct carafe_error *error)
{
    struct fake_factory *factory = (struct fake_factory *)port;
    pthread_mutex_lock(&factory->lock);
    if (factory->open_failures > 0) {
        factory->open_failures--;
        pthread_mutex_unlock(&factory->lock);
        return error_set(error, CARAFE_FAILED, "open: expected a client, got none");
    }
    ASSERT(factory->count < FAKE_MEMBERS_MAX);
    struct fake_member *member = member_create(factory, options);
    factory->members[factory->count++] = member;
    *consumer = &member->port;
    pthread_cond_broadcast(&factory->opened);
    pthread_mutex_unlock(&factory->lock);
    return 0;
}

static int check(struct consumer_factory *port, const struct consumer_options *options, struct carafe_error *error)
{
    (void)port;
    for (size_t i = 0; i < options->kafka.count; i++) {
        if (strcmp(options->kafka.list[i].name, "wrong.setting") == 0) {
            return error_append(error, CARAFE_INVALID, "kafka: %s: expected a known setting, got wrong.setting",
                                options->subscription_group);
        }
    }
    return 0;
}

static const char *library_version(struct consumer_factory *port)
{
    (void)port;
    return "2.0.2";
}

void fake_factory_init(struct fake_factory *factory, struct fake_clock *clock)
{
    *factory = (struct fake_factory){
        .port = {.open = open_member, .check = check, .library_version = library_version},
        .clock = clock,
    };
    pthread_mutex_init(&factory->lock, NULL);
    pthread_cond_init(&factory->opened, NULL);
}

void fake_factory_close(struct fake_factory *factory)
{
    for (size_t i = 0; i < factory->count; i++) {
        pthread_cond_destroy(&factory->members[i]->changed);
        pthread_mutex_destroy(&factory->members[i]->lock);
        free(factory->members[i]);
    }
    pthread_cond_destroy(&factory->opened);
    pthread_mutex_destroy(&factory->lock);
}

struct fake_member *fake_factory_member(struct fake_factory *factory, size_t index)
{
    pthread_mutex_lock(&factory->lock);
    while (factory->count <= index) {
        pthread_cond_wait(&factory->opened, &factory->lock);
    }
    struct fake_member *member = factory->members[index];
    pthread_mutex_unlock(&factory->lock);
    return member;
}

static void tell(struct fake_member *member, struct fake_step step, const char *topic)
{
    (void)snprintf(step.topic, sizeof step.topic, "%s", topic);
    pthread_mutex_lock(&member->lock);
    ASSERT(member->steps < FAKE_SCRIPT_MAX);
    member->script[member->steps++] = step;
    pthread_cond_broadcast(&member->changed);
    pthread_mutex_unlock(&member->lock);
}

void fake_member_assign(struct fake_member *member, const char *topic, int32_t partition)
{
    tell(member, (struct fake_step){.kind = FAKE_ASSIGN, .partition = partition}, topic);
}

void fake_member_revoke(struct fake_member *member, const char *topic, int32_t partition)
{
    tell(member, (struct fake_step){.kind = FAKE_REVOKE, .partition = partition}, topic);
}

void fake_member_message(struct fake_member *member, const char *topic, int32_t partition, int64_t offset)
{
    tell(member, (struct fake_step){.kind = FAKE_MESSAGE, .partition = partition, .offset = offset}, topic);
}

void fake_member_eof(struct fake_member *member, const char *topic, int32_t partition)
{
    tell(member, (struct fake_step){.kind = FAKE_EOF, .partition = partition}, topic);
}

void fake_member_fail(struct fake_member *member, bool fatal)
{
    tell(member, (struct fake_step){.kind = FAKE_FAILURE, .fatal = fatal}, "");
}

struct fake_call fake_member_await(struct fake_member *member, const char *name, size_t count)
{
    pthread_mutex_lock(&member->lock);
    size_t seen = 0;
    size_t i = 0;
    for (;; i++) {
        while (i == member->calls) {
            pthread_cond_wait(&member->changed, &member->lock);
        }
        if (strcmp(member->log[i].name, name) == 0 && ++seen == count) {
            break;
        }
    }
    struct fake_call call = member->log[i];
    pthread_mutex_unlock(&member->lock);
    return call;
}

size_t fake_member_count(struct fake_member *member, const char *name)
{
    pthread_mutex_lock(&member->lock);
    size_t count = 0;
    for (size_t i = 0; i < member->calls; i++) {
        count += strcmp(member->log[i].name, name) == 0 ? 1 : 0;
    }
    pthread_mutex_unlock(&member->lock);
    return count;
}

int64_t fake_member_stored(struct fake_member *member, const char *topic, int32_t partition)
{
    int64_t offset = -1;
    pthread_mutex_lock(&member->lock);
    for (size_t i = 0; i < member->calls; i++) {
        const struct fake_call *call = &member->log[i];
        if (strcmp(call->name, "store") == 0 && strcmp(call->topic, topic) == 0 && call->partition == partition) {
            offset = call->offset;
        }
    }
    pthread_mutex_unlock(&member->lock);
    return offset;
}

size_t fake_member_messages_out(struct fake_member *member)
{
    pthread_mutex_lock(&member->lock);
    size_t count = member->messages_out;
    pthread_mutex_unlock(&member->lock);
    return count;
}

void fake_member_await_drained(struct fake_member *member)
{
    pthread_mutex_lock(&member->lock);
    while (member->next_step < member->steps || member->messages_out > 0) {
        pthread_cond_wait(&member->changed, &member->lock);
    }
    pthread_mutex_unlock(&member->lock);
}

void fake_member_set_stuck(struct fake_member *member, bool stuck)
{
    pthread_mutex_lock(&member->lock);
    member->stuck = stuck;
    pthread_cond_broadcast(&member->changed);
    pthread_mutex_unlock(&member->lock);
}
