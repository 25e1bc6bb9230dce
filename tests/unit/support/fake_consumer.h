/*
 * A consumer group member that a test plays the broker for: what it tells the member is delivered by the member's
 * next polls, in the order of telling.  It keeps what the member did.
 *
 * Threads: the test's own functions may be called from any.
 */
#ifndef SUPPORT_FAKE_CONSUMER_H
#define SUPPORT_FAKE_CONSUMER_H

#include <pthread.h>

#include "ports/consumer.h"
#include "support/fake_clock.h"

#define FAKE_SCRIPT_MAX    4096
#define FAKE_LOG_CALLS_MAX 4096
#define FAKE_MEMBERS_MAX   16

enum fake_step_kind { FAKE_ASSIGN, FAKE_REVOKE, FAKE_MESSAGE, FAKE_EOF, FAKE_FAILURE, FAKE_STATISTICS };

struct fake_step {
    enum fake_step_kind kind;
    char topic[64];
    int32_t partition;
    int64_t offset;
    bool fatal;
};

/* What the member did. */
struct fake_call {
    char name[16]; /* pause, resume, seek, store, commit, unsubscribe, close, destroy, subscribe */
    char topic[64];
    int32_t partition;
    int64_t offset;
};

struct fake_factory;

struct fake_member {
    struct consumer port;
    struct fake_factory *factory;
    struct consumer_observer observer;
    char subscription_group[64];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool woken;
    bool closed;
    bool stuck; /* close and poll never end until let go */
    int close_code;
    int seek_code;
    int unsubscribe_code;
    size_t polls;
    size_t steps, next_step;
    struct fake_step script[FAKE_SCRIPT_MAX];
    size_t calls;
    struct fake_call log[FAKE_LOG_CALLS_MAX];
    size_t messages_out; /* given out and not released */
};

struct fake_factory {
    struct consumer_factory port;
    struct fake_clock *clock;
    pthread_mutex_t lock;
    pthread_cond_t opened;
    int open_failures; /* that many opens fail first */
    size_t count;
    struct fake_member *members[FAKE_MEMBERS_MAX];
    size_t destroyed;
};

void fake_factory_init(struct fake_factory *factory, struct fake_clock *clock);
/* Frees the members, destroyed or not. */
void fake_factory_close(struct fake_factory *factory);

/* The nth member that is opened (from 0); waits for it. */
struct fake_member *fake_factory_member(struct fake_factory *factory, size_t index);

void fake_member_assign(struct fake_member *member, const char *topic, int32_t partition);
void fake_member_revoke(struct fake_member *member, const char *topic, int32_t partition);
void fake_member_message(struct fake_member *member, const char *topic, int32_t partition, int64_t offset);
void fake_member_eof(struct fake_member *member, const char *topic, int32_t partition);
void fake_member_fail(struct fake_member *member, bool fatal);

/* Wait for the nth (from 1) call of a name. */
struct fake_call fake_member_await(struct fake_member *member, const char *name, size_t count);
size_t fake_member_count(struct fake_member *member, const char *name);
/* Offset of the last store of a partition; -1: none. */
int64_t fake_member_stored(struct fake_member *member, const char *topic, int32_t partition);
size_t fake_member_messages_out(struct fake_member *member);
/* Until everything told was delivered, and every message that was given out is released. */
void fake_member_await_drained(struct fake_member *member);
void fake_member_set_stuck(struct fake_member *member, bool stuck);

#endif
