/*
 * 11 After faults end, all load is handled and committed within a bound; and what a server has marked is committed when
 *    it gives the partition up, if there never was a fault.
 *
 * The first is decided for a group whenever one of its processes is about to leave, if until then all had been well for
 * long enough: no fault under way, the same members, nothing new in its topics, no server that is quiet, and handlers
 * that fail, hang or seek on none of its servers.  "Long enough" is a base plus all waits of the settings plus the time
 * of handling everything, one after the other.  Any other group stays undecided.
 */
#include "oracle/family.h"

#include "kafka/wire.h"
#include "ports/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BASE_NS        (30 * NS_PER_S)  /* a first join, two commits */
#define AFTER_FAULT_NS (200 * NS_PER_S) /* requests time out after 60 s, one after the other */

#define COST_MAX_NS   (60 * NS_PER_S) /* of one message; what takes longer is not waited for */
#define BURDEN_MAX_NS (3600 * NS_PER_S)

struct settling {
    struct oracle *oracle;
    const struct oracle_view *view;
    bool *running;      /* by server: app.running was seen, and none of what follows */
    bool *quiet;        /* by server: it holds its partitions, and handles nothing */
    bool *forced;       /* by server: it has no time to commit */
    int64_t changed_ns; /* a process began or ended */
};

static void destroy(void *memory)
{
    struct settling *settling = memory;
    free(settling->running);
    free(settling->quiet);
    free(settling->forced);
    free(settling);
}

static void *create(struct oracle *oracle)
{
    struct settling *settling = calloc(1, sizeof *settling);
    if (settling == NULL) {
        return NULL;
    }
    settling->oracle = oracle;
    settling->view = oracle_view(oracle);
    settling->running = oracle_server_rows(oracle, sizeof *settling->running);
    settling->quiet = oracle_server_rows(oracle, sizeof *settling->quiet);
    settling->forced = oracle_server_rows(oracle, sizeof *settling->forced);
    if (settling->running == NULL || settling->quiet == NULL || settling->forced == NULL) {
        destroy(settling);
        return NULL;
    }
    return settling;
}

/* ---- What must be well ------------------------------------------------------------------------------------------- */

/* All that may keep servers from their load: this counts for every group, workers and brokers are shared. */
struct burden {
    bool decidable;
    int64_t wait_ns;
    int64_t join_ns;
    int64_t cost_ns;
    int64_t appended_ns;
};

static void add_topic(const struct settling *settling, struct burden *burden, size_t server, size_t topic)
{
    const struct oracle_view *view = settling->view;
    const struct topic_traits *traits = &view->traits->servers[server].topics[topic];
    if (traits->group == NULL) {
        return;
    }
    burden->decidable = burden->decidable && traits->steady;
    size_t first = places_first_cell(view->places, topic);
    for (size_t i = 0; i < (size_t)view->program->topics[topic].partitions; i++) {
        const struct log_end *log = positions_log(view->positions, first + i);
        burden->decidable = burden->decidable && !log_end_may_have_dropped(log) && traits->cost_ns < COST_MAX_NS &&
                            burden->cost_ns < BURDEN_MAX_NS;
        burden->cost_ns += log->end * (burden->decidable ? traits->cost_ns : 0);
        burden->appended_ns = log->appended_ns > burden->appended_ns ? log->appended_ns : burden->appended_ns;
    }
}

static struct burden weigh(const struct settling *settling)
{
    const struct program *program = settling->view->program;
    struct burden burden = {.decidable = true};
    for (size_t server = 0; server < settling->view->traits->count; server++) {
        const struct server_traits *traits = &settling->view->traits->servers[server];
        if (!traits->consumes) {
            continue;
        }
        burden.decidable = burden.decidable && traits->steady && !settling->quiet[server];
        burden.wait_ns += traits->patience_ns;
        burden.join_ns = traits->join_ns > burden.join_ns ? traits->join_ns : burden.join_ns;
        for (size_t topic = 0; topic < program->topic_count; topic++) {
            add_topic(settling, &burden, server, topic);
        }
    }
    /* What members take for a message is not counted. */
    burden.decidable = burden.decidable && program->member_count == 0;
    return burden;
}

static bool is_settled(const struct settling *settling, int64_t now_ns)
{
    int64_t calm_ns = weather_calm_since(settling->view->weather);
    struct burden burden = weigh(settling);
    if (!burden.decidable || calm_ns >= now_ns) {
        return false;
    }
    int64_t since_ns = settling->changed_ns > burden.appended_ns ? settling->changed_ns : burden.appended_ns;
    since_ns = calm_ns > since_ns ? calm_ns : since_ns;
    /* The mock brokers may forget a join for which they wait when a member goes. */
    int64_t base_ns = calm_ns == 0 ? BASE_NS : AFTER_FAULT_NS + burden.join_ns;
    return now_ns - since_ns > base_ns + burden.wait_ns + burden.cost_ns;
}

/* ---- What must be done then -------------------------------------------------------------------------------------- */

static void judge_cell(struct settling *settling, const char *group, const struct program_topic *topic,
                       int32_t partition, size_t cell)
{
    const struct oracle_view *view = settling->view;
    const struct log_end *log = positions_log(view->positions, cell);
    const struct position *position = positions_of(view->positions, places_group(view->places, group), cell);
    if (position == NULL || log->end == 0) {
        return;
    }
    if (position->handled < log->end) {
        oracle_broken(settling->oracle, 11,
                      "expected all of %s/%" PRId32 " to be handled by group %s, up to offset %" PRId64 ", got %" PRId64
                      " as the first that is not",
                      topic->name, partition, group, log->end - 1, position->handled);
    } else if (position->committed < log->end && position->unanswered < log->end) {
        oracle_broken(settling->oracle, 11,
                      "expected all of %s/%" PRId32 " to be committed by group %s, that is offset %" PRId64
                      ", got %" PRId64,
                      topic->name, partition, group, log->end, position->committed);
    }
}

static void judge(struct settling *settling, size_t server)
{
    const struct program *program = settling->view->program;
    for (size_t i = 0; i < program->topic_count; i++) {
        const char *group = settling->view->traits->servers[server].topics[i].group;
        size_t first = places_first_cell(settling->view->places, i);
        for (int32_t partition = 0; group != NULL && partition < program->topics[i].partitions; partition++) {
            judge_cell(settling, group, &program->topics[i], partition, first + (size_t)partition);
        }
    }
}

static void leave(struct settling *settling, size_t server, int64_t now_ns)
{
    if (settling->running[server] && is_settled(settling, now_ns)) {
        judge(settling, server);
    }
    settling->running[server] = false;
    settling->changed_ns = now_ns;
}

/* ---- When a partition is given up -------------------------------------------------------------------------------- */

/* The coordinator refused it: somebody else handles it again. */
static bool was_refused(const struct position *position)
{
    for (size_t i = 0; i < POSITION_REFUSED_MAX && i < position->refused_count; i++) {
        if (position->refused[i] >= position->marked) {
            return true;
        }
    }
    return false;
}

static void judge_marked(struct settling *settling, size_t server, const struct carafe_event *event,
                         const struct carafe_partition *partition, const struct position *position)
{
    const struct server_traits *traits = &settling->view->traits->servers[server];
    bool decidable = weather_calm_since(settling->view->weather) == 0 && traits->steady && !traits->may_be_paused &&
                     !settling->forced[server] && !event->lost && !position->sought;
    if (decidable && position->committed < position->marked && !was_refused(position)) {
        oracle_broken(settling->oracle, 11,
                      "expected %s to commit what it has marked of %s/%" PRId32
                      " in group %s before it gives the partition up, that is offset %" PRId64 ", got %" PRId64,
                      traits->name, partition->topic, partition->partition, event->group, position->marked,
                      position->committed);
    }
}

/* Whether assigned or revoked, marks begin anew. */
static void on_rebalance(struct settling *settling, size_t server, const struct carafe_event *event)
{
    struct places *places = settling->view->places;
    for (size_t i = 0; i < event->partition_count; i++) {
        const struct carafe_partition *partition = &event->partitions[i];
        struct position *position = positions_of(settling->view->positions, places_group(places, event->group),
                                                 places_cell(places, partition->topic, partition->partition));
        if (position == NULL || position->marked == 0 || position->marked_by != server) {
            continue;
        }
        if (event->kind == CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED) {
            judge_marked(settling, server, event, partition, position);
        }
        position->marked = 0;
    }
}

static void on_other_event(struct settling *settling, size_t server, const struct carafe_event *event)
{
    if (event->kind == CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED ||
        event->kind == CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED) {
        on_rebalance(settling, server, event);
    } else if (event->kind == CARAFE_EVENT_ERROR_OCCURRED && strcmp(event->failure->type, "app.stopping.error") == 0) {
        settling->forced[server] = true;
    }
}

static void observe(void *memory, const struct observation *observation)
{
    struct settling *settling = memory;
    bool event = observation->kind == OBSERVATION_EVENT && observation->event->kind <= CARAFE_EVENT_APP_TERMINATED;
    if (observation->kind != OBSERVATION_EVENT && observation->kind != OBSERVATION_EXIT) {
        return;
    }
    size_t server = oracle_server(settling->oracle, observation);
    if (server == PROGRAM_NONE) {
        return;
    }
    if (observation->kind == OBSERVATION_EVENT && !event) {
        on_other_event(settling, server, observation->event);
        return;
    }
    settling->forced[server] = settling->forced[server] && event;
    settling->quiet[server] = event && (observation->event->kind == CARAFE_EVENT_APP_QUIETING ||
                                        observation->event->kind == CARAFE_EVENT_APP_QUIET);
    if (!event || observation->event->kind > CARAFE_EVENT_APP_RUNNING) {
        leave(settling, server, observation->at_ns);
    } else {
        settling->running[server] = observation->event->kind == CARAFE_EVENT_APP_RUNNING;
        settling->changed_ns = observation->at_ns;
    }
}

const struct family family_settling = {.create = create, .destroy = destroy, .observe = observe};
