#include "tracking/error_report.h"

#include <stdio.h>
#include <string.h>

#include "tracking/json_document.h"
#include "tracking/utf8.h"

#define UUID_BYTES 16
#define NO_OFFSET  (-1001)

static const char *present(const char *text, const char *otherwise)
{
    return text != NULL && *text != '\0' ? text : otherwise;
}

static void add_cut(struct json_document *document, struct json_value *parent, struct json_key key, const char *text,
                    size_t characters)
{
    const char *whole = present(text, "");
    json_add_string(document, parent, key, whole, utf8_prefix_len(whole, strlen(whole), characters));
}

static void add_if_present(struct json_document *document, struct json_value *parent, struct json_key key,
                           const char *text)
{
    if (text != NULL && *text != '\0') {
        json_add_text(document, parent, key, text);
    }
}

static void add_names(struct json_document *document, struct json_value *parent, const struct carafe_names *names)
{
    struct json_value *tags = json_add_array(document, parent, JSON_KEY("tags"));
    for (size_t i = 0; i < names->count; i++) {
        json_add_text(document, tags, JSON_NO_KEY, names->list[i]);
    }
}

static void add_job_details(struct json_document *document, struct json_value *details,
                            const struct carafe_job_view *job)
{
    json_add_text(document, details, JSON_KEY("topic"), job->topic);
    json_add_text(document, details, JSON_KEY("consumer_group"), job->group);
    json_add_text(document, details, JSON_KEY("subscription_group"), job->subscription_group);
    json_add_integer(document, details, JSON_KEY("partition"), job->partition);
    json_add_integer(document, details, JSON_KEY("first_offset"), job->first_offset);
    json_add_integer(document, details, JSON_KEY("last_offset"), job->last_offset);
    json_add_integer(document, details, JSON_KEY("committed_offset"),
                     job->committed_offset == NO_OFFSET ? -1 : job->committed_offset);
    json_add_text(document, details, JSON_KEY("consumer"), job->consumer);
    add_names(document, details, &job->tags);
}

static void add_details(struct json_document *document, struct json_value *root, const struct carafe_event *event)
{
    const struct carafe_failure *failure = event->failure;
    struct json_value *details = json_add_object(document, root, JSON_KEY("details"));
    if (event->job != NULL) {
        add_job_details(document, details, event->job);
    } else {
        add_if_present(document, details, JSON_KEY("consumer_group"), event->group);
        add_if_present(document, details, JSON_KEY("subscription_group"), event->subscription_group);
        add_if_present(document, details, JSON_KEY("id"), event->client_id);
        add_if_present(document, details, JSON_KEY("name"), event->client_id);
    }
    if (failure->alive_workers > 0) {
        json_add_integer(document, details, JSON_KEY("alive_workers"), (int64_t)failure->alive_workers);
    }
    add_if_present(document, details, JSON_KEY("active_listeners"), failure->active_listeners);
    add_if_present(document, details, JSON_KEY("in_processing"), failure->in_processing);
}

/* A random UUID, version 4. */
static void add_id(struct json_document *document, struct json_value *root, struct process *process)
{
    unsigned char bytes[UUID_BYTES];
    process->random(process, bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
    char text[2 * UUID_BYTES + 5];
    size_t len = 0;
    for (size_t i = 0; i < UUID_BYTES; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        len += (size_t)snprintf(text + len, sizeof text - len, dash ? "-%02x" : "%02x", bytes[i]);
    }
    json_add_string(document, root, JSON_KEY("id"), text, len);
}

static void build(struct json_document *document, const struct identity *identity, struct process *process,
                  const struct carafe_event *event, double occurred_at_s)
{
    const struct carafe_failure *failure = event->failure;
    struct json_value *root = json_add_object(document, NULL, JSON_NO_KEY);
    json_add_text(document, root, JSON_KEY("schema_version"), contract_error_schema_name(identity->schema));
    if (identity->schema >= SCHEMA_1_6_0) {
        add_id(document, root, process);
    }
    json_add_text(document, root, JSON_KEY("type"), present(failure->type, "unknown.error"));
    json_add_text(document, root, JSON_KEY("error_class"), present(failure->error_class, "UnknownError"));
    add_cut(document, root, JSON_KEY("error_message"), failure->message, ERROR_MESSAGE_CHARACTERS_MAX);
    add_cut(document, root, JSON_KEY("backtrace"), failure->backtrace, ERROR_BACKTRACE_CHARACTERS_MAX);
    add_details(document, root, event);
    json_add_float(document, root, JSON_KEY("occurred_at"), occurred_at_s);
    struct json_value *process_object = json_add_object(document, root, JSON_KEY("process"));
    json_add_text(document, process_object, JSON_KEY("id"), identity->process_id);
    add_names(document, process_object, &identity->tags);
}

struct error_document *error_report_create(const struct identity *identity, struct process *process,
                                           const struct carafe_event *event, double occurred_at_s)
{
    struct json_document document;
    struct json_buffer text;
    json_document_init(&document);
    json_buffer_init(&text);
    build(&document, identity, process, event, occurred_at_s);
    struct error_document *result = NULL;
    if (!json_document_failed(&document)) {
        json_write(&text, document.root);
        result = text.failed ? NULL : error_document_create(text.bytes, text.len);
    }
    json_buffer_close(&text);
    json_document_close(&document);
    return result;
}
