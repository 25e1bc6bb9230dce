#include "application/node.h"

#include <stdlib.h>

#include "base/error.h"
#include "swarm/liveness.h"
#include "swarm/node_config.h"

struct node {
    struct ports ports;
    size_t number;
    struct node_config *config;
    struct application *application;
    struct liveness *liveness;
};

static void stop_orphan(void *owner)
{
    struct node *node = owner;
    struct carafe_error error = {.code = CARAFE_OK};
    log_line(node->ports.log, LOG_WARNING_LEVEL, "swarm: node %zu: the supervisor has ended: stop", node->number);
    if (application_stop(node->application, &error) != 0) {
        log_line(node->ports.log, LOG_ERROR_LEVEL, "%s", error.text);
    }
}

static int assemble(struct node *node, const struct carafe_config *config, struct parent *parent,
                    struct carafe_error *error)
{
    struct process *process = node->ports.process;
    node->config = node_config_create(config, node->number, process->parent_id(process), error);
    if (node->config == NULL) {
        return CARAFE_NO_MEMORY;
    }
    node->application = application_create(node_config_values(node->config), &node->ports, CARAFE_SWARM, error);
    if (node->application == NULL) {
        return CARAFE_FAILED;
    }
    node->liveness = liveness_create(&(struct liveness_options){
        .clock = node->ports.clock,
        .parent = parent,
        .every_ms = config->swarm.liveness_every_ms,
        .poll_interval_ms = node_config_poll_interval_ms(node->config),
        .orphaned = stop_orphan,
        .owner = node,
    });
    if (node->liveness == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "swarm: node: expected memory, got none");
    }
    return application_subscribe(node->application, liveness_note, node->liveness, error);
}

struct node *node_create(const struct carafe_config *config, const struct ports *ports, size_t number,
                         struct parent *parent, struct carafe_error *error)
{
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL) {
        (void)error_set(error, CARAFE_NO_MEMORY, "swarm: node: expected memory, got none");
        return NULL;
    }
    node->ports = *ports;
    node->number = number;
    if (assemble(node, config, parent, error) != 0) {
        (void)node_destroy(node);
        return NULL;
    }
    return node;
}

struct application *node_application(struct node *node)
{
    return node->application;
}

static int exit_code_of(int code)
{
    return code == CARAFE_INVALID ? NODE_EXIT_CONFIGURATION : NODE_EXIT_FAILED;
}

int node_run(struct node *node, struct carafe_error *error)
{
    struct carafe_event event = {.kind = CARAFE_EVENT_SWARM_NODE_AFTER_FORK,
                                 .node = (int)node->number,
                                 .pid = node->ports.process->id(node->ports.process)};
    application_publish(node->application, &event);
    int code = liveness_start(node->liveness, error);
    if (code != 0) {
        return exit_code_of(code);
    }
    code = application_run(node->application, error);
    bool orphaned = liveness_end(node->liveness);
    if (code != 0) {
        return exit_code_of(code);
    }
    if (orphaned) {
        (void)error_set(error, CARAFE_CLOSED, "swarm: node %zu: expected a supervisor, got none", node->number);
        return NODE_EXIT_ORPHANED;
    }
    return 0;
}

bool node_destroy(struct node *node)
{
    if (node == NULL) {
        return true;
    }
    if (!application_destroy(node->application)) {
        return false;
    }
    liveness_destroy(node->liveness);
    node_config_destroy(node->config);
    free(node);
    return true;
}
