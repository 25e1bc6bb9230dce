#include "tracking/report.h"

#include <math.h>

#define UTILIZATION_WINDOW_MS 60000.0

static void add_process(struct json_document *document, struct json_value *root, const struct report_content *content)
{
    const struct identity *identity = content->identity;
    const struct inspection *server = &content->sample->server;
    const struct metrics_sample *metrics = &content->sample->metrics;
    struct json_value *process = json_add_object(document, root, JSON_KEY("process"));
    json_add_text(document, process, JSON_KEY("id"), identity->process_id);
    json_add_float(document, process, JSON_KEY("started_at"), identity->started_at_s);
    json_add_text(document, process, JSON_KEY("status"), carafe_status_name(content->status));
    json_add_text(document, process, JSON_KEY("execution_mode"), carafe_execution_mode_name(server->mode));
    struct json_value *listeners = json_add_object(document, process, JSON_KEY("listeners"));
    json_add_integer(document, listeners, JSON_KEY("active"), (int64_t)server->listeners_active);
    json_add_integer(document, listeners, JSON_KEY("standby"), (int64_t)server->listeners_standby);
    json_add_integer(document, process, JSON_KEY("workers"), (int64_t)server->workers);
    json_add_integer(document, process, JSON_KEY("memory_usage"), metrics->memory_usage_kib);
    json_add_integer(document, process, JSON_KEY("memory_total_usage"), metrics->memory_total_usage_kib);
    json_add_integer(document, process, JSON_KEY("memory_size"), metrics->memory_size_kib);
    json_add_integer(document, process, JSON_KEY("cpus"), metrics->cpus);
    json_add_integer(document, process, JSON_KEY("threads"), metrics->threads);
    struct json_value *load = json_add_array(document, process, JSON_KEY("cpu_usage"));
    for (size_t i = 0; i < sizeof metrics->load / sizeof *metrics->load; i++) {
        json_add_float(document, load, JSON_NO_KEY, metrics->load[i]);
    }
    struct json_value *tags = json_add_array(document, process, JSON_KEY("tags"));
    for (size_t i = 0; i < identity->tags.count; i++) {
        json_add_text(document, tags, JSON_NO_KEY, identity->tags.list[i]);
    }
    json_add_integer(document, process, JSON_KEY("bytes_received"), content->view->bytes_received);
    json_add_integer(document, process, JSON_KEY("bytes_sent"), content->view->bytes_sent);
}

/* karafka, karafka_core and karafka_web: the versions whose reports ours look like. */
static void add_versions(struct json_document *document, struct json_value *root, const struct identity *identity)
{
    struct json_value *versions = json_add_object(document, root, JSON_KEY("versions"));
    json_add_text(document, versions, JSON_KEY("ruby"), "none (carafe " CARAFE_VERSION ", C11)");
    json_add_text(document, versions, JSON_KEY("karafka"), "2.5.0");
    json_add_text(document, versions, JSON_KEY("karafka_core"), "2.5.2");
    json_add_text(document, versions, JSON_KEY("karafka_web"), identity->schema == SCHEMA_1_4_0 ? "0.10.4" : "0.11.0");
    json_add_text(document, versions, JSON_KEY("waterdrop"), CARAFE_VERSION);
    json_add_text(document, versions, JSON_KEY("rdkafka"), CARAFE_VERSION);
    json_add_text(document, versions, JSON_KEY("librdkafka"), identity->librdkafka_version);
}

/* Percent of the workers' time, over the last minute or the life so far. */
static void add_utilization(struct json_document *document, struct json_value *stats,
                            const struct report_content *content)
{
    double uptime_ms = content->sample->now_ms - content->identity->started_ms;
    double window_ms = fmin(uptime_ms, UTILIZATION_WINDOW_MS);
    double workers = (double)content->sample->server.workers;
    if (!content->view->worked || workers <= 0 || window_ms <= 0) {
        json_add_integer(document, stats, JSON_KEY("utilization"), 0);
        return;
    }
    double percent = content->view->worked_ms / workers / window_ms * 100;
    json_add_float(document, stats, JSON_KEY("utilization"), round(percent * 100) / 100);
}

static void add_stats(struct json_document *document, struct json_value *root, const struct report_content *content)
{
    const struct inspection *server = &content->sample->server;
    const struct tracker_counters *counters = content->counters;
    struct json_value *stats = json_add_object(document, root, JSON_KEY("stats"));
    json_add_integer(document, stats, JSON_KEY("busy"), (int64_t)server->busy);
    json_add_integer(document, stats, JSON_KEY("enqueued"), (int64_t)server->enqueued);
    json_add_integer(document, stats, JSON_KEY("waiting"), (int64_t)server->waiting);
    add_utilization(document, stats, content);
    struct json_value *total = json_add_object(document, stats, JSON_KEY("total"));
    json_add_integer(document, total, JSON_KEY("jobs"), counters->jobs);
    json_add_integer(document, total, JSON_KEY("batches"), counters->batches);
    json_add_integer(document, total, JSON_KEY("messages"), counters->messages);
    json_add_integer(document, total, JSON_KEY("errors"), counters->errors);
    json_add_integer(document, total, JSON_KEY("retries"), counters->retries);
    json_add_integer(document, total, JSON_KEY("dead"), counters->dead);
}

void report_build(struct json_document *document, const struct report_content *content, struct tracker *tracker)
{
    json_document_reset(document);
    struct json_value *root = json_add_object(document, NULL, JSON_NO_KEY);
    json_add_text(document, root, JSON_KEY("schema_version"), contract_schema_name(content->identity->schema));
    json_add_text(document, root, JSON_KEY("type"), "consumer");
    json_add_float(document, root, JSON_KEY("dispatched_at"), content->sample->wall_s);
    /* The UI finds process.id by a deep search in document order: process comes before the groups. */
    add_process(document, root, content);
    add_versions(document, root, content->identity);
    add_stats(document, root, content);
    struct json_value *groups = json_add_object(document, root, JSON_KEY("consumer_groups"));
    struct json_value *jobs = json_add_array(document, root, JSON_KEY("jobs"));
    tracker_write(tracker, content->sample->now_ms, document, groups, jobs);
}
