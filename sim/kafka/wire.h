/*
 * Listens to the bytes between clients and brokers and says what they mean.
 *
 * One `wire_connection` a connection is fed with the bytes the broker read and the bytes it wrote, in the order in
 * which that happened and cut anywhere.  Requests and answers meet by correlation id; the observer is told at the
 * moment the last byte of the answer is written.  A connection that cannot be decoded is reported once and ignored from
 * then on.
 *
 * Knows librdkafka 2.0.2's requests as its mock brokers answer them: Produce v3-7 (message format 2), OffsetCommit
 * v0-7, OffsetFetch v0-5, FindCoordinator v0-2, JoinGroup v0-5, SyncGroup v0-3, Heartbeat v0-3, LeaveGroup v0-1; Fetch
 * is counted; all others pass unread.
 *
 * Threads: one at a time (the simulated world runs one).  Observer functions run inside wire_read, wire_written and
 * wire_close; they must not call back into the wire.  Everything given to them is borrowed for the call.
 */
#ifndef SIM_KAFKA_WIRE_H
#define SIM_KAFKA_WIRE_H

#include "carafe.h"
#include "kafka/records.h"

#define WIRE_FRAME_MAX      (128 << 20) /* bytes of one request or answer */
#define WIRE_PENDING_MAX    4096        /* requests of one connection that wait for their answers */
#define WIRE_ASSIGNMENT_MAX 10000       /* partitions of one member */

/* The connection ended before the answer was written: it may or may not have taken effect. */
#define WIRE_UNANSWERED (-32768)

/* Who did it and when. */
struct wire_origin {
    uint64_t connection;
    uint16_t port;   /* the broker's */
    int64_t process; /* id of the client's */
    int64_t now_ns;
};

/* A record of a Produce request. */
struct wire_record {
    const struct wire_origin *origin;
    const char *topic;
    int32_t partition;
    int64_t offset; /* -1: unknown */
    int error;      /* 0, the broker's error, or WIRE_UNANSWERED */
    int acks;
    int64_t requested_ns; /* when the broker had read the request */
    const struct record *record;
};

/* One partition of an OffsetCommit. */
struct wire_commit {
    const struct wire_origin *origin;
    const char *group;
    const char *member; /* empty for a commit outside of a group */
    int32_t generation; /* -1 for a commit outside of a group */
    const char *topic;
    int32_t partition;
    int64_t offset;
    int error;
    int64_t requested_ns;
};

enum wire_membership_kind { WIRE_JOINED, WIRE_SYNCED, WIRE_HEARTBEAT, WIRE_LEFT };

struct wire_assigned {
    const char *topic;
    int32_t partition;
};

/* What a member said to its coordinator and what that answered. */
struct wire_membership {
    const struct wire_origin *origin;
    enum wire_membership_kind kind;
    const char *group;
    const char *member;   /* joined: the id it was given; if refused, the id it came with */
    const char *instance; /* group.instance.id, or NULL */
    int32_t generation;   /* joined: the new one; left: -1 */
    int error;
    int32_t session_timeout_ms;           /* joined; else 0 */
    const char *protocol;                 /* joined without error: the assignor; else NULL */
    bool leader;                          /* joined: this member assigns */
    const struct wire_assigned *assigned; /* synced: the partitions it got */
    size_t assigned_count;
    int64_t requested_ns;
};

/* A coordinator was asked for; `broker` -1 with an error. */
struct wire_coordinator {
    const struct wire_origin *origin;
    const char *group;
    int32_t broker;
    int error;
};

/* One partition of an OffsetFetch answer. */
struct wire_position {
    const struct wire_origin *origin;
    const char *group;
    const char *topic;
    int32_t partition;
    int64_t offset; /* -1: none */
    int error;
};

/* Each may be NULL. */
struct wire_observer {
    void (*requested)(const struct wire_origin *origin, int api, void *owner); /* the broker has read any request */
    void (*appended)(const struct wire_record *record, void *owner); /* error 0; acks=0: offset -1, at the request */
    void (*refused)(const struct wire_record *record, void *owner);  /* any other error */
    void (*committed)(const struct wire_commit *commit, void *owner);
    void (*membership)(const struct wire_membership *membership, void *owner);
    void (*coordinator)(const struct wire_coordinator *coordinator, void *owner);
    void (*position)(const struct wire_position *position, void *owner);
    void (*fetched)(const struct wire_origin *origin, void *owner); /* an answer to a Fetch, empty or not */
    /* Records of a codec that is not decoded; they are not in `appended`. */
    void (*compressed)(const struct wire_origin *origin, const char *topic, int32_t partition, int64_t count,
                       const char *why, void *owner);
    void (*undecodable)(const struct wire_origin *origin, const char *why, void *owner);
    void *owner;
};

struct wire_connection;

/* `observer` is borrowed and outlives the connection.  NULL: out of memory. */
struct wire_connection *wire_open(const struct wire_observer *observer, uint64_t connection, uint16_t port,
                                  int64_t process);
/* Bytes of the client, as the broker read them. */
void wire_read(struct wire_connection *connection, const void *bytes, size_t len, int64_t now_ns);
/* Bytes of the broker, as it wrote them. */
void wire_written(struct wire_connection *connection, const void *bytes, size_t len, int64_t now_ns);
/*
 * One side closed: what was not answered is told with WIRE_UNANSWERED, and so is at once what the broker still reads.
 * Nothing that it writes arrives any more.
 */
void wire_end(struct wire_connection *connection, int64_t now_ns);
/* wire_end(), then frees.  NULL does nothing. */
void wire_close(struct wire_connection *connection, int64_t now_ns);

#endif
