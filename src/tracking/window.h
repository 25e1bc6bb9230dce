/*
 * Windows over the last 60 s, bounded whatever the rate of samples.  Times are monotonic milliseconds with fractions,
 * the unit of the original, so that rates and ages come out as it rounds them.
 *
 * Locks: the caller's.
 */
#ifndef TRACKING_WINDOW_H
#define TRACKING_WINDOW_H

#include "carafe.h"

#define WINDOW_MS           60000.0
#define TRANSFER_SAMPLES    64
#define TRANSFER_SPACING_MS (WINDOW_MS / (TRANSFER_SAMPLES - 2))
#define WORK_SLOTS          241
#define WORK_SLOT_MS        250.0

struct transfer_sample {
    double at_ms;
    int64_t received; /* bytes since the connection's beginning */
    int64_t sent;
};

/*
 * What one client exchanged with one broker. Samples that come faster than the window has room for replace the newest
 * one, so that the oldest stays within one spacing of the window's edge.
 */
struct transfer_window {
    size_t first;
    size_t count;
    struct transfer_sample samples[TRANSFER_SAMPLES];
};

/* A total that went back belongs to a new connection: the window begins anew. */
void transfer_window_add(struct transfer_window *window, double now_ms, int64_t received, int64_t sent);

/* Bytes per second between the oldest and the newest sample; both 0 with less than two. */
void transfer_window_rate(struct transfer_window *window, double now_ms, double *received, double *sent);

/* Time spent working, in slots of a quarter second. */
struct work_window {
    double slots_ms[WORK_SLOTS];
    int64_t newest_slot; /* number of the quarter second since the clock's origin */
    bool used;
};

void work_window_add(struct work_window *window, double now_ms, double duration_ms);

/* Time worked in the last 60 s; 0, and `*used` false, without any sample in them. */
double work_window_sum(struct work_window *window, double now_ms, bool *used);

#endif
