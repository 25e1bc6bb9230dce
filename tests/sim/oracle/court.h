/*
 * An oracle over a program, fed by hand.  The verdicts that it asks for are kept here instead of ending a run.
 */
#ifndef TESTS_SIM_ORACLE_COURT_H
#define TESTS_SIM_ORACLE_COURT_H

#include "kafka/wire.h"
#include "oracle/oracle.h"

struct court {
    struct run run;
    struct program *program;
    int64_t now_ns;
    int broken[PROGRAM_INVARIANT_COUNT + 1]; /* how often */
    char text[1024];                         /* the last one's */
};

/* One broker, topic orders of two partitions, server s1 of group billing; `more` lines after that. */
struct court *court_open(const char *more);
/* As it is, without those lines. */
struct court *court_open_program(const char *text);
void court_close(struct court *court);

/* Only invariant `number` failed, at least once; 0: none did. */
void court_expect(struct court *court, int number);

/* Time passes, then what follows happens. */
void court_wait(struct court *court, int64_t ms);

/* ---- Observations; `process` is "s1" where there is none ---- */

void court_event(struct court *court, const struct carafe_event *event);
void court_event_of(struct court *court, const char *process, const struct carafe_event *event);
void court_status(struct court *court, enum carafe_event_kind kind);
void court_error(struct court *court, const char *type); /* of class Error, as all error documents */
void court_reported(struct court *court, enum carafe_status status, bool forced);
void court_closed_producer(struct court *court);
void court_exit(struct court *court, int code);
void court_crash(struct court *court);
void court_signal_noticed(struct court *court, const char *signal);
/* A whole graceful way down, from running: stopping, stopped, close, terminated, exit 0. */
void court_stop(struct court *court);

void court_assigned(struct court *court, const char *process, int32_t partition, bool assigned);
/* Of orders; a job of its own, which need not be scheduled. */
void court_schedule(struct court *court, int32_t partition, int64_t first, int64_t last);
void court_consume(struct court *court, int32_t partition, int64_t first, int64_t last);
void court_consumed(struct court *court, int32_t partition, int64_t first, int64_t last);
void court_failed(struct court *court, int32_t partition, int64_t first, int64_t last);
void court_failed_attempt(struct court *court, int32_t partition, int64_t first, int64_t last, int attempt);
void court_topic_event(struct court *court, enum carafe_event_kind kind, int32_t partition, int64_t offset);
void court_handled(struct court *court, const char *process, int32_t partition, int64_t first, int64_t last);
/* The first message of partition 0 is tried and fails. */
void court_attempt(struct court *court, int attempt);
/* consume, handled, consumed, marked. */
void court_batch(struct court *court, int32_t partition, int64_t first, int64_t last);

void court_append(struct court *court, int32_t partition, int64_t offset);
/* Of any topic, by any process. */
void court_record(struct court *court, const char *process, const char *topic, int32_t partition, int64_t offset,
                  const struct record *record);
void court_commit(struct court *court, const char *process, int32_t partition, int64_t offset, int error);
void court_membership(struct court *court, enum wire_membership_kind kind, const char *member, int32_t generation,
                      int32_t partition);
/* Statement `index` of what was given to court_open() is begun. */
void court_stimulus(struct court *court, size_t index);

/* A document on the wire; NULL text: a good one. */
struct court_document {
    bool error;
    const char *text;
    const char *type;   /* of an error */
    const char *status; /* of a report */
    const char *key;
    const char *header_value;
    int32_t partition;
};
void court_document(struct court *court, const struct court_document *document);
/* A good report of one active listener that counts so many jobs. */
void court_report(struct court *court, const char *status, int64_t jobs, int64_t workers);

#endif
