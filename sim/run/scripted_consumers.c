#include "run/scripted.h"

#include "base/assert.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Between a client and who observes it. */
struct tap {
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
    return consumers->real->open(consumers->real, &tapped, consumer, error);
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
    *consumers =
        (struct scripted_consumers){.port = {.open = open_consumer, .check = check, .library_version = library_version},
                                    .real = real,
                                    .corruptions = corruptions};
}

void scripted_consumers_close(struct scripted_consumers *consumers)
{
    while (consumers->taps != NULL) {
        struct tap *tap = consumers->taps;
        consumers->taps = tap->next;
        free(tap);
    }
}
