#include "trial.h"

/* Work that is over at once, then time enough for a commit, then the end. */
#define USUAL SERVER("") "handler s1 orders takes=1ms\n" LIFE("12s")

/* The first batch fails once. */
#define FAILING SERVER("max_messages=10") "handler s1 orders takes=1ms fails=2\n" LIFE("20s")

/* Jobs of two partitions wait for one worker when a member comes that takes one of them. */
#define REVOKED                                                                                                        \
    SERVER("workers=1")                                                                                                \
    "member  m1 group=billing topics=orders takes=1ms kafka.session.timeout.ms=6000\n"                                 \
    "handler s1 orders non_blocking max_messages=2 takes=1500ms\n"                                                     \
    "at 0    load orders 40\n"                                                                                         \
    "at 0    start s1\n"                                                                                               \
    "by 10s  expect job s1 orders started\n"                                                                           \
    "at 10s  start m1\n"                                                                                               \
    "by 60s  expect assignment m1 orders count=1\n"                                                                    \
    "at 60s  signal s1 TERM\n"                                                                                         \
    "by +10s expect exit s1\n"                                                                                         \
    "at 80s  stop m1\n"

/* Long enough that all must be done. */
#define SETTLED(words)                                                                                                 \
    SERVER("kafka.session.timeout.ms=6000 kafka.max.poll.interval.ms=6000")                                            \
    "handler s1 orders takes=1ms " words "\n"                                                                          \
    "at 0    load orders 40\n"                                                                                         \
    "at 0    start s1\n"                                                                                               \
    "at 6s   fault net s1 <-> broker all cut for 5s\n"                                                                 \
    "at 20s  load orders 40\n"                                                                                         \
    "at 9m   signal s1 TERM\n"                                                                                         \
    "by +10s expect exit s1\n"

static const struct trial trials[] = {
    {"1_an_offset_committed_before_its_message_was_handled", BUG_MARKS_BEFORE_HANDLING, 1,
     "expected s1 to commit at most offset 0 of orders/", SERVER("") "handler s1 orders batch_takes=8s\n" LIFE("30s")},
    {"1_an_offset_committed_one_too_far", BUG_MARKS_ONE_TOO_FAR, 1,
     "where the first unhandled message is, got 21\n  last events of the run:\n", USUAL},
    {"1_a_failed_batch_committed_as_if_it_was_handled", BUG_FAILURE_COUNTS_AS_HANDLED, 1,
     "expected s1 to commit at most offset 0 of orders/", FAILING},
    {"2_an_older_offset_committed_after_a_newer_one", BUG_COMMITS_BACK_WHEN_IT_STOPS, 2,
     "expected s1 to commit at least offset 20 of orders/0 in group billing, as was committed before, got 19\n", USUAL},
    {"3_a_retry_that_goes_back_too_far", BUG_RETRY_GOES_BACK_TOO_FAR, 3,
     "in group billing after a batch that failed, got 9 to ",
     SERVER("max_messages=10") "handler s1 orders takes=1ms fails=pattern(.x........)\n" LIFE("20s")},
    {"3_two_batches_of_a_partition_at_once", BUG_TWO_BATCHES_AT_ONCE, 3,
     "expected s1 to handle one job at a time of orders/",
     SERVER("max_messages=5 workers=8") "handler s1 orders takes=20ms\n" LIFE("12s")},
    {"3_a_batch_that_starts_after_its_revocation_was_seen", BUG_REVOCATION_IGNORED, 3,
     "expected s1 to be the owner when it starts a batch of orders/", REVOKED},
    {"3_a_consumer_that_is_never_destroyed", BUG_FAREWELL_FORGOTTEN, 3,
     "expected every consumer to be destroyed at a graceful end, got 2 left\n", USUAL},
    {"11_a_partition_that_is_not_resumed", BUG_RESUME_FORGOTTEN, 11, "expected all of orders/0 to be handled by group ",
     SETTLED("non_blocking max_messages=10")},
    {"11_offsets_that_are_not_committed", BUG_OFFSETS_NOT_STORED, 11,
     "expected all of orders/0 to be committed by group billing, that is offset 40, got -1\n", SETTLED("")},
    {"11_the_last_offset_not_committed_when_it_stops", BUG_LAST_OFFSETS_NOT_STORED, 11,
     "before it gives the partition up, that is offset 20, got ",
     SERVER("max_messages=5") "handler s1 orders takes=1ms\n" LIFE("12s")},
    {"11_messages_that_are_never_marked", BUG_NOTHING_MARKED, 11,
     "expected all of orders/0 to be committed by group billing, that is offset 40, got -1\n", SETTLED("")},
};

const struct trials trials_of_offsets = TRIALS(trials);
