#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tracking/contract.h"

/* The smallest report that every version accepts, and an error document. The vectors know the rest. */
static const char report_text[] =
    "{\"schema_version\":\"1.7.0\",\"type\":\"consumer\",\"dispatched_at\":1.5,\"process\":{\"id\":\"h:1:a\","
    "\"started_at\":1.0,\"status\":\"running\",\"execution_mode\":\"standalone\",\"listeners\":{\"active\":1,"
    "\"standby\":0},\"workers\":5,\"memory_usage\":1,\"memory_total_usage\":1,\"memory_size\":1,\"cpus\":1,"
    "\"threads\":1,\"cpu_usage\":[-1,-1,-1],\"tags\":[]},\"versions\":{\"ruby\":\"x\",\"karafka\":\"x\","
    "\"karafka_core\":\"x\",\"karafka_web\":\"x\",\"waterdrop\":\"x\",\"rdkafka\":\"x\",\"librdkafka\":\"x\"},"
    "\"stats\":{\"busy\":0,\"enqueued\":0,\"waiting\":0,\"utilization\":0,\"total\":{\"jobs\":0,\"batches\":0,"
    "\"messages\":0,\"errors\":0,\"retries\":0,\"dead\":0}},\"consumer_groups\":{\"g\":{\"id\":\"g\","
    "\"subscription_groups\":{\"g_0\":{\"id\":\"g_0\",\"instance_id\":false,\"state\":{\"state\":\"up\","
    "\"join_state\":\"steady\",\"stateage\":0,\"rebalance_age\":0,\"rebalance_cnt\":0,\"rebalance_reason\":\"\","
    "\"poll_age\":0.5,\"poll_interval\":300000},\"topics\":{\"t.x\":{\"name\":\"t.x\",\"partitions_cnt\":1,"
    "\"partitions\":{\"0\":{\"lag\":0,\"lag_d\":0,\"lag_stored\":0,\"lag_stored_d\":0,\"committed_offset\":0,"
    "\"committed_offset_fd\":0,\"stored_offset\":0,\"stored_offset_fd\":0,\"fetch_state\":\"active\","
    "\"hi_offset\":0,\"hi_offset_fd\":0,\"lo_offset\":0,\"eof_offset\":0,\"ls_offset\":0,\"ls_offset_d\":0,"
    "\"ls_offset_fd\":0,\"id\":0,\"poll_state\":\"active\",\"poll_state_ch\":0,\"transactional\":false}}}}}}}},"
    "\"jobs\":[]}";

static const char error_text[] =
    "{\"schema_version\":\"1.2.0\",\"id\":\"0f0f0f0f-1111-4222-8333-444444444444\",\"type\":\"t\",\"error_class\":"
    "\"c\","
    "\"error_message\":\"\",\"backtrace\":\"\",\"details\":{},\"occurred_at\":1.0,\"process\":{\"id\":\"p\"}}";

static struct json_reader reader;
static struct json_document document;
static struct contract_violations violations;
static struct contract contract;

static int setup(void **state)
{
    (void)state;
    json_reader_init(&reader);
    json_document_init(&document);
    contract_violations_init(&violations);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_reader_close(&reader);
    json_document_close(&document);
    contract_violations_close(&violations);
    return 0;
}

static void begin(enum contract_kind kind, enum contract_schema schema)
{
    const char *text = kind == CONTRACT_REPORT ? report_text : error_text;
    contract_init(&contract, kind, schema);
    assert_int_equal(json_document_parse(&document, &reader, text, strlen(text), NULL), 0);
}

static void set(const char *path, const char *text)
{
    struct carafe_error error = {0};
    if (json_document_assign(&document, path, text, &error) != 0) {
        fail_msg("%s", error.text);
    }
}

static const char *found(void)
{
    (void)contract_check(&contract, document.root, &violations);
    return json_buffer_text(&violations.text);
}

static void sound_documents_pass_in_every_version(void **state)
{
    (void)state;
    for (int schema = 0; schema < SCHEMA_COUNT; schema++) {
        begin(CONTRACT_REPORT, (enum contract_schema)schema);
        assert_string_equal(found(), "");
        assert_true(contract_check(&contract, document.root, &violations));
        begin(CONTRACT_ERROR, (enum contract_schema)schema);
        assert_string_equal(found(), "");
    }
}

static void every_violation_is_named_with_its_path_and_value(void **state)
{
    (void)state;
    begin(CONTRACT_REPORT, SCHEMA_1_4_0);
    set("process.id", "\"x\"");
    set("stats.total.dead", "-1");
    set("process.tags", NULL);
    set("consumer_groups.g.subscription_groups.g_0.topics.t.x.partitions.0.lag", "1.0");
    set("jobs", "[7]");
    assert_string_equal(found(),
                        "process.id: expected a string with at least two colons, got \"x\"; "
                        "process.tags: expected an array of strings, got nothing; "
                        "stats.total.dead: expected an integer of at least 0, got -1; "
                        "consumer_groups.g.subscription_groups.g_0.topics.t.x.partitions.0.lag: expected an integer, "
                        "got 1.0; jobs.0: expected an object, got 7");
    assert_int_equal(violations.count, 5);
}

static void rules_hold_from_their_version_on(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum contract_schema since;
    } added[] = {
        {"consumer_groups.g.subscription_groups.g_0.topics.t.x.partitions.0.transactional", SCHEMA_1_4_1},
        {"consumer_groups.g.subscription_groups.g_0.topics.t.x.partitions_cnt", SCHEMA_1_6_0},
        {"consumer_groups.g.subscription_groups.g_0.instance_id", SCHEMA_1_6_0},
        {"consumer_groups.g.subscription_groups.g_0.state.poll_interval", SCHEMA_1_7_0},
    };
    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        for (int schema = 0; schema < SCHEMA_COUNT; schema++) {
            begin(CONTRACT_REPORT, (enum contract_schema)schema);
            set(added[i].path, "{}");
            assert_int_equal(contract_check(&contract, document.root, &violations), schema < (int)added[i].since);
        }
    }
    begin(CONTRACT_ERROR, SCHEMA_1_4_1);
    set("id", "\"x\"");
    assert_true(contract_check(&contract, document.root, &violations));
    contract_init(&contract, CONTRACT_ERROR, SCHEMA_1_6_0);
    assert_string_equal(found(), "id: expected a UUID, got \"x\"");
}

static void what_is_no_object_is_refused(void **state)
{
    (void)state;
    begin(CONTRACT_REPORT, SCHEMA_1_4_0);
    assert_int_equal(json_document_parse(&document, &reader, "[]", 2, NULL), 0);
    assert_string_equal(found(), ": expected an object, got []");
    assert_false(contract_check(&contract, NULL, &violations));
}

static void violations_are_bounded_in_number_and_length(void **state)
{
    (void)state;
    begin(CONTRACT_REPORT, SCHEMA_1_4_0);
    struct json_value *jobs = json_find(document.root, "jobs", 4);
    for (int i = 0; i < CONTRACT_VIOLATIONS_MAX + 7; i++) {
        json_add_text(&document, jobs, JSON_NO_KEY,
                      "a long word, a long word, a long word, a long word, a long word, a long word, a long word");
    }
    assert_non_null(strstr(found(), "jobs.0: expected an object, got \"a long word"));
    assert_non_null(strstr(found(), "...; jobs.1: "));
    assert_null(strstr(found(), "a long word\"; "));
    assert_non_null(strstr(found(), "; and 7 more"));
    assert_int_equal(violations.count, CONTRACT_VIOLATIONS_MAX + 7);
}

static void unknown_versions_are_refused(void **state)
{
    (void)state;
    enum contract_schema schema;
    struct carafe_error error;
    assert_int_equal(contract_schema_parse("1.6.0", &schema, &error), 0);
    assert_int_equal(schema, SCHEMA_1_6_0);
    assert_int_equal(contract_schema_parse("1.5.0", &schema, &error), CARAFE_INVALID);
    assert_string_equal(error.text, "report schema: expected 1.4.0, 1.4.1, 1.6.0 or 1.7.0, got 1.5.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sound_documents_pass_in_every_version, setup, teardown),
        cmocka_unit_test_setup_teardown(every_violation_is_named_with_its_path_and_value, setup, teardown),
        cmocka_unit_test_setup_teardown(rules_hold_from_their_version_on, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_object_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(violations_are_bounded_in_number_and_length, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown_versions_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
