/*
 * Swarms: the production supervisor over children that are virtual processes, and nodes that have it as their parent.
 */
#include "application/node.h"
#include "base/assert.h"
#include "base/error.h"
#include "kafka/kafka.h"
#include "posix/posix.h"
#include "run/servers_parts.h"
#include "swarm/supervisor.h"

#include <stdlib.h>

/* A supervisor's side: what it waits for, and its nodes. */
struct swarm {
    struct children port;
    struct life *life;
    bool supervising;
    bool released;
    int thread;                     /* that waits; 0: none yet */
    struct children_event *waiting; /* in their order */
    size_t first;
    size_t count;
    size_t size;
    struct life **nodes; /* by number: the present one */
};

/* A node's side. */
struct kinship {
    struct parent port;
    struct life *life;
    struct life *parent;
    bool orphaned;
    bool woken;
    int thread; /* that waits; 0: none */
    child_entry entry;
    void *argument;
};

static int64_t world_ns(int64_t monotonic_ns)
{
    return monotonic_ns == NEVER_NS ? SIM_NEVER : monotonic_ns - SIM_MONOTONIC_ORIGIN_NS;
}

/* ---- What the supervisor waits for ------------------------------------------------------------------------------- */

/* As a kernel does, a signal that is pending already and a report that says the same count once. */
static bool is_waiting(const struct swarm *swarm, const struct children_event *event)
{
    for (size_t i = 0; i < swarm->count && event->kind != CHILDREN_ENDED; i++) {
        const struct children_event *other = &swarm->waiting[swarm->first + i];
        if (other->kind == event->kind && other->signal == event->signal && other->child == event->child &&
            other->healthy == event->healthy) {
            return true;
        }
    }
    return false;
}

static void push(struct swarm *swarm, const struct children_event *event)
{
    if (is_waiting(swarm, event)) {
        return;
    }
    if (swarm->first + swarm->count == swarm->size) {
        swarm->size = swarm->size == 0 ? 16 : 2 * swarm->size;
        swarm->waiting = realloc(swarm->waiting, swarm->size * sizeof *swarm->waiting);
        ASSERT(swarm->waiting != NULL);
    }
    swarm->waiting[swarm->first + swarm->count++] = *event;
    if (swarm->thread != 0) {
        sim_wake(swarm->thread);
    }
}

static void wait_event(struct children *port, int64_t deadline_ns, struct children_event *event)
{
    struct swarm *swarm = (struct swarm *)port;
    *event = (struct children_event){.kind = CHILDREN_DEADLINE};
    swarm->thread = sim_thread_number();
    while (swarm->count == 0) {
        if (sim_now() >= world_ns(deadline_ns)) {
            return;
        }
        (void)sim_wait_until(world_ns(deadline_ns));
    }
    *event = swarm->waiting[swarm->first++];
    swarm->count--;
    swarm->first = swarm->count == 0 ? 0 : swarm->first;
}

bool swarm_raise(struct life *life, enum signal_kind kind)
{
    struct swarm *swarm = life->swarm;
    if (!swarm->supervising) {
        return swarm->released; /* what comes too late is ignored */
    }
    push(swarm, &(struct children_event){.kind = CHILDREN_SIGNAL, .signal = kind});
    return true;
}

static int supervise(struct children *port, struct carafe_error *error)
{
    (void)error;
    ((struct swarm *)port)->supervising = true;
    return 0;
}

static void release(struct children *port)
{
    ((struct swarm *)port)->supervising = false;
    ((struct swarm *)port)->released = true;
}

static void raise_kind(struct children *port, enum signal_kind kind)
{
    (void)swarm_raise(((struct swarm *)port)->life, kind);
}

/* ---- Children ---------------------------------------------------------------------------------------------------- */

static int64_t child_id(struct children *port, size_t child)
{
    return sim_process_id(((struct swarm *)port)->nodes[child]->process);
}

static void signal_child(struct children *port, size_t child, enum signal_kind kind)
{
    static const enum program_signal signals[SIGNAL_KINDS] = {
        [SIGNAL_INT] = PROGRAM_SIGNAL_INT,   [SIGNAL_QUIT] = PROGRAM_SIGNAL_QUIT, [SIGNAL_TERM] = PROGRAM_SIGNAL_TERM,
        [SIGNAL_HUP] = PROGRAM_SIGNAL_HUP,   [SIGNAL_TSTP] = PROGRAM_SIGNAL_TSTP, [SIGNAL_TTIN] = PROGRAM_SIGNAL_TTIN,
        [SIGNAL_USR1] = PROGRAM_SIGNAL_USR1, [SIGNAL_USR2] = PROGRAM_SIGNAL_USR2,
    };
    life_signal(((struct swarm *)port)->nodes[child], signals[kind]);
}

static void kill_child(struct children *port, size_t child)
{
    struct life *node = ((struct swarm *)port)->nodes[child];
    if (!node->ended) {
        sim_process_crash(node->process);
    }
}

static int number_of(enum program_signal signal)
{
    static const int numbers[PROGRAM_SIGNAL_COUNT] = {
        [PROGRAM_SIGNAL_TERM] = 15, [PROGRAM_SIGNAL_INT] = 2,   [PROGRAM_SIGNAL_QUIT] = 3,
        [PROGRAM_SIGNAL_HUP] = 1,   [PROGRAM_SIGNAL_USR1] = 10, [PROGRAM_SIGNAL_USR2] = 12,
    };
    return numbers[signal] != 0 ? numbers[signal] : 9;
}

static void tell_parent(const struct life *life)
{
    const struct kinship *kinship = life->kinship;
    bool crashed = sim_process_state(life->process) == SIM_CRASHED;
    if (kinship->orphaned || kinship->parent->swarm == NULL) {
        return;
    }
    push(kinship->parent->swarm,
         &(struct children_event){.kind = CHILDREN_ENDED,
                                  .child = (size_t)life->node,
                                  .exit_code = crashed ? -1 : sim_process_exit_code(life->process),
                                  .killed_by = crashed ? number_of(life->killed_by) : 0});
}

static void orphan(struct kinship *kinship)
{
    kinship->orphaned = true;
    if (kinship->thread != 0) {
        sim_wake(kinship->thread);
    }
}

void swarm_mourn(struct life *life)
{
    if (life->kinship != NULL) {
        tell_parent(life);
    }
    for (int i = 0; life->swarm != NULL && i < life_declared(life)->nodes; i++) {
        struct life *node = life->swarm->nodes[i];
        if (node != NULL && !node->ended) {
            orphan(node->kinship);
        }
    }
}

/* ---- The parent, in a node --------------------------------------------------------------------------------------- */

static void report(struct parent *port, bool healthy)
{
    const struct kinship *kinship = (const struct kinship *)port;
    if (!kinship->orphaned) {
        push(kinship->parent->swarm, &(struct children_event){.kind = CHILDREN_REPORTED,
                                                              .child = (size_t)kinship->life->node,
                                                              .healthy = healthy});
    }
}

static bool wait_end(struct parent *port, int64_t deadline_ns)
{
    struct kinship *kinship = (struct kinship *)port;
    kinship->thread = sim_thread_number();
    while (!kinship->orphaned && !kinship->woken && sim_now() < world_ns(deadline_ns)) {
        (void)sim_wait_until(world_ns(deadline_ns));
    }
    kinship->thread = 0;
    kinship->woken = false;
    return kinship->orphaned;
}

static void wake(struct parent *port)
{
    struct kinship *kinship = (struct kinship *)port;
    kinship->woken = true;
    if (kinship->thread != 0) {
        sim_wake(kinship->thread);
    }
}

void kinship_destroy(struct kinship *kinship)
{
    free(kinship);
}

static int node_main(void *argument)
{
    struct life *life = argument;
    return life->kinship->entry(&life->kinship->port, (size_t)life->node, life->kinship->argument);
}

/* What a dead supervisor left is killed before another takes its number, as service managers do. */
static void kill_former(struct servers *servers, size_t index)
{
    struct life *former = servers->list[index];
    if (former == NULL || former->ended) {
        return;
    }
    sim_process_crash(former->process);
    (void)sim_process_wait(former->process, SIM_NEVER);
}

static int spawn(struct children *port, size_t child, child_entry entry, void *argument, struct carafe_error *error)
{
    struct swarm *swarm = (struct swarm *)port;
    struct life *parent = swarm->life;
    struct kinship *kinship = calloc(1, sizeof *kinship);
    ASSERT(kinship != NULL);
    *kinship = (struct kinship){.port = {.report = report, .wait_end = wait_end, .wake = wake},
                                .parent = parent,
                                .entry = entry,
                                .argument = argument};
    struct program_process process = {PROGRAM_SERVER, parent->server, (int)child};
    size_t index = program_process_index(parent->servers->run->program, &process);
    kill_former(parent->servers, index);
    struct life *life = life_start(parent->servers, index, node_main, kinship);
    if (life == NULL) {
        free(kinship);
        return error_set(error, CARAFE_FAILED, "swarm: fork: expected a process, got none");
    }
    kinship->life = life;
    life->identity.parent_id = parent->identity.port.id(&parent->identity.port);
    swarm->nodes[child] = life;
    return 0;
}

/* ---- What runs in them ------------------------------------------------------------------------------------------- */

static int run_as_node(struct life *life, struct node **node, struct carafe_error *error)
{
    struct ports ports;
    if (life_open_ports(life, &ports, error) == 0) {
        *node = node_create(&life->config, &ports, (size_t)life->node, &life->kinship->port, error);
    }
    if (*node == NULL) {
        return life_exit_code(life, error->code);
    }
    life->application = node_application(*node);
    sim_hand_over(&life->application);
    life_subscribe(life, NULL);
    return node_run(*node, error);
}

/* What carafe_swarm_run() does in a node. */
static int run_node(struct parent *parent, size_t number, void *owner)
{
    (void)number;
    (void)owner;
    struct life *life = ((struct kinship *)parent)->life;
    struct node *node = NULL;
    struct carafe_error error = {0};
    int code = run_as_node(life, &node, &error);
    if (code != 0) {
        life_fail(life, &error);
    }
    life_await_errands(life);
    if (node_destroy(node)) {
        life_close_ports(life);
        life->graceful = true;
        life_count_leftovers(life);
    }
    return code;
}

static int run_supervisor(struct life *life, struct carafe_error *error)
{
    struct supervisor_options options = {
        .config = &life->config,
        .clock = posix_clock(),
        .log = &life->log.port,
        .process = &life->identity.port,
        .children = &life->swarm->port,
        .consumers = life->consumers,
        .node = run_node,
        .owner = life,
    };
    struct supervisor *supervisor = supervisor_create(&options, error);
    if (supervisor == NULL) {
        return error->code;
    }
    life_subscribe(life, supervisor);
    int code = supervisor_run(supervisor, error);
    supervisor_destroy(supervisor);
    return code;
}

static struct swarm *swarm_create(struct life *life)
{
    struct swarm *swarm = calloc(1, sizeof *swarm);
    ASSERT(swarm != NULL);
    swarm->port = (struct children){.supervise = supervise,
                                    .spawn = spawn,
                                    .id = child_id,
                                    .signal = signal_child,
                                    .kill = kill_child,
                                    .wait = wait_event,
                                    .raise = raise_kind,
                                    .release = release};
    swarm->life = life;
    swarm->nodes = calloc((size_t)life_declared(life)->nodes, sizeof *swarm->nodes);
    ASSERT(swarm->nodes != NULL);
    return swarm;
}

void swarm_destroy(struct swarm *swarm)
{
    if (swarm != NULL) {
        free(swarm->nodes);
        free(swarm->waiting);
        free(swarm);
    }
}

int swarm_main(void *argument)
{
    struct life *life = argument;
    struct carafe_error error = {0};
    life->swarm = swarm_create(life);
    life->consumers = kafka_consumer_factory_create(posix_clock(), &life->log.port);
    ASSERT(life->consumers != NULL);
    int code = run_supervisor(life, &error);
    if (code != 0) {
        life_fail(life, &error);
    }
    life_await_errands(life);
    life_close_ports(life);
    life->graceful = true;
    life_count_leftovers(life);
    return life_exit_code(life, code);
}
