#include "trial.h"

#define USUAL SERVER("") "handler s1 orders takes=1ms\n" LIFE("12s")
#define QUIET                                                                                                          \
    SERVER("")                                                                                                         \
    "handler s1 orders takes=1ms\n"                                                                                    \
    "at 0    start s1\n"                                                                                               \
    "at 6s   signal s1 TSTP\n"                                                                                         \
    "at 8s   signal s1 TERM\n"                                                                                         \
    "by +10s expect exit s1\n"
#define FAILING SERVER("") "handler s1 orders takes=1ms fails=1 class=CardError\n" LIFE("15s")

/* The error occurs when no report can be sent. */
#define SKIPPING                                                                                                       \
    SERVER("")                                                                                                         \
    "handler s1 orders takes=1ms fails=1 class=CardError\n"                                                            \
    "at 0    load orders 40\n"                                                                                         \
    "at 0    start s1\n"                                                                                               \
    "at 2s   fault producer s1 queue_full for 6s\n"                                                                    \
    "at 15s  signal s1 TERM\n"                                                                                         \
    "by +10s expect exit s1\n"

/* The last of four messages of orders/0 is a dead letter. */
#define DEAD                                                                                                           \
    SERVER("")                                                                                                         \
    "topic   dead\n"                                                                                                   \
    "handler s1 orders takes=1ms dead_letters=dead max_retries=0 max_messages=1\n"                                     \
    "handler s1 orders from_offset=3 fails\n"                                                                          \
    "at 0    load orders/0 4 key=\"c-1\"\n"                                                                            \
    "at 0    start s1\n"                                                                                               \
    "at 12s  signal s1 TERM\n"                                                                                         \
    "by +10s expect exit s1\n"

static const struct trial trials[] = {
    {"5_a_forced_report_that_is_missing", BUG_QUIETING_UNREPORTED, 5,
     "expected a forced report of s1 for every status it entered (quieting 1, quiet 1, stopping 1, stopped 1), got 0, ",
     QUIET},
    {"5_a_forced_report_that_is_made_twice", BUG_STOPPING_REPORTED_TWICE, 5,
     "expected 1 forced reports of s1 as stopping, got 2\n", USUAL},
    {"5_periodic_reports_that_come_too_early", BUG_REPORTS_TOO_EARLY, 5,
     "expected the periodic reports of s1 at least 5000 ms after the one before, got one after 4950 ms\n", USUAL},
    {"5_a_report_before_running", BUG_REPORTS_BEFORE_RUNNING, 5,
     "expected no report of s1 before it runs, got one of supervising\n", USUAL},
    {"6_a_report_to_another_partition", BUG_REPORT_TO_ANOTHER_PARTITION, 6,
     "expected a report of s1 to have partition 0, got another\n",
     SERVER("") "topic karafka_consumers_reports partitions=2\nhandler s1 orders takes=1ms\n" LIFE("12s")},
    {"6_a_key_that_is_another_process", BUG_KEY_OF_ANOTHER_PROCESS, 6,
     "expected a report of s1 to have its process id for a key, got another key\n", USUAL},
    {"6_a_header_that_is_missing", BUG_HEADER_MISSING, 6,
     "expected a report of s1 to have one header, zlib: true, got others\n", USUAL},
    {"6_a_report_that_violates_its_contract", BUG_STATUS_UNKNOWN_TO_THE_CONTRACT, 6,
     "expected a report of s1 to have what its contract asks for, got process.status: ", USUAL},
    {"6_a_report_in_another_schema", BUG_SCHEMA_OF_ANOTHER_TIME, 6,
     "expected a report of s1 to have 1.4.0, got another schema_version\n", USUAL},
    {"6_a_dead_letter_without_its_key", BUG_LETTER_WITHOUT_ITS_KEY, 6,
     "expected the dead letter of s1 at dead/0, offset 0, to have the key of orders/0, offset 3, got another\n", DEAD},
    {"6_a_dead_letter_that_says_another_offset", BUG_LETTER_OF_ANOTHER_OFFSET, 6,
     "expected the dead letter of s1 at dead/0, offset 0, to have the payload of orders/0, offset 0, got another\n",
     DEAD},
    {"6_a_dead_letter_that_is_sent_twice", BUG_LETTER_SENT_TWICE, 6,
     "expected the dead letter of s1 at dead/0, offset 1, to have a source_offset past 3, the one before, got 3\n",
     DEAD},
    {"6_a_dead_letter_that_is_told_and_not_sent", BUG_LETTER_TOLD_AND_NOT_SENT, 6,
     "expected the dead letter of orders/0, offset 3, to be in dead when s1 tells that it is, got none\n", DEAD},
    {"7_an_error_that_is_not_reported", BUG_ERROR_LOST, 7,
     "expected 1 documents of s1 for consumer.consume.error (CardError), got 0\n", FAILING},
    {"7_an_error_that_is_reported_twice", BUG_ERROR_TWICE, 7,
     "expected 1 documents of s1 for consumer.consume.error (CardError) at the most, got 2\n", FAILING},
    {"7_an_error_that_is_reported_as_another", BUG_ERROR_OF_ANOTHER_CLASS, 7,
     "expected 0 documents of s1 for consumer.consume.error (StandardError) at the most, got 1\n", FAILING},
    {"7_errors_lost_with_a_report_that_was_skipped", BUG_ERRORS_LOST_WITH_A_REPORT, 7,
     "expected 1 documents of s1 for consumer.consume.error (CardError), got 0\n", SKIPPING},
    {"7_counts_lost_with_a_report_that_was_skipped", BUG_COUNTS_LOST_WITH_A_REPORT, 7,
     "expected the reports of s1 to count ", SKIPPING},
    {"7_a_report_that_shows_other_workers_than_there_are", BUG_WORKERS_OF_ANOTHER, 7,
     "expected a report of s1 to show 5 workers, as it was told of, got 4\n",
     SERVER("") "handler s1 orders takes=1ms\n" LIFE("30s")},
};

const struct trials trials_of_reporting = TRIALS(trials);
