/* Feeds the wire decoder with the connections of the simulated world: the only place where the two meet. */
#ifndef SIM_KAFKA_TAP_H
#define SIM_KAFKA_TAP_H

#include "kafka/wire.h"

#define TAP_CONNECTIONS_MAX 4096 /* at one time */

struct tap;

/*
 * Listen to all connections of the world to the ports that `is_broker` accepts (NULL: all).  `observer` is borrowed and
 * outlives the tap.  Before the first connection.  NULL: out of memory.
 */
struct tap *tap_create(const struct wire_observer *observer, bool (*is_broker)(uint16_t port, void *owner),
                       void *owner);
/* After the world's last connection ended.  NULL does nothing. */
void tap_destroy(struct tap *tap);

#endif
