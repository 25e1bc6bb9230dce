/*
 * 1 A committed offset never passes an unhandled message.
 * 2 Commits never go back except after a seek.
 *
 * Handled is what a handler returned success for, marked by hand, or gave to the dead letter queue.  A handler that
 * seeks forward leaves out on purpose; one that seeks back may commit less than before.  A retry's own seek never may.
 * What a plain member commits is its own affair, and counts as handled: librdkafka stores offsets before it hands out.
 */
#include "oracle/family.h"

#include "kafka/wire.h"
#include "ports/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REPETITION_NS (120 * NS_PER_S) /* after a storm nothing is repeated any more */

struct offsets {
    struct oracle *oracle;
    const struct oracle_view *view;
    bool *handling; /* by cell: a user's handler is running, and marks are its own */
};

static void *create(struct oracle *oracle)
{
    struct offsets *offsets = calloc(1, sizeof *offsets);
    if (offsets == NULL) {
        return NULL;
    }
    offsets->oracle = oracle;
    offsets->view = oracle_view(oracle);
    offsets->handling = calloc(places_cells(offsets->view->places) + 1, sizeof *offsets->handling);
    if (offsets->handling == NULL) {
        free(offsets);
        return NULL;
    }
    return offsets;
}

static void destroy(void *memory)
{
    struct offsets *offsets = memory;
    free(offsets->handling);
    free(offsets);
}

static const struct topic_traits *topic_of(const struct offsets *offsets, size_t server, const char *name)
{
    size_t topic = places_topic(offsets->view->places, name);
    bool known = server != PROGRAM_NONE && topic != PROGRAM_NONE;
    return known ? &offsets->view->traits->servers[server].topics[topic] : NULL;
}

static struct position *position_at(const struct offsets *offsets, const char *group, const char *topic,
                                    int32_t partition)
{
    struct places *places = offsets->view->places;
    return positions_of(offsets->view->positions, places_group(places, group), places_cell(places, topic, partition));
}

/* ---- What was handled -------------------------------------------------------------------------------------------- */

static size_t process_of(const struct offsets *offsets, const struct observation *observation)
{
    return observation->process != NULL ? program_process_named(offsets->view->program, observation->process)
                                        : PROGRAM_NONE;
}

static void on_handled(struct offsets *offsets, const struct observation *observation)
{
    size_t process = process_of(offsets, observation);
    size_t topic = places_topic(offsets->view->places, observation->name);
    const struct observed *partition = observation_field(observation, "partition");
    const struct observed *first = observation_field(observation, "first_offset");
    const struct observed *last = observation_field(observation, "last_offset");
    if (process == PROGRAM_NONE || topic == PROGRAM_NONE || partition == NULL || first == NULL || last == NULL) {
        return;
    }
    const char *group = traits_group(offsets->view->traits, process, topic);
    struct position *position = position_at(offsets, group, observation->name, (int32_t)partition->integer);
    if (position != NULL) {
        position_handle(position, first->integer, last->integer);
    }
}

/* Reading may begin anywhere when the group asks for the latest, or the broker dropped what comes before. */
static void on_consume(struct offsets *offsets, size_t server, const struct carafe_job_view *job)
{
    struct position *position = position_at(offsets, job->group, job->topic, job->partition);
    size_t cell = places_cell(offsets->view->places, job->topic, job->partition);
    if (position == NULL) {
        return;
    }
    offsets->handling[cell] = true;
    if (offsets->view->traits->servers[server].latest ||
        log_end_may_have_dropped(positions_log(offsets->view->positions, cell))) {
        position_skip(position, job->first_offset);
    }
}

static void stop_handling(struct offsets *offsets, const struct carafe_job_view *job)
{
    size_t cell = job != NULL ? places_cell(offsets->view->places, job->topic, job->partition) : PROGRAM_NONE;
    if (cell != PROGRAM_NONE && job->type == CARAFE_JOB_CONSUME) {
        offsets->handling[cell] = false;
    }
}

static void on_sought(struct position *position, int64_t offset)
{
    position_skip(position, offset);
    position->sought = true;
}

static void on_topic_event(struct offsets *offsets, size_t server, const struct carafe_event *event)
{
    const struct topic_traits *topic = topic_of(offsets, server, event->topic);
    struct position *position = position_at(offsets, event->group, event->topic, event->partition);
    if (topic == NULL || position == NULL) {
        return;
    }
    size_t cell = places_cell(offsets->view->places, event->topic, event->partition);
    if (event->kind == CARAFE_EVENT_CONSUMER_MARKED) {
        position->marked = event->offset + 1;
        position->marked_by = server;
    }
    if (event->kind == CARAFE_EVENT_DEAD_LETTER_DISPATCHED) {
        position_handle(position, event->offset, event->offset);
    } else if (event->kind == CARAFE_EVENT_CONSUMER_MARKED && topic->by_library && offsets->handling[cell]) {
        position_skip(position, event->offset + 1);
    } else if (event->kind == CARAFE_EVENT_CONSUMER_SEEK && topic->seeks) {
        on_sought(position, event->offset);
    } else if (event->kind == CARAFE_EVENT_CONSUMER_PAUSE && topic->by_library && event->offset >= 0) {
        on_sought(position, event->offset);
    }
}

static void on_event(struct offsets *offsets, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    size_t server = oracle_server(offsets->oracle, observation);
    if (server == PROGRAM_NONE) {
        return;
    }
    switch (event->kind) {
    case CARAFE_EVENT_CONSUMER_CONSUME:
        if (event->job != NULL) {
            on_consume(offsets, server, event->job);
        }
        break;
    case CARAFE_EVENT_CONSUMER_CONSUMED:
    case CARAFE_EVENT_ERROR_OCCURRED:
    case CARAFE_EVENT_WORKER_COMPLETED:
        stop_handling(offsets, event->job);
        break;
    case CARAFE_EVENT_DEAD_LETTER_DISPATCHED:
    case CARAFE_EVENT_CONSUMER_MARKED:
    case CARAFE_EVENT_CONSUMER_SEEK:
    case CARAFE_EVENT_CONSUMER_PAUSE:
        on_topic_event(offsets, server, event);
        break;
    default:
        break;
    }
}

/* ---- What was committed ------------------------------------------------------------------------------------------ */

/*
 * Clients repeat a commit that got no answer, maybe after a later one: librdkafka keeps what it could not send while it
 * has no coordinator, and sends it when it has one again, in no order.  Seen in a storm only, and by the same member.
 */
static bool is_repetition(const struct offsets *offsets, size_t server, const struct wire_commit *commit,
                          const struct position *position)
{
    int64_t calm_ns = weather_calm_since(offsets->view->weather);
    bool storm = calm_ns != 0 && (calm_ns == INT64_MAX || oracle_now(offsets->oracle) - calm_ns < REPETITION_NS);
    if (storm && server == position->committed_by && commit->generation == position->committed_generation) {
        return true;
    }
    for (size_t i = 0; i < POSITION_REFUSED_MAX && i < position->refused_count; i++) {
        if (position->refused[i] == commit->offset) {
            return true;
        }
    }
    return false;
}

static void judge_commit(struct offsets *offsets, size_t server, const struct observation *observation,
                         struct position *position)
{
    const struct wire_commit *commit = observation->commit;
    if (commit->offset > position->handled) {
        oracle_broken(offsets->oracle, 1,
                      "expected %s to commit at most offset %" PRId64 " of %s/%" PRId32
                      " in group %s, where the first unhandled message is, got %" PRId64,
                      observation->process, position->handled, commit->topic, commit->partition, commit->group,
                      commit->offset);
        position_skip(position, commit->offset);
    }
    /* A plain member may commit late what another owns by now; the brokers take it. */
    bool by_server = position->committed_by != PROGRAM_NONE;
    if (by_server && !position->sought && !offsets->view->traits->offsets_get_reset &&
        commit->offset < position->committed && commit->requested_ns >= position->committed_requested_ns &&
        !is_repetition(offsets, server, commit, position)) {
        oracle_broken(offsets->oracle, 2,
                      "expected %s to commit at least offset %" PRId64 " of %s/%" PRId32
                      " in group %s, as was committed before, got %" PRId64,
                      observation->process, position->committed, commit->topic, commit->partition, commit->group,
                      commit->offset);
    }
}

static void on_commit(struct offsets *offsets, const struct observation *observation)
{
    const struct wire_commit *commit = observation->commit;
    if (commit == NULL || commit->offset < 0) {
        return;
    }
    struct position *position = position_at(offsets, commit->group, commit->topic, commit->partition);
    if (position == NULL) {
        return;
    }
    if (commit->error == WIRE_UNANSWERED && commit->offset > position->unanswered) {
        position->unanswered = commit->offset;
    }
    if (commit->error != 0) {
        position->refused[position->refused_count++ % POSITION_REFUSED_MAX] = commit->offset;
        return;
    }
    size_t server = oracle_server(offsets->oracle, observation);
    if (server != PROGRAM_NONE) {
        position->judged = true;
        judge_commit(offsets, server, observation, position);
    } else {
        position_skip(position, commit->offset);
    }
    if (commit->requested_ns >= position->committed_requested_ns) {
        position->committed = commit->offset;
        position->committed_requested_ns = commit->requested_ns;
        position->committed_by = server;
        position->committed_generation = commit->generation;
    }
}

static void on_record(struct offsets *offsets, const struct observation *observation)
{
    const struct wire_record *record = observation->record;
    if (record == NULL) {
        return;
    }
    size_t cell = places_cell(offsets->view->places, record->topic, record->partition);
    struct log_end *log = positions_log(offsets->view->positions, cell);
    if (log == NULL) {
        return;
    }
    log->end = record->offset + 1 > log->end ? record->offset + 1 : log->end;
    log->appended_ns = observation->at_ns;
    log->bytes += record->record != NULL ? (int64_t)(record->record->payload.len + record->record->key.len) + 100 : 0;
}

static void observe(void *memory, const struct observation *observation)
{
    struct offsets *offsets = memory;
    switch (observation->kind) {
    case OBSERVATION_EVENT:
        on_event(offsets, observation);
        break;
    case OBSERVATION_HANDLED:
        on_handled(offsets, observation);
        break;
    case OBSERVATION_COMMIT:
        on_commit(offsets, observation);
        break;
    case OBSERVATION_RECORD:
        on_record(offsets, observation);
        break;
    default:
        break;
    }
}

/* What lies below a committed offset at the end will never be handled: it was, or it is lost. */
static void finish(void *memory)
{
    struct offsets *offsets = memory;
    struct places *places = offsets->view->places;
    for (size_t group = 0; group < places_groups(places); group++) {
        for (size_t cell = 0; cell < places_cells(places); cell++) {
            const struct position *position = positions_of(offsets->view->positions, group, cell);
            if (position != NULL && position->judged && position->committed > position->handled) {
                oracle_broken(offsets->oracle, 1,
                              "expected every record of group %s below its committed offset %" PRId64
                              " to be handled at the end, got one at %" PRId64 " that is not",
                              places_group_name(places, group), position->committed, position->handled);
            }
        }
    }
}

const struct family family_offsets = {.create = create, .destroy = destroy, .observe = observe, .finish = finish};
