/* Who watches connections. */
#include "world/report.h"
#include "world/socket.h"

enum { TAPS_MAX = 16 };

static struct sim_tap taps[TAPS_MAX];
static size_t tap_count;

void sim_net_tap(const struct sim_tap *tap)
{
    if (tap_count == TAPS_MAX) {
        sim_report_fail(SIM_MISUSE, "more than %d taps", TAPS_MAX);
    }
    taps[tap_count++] = *tap;
}

static bool watches(const struct sim_tap *tap, const struct sim_flow *flow)
{
    return tap->port == 0 || tap->port == flow->public.port;
}

void sim_tap_connected(struct sim_flow *flow)
{
    for (size_t i = 0; i < tap_count; i++) {
        if (taps[i].connected && watches(&taps[i], flow)) {
            taps[i].connected(&flow->public, taps[i].owner);
        }
    }
}

void sim_tap_accepted(struct sim_flow *flow)
{
    for (size_t i = 0; i < tap_count; i++) {
        if (taps[i].accepted && watches(&taps[i], flow)) {
            taps[i].accepted(&flow->public, taps[i].owner);
        }
    }
}

void sim_tap_read(struct sim_flow *flow, const void *bytes, size_t len)
{
    for (size_t i = 0; i < tap_count; i++) {
        if (taps[i].read && watches(&taps[i], flow)) {
            taps[i].read(&flow->public, bytes, len, taps[i].owner);
        }
    }
}

void sim_tap_written(struct sim_flow *flow, const void *bytes, size_t len)
{
    for (size_t i = 0; i < tap_count; i++) {
        if (taps[i].written && watches(&taps[i], flow)) {
            taps[i].written(&flow->public, bytes, len, taps[i].owner);
        }
    }
}

void sim_tap_closed(struct sim_flow *flow)
{
    if (flow->closed_told || !flow->public.server) {
        return;
    }
    flow->closed_told = true;
    for (size_t i = 0; i < tap_count; i++) {
        if (taps[i].closed && watches(&taps[i], flow)) {
            taps[i].closed(&flow->public, taps[i].owner);
        }
    }
}
