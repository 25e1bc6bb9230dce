/* What expect, never, always and when look for. */
#include "scenario/parser.h"

#include <string.h>

/* ---- Fields of documents ----------------------------------------------------------------------------------------- */

static const char *const report_keys[] = {"schema_version", "type",  "dispatched_at",   "process",
                                          "versions",       "stats", "consumer_groups", "jobs"};
static const char *const process_keys[] = {
    "started_at",         "id",          "status", "execution_mode", "listeners", "workers", "memory_usage",
    "memory_total_usage", "memory_size", "cpus",   "threads",        "cpu_usage", "tags",    "bytes_received",
    "bytes_sent"};
static const char *const stats_keys[] = {"busy", "enqueued", "waiting", "utilization", "total"};
static const char *const error_keys[] = {
    "schema_version", "type", "error_class", "error_message", "backtrace", "details", "occurred_at", "process", "id"};
static const char *const detail_keys[] = {
    "topic",    "partition", "consumer_group", "subscription_group", "first_offset",  "last_offset", "committed_offset",
    "consumer", "tags",      "alive_workers",  "active_listeners",   "in_processing", "groups",      "name"};

/* Which words a segment may be, and under which key a short one is found. */
struct document_level {
    const char *under; /* NULL: at the top */
    const char *const *keys;
    size_t count;
};

#define LEVEL(under, keys)                                                                                             \
    {                                                                                                                  \
        under, keys, sizeof(keys) / sizeof(keys)[0]                                                                    \
    }
static const struct document_level report_levels[] = {LEVEL(NULL, report_keys), LEVEL("process", process_keys),
                                                      LEVEL("stats", stats_keys)};
static const struct document_level error_levels[] = {LEVEL(NULL, error_keys), LEVEL("details", detail_keys)};

static bool level_has(const struct document_level *level, const char *key, struct nearest *nearest)
{
    bool found = false;
    for (size_t i = 0; i < level->count; i++) {
        found = found || strcmp(level->keys[i], key) == 0;
        nearest_consider(nearest, level->keys[i]);
    }
    return found;
}

#define PATH_SEGMENTS_MAX 32
static bool path_split(struct parser *parser, const struct token *token, const char *under, const char **segments,
                       size_t *count)
{
    *count = 0;
    if (under != NULL) {
        segments[(*count)++] = under;
    }
    const char *at = token->text;
    for (;;) {
        size_t len = strcspn(at, ".");
        if (len == 0 || *count == PATH_SEGMENTS_MAX) {
            return parser_expected(parser, token, "field", "a path such as process.status");
        }
        segments[*count] = arena_text(parser->arena, at, len);
        if (segments[(*count)++] == NULL) {
            return false;
        }
        if (at[len] == '\0') {
            return true;
        }
        at += len + 1;
    }
}

static bool path_keep(struct parser *parser, const char **segments, size_t count, const char **name,
                      const char *const **path, size_t *path_len)
{
    char text[PROGRAM_WORD_BYTES_MAX * 2] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i == 0 ? "" : ".", segments[i]);
    }
    const char **kept = arena_alloc(parser->arena, count * sizeof *kept);
    *name = arena_text(parser->arena, text, used);
    if (kept == NULL || *name == NULL) {
        return false;
    }
    memcpy(kept, segments, count * sizeof *kept);
    *path = kept;
    *path_len = count;
    return true;
}

bool parse_any_path(struct parser *parser, const char **name, const char *const **path, size_t *path_len)
{
    const char *segments[PATH_SEGMENTS_MAX];
    size_t count = 0;
    const struct token *token = parser_next(parser);
    if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) {
        return parser_expected(parser, token, "field", "a path such as topics.orders.age");
    }
    return path_split(parser, token, NULL, segments, &count) &&
           path_keep(parser, segments, count, name, path, path_len);
}

/* `status` of a report is short for process.status, `topic` of an error document for details.topic. */
bool parse_path(struct parser *parser, bool error_document, const char **name, const char *const **path,
                size_t *path_len)
{
    const struct token *token = parser_next(parser);
    const struct document_level *levels = error_document ? error_levels : report_levels;
    size_t level_count = error_document ? 2 : 3;
    const char *expected = error_document ? "a field of an error document" : "a field of a report";
    if (token->kind != TOKEN_WORD) {
        return parser_expected(parser, token, "field", expected);
    }
    char first[PROGRAM_WORD_BYTES_MAX + 1];
    (void)snprintf(first, sizeof first, "%.*s", (int)strcspn(token->text, "."), token->text);
    struct nearest nearest;
    nearest_init(&nearest, first);
    size_t found = level_count;
    for (size_t i = level_count; i-- > 0;) {
        found = level_has(&levels[i], first, &nearest) ? i : found;
    }
    if (found == level_count) {
        return parser_unknown(parser, token, "field", expected, &nearest);
    }
    const char *segments[PATH_SEGMENTS_MAX];
    size_t count = 0;
    if (!path_split(parser, token, levels[found].under, segments, &count)) {
        return false;
    }
    if (count == 1 || strcmp(segments[1], "*") == 0) {
        return path_keep(parser, segments, count, name, path, path_len);
    }
    for (size_t i = 1; i < level_count; i++) {
        nearest_init(&nearest, segments[1]);
        if (strcmp(levels[i].under, segments[0]) == 0 && strcmp(segments[0], "details") != 0 &&
            !level_has(&levels[i], segments[1], &nearest)) {
            return parser_unknown(parser, token, segments[0], "one of its fields", &nearest);
        }
    }
    return path_keep(parser, segments, count, name, path, path_len);
}

/* ---- Fields of events -------------------------------------------------------------------------------------------- */

static const char *const error_types[] = {
    "runner.call.error",
    "app.stopping.error",
    "app.forceful_stopping.error",
    "connection.listener.fetch_loop.error",
    "connection.client.poll.error",
    "connection.client.unsubscribe.error",
    "consumer.initialized.error",
    "consumer.consume.error",
    "consumer.after_consume.error",
    "consumer.revoked.error",
    "consumer.shutdown.error",
    "consumer.tick.error",
    "consumer.eofed.error",
    "consumer.idle.error",
    "callbacks.error.error",
    "callbacks.statistics.error",
    "worker.process.error",
    "swarm.supervisor.error",
    "reporter.report.error",
    "librdkafka.error",
};
static const char *const job_types[] = {"consume", "revoked", "shutdown", "eofed", "idle", "tick"};
static const char *const signal_words[] = {"TERM", "INT", "QUIT", "HUP", "TSTP", "TTIN", "USR1", "USR2"};

/* Does an event carry a field?  `events` as in PROGRAM_EVENT_FIELDS. */
static bool field_belongs(const char *events, const char *event)
{
    if (strcmp(events, "*") == 0) {
        return true;
    }
    for (const char *at = events; *at != '\0';) {
        size_t len = strcspn(at, " ");
        bool prefix = len > 0 && at[len - 1] == '.';
        if (strncmp(at, event, len) == 0 && (prefix || event[len] == '\0')) {
            return true;
        }
        at += len + (at[len] == ' ' ? 1 : 0);
    }
    return false;
}

static bool field_find(struct parser *parser, const struct token *token, const char *event,
                       enum program_event_field *field)
{
    struct nearest nearest;
    nearest_init(&nearest, token->text);
    for (size_t i = 1; i < PROGRAM_FIELD_COUNT; i++) {
        bool belongs = field_belongs(vocabulary_fields[i].events, event);
        if (token->kind == TOKEN_WORD && belongs && strcmp(vocabulary_fields[i].name, token->text) == 0) {
            *field = (enum program_event_field)i;
            return true;
        }
        if (belongs) {
            nearest_consider(&nearest, vocabulary_fields[i].name);
        }
    }
    char expected[128];
    (void)snprintf(expected, sizeof expected, "a field of %s", event);
    return parser_unknown(parser, token, "event", expected, &nearest);
}

static bool word_known(struct parser *parser, const struct token *token, const char *what, const char *const *words,
                       size_t count)
{
    char expected[64];
    size_t index = 0;
    (void)snprintf(expected, sizeof expected, "a %s that exists", what);
    return parser_choice(parser, token, what, expected, words, count, &index);
}

/* A misspelt word would be an expectation that nothing can meet. */
static bool field_word_check(struct parser *parser, const struct token *token, const struct program_filter *filter)
{
    if (filter->comparison == PROGRAM_CONTAINS) {
        return true;
    }
    switch (filter->field) {
    case PROGRAM_FIELD_STATUS:
        return word_known(parser, token, "status", vocabulary_statuses, vocabulary_status_count);
    case PROGRAM_FIELD_TYPE:
        return word_known(parser, token, "type", error_types, sizeof error_types / sizeof error_types[0]);
    case PROGRAM_FIELD_JOB:
        return word_known(parser, token, "job", job_types, sizeof job_types / sizeof job_types[0]);
    case PROGRAM_FIELD_SIGNAL:
        return word_known(parser, token, "signal", signal_words, sizeof signal_words / sizeof signal_words[0]);
    case PROGRAM_FIELD_TOPIC:
        return names_find(&parser->topic_names, token->text) != SIZE_MAX ||
               parser_topic_text(parser, token, "topic", token->text, &(size_t){0});
    default:
        return true;
    }
}

static bool filter_type_check(struct parser *parser, const struct token *operator_token, const struct token *token,
                              struct program_filter *filter)
{
    enum vocabulary_field_type type = vocabulary_fields[filter->field].type;
    bool ordered = filter->comparison != PROGRAM_EQUAL && filter->comparison != PROGRAM_NOT_EQUAL;
    bool contains = filter->comparison == PROGRAM_CONTAINS;
    if (contains != (type == FIELD_TEXT) && (contains || (ordered && type == FIELD_TEXT))) {
        return parser_expected(parser, operator_token, filter->name,
                               type == FIELD_TEXT ? "one of = != ~ with a text"
                                                  : "one of = != < <= > >= with a number");
    }
    switch (type) {
    case FIELD_INTEGER:
        return filter->value.kind == PROGRAM_INTEGER || parser_expected(parser, token, filter->name, "an integer");
    case FIELD_DURATION:
        if (filter->value.kind == PROGRAM_INTEGER && filter->value.low == 0) {
            filter->value.kind = PROGRAM_DURATION;
        }
        return filter->value.kind == PROGRAM_DURATION ||
               parser_expected(parser, token, filter->name, "a duration such as 5ms");
    case FIELD_FLAG:
        return (filter->value.kind == PROGRAM_BOOLEAN && !ordered) ||
               parser_expected(parser, token, filter->name, "= and true or false");
    case FIELD_TEXT:
    default:
        return field_word_check(parser, token, filter);
    }
}

static bool event_filter(struct parser *parser, const char *event, struct program_filter *filter)
{
    const struct token *token = parser_next(parser);
    if (!field_find(parser, token, event, &filter->field)) {
        return false;
    }
    filter->name = vocabulary_fields[filter->field].name;
    const struct token *operator_token = parser_peek(parser);
    if (operator_token->kind != TOKEN_OPERATOR) {
        filter->comparison = PROGRAM_EQUAL;
        filter->value =
            (struct program_value){.kind = PROGRAM_BOOLEAN, .text = "true", .text_len = 4, .low = 1, .high = 1};
        return vocabulary_fields[filter->field].type == FIELD_FLAG ||
               parser_expected(parser, operator_token, filter->name, "a comparison such as =");
    }
    (void)parser_next(parser);
    filter->comparison = operator_token->comparison;
    const struct token *value = parser_peek(parser);
    return parser_value(parser, filter->name, &filter->value) &&
           filter_type_check(parser, operator_token, value, filter);
}

/* ---- Filters ----------------------------------------------------------------------------------------------------- */

static bool document_value_check(struct parser *parser, const struct token *token, const struct program_filter *filter)
{
    bool ordered = filter->comparison == PROGRAM_LESS || filter->comparison == PROGRAM_AT_MOST ||
                   filter->comparison == PROGRAM_MORE || filter->comparison == PROGRAM_AT_LEAST;
    bool number = filter->value.kind == PROGRAM_INTEGER || filter->value.kind == PROGRAM_DECIMAL;
    if (ordered && !number) {
        return parser_expected(parser, token, "field", "a number behind < <= > >=");
    }
    bool length = filter->path_len > 1 && strcmp(filter->path[filter->path_len - 1], "length") == 0;
    if (length && (filter->value.kind != PROGRAM_INTEGER || filter->comparison == PROGRAM_CONTAINS)) {
        return parser_expected(parser, token, "length", "one of = != < <= > >= and an integer");
    }
    if (strcmp(filter->name, "process.status") == 0 && filter->comparison != PROGRAM_CONTAINS) {
        return word_known(parser, token, "status", vocabulary_statuses, vocabulary_status_count);
    }
    return true;
}

static bool document_filter(struct parser *parser, bool error_document, struct program_filter *filter)
{
    const char *what = error_document ? "error" : "report";
    if (!parse_path(parser, error_document, &filter->name, &filter->path, &filter->path_len) ||
        !parser_comparison(parser, what, &filter->comparison)) {
        return false;
    }
    const struct token *value = parser_peek(parser);
    if (!parser_document_value(parser, what, &filter->value) || !document_value_check(parser, value, filter)) {
        return false;
    }
    if (error_document && strcmp(filter->name, "type") == 0 && filter->comparison != PROGRAM_CONTAINS) {
        return word_known(parser, value, "type", error_types, sizeof error_types / sizeof error_types[0]);
    }
    return true;
}

static bool times_read(struct parser *parser, struct program_times *times)
{
    const struct token *token = &parser->lexer.tokens[parser->token - 1];
    if (times->given) {
        return parser_expected(parser, token, "condition", "times= once");
    }
    times->given = true;
    return parser_comparison(parser, "times", &times->comparison) &&
           parser_integer(parser, "times", 1, INT32_MAX, &times->count);
}

/* Where a condition ends: nothing left, or what a `when` does then. */
static bool condition_ends(const struct parser *parser)
{
    const struct token *token = parser_peek(parser);
    if (token->kind == TOKEN_END) {
        return true;
    }
    return token->kind == TOKEN_WORD && (token->text[0] == '+' || is_verb(token->text)) &&
           !parser_follows_operator(parser);
}

static bool filter_read(struct parser *parser, struct program_condition *condition, struct program_filter *filter)
{
    switch (condition->kind) {
    case PROGRAM_SEES_EVENT:
        return event_filter(parser, vocabulary_events[condition->as.event], filter);
    case PROGRAM_SEES_REPORT:
    case PROGRAM_SEES_ERROR:
        return document_filter(parser, condition->kind == PROGRAM_SEES_ERROR, filter);
    default:
        return parser_expected(parser, parser_peek(parser), "condition", "times= or the end of the line");
    }
}

/* Filters, `times` among them, of the event or document that is set in `condition`. */
static bool parse_filters(struct parser *parser, struct program_condition *condition)
{
    struct program_filter *filters = NULL;
    size_t capacity = 0;
    while (!condition_ends(parser)) {
        const struct token *token = parser_peek(parser);
        if (parser_take(parser, "times")) {
            if (!times_read(parser, &condition->times)) {
                return false;
            }
            continue;
        }
        filters = arena_grow(parser->arena, filters, condition->filter_count, &capacity, sizeof *filters);
        if (filters == NULL) {
            return false;
        }
        struct program_filter *filter = &filters[condition->filter_count];
        *filter = (struct program_filter){.field = PROGRAM_FIELD_NONE, .place = parser_place(parser, token)};
        if (!filter_read(parser, condition, filter)) {
            return false;
        }
        condition->filter_count++;
    }
    condition->filters = filters;
    return true;
}

/* ---- Kinds of conditions ----------------------------------------------------------------------------------------- */

static bool sees_event(struct parser *parser, struct program_condition *condition)
{
    condition->kind = PROGRAM_SEES_EVENT;
    return parser_server(parser, "event", &condition->process) && parser_event(parser, "event", &condition->as.event) &&
           parse_filters(parser, condition);
}

/* What never reports is not waited for. */
static bool reporting_server(struct parser *parser, const char *what, struct program_condition *condition)
{
    const struct token *token = parser_peek(parser);
    if (!parser_server(parser, what, &condition->process)) {
        return false;
    }
    const struct program_server *server = &parser->servers[condition->process.index];
    const struct program_value *reporting = program_setting(&server->settings, PROGRAM_SERVER_REPORTING);
    return reporting == NULL || reporting->low == 1 ||
           parser_expected(parser, token, what, "a server without reporting=off");
}

static bool sees_report(struct parser *parser, struct program_condition *condition)
{
    condition->kind = PROGRAM_SEES_REPORT;
    return reporting_server(parser, "report", condition) && parse_filters(parser, condition);
}

static bool sees_error(struct parser *parser, struct program_condition *condition)
{
    condition->kind = PROGRAM_SEES_ERROR;
    return reporting_server(parser, "error", condition) && parse_filters(parser, condition);
}

static bool sees_exit(struct parser *parser, struct program_condition *condition)
{
    condition->kind = PROGRAM_SEES_EXIT;
    if (!parser_process(parser, "exit", &condition->process)) {
        return false;
    }
    if (parser_take(parser, "code")) {
        int64_t code = 0;
        if (!parser_equals(parser, "code") || !parser_integer(parser, "code", 0, 255, &code)) {
            return false;
        }
        condition->as.exit.code_given = true;
        condition->as.exit.code = (int)code;
    } else if (parser_take(parser, "signal")) {
        const char *names[PROGRAM_SIGNAL_COUNT];
        for (size_t i = 0; i < PROGRAM_SIGNAL_COUNT; i++) {
            names[i] = program_signal_name((enum program_signal)i);
        }
        size_t index = 0;
        if (!parser_equals(parser, "signal") ||
            !parser_choice(parser, parser_next(parser), "exit", "the name of a signal", names + 1,
                           PROGRAM_SIGNAL_COUNT - 1, &index)) {
            return false;
        }
        condition->as.exit.signal = (enum program_signal)(index + 1);
    }
    return true;
}

static bool assignment_number(struct parser *parser, struct program_condition *condition)
{
    struct program_times *number = &condition->as.assignment.number;
    number->given = true;
    if (parser_take(parser, "none")) {
        number->comparison = PROGRAM_EQUAL;
        return true;
    }
    (void)parser_next(parser);
    return parser_comparison(parser, "count", &number->comparison) &&
           parser_integer(parser, "count", 0, INT32_MAX, &number->count);
}

static bool sees_assignment(struct parser *parser, struct program_condition *condition)
{
    struct program_partition *partitions = NULL;
    size_t capacity = 0;
    condition->kind = PROGRAM_SEES_ASSIGNMENT;
    condition->as.assignment.of = (struct program_partition){PROGRAM_NONE, PROGRAM_NO_PARTITION};
    if (!parser_process(parser, "assignment", &condition->process)) {
        return false;
    }
    size_t count = 0;
    while (!condition_ends(parser) && !parser_is(parser, "count") && !parser_is(parser, "none")) {
        partitions = arena_grow(parser->arena, partitions, count, &capacity, sizeof *partitions);
        if (partitions == NULL || !parser_partition(parser, "assignment", &partitions[count])) {
            return false;
        }
        count++;
    }
    if (condition_ends(parser)) {
        condition->as.assignment.partitions = partitions;
        condition->as.assignment.count = count;
        return count > 0 || parser_expected(parser, parser_peek(parser), "assignment",
                                            "partitions such as orders/0, count= or none");
    }
    if (count > 1) {
        return parser_expected(parser, parser_peek(parser), "assignment", "one topic at most before it");
    }
    if (count == 1) {
        condition->as.assignment.of = partitions[0];
    }
    return assignment_number(parser, condition);
}

static const char *const counter_words[] = {"produced", "consumed", "processed", "committed", "reports", "errors"};
#define COUNTERS (sizeof counter_words / sizeof counter_words[0])

static bool count_against(struct parser *parser, struct program_condition *condition)
{
    const struct token *token = parser_peek(parser);
    if (parser_take(parser, "all")) {
        condition->as.count.against_all = true;
        if (condition->as.count.of.partition != PROGRAM_NO_PARTITION) {
            return parser_expected(parser, token, "count",
                                   "a number or another counter, for a partition has no load of its own");
        }
        return condition->as.count.counter < PROGRAM_COUNT_REPORTS ||
               parser_expected(parser, token, "count", "a number");
    }
    for (size_t i = 0; i < COUNTERS; i++) {
        if (parser_take(parser, counter_words[i])) {
            condition->as.count.against_counter = true;
            condition->as.count.other = (enum program_counter)i;
            return true;
        }
    }
    if (token->kind == TOKEN_WORD && token->text[0] >= '0' && token->text[0] <= '9') {
        return parser_integer(parser, "count", 0, INT64_MAX, &condition->as.count.number);
    }
    return parser_expected(parser, token, "count", "a number, all or another counter");
}

static bool sees_count(struct parser *parser, struct program_condition *condition, enum program_counter counter)
{
    condition->kind = PROGRAM_SEES_COUNT;
    condition->as.count.counter = counter;
    condition->as.count.of = (struct program_partition){PROGRAM_NONE, PROGRAM_NO_PARTITION};
    if (parser_peek(parser)->kind == TOKEN_WORD && parser_process_known(parser, parser_peek(parser)->text) &&
        !parser_process(parser, "count", &condition->process)) {
        return false;
    }
    if (parser_peek(parser)->kind == TOKEN_WORD && counter < PROGRAM_COUNT_REPORTS &&
        !parser_partition(parser, "count", &condition->as.count.of)) {
        return false;
    }
    const struct token *token = parser_peek(parser);
    if (!parser_comparison(parser, "count", &condition->as.count.comparison)) {
        return false;
    }
    if (condition->as.count.comparison == PROGRAM_CONTAINS) {
        return parser_expected(parser, token, "count", "one of = != < <= > >=");
    }
    return count_against(parser, condition);
}

static bool sees_order(struct parser *parser, struct program_condition *condition)
{
    enum carafe_event_kind *events = NULL;
    size_t capacity = 0;
    condition->kind = PROGRAM_SEES_ORDER;
    if (!parser_server(parser, "order", &condition->process)) {
        return false;
    }
    size_t count = 0;
    while (!condition_ends(parser)) {
        events = arena_grow(parser->arena, events, count, &capacity, sizeof *events);
        if (events == NULL || !parser_event(parser, "order", &events[count])) {
            return false;
        }
        count++;
    }
    condition->as.order.events = events;
    condition->as.order.count = count;
    return count >= 2 || parser_expected(parser, parser_peek(parser), "order", "two events or more");
}

static bool sees_log(struct parser *parser, struct program_condition *condition)
{
    static const char *const levels[] = {"debug", "info", "warning", "error"};
    condition->kind = PROGRAM_SEES_LOG;
    condition->as.log.level = -1;
    if (!parser_process(parser, "log", &condition->process) || !parser_text(parser, "log", &condition->as.log.text)) {
        return false;
    }
    while (!condition_ends(parser)) {
        size_t level = 0;
        if (parser_take(parser, "times")) {
            if (!times_read(parser, &condition->times)) {
                return false;
            }
        } else if (parser_take(parser, "level")) {
            if (!parser_equals(parser, "level") || !parser_choice(parser, parser_next(parser), "level",
                                                                  "debug, info, warning or error", levels, 4, &level)) {
                return false;
            }
            condition->as.log.level = (int)level;
        } else {
            return parser_expected(parser, parser_peek(parser), "log", "level=, times= or the end of the line");
        }
    }
    return true;
}

static bool sees_took(struct parser *parser, struct program_condition *condition)
{
    condition->kind = PROGRAM_SEES_TOOK;
    if (!parser_server(parser, "duration", &condition->process) ||
        !parser_event(parser, "duration", &condition->as.took.from)) {
        return false;
    }
    const struct token *token = parser_next(parser);
    if (token->kind != TOKEN_ARROW || token->direction != PROGRAM_NET_TO_BROKER) {
        return parser_expected(parser, token, "duration", "-> and the event that ends it");
    }
    if (!parser_event(parser, "duration", &condition->as.took.to)) {
        return false;
    }
    token = parser_peek(parser);
    if (!parser_comparison(parser, "duration", &condition->as.took.comparison)) {
        return false;
    }
    if (condition->as.took.comparison == PROGRAM_CONTAINS) {
        return parser_expected(parser, token, "duration", "one of = != < <= > >=");
    }
    return parser_duration(parser, "duration", &condition->as.took.duration_ns);
}

static bool sees_request(struct parser *parser, struct program_condition *condition)
{
    const char *names[64];
    size_t index = 0;
    condition->kind = PROGRAM_SEES_REQUEST;
    condition->as.request.broker = PROGRAM_ALL_BROKERS;
    if (parser_process_known(parser, parser_peek(parser)->text) &&
        !parser_process(parser, "request", &condition->process)) {
        return false;
    }
    for (size_t i = 0; i < vocabulary_api_count; i++) {
        names[i] = vocabulary_apis[i].name;
    }
    if (!parser_choice(parser, parser_next(parser), "request", "an API of the Kafka protocol", names,
                       vocabulary_api_count, &index)) {
        return false;
    }
    condition->as.request.api = vocabulary_apis[index].code;
    while (!condition_ends(parser)) {
        if (parser_take(parser, "times")) {
            if (!times_read(parser, &condition->times)) {
                return false;
            }
        } else if (parser_take(parser, "broker")) {
            if (!parser_equals(parser, "broker") || !parser_broker(parser, "broker", &condition->as.request.broker)) {
                return false;
            }
        } else {
            return parser_expected(parser, parser_peek(parser), "request", "broker=, times= or the end of the line");
        }
    }
    return true;
}

static bool sees_job(struct parser *parser, struct program_condition *condition)
{
    static const char *const points[] = {"started", "finished", "failed"};
    size_t point = 0;
    condition->kind = PROGRAM_SEES_JOB;
    if (parser_process_known(parser, parser_peek(parser)->text) &&
        !parser_process(parser, "job", &condition->process)) {
        return false;
    }
    if (!parser_partition(parser, "job", &condition->as.job.of) ||
        !parser_choice(parser, parser_next(parser), "job", "started, finished or failed", points, 3, &point)) {
        return false;
    }
    condition->as.job.point = (enum program_job_point)point;
    return parse_filters(parser, condition);
}

static bool sees_status(struct parser *parser, struct program_condition *condition)
{
    size_t status = 0;
    condition->kind = PROGRAM_SEES_STATUS;
    if (!parser_server(parser, "status", &condition->process)) {
        return false;
    }
    const struct token *token = parser_next(parser);
    if (token->kind != TOKEN_WORD || strcmp(token->text, "status") != 0) {
        return parser_expected(parser, token, "condition", "status and its name");
    }
    token = parser_peek(parser);
    if (!parser_choice(parser, parser_next(parser), "status", "the name of a status", vocabulary_statuses,
                       vocabulary_status_count, &status)) {
        return false;
    }
    condition->as.status = (enum carafe_status)status;
    const struct program_server *server = &parser->servers[condition->process.index];
    if (server->mode == PROGRAM_SUPERVISOR && condition->process.node == PROGRAM_NO_NODE &&
        condition->as.status == CARAFE_RUNNING) {
        return parser_expected(parser, token, "status", "one that a supervisor enters (it is never running)");
    }
    return true;
}

static const struct {
    const char *word;
    bool (*read)(struct parser *parser, struct program_condition *condition);
} condition_kinds[] = {
    {"event", sees_event},           {"report", sees_report}, {"error", sees_error}, {"exit", sees_exit},
    {"assignment", sees_assignment}, {"order", sees_order},   {"log", sees_log},     {"duration", sees_took},
    {"request", sees_request},       {"job", sees_job},
};
#define CONDITION_KINDS (sizeof condition_kinds / sizeof condition_kinds[0])

static bool condition_unknown(struct parser *parser, const struct token *token)
{
    struct nearest nearest;
    nearest_init(&nearest, token->text);
    for (size_t i = 0; i < CONDITION_KINDS; i++) {
        nearest_consider(&nearest, condition_kinds[i].word);
    }
    for (size_t i = 0; i < COUNTERS; i++) {
        nearest_consider(&nearest, counter_words[i]);
    }
    for (size_t i = 0; i < parser->program->server_count; i++) {
        nearest_consider(&nearest, parser->servers[i].name);
    }
    return parser_unknown(parser, token, "condition",
                          "event, report, error, exit, a counter, or a server defined above and its status", &nearest);
}

bool parse_condition(struct parser *parser, struct program_condition *condition)
{
    const struct token *token = parser_peek(parser);
    *condition = (struct program_condition){.place = parser_place(parser, token)};
    condition->process = (struct program_process){PROGRAM_SERVER, PROGRAM_NONE, PROGRAM_NO_NODE};
    for (size_t i = 0; i < CONDITION_KINDS; i++) {
        if (parser_take(parser, condition_kinds[i].word)) {
            return condition_kinds[i].read(parser, condition);
        }
    }
    for (size_t i = 0; i < COUNTERS; i++) {
        if (parser_take(parser, counter_words[i])) {
            return sees_count(parser, condition, (enum program_counter)i);
        }
    }
    if (token->kind == TOKEN_WORD && parser_process_known(parser, token->text)) {
        return sees_status(parser, condition);
    }
    return condition_unknown(parser, token);
}
