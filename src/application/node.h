/*
 * One node of a swarm: an application that tells its parent how it is, and does not outlive it.
 *
 * Threads: the one that created it, unless said otherwise.
 */
#ifndef APPLICATION_NODE_H
#define APPLICATION_NODE_H

#include "application/application.h"
#include "ports/children.h"

#define NODE_EXIT_FAILED        1
#define NODE_EXIT_ORPHANED      3
#define NODE_EXIT_CONFIGURATION 64

struct node;

/*
 * Node `number` of the swarm of `config`, which is copied.  `ports` as in application_create(), `parent` lives as long
 * as the node.  Errors: as application_create().
 */
struct node *node_create(const struct carafe_config *config, const struct ports *ports, size_t number,
                         struct parent *parent, struct carafe_error *error);

/* To be subscribed to, stopped and asked; lives as long as the node. */
struct application *node_application(struct node *node);

/*
 * As application_run().  Without a parent it stops as after a TERM.  Returns the exit code of the process: 0,
 * NODE_EXIT_ORPHANED, NODE_EXIT_CONFIGURATION or NODE_EXIT_FAILED; `error` says what else than 0 means.
 */
int node_run(struct node *node, struct carafe_error *error) CARAFE_RESULT;

/* As application_destroy(). */
bool node_destroy(struct node *node);

#endif
