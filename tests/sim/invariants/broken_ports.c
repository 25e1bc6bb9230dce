#include "broken_core.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "application/application.h"
#include "kafka/consumer.h"
#include "kafka/kafka.h"
#include "server/server_parts.h"

/* ---- The producer ------------------------------------------------------------------------------------------------ */

static int (*real_produce)(struct producer *producer, const struct carafe_record *record, delivery_callback callback,
                           void *owner, struct carafe_error *error);
static struct producer *real_producer;

static struct carafe_header *header_named(const struct carafe_record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (strcmp(record->headers[i].name, name) == 0) {
            return (struct carafe_header *)(uintptr_t)&record->headers[i];
        }
    }
    return NULL;
}

/* A record of the topic `dead`. */
static int produce_letter_badly(struct producer *producer, const struct carafe_record *record,
                                delivery_callback callback, void *owner, struct carafe_error *error)
{
    struct carafe_record changed = *record;
    if (bug == BUG_LETTER_WITHOUT_ITS_KEY) {
        changed.key = NULL;
        changed.key_len = 0;
    } else if (bug == BUG_LETTER_OF_ANOTHER_OFFSET) {
        header_named(record, "source_offset")->value = "0";
    } else if (bug == BUG_LETTER_SENT_TWICE) {
        (void)!real_produce(producer, record, NULL, NULL, error);
    } else if (bug == BUG_LETTER_TOLD_AND_NOT_SENT) {
        const struct delivery delivery = {.code = 0};
        callback(&delivery, owner);
        return 0;
    }
    return real_produce(producer, &changed, callback, owner, error);
}

static int produce_badly(struct producer *producer, const struct carafe_record *record, delivery_callback callback,
                         void *owner, struct carafe_error *error)
{
    if (strcmp(record->topic, "dead") == 0) {
        return produce_letter_badly(producer, record, callback, owner, error);
    }
    struct carafe_record changed = *record;
    if (bug == BUG_REPORT_TO_ANOTHER_PARTITION) {
        changed.partition = 1;
    } else if (bug == BUG_KEY_OF_ANOTHER_PROCESS) {
        changed.key = "another:1:0123456789ab";
        changed.key_len = strlen(changed.key);
    } else if (bug == BUG_HEADER_MISSING) {
        changed.header_count = 0;
    }
    return real_produce(producer, &changed, callback, owner, error);
}

static int (*real_close)(struct producer *producer, int64_t deadline_ns, size_t *purged, struct carafe_error *error);

/* Says that it is closed, and is not; or does not wait for what is under way. */
static int close_badly(struct producer *producer, int64_t deadline_ns, size_t *purged, struct carafe_error *error)
{
    if (bug == BUG_PRODUCES_AFTER_THE_CLOSE) {
        return 0;
    }
    return real_close(producer, bug == BUG_CLOSE_WITHOUT_WAITING ? 0 : deadline_ns, purged, error);
}

REPLACES(int, kafka_producer_create, const struct carafe_settings *settings, struct clock *clock, struct log *log,
         struct producer **producer, struct carafe_error *error)
{
    int code = __real_kafka_producer_create(settings, clock, log, producer, error);
    if (code == 0) {
        real_producer = *producer;
        real_produce = real_producer->produce;
        real_producer->produce = produce_badly;
        real_close = real_producer->close;
        real_producer->close = close_badly;
    }
    return code;
}

/* ---- The server, and what it is given -----------------------------------------------------------------------------
 */

static const struct ports *ports; /* of the last server that was made */

static int leave_open(struct producer *producer, int64_t deadline_ns, size_t *purged, struct carafe_error *error)
{
    (void)purged;
    return producer->flush(producer, deadline_ns,
                           error); /* what is under way comes to its end, as nobody waits later */
}

static void (*real_exit)(struct process *process, int code) __attribute__((noreturn));

static void __attribute__((noreturn)) exit_0(struct process *process, int code)
{
    (void)code;
    real_exit(process, 0);
}

static void *return_at_once(void *argument)
{
    return argument;
}

static void *sleep_for_ever(void *argument)
{
    ports->clock->sleep_until(ports->clock, NEVER_NS);
    return argument;
}

static void leave_something(void)
{
    pthread_t thread;
    if (bug == BUG_THREAD_LEFT && pthread_create(&thread, NULL, sleep_for_ever, NULL) == 0) {
        pthread_detach(thread);
    } else if (bug == BUG_THREAD_NOT_JOINED) {
        (void)!pthread_create(&thread, NULL, return_at_once, NULL);
    } else if (bug == BUG_DESCRIPTOR_LEFT) {
        (void)!socket(AF_INET, SOCK_STREAM, 0);
    }
}

REPLACES(struct server *, server_create, const struct server_options *options)
{
    ports = options->ports;
    if (bug == BUG_PRODUCER_LEFT_OPEN) {
        ports->producer->close = leave_open;
    } else if (bug == BUG_FORCE_EXITS_0) {
        real_exit = ports->process->exit;
        ports->process->exit = exit_0;
    }
    leave_something();
    return __real_server_create(options);
}

static void produce_unflushed(void)
{
    struct carafe_record record = {.topic = "late", .partition = 0, .payload = "late", .payload_len = strlen("late")};
    struct carafe_error error;
    (void)!real_producer->produce(real_producer, &record, NULL, NULL, &error);
}

static void produce_one_more(void)
{
    struct carafe_error error;
    int64_t deadline_ns = deadline_after_ms(ports->clock->monotonic_ns(ports->clock), 1000);
    produce_unflushed();
    (void)!real_producer->flush(real_producer, deadline_ns, &error);
}

REPLACES(bool, status_advance, struct status *status, enum carafe_status to)
{
    if (bug == BUG_PRODUCER_CLOSED_TOO_EARLY && to == CARAFE_STOPPED) {
        size_t purged = 0;
        struct carafe_error error;
        (void)!ports->producer->close(ports->producer, NEVER_NS, &purged, &error);
    } else if (bug == BUG_PRODUCES_AFTER_THE_CLOSE && to == CARAFE_TERMINATED) {
        produce_one_more();
    } else if (bug == BUG_CLOSE_WITHOUT_WAITING && to == CARAFE_STOPPED) {
        bool advanced = __real_status_advance(status, to);
        produce_unflushed();
        return advanced;
    }
    return __real_status_advance(status, to);
}

REPLACES(int, application_run, struct application *application, struct carafe_error *error)
{
    int code = __real_application_run(application, error);
    return bug == BUG_GRACE_EXITS_2 && code == 0 ? CARAFE_FORCED : code;
}

REPLACES(bool, application_destroy, struct application *application)
{
    if (bug == BUG_MEMORY_LEFT) {
        void *volatile lost = malloc(1000);
        lost = NULL;
        (void)lost;
    }
    return __real_application_destroy(application);
}

/* ---- The consumer ------------------------------------------------------------------------------------------------ */

REPLACES(int, kafka_consumer_resume, struct consumer *consumer, const struct carafe_partition *partition,
         struct carafe_error *error)
{
    return bug == BUG_RESUME_FORGOTTEN ? 0 : __real_kafka_consumer_resume(consumer, partition, error);
}

REPLACES(int, kafka_consumer_store, struct consumer *consumer, const struct carafe_partition *partition,
         struct carafe_error *error)
{
    bool forgotten = bug == BUG_OFFSETS_NOT_STORED || (bug == BUG_LAST_OFFSETS_NOT_STORED && partition->offset == 20);
    return forgotten ? 0 : __real_kafka_consumer_store(consumer, partition, error);
}
