/*
 * 6 A dead letter is a copy of a message that its sender could not handle: key, payload and headers are those of the
 *   record that its five last headers name, of a topic whose dead letters go there; it was tried as often as it says,
 *   and more often than `max_retries`.  It comes once, before its offset is committed, and has arrived when it is told.
 *
 * Judged is what a server appends to a topic that one of its handlers names with `dead_letters=`, unless handlers of
 * its own may produce there too: scripts that do, and any handler of a user.  What cannot be told for sure is left out:
 * - A record that is not known, because its producer may have compressed it, or not have waited for an answer.
 * - Whether it comes once, after a fault or with settings that let requests time out: the producer may have sent again
 *   what had arrived.
 * - That, and whether it had arrived when it was told, once a partition was given up and comes back: a letter of before
 *   may still be under way.
 */
#include "oracle/family.h"

#include "kafka/wire.h"
#include "oracle/fingerprints.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_HEADERS 5
#define DIGITS_MAX     18

static const char *const source_headers[SOURCE_HEADERS] = {"source_topic", "source_partition", "source_offset",
                                                           "source_consumer_group", "source_attempts"};

/* A partition in the hands of a server. */
struct sender {
    int64_t last;     /* offset of the last letter in its first assignment; -1: none */
    int64_t attempts; /* the most that any failure told, in all lives */
    int assignments;  /* in this life */
};

/* Where a letter says it comes from. */
struct letter {
    size_t topic;
    int32_t partition;
    int64_t offset;
    int64_t attempts;
};

struct letters {
    struct oracle *oracle;
    const struct oracle_view *view;
    bool *sources;                     /* by topic: some server sends away what it could not handle of it */
    bool *receivers;                   /* by topic: what some server sends away goes there */
    struct fingerprints *fingerprints; /* by cell; of sources */
    struct sender **senders;           /* by process: a row of cells; NULL: it sends no dead letters, or nobody knows */
    bool complete;                     /* no record escapes: all are known when their answer is written */
};

/* ---- Life -------------------------------------------------------------------------------------------------------- */

static void destroy(void *memory)
{
    struct letters *letters = memory;
    for (size_t cell = 0; letters->fingerprints != NULL && cell < places_cells(letters->view->places); cell++) {
        fingerprints_close(&letters->fingerprints[cell]);
    }
    for (size_t i = 0; letters->senders != NULL && i < letters->view->traits->count; i++) {
        free(letters->senders[i]);
    }
    free(letters->sources);
    free(letters->receivers);
    free(letters->fingerprints);
    free(letters->senders);
    free(letters);
}

static void begin_life(const struct letters *letters, struct sender *row)
{
    for (size_t cell = 0; cell < places_cells(letters->view->places); cell++) {
        row[cell].last = -1;
        row[cell].assignments = 0;
    }
}

/* Out of memory: the letters of this server are not judged. */
static void add_server(struct letters *letters, size_t server)
{
    const struct server_traits *traits = &letters->view->traits->servers[server];
    bool sends = false;
    for (size_t i = 0; i < letters->view->program->topic_count; i++) {
        size_t receiver = places_topic(letters->view->places, traits->topics[i].dead_letters);
        if (receiver != PROGRAM_NONE) {
            letters->sources[i] = true;
            letters->receivers[receiver] = true;
            sends = true;
        }
    }
    if (sends && !traits->by_library) {
        letters->senders[server] = calloc(places_cells(letters->view->places) + 1, sizeof *letters->senders[server]);
    }
    if (letters->senders[server] != NULL) {
        begin_life(letters, letters->senders[server]);
    }
}

static void *create(struct oracle *oracle)
{
    struct letters *letters = calloc(1, sizeof *letters);
    if (letters == NULL) {
        return NULL;
    }
    letters->oracle = oracle;
    letters->view = oracle_view(oracle);
    letters->sources = calloc(letters->view->program->topic_count + 1, sizeof *letters->sources);
    letters->receivers = calloc(letters->view->program->topic_count + 1, sizeof *letters->receivers);
    letters->fingerprints = calloc(places_cells(letters->view->places) + 1, sizeof *letters->fingerprints);
    letters->senders = oracle_server_rows(oracle, sizeof *letters->senders);
    if (letters->sources == NULL || letters->receivers == NULL || letters->fingerprints == NULL ||
        letters->senders == NULL) {
        destroy(letters);
        return NULL;
    }
    letters->complete = true;
    for (size_t i = 0; i < letters->view->traits->count; i++) {
        const struct server_traits *traits = &letters->view->traits->servers[i];
        if (traits->consumes) {
            letters->complete = letters->complete && traits->steady && !traits->by_library;
            add_server(letters, i);
        }
    }
    return letters;
}

/* ---- What a letter says of itself -------------------------------------------------------------------------------- */

static bool view_is(const struct view *view, const char *text)
{
    return text != NULL && !view->null && view->len == strlen(text) && memcmp(view->bytes, text, view->len) == 0;
}

/* Decimal digits, no more of them than needed.  -1: anything else. */
static int64_t number_of(const struct view *view)
{
    if (view->null || view->len == 0 || view->len > DIGITS_MAX || (view->len > 1 && view->bytes[0] == '0')) {
        return -1;
    }
    int64_t number = 0;
    for (size_t i = 0; i < view->len; i++) {
        if (view->bytes[i] < '0' || view->bytes[i] > '9') {
            return -1;
        }
        number = number * 10 + (view->bytes[i] - '0');
    }
    return number;
}

static void broken(struct letters *letters, const struct observation *observation, const char *got, const char *format,
                   ...) CARAFE_FORMAT(4, 5);

static void broken(struct letters *letters, const struct observation *observation, const char *got, const char *format,
                   ...)
{
    char expected[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(expected, sizeof expected, format, arguments);
    va_end(arguments);
    const struct wire_record *wire = observation->record;
    oracle_broken(letters->oracle, 6,
                  "expected the dead letter of %s at %s/%" PRId32 ", offset %" PRId64 ", to have %s, got %s",
                  observation->process, wire->topic, wire->partition, wire->offset, expected, got);
}

/* The topic of the program that the letter names, if what the server could not handle of it goes where the letter is.
 */
static size_t source_of(const struct letters *letters, size_t server, const char *receiver, const struct view *name)
{
    const struct program *program = letters->view->program;
    const struct topic_traits *topics = letters->view->traits->servers[server].topics;
    for (size_t i = 0; i < program->topic_count; i++) {
        if (topics[i].dead_letters != NULL && strcmp(topics[i].dead_letters, receiver) == 0 &&
            view_is(name, program->topics[i].name)) {
            return i;
        }
    }
    return PROGRAM_NONE;
}

/* Its last headers; NULL: they have other names. */
static const struct record_header *headers_of(const struct record *record)
{
    if (record->header_count < SOURCE_HEADERS) {
        return NULL;
    }
    const struct record_header *headers = &record->headers[record->header_count - SOURCE_HEADERS];
    for (size_t i = 0; i < SOURCE_HEADERS; i++) {
        if (!view_is(&headers[i].name, source_headers[i])) {
            return NULL;
        }
    }
    return headers;
}

/* Returns false when it does not say where it comes from: then that was told. */
static bool read_letter(struct letters *letters, size_t server, const struct observation *observation,
                        struct letter *letter)
{
    const struct oracle_view *view = letters->view;
    const struct record_header *headers = headers_of(observation->record->record);
    if (headers == NULL) {
        broken(letters, observation, "others",
               "source_topic, source_partition, source_offset, source_consumer_group and source_attempts for its last "
               "headers");
        return false;
    }
    letter->topic = source_of(letters, server, observation->record->topic, &headers[0].value);
    if (letter->topic == PROGRAM_NONE) {
        broken(letters, observation, "another", "a source_topic whose dead letters go there");
        return false;
    }
    const struct program_topic *topic = &view->program->topics[letter->topic];
    int64_t partition = number_of(&headers[1].value);
    letter->offset = number_of(&headers[2].value);
    letter->attempts = number_of(&headers[4].value);
    if (partition < 0 || partition >= topic->partitions || letter->offset < 0 || letter->attempts < 0) {
        broken(letters, observation, "others", "a source_partition of %s, a source_offset and source_attempts",
               topic->name);
        return false;
    }
    letter->partition = (int32_t)partition;
    const char *group = view->traits->servers[server].topics[letter->topic].group;
    if (!view_is(&headers[3].value, group)) {
        broken(letters, observation, "another", "%s for its source_consumer_group", group);
    }
    return true;
}

/* ---- What must be so --------------------------------------------------------------------------------------------- */

static bool is_calm(const struct letters *letters)
{
    return weather_calm_since(letters->view->weather) == 0;
}

static void judge_copy(struct letters *letters, const struct observation *observation, const struct letter *letter,
                       size_t cell)
{
    const struct record *record = observation->record->record;
    const char *topic = letters->view->program->topics[letter->topic].name;
    const struct fingerprint *source = fingerprints_at(&letters->fingerprints[cell], letter->offset);
    struct fingerprint copy = fingerprint_of(record, record->header_count - SOURCE_HEADERS);
    const char *part = NULL; /* that differs */
    if (source == NULL) {
        if (letters->complete && is_calm(letters) && letter->offset >= letters->fingerprints[cell].end) {
            broken(letters, observation, "one past the end", "a source_offset that there is in %s/%" PRId32, topic,
                   letter->partition);
        }
    } else if (copy.key != source->key) {
        part = "key";
    } else if (copy.payload != source->payload) {
        part = "payload";
    } else if (copy.headers != source->headers) {
        part = "headers";
    }
    if (part != NULL) {
        broken(letters, observation, "another", "the %s of %s/%" PRId32 ", offset %" PRId64, part, topic,
               letter->partition, letter->offset);
    }
}

static void judge_attempts(struct letters *letters, size_t server, const struct observation *observation,
                           const struct letter *letter, const struct sender *sender)
{
    int64_t least = letters->view->traits->servers[server].topics[letter->topic].max_retries + 1;
    char got[32];
    (void)snprintf(got, sizeof got, "%" PRId64, letter->attempts);
    if (letter->attempts < least) {
        broken(letters, observation, got, "at least %" PRId64 " for its source_attempts", least);
    } else if (letter->attempts > sender->attempts) {
        broken(letters, observation, got, "at most %" PRId64 " for its source_attempts, as its failures told",
               sender->attempts);
    }
}

/* What was sent away is marked, and the partition goes on behind it. */
static void judge_order(struct letters *letters, size_t server, const struct observation *observation,
                        const struct letter *letter, size_t cell)
{
    const struct oracle_view *view = letters->view;
    const struct server_traits *traits = &view->traits->servers[server];
    const struct topic_traits *topic = &traits->topics[letter->topic];
    struct sender *sender = &letters->senders[server][cell];
    bool once = is_calm(letters) && traits->steady && !traits->hurried && !topic->seeks;
    if (!once) {
        return;
    }
    const struct position *position = positions_of(view->positions, places_group(view->places, topic->group), cell);
    char got[32];
    (void)snprintf(got, sizeof got, "%" PRId64, letter->offset);
    if (letter->offset <= sender->last) {
        broken(letters, observation, got, "a source_offset past %" PRId64 ", the one before", sender->last);
    } else if (position != NULL && position->committed_by == server && letter->offset < position->committed) {
        broken(letters, observation, got, "a source_offset that it has not committed, %" PRId64 " at least",
               position->committed);
    }
}

static bool is_judged(const struct letters *letters, size_t server, size_t receiver)
{
    return server != PROGRAM_NONE && receiver != PROGRAM_NONE && letters->senders[server] != NULL &&
           !letters->view->traits->servers[server].topics[receiver].produced;
}

static void on_letter(struct letters *letters, size_t receiver, const struct observation *observation)
{
    size_t server = oracle_server(letters->oracle, observation);
    struct letter letter;
    if (!is_judged(letters, server, receiver) || !read_letter(letters, server, observation, &letter)) {
        return;
    }
    size_t cell = places_first_cell(letters->view->places, letter.topic) + (size_t)letter.partition;
    struct sender *sender = &letters->senders[server][cell];
    judge_copy(letters, observation, &letter, cell);
    judge_attempts(letters, server, observation, &letter, sender);
    if (sender->assignments == 1) {
        judge_order(letters, server, observation, &letter, cell);
        sender->last = letter.offset;
    }
}

/* ---- What happens ------------------------------------------------------------------------------------------------ */

static void on_record(struct letters *letters, const struct observation *observation)
{
    const struct wire_record *wire = observation->record;
    size_t topic =
        wire != NULL && wire->record != NULL ? places_topic(letters->view->places, wire->topic) : PROGRAM_NONE;
    if (topic == PROGRAM_NONE) {
        return;
    }
    if (letters->receivers[topic] && observation->kind == OBSERVATION_RECORD) {
        on_letter(letters, topic, observation);
    }
    size_t cell =
        letters->sources[topic] ? places_cell(letters->view->places, wire->topic, wire->partition) : PROGRAM_NONE;
    if (cell != PROGRAM_NONE) {
        fingerprints_add(&letters->fingerprints[cell], wire->offset, wire->record);
    }
}

static void on_failure(struct letters *letters, size_t server, const struct carafe_job_view *job)
{
    size_t cell = job != NULL ? places_cell(letters->view->places, job->topic, job->partition) : PROGRAM_NONE;
    if (cell != PROGRAM_NONE) {
        struct sender *sender = &letters->senders[server][cell];
        sender->attempts = job->attempt > sender->attempts ? job->attempt : sender->attempts;
    }
}

static void on_assigned(struct letters *letters, size_t server, const struct carafe_event *event)
{
    for (size_t i = 0; i < event->partition_count; i++) {
        size_t cell = places_cell(letters->view->places, event->partitions[i].topic, event->partitions[i].partition);
        if (cell != PROGRAM_NONE) {
            letters->senders[server][cell].assignments++;
        }
    }
}

/* Its delivery was awaited: the answer that says so was written before. */
static void on_dispatched(struct letters *letters, size_t server, const struct carafe_event *event)
{
    const struct server_traits *traits = &letters->view->traits->servers[server];
    size_t topic = places_topic(letters->view->places, event->topic);
    size_t cell = places_cell(letters->view->places, event->topic, event->partition);
    if (cell == PROGRAM_NONE || !traits->steady) {
        return;
    }
    const char *receiver = traits->topics[topic].dead_letters;
    const struct sender *sender = &letters->senders[server][cell];
    if (sender->assignments == 1 && sender->last != event->offset &&
        is_judged(letters, server, places_topic(letters->view->places, receiver))) {
        oracle_broken(letters->oracle, 6,
                      "expected the dead letter of %s/%" PRId32 ", offset %" PRId64
                      ", to be in %s when %s tells that it is, got none",
                      event->topic, event->partition, event->offset, receiver, traits->name);
    }
}

static void on_event(struct letters *letters, size_t server, const struct carafe_event *event)
{
    switch (event->kind) {
    case CARAFE_EVENT_ERROR_OCCURRED:
        on_failure(letters, server, event->job);
        break;
    case CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED:
        on_assigned(letters, server, event);
        break;
    case CARAFE_EVENT_DEAD_LETTER_DISPATCHED:
        on_dispatched(letters, server, event);
        break;
    default:
        break;
    }
}

static void observe(void *memory, const struct observation *observation)
{
    struct letters *letters = memory;
    enum observation_kind kind = observation->kind;
    if (kind == OBSERVATION_RECORD || kind == OBSERVATION_REPORT || kind == OBSERVATION_ERROR) {
        on_record(letters, observation);
        return;
    }
    if (kind != OBSERVATION_EVENT && kind != OBSERVATION_EXIT) {
        return;
    }
    size_t server = oracle_server(letters->oracle, observation);
    if (server == PROGRAM_NONE || letters->senders[server] == NULL) {
        return;
    }
    if (kind == OBSERVATION_EXIT) {
        begin_life(letters, letters->senders[server]);
    } else {
        on_event(letters, server, observation->event);
    }
}

const struct family family_letters = {.create = create, .destroy = destroy, .observe = observe};
