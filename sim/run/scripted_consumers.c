#include "run/scripted.h"

#include "base/assert.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Between a client and the server, both ways. */
struct tap {
    struct consumer port;
    struct consumer *client;
    struct consumer_observer real;
    struct scripted_consumers *consumers;
    struct tap *next;
};

static void assign(const struct carafe_partition *partitions, size_t count, void *owner)
{
    const struct tap *tap = owner;
    tap->real.assign(partitions, count, tap->real.owner);
}

static void assigned(const struct carafe_partition *partitions, size_t count, void *owner)
{
    const struct tap *tap = owner;
    tap->real.assigned(partitions, count, tap->real.owner);
}

static void revoke(const struct carafe_partition *partitions, size_t count, bool lost, void *owner)
{
    const struct tap *tap = owner;
    tap->real.revoke(partitions, count, lost, tap->real.owner);
}

static void revoked(const struct carafe_partition *partitions, size_t count, bool lost, void *owner)
{
    const struct tap *tap = owner;
    tap->real.revoked(partitions, count, lost, tap->real.owner);
}

static void committed(const struct carafe_partition *partitions, size_t count, int code, const char *error_class,
                      void *owner)
{
    const struct tap *tap = owner;
    tap->real.committed(partitions, count, code, error_class, tap->real.owner);
}

static void failed(const char *error_class, const char *text, bool fatal, void *owner)
{
    const struct tap *tap = owner;
    tap->real.failed(error_class, text, fatal, tap->real.owner);
}

/* Fields that a document does not have yet are overwritten in the first that has them. */
static void change_fields(struct corruptions *corruptions, const char *json, size_t len, struct json_buffer *changed)
{
    struct json_document document;
    struct json_reader reader;
    struct carafe_error error;
    json_document_init(&document);
    json_reader_init(&reader);
    int code = json_document_parse(&document, &reader, json, len, &error);
    ASSERT(code == 0); /* it is librdkafka's */
    (void)corruptions_apply(corruptions, PROGRAM_STATISTICS, &document, &error);
    json_write(changed, document.root);
    json_reader_close(&reader);
    json_document_close(&document);
}

static void statistics(const char *client_id, const char *json, size_t len, void *owner)
{
    const struct tap *tap = owner;
    struct corruptions *corruptions = tap->consumers->corruptions;
    if (!corruptions_wait(corruptions, PROGRAM_STATISTICS)) {
        tap->real.statistics(client_id, json, len, tap->real.owner);
        return;
    }
    const char *whole = corruptions_whole(corruptions, PROGRAM_STATISTICS);
    if (whole != NULL) {
        tap->real.statistics(client_id, whole, strlen(whole), tap->real.owner);
        return;
    }
    struct json_buffer changed;
    json_buffer_init(&changed);
    change_fields(corruptions, json, len, &changed);
    tap->real.statistics(client_id, json_buffer_text(&changed), changed.len, tap->real.owner);
    json_buffer_close(&changed);
}

/* ---- What the server asks of its client -------------------------------------------------------------------------- */

static struct consumer *client_of(struct consumer *port)
{
    return ((struct tap *)port)->client;
}

static int scripted_failure(struct consumer *port, enum program_consumer_call call, struct carafe_error *error)
{
    int64_t *left = &((struct tap *)port)->consumers->failing[call];
    if (*left <= 0) {
        return 0;
    }
    (*left)--;
    return error_set(error, CARAFE_FAILED, "consumer: expected success, got a failure by the scenario");
}

static int subscribe(struct consumer *port, const struct carafe_names *topics, struct carafe_error *error)
{
    int code = scripted_failure(port, PROGRAM_CALL_SUBSCRIBE, error);
    return code != 0 ? code : client_of(port)->subscribe(client_of(port), topics, error);
}

static void poll(struct consumer *port, int64_t deadline_ns, struct consumer_poll *result)
{
    client_of(port)->poll(client_of(port), deadline_ns, result);
}

static void serve(struct consumer *port)
{
    client_of(port)->serve(client_of(port));
}

static void wake(struct consumer *port)
{
    client_of(port)->wake(client_of(port));
}

static int pause_partition(struct consumer *port, const struct carafe_partition *partition, struct carafe_error *error)
{
    int code = scripted_failure(port, PROGRAM_CALL_PAUSE, error);
    return code != 0 ? code : client_of(port)->pause(client_of(port), partition, error);
}

static int resume(struct consumer *port, const struct carafe_partition *partition, struct carafe_error *error)
{
    int code = scripted_failure(port, PROGRAM_CALL_RESUME, error);
    return code != 0 ? code : client_of(port)->resume(client_of(port), partition, error);
}

static int seek(struct consumer *port, const struct carafe_partition *partition, struct carafe_error *error)
{
    int code = scripted_failure(port, PROGRAM_CALL_SEEK, error);
    return code != 0 ? code : client_of(port)->seek(client_of(port), partition, error);
}

static int store(struct consumer *port, const struct carafe_partition *partition, struct carafe_error *error)
{
    int code = scripted_failure(port, PROGRAM_CALL_STORE, error);
    return code != 0 ? code : client_of(port)->store(client_of(port), partition, error);
}

static int commit(struct consumer *port, const struct carafe_partition *partition, bool wait,
                  struct carafe_error *error)
{
    int code = scripted_failure(port, PROGRAM_CALL_COMMIT, error);
    return code != 0 ? code : client_of(port)->commit(client_of(port), partition, wait, error);
}

static bool assignment_lost(struct consumer *port)
{
    return client_of(port)->assignment_lost(client_of(port));
}

static int unsubscribe(struct consumer *port, int64_t deadline_ns, struct carafe_error *error)
{
    int code = scripted_failure(port, PROGRAM_CALL_UNSUBSCRIBE, error);
    return code != 0 ? code : client_of(port)->unsubscribe(client_of(port), deadline_ns, error);
}

/* Closed it is all the same. */
static int close_client(struct consumer *port, struct carafe_error *error)
{
    struct carafe_error ignored;
    int code = scripted_failure(port, PROGRAM_CALL_CLOSE, error);
    int closed = client_of(port)->close(client_of(port), code != 0 ? &ignored : error);
    return code != 0 ? code : closed;
}

static void destroy(struct consumer *port)
{
    client_of(port)->destroy(client_of(port));
}

/* ---- The factory ------------------------------------------------------------------------------------------------- */

static int open_consumer(struct consumer_factory *factory, const struct consumer_options *options,
                         struct consumer **consumer, struct carafe_error *error)
{
    struct scripted_consumers *consumers = (struct scripted_consumers *)factory;
    struct tap *tap = malloc(sizeof *tap);
    ASSERT(tap != NULL);
    *tap = (struct tap){.real = options->observer, .consumers = consumers, .next = consumers->taps};
    consumers->taps = tap;
    struct consumer_options tapped = *options;
    tapped.observer = (struct consumer_observer){.assign = assign,
                                                 .assigned = assigned,
                                                 .revoke = revoke,
                                                 .revoked = revoked,
                                                 .statistics = statistics,
                                                 .committed = committed,
                                                 .failed = failed,
                                                 .owner = tap};
    int code = consumers->real->open(consumers->real, &tapped, &tap->client, error);
    if (code != 0) {
        return code;
    }
    tap->port = (struct consumer){.subscribe = subscribe,
                                  .poll = poll,
                                  .serve = serve,
                                  .wake = wake,
                                  .pause = pause_partition,
                                  .resume = resume,
                                  .seek = seek,
                                  .store = store,
                                  .commit = commit,
                                  .assignment_lost = assignment_lost,
                                  .unsubscribe = unsubscribe,
                                  .close = close_client,
                                  .destroy = destroy,
                                  .release = tap->client->release};
    *consumer = &tap->port;
    return 0;
}

static int check(struct consumer_factory *factory, const struct consumer_options *options, struct carafe_error *error)
{
    const struct scripted_consumers *consumers = (const struct scripted_consumers *)factory;
    return consumers->real->check(consumers->real, options, error);
}

static const char *library_version(struct consumer_factory *factory)
{
    const struct scripted_consumers *consumers = (const struct scripted_consumers *)factory;
    return consumers->real->library_version(consumers->real);
}

void scripted_consumers_init(struct scripted_consumers *consumers, struct consumer_factory *real,
                             struct corruptions *corruptions)
{
    /* What is to fail may have been said before. */
    consumers->port =
        (struct consumer_factory){.open = open_consumer, .check = check, .library_version = library_version};
    consumers->real = real;
    consumers->corruptions = corruptions;
}

void scripted_consumers_close(struct scripted_consumers *consumers)
{
    while (consumers->taps != NULL) {
        struct tap *tap = consumers->taps;
        consumers->taps = tap->next;
        free(tap);
    }
}
