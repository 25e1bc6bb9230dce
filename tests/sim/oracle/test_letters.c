/* Dead letters, a part of invariant 6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "court.h"

#define USUAL       "topic dead\nhandler s1 orders dead_letters=dead max_retries=1\n"
#define HEADERS_MAX 12

/* A header; a NULL value is null. */
struct pair {
    const char *name;
    const char *value;
};

/* What is sent, and what it says of itself; NULL texts are null. */
struct letter {
    const char *process;
    const char *key;
    const char *payload;
    struct pair headers[HEADERS_MAX];
};

/* Where source headers are among those of a letter that is as it should be: behind two of the source. */
enum { FIRST, SECOND, TOPIC, PARTITION, OFFSET, GROUP, ATTEMPTS };

static struct view view_of(const char *text)
{
    return (struct view){.bytes = (const uint8_t *)text, .len = text != NULL ? strlen(text) : 0, .null = text == NULL};
}

static void add_header(struct record *record, const char *name, const char *value)
{
    record->headers[record->header_count++] = (struct record_header){view_of(name), view_of(value)};
}

/* As the record at offset 3 of orders/0 asks for. */
static struct letter good_letter(void)
{
    return (struct letter){.process = "s1",
                           .key = "",
                           .payload = "three",
                           .headers = {{"trace", "17"},
                                       {"empty", ""},
                                       {"source_topic", "orders"},
                                       {"source_partition", "0"},
                                       {"source_offset", "3"},
                                       {"source_consumer_group", "billing"},
                                       {"source_attempts", "2"}}};
}

static void append(struct court *court, const char *topic, int64_t offset, const struct letter *letter)
{
    struct record record = {.key = view_of(letter->key), .payload = view_of(letter->payload)};
    for (size_t i = 0; i < HEADERS_MAX && letter->headers[i].name != NULL; i++) {
        add_header(&record, letter->headers[i].name, letter->headers[i].value);
    }
    court_record(court, letter->process, topic, 0, offset, &record);
}

static void send_letter(struct court *court, const struct letter *letter)
{
    append(court, "dead", 0, letter);
}

/* The records 2 to 4 of orders/0; number 3 has a key that is empty. */
static void load(struct court *court)
{
    struct letter record = {"load", NULL, "two", {{"trace", "17"}}};
    append(court, "orders", 2, &record);
    record = (struct letter){"load", "", "three", {{"trace", "17"}, {"empty", ""}}};
    append(court, "orders", 3, &record);
    record = (struct letter){"load", "k", NULL, {{NULL, NULL}}};
    append(court, "orders", 4, &record);
}

static void fail_twice(struct court *court, int64_t offset)
{
    court_failed_attempt(court, 0, offset, offset, 1);
    court_failed_attempt(court, 0, offset, offset, 2);
}

/* What comes before the first letter. */
static struct court *open_court(const char *more)
{
    struct court *court = court_open(more);
    load(court);
    court_assigned(court, "s1", 0, true);
    fail_twice(court, 3);
    return court;
}

static void judge(const struct letter *letter, int number)
{
    struct court *court = open_court(USUAL);
    send_letter(court, letter);
    court_expect(court, number);
    court_close(court);
}

/* Noticed, with these words. */
static void refuse_header(int place, const char *name, const char *value, const char *words)
{
    struct court *court = open_court(USUAL);
    struct letter letter = good_letter();
    letter.headers[place] = (struct pair){name, value};
    send_letter(court, &letter);
    court_expect(court, 6);
    if (strstr(court->text, words) == NULL) {
        fail_msg("expected \"%s\", got \"%s\"", words, court->text);
    }
    court_close(court);
}

static void dispatched(struct court *court, int64_t offset)
{
    court_topic_event(court, CARAFE_EVENT_DEAD_LETTER_DISPATCHED, 0, offset);
}

/* ---- A copy ------------------------------------------------------------------------------------------------------ */

static void a_copy_that_says_where_it_comes_from_is_sound(void **state)
{
    (void)state;
    struct letter letter = good_letter();
    judge(&letter, 0);
}

static void another_key_is_noticed(void **state)
{
    (void)state;
    struct letter letter = good_letter();
    letter.key = "k";
    judge(&letter, 6);
}

static void a_key_that_became_null_is_noticed(void **state)
{
    (void)state;
    struct letter letter = good_letter();
    letter.key = NULL;
    judge(&letter, 6);
}

static void another_payload_is_noticed(void **state)
{
    (void)state;
    struct letter letter = good_letter();
    letter.payload = "thre";
    judge(&letter, 6);
}

static void a_null_payload_that_became_empty_is_noticed(void **state)
{
    (void)state;
    struct letter letter = {"s1",
                            "k",
                            NULL,
                            {{"source_topic", "orders"},
                             {"source_partition", "0"},
                             {"source_offset", "4"},
                             {"source_consumer_group", "billing"},
                             {"source_attempts", "2"}}};
    judge(&letter, 0);
    letter.payload = "";
    judge(&letter, 6);
}

static void a_header_of_the_source_that_is_missing_is_noticed(void **state)
{
    (void)state;
    struct letter letter = good_letter();
    memmove(&letter.headers[FIRST], &letter.headers[SECOND], ATTEMPTS * sizeof letter.headers[0]);
    letter.headers[ATTEMPTS] = (struct pair){NULL, NULL};
    judge(&letter, 6);
}

static void headers_of_the_source_in_another_order_are_noticed(void **state)
{
    (void)state;
    struct letter letter = good_letter();
    letter.headers[FIRST] = (struct pair){"empty", ""};
    letter.headers[SECOND] = (struct pair){"trace", "17"};
    judge(&letter, 6);
}

static void another_header_of_the_source_is_noticed(void **state)
{
    (void)state;
    refuse_header(FIRST, "trace", "18", "to have the headers of orders/0, offset 3, got another");
    refuse_header(FIRST, "track", "17", "the headers of");
    refuse_header(FIRST, "trac", "e17", "the headers of");
    refuse_header(SECOND, "empty", NULL, "the headers of");
}

static void a_record_of_another_offset_is_noticed(void **state)
{
    (void)state;
    refuse_header(OFFSET, "source_offset", "2", "to have the key of orders/0, offset 2, got another");
}

/* ---- Where it comes from ----------------------------------------------------------------------------------------- */

static void a_record_that_is_no_letter_is_noticed(void **state)
{
    (void)state;
    struct letter letter = {"s1", "", "three", {{"trace", "17"}, {"empty", ""}}};
    judge(&letter, 6);
}

static void source_headers_of_other_names_are_noticed(void **state)
{
    (void)state;
    refuse_header(TOPIC, "original_topic", "orders", "for its last headers, got others");
    refuse_header(ATTEMPTS, "source_attempt", "2", "for its last headers, got others");
}

static void source_headers_before_those_of_the_source_are_noticed(void **state)
{
    (void)state;
    struct letter letter = good_letter();
    memmove(&letter.headers[FIRST], &letter.headers[TOPIC], 5 * sizeof letter.headers[0]);
    letter.headers[5] = (struct pair){"trace", "17"};
    letter.headers[6] = (struct pair){"empty", ""};
    judge(&letter, 6);
}

static void a_topic_whose_letters_go_elsewhere_is_noticed(void **state)
{
    (void)state;
    refuse_header(TOPIC, "source_topic", "dead", "a source_topic whose dead letters go there");
    refuse_header(TOPIC, "source_topic", "order", "a source_topic whose dead letters go there");
    refuse_header(TOPIC, "source_topic", NULL, "a source_topic whose dead letters go there");
}

static void a_partition_that_there_is_not_is_noticed(void **state)
{
    (void)state;
    refuse_header(PARTITION, "source_partition", "2",
                  "a source_partition of orders, a source_offset and source_attempts");
    refuse_header(PARTITION, "source_partition", "-1", "a source_partition of");
    refuse_header(PARTITION, "source_partition", "00", "a source_partition of");
    refuse_header(PARTITION, "source_partition", "", "a source_partition of");
    refuse_header(PARTITION, "source_partition", NULL, "a source_partition of");
}

static void an_offset_that_is_no_number_is_noticed(void **state)
{
    (void)state;
    refuse_header(OFFSET, "source_offset", "3 ", "a source_offset and");
    refuse_header(OFFSET, "source_offset", "3:", "a source_offset and");
    refuse_header(OFFSET, "source_offset", "03", "a source_offset and");
    refuse_header(OFFSET, "source_offset", "18446744073709551619", "a source_offset and");
}

static void an_offset_past_the_end_is_noticed(void **state)
{
    (void)state;
    refuse_header(OFFSET, "source_offset", "5",
                  "to have a source_offset that there is in orders/0, got one past the end");
}

static void another_group_is_noticed(void **state)
{
    (void)state;
    refuse_header(GROUP, "source_consumer_group", "billing_0",
                  "to have billing for its source_consumer_group, got another");
}

static void the_group_is_that_of_the_handler(void **state)
{
    (void)state;
    struct court *court = open_court("topic dead\nhandler s1 orders dead_letters=dead max_retries=1 group=audit\n");
    struct letter letter = good_letter();
    letter.headers[GROUP].value = "audit";
    send_letter(court, &letter);
    court_expect(court, 0);
    court_close(court);
}

static const char chain[] = USUAL "topic grave\nhandler s1 dead dead_letters=grave max_retries=0\n";

static void a_letter_that_belongs_to_another_topic_is_noticed(void **state)
{
    (void)state;
    struct court *court = open_court(chain);
    struct letter letter = good_letter();
    append(court, "grave", 0, &letter);
    court_expect(court, 6);
    court_close(court);
}

static void fail_on_dead(struct court *court)
{
    const struct carafe_failure failure = {.type = "consumer.consume.error", .error_class = "E", .message = "m"};
    const struct carafe_job_view job = {.type = CARAFE_JOB_CONSUME, .group = "billing", .topic = "dead", .attempt = 1};
    court_event(court, &(struct carafe_event){.kind = CARAFE_EVENT_ERROR_OCCURRED, .job = &job, .failure = &failure});
}

static void a_letter_of_a_letter_is_a_copy_with_all_its_headers(void **state)
{
    (void)state;
    const struct pair of_dead[] = {{"source_topic", "dead"},
                                   {"source_partition", "0"},
                                   {"source_offset", "0"},
                                   {"source_consumer_group", "billing"},
                                   {"source_attempts", "1"}};
    struct court *court = open_court(chain);
    struct letter letter = good_letter();
    send_letter(court, &letter);
    fail_on_dead(court);
    memcpy(&letter.headers[ATTEMPTS + 1], of_dead, sizeof of_dead);
    append(court, "grave", 0, &letter);
    court_expect(court, 0);
    letter.headers[ATTEMPTS].value = "1";
    append(court, "grave", 1, &letter);
    court_expect(court, 6);
    court_close(court);
}

/* ---- What is not sure -------------------------------------------------------------------------------------------- */

static void an_offset_that_is_not_known_may_be_one_of_a_storm(void **state)
{
    (void)state;
    struct court *court = open_court(USUAL "at 5s fault broker 1 bounce for 1s\n");
    court_stimulus(court, 0);
    struct letter letter = good_letter();
    letter.headers[OFFSET].value = "5";
    send_letter(court, &letter);
    court_expect(court, 0);
    court_close(court);
}

static void a_record_that_may_have_been_compressed_is_not_missed(void **state)
{
    (void)state;
    struct court *court = open_court(USUAL "server s2 kafka.compression.codec=lz4\nhandler s2 dead produces=orders\n"
                                           "at 1s start s2\n");
    struct letter letter = good_letter();
    letter.headers[OFFSET].value = "5";
    send_letter(court, &letter);
    court_expect(court, 0);
    court_close(court);
}

static void an_offset_in_a_gap_is_not_known(void **state)
{
    (void)state;
    struct court *court = open_court(USUAL);
    struct letter letter = good_letter();
    letter.headers[OFFSET].value = "1";
    send_letter(court, &letter);
    court_expect(court, 0);
    court_close(court);
}

static void what_others_append_is_no_letter(void **state)
{
    (void)state;
    struct court *court = open_court(USUAL "server s2\nhandler s2 orders\nat 1s start s2\n");
    struct letter record = {"load", NULL, "two", {{NULL, NULL}}};
    send_letter(court, &record);
    record.process = "s2";
    send_letter(court, &record);
    court_expect(court, 0);
    court_close(court);
}

static void what_a_script_produces_is_no_letter(void **state)
{
    (void)state;
    struct court *court = open_court(USUAL "topic other\nhandler s1 other produces=dead\n");
    struct letter record = {"s1", NULL, "two", {{NULL, NULL}}};
    send_letter(court, &record);
    dispatched(court, 3);
    court_expect(court, 0);
    court_close(court);
}

static void what_a_users_handler_produces_is_no_letter(void **state)
{
    (void)state;
    struct court *court = open_court(USUAL "topic other\nhandler s1 other use ./mine.so:consume\n");
    struct letter record = {"s1", NULL, "two", {{NULL, NULL}}};
    send_letter(court, &record);
    dispatched(court, 3);
    court_expect(court, 0);
    court_close(court);
}

/* ---- How often it was tried -------------------------------------------------------------------------------------- */

static void a_letter_after_too_few_attempts_is_noticed(void **state)
{
    (void)state;
    refuse_header(ATTEMPTS, "source_attempts", "1", "to have at least 2 for its source_attempts, got 1");
}

static void more_attempts_than_failures_told_are_noticed(void **state)
{
    (void)state;
    refuse_header(ATTEMPTS, "source_attempts", "3",
                  "to have at most 2 for its source_attempts, as its failures told, got 3");
}

static void attempts_that_are_no_number_are_noticed(void **state)
{
    (void)state;
    refuse_header(ATTEMPTS, "source_attempts", "two", "source_offset and source_attempts, got others");
}

static void three_retries_are_usual(void **state)
{
    (void)state;
    struct court *court = open_court("topic dead\nhandler s1 orders dead_letters=dead\n");
    struct letter letter = good_letter();
    court_failed_attempt(court, 0, 3, 3, 3);
    court_failed_attempt(court, 0, 3, 3, 4);
    letter.headers[ATTEMPTS].value = "4";
    send_letter(court, &letter);
    court_expect(court, 0);
    court_close(court);

    court = open_court("topic dead\nhandler s1 orders dead_letters=dead\n");
    court_failed_attempt(court, 0, 3, 3, 3);
    letter.headers[ATTEMPTS].value = "3";
    send_letter(court, &letter);
    court_expect(court, 6);
    court_close(court);
}

static void a_letter_that_was_not_delivered_is_sent_after_one_more_attempt(void **state)
{
    (void)state;
    struct court *court = open_court(USUAL);
    struct letter letter = good_letter();
    court_failed_attempt(court, 0, 3, 3, 3);
    letter.headers[ATTEMPTS].value = "3";
    send_letter(court, &letter);
    court_expect(court, 0);
    court_close(court);
}

static void a_letter_of_before_may_come_after_the_first_failure_of_the_next(void **state)
{
    (void)state;
    struct court *court = open_court(USUAL);
    struct letter letter = good_letter();
    court_assigned(court, "s1", 0, false);
    court_assigned(court, "s1", 0, true);
    court_failed_attempt(court, 0, 3, 3, 1);
    send_letter(court, &letter);
    court_expect(court, 0);
    court_close(court);
}

/* ---- Once -------------------------------------------------------------------------------------------------------- */

static struct court *open_and_send(const char *more)
{
    struct court *court = open_court(more);
    struct letter letter = good_letter();
    send_letter(court, &letter);
    dispatched(court, 3);
    court_expect(court, 0);
    return court;
}

static void send_again(struct court *court, int number)
{
    struct letter letter = good_letter();
    fail_twice(court, 3);
    send_letter(court, &letter);
    court_expect(court, number);
    court_close(court);
}

static void a_second_letter_of_a_message_is_noticed(void **state)
{
    (void)state;
    send_again(open_and_send(USUAL), 6);
}

static void a_letter_of_a_message_before_the_last_is_noticed(void **state)
{
    (void)state;
    struct court *court = open_and_send(USUAL);
    struct letter letter = good_letter();
    letter.key = NULL;
    letter.payload = "two";
    memmove(&letter.headers[SECOND], &letter.headers[TOPIC], 5 * sizeof letter.headers[0]);
    letter.headers[6] = (struct pair){NULL, NULL};
    letter.headers[3].value = "2";
    send_letter(court, &letter);
    court_expect(court, 6);
    court_close(court);
}

static void a_partition_that_comes_back_may_be_sent_again(void **state)
{
    (void)state;
    struct court *court = open_and_send(USUAL);
    court_assigned(court, "s1", 0, false);
    court_assigned(court, "s1", 0, true);
    send_again(court, 0);
}

static void another_life_may_send_again_once(void **state)
{
    (void)state;
    struct court *court = open_and_send(USUAL);
    court_crash(court);
    court_assigned(court, "s1", 0, true);
    fail_twice(court, 3);
    struct letter letter = good_letter();
    send_letter(court, &letter);
    court_expect(court, 0);
    send_again(court, 6);
}

static void a_handler_that_seeks_may_send_again(void **state)
{
    (void)state;
    send_again(open_and_send(USUAL "handler s1 orders/1 seeks=0\n"), 0);
}

static void a_producer_may_send_again_after_a_fault(void **state)
{
    (void)state;
    struct court *court = open_and_send(USUAL "at 5s fault broker 1 bounce for 1s\n");
    court_stimulus(court, 0);
    send_again(court, 0);
}

/* ---- Before it is committed -------------------------------------------------------------------------------------- */

static void a_letter_of_what_its_sender_has_committed_is_noticed(void **state)
{
    (void)state;
    struct court *court = court_open(USUAL);
    load(court);
    court_assigned(court, "s1", 0, true);
    court_handled(court, "s1", 0, 0, 3);
    court_commit(court, "s1", 0, 4, 0);
    send_again(court, 6);
}

static void a_letter_of_what_another_has_committed_is_sound(void **state)
{
    (void)state;
    struct court *court = court_open(USUAL "server s2 group=billing\nhandler s2 orders\nat 1s start s2\n");
    load(court);
    court_assigned(court, "s1", 0, true);
    court_handled(court, "s2", 0, 0, 3);
    court_commit(court, "s2", 0, 4, 0);
    send_again(court, 0);
}

/* ---- Told after it has arrived ----------------------------------------------------------------------------------- */

static void a_letter_that_is_told_and_nowhere_is_noticed(void **state)
{
    (void)state;
    struct court *court = open_court(USUAL);
    dispatched(court, 3);
    court_expect(court, 6);
    court_close(court);
}

static void a_letter_of_another_offset_is_not_the_one_that_is_told(void **state)
{
    (void)state;
    struct court *court = open_and_send(USUAL);
    dispatched(court, 4);
    court_expect(court, 6);
    court_close(court);
}

static void a_letter_of_another_life_is_not_the_one_that_is_told(void **state)
{
    (void)state;
    struct court *court = open_and_send(USUAL);
    court_crash(court);
    court_assigned(court, "s1", 0, true);
    dispatched(court, 3);
    court_expect(court, 6);
    court_close(court);
}

static void a_letter_of_before_may_be_told_when_its_partition_has_come_back(void **state)
{
    (void)state;
    struct court *court = open_and_send(USUAL);
    court_assigned(court, "s1", 0, false);
    court_assigned(court, "s1", 0, true);
    dispatched(court, 4);
    court_expect(court, 0);
    court_close(court);
}

/* ---- Settings ---------------------------------------------------------------------------------------------------- */

static struct court *open_with(const char *settings)
{
    char text[1024];
    snprintf(text, sizeof text,
             "cluster brokers=1\ntopic orders partitions=2\ntopic dead\nserver s1 group=billing %s\n"
             "handler s1 orders dead_letters=dead max_retries=1\nat 0 start s1\n",
             settings);
    struct court *court = court_open_program(text);
    load(court);
    court_assigned(court, "s1", 0, true);
    fail_twice(court, 3);
    return court;
}

static void send_twice(const char *settings, int number)
{
    struct court *court = open_with(settings);
    struct letter letter = good_letter();
    send_letter(court, &letter);
    send_again(court, number);
}

static void who_awaits_no_answer_tells_before_it_arrives(void **state)
{
    (void)state;
    struct court *court = open_with("kafka.acks=0");
    dispatched(court, 3);
    court_expect(court, 0);
    court_close(court);
}

static void who_awaits_no_answer_may_send_again(void **state)
{
    (void)state;
    send_twice("kafka.acks=0", 0);
}

static void who_lets_requests_time_out_may_send_again(void **state)
{
    (void)state;
    send_twice("kafka.message.timeout.ms=10", 0);
}

static void the_timeout_of_a_session_is_none_of_a_request(void **state)
{
    (void)state;
    send_twice("kafka.session.timeout.ms=6000 kafka.linger.ms=10", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_that_says_where_it_comes_from_is_sound),
        cmocka_unit_test(another_key_is_noticed),
        cmocka_unit_test(a_key_that_became_null_is_noticed),
        cmocka_unit_test(another_payload_is_noticed),
        cmocka_unit_test(a_null_payload_that_became_empty_is_noticed),
        cmocka_unit_test(a_header_of_the_source_that_is_missing_is_noticed),
        cmocka_unit_test(headers_of_the_source_in_another_order_are_noticed),
        cmocka_unit_test(another_header_of_the_source_is_noticed),
        cmocka_unit_test(a_record_of_another_offset_is_noticed),
        cmocka_unit_test(a_record_that_is_no_letter_is_noticed),
        cmocka_unit_test(source_headers_of_other_names_are_noticed),
        cmocka_unit_test(source_headers_before_those_of_the_source_are_noticed),
        cmocka_unit_test(a_topic_whose_letters_go_elsewhere_is_noticed),
        cmocka_unit_test(a_partition_that_there_is_not_is_noticed),
        cmocka_unit_test(an_offset_that_is_no_number_is_noticed),
        cmocka_unit_test(an_offset_past_the_end_is_noticed),
        cmocka_unit_test(another_group_is_noticed),
        cmocka_unit_test(the_group_is_that_of_the_handler),
        cmocka_unit_test(a_letter_that_belongs_to_another_topic_is_noticed),
        cmocka_unit_test(a_letter_of_a_letter_is_a_copy_with_all_its_headers),
        cmocka_unit_test(an_offset_that_is_not_known_may_be_one_of_a_storm),
        cmocka_unit_test(a_record_that_may_have_been_compressed_is_not_missed),
        cmocka_unit_test(an_offset_in_a_gap_is_not_known),
        cmocka_unit_test(what_others_append_is_no_letter),
        cmocka_unit_test(what_a_script_produces_is_no_letter),
        cmocka_unit_test(what_a_users_handler_produces_is_no_letter),
        cmocka_unit_test(a_letter_after_too_few_attempts_is_noticed),
        cmocka_unit_test(more_attempts_than_failures_told_are_noticed),
        cmocka_unit_test(attempts_that_are_no_number_are_noticed),
        cmocka_unit_test(three_retries_are_usual),
        cmocka_unit_test(a_letter_that_was_not_delivered_is_sent_after_one_more_attempt),
        cmocka_unit_test(a_letter_of_before_may_come_after_the_first_failure_of_the_next),
        cmocka_unit_test(a_second_letter_of_a_message_is_noticed),
        cmocka_unit_test(a_letter_of_a_message_before_the_last_is_noticed),
        cmocka_unit_test(a_partition_that_comes_back_may_be_sent_again),
        cmocka_unit_test(another_life_may_send_again_once),
        cmocka_unit_test(a_handler_that_seeks_may_send_again),
        cmocka_unit_test(a_producer_may_send_again_after_a_fault),
        cmocka_unit_test(a_letter_of_what_its_sender_has_committed_is_noticed),
        cmocka_unit_test(a_letter_of_what_another_has_committed_is_sound),
        cmocka_unit_test(a_letter_that_is_told_and_nowhere_is_noticed),
        cmocka_unit_test(a_letter_of_another_offset_is_not_the_one_that_is_told),
        cmocka_unit_test(a_letter_of_another_life_is_not_the_one_that_is_told),
        cmocka_unit_test(a_letter_of_before_may_be_told_when_its_partition_has_come_back),
        cmocka_unit_test(who_awaits_no_answer_tells_before_it_arrives),
        cmocka_unit_test(who_awaits_no_answer_may_send_again),
        cmocka_unit_test(who_lets_requests_time_out_may_send_again),
        cmocka_unit_test(the_timeout_of_a_session_is_none_of_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
