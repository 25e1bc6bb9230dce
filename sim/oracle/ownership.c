/*
 * 3 The messages of a partition are handled in order, one batch at a time, by who owns it: a batch begins where the one
 *   before ended, a retry at the first message that is not marked; attempts are counted one by one; nothing starts
 *   after the revocation was seen, also when the partition has come back since; no two members own a partition in one
 *   generation of a group.
 */
#include "oracle/family.h"

#include "kafka/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANYWHERE INT64_C(-1)

/* A partition in the hands of one server, for one of its groups. */
struct holding {
    bool owned;
    bool running;
    bool failed;      /* the last batch did */
    bool sought;      /* by a handler: nobody but it knows what is marked since */
    uint64_t job;     /* the last batch's */
    uint64_t stale;   /* batches up to this one were scheduled before the assignment */
    int attempt;      /* of the last batch; 0: it was none, or handled */
    int64_t next;     /* where the batch after a success begins */
    int64_t unmarked; /* where the batch after a failure begins */
};

/* A partition in the hands of a member, as its coordinator told it. */
struct share {
    uint64_t epoch;
    uint64_t member;
};

struct group_epoch {
    uint64_t epoch; /* counts generations, also those of a group that began anew */
    int32_t generation;
    bool synced; /* somebody got its share */
    struct share *shares;
};

struct ownership {
    struct oracle *oracle;
    const struct oracle_view *view;
    struct holding ***servers; /* by server, by group: a row of cells; made when needed */
    uint64_t *scheduled;       /* by server: the last job */
    struct group_epoch groups[PLACES_GROUPS_MAX];
};

static void *create(struct oracle *oracle)
{
    struct ownership *ownership = calloc(1, sizeof *ownership);
    if (ownership == NULL) {
        return NULL;
    }
    ownership->oracle = oracle;
    ownership->view = oracle_view(oracle);
    ownership->servers = oracle_server_rows(oracle, sizeof *ownership->servers);
    ownership->scheduled = oracle_server_rows(oracle, sizeof *ownership->scheduled);
    if (ownership->servers == NULL || ownership->scheduled == NULL) {
        free(ownership->servers);
        free(ownership->scheduled);
        free(ownership);
        return NULL;
    }
    return ownership;
}

static void destroy(void *memory)
{
    struct ownership *ownership = memory;
    for (size_t i = 0; i < ownership->view->traits->count; i++) {
        for (size_t group = 0; ownership->servers[i] != NULL && group < PLACES_GROUPS_MAX; group++) {
            free(ownership->servers[i][group]);
        }
        free(ownership->servers[i]);
    }
    for (size_t group = 0; group < PLACES_GROUPS_MAX; group++) {
        free(ownership->groups[group].shares);
    }
    free(ownership->servers);
    free(ownership->scheduled);
    free(ownership);
}

/* NULL: not a partition of the program, or out of memory. */
static struct holding *holding_of(struct ownership *ownership, size_t server, const char *group_name, const char *topic,
                                  int32_t partition)
{
    size_t group = places_group(ownership->view->places, group_name);
    size_t cell = places_cell(ownership->view->places, topic, partition);
    if (group == PROGRAM_NONE || cell == PROGRAM_NONE) {
        return NULL;
    }
    if (ownership->servers[server] == NULL) {
        ownership->servers[server] = calloc(PLACES_GROUPS_MAX, sizeof *ownership->servers[server]);
    }
    struct holding **rows = ownership->servers[server];
    if (rows != NULL && rows[group] == NULL) {
        rows[group] = calloc(places_cells(ownership->view->places) + 1, sizeof *rows[group]);
    }
    return rows != NULL && rows[group] != NULL ? &rows[group][cell] : NULL;
}

/* ---- What a server does with its partitions ---------------------------------------------------------------------- */

static void change(struct ownership *ownership, size_t server, const struct carafe_event *event, bool owned)
{
    for (size_t i = 0; i < event->partition_count; i++) {
        struct holding *holding =
            holding_of(ownership, server, event->group, event->partitions[i].topic, event->partitions[i].partition);
        if (holding != NULL) {
            *holding = (struct holding){
                .owned = owned, .next = ANYWHERE, .unmarked = ANYWHERE, .stale = ownership->scheduled[server]};
        }
    }
}

static void broken(struct ownership *ownership, const struct observation *observation, const char *expected,
                   const char *got)
{
    const struct carafe_job_view *job = observation->event->job;
    oracle_broken(ownership->oracle, 3, "expected %s to %s of %s/%" PRId32 " in group %s, got %s", observation->process,
                  expected, job->topic, job->partition, job->group, got);
}

static void judge_start(struct ownership *ownership, const struct observation *observation,
                        const struct holding *holding)
{
    const struct carafe_job_view *job = observation->event->job;
    if (!holding->owned) {
        broken(ownership, observation, "be the owner when it starts a batch", "none");
        return;
    }
    if (job->id <= holding->stale) {
        broken(ownership, observation, "start no batch from before the assignment", "one");
        return;
    }
    if (holding->running && holding->job != job->id) {
        broken(ownership, observation, "handle one batch at a time", "two");
        return;
    }
    size_t cell = places_cell(ownership->view->places, job->topic, job->partition);
    bool dropped = log_end_may_have_dropped(positions_log(ownership->view->positions, cell));
    int64_t expected = holding->failed ? holding->unmarked : holding->next;
    /* In a storm a client may ask twice where a log begins, and begin there twice. */
    const struct traits *traits = ownership->view->traits;
    bool anew = traits->offsets_get_reset || (traits->answers_get_lost && job->first_offset == 0);
    char got[64];
    snprintf(got, sizeof got, "%" PRId64 " to %" PRId64, job->first_offset, job->last_offset);
    if (expected != ANYWHERE && job->first_offset != expected && !(dropped && job->first_offset > expected) && !anew) {
        oracle_broken(ownership->oracle, 3,
                      "expected %s to go on with offset %" PRId64 " of %s/%" PRId32 " in group %s after a batch that %s"
                      ", got %s",
                      observation->process, expected, job->topic, job->partition, job->group,
                      holding->failed ? "failed" : "was handled", got);
    } else if (!dropped && !anew && job->last_offset - job->first_offset + 1 != (int64_t)job->messages) {
        broken(ownership, observation, "hand out every message of a batch", got);
    }
}

static void on_consume(struct ownership *ownership, size_t server, const struct observation *observation)
{
    const struct carafe_job_view *job = observation->event->job;
    struct holding *holding =
        job != NULL ? holding_of(ownership, server, job->group, job->topic, job->partition) : NULL;
    if (holding == NULL) {
        return;
    }
    judge_start(ownership, observation, holding);
    if (job->attempt > 1 && job->attempt != holding->attempt + 1) { /* 1: it may have begun anew */
        broken(ownership, observation, "count its attempts one by one", "another number");
    }
    holding->attempt = job->attempt;
    holding->running = true;
    holding->failed = false;
    holding->job = job->id;
    holding->next = job->last_offset + 1;
    if (holding->unmarked == ANYWHERE && !holding->sought) {
        holding->unmarked = job->first_offset;
    }
}

static void on_end(struct ownership *ownership, size_t server, const struct carafe_event *event)
{
    const struct carafe_job_view *job = event->job;
    bool consume = job != NULL && job->type == CARAFE_JOB_CONSUME;
    struct holding *holding = consume ? holding_of(ownership, server, job->group, job->topic, job->partition) : NULL;
    if (holding != NULL && event->kind == CARAFE_EVENT_ERROR_OCCURRED &&
        strcmp(event->failure->type, "consumer.initialized.error") == 0) {
        holding->attempt = job->attempt; /* it was one, though no batch began */
    }
    if (holding == NULL || !holding->running || holding->job != job->id) {
        return;
    }
    if (event->kind != CARAFE_EVENT_ERROR_OCCURRED) {
        holding->attempt = event->kind == CARAFE_EVENT_CONSUMER_CONSUMED ? 0 : holding->attempt;
        holding->running = false;
    } else if (strcmp(event->failure->type, "consumer.consume.error") == 0) {
        holding->running = false;
        holding->failed = true;
    }
}

/* A handler's own doing: it may go on anywhere. */
static void on_moved(struct ownership *ownership, size_t server, const struct carafe_event *event)
{
    struct holding *holding = holding_of(ownership, server, event->group, event->topic, event->partition);
    size_t topic = places_topic(ownership->view->places, event->topic);
    if (holding == NULL || topic == PROGRAM_NONE) {
        return;
    }
    const struct topic_traits *traits = &ownership->view->traits->servers[server].topics[topic];
    if (event->kind == CARAFE_EVENT_CONSUMER_SEEK ? traits->seeks : traits->by_library) {
        holding->next = ANYWHERE;
        holding->unmarked = ANYWHERE;
        holding->sought = true;
    }
}

static void on_marked(struct ownership *ownership, size_t server, const struct carafe_event *event)
{
    struct holding *holding = holding_of(ownership, server, event->group, event->topic, event->partition);
    if (holding != NULL && !holding->sought && event->offset + 1 > holding->unmarked) {
        holding->unmarked = event->offset + 1;
    }
}

static void on_event(struct ownership *ownership, size_t server, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    switch (event->kind) {
    case CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED:
    case CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED:
        change(ownership, server, event, event->kind == CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED);
        break;
    case CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE:
        ownership->scheduled[server] = event->job != NULL ? event->job->id : ownership->scheduled[server];
        break;
    case CARAFE_EVENT_CONSUMER_CONSUME:
        on_consume(ownership, server, observation);
        break;
    case CARAFE_EVENT_CONSUMER_CONSUMED:
    case CARAFE_EVENT_WORKER_COMPLETED:
    case CARAFE_EVENT_ERROR_OCCURRED:
        on_end(ownership, server, event);
        break;
    case CARAFE_EVENT_CONSUMER_MARKED:
        on_marked(ownership, server, event);
        break;
    case CARAFE_EVENT_CONSUMER_SEEK:
    case CARAFE_EVENT_CONSUMER_PAUSE:
        on_moved(ownership, server, event);
        break;
    default:
        break;
    }
}

static void forget(struct ownership *ownership, size_t server)
{
    ownership->scheduled[server] = 0;
    for (size_t group = 0; ownership->servers[server] != NULL && group < PLACES_GROUPS_MAX; group++) {
        free(ownership->servers[server][group]);
        ownership->servers[server][group] = NULL;
    }
}

/* ---- What coordinators give ------------------------------------------------------------------------------------- */

static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *at = text; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    return hash;
}

static void begin_epoch(struct group_epoch *group, int32_t generation)
{
    group->epoch++;
    group->generation = generation;
    group->synced = false;
}

static void give(struct ownership *ownership, struct group_epoch *group, const struct wire_membership *membership)
{
    uint64_t member = hash_of(membership->member);
    group->synced = true;
    for (size_t i = 0; i < membership->assigned_count; i++) {
        const struct wire_assigned *assigned = &membership->assigned[i];
        size_t cell = places_cell(ownership->view->places, assigned->topic, assigned->partition);
        if (cell == PROGRAM_NONE) {
            continue;
        }
        struct share *share = &group->shares[cell];
        if (share->epoch == group->epoch && share->member != member) {
            oracle_broken(ownership->oracle, 3,
                          "expected one owner of %s/%" PRId32 " in generation %" PRId32 " of group %s, got two",
                          assigned->topic, assigned->partition, membership->generation, membership->group);
        }
        *share = (struct share){.epoch = group->epoch, .member = member};
    }
}

static void on_membership(struct ownership *ownership, const struct wire_membership *membership)
{
    size_t index = places_group(ownership->view->places, membership->group);
    if (index == PROGRAM_NONE || membership->error != 0) {
        return;
    }
    struct group_epoch *group = &ownership->groups[index];
    if (group->shares == NULL) {
        group->shares = calloc(places_cells(ownership->view->places) + 1, sizeof *group->shares);
    }
    if (group->shares == NULL) {
        return;
    }
    bool other = group->epoch == 0 || group->generation != membership->generation;
    if (membership->kind == WIRE_JOINED && (other || group->synced)) {
        begin_epoch(group, membership->generation);
    } else if (membership->kind == WIRE_SYNCED) {
        if (other) {
            begin_epoch(group, membership->generation);
        }
        give(ownership, group, membership);
    }
}

static void observe(void *memory, const struct observation *observation)
{
    struct ownership *ownership = memory;
    if (observation->kind == OBSERVATION_GROUP && observation->membership != NULL) {
        on_membership(ownership, observation->membership);
        return;
    }
    if (observation->kind != OBSERVATION_EVENT && observation->kind != OBSERVATION_EXIT) {
        return;
    }
    size_t server = oracle_server(ownership->oracle, observation);
    if (server == PROGRAM_NONE) {
        return;
    }
    if (observation->kind == OBSERVATION_EVENT) {
        on_event(ownership, server, observation);
    } else {
        forget(ownership, server);
    }
}

const struct family family_ownership = {.create = create, .destroy = destroy, .observe = observe};
