/*
 * The cluster of a scenario: librdkafka's mock brokers, driven by names.  The only user of rdkafka_mock.h.
 *
 * Threads: the functions wait for the mock's own thread.  In the simulated world they are called from an ordinary
 * simulated thread, never from the scheduler, one caller at a time.  Broker ids are 1 to `brokers`.
 * Errors: CARAFE_INVALID, an argument is wrong or names nothing; CARAFE_FAILED, librdkafka refused.
 */
#ifndef SIM_KAFKA_MOCK_CLUSTER_H
#define SIM_KAFKA_MOCK_CLUSTER_H

#include <stdint.h>

#include "carafe.h"

#define MOCK_CLUSTER_BROKERS_MAX    64
#define MOCK_CLUSTER_PARTITIONS_MAX 10000
#define MOCK_CLUSTER_TOPICS_MAX     1024
#define MOCK_CLUSTER_ERRORS_MAX     100000  /* of one injection */
#define MOCK_CLUSTER_LATENCY_MAX_MS 3600000 /* an hour */
#define MOCK_CLUSTER_ALL_BROKERS    (-1)
#define MOCK_CLUSTER_NO_LEADER      (-1)

/* A line of the mock's own log: `level` is syslog's.  Threads: the mock's. */
typedef void (*mock_cluster_log)(int level, const char *facility, const char *text, void *owner);

struct mock_cluster_options {
    int brokers;
    mock_cluster_log log; /* NULL: the lines are dropped */
    void *log_owner;
    bool debug; /* the mock's debug lines too; they may hold addresses */
};

struct mock_cluster;

/* Starts the brokers; `*cluster` belongs to the caller. */
int mock_cluster_create(const struct mock_cluster_options *options, struct mock_cluster **cluster,
                        struct carafe_error *error);
/* Ends the brokers, then their owner.  All clients are gone before.  NULL does nothing. */
void mock_cluster_destroy(struct mock_cluster *cluster);

/* Value for bootstrap.servers; lives as long as the cluster. */
const char *mock_cluster_bootstraps(const struct mock_cluster *cluster);
int mock_cluster_brokers(const struct mock_cluster *cluster);
/* The port a broker listens on, also while it is down; 0: no such broker. */
uint16_t mock_cluster_port(const struct mock_cluster *cluster, int broker);
/* The broker that listens on `port`; 0: none. */
int mock_cluster_broker_at(const struct mock_cluster *cluster, uint16_t port);

/*
 * A new topic.  Partition p is led by broker 1 + p % brokers, whatever the mock would draw.  The mock of
 * librdkafka 2.0.2 has at most three replicas and takes `replication` for checks only.
 */
int mock_cluster_topic(struct mock_cluster *cluster, const char *topic, int partitions, int replication,
                       struct carafe_error *error);
/* How many partitions a topic has; 0: it was not made with mock_cluster_topic. */
int mock_cluster_partitions(const struct mock_cluster *cluster, const char *topic);
/* Metadata answers `error_name` for the topic from now on; NULL: no error. */
int mock_cluster_topic_error(struct mock_cluster *cluster, const char *topic, const char *error_name,
                             struct carafe_error *error);
/* `broker` MOCK_CLUSTER_NO_LEADER leaves the partition without one. */
int mock_cluster_leader(struct mock_cluster *cluster, const char *topic, int32_t partition, int broker,
                        struct carafe_error *error);
/* Consumers are sent to `broker` for this partition. */
int mock_cluster_follower(struct mock_cluster *cluster, const char *topic, int32_t partition, int broker,
                          struct carafe_error *error);
/* What the follower says its log holds: `low` up to before `high`; -1: as the leader. */
int mock_cluster_follower_watermarks(struct mock_cluster *cluster, const char *topic, int32_t partition, int64_t low,
                                     int64_t high, struct carafe_error *error);

/* Broker id or MOCK_CLUSTER_ALL_BROKERS.  Down: its connections end and new ones are refused; leaders stay. */
int mock_cluster_broker_down(struct mock_cluster *cluster, int broker, struct carafe_error *error);
int mock_cluster_broker_up(struct mock_cluster *cluster, int broker, struct carafe_error *error);
/* Every answer of the broker leaves `latency_ms` late. */
int mock_cluster_latency(struct mock_cluster *cluster, int broker, int latency_ms, struct carafe_error *error);
int mock_cluster_rack(struct mock_cluster *cluster, int broker, const char *rack, struct carafe_error *error);
/* The coordinator of `group` from now on; without it the group's name decides. */
int mock_cluster_coordinator(struct mock_cluster *cluster, const char *group, int broker, struct carafe_error *error);

/* Errors for the next requests of one kind. */
struct mock_cluster_injection {
    const char *api;        /* `OffsetCommit` */
    const char *error_name; /* `NOT_COORDINATOR`; `_TRANSPORT` closes the connection; NULL or `NO_ERROR`: only late */
    int count;              /* 1 to MOCK_CLUSTER_ERRORS_MAX */
    int broker;             /* MOCK_CLUSTER_ALL_BROKERS: whoever gets the request; a broker's own come first */
    int delay_ms;           /* the answer is late by this much; only for one broker */
};

/*
 * Injections of one api queue up behind each other.  A broker that ever had one of its own never takes those for all
 * again (librdkafka 2.0.2), so that once one broker was named for an api, all can no longer be: CARAFE_REFUSED.
 */
int mock_cluster_inject(struct mock_cluster *cluster, const struct mock_cluster_injection *injection,
                        struct carafe_error *error);
/* Forget what waits for `api` at no broker in particular. */
int mock_cluster_clear(struct mock_cluster *cluster, const char *api, struct carafe_error *error);
/* How many injections for `api` wait at `broker`. */
int mock_cluster_waiting(struct mock_cluster *cluster, const char *api, int broker, size_t *count,
                         struct carafe_error *error);

#endif
