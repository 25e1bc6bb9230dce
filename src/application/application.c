#include "application/application.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "ports/monitor.h"
#include "server/config.h"
#include "server/server.h"
#include "tracking/tracking.h"

struct application {
    struct ports ports;
    struct config *config;
    struct monitor *monitor;
    struct server *server;
    struct tracking *tracking; /* NULL: reporting is off */
};

/* The last one wins, as in librdkafka. */
static const char *setting_of(const struct carafe_settings *kafka, const char *name)
{
    for (size_t i = kafka->count; i > 0; i--) {
        if (strcmp(kafka->list[i - 1].name, name) == 0) {
            return kafka->list[i - 1].value;
        }
    }
    return NULL;
}

/* NULL: no memory. Borrows the configuration. */
static struct client_traits *describe_clients(const struct application *application)
{
    const struct config *config = application->config;
    struct client_traits *clients = calloc(config->group_count + 1, sizeof *clients);
    for (size_t i = 0; clients != NULL && i < config->group_count; i++) {
        const struct subscription_group *group = &config->groups[i];
        const char *instance_id = setting_of(&group->kafka, "group.instance.id");
        const char *poll_interval = setting_of(&group->kafka, "max.poll.interval.ms");
        clients[i] = (struct client_traits){
            .subscription_group = group->id,
            .instance_id = instance_id == NULL || instance_id[0] == '\0' ? NULL : instance_id,
            .poll_interval_ms = poll_interval == NULL ? 0 : strtoll(poll_interval, NULL, 10),
        };
    }
    return clients;
}

static int create_tracking(struct application *application, enum carafe_execution_mode mode, struct carafe_error *error)
{
    const struct carafe_config *values = &application->config->values;
    const struct ports *ports = &application->ports;
    if (!values->reporting.enabled) {
        return 0;
    }
    const char **tags = calloc(values->tags.count + 1, sizeof *tags);
    struct client_traits *clients = describe_clients(application);
    if (tags == NULL || clients == NULL) {
        free(tags);
        free(clients);
        return error_set(error, CARAFE_NO_MEMORY, "application: no memory");
    }
    struct carafe_names names = {.list = tags, .count = values->tags.count};
    for (size_t i = 0; i < values->tags.count; i++) {
        tags[i] = values->tags.list[i];
    }
    if (mode == CARAFE_EMBEDDED) {
        tags[names.count++] = "mode:embedded";
    }
    struct tracking_options options = {
        .reporting = values->reporting,
        .server_id = server_id(application->server),
        .tags = names,
        .librdkafka_version = ports->consumers == NULL ? "" : ports->consumers->library_version(ports->consumers),
        .clients = clients,
        .client_count = application->config->group_count,
        .clock = ports->clock,
        .process = ports->process,
        .metrics = ports->metrics,
        .producer = ports->producer,
        .log = ports->log,
        .monitor = application->monitor,
        .inspector = server_inspector(application->server),
        .filter = ports->report_filter,
        .forceful_wait_ms = values->forceful_shutdown_wait_ms > 0 ? values->forceful_shutdown_wait_ms : 1,
    };
    application->tracking = tracking_create(&options, error);
    free(tags);
    free(clients);
    return application->tracking == NULL ? CARAFE_FAILED : 0;
}

static int assemble(struct application *application, const struct carafe_config *config,
                    enum carafe_execution_mode mode, struct carafe_error *error)
{
    application->config = config_create(config, error);
    if (application->config == NULL) {
        return CARAFE_INVALID;
    }
    struct consumer_factory *factory = application->ports.consumers;
    int code = factory == NULL ? 0 : config_check_clients(application->config, factory, error);
    if (code != 0) {
        return code;
    }
    application->monitor = monitor_create(application->ports.clock, application->ports.log);
    if (application->monitor == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "application: no memory");
    }
    struct server_options options = {
        .config = application->config,
        .ports = &application->ports,
        .monitor = application->monitor,
        .mode = mode,
    };
    application->server = server_create(&options);
    if (application->server == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "application: no memory");
    }
    return create_tracking(application, mode, error);
}

struct application *application_create(const struct carafe_config *config, const struct ports *ports,
                                       enum carafe_execution_mode mode, struct carafe_error *error)
{
    struct application *application = calloc(1, sizeof *application);
    if (application == NULL) {
        (void)error_set(error, CARAFE_NO_MEMORY, "application: no memory");
        return NULL;
    }
    application->ports = *ports;
    if (assemble(application, config, mode, error) != 0) {
        (void)application_destroy(application);
        return NULL;
    }
    return application;
}

int application_subscribe(struct application *application, carafe_subscriber subscriber, void *owner,
                          struct carafe_error *error)
{
    return monitor_subscribe(application->monitor, subscriber, owner, error);
}

void application_publish(struct application *application, struct carafe_event *event)
{
    monitor_publish(application->monitor, event);
}

int application_run(struct application *application, struct carafe_error *error)
{
    return server_run(application->server, error);
}

int application_stop(struct application *application, struct carafe_error *error)
{
    return server_stop(application->server, error);
}

void application_quiet(struct application *application)
{
    server_quiet(application->server);
}

enum carafe_status application_status(const struct application *application)
{
    return server_status(application->server);
}

void application_wait_terminated(struct application *application)
{
    server_wait_terminated(application->server);
}

int application_scale(struct application *application, size_t workers, struct carafe_error *error)
{
    return server_scale(application->server, workers, error);
}

bool application_destroy(struct application *application)
{
    if (application == NULL) {
        return true;
    }
    if (application->server != NULL && server_is_abandoned(application->server)) {
        log_line(application->ports.log, LOG_WARNING_LEVEL,
                 "server %s: abandoned threads may still use its memory: it is never freed",
                 server_id(application->server));
        return false;
    }
    if (application->tracking != NULL) {
        tracking_stop(application->tracking);
    }
    tracking_destroy(application->tracking);
    server_destroy(application->server);
    monitor_destroy(application->monitor);
    config_destroy(application->config);
    free(application);
    return true;
}
