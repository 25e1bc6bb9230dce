/*
 * 4 What is on its way is told step by step, each step once: a listener goes from pending to stopped, in and out of its
 *   fetch loop, each rebalance and each pause of it begins and ends; a job is scheduled, taken by a worker, begun,
 *   ended, processed and completed.  A graceful end leaves none on its way.  (The steps of the server's own status are
 *   lifecycle.c's.)
 * 3 One job of a partition at a time.
 */
#include "oracle/family.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_FIRST 64
#define JOBS_MAX   (1 << 20) /* at once; of more nothing is said */

enum step { STEP_SCHEDULED, STEP_TAKEN, STEP_BEGUN, STEP_ENDED, STEP_PROCESSED };

struct told_job {
    uint64_t id; /* 0: a free place */
    enum step step;
};

/* What a worker has taken and not completed. */
struct taken_job {
    uint64_t id;
    uint64_t lane; /* of its partition, see lane_of() */
};

/* Known by its subscription group. */
struct told_listener {
    char *name;
    enum carafe_event_kind state;
    bool looping;
    bool fetching;
    bool pausing;                    /* a handler's wish was told, the client's part was not */
    enum carafe_event_kind changing; /* a rebalance that began; 0: none */
};

/* One server since its start. */
struct told {
    bool ran;
    bool forced;
    struct told_listener *listeners;
    size_t listener_count;
    struct told_job *jobs; /* each at its id, modulo the capacity, a power of two */
    size_t job_capacity;
    size_t job_count;
    struct taken_job *taken;
    size_t taken_count;
    size_t taken_capacity;
    bool too_many;
};

struct telling {
    struct oracle *oracle;
    struct told *servers;
    size_t count;
};

static void *create(struct oracle *oracle)
{
    struct telling *telling = calloc(1, sizeof *telling);
    if (telling == NULL) {
        return NULL;
    }
    telling->oracle = oracle;
    telling->count = oracle_view(oracle)->traits->count;
    telling->servers = oracle_server_rows(oracle, sizeof *telling->servers);
    if (telling->servers == NULL) {
        free(telling);
        return NULL;
    }
    return telling;
}

static void forget(struct told *told)
{
    for (size_t i = 0; i < told->listener_count; i++) {
        free(told->listeners[i].name);
    }
    free(told->listeners);
    free(told->jobs);
    free(told->taken);
    *told = (struct told){0};
}

static void destroy(void *memory)
{
    struct telling *telling = memory;
    for (size_t i = 0; i < telling->count; i++) {
        forget(&telling->servers[i]);
    }
    free(telling->servers);
    free(telling);
}

/* ---- Listeners --------------------------------------------------------------------------------------------------- */

/* NULL: never heard of it. */
static struct told_listener *find_listener(const struct told *told, const char *name)
{
    for (size_t i = 0; name != NULL && i < told->listener_count; i++) {
        if (strcmp(told->listeners[i].name, name) == 0) {
            return &told->listeners[i];
        }
    }
    return NULL;
}

static void add_listener(struct told *told, const char *name)
{
    struct told_listener *grown = realloc(told->listeners, (told->listener_count + 1) * sizeof *grown);
    char *copy = strdup(name);
    told->listeners = grown != NULL ? grown : told->listeners;
    if (grown == NULL || copy == NULL) {
        free(copy);
        return;
    }
    grown[told->listener_count++] = (struct told_listener){.name = copy, .state = CARAFE_EVENT_LISTENER_PENDING};
}

static void misplaced(struct telling *telling, const struct observation *observation, const char *after)
{
    oracle_broken(telling->oracle, 4, "expected %s to tell of %s step by step, got %s %s", observation->process,
                  observation->event->subscription_group, observation->name, after);
}

static void on_state(struct telling *telling, const struct told *told, struct told_listener *listener,
                     const struct observation *observation)
{
    enum carafe_event_kind kind = observation->event->kind;
    if (kind <= listener->state) {
        misplaced(telling, observation, "when it was past that");
    }
    if (!told->ran) {
        misplaced(telling, observation, "before app.running");
    }
    if (listener->looping || listener->fetching) {
        misplaced(telling, observation, "within its fetch loop");
    }
    listener->state = kind;
}

static void on_loop(struct telling *telling, struct told_listener *listener, const struct observation *observation)
{
    bool looping = listener->looping;
    bool fetching = listener->fetching;
    bool good = listener->state == CARAFE_EVENT_LISTENER_RUNNING;
    switch (observation->event->kind) {
    case CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP:
        good = good && !looping;
        listener->looping = true;
        break;
    case CARAFE_EVENT_LISTENER_FETCH_LOOP:
        good = good && looping && !fetching;
        listener->fetching = true;
        break;
    case CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED:
        good = good && looping && fetching;
        listener->fetching = false;
        break;
    case CARAFE_EVENT_LISTENER_AFTER_FETCH_LOOP:
        good = good && looping && !fetching;
        listener->looping = false;
        break;
    default: /* client.reset */
        good = good && !looping;
        break;
    }
    if (!good) {
        misplaced(telling, observation, "out of its turn");
    }
}

static void on_rebalance(struct telling *telling, struct told_listener *listener, const struct observation *observation)
{
    enum carafe_event_kind kind = observation->event->kind;
    bool begins = kind == CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGN || kind == CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKE;
    enum carafe_event_kind before = kind == CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED
                                        ? CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGN
                                        : CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKE;
    if (listener->changing != (begins ? 0 : before)) {
        misplaced(telling, observation, "out of its turn");
    }
    listener->changing = begins ? kind : 0;
}

static void on_pause(struct telling *telling, struct told_listener *listener, const struct observation *observation)
{
    bool wish = observation->event->kind == CARAFE_EVENT_CONSUMER_PAUSE;
    if (listener->pausing == wish) {
        misplaced(telling, observation, "out of its turn");
    }
    listener->pausing = wish;
}

static void on_listener_event(struct telling *telling, struct told *told, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    struct told_listener *listener = find_listener(told, event->subscription_group);
    if (event->kind == CARAFE_EVENT_LISTENER_PENDING && event->subscription_group != NULL) {
        if (listener != NULL || told->ran) {
            misplaced(telling, observation, listener != NULL ? "a second time" : "after app.running");
        } else {
            add_listener(told, event->subscription_group);
        }
        return;
    }
    if (listener == NULL) {
        return;
    }
    switch (event->kind) {
    case CARAFE_EVENT_LISTENER_STARTING:
    case CARAFE_EVENT_LISTENER_RUNNING:
    case CARAFE_EVENT_LISTENER_QUIETING:
    case CARAFE_EVENT_LISTENER_QUIET:
    case CARAFE_EVENT_LISTENER_STOPPING:
    case CARAFE_EVENT_LISTENER_STOPPED:
        on_state(telling, told, listener, observation);
        break;
    case CARAFE_EVENT_LISTENER_BEFORE_FETCH_LOOP:
    case CARAFE_EVENT_LISTENER_FETCH_LOOP:
    case CARAFE_EVENT_LISTENER_FETCH_LOOP_RECEIVED:
    case CARAFE_EVENT_LISTENER_AFTER_FETCH_LOOP:
    case CARAFE_EVENT_CLIENT_RESET:
        on_loop(telling, listener, observation);
        break;
    case CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGN:
    case CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED:
    case CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKE:
    case CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED:
        on_rebalance(telling, listener, observation);
        break;
    case CARAFE_EVENT_CONSUMER_PAUSE:
    case CARAFE_EVENT_CLIENT_PAUSE:
        on_pause(telling, listener, observation);
        break;
    default:
        break;
    }
}

/* ---- Jobs -------------------------------------------------------------------------------------------------------- */

static bool grow(struct told *told)
{
    size_t capacity = told->job_capacity == 0 ? JOBS_FIRST : told->job_capacity * 2;
    struct told_job *jobs = capacity > JOBS_MAX ? NULL : calloc(capacity, sizeof *jobs);
    if (jobs == NULL) {
        return false;
    }
    for (size_t i = 0; i < told->job_capacity; i++) {
        jobs[told->jobs[i].id & (capacity - 1)] = told->jobs[i].id != 0 ? told->jobs[i] : jobs[0];
    }
    free(told->jobs);
    told->jobs = jobs;
    told->job_capacity = capacity;
    return true;
}

static struct told_job *place_of(const struct told *told, uint64_t id)
{
    return &told->jobs[id & (told->job_capacity - 1)];
}

/* Who winds down begins nothing but what a consumer must hear of its end, and before it is quiet. */
static bool may_schedule(const struct told *told, const struct carafe_job_view *job)
{
    enum carafe_event_kind state = find_listener(told, job->subscription_group)->state;
    switch (job->type) {
    case CARAFE_JOB_REVOKED:
        return true;
    case CARAFE_JOB_SHUTDOWN:
        return state == CARAFE_EVENT_LISTENER_QUIETING;
    default:
        return state == CARAFE_EVENT_LISTENER_RUNNING;
    }
}

static void schedule(struct telling *telling, struct told *told, const struct observation *observation)
{
    uint64_t id = observation->event->job->id;
    if (!may_schedule(told, observation->event->job)) {
        misplaced(telling, observation, "when it is too early or too late for such a job");
    }
    while (told->job_capacity == 0 || (place_of(told, id)->id != 0 && place_of(told, id)->id != id)) {
        if (!grow(told)) {
            told->too_many = true;
            return;
        }
    }
    if (place_of(told, id)->id == id) {
        misplaced(telling, observation, "a second time for one job");
        return;
    }
    *place_of(told, id) = (struct told_job){.id = id, .step = STEP_SCHEDULED};
    told->job_count++;
}

/* What kind of job begins, or ends, with this event; false: the event is no beginning or end of one. */
static bool is_step_of(enum carafe_event_kind kind, enum carafe_job_type *type, bool *begins)
{
    static const struct {
        enum carafe_event_kind begin;
        enum carafe_event_kind end;
    } steps[] = {
        [CARAFE_JOB_CONSUME] = {CARAFE_EVENT_CONSUMER_CONSUME, CARAFE_EVENT_CONSUMER_CONSUMED},
        [CARAFE_JOB_REVOKED] = {CARAFE_EVENT_CONSUMER_REVOKE, CARAFE_EVENT_CONSUMER_REVOKED},
        [CARAFE_JOB_SHUTDOWN] = {CARAFE_EVENT_CONSUMER_SHUTTING_DOWN, CARAFE_EVENT_CONSUMER_SHUTDOWN},
        [CARAFE_JOB_EOFED] = {CARAFE_EVENT_CONSUMER_EOF, CARAFE_EVENT_CONSUMER_EOFED},
        [CARAFE_JOB_IDLE] = {CARAFE_EVENT_CONSUMER_IDLE, CARAFE_EVENT_CONSUMER_IDLED},
        [CARAFE_JOB_TICK] = {CARAFE_EVENT_CONSUMER_TICK, CARAFE_EVENT_CONSUMER_TICKED},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].begin == kind || steps[i].end == kind) {
            *type = (enum carafe_job_type)i;
            *begins = steps[i].begin == kind;
            return true;
        }
    }
    return false;
}

/* A failure that ends a job; that of a dead letter comes beside it. */
static bool ends_job(const struct carafe_event *event)
{
    const char *type = event->failure->type;
    return strncmp(type, "consumer.", strlen("consumer.")) == 0 && strcmp(type, "consumer.after_consume.error") != 0;
}

/* Move a job on; false: it was not where it had to be. */
static bool move(struct told_job *job, const struct carafe_event *event)
{
    enum carafe_job_type type = event->job->type;
    bool begins = false;
    enum step was = job->step;
    switch (event->kind) {
    case CARAFE_EVENT_WORKER_PROCESS:
        job->step = STEP_TAKEN;
        return was == STEP_SCHEDULED;
    case CARAFE_EVENT_WORKER_PROCESSED:
        job->step = STEP_PROCESSED;
        return was == STEP_TAKEN || was == STEP_ENDED;
    case CARAFE_EVENT_WORKER_COMPLETED:
        return was == STEP_PROCESSED;
    case CARAFE_EVENT_ERROR_OCCURRED:
        job->step = STEP_ENDED;
        return was == STEP_TAKEN || was == STEP_BEGUN;
    default:
        if (!is_step_of(event->kind, &type, &begins)) {
            return true;
        }
        job->step = begins ? STEP_BEGUN : STEP_ENDED;
        return type == event->job->type && was == (begins ? STEP_TAKEN : STEP_BEGUN);
    }
}

/* A number of its partition that two others share with no chance that matters. */
static uint64_t lane_of(const struct carafe_job_view *job)
{
    uint64_t lane = UINT64_C(14695981039346656037);
    const char *const texts[] = {job->subscription_group, job->topic};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (const char *text = texts[i]; *text != '\0'; text++) {
            lane = (lane ^ (unsigned char)*text) * UINT64_C(1099511628211);
        }
    }
    return (lane ^ (uint32_t)job->partition) * UINT64_C(1099511628211);
}

/* 3: two workers never have jobs of one partition at one time. */
static void take(struct telling *telling, struct told *told, const struct observation *observation)
{
    const struct carafe_job_view *job = observation->event->job;
    uint64_t lane = lane_of(job);
    for (size_t i = 0; i < told->taken_count; i++) {
        if (told->taken[i].lane == lane) {
            oracle_broken(telling->oracle, 3,
                          "expected %s to handle one job at a time of %s/%" PRId32 " in group %s, got two",
                          observation->process, job->topic, job->partition, job->group);
        }
    }
    if (told->taken_count == told->taken_capacity) {
        size_t capacity = told->taken_capacity == 0 ? 8 : told->taken_capacity * 2;
        struct taken_job *grown = realloc(told->taken, capacity * sizeof *grown);
        if (grown == NULL) {
            return;
        }
        told->taken = grown;
        told->taken_capacity = capacity;
    }
    told->taken[told->taken_count++] = (struct taken_job){.id = job->id, .lane = lane};
}

static void complete(struct told *told, struct told_job *job)
{
    for (size_t i = 0; i < told->taken_count; i++) {
        if (told->taken[i].id == job->id) {
            told->taken[i] = told->taken[--told->taken_count];
            break;
        }
    }
    *job = (struct told_job){0};
    told->job_count--;
}

static void on_job_event(struct telling *telling, struct told *told, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    if (event->kind == CARAFE_EVENT_CONSUMER_BEFORE_SCHEDULE) {
        schedule(telling, told, observation);
        return;
    }
    if (told->too_many || (event->kind == CARAFE_EVENT_ERROR_OCCURRED && !ends_job(event))) {
        return;
    }
    struct told_job *job = told->job_capacity == 0 ? NULL : place_of(told, event->job->id);
    if (job == NULL || job->id != event->job->id) {
        bool names_it = event->kind != CARAFE_EVENT_CONSUMER_RETRY && event->kind != CARAFE_EVENT_CONSUMER_PAUSE &&
                        event->kind != CARAFE_EVENT_CONSUMER_SEEK && event->kind != CARAFE_EVENT_DEAD_LETTER_DISPATCHED;
        if (names_it) {
            misplaced(telling, observation, "of a job that was not scheduled, or is over");
        }
        return; /* what follows from a job comes when it is over */
    }
    if (!move(job, event)) {
        misplaced(telling, observation, "out of its turn");
    }
    if (event->kind == CARAFE_EVENT_WORKER_PROCESS) {
        take(telling, told, observation);
    } else if (event->kind == CARAFE_EVENT_WORKER_COMPLETED) {
        complete(told, job);
    }
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

static void judge_stopped(struct telling *telling, const struct told *told, const struct observation *observation)
{
    if (told->forced) {
        return;
    }
    if (told->job_count > 0 && !told->too_many) {
        oracle_broken(telling->oracle, 4, "expected no job of %s to be on its way when it has stopped, got %zu",
                      observation->process, told->job_count);
    }
    for (size_t i = 0; i < told->listener_count; i++) {
        enum carafe_event_kind state = told->listeners[i].state;
        if (state != CARAFE_EVENT_LISTENER_PENDING && state != CARAFE_EVENT_LISTENER_STOPPED) {
            oracle_broken(telling->oracle, 4, "expected %s to be stopped when %s is, got %s", told->listeners[i].name,
                          observation->process, carafe_event_name(state));
        }
    }
}

static void on_event(struct telling *telling, struct told *told, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    if (event->kind == CARAFE_EVENT_APP_RUNNING) {
        told->ran = true;
    } else if (event->kind == CARAFE_EVENT_APP_STOPPED) {
        judge_stopped(telling, told, observation);
    } else if (event->kind == CARAFE_EVENT_ERROR_OCCURRED && strcmp(event->failure->type, "app.stopping.error") == 0) {
        told->forced = true;
    }
    on_listener_event(telling, told, observation);
    if (event->job != NULL && find_listener(told, event->job->subscription_group) != NULL) {
        on_job_event(telling, told, observation);
    }
}

static void observe(void *memory, const struct observation *observation)
{
    struct telling *telling = memory;
    if (observation->kind != OBSERVATION_EVENT && observation->kind != OBSERVATION_EXIT) {
        return;
    }
    size_t index = oracle_server(telling->oracle, observation);
    if (index == PROGRAM_NONE) {
        return;
    }
    if (observation->kind == OBSERVATION_EXIT) {
        forget(&telling->servers[index]); /* a restart begins anew */
    } else {
        on_event(telling, &telling->servers[index], observation);
    }
}

const struct family family_telling = {.create = create, .destroy = destroy, .observe = observe};
