#include "oracle/weather.h"

#include "ports/clock.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_MAX         64
#define API_COUNT_MAX    10                /* more failing answers than that may last as long as they like */
#define API_SETTLED_NS   (60 * NS_PER_S)   /* for as many to be asked for, by what clients do all the time */
#define LATENCY_USUAL_NS (100 * NS_PER_MS) /* links faster than that are no weather */

/* A fault without an end of its own. */
struct open_fault {
    enum program_fault_kind kind;
    struct program_process process;
    int broker;
};

struct weather {
    struct open_fault open[OPEN_MAX];
    size_t open_count;
    int64_t calm_ns; /* the latest end of the others */
    bool unknown;    /* it will never be known to be calm again */
};

struct weather *weather_create(const struct program *program)
{
    struct weather *weather = calloc(1, sizeof *weather);
    if (weather != NULL) {
        weather->unknown = program->cluster.given && program->cluster.latency_ns.high > LATENCY_USUAL_NS;
    }
    return weather;
}

void weather_destroy(struct weather *weather)
{
    free(weather);
}

static bool same_process(const struct program_process *a, const struct program_process *b)
{
    return a->index == b->index && (a->index == PROGRAM_NONE || (a->kind == b->kind && a->node == b->node));
}

/* What was opened for all of them is closed for all of them only. */
static void close_faults(struct weather *weather, enum program_fault_kind kind, const struct program_fault *by)
{
    bool any_process = by->process.index == PROGRAM_NONE;
    bool any_broker = by->broker == PROGRAM_ALL_BROKERS;
    size_t kept = 0;
    for (size_t i = 0; i < weather->open_count; i++) {
        const struct open_fault *fault = &weather->open[i];
        bool closed = fault->kind == kind && (any_process || same_process(&fault->process, &by->process)) &&
                      (any_broker || fault->broker == by->broker);
        if (!closed) {
            weather->open[kept++] = *fault;
        }
    }
    weather->open_count = kept;
}

static void open_fault(struct weather *weather, const struct program_fault *fault)
{
    if (weather->open_count == OPEN_MAX) {
        weather->unknown = true;
        return;
    }
    weather->open[weather->open_count++] =
        (struct open_fault){.kind = fault->kind, .process = fault->process, .broker = fault->broker};
}

static void lasts_until(struct weather *weather, int64_t at_ns)
{
    weather->calm_ns = at_ns > weather->calm_ns ? at_ns : weather->calm_ns;
}

static void lasts(struct weather *weather, const struct program_fault *fault, int64_t now_ns)
{
    if (fault->for_ns.high == PROGRAM_END_NS) {
        open_fault(weather, fault);
        return;
    }
    lasts_until(weather, now_ns + fault->for_ns.high);
}

static void bounces(struct weather *weather, const struct program_fault *fault, int64_t now_ns)
{
    if (fault->for_ns.high == PROGRAM_END_NS || fault->count.high > 1000) {
        weather->unknown = true;
        return;
    }
    lasts_until(weather, now_ns + fault->count.high * fault->every_ns + fault->for_ns.high);
}

/* Errors wait for a request that asks for them: only some requests are sure to come soon. */
static void api_fails(struct weather *weather, const struct program_fault *fault, int64_t now_ns)
{
    static const char *const steady[] = {"Produce", "Fetch", "OffsetCommit", "Heartbeat"};
    bool soon = false;
    for (size_t i = 0; i < sizeof steady / sizeof steady[0]; i++) {
        soon = soon || (fault->api_name != NULL && strcmp(fault->api_name, steady[i]) == 0);
    }
    if (!soon || fault->count.high > API_COUNT_MAX || fault->latency_ns.high > API_SETTLED_NS) {
        weather->unknown = true;
        return;
    }
    lasts_until(weather, now_ns + API_SETTLED_NS + fault->count.high * fault->latency_ns.high);
}

static void net(struct weather *weather, const struct program_fault *fault, int64_t now_ns)
{
    switch (fault->effect) {
    case PROGRAM_NET_HEAL:
        close_faults(weather, PROGRAM_FAULT_NET, fault);
        lasts_until(weather, now_ns);
        break;
    case PROGRAM_NET_RESET:
    case PROGRAM_NET_HALF: /* wait for the next response, each of them */
        lasts_until(weather, now_ns + API_SETTLED_NS);
        break;
    default:
        lasts(weather, fault, now_ns);
    }
}

static void begin(struct weather *weather, const struct program_fault *fault, int64_t now_ns)
{
    if (fault->kind != PROGRAM_FAULT_PRODUCER_CLOSED && fault->kind != PROGRAM_FAULT_PRODUCER_FULL &&
        fault->kind != PROGRAM_FAULT_PRODUCER_FAILURE) {
        lasts_until(weather, now_ns);
    }
    switch (fault->kind) {
    case PROGRAM_FAULT_BROKER_DOWN:
    case PROGRAM_FAULT_PAUSE:
        lasts(weather, fault, now_ns);
        break;
    case PROGRAM_FAULT_BROKER_UP:
        close_faults(weather, PROGRAM_FAULT_BROKER_DOWN, fault);
        break;
    case PROGRAM_FAULT_RESUME:
        close_faults(weather, PROGRAM_FAULT_PAUSE, fault);
        break;
    case PROGRAM_FAULT_BROKER_BOUNCE:
        bounces(weather, fault, now_ns);
        break;
    case PROGRAM_FAULT_API:
        api_fails(weather, fault, now_ns);
        break;
    case PROGRAM_FAULT_NET:
        net(weather, fault, now_ns);
        break;
    case PROGRAM_FAULT_CLOCK_STEP: /* librdkafka waits by the wall clock: it may have to catch up first */
        lasts_until(weather, now_ns - (fault->step_ns < 0 ? fault->step_ns : 0));
        break;
    case PROGRAM_FAULT_RESTART:
        lasts_until(weather, now_ns + (fault->for_ns.high == PROGRAM_END_NS ? 0 : fault->for_ns.high));
        break;
    default: /* over at once, or of a producer alone, which is no weather */
        break;
    }
}

void weather_observe(struct weather *weather, const struct observation *observation)
{
    if (observation->kind == OBSERVATION_STIMULUS && observation->statement != NULL &&
        observation->statement->kind == PROGRAM_FAULT) {
        begin(weather, observation->statement->as.fault, observation->at_ns);
    }
}

int64_t weather_calm_since(const struct weather *weather)
{
    return weather->unknown || weather->open_count > 0 ? INT64_MAX : weather->calm_ns;
}
