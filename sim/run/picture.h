/*
 * Draws a run for those who would rather look than read: an SVG file with time from left to right, a row for each
 * process and each partition, and what the scenario did above them.
 *
 * Threads: any simulated one, one at a time.  Memory grows with what there is to draw, up to PICTURE_ITEMS_MAX.
 */
#ifndef SIM_RUN_PICTURE_H
#define SIM_RUN_PICTURE_H

#include "run/observation.h"

#include <stdint.h>

#define PICTURE_ITEMS_MAX      200000 /* what comes later is left out, and the picture says so */
#define PICTURE_PROCESSES_MAX  64
#define PICTURE_PARTITIONS_MAX 64

struct picture;

/* What is known when the run is over; all is borrowed for the call. */
struct picture_caption {
    const char *title;
    uint64_t seed;
    int64_t end_ns; /* of the run's time */
    bool passed;
    const char *failure; /* in words, as many lines as there are; only the first is drawn */
};

/* Opens the file.  Errors: CARAFE_FAILED, it cannot be written; CARAFE_NO_MEMORY. */
int picture_create(const char *path, struct picture **picture, struct carafe_error *error);

void picture_observe(struct picture *picture, const struct observation *observation);

/* Draws and closes the file.  Takes NULL.  Errors: CARAFE_FAILED, not all of it could be written. */
int picture_destroy(struct picture *picture, const struct picture_caption *caption, struct carafe_error *error);

#endif
