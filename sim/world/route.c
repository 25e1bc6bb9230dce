/* What the network does to connections: latency, and faults. */
#include <errno.h>
#include <string.h>

#include "world/memory.h"
#include "world/report.h"
#include "world/scheduler.h"
#include "world/socket.h"

enum { ROUTES_MAX = 64, WAYS = 2 };

struct rule {
    struct sim_route route;
    bool has_link[WAYS];
    struct sim_link link[WAYS];
    bool cut[WAYS];
    bool refuses;
    bool truncates[WAYS];
    size_t truncate_bytes[WAYS];
};

static struct rule rules[ROUTES_MAX];
static size_t rule_count;
static struct sim_random random_stream;

void sim_routes_start(void)
{
    random_stream = sim_random_stream(sim_world.options.seed, RANDOM_NETWORK, 0);
}

static size_t way_of(enum sim_direction direction)
{
    return direction == SIM_TO_SERVER ? 0 : 1;
}

static bool includes(enum sim_direction direction, size_t way)
{
    return ((unsigned)direction >> way & 1) != 0;
}

static bool applies(const struct rule *rule, const struct sim_flow *flow)
{
    return (!rule->route.client || rule->route.client == flow->public.client) &&
           (rule->route.port == 0 || rule->route.port == flow->public.port);
}

/* More is more precise. */
static int precision(const struct rule *rule)
{
    return (rule->route.client ? 2 : 0) + (rule->route.port != 0 ? 1 : 0);
}

static struct rule *rule_for(struct sim_route route)
{
    for (size_t i = 0; i < rule_count; i++) {
        if (rules[i].route.client == route.client && rules[i].route.port == route.port) {
            return &rules[i];
        }
    }
    if (rule_count == ROUTES_MAX) {
        sim_report_fail(SIM_MISUSE, "more than %d routes", ROUTES_MAX);
    }
    rules[rule_count].route = route;
    return &rules[rule_count++];
}

static struct sim_link link_of(const struct sim_flow *flow, enum sim_direction direction)
{
    size_t way = way_of(direction);
    const struct rule *best = NULL;
    for (size_t i = 0; i < rule_count; i++) {
        bool better = !best || precision(&rules[i]) > precision(best);
        if (rules[i].has_link[way] && applies(&rules[i], flow) && better) {
            best = &rules[i];
        }
    }
    if (best) {
        return best->link[way];
    }
    return (struct sim_link){.latency_ns = sim_world.options.latency_ns,
                             .jitter_ns = sim_world.options.latency_jitter_ns};
}

int64_t sim_route_latency(const struct sim_flow *flow, enum sim_direction direction)
{
    struct sim_link link = link_of(flow, direction);
    if (link.jitter_ns <= 0) {
        return link.latency_ns;
    }
    return link.latency_ns + (int64_t)(sim_random_next(&random_stream) % ((uint64_t)link.jitter_ns + 1));
}

int64_t sim_route_bytes_per_second(const struct sim_flow *flow, enum sim_direction direction)
{
    return link_of(flow, direction).bytes_per_second;
}

bool sim_route_is_cut(const struct sim_flow *flow, enum sim_direction direction)
{
    for (size_t i = 0; i < rule_count; i++) {
        if (rules[i].cut[way_of(direction)] && applies(&rules[i], flow)) {
            return true;
        }
    }
    return false;
}

bool sim_route_is_refused(const struct sim_flow *flow)
{
    for (size_t i = 0; i < rule_count; i++) {
        if (rules[i].refuses && applies(&rules[i], flow)) {
            return true;
        }
    }
    return false;
}

bool sim_route_take_truncation(const struct sim_flow *flow, enum sim_direction direction, size_t *bytes)
{
    size_t way = way_of(direction);
    for (size_t i = 0; i < rule_count; i++) {
        if (rules[i].truncates[way] && applies(&rules[i], flow)) {
            rules[i].truncates[way] = false;
            *bytes = rules[i].truncate_bytes[way];
            return true;
        }
    }
    return false;
}

void sim_net_set_link(struct sim_route route, enum sim_direction direction, const struct sim_link *link)
{
    struct rule *rule = rule_for(route);
    for (size_t way = 0; way < WAYS; way++) {
        if (includes(direction, way)) {
            rule->has_link[way] = true;
            rule->link[way] = *link;
        }
    }
}

void sim_net_clear_link(struct sim_route route, enum sim_direction direction)
{
    struct rule *rule = rule_for(route);
    for (size_t way = 0; way < WAYS; way++) {
        if (includes(direction, way)) {
            rule->has_link[way] = false;
        }
    }
}

void sim_net_refuse(struct sim_route route, bool refuse)
{
    rule_for(route)->refuses = refuse;
}

void sim_net_truncate(struct sim_route route, enum sim_direction direction, size_t bytes)
{
    struct rule *rule = rule_for(route);
    rule->truncates[way_of(direction)] = true;
    rule->truncate_bytes[way_of(direction)] = bytes;
}

/* ---- cut and heal ---- */

/* What has not arrived at this end yet does not arrive. */
static void hold_incoming(struct sim_socket *socket)
{
    int64_t now_ns = sim_world.now_ns;
    for (struct sim_segment *segment = socket->first; segment; segment = segment->next) {
        segment->arrival_ns = segment->arrival_ns > now_ns ? SIM_NEVER : segment->arrival_ns;
    }
    if (socket->end_ns > now_ns && socket->end_ns != SIM_NEVER) {
        socket->end_ns = SIM_NEVER;
        socket->end_held = true;
    }
    if (socket->reset_ns > now_ns && socket->reset_ns != SIM_NEVER) {
        socket->reset_ns = SIM_NEVER;
        socket->reset_held = true;
    }
}

/* What was held arrives after one more latency, in its order. */
static void release_incoming(struct sim_socket *socket, enum sim_direction direction)
{
    int64_t arrival_ns = sim_world.now_ns + sim_route_latency(socket->flow, direction);
    socket->last_arrival_ns = arrival_ns;
    for (struct sim_segment *segment = socket->first; segment; segment = segment->next) {
        segment->arrival_ns = segment->arrival_ns == SIM_NEVER ? arrival_ns : segment->arrival_ns;
    }
    if (socket->end_held) {
        socket->end_held = false;
        socket->end_ns = arrival_ns;
    }
    if (socket->reset_held) {
        socket->reset_held = false;
        socket->reset_ns = arrival_ns;
    }
    sim_poll_notify(socket, arrival_ns);
}

/*
 * A connect that is under way hangs, until it is tried again or times out.  When its request has arrived, only the
 * answer hangs.
 */
static void hang_connect(struct sim_flow *flow)
{
    struct sim_socket *client_end = flow->client_end;
    if (!client_end || client_end->kind != SOCKET_CONNECTING || client_end->hangs ||
        client_end->connected_ns <= sim_world.now_ns) {
        return;
    }
    if (flow->server_end && flow->server_end->connected_ns > sim_world.now_ns) {
        struct sim_socket *server_end = flow->server_end;
        client_end->peer = NULL;
        server_end->peer = NULL;
        sim_socket_close(server_end, true);
        flow->closed_told = false;
    }
    client_end->hangs = true;
    client_end->error = ETIMEDOUT;
    client_end->connected_ns = sim_world.now_ns + INT64_C(127) * 1000000000;
}

void sim_net_cut(struct sim_route route, enum sim_direction direction)
{
    struct rule *rule = rule_for(route);
    for (size_t way = 0; way < WAYS; way++) {
        rule->cut[way] |= includes(direction, way);
    }
    for (struct sim_flow *flow = sim_flows_first(); flow; flow = flow->next) {
        if (!applies(rule, flow)) {
            continue;
        }
        hang_connect(flow);
        if (flow->server_end && includes(direction, way_of(SIM_TO_SERVER))) {
            hold_incoming(flow->server_end);
        }
        if (flow->client_end && includes(direction, way_of(SIM_TO_CLIENT))) {
            hold_incoming(flow->client_end);
        }
    }
}

static void heal_flow(struct sim_flow *flow, enum sim_direction direction)
{
    bool to_server = includes(direction, way_of(SIM_TO_SERVER)) && !sim_route_is_cut(flow, SIM_TO_SERVER);
    bool to_client = includes(direction, way_of(SIM_TO_CLIENT)) && !sim_route_is_cut(flow, SIM_TO_CLIENT);
    if (flow->client_end && flow->client_end->kind == SOCKET_CONNECTING) {
        sim_socket_retry_connect(flow->client_end);
        return;
    }
    if (flow->server_end && to_server) {
        release_incoming(flow->server_end, SIM_TO_SERVER);
    }
    if (flow->client_end && to_client) {
        release_incoming(flow->client_end, SIM_TO_CLIENT);
    }
}

void sim_net_heal(struct sim_route route, enum sim_direction direction)
{
    struct rule *rule = rule_for(route);
    for (size_t way = 0; way < WAYS; way++) {
        rule->cut[way] &= !includes(direction, way);
    }
    for (struct sim_flow *flow = sim_flows_first(); flow; flow = flow->next) {
        if (applies(rule, flow)) {
            heal_flow(flow, direction);
        }
    }
}

/* ---- reset ---- */

static void break_end(struct sim_socket *socket)
{
    if (!socket) {
        return;
    }
    sim_socket_settle(socket);
    if (socket->kind == SOCKET_CONNECTING) {
        socket->error = ECONNRESET;
        socket->connected_ns = sim_world.now_ns;
    }
    sim_socket_drop_queue(socket);
    socket->reset_held = false;
    socket->reset_ns = sim_world.now_ns;
    sim_poll_notify(socket, sim_world.now_ns);
}

size_t sim_net_reset(struct sim_route route)
{
    const struct rule asked = {.route = route};
    size_t count = 0;
    for (struct sim_flow *flow = sim_flows_first(); flow; flow = flow->next) {
        if (applies(&asked, flow)) {
            break_end(flow->client_end);
            break_end(flow->server_end);
            count++;
        }
    }
    return count;
}
