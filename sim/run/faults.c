#include "run/faults.h"

#include "base/assert.h"
#include "ports/clock.h"
#include "run/members.h"
#include "run/servers.h"
#include "run/verdict.h"
#include "world/world.h"

#define NS_PER_SECOND (1000 * NS_PER_MS)
#define DRAW_DURATION 1
#define DRAW_COUNT    2
#define DRAW_LATENCY  3
#define DRAW_CHANCE   4
#define ALWAYS_PPM    1000000

static int64_t draw(struct run *run, const struct program_range *range, uint64_t draws, unsigned what)
{
    return run_draw(run, range, (draws << 4) + what);
}

/* The mock refused: the scenario asks for something that it cannot do. */
static void check(struct run *run, int code, const struct carafe_error *error)
{
    if (code != 0) {
        verdict_error(run, EXIT_USAGE, "fault: %s", error->text);
    }
}

/* ---- Brokers ----------------------------------------------------------------------------------------------------- */

static void broker(struct run *run, int id, bool up)
{
    struct carafe_error error;
    int code =
        up ? mock_cluster_broker_up(run->cluster, id, &error) : mock_cluster_broker_down(run->cluster, id, &error);
    check(run, code, &error);
}

static int64_t step_broker(struct run *run, const struct program_fault *fault, int step, uint64_t draws)
{
    int64_t duration = draw(run, &fault->for_ns, draws, DRAW_DURATION);
    if (fault->kind == PROGRAM_FAULT_BROKER_UP) {
        broker(run, fault->broker, true);
        return 0;
    }
    broker(run, fault->broker, step % 2 == 1);
    if (duration == PROGRAM_END_NS) {
        return 0;
    }
    if (fault->kind == PROGRAM_FAULT_BROKER_DOWN) {
        return step == 0 ? duration : 0;
    }
    int64_t times = draw(run, &fault->count, draws, DRAW_COUNT);
    int64_t turn = (step + 1) / 2;
    return turn >= times ? 0 : turn * fault->every_ns + (step % 2 == 0 ? duration : 0);
}

static bool happens(struct run *run, int64_t chance_ppm, uint64_t draws)
{
    struct program_range range = {.low = 0, .high = ALWAYS_PPM - 1};
    return chance_ppm >= ALWAYS_PPM || draw(run, &range, draws, DRAW_CHANCE) < chance_ppm;
}

/* Each of the next `count` answers on its own: with a chance it is a good one. */
static void inject_by_chance(struct run *run, const struct program_fault *fault,
                             const struct mock_cluster_injection *injection, uint64_t draws)
{
    struct carafe_error error;
    for (int i = 0; i < injection->count; i++) {
        struct mock_cluster_injection one = *injection;
        one.count = 1;
        if (!happens(run, fault->chance_ppm, draws + ((uint64_t)i << 20))) {
            one.error_name = NULL;
            one.delay_ms = 0;
        }
        check(run, mock_cluster_inject(run->cluster, &one, &error), &error);
    }
}

static void inject_at(struct run *run, const struct program_fault *fault, int broker, uint64_t draws)
{
    struct carafe_error error;
    int64_t count = draw(run, &fault->count, draws, DRAW_COUNT);
    int64_t latency = draw(run, &fault->latency_ns, draws, DRAW_LATENCY);
    struct mock_cluster_injection injection = {.api = fault->api_name,
                                               .error_name = fault->error_name,
                                               .count = count > MOCK_CLUSTER_ERRORS_MAX ? MOCK_CLUSTER_ERRORS_MAX
                                                                                        : (int)count,
                                               .broker = broker,
                                               .delay_ms = (int)(latency / NS_PER_MS)};
    if (fault->chance_ppm < ALWAYS_PPM) {
        inject_by_chance(run, fault, &injection, draws);
    } else {
        check(run, mock_cluster_inject(run->cluster, &injection, &error), &error);
    }
}

/* The mock delays the answers of one broker at a time. */
static void inject(struct run *run, const struct program_fault *fault, uint64_t draws)
{
    if (fault->broker != PROGRAM_ALL_BROKERS) {
        inject_at(run, fault, fault->broker, draws);
        return;
    }
    if (fault->latency_ns.high == 0) {
        inject_at(run, fault, MOCK_CLUSTER_ALL_BROKERS, draws);
        return;
    }
    for (int id = 1; id <= mock_cluster_brokers(run->cluster); id++) {
        inject_at(run, fault, id, draws + ((uint64_t)id << 16));
    }
}

static void move_leader(struct run *run, const struct program_fault *fault)
{
    struct carafe_error error;
    const struct program_topic *topic = &run->program->topics[fault->of.topic];
    for (int32_t i = 0; i < topic->partitions; i++) {
        if (fault->of.partition == PROGRAM_NO_PARTITION || fault->of.partition == i) {
            check(run, mock_cluster_leader(run->cluster, topic->name, i, fault->broker, &error), &error);
        }
    }
}

/* ---- Network ----------------------------------------------------------------------------------------------------- */

static struct sim_process *process_of(const struct run *run, const struct program_process *process)
{
    if (process->index == PROGRAM_NONE) {
        return NULL;
    }
    return process->kind == PROGRAM_SERVER ? servers_process(run->servers, program_process_index(run->program, process))
                                           : members_process(run->members, process->index);
}

static enum sim_direction direction_of(const struct program_fault *fault)
{
    switch (fault->direction) {
    case PROGRAM_NET_TO_BROKER:
        return SIM_TO_SERVER;
    case PROGRAM_NET_FROM_BROKER:
        return SIM_TO_CLIENT;
    default:
        return SIM_BOTH_WAYS;
    }
}

static void set_link(struct run *run, const struct program_fault *fault, struct sim_route route, uint64_t draws)
{
    struct sim_options defaults;
    sim_options_init(&defaults);
    struct sim_link link = {.latency_ns = defaults.latency_ns, .jitter_ns = defaults.latency_jitter_ns};
    if (fault->effect == PROGRAM_NET_LATENCY) {
        link.latency_ns += draw(run, &fault->latency_ns, draws, DRAW_LATENCY);
    } else {
        link.bytes_per_second = fault->rate;
    }
    sim_net_set_link(route, direction_of(fault), &link);
}

#define HALF_A_RESPONSE 9 /* bytes: the size and part of the header */

static void begin_net(struct run *run, const struct program_fault *fault, struct sim_route route, uint64_t draws)
{
    switch (fault->effect) {
    case PROGRAM_NET_CUT:
        sim_net_cut(route, direction_of(fault));
        break;
    case PROGRAM_NET_RESET:
        (void)sim_net_reset(route);
        break;
    case PROGRAM_NET_REFUSE:
        sim_net_refuse(route, true);
        break;
    case PROGRAM_NET_LATENCY:
    case PROGRAM_NET_SLOW:
        set_link(run, fault, route, draws);
        break;
    case PROGRAM_NET_HALF:
        sim_net_truncate(route, SIM_TO_CLIENT, HALF_A_RESPONSE);
        break;
    case PROGRAM_NET_HEAL:
        sim_net_heal(route, SIM_BOTH_WAYS);
        sim_net_refuse(route, false);
        sim_net_clear_link(route, SIM_BOTH_WAYS);
        break;
    }
}

static void end_net(const struct program_fault *fault, struct sim_route route)
{
    switch (fault->effect) {
    case PROGRAM_NET_CUT:
        sim_net_heal(route, direction_of(fault));
        break;
    case PROGRAM_NET_REFUSE:
        sim_net_refuse(route, false);
        break;
    case PROGRAM_NET_LATENCY:
    case PROGRAM_NET_SLOW:
        sim_net_clear_link(route, direction_of(fault));
        break;
    default:
        break;
    }
}

/* A reset or half a response comes `count` times, evenly over `for_ns`, or a second apart. */
static int64_t next_turn(struct run *run, const struct program_fault *fault, int step, uint64_t draws)
{
    int64_t count = draw(run, &fault->count, draws, DRAW_COUNT);
    int64_t duration = draw(run, &fault->for_ns, draws, DRAW_DURATION);
    int64_t apart = duration == PROGRAM_END_NS ? NS_PER_SECOND : duration / count;
    return step + 1 < count ? (step + 1) * (apart > 0 ? apart : 1) : 0;
}

static int64_t step_net(struct run *run, const struct program_fault *fault, int step, uint64_t draws)
{
    bool in_turns = fault->effect == PROGRAM_NET_RESET || fault->effect == PROGRAM_NET_HALF;
    for (int id = 1; id <= mock_cluster_brokers(run->cluster); id++) {
        bool meant = fault->broker == PROGRAM_ALL_BROKERS || fault->broker == id;
        if (!meant || !happens(run, fault->chance_ppm, draws + ((uint64_t)id << 16))) {
            continue;
        }
        struct sim_route route = {.client = process_of(run, &fault->process),
                                  .port = mock_cluster_port(run->cluster, id)};
        if (step == 0 || in_turns) {
            begin_net(run, fault, route, draws + ((uint64_t)id << 16));
        } else {
            end_net(fault, route);
        }
    }
    if (in_turns) {
        return next_turn(run, fault, step, draws);
    }
    int64_t duration = draw(run, &fault->for_ns, draws, DRAW_DURATION);
    return step == 0 && duration != PROGRAM_END_NS ? duration : 0;
}

/* ---- Processes --------------------------------------------------------------------------------------------------- */

static void crash(struct run *run, const struct program_process *process)
{
    if (process->kind == PROGRAM_SERVER) {
        servers_crash(run->servers, program_process_index(run->program, process));
    } else {
        members_crash(run->members, process->index);
    }
}

static void start(struct run *run, const struct program_process *process)
{
    if (process->kind == PROGRAM_SERVER) {
        servers_start(run->servers, program_process_index(run->program, process));
    } else {
        members_start(run->members, process->index);
    }
}

static void stall(struct run *run, const struct program_process *process, bool stalled)
{
    if (process->kind == PROGRAM_SERVER) {
        (stalled ? servers_pause : servers_resume)(run->servers, program_process_index(run->program, process));
    } else {
        (stalled ? members_pause : members_resume)(run->members, process->index);
    }
}

static int64_t step_process(struct run *run, const struct program_fault *fault, int step, uint64_t draws)
{
    int64_t duration = draw(run, &fault->for_ns, draws, DRAW_DURATION);
    int64_t next = step == 0 && duration != PROGRAM_END_NS ? duration : 0;
    switch (fault->kind) {
    case PROGRAM_FAULT_CRASH:
        crash(run, &fault->process);
        return 0;
    case PROGRAM_FAULT_PAUSE:
        stall(run, &fault->process, step == 0);
        return next;
    case PROGRAM_FAULT_RESUME:
        stall(run, &fault->process, false);
        return 0;
    default:
        if (step == 0) {
            crash(run, &fault->process);
            return next > 0 ? next : 1;
        }
        start(run, &fault->process);
        return 0;
    }
}

static void producer(struct run *run, const struct program_fault *fault, uint64_t draws)
{
    int64_t count = draw(run, &fault->count, draws, DRAW_COUNT);
    int64_t duration = draw(run, &fault->for_ns, draws, DRAW_DURATION);
    int64_t until_ns = duration == PROGRAM_END_NS ? PROGRAM_END_NS : run_now(run) + duration;
    size_t server = program_process_index(run->program, &fault->process);
    switch (fault->kind) {
    case PROGRAM_FAULT_PRODUCER_CLOSED:
        servers_close_producer(run->servers, server);
        break;
    case PROGRAM_FAULT_PRODUCER_FULL:
        servers_fill_producer(run->servers, server, count, until_ns);
        break;
    default:
        servers_fail_deliveries(run->servers, server, count, until_ns, fault->error_name);
    }
}

static void consumer(struct run *run, const struct program_fault *fault, uint64_t draws)
{
    int64_t count = draw(run, &fault->count, draws, DRAW_COUNT);
    servers_fail_consumer(run->servers, program_process_index(run->program, &fault->process), fault->call, count);
}

int64_t faults_step(struct run *run, const struct program_fault *fault, int step, uint64_t draws)
{
    struct carafe_error error;
    switch (fault->kind) {
    case PROGRAM_FAULT_BROKER_DOWN:
    case PROGRAM_FAULT_BROKER_UP:
    case PROGRAM_FAULT_BROKER_BOUNCE:
        return step_broker(run, fault, step, draws);
    case PROGRAM_FAULT_API:
        inject(run, fault, draws);
        return 0;
    case PROGRAM_FAULT_COORDINATOR:
        check(run, mock_cluster_coordinator(run->cluster, fault->group, fault->broker, &error), &error);
        return 0;
    case PROGRAM_FAULT_LEADER:
        move_leader(run, fault);
        return 0;
    case PROGRAM_FAULT_NET:
        return step_net(run, fault, step, draws);
    case PROGRAM_FAULT_CRASH:
    case PROGRAM_FAULT_PAUSE:
    case PROGRAM_FAULT_RESUME:
    case PROGRAM_FAULT_RESTART:
        return step_process(run, fault, step, draws);
    case PROGRAM_FAULT_CLOCK_STEP:
        servers_step_clock(run->servers, program_process_index(run->program, &fault->process), fault->step_ns);
        return 0;
    case PROGRAM_FAULT_CLOCK_DRIFT:
        servers_drift_clock(run->servers, program_process_index(run->program, &fault->process), fault->drift_ppm);
        return 0;
    case PROGRAM_FAULT_CONSUMER:
        consumer(run, fault, draws);
        return 0;
    default:
        producer(run, fault, draws);
        return 0;
    }
}
