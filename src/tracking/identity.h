/* Who reports: constant while the server lives, said in every document. */
#ifndef TRACKING_IDENTITY_H
#define TRACKING_IDENTITY_H

#include "carafe.h"
#include "ports/process.h"
#include "tracking/contract.h"

#define IDENTITY_ID_MAX 320 /* a host name of 255, a pid, 12 hex digits */

struct identity {
    char process_id[IDENTITY_ID_MAX]; /* `host:pid:12 hex digits` */
    struct carafe_names tags;         /* own copies */
    char *librdkafka_version;
    char *instance_id; /* NULL: no static membership */
    int64_t poll_interval_ms;
    enum contract_schema schema;
    double started_at_s; /* wall clock */
    double started_ms;   /* monotonic */
};

/* What it is made of; copied. */
struct identity_options {
    struct process *process;
    const char *server_id;
    struct carafe_names tags;
    const char *librdkafka_version;
    const char *instance_id;
    int64_t poll_interval_ms;
    enum contract_schema schema;
    double started_at_s;
    double started_ms;
};

/* CARAFE_NO_MEMORY: close it all the same. */
int identity_init(struct identity *identity, const struct identity_options *options,
                  struct carafe_error *error) CARAFE_RESULT;
void identity_close(struct identity *identity);

#endif
