/*
 * A plain librdkafka group member that a scenario puts beside the servers: one thread that polls and hands messages to
 * a callback; offsets are committed by librdkafka (enable.auto.commit).
 *
 * Threads: callbacks run on the member's thread; the functions may be called from any other.
 */
#ifndef SIM_KAFKA_MEMBER_H
#define SIM_KAFKA_MEMBER_H

#include "carafe.h"

#define MEMBER_CONSUMED_MAX 1000000 /* remembered; later ones are counted only */
#define MEMBER_TOPICS_MAX   64

struct member_message {
    const char *topic; /* borrowed */
    int32_t partition;
    int64_t offset;
    const void *key;
    size_t key_len;
    const void *payload;
    size_t len;
};

enum member_event_kind { MEMBER_ASSIGNED, MEMBER_REVOKED, MEMBER_LOST, MEMBER_COMMITTED, MEMBER_ERROR };

struct member_event {
    enum member_event_kind kind;
    int error; /* librdkafka's number */
    const struct carafe_partition *partitions;
    size_t count;
};

struct member_options {
    const char *bootstraps;
    const char *group;
    const char *client_id; /* NULL: `member` */
    const char *const *topics;
    size_t topic_count;
    struct carafe_settings kafka;                                                /* over the defaults */
    void (*message)(const struct member_message *message, void *owner);          /* NULL: only remembered */
    void (*event)(const struct member_event *event, void *owner);                /* NULL: not wanted */
    void (*log)(int level, const char *facility, const char *text, void *owner); /* NULL: dropped; any thread */
    void *owner;
};

/* One that was consumed. */
struct member_consumed {
    int topic; /* index in the options' topics; -1: matched by a pattern of theirs */
    int32_t partition;
    int64_t offset;
};

struct member;

/* Makes the client and starts its thread.  Errors: CARAFE_INVALID, a setting; CARAFE_FAILED. */
int member_start(const struct member_options *options, struct member **member, struct carafe_error *error);
/* The thread stops polling after the message at hand: its max.poll.interval.ms runs. */
void member_pause(struct member *member);
void member_resume(struct member *member);
/* Leave the group gracefully and end the thread.  Waits for it. */
void member_stop(struct member *member);
/* Stops it if it still runs, and frees it.  NULL does nothing. */
void member_destroy(struct member *member);

/* How many messages were consumed so far. */
size_t member_count(struct member *member);
/* Copy the `index`th; false: not yet, or past the bound. */
bool member_consumed_at(struct member *member, size_t index, struct member_consumed *consumed);

#endif
