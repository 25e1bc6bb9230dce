/*
 * What a report costs, stage by stage, for 10, 1 000 and 10 000 partitions, and what sampling this machine costs.  CPU
 * time of this thread, the least of several rounds: `report_bench [--check] [ROUNDS]`, see --help.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "posix/posix.h"
#include "tracking/compress.h"
#include "tracking/contract.h"
#include "tracking/report.h"
#include "tracking/sampler.h"
#include "tracking/statistics.h"

enum stage { STAGE_STATISTICS, STAGE_BUILD, STAGE_CHECK, STAGE_WRITE, STAGE_COMPRESS, STAGES };

struct cost {
    double us[STAGES];
    size_t statistics_bytes;
    size_t report_bytes;
    size_t compressed_bytes;
};

static double cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* One partition as librdkafka 2.0.2 emits it: 38 fields. */
static void add_partition(struct json_buffer *json, size_t partition, size_t round)
{
    size_t offset = 1000000 + partition * 37 + round * (partition % 3);
    json_buffer_format(
        json,
        "\"%zu\":{\"partition\":%zu,\"broker\":1,\"leader\":1,\"desired\":true,\"unknown\":false,\"msgq_cnt\":0,"
        "\"msgq_bytes\":0,\"xmit_msgq_cnt\":0,\"xmit_msgq_bytes\":0,\"fetchq_cnt\":3,\"fetchq_size\":1911,"
        "\"fetch_state\":\"active\",\"query_offset\":-1001,\"next_offset\":%zu,\"app_offset\":%zu,"
        "\"app_leader_epoch\":4,\"stored_offset\":%zu,\"stored_leader_epoch\":4,\"commited_offset\":%zu,"
        "\"committed_offset\":%zu,\"committed_leader_epoch\":4,\"eof_offset\":%zu,\"lo_offset\":3,\"hi_offset\":%zu,"
        "\"ls_offset\":%zu,\"consumer_lag\":%zu,\"consumer_lag_stored\":%zu,\"leader_epoch\":4,\"txmsgs\":0,"
        "\"txbytes\":0,\"rxmsgs\":2101,\"rxbytes\":420311,\"msgs\":2101,\"rx_ver_drops\":0,\"msgs_inflight\":0,"
        "\"next_ack_seq\":0,\"next_err_seq\":0,\"acked_msgid\":0}",
        partition, partition, offset, offset, offset, offset, offset, offset + 9, offset + 9, offset + 9,
        partition % 11, partition % 7);
}

static void build_statistics(struct json_buffer *json, size_t partitions, size_t round)
{
    json_buffer_reset(json);
    json_buffer_format(json,
                       "{\"name\":\"bench#consumer-1\",\"type\":\"consumer\",\"brokers\":{\"b1:9092/1\":{\"nodeid\":"
                       "1,\"rxbytes\":%zu,\"txbytes\":%zu}},\"topics\":{\"orders\":{\"topic\":\"orders\","
                       "\"partitions\":{",
                       round * 1000, round * 100);
    for (size_t i = 0; i < partitions; i++) {
        add_partition(json, i, round);
        json_buffer_add(json, ",", 1);
    }
    json_buffer_format(json, "\"-1\":{\"partition\":-1,\"fetch_state\":\"none\"}}}},\"cgrp\":{\"state\":\"up\","
                             "\"stateage\":1,\"join_state\":\"steady\",\"rebalance_age\":1,\"rebalance_cnt\":1,"
                             "\"rebalance_reason\":\"\",\"assignment_size\":1}}");
}

/* Everything that is kept between two reports. */
struct bench {
    struct statistics *statistics;
    struct json_buffer json;
    struct json_document document;
    struct json_buffer text;
    struct json_buffer packed;
    struct compressor compressor;
    struct contract contract;
    struct contract_violations violations;
};

static void note(double *least, double from)
{
    double us = cpu_us() - from;
    if (*least == 0 || us < *least) {
        *least = us;
    }
}

static void measure_round(struct bench *bench, size_t partitions, size_t round, struct cost *cost)
{
    static const struct statistics_format format = {0};
    double now_ms = (double)round * 5000;
    build_statistics(&bench->json, partitions, round);
    double from = cpu_us();
    if (statistics_emit(bench->statistics, "bench", "bench_0", bench->json.bytes, bench->json.len, now_ms, NULL) != 0) {
        abort();
    }
    note(&cost->us[STAGE_STATISTICS], from);

    from = cpu_us();
    json_document_reset(&bench->document);
    struct json_value *root = json_add_object(&bench->document, NULL, JSON_NO_KEY);
    struct json_value *groups = json_add_object(&bench->document, root, JSON_KEY("consumer_groups"));
    statistics_write(bench->statistics, &format, now_ms, &bench->document, groups);
    note(&cost->us[STAGE_BUILD], from);

    from = cpu_us();
    (void)contract_check(&bench->contract, bench->document.root, &bench->violations);
    note(&cost->us[STAGE_CHECK], from);

    from = cpu_us();
    json_buffer_reset(&bench->text);
    json_write(&bench->text, bench->document.root);
    note(&cost->us[STAGE_WRITE], from);

    from = cpu_us();
    if (compressor_run(&bench->compressor, bench->text.bytes, bench->text.len, &bench->packed, NULL) != 0) {
        abort();
    }
    note(&cost->us[STAGE_COMPRESS], from);
    cost->statistics_bytes = bench->json.len;
    cost->report_bytes = bench->text.len;
    cost->compressed_bytes = bench->packed.len;
}

static struct cost measure(size_t partitions, size_t rounds)
{
    struct cost cost = {0};
    struct bench bench = {.statistics = statistics_create()};
    json_document_init(&bench.document);
    contract_init(&bench.contract, CONTRACT_REPORT, SCHEMA_1_4_0);
    contract_violations_init(&bench.violations);
    if (bench.statistics == NULL || compressor_init(&bench.compressor, NULL) != 0) {
        abort();
    }
    for (size_t round = 0; round < rounds; round++) {
        measure_round(&bench, partitions, round, &cost);
    }
    compressor_close(&bench.compressor);
    contract_violations_close(&bench.violations);
    json_document_close(&bench.document);
    json_buffer_close(&bench.json);
    json_buffer_close(&bench.text);
    json_buffer_close(&bench.packed);
    statistics_destroy(bench.statistics);
    return cost;
}

static void inspect(struct inspector *inspector, struct inspection *inspection)
{
    (void)inspector;
    *inspection = (struct inspection){.status = CARAFE_RUNNING, .was_running = true, .workers = 5};
}

/* Everything that a report reads of this machine: its cost grows with the number of visible processes. */
static double measure_sampling(size_t rounds)
{
    double least = 0;
    struct inspector inspector = {.inspect = inspect};
    struct metrics *metrics = posix_metrics_create("");
    if (metrics == NULL) {
        abort();
    }
    struct sampler sampler = {.clock = posix_clock(), .metrics = metrics, .inspector = &inspector};
    for (size_t round = 0; round < rounds; round++) {
        struct sample sample;
        double from = cpu_us();
        sampler_take(&sampler, &sample);
        note(&least, from);
    }
    posix_metrics_destroy(metrics);
    return least;
}

static const char usage_text[] =
    "usage: report_bench [--check] [ROUNDS]\n"
    "\n"
    "CPU time of a report in microseconds, the least of ROUNDS (20), for 10, 1 000 and 10 000 partitions:\n"
    "  statistics   parse librdkafka's document, differences, freeze times (once a statistics.interval.ms)\n"
    "  build        make the report         check     against its contract\n"
    "  write        as JSON                 compress  deflate\n"
    "  report us    all but statistics      all us    all\n"
    "and of sampling this machine from /proc and /sys.  Build it with cmake --preset release; keep the machine quiet.\n"
    "\n"
    "  --check   exit 1 when a target is missed: 60 us for a report of 10 partitions, 300 us for sampling,\n"
    "            80 000 us in all for 10 000 partitions\n";

/* Prints the line of `cost`; returns the cost in all. */
static double print_cost(size_t partitions, const struct cost *cost, double before)
{
    double report = 0;
    printf("%10zu", partitions);
    for (int stage = 0; stage < STAGES; stage++) {
        report += stage == STAGE_STATISTICS ? 0 : cost->us[stage];
        printf(" %10.1f", cost->us[stage]);
    }
    double all = report + cost->us[STAGE_STATISTICS];
    printf(" %10.1f %10.1f %9.1f   %zu/%zu/%zu\n", report, all, before == 0 ? 1 : all / before, cost->statistics_bytes,
           cost->report_bytes, cost->compressed_bytes);
    return all;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {10, 1000, 10000};
    static const double targets_us[] = {60, 0, 80000}; /* 10: of the report alone; 10 000: in all; 0: none */
    bool check = argc > 1 && strcmp(argv[1], "--check") == 0;
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage_text, stdout);
        return 0;
    }
    size_t rounds = argc > 1 + check ? strtoul(argv[1 + check], NULL, 10) : 20;
    rounds = rounds < 2 ? 2 : rounds;
    double before = 0;
    int missed = 0;
    printf("%10s %10s %10s %10s %10s %10s %10s %10s %9s %14s\n", "partitions", "statistics", "build", "check", "write",
           "compress", "report us", "all us", "ratio", "bytes in/out");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct cost cost = measure(sizes[i], sizes[i] == 10 ? rounds * 50 : rounds);
        before = print_cost(sizes[i], &cost, before);
        double counted = i == 0 ? before - cost.us[STAGE_STATISTICS] : before;
        missed += targets_us[i] > 0 && counted > targets_us[i];
    }
    double sampling = measure_sampling(rounds * 50);
    printf("%10s %10.1f us\n", "sampling", sampling);
    missed += sampling > 300;
    return check && missed > 0 ? 1 : 0;
}
