/* How far each group has come in each partition, and how far each partition goes. */
#ifndef SIM_ORACLE_POSITIONS_H
#define SIM_ORACLE_POSITIONS_H

#include "oracle/places.h"

#define POSITION_AHEAD_MAX   (INT64_C(1) << 26) /* offsets handled further ahead than this are taken for a gap */
#define POSITION_REFUSED_MAX 4

/* One partition in the eyes of one group. */
struct position {
    int64_t handled; /* every offset below it was handled, or skipped on purpose */
    uint64_t *ahead; /* bits: offsets from `base` on that were handled before the ones below them */
    size_t words;
    int64_t base;      /* offset of the first bit; a multiple of 64, at most `handled` */
    int64_t committed; /* -1: never */
    int64_t committed_requested_ns;
    size_t committed_by;                   /* the server */
    int32_t committed_generation;          /* of its group */
    int64_t refused[POSITION_REFUSED_MAX]; /* latest commits that failed or were not answered: a client repeats them */
    size_t refused_count;
    int64_t unanswered; /* the highest that got no answer: the broker may have it */
    int64_t marked;     /* the offset that the last mark asks to be committed; 0: none since the assignment */
    size_t marked_by;   /* the server */
    bool sought;        /* by a handler: from then on it may commit what it likes, once more or less */
    bool judged;        /* some server commits it */
};

/* The log of a partition. */
struct log_end {
    int64_t end; /* offset past the last record */
    int64_t bytes;
    int64_t appended_ns; /* the last record */
};

struct positions;

/* `places` is borrowed.  NULL: out of memory. */
struct positions *positions_create(struct places *places);
void positions_destroy(struct positions *positions); /* takes NULL */

/* NULL: not a partition of the program, or out of memory. */
struct position *positions_of(struct positions *positions, size_t group, size_t cell);
struct log_end *positions_log(struct positions *positions, size_t cell);

/* The offsets from `first` to `last`, both included, were handled. */
void position_handle(struct position *position, int64_t first, int64_t last);
/* All below `offset` counts as handled. */
void position_skip(struct position *position, int64_t offset);

/* The mock brokers drop the oldest records of a log that is too long: then gaps are theirs. */
bool log_end_may_have_dropped(const struct log_end *log);

#endif
