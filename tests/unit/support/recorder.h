/* A subscriber that keeps every event, and lets a test wait for one. */
#ifndef SUPPORT_RECORDER_H
#define SUPPORT_RECORDER_H

#include <pthread.h>

#include "carafe.h"

#define RECORDER_EVENTS_MAX 8192
#define RECORDER_TEXT_MAX   256

struct recorded {
    enum carafe_event_kind kind;
    enum carafe_status status;
    int64_t monotonic_ns;
    char subscription_group[64];
    char topic[64];
    int32_t partition;
    int64_t offset;
    int64_t duration_ms;
    bool has_job;
    enum carafe_job_type job_type;
    uint64_t job_id;
    int attempt;
    int64_t first_offset;
    int64_t last_offset;
    int64_t committed_offset;
    size_t messages;
    size_t workers;
    size_t partition_count;
    char signal[16];
    char failure_type[64];
    char failure_class[64];
    char failure_message[RECORDER_TEXT_MAX];
    size_t alive_workers;
    char active_listeners[RECORDER_TEXT_MAX];
    char in_processing[RECORDER_TEXT_MAX];
};

struct recorder {
    pthread_mutex_t lock;
    pthread_cond_t arrived;
    size_t count;
    struct recorded events[RECORDER_EVENTS_MAX];
};

struct recorder *recorder_create(void);
void recorder_destroy(struct recorder *recorder);

/* A carafe_subscriber; `owner` is the recorder. */
int recorder_note(const struct carafe_event *event, void *owner);

/* Until `count` events of `kind` have arrived; returns the last of them. */
struct recorded recorder_await(struct recorder *recorder, enum carafe_event_kind kind, size_t count);
/* The same for `error.occurred` of a type. */
struct recorded recorder_await_failure(struct recorder *recorder, const char *type, size_t count);

size_t recorder_count(struct recorder *recorder, enum carafe_event_kind kind);
size_t recorder_count_failures(struct recorder *recorder, const char *type);
/* Position of the nth (from 1) event of a kind; SIZE_MAX: there is none. */
size_t recorder_position(struct recorder *recorder, enum carafe_event_kind kind, size_t nth);

#endif
