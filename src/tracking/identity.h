/* Who reports: constant while the server lives, said in every document. */
#ifndef TRACKING_IDENTITY_H
#define TRACKING_IDENTITY_H

#include "carafe.h"
#include "ports/process.h"
#include "tracking/contract.h"

#define IDENTITY_HOST_NAME_MAX 256
#define IDENTITY_ID_MAX        320 /* a host name of 255, a pid, 12 hex digits */

#define IDENTITY_POLL_INTERVAL_MS 300000 /* librdkafka's */

/* The client of one subscription group, as its settings make it. */
struct client_traits {
    const char *subscription_group;
    const char *instance_id;  /* group.instance.id; NULL: no static membership.  Shown from schema 1.6.0 on */
    int64_t poll_interval_ms; /* max.poll.interval.ms; 0: IDENTITY_POLL_INTERVAL_MS.  Shown from schema 1.7.0 on */
};

struct identity {
    char process_id[IDENTITY_ID_MAX]; /* `host:pid:12 hex digits` */
    struct carafe_names tags;         /* own copies */
    char *librdkafka_version;
    struct client_traits *clients; /* own copies */
    size_t client_count;
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
    const struct client_traits *clients;
    size_t client_count;
    enum contract_schema schema;
    double started_at_s;
    double started_ms;
};

/* CARAFE_NO_MEMORY: close it all the same. */
int identity_init(struct identity *identity, const struct identity_options *options,
                  struct carafe_error *error) CARAFE_RESULT;
void identity_close(struct identity *identity);

/* Of a subscription group; of one that was never told of, the defaults. */
struct client_traits identity_client(const struct identity *identity, const char *subscription_group);

#endif
