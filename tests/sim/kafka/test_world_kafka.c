/*
 * Mock brokers, a producer and a group member in the simulated world.  Each run is a child process, since a world is
 * never reset; what it saw comes back through shared memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/assert.h"
#include "kafka/hooks.h"
#include "kafka/load.h"
#include "kafka/member.h"
#include "kafka/mock_cluster.h"
#include "kafka/names.h"
#include "kafka/tap.h"
#include "world/world.h"

#define SECOND_NS  INT64_C(1000000000)
#define MESSAGES   120
#define BROKERS    3
#define PARTITIONS 3
#define TEXT_MAX   65536

/* What a run is to do besides what all do. */
struct plan {
    uint64_t seed;
    enum sim_backend backend;
    bool without_hooks;
    bool storm;            /* faults drawn from the seed, for ten seconds */
    int latency_ms;        /* of all brokers */
    int64_t crash_load_ns; /* 0: never */
};

/* What a run leaves for the parent. */
struct result {
    bool finished;
    uint64_t hash;
    size_t threads_live;
    size_t descriptors_open;
    int appended;
    int appended_by_load; /* over a connection of the load's process */
    int wrong_brokers;
    int unanswered;
    int64_t unanswered_ns; /* the last */
    int wrong_offsets;
    int delivered;
    int undelivered;
    size_t consumed;
    size_t consumed_in_pause;
    int wrong_messages;        /* delivered or consumed with another offset than it was appended with */
    int64_t told_at[MESSAGES]; /* offset of each message as appended, plus 1; 0: not told */
    int64_t consumed_at[MESSAGES];
    int events[MEMBER_ERROR + 1];
    int commits_refused;
    int64_t committed[PARTITIONS];
    int64_t next_offset[PARTITIONS];
    int joined;
    int left;
    int undecodable;
    int fetched;
    char member[64];
    size_t text_len;
    char text[TEXT_MAX]; /* every observation with its time */
};

/* One run; static, as the world's threads see it. */
static struct run {
    struct result *result;
    const struct plan *plan;
    struct mock_cluster *cluster;
    struct sim_process *load;
    struct sim_process *member;
} run;

static void note(const char *format, ...)
{
    struct result *result = run.result;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(result->text + result->text_len, sizeof result->text - result->text_len, format, arguments);
    va_end(arguments);
    ASSERT(written >= 0 && (size_t)written < sizeof result->text - result->text_len);
    result->text_len += (size_t)written;
}

/* ---- what the wire tells ---- */

/* The payload of a message is its number. */
static int number_of(const void *payload, size_t len)
{
    int number = -1;
    ASSERT(len == sizeof number);
    memcpy(&number, payload, len);
    ASSERT(number >= 0 && number < MESSAGES);
    return number;
}

static void on_appended(const struct wire_record *record, void *owner)
{
    struct result *result = owner;
    ASSERT(record->partition >= 0 && record->partition < PARTITIONS);
    result->appended++;
    int number = number_of(record->record->payload.bytes, record->record->payload.len);
    result->told_at[number] = record->offset + 1;
    result->appended_by_load += record->origin->process == sim_process_id(run.load);
    int leader = 1 + record->partition % BROKERS;
    result->wrong_brokers += mock_cluster_broker_at(run.cluster, record->origin->port) != leader;
    result->wrong_offsets += record->offset != result->next_offset[record->partition]++;
    note("%lld appended %s/%d@%lld\n", (long long)record->origin->now_ns, record->topic, (int)record->partition,
         (long long)record->offset);
}

static void on_refused(const struct wire_record *record, void *owner)
{
    struct result *result = owner;
    if (record->error == WIRE_UNANSWERED) {
        result->unanswered++;
        result->unanswered_ns = record->origin->now_ns;
    }
    note("%lld refused %s/%d error=%d\n", (long long)record->origin->now_ns, record->topic, (int)record->partition,
         record->error);
}

static void on_committed(const struct wire_commit *commit, void *owner)
{
    struct result *result = owner;
    ASSERT(commit->partition >= 0 && commit->partition < PARTITIONS);
    if (commit->error == 0) {
        result->committed[commit->partition] = commit->offset;
    } else {
        result->commits_refused++;
    }
    note("%lld committed %s/%d@%lld error=%d\n", (long long)commit->origin->now_ns, commit->topic,
         (int)commit->partition, (long long)commit->offset, commit->error);
}

static void on_membership(const struct wire_membership *membership, void *owner)
{
    struct result *result = owner;
    if (membership->error == 0 && membership->kind == WIRE_JOINED) {
        result->joined++;
        (void)snprintf(result->member, sizeof result->member, "%s", membership->member);
    }
    result->left += membership->kind == WIRE_LEFT;
    note("%lld member %s kind=%d generation=%d error=%d partitions=%zu\n", (long long)membership->origin->now_ns,
         membership->member, (int)membership->kind, (int)membership->generation, membership->error,
         membership->assigned_count);
}

static void on_fetched(const struct wire_origin *origin, void *owner)
{
    (void)origin;
    ((struct result *)owner)->fetched++;
}

static void on_undecodable(const struct wire_origin *origin, const char *why, void *owner)
{
    ((struct result *)owner)->undecodable++;
    note("%lld undecodable %s\n", (long long)origin->now_ns, why);
}

/* ---- the processes ---- */

static void on_delivered(const struct load_delivery *delivery, void *owner)
{
    struct result *result = owner;
    if (delivery->error == 0) {
        result->delivered++;
        result->wrong_messages += delivery->offset + 1 != result->told_at[delivery->tag];
    } else {
        result->undelivered++;
    }
}

/* A message every 100 ms from second 1 on. */
static int load_main(void *argument)
{
    struct result *result = argument;
    const struct load_options options = {
        .bootstraps = mock_cluster_bootstraps(run.cluster), .delivered = on_delivered, .owner = result};
    struct load *load = NULL;
    ASSERT(load_create(&options, &load, NULL) == 0);
    for (int i = 0; i < MESSAGES; i++) {
        sim_sleep_until(SECOND_NS + i * (SECOND_NS / 10));
        ASSERT(load_send(load, "orders", i % PARTITIONS, "key", 3, &i, sizeof i, (uint64_t)i, NULL) == 0);
        load_poll(load, 0);
    }
    ASSERT(load_flush(load, 20000, NULL) == 0);
    load_close(load, 1000);
    return 0;
}

static void on_message(const struct member_message *message, void *owner)
{
    struct result *result = owner;
    int number = number_of(message->payload, message->len);
    result->wrong_messages += message->partition != number % PARTITIONS || message->key_len != 3;
    /* Compared at the end: a late answer may be written after the message was fetched. */
    result->consumed_at[number] = message->offset + 1;
}

static void on_event(const struct member_event *event, void *owner)
{
    ((struct result *)owner)->events[event->kind]++;
}

/* A pause is seen after the poll at hand, which ends with the next message at the latest. */
static void pause_for_two_seconds(struct member *member, struct result *result)
{
    member_pause(member);
    sim_sleep_until(sim_now() + SECOND_NS);
    size_t before = member_count(member);
    sim_sleep_until(sim_now() + SECOND_NS);
    result->consumed_in_pause = member_count(member) - before;
    member_resume(member);
}

static int member_main(void *argument)
{
    struct result *result = argument;
    static const char *const TOPICS[] = {"orders"};
    static const struct carafe_setting SETTINGS[] = {{"auto.commit.interval.ms", "500"}};
    const struct member_options options = {
        .bootstraps = mock_cluster_bootstraps(run.cluster),
        .group = "billing",
        .topics = TOPICS,
        .topic_count = 1,
        .kafka = {SETTINGS, 1},
        .message = on_message,
        .event = on_event,
        .owner = result,
    };
    struct member *member = NULL;
    ASSERT(member_start(&options, &member, NULL) == 0);
    sim_sleep_until(10 * SECOND_NS);
    pause_for_two_seconds(member, result);
    sim_sleep_until(30 * SECOND_NS);
    member_stop(member);
    result->consumed = member_count(member);
    struct member_consumed last;
    ASSERT(member_consumed_at(member, result->consumed - 1, &last) && last.topic == 0);
    ASSERT(!member_consumed_at(member, result->consumed, &last));
    member_destroy(member);
    return 0;
}

static bool is_broker(uint16_t port, void *owner)
{
    const struct run *current = owner;
    return current->cluster == NULL || mock_cluster_broker_at(current->cluster, port) != 0;
}

/* A random number below `bound`. */
static int draw(int bound)
{
    return (int)(sim_random(1) % (uint64_t)bound);
}

static void one_fault(int broker)
{
    switch (draw(4)) {
    case 0:
        ASSERT(mock_cluster_broker_down(run.cluster, broker, NULL) == 0);
        sim_sleep_until(sim_now() + draw(1000) * (SECOND_NS / 1000));
        ASSERT(mock_cluster_broker_up(run.cluster, broker, NULL) == 0);
        break;
    case 1:
        ASSERT(mock_cluster_latency(run.cluster, broker, draw(300), NULL) == 0);
        break;
    case 2:
        ASSERT(mock_cluster_leader(run.cluster, "orders", draw(PARTITIONS), broker, NULL) == 0);
        break;
    default:
        (void)sim_net_reset((struct sim_route){.port = mock_cluster_port(run.cluster, broker)});
        break;
    }
}

static void storm(void)
{
    while (sim_now() < 15 * SECOND_NS) {
        sim_sleep_until(sim_now() + draw(800) * (SECOND_NS / 1000));
        one_fault(1 + draw(BROKERS));
    }
    ASSERT(mock_cluster_latency(run.cluster, MOCK_CLUSTER_ALL_BROKERS, 0, NULL) == 0);
}

static struct sim_process *start(const char *name, int (*process_main)(void *argument))
{
    const struct sim_process_options options = {.name = name};
    struct sim_process *process = sim_process_create(&options);
    sim_process_start(process, process_main, run.result);
    return process;
}

static void play(void)
{
    const struct mock_cluster_options options = {.brokers = BROKERS};
    const struct mock_cluster_injection injection = {"OffsetCommit", "NOT_COORDINATOR", 1, 1, 0};
    ASSERT(mock_cluster_create(&options, &run.cluster, NULL) == 0);
    ASSERT(mock_cluster_topic(run.cluster, "orders", PARTITIONS, 3, NULL) == 0);
    ASSERT(mock_cluster_coordinator(run.cluster, "billing", 1, NULL) == 0);
    ASSERT(mock_cluster_inject(run.cluster, &injection, NULL) == 0);
    ASSERT(mock_cluster_latency(run.cluster, MOCK_CLUSTER_ALL_BROKERS, run.plan->latency_ms, NULL) == 0);
    run.load = start("load", load_main);
    run.member = start("member", member_main);
    if (run.plan->crash_load_ns != 0) {
        sim_sleep_until(run.plan->crash_load_ns);
        sim_process_crash(run.load);
    }
    sim_sleep_until(6 * SECOND_NS);
    if (run.plan->storm) {
        storm();
    }
    ASSERT(mock_cluster_broker_down(run.cluster, 2, NULL) == 0);
    sim_sleep_until(sim_now() + 3 * SECOND_NS);
    ASSERT(mock_cluster_broker_up(run.cluster, 2, NULL) == 0);
    ASSERT(sim_process_wait(run.load, 60 * SECOND_NS));
    ASSERT(sim_process_wait(run.member, 60 * SECOND_NS));
    mock_cluster_destroy(run.cluster);
}

static void child(struct result *result, const struct plan *plan)
{
    const struct wire_observer observer = {
        .appended = on_appended,
        .refused = on_refused,
        .committed = on_committed,
        .membership = on_membership,
        .fetched = on_fetched,
        .undecodable = on_undecodable,
        .owner = result,
    };
    struct sim_options options;
    sim_options_init(&options);
    options.seed = plan->seed;
    options.backend = plan->backend;
    options.wall_limit_ms = 60000;
    if (!plan->without_hooks) {
        kafka_hooks_register();
    }
    sim_world_start(&options);
    run.result = result;
    run.plan = plan;
    struct tap *tap = tap_create(&observer, is_broker, &run);
    play();
    struct sim_summary summary;
    sim_world_finish(&summary);
    tap_destroy(tap);
    result->hash = summary.hash;
    result->threads_live = summary.threads_live;
    result->descriptors_open = summary.descriptors_open;
    result->finished = true;
}

/* The parent's side. */
static struct result *run_plan(const struct plan *plan)
{
    struct result *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(result != MAP_FAILED);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        child(result, plan);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(result->finished);
    return result;
}

static struct result *run_world(uint64_t seed)
{
    const struct plan plan = {.seed = seed};
    return run_plan(&plan);
}

/* Messages that were told at another offset than they were consumed from. */
static int differing_offsets(const struct result *result)
{
    int differing = 0;
    for (int i = 0; i < MESSAGES; i++) {
        bool both = result->told_at[i] != 0 && result->consumed_at[i] != 0;
        differing += both && result->told_at[i] != result->consumed_at[i];
    }
    return differing;
}

static void forget(struct result *result)
{
    (void)munmap(result, sizeof *result);
}

static void what_the_brokers_answer_is_what_the_clients_saw(void **state)
{
    (void)state;
    struct result *result = run_world(1);
    assert_int_equal(result->undecodable, 0);
    assert_int_equal(result->delivered + result->undelivered, MESSAGES);
    assert_true(result->delivered > MESSAGES / 2);
    assert_true(result->appended >= result->delivered);
    assert_int_equal(result->appended_by_load, result->appended);
    assert_int_equal(result->wrong_offsets, 0);
    assert_int_equal(result->wrong_brokers, 0);
    assert_int_equal(result->wrong_messages, 0);
    assert_int_equal(differing_offsets(result), 0);
    assert_int_equal(result->consumed, result->appended);
    assert_true(result->fetched > 0);
    forget(result);
}

static void commits_reach_the_end_and_the_injected_error_is_seen(void **state)
{
    (void)state;
    struct result *result = run_world(2);
    assert_int_equal(result->commits_refused, PARTITIONS);
    for (int partition = 0; partition < PARTITIONS; partition++) {
        assert_int_equal(result->committed[partition], result->next_offset[partition]);
    }
    forget(result);
}

static void the_member_joins_and_leaves_under_a_name_without_an_address(void **state)
{
    (void)state;
    struct result *result = run_world(3);
    assert_int_equal(result->joined, 1);
    assert_int_equal(result->left, 1);
    assert_string_equal(result->member, "member-1");
    forget(result);
}

static void the_member_tells_its_events_and_rests_in_a_pause(void **state)
{
    (void)state;
    struct result *result = run_world(11);
    assert_int_equal(result->consumed_in_pause, 0);
    assert_int_equal(result->consumed, MESSAGES);
    assert_int_equal(result->events[MEMBER_ASSIGNED], 1);
    assert_int_equal(result->events[MEMBER_REVOKED], 1);
    assert_int_equal(result->events[MEMBER_LOST], 0);
    assert_true(result->events[MEMBER_COMMITTED] > 1);
    forget(result);
}

static void nothing_is_left_when_all_have_ended(void **state)
{
    (void)state;
    struct result *result = run_world(4);
    assert_int_equal(result->threads_live, 1);
    assert_int_equal(result->descriptors_open, 0);
    forget(result);
}

static void the_same_seed_gives_the_same_run(void **state)
{
    (void)state;
    struct result *first = run_world(5);
    struct result *second = run_world(5);
    assert_string_equal(first->text, second->text);
    assert_true(first->hash == second->hash);
    forget(first);
    forget(second);
}

static void both_backends_give_the_same_run(void **state)
{
    (void)state;
    const struct plan threads = {.seed = 8, .backend = SIM_THREADS};
    struct result *first = run_world(8);
    struct result *second = run_plan(&threads);
    assert_string_equal(first->text, second->text);
    assert_true(first->hash == second->hash);
    forget(first);
    forget(second);
}

static void without_hooks_the_member_is_named_after_an_address(void **state)
{
    (void)state;
    const struct plan plan = {.seed = 9, .without_hooks = true};
    struct result *result = run_plan(&plan);
    assert_memory_equal(result->member, "0x", 2);
    forget(result);
}

/* The answer takes 300 ms: what was sent last is read by the broker and never answered. */
static void what_a_crashed_client_was_not_answered_is_told(void **state)
{
    (void)state;
    const struct plan plan = {.seed = 10, .latency_ms = 300, .crash_load_ns = 5 * SECOND_NS};
    struct result *result = run_plan(&plan);
    assert_int_equal(result->undecodable, 0);
    assert_in_range(result->unanswered, 1, 5);
    assert_in_range(result->unanswered_ns, plan.crash_load_ns, plan.crash_load_ns + SECOND_NS / 100);
    assert_int_equal(result->consumed, result->appended + result->unanswered);
    forget(result);
}

static void in_a_storm_of_faults_all_stays_consistent_and_repeatable(void **state)
{
    (void)state;
    for (uint64_t seed = 100; seed < 110; seed++) {
        const struct plan plan = {.seed = seed, .storm = true};
        struct result *first = run_plan(&plan);
        struct result *second = run_plan(&plan);
        assert_int_equal(first->undecodable, 0);
        assert_int_equal(first->delivered + first->undelivered, MESSAGES);
        assert_int_equal(first->wrong_messages, 0);
        assert_int_equal(differing_offsets(first), 0);
        assert_true(first->appended >= first->delivered);
        assert_int_equal(first->threads_live, 1);
        assert_string_equal(first->text, second->text);
        assert_true(first->hash == second->hash);
        forget(first);
        forget(second);
    }
}

static void another_seed_gives_another_run(void **state)
{
    (void)state;
    struct result *first = run_world(6);
    struct result *second = run_world(7);
    assert_string_not_equal(first->text, second->text);
    assert_true(first->hash != second->hash);
    forget(first);
    forget(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_brokers_answer_is_what_the_clients_saw),
        cmocka_unit_test(commits_reach_the_end_and_the_injected_error_is_seen),
        cmocka_unit_test(the_member_joins_and_leaves_under_a_name_without_an_address),
        cmocka_unit_test(the_member_tells_its_events_and_rests_in_a_pause),
        cmocka_unit_test(nothing_is_left_when_all_have_ended),
        cmocka_unit_test(the_same_seed_gives_the_same_run),
        cmocka_unit_test(both_backends_give_the_same_run),
        cmocka_unit_test(without_hooks_the_member_is_named_after_an_address),
        cmocka_unit_test(what_a_crashed_client_was_not_answered_is_told),
        cmocka_unit_test(in_a_storm_of_faults_all_stays_consistent_and_repeatable),
        cmocka_unit_test(another_seed_gives_another_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
