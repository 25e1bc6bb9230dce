/* What picture.c collects and picture_svg.c draws. */
#ifndef SIM_RUN_PICTURE_PARTS_H
#define SIM_RUN_PICTURE_PARTS_H

#include "run/picture.h"

#include <stdio.h>

#define PICTURE_SPANS_MAX 4096      /* open at the same time */
#define PICTURE_OPEN      INT64_MAX /* a span that nothing has ended yet */
#define PICTURE_NONE      SIZE_MAX

enum picture_kind {
    /* Spans. */
    PICTURE_STATUS,
    PICTURE_MEMBER, /* a plain one is in its group */
    PICTURE_OWNED,
    PICTURE_PAUSED,
    PICTURE_JOB,
    PICTURE_FAULT,
    /* Moments: `until_ns` is `from_ns`. */
    PICTURE_STIMULUS,
    PICTURE_REPORT,
    PICTURE_ERROR,
    PICTURE_SIGNAL,
    PICTURE_LETTER,
    PICTURE_EXIT
};

struct picture_item {
    enum picture_kind kind;
    size_t process;   /* whose it is; PICTURE_NONE: the scenario's */
    size_t partition; /* its row; PICTURE_NONE: that of the process */
    int64_t from_ns;
    int64_t until_ns;
    enum carafe_status status; /* STATUS */
    bool failed;               /* JOB: the handler failed, or its process ended first */
    uint64_t job;              /* JOB: its number in the process */
    char *text;                /* NULL: nothing to say */
};

/* A partition in the eyes of one group. */
struct picture_partition {
    char *group;
    char *topic;
    int32_t number;
};

struct picture {
    FILE *file;
    struct picture_item *items; /* in the order in which they began */
    size_t item_count;
    size_t item_room;
    size_t open[PICTURE_SPANS_MAX]; /* the spans that nothing has ended yet, as their places in `items` */
    size_t open_count;
    bool cut; /* there was more than can be drawn */
    char *processes[PICTURE_PROCESSES_MAX];
    size_t process_count;
    struct picture_partition partitions[PICTURE_PARTITIONS_MAX];
    size_t partition_count;
};

void picture_draw(const struct picture *picture, const struct picture_caption *caption);

#endif
