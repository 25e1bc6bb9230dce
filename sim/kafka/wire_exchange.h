/* Inside of the wire decoder: one request with its answer, and the functions that understand them. */
#ifndef SIM_KAFKA_WIRE_EXCHANGE_H
#define SIM_KAFKA_WIRE_EXCHANGE_H

#include "kafka/wire.h"

#define WIRE_NAME_MAX 1024 /* bytes of a topic, group, member or assignor, with the closing zero */

enum exchange_end {
    EXCHANGE_ANSWERED,
    EXCHANGE_NOT_AWAITED, /* acks=0: the client wants no answer */
    EXCHANGE_BROKEN_OFF   /* the connection ended first */
};

struct exchange {
    const struct wire_observer *observer;
    const struct wire_origin *origin;
    int64_t requested_ns;
    int version;
    enum exchange_end end;
    struct reader request; /* behind the header */
    struct reader answer;  /* behind the correlation id; empty if there is none */
    const char *why;       /* set by the one who returns false */
};

/* A borrowed name of the wire with a closing zero. */
struct name {
    char text[WIRE_NAME_MAX];
};

/* Copy `view` (null: empty); false if it is too long or holds a zero. */
bool name_of(struct name *name, struct view view);

/* What the broker said of a part of the request: the error in the answer, or what stands for it. */
int exchange_error(struct exchange *exchange);

/* True if both readers came exactly to their ends; else says why not. */
bool exchange_complete(struct exchange *exchange, const char *what);

/* Each tells the observer what the exchange means; false: it cannot be decoded, `why` says what is wrong. */
bool exchange_produce(struct exchange *exchange);
bool exchange_offset_commit(struct exchange *exchange);
bool exchange_offset_fetch(struct exchange *exchange);
bool exchange_find_coordinator(struct exchange *exchange);
bool exchange_join_group(struct exchange *exchange);
bool exchange_sync_group(struct exchange *exchange);
bool exchange_heartbeat(struct exchange *exchange);
bool exchange_leave_group(struct exchange *exchange);
bool exchange_fetch(struct exchange *exchange);

/* The acks of a Produce request; false: too short. */
bool exchange_acks(struct reader request, int *acks);

#endif
