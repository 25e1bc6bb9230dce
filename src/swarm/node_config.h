/* The configuration of one node, made from that of its swarm. */
#ifndef SWARM_NODE_CONFIG_H
#define SWARM_NODE_CONFIG_H

#include "carafe.h"

struct node_config;

/*
 * `config` (borrowed, as long as the result lives) with the tags `mode:swarm`, `node:<number>` and `ppid:<parent_id>`,
 * and with `_<number>` appended to every `group.instance.id`: static members of one group must differ.
 * NULL: CARAFE_NO_MEMORY.
 */
struct node_config *node_config_create(const struct carafe_config *config, size_t number, int64_t parent_id,
                                       struct carafe_error *error);
/* Takes NULL. */
void node_config_destroy(struct node_config *node);

const struct carafe_config *node_config_values(const struct node_config *node);
/* The longest that any of its clients may go without a poll: `max.poll.interval.ms`. */
int64_t node_config_poll_interval_ms(const struct node_config *node);

#endif
