/* Statistics in, consumer groups and bytes out, on a scripted clock. */
#include "vectors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracking/statistics.h"

struct transform_check {
    struct contract contract;
    struct contract_violations violations;
    struct json_document report;
    struct json_buffer text;
};

/* One scenario being played. */
struct play {
    const char *name;
    struct transform_check *check;
    struct statistics *statistics;
    const struct json_value *expected; /* the next of `reports` */
    bool failed;
};

static const struct json_value *field(const struct json_value *object, const char *key)
{
    return json_find(object, key, strlen(key));
}

static double number_of(const struct json_value *value)
{
    if (value == NULL) {
        return 0;
    }
    return value->kind == JSON_INTEGER ? (double)value->integer : value->number;
}

/* ---- comparison -------------------------------------------------------------------------------------------------- */

static bool equal(const struct json_value *one, const struct json_value *two, struct json_buffer *path);

static bool equal_children(const struct json_value *one, const struct json_value *two, struct json_buffer *path)
{
    if (one->len != two->len) {
        return false;
    }
    const struct json_value *other = two->first;
    for (const struct json_value *child = one->first; child != NULL; child = child->next) {
        size_t len = path->len;
        if (one->kind == JSON_OBJECT) {
            json_buffer_add(path, ".", 1);
            json_buffer_add(path, child->key.text, child->key.len);
            other = json_find(two, child->key.text, child->key.len);
        }
        if (other == NULL || !equal(child, other, path)) {
            return false;
        }
        other = one->kind == JSON_OBJECT ? NULL : other->next;
        path->len = len;
    }
    return true;
}

static bool equal(const struct json_value *one, const struct json_value *two, struct json_buffer *path)
{
    if (one->kind != two->kind) {
        return false;
    }
    switch (one->kind) {
    case JSON_INTEGER:
        return one->integer == two->integer;
    case JSON_FLOAT:
        return one->number == two->number;
    case JSON_STRING:
    case JSON_BIG_INTEGER:
        return one->len == two->len && memcmp(one->text, two->text, one->len) == 0;
    case JSON_OBJECT:
    case JSON_ARRAY:
        return equal_children(one, two, path);
    default:
        return true;
    }
}

static void complain(struct play *play, const struct json_value *report, const char *what)
{
    printf("%s: at %.3f: %s\n", play->name, number_of(field(report, "at")), what);
    play->failed = true;
}

/* ---- the contract's view of the groups --------------------------------------------------------------------------- */

/* A report that is sound but for its groups: their violations are what the original's verdict is about. */
static bool groups_valid(struct transform_check *check)
{
    (void)contract_check(&check->contract, check->report.root, &check->violations);
    return strstr(json_buffer_text(&check->violations.text), "consumer_groups.") == NULL;
}

static void compare_integer(struct play *play, const struct json_value *report, const char *key, int64_t got)
{
    const struct json_value *expected = field(report, key);
    if (expected == NULL || expected->kind != JSON_INTEGER || expected->integer != got) {
        char what[128];
        (void)snprintf(what, sizeof what, "%s: expected %.17g, got %lld", key, number_of(expected), (long long)got);
        complain(play, report, what);
    }
}

static void check_report(struct play *play, double now_ms)
{
    static const struct statistics_format format = {0};
    const struct json_value *report = play->expected;
    play->expected = report == NULL ? NULL : report->next;
    if (report == NULL) {
        printf("%s: more reports than recorded\n", play->name);
        play->failed = true;
        return;
    }
    struct transform_check *check = play->check;
    json_document_reset(&check->report);
    struct json_value *root = json_add_object(&check->report, NULL, JSON_NO_KEY);
    struct json_value *groups = json_add_object(&check->report, root, JSON_KEY("consumer_groups"));
    statistics_write(play->statistics, &format, now_ms, &check->report, groups);

    json_buffer_reset(&check->text);
    const struct json_value *expected = field(report, "consumer_groups");
    if (expected == NULL || !equal(expected, groups, &check->text)) {
        complain(play, report, "consumer_groups differ");
        printf("  at %s\n", json_buffer_text(&check->text));
    }
    int64_t received = 0;
    int64_t sent = 0;
    statistics_transfer(play->statistics, now_ms, &received, &sent);
    compare_integer(play, report, "bytes_received", received);
    compare_integer(play, report, "bytes_sent", sent);
    const struct json_value *verdict = field(report, "contract");
    if (groups_valid(check) != (verdict != NULL && verdict->kind == JSON_TRUE)) {
        complain(play, report, "the contract's verdict differs");
    }
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void play_statistics(struct play *play, const struct json_value *event, const char *group, const char *client,
                            double now_ms)
{
    struct json_buffer json;
    json_buffer_init(&json);
    json_write(&json, field(event, "stats"));
    struct carafe_error error = {0};
    int code = statistics_emit(play->statistics, group, client, json.bytes, json.len, now_ms, &error);
    json_buffer_close(&json);
    bool raised = play->expected != NULL && field(play->expected, "raised") != NULL;
    if (raised) {
        play->expected = play->expected->next;
    }
    if (raised != (code != 0)) {
        printf("%s: statistics: expected %s, got %s\n", play->name, raised ? "a failure" : "success",
               code == 0 ? "success" : error.text);
        play->failed = true;
    }
}

static void play_event(struct play *play, const struct json_value *event)
{
    double now_ms = number_of(field(event, "at"));
    char *what = vector_text(event, "do", NULL);
    char *group = vector_text(event, "cg", NULL);
    char *client = vector_text(event, "sg", NULL);
    char *topic = vector_text(event, "topic", NULL);
    int32_t partition = (int32_t)number_of(field(event, "partition"));
    int code = 0;
    if (strcmp(what, "start") == 0) {
        code = statistics_start(play->statistics, group, client, now_ms, NULL);
    } else if (strcmp(what, "poll") == 0) {
        statistics_polled(play->statistics, client, now_ms);
    } else if (strcmp(what, "stats") == 0) {
        play_statistics(play, event, group, client, now_ms);
    } else if (strcmp(what, "pause") == 0) {
        int64_t duration_ms = (int64_t)number_of(field(event, "timeout"));
        code = statistics_pause(play->statistics, client, topic, partition, duration_ms, now_ms);
    } else if (strcmp(what, "resume") == 0) {
        statistics_resume(play->statistics, client, topic, partition);
    } else if (strcmp(what, "stop") == 0) {
        statistics_stop(play->statistics, client);
    } else if (strcmp(what, "report") == 0) {
        check_report(play, now_ms);
    } else {
        code = CARAFE_INVALID;
    }
    if (code != 0) {
        printf("%s: %s: failed with %d\n", play->name, what, code);
        play->failed = true;
    }
    free(topic);
    free(client);
    free(group);
    free(what);
}

static int check_vector(const struct json_value *vector, void *state)
{
    char *name = vector_text(vector, "name", NULL);
    const struct json_value *events = field(vector, "events");
    const struct json_value *reports = field(vector, "reports");
    struct play play = {.name = name, .check = state, .statistics = statistics_create()};
    play.expected = reports == NULL ? NULL : reports->first;
    if (play.statistics == NULL || events == NULL) {
        printf("%s: cannot be played\n", name);
        play.failed = true;
    } else {
        for (const struct json_value *event = events->first; event != NULL; event = event->next) {
            play_event(&play, event);
        }
    }
    if (play.expected != NULL) {
        printf("%s: fewer reports than recorded\n", name);
        play.failed = true;
    }
    statistics_destroy(play.statistics);
    free(name);
    return play.failed ? 1 : 0;
}

void check_transform_file(const char *path, struct tally *tally)
{
    struct transform_check check;
    contract_init(&check.contract, CONTRACT_REPORT, SCHEMA_1_4_0);
    contract_violations_init(&check.violations);
    json_document_init(&check.report);
    json_buffer_init(&check.text);
    vectors_read(path, check_vector, &check, tally);
    json_buffer_close(&check.text);
    json_document_close(&check.report);
    contract_violations_close(&check.violations);
}
