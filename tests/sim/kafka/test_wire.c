#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kafka/names.h"
#include "kafka/wire.h"
#include "frames.h"

#define GENERATION      7
#define NOT_COORDINATOR 16

/* Everything that was told, as lines. */
struct told {
    char text[8192];
    size_t len;
    int undecodable;
    int fetched;
};

static void tell(struct told *told, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(told->text + told->len, sizeof told->text - told->len, format, arguments);
    va_end(arguments);
    assert_true(written >= 0 && (size_t)written < sizeof told->text - told->len);
    told->len += (size_t)written;
}

static void tell_record(struct told *told, const char *word, const struct wire_record *record)
{
    tell(told, "%s %s/%d@%lld key=%.*s payload=%.*s headers=%zu acks=%d error=%d by=%lld over=%llu:%u at=%lld..%lld\n",
         word, record->topic, (int)record->partition, (long long)record->offset, (int)record->record->key.len,
         record->record->key.len > 0 ? (const char *)record->record->key.bytes : "", (int)record->record->payload.len,
         record->record->payload.len > 0 ? (const char *)record->record->payload.bytes : "",
         record->record->header_count, record->acks, record->error, (long long)record->origin->process,
         (unsigned long long)record->origin->connection, record->origin->port, (long long)record->requested_ns,
         (long long)record->origin->now_ns);
}

static void on_appended(const struct wire_record *record, void *owner)
{
    tell_record(owner, "appended", record);
}

static void on_refused(const struct wire_record *record, void *owner)
{
    tell_record(owner, "refused", record);
}

static void on_committed(const struct wire_commit *commit, void *owner)
{
    tell(owner, "committed %s %s generation=%d %s/%d@%lld error=%d\n", commit->group, commit->member,
         (int)commit->generation, commit->topic, (int)commit->partition, (long long)commit->offset, commit->error);
}

static void on_membership(const struct wire_membership *membership, void *owner)
{
    static const char *const WORDS[] = {"joined", "synced", "heartbeat", "left"};
    tell(owner, "%s %s %s instance=%s generation=%d error=%d", WORDS[membership->kind], membership->group,
         membership->member, membership->instance == NULL ? "-" : membership->instance, (int)membership->generation,
         membership->error);
    if (membership->kind == WIRE_JOINED) {
        tell(owner, " session=%d protocol=%s leader=%d", (int)membership->session_timeout_ms,
             membership->protocol == NULL ? "-" : membership->protocol, membership->leader);
    }
    for (size_t i = 0; i < membership->assigned_count; i++) {
        tell(owner, " %s/%d", membership->assigned[i].topic, (int)membership->assigned[i].partition);
    }
    tell(owner, "\n");
}

static void on_coordinator(const struct wire_coordinator *coordinator, void *owner)
{
    tell(owner, "coordinator %s broker=%d error=%d\n", coordinator->group, (int)coordinator->broker,
         coordinator->error);
}

static void on_position(const struct wire_position *position, void *owner)
{
    tell(owner, "position %s %s/%d@%lld error=%d\n", position->group, position->topic, (int)position->partition,
         (long long)position->offset, position->error);
}

static void on_fetched(const struct wire_origin *origin, void *owner)
{
    (void)origin;
    ((struct told *)owner)->fetched++;
}

static void on_compressed(const struct wire_origin *origin, const char *topic, int32_t partition, int64_t count,
                          const char *why, void *owner)
{
    (void)origin;
    tell(owner, "compressed %s/%d count=%lld %s\n", topic, (int)partition, (long long)count, why);
}

static void on_undecodable(const struct wire_origin *origin, const char *why, void *owner)
{
    (void)origin;
    assert_non_null(why);
    ((struct told *)owner)->undecodable++;
}

/* A connection and what it told. */
struct fixture {
    struct told told;
    struct wire_observer observer;
    struct wire_connection *connection;
};

static void open_wire(struct fixture *fixture)
{
    memset(&fixture->told, 0, sizeof fixture->told);
    fixture->observer = (struct wire_observer){
        .appended = on_appended,
        .refused = on_refused,
        .committed = on_committed,
        .membership = on_membership,
        .coordinator = on_coordinator,
        .position = on_position,
        .fetched = on_fetched,
        .compressed = on_compressed,
        .undecodable = on_undecodable,
        .owner = &fixture->told,
    };
    fixture->connection = wire_open(&fixture->observer, 3, 40000, 1001);
    assert_non_null(fixture->connection);
}

static void close_wire(struct fixture *fixture)
{
    wire_close(fixture->connection, 99);
}

/* Feed a request, then its answer (NULL: none); everything is copied to the heap at its exact length. */
static void feed(struct fixture *fixture, const struct frame *request, const struct frame *answer)
{
    for (int side = 0; side < 2; side++) {
        const struct frame *frame = side == 0 ? request : answer;
        if (frame == NULL) {
            continue;
        }
        uint8_t *bytes = malloc(frame->len);
        assert_non_null(bytes);
        memcpy(bytes, frame->bytes, frame->len);
        (side == 0 ? wire_read : wire_written)(fixture->connection, bytes, frame->len, side == 0 ? 10 : 20);
        free(bytes);
    }
}

static void expect(const struct frame *request, const struct frame *answer, const char *text)
{
    struct fixture fixture;
    open_wire(&fixture);
    feed(&fixture, request, answer);
    assert_string_equal(fixture.told.text, text);
    assert_int_equal(fixture.told.undecodable, 0);
    close_wire(&fixture);
    assert_string_equal(fixture.told.text, text);
    assert_int_equal(fixture.told.undecodable, 0);
}

/* ---- requests and answers by hand ---- */

static struct frame produce_request(int version, int acks, int attributes)
{
    struct frame frame = request_begin(KAFKA_API_PRODUCE, version, 5);
    put_string(&frame, NULL); /* transactional id */
    put_int(&frame, 2, acks);
    put_int(&frame, 4, 30000);
    put_int(&frame, 4, 1);
    put_string(&frame, "orders");
    put_int(&frame, 4, 1);
    put_int(&frame, 4, 2);
    struct frame body = {.len = 0};
    put_record(&body, 0, "k", "one", 0);
    put_record(&body, 1, NULL, "two", 2);
    struct frame batch = {.len = 0};
    put_batch(&batch, attributes, 2, &body);
    put_bytes(&frame, &batch);
    frame_end(&frame);
    return frame;
}

static struct frame produce_answer(int version, int error, int64_t base_offset)
{
    struct frame frame = answer_begin(5);
    put_int(&frame, 4, 1);
    put_string(&frame, "orders");
    put_int(&frame, 4, 1);
    put_int(&frame, 4, 2);
    put_int(&frame, 2, error);
    put_int(&frame, 8, base_offset);
    put_int(&frame, 8, -1);
    if (version >= 6) {
        put_int(&frame, 8, 0);
    }
    put_int(&frame, 4, 0);
    frame_end(&frame);
    return frame;
}

static struct frame commit_request(int version)
{
    struct frame frame = request_begin(KAFKA_API_OFFSET_COMMIT, version, 6);
    put_string(&frame, "billing");
    if (version >= 1) {
        put_int(&frame, 4, GENERATION);
        put_string(&frame, "member-1");
    }
    if (version >= 7) {
        put_string(&frame, NULL);
    }
    if (version >= 2 && version <= 4) {
        put_int(&frame, 8, -1);
    }
    put_int(&frame, 4, 1);
    put_string(&frame, "orders");
    put_int(&frame, 4, 2);
    for (int partition = 0; partition < 2; partition++) {
        put_int(&frame, 4, partition);
        put_int(&frame, 8, 40 + partition);
        if (version >= 6) {
            put_int(&frame, 4, -1);
        }
        if (version == 1) {
            put_int(&frame, 8, -1);
        }
        put_string(&frame, "");
    }
    frame_end(&frame);
    return frame;
}

static struct frame commit_answer(int version)
{
    struct frame frame = answer_begin(6);
    if (version >= 3) {
        put_int(&frame, 4, 0);
    }
    put_int(&frame, 4, 1);
    put_string(&frame, "orders");
    put_int(&frame, 4, 2);
    for (int partition = 0; partition < 2; partition++) {
        put_int(&frame, 4, partition);
        put_int(&frame, 2, partition == 0 ? 0 : NOT_COORDINATOR);
    }
    frame_end(&frame);
    return frame;
}

static struct frame fetch_offsets_request(int version)
{
    struct frame frame = request_begin(KAFKA_API_OFFSET_FETCH, version, 7);
    put_string(&frame, "billing");
    put_int(&frame, 4, 1);
    put_string(&frame, "orders");
    put_int(&frame, 4, 1);
    put_int(&frame, 4, 3);
    frame_end(&frame);
    return frame;
}

static struct frame fetch_offsets_answer(int version)
{
    struct frame frame = answer_begin(7);
    if (version >= 3) {
        put_int(&frame, 4, 0);
    }
    put_int(&frame, 4, 1);
    put_string(&frame, "orders");
    put_int(&frame, 4, 1);
    put_int(&frame, 4, 3);
    put_int(&frame, 8, 41);
    if (version >= 5) {
        put_int(&frame, 4, -1);
    }
    put_string(&frame, "");
    put_int(&frame, 2, 0);
    if (version >= 2) {
        put_int(&frame, 2, 0);
    }
    frame_end(&frame);
    return frame;
}

static struct frame coordinator_request(int version)
{
    struct frame frame = request_begin(KAFKA_API_FIND_COORDINATOR, version, 8);
    put_string(&frame, "billing");
    if (version >= 1) {
        put_int(&frame, 1, 0);
    }
    frame_end(&frame);
    return frame;
}

static struct frame coordinator_answer(int version)
{
    struct frame frame = answer_begin(8);
    if (version >= 1) {
        put_int(&frame, 4, 0);
    }
    put_int(&frame, 2, 0);
    if (version >= 1) {
        put_string(&frame, NULL);
    }
    put_int(&frame, 4, 2);
    put_string(&frame, "localhost");
    put_int(&frame, 4, 40001);
    frame_end(&frame);
    return frame;
}

static struct frame join_request(int version, const char *member)
{
    struct frame frame = request_begin(KAFKA_API_JOIN_GROUP, version, 9);
    put_string(&frame, "billing");
    put_int(&frame, 4, 6000);
    if (version >= 1) {
        put_int(&frame, 4, 60000);
    }
    put_string(&frame, member);
    if (version >= 5) {
        put_string(&frame, "node-1");
    }
    put_string(&frame, "consumer");
    put_int(&frame, 4, 1);
    put_string(&frame, "range");
    put_bytes(&frame, &(struct frame){.bytes = {0, 1, 2}, .len = 3});
    frame_end(&frame);
    return frame;
}

static struct frame join_answer(int version, int error)
{
    struct frame frame = answer_begin(9);
    if (version >= 2) {
        put_int(&frame, 4, 0);
    }
    put_int(&frame, 2, error);
    put_int(&frame, 4, error == 0 ? GENERATION : -1);
    put_string(&frame, error == 0 ? "range" : NULL);
    put_string(&frame, error == 0 ? "member-1" : NULL);
    put_string(&frame, error == 0 ? "member-1" : NULL);
    put_int(&frame, 4, error == 0 ? 1 : 0);
    if (error == 0) {
        put_string(&frame, "member-1");
        if (version >= 5) {
            put_string(&frame, NULL);
        }
        put_bytes(&frame, &(struct frame){.bytes = {0, 1, 2}, .len = 3});
    }
    frame_end(&frame);
    return frame;
}

static struct frame sync_request(int version)
{
    struct frame frame = request_begin(KAFKA_API_SYNC_GROUP, version, 10);
    put_string(&frame, "billing");
    put_int(&frame, 4, GENERATION);
    put_string(&frame, "member-1");
    if (version >= 3) {
        put_string(&frame, "node-1");
    }
    put_int(&frame, 4, 1);
    put_string(&frame, "member-1");
    put_bytes(&frame, &(struct frame){.bytes = {0, 1, 2}, .len = 3});
    frame_end(&frame);
    return frame;
}

static void put_assignment(struct frame *frame)
{
    struct frame assignment = {.len = 0};
    put_int(&assignment, 2, 0);
    put_int(&assignment, 4, 2);
    put_string(&assignment, "a");
    put_int(&assignment, 4, 2);
    put_int(&assignment, 4, 0);
    put_int(&assignment, 4, 4);
    put_string(&assignment, "orders");
    put_int(&assignment, 4, 1);
    put_int(&assignment, 4, 1);
    put_int(&assignment, 4, -1); /* no user data */
    put_bytes(frame, &assignment);
}

static struct frame sync_answer(int version, int error)
{
    struct frame frame = answer_begin(10);
    if (version >= 1) {
        put_int(&frame, 4, 0);
    }
    put_int(&frame, 2, error);
    if (error == 0) {
        put_assignment(&frame);
    } else {
        put_int(&frame, 4, -1);
    }
    frame_end(&frame);
    return frame;
}

static struct frame heartbeat_request(int version)
{
    struct frame frame = request_begin(KAFKA_API_HEARTBEAT, version, 11);
    put_string(&frame, "billing");
    put_int(&frame, 4, GENERATION);
    put_string(&frame, "member-1");
    if (version >= 3) {
        put_string(&frame, NULL);
    }
    frame_end(&frame);
    return frame;
}

static struct frame leave_request(int version)
{
    struct frame frame = request_begin(KAFKA_API_LEAVE_GROUP, version, 11);
    put_string(&frame, "billing");
    put_string(&frame, "member-1");
    frame_end(&frame);
    return frame;
}

/* Of Heartbeat and LeaveGroup. */
static struct frame short_answer(int version, int error)
{
    struct frame frame = answer_begin(11);
    if (version >= 1) {
        put_int(&frame, 4, 0);
    }
    put_int(&frame, 2, error);
    frame_end(&frame);
    return frame;
}

/* ---- Produce ---- */

#define APPENDED                                                                                                       \
    "appended orders/2@100 key=k payload=one headers=0 acks=-1 error=0 by=1001 over=3:40000 at=10..20\n"               \
    "appended orders/2@101 key= payload=two headers=2 acks=-1 error=0 by=1001 over=3:40000 at=10..20\n"

static void records_are_told_with_their_offsets_when_the_answer_is_written(void **state)
{
    (void)state;
    for (int version = 3; version <= 7; version++) {
        struct frame request = produce_request(version, -1, 0);
        struct frame answer = produce_answer(version, 0, 100);
        expect(&request, &answer, APPENDED);
    }
}

static void records_that_the_broker_refuses_are_told_with_its_error(void **state)
{
    (void)state;
    struct frame request = produce_request(7, 1, 0);
    struct frame answer = produce_answer(7, 6, -1);
    expect(&request, &answer,
           "refused orders/2@-1 key=k payload=one headers=0 acks=1 error=6 by=1001 over=3:40000 at=10..20\n"
           "refused orders/2@-1 key= payload=two headers=2 acks=1 error=6 by=1001 over=3:40000 at=10..20\n");
}

static void a_batch_the_broker_knew_already_is_not_told_again(void **state)
{
    (void)state;
    struct frame request = produce_request(7, -1, 0);
    struct frame answer = produce_answer(7, 0, -1);
    expect(&request, &answer, "");
}

#define AT_ONCE                                                                                                        \
    "appended orders/2@-1 key=k payload=one headers=0 acks=0 error=0 by=1001 over=3:40000 at=10..10\n"                 \
    "appended orders/2@-1 key= payload=two headers=2 acks=0 error=0 by=1001 over=3:40000 at=10..10\n"

static void records_without_acks_are_told_at_the_request_and_once(void **state)
{
    (void)state;
    struct frame request = produce_request(7, 0, 0);
    struct frame answer = produce_answer(7, 0, 100);
    expect(&request, NULL, AT_ONCE);
    expect(&request, &answer, AT_ONCE);
}

static void requests_without_acks_never_fill_the_bound(void **state)
{
    (void)state;
    struct fixture fixture;
    open_wire(&fixture);
    fixture.observer.appended = NULL;
    struct frame request = produce_request(7, 0, 0);
    for (int i = 0; i < 2 * WIRE_PENDING_MAX; i++) {
        feed(&fixture, &request, NULL);
    }
    assert_int_equal(fixture.told.undecodable, 0);
    close_wire(&fixture);
}

static void records_of_another_codec_are_told_as_compressed(void **state)
{
    (void)state;
    struct frame request = produce_request(7, -1, 3);
    struct frame answer = produce_answer(7, 0, 100);
    expect(&request, &answer, "compressed orders/2 count=2 records: codec: expected none or gzip, got lz4\n");
}

#define UNANSWERED                                                                                                     \
    "refused orders/2@-1 key=k payload=one headers=0 acks=-1 error=-32768 by=1001 over=3:40000 at=10..30\n"            \
    "refused orders/2@-1 key= payload=two headers=2 acks=-1 error=-32768 by=1001 over=3:40000 at=10..30\n"

static void records_without_an_answer_are_told_when_the_connection_ends(void **state)
{
    (void)state;
    struct fixture fixture;
    open_wire(&fixture);
    struct frame request = produce_request(7, -1, 0);
    feed(&fixture, &request, NULL);
    assert_string_equal(fixture.told.text, "");
    wire_end(fixture.connection, 30);
    assert_string_equal(fixture.told.text, UNANSWERED);
    close_wire(&fixture);
    assert_string_equal(fixture.told.text, UNANSWERED);
}

static void a_request_read_after_the_end_is_told_as_unanswered(void **state)
{
    (void)state;
    struct fixture fixture;
    open_wire(&fixture);
    wire_end(fixture.connection, 5);
    struct frame request = leave_request(1);
    struct frame answer = short_answer(1, 0);
    feed(&fixture, &request, &answer);
    assert_string_equal(fixture.told.text, "left billing member-1 instance=- generation=-1 error=-32768\n");
    close_wire(&fixture);
}

/* ---- offsets ---- */

static void commits_are_told_with_the_error_of_each_partition(void **state)
{
    (void)state;
    for (int version = 1; version <= 7; version++) {
        struct frame request = commit_request(version);
        struct frame answer = commit_answer(version);
        expect(&request, &answer,
               "committed billing member-1 generation=7 orders/0@40 error=0\n"
               "committed billing member-1 generation=7 orders/1@41 error=16\n");
    }
}

static void a_commit_outside_of_a_group_has_no_member(void **state)
{
    (void)state;
    struct frame request = commit_request(0);
    struct frame answer = commit_answer(0);
    expect(&request, &answer,
           "committed billing  generation=-1 orders/0@40 error=0\n"
           "committed billing  generation=-1 orders/1@41 error=16\n");
}

static void positions_are_told(void **state)
{
    (void)state;
    for (int version = 0; version <= 5; version++) {
        struct frame request = fetch_offsets_request(version);
        struct frame answer = fetch_offsets_answer(version);
        expect(&request, &answer, "position billing orders/3@41 error=0\n");
    }
}

static void coordinators_are_told(void **state)
{
    (void)state;
    for (int version = 0; version <= 2; version++) {
        struct frame request = coordinator_request(version);
        struct frame answer = coordinator_answer(version);
        expect(&request, &answer, "coordinator billing broker=2 error=0\n");
    }
}

/* ---- groups ---- */

static void a_join_is_told_with_generation_and_given_member(void **state)
{
    (void)state;
    for (int version = 0; version <= 5; version++) {
        struct frame request = join_request(version, "");
        struct frame answer = join_answer(version, 0);
        char text[256];
        (void)snprintf(
            text, sizeof text,
            "joined billing member-1 instance=%s generation=7 error=0 session=6000 protocol=range leader=1\n",
            version >= 5 ? "node-1" : "-");
        expect(&request, &answer, text);
    }
}

static void a_refused_join_is_told_with_the_member_it_came_with(void **state)
{
    (void)state;
    struct frame request = join_request(5, "member-0");
    struct frame answer = join_answer(5, 25);
    expect(&request, &answer,
           "joined billing member-0 instance=node-1 generation=-1 error=25 session=6000 protocol=- leader=0\n");
}

static void a_sync_is_told_with_its_partitions(void **state)
{
    (void)state;
    for (int version = 0; version <= 3; version++) {
        struct frame request = sync_request(version);
        struct frame answer = sync_answer(version, 0);
        char text[256];
        (void)snprintf(text, sizeof text, "synced billing member-1 instance=%s generation=7 error=0 a/0 a/4 orders/1\n",
                       version >= 3 ? "node-1" : "-");
        expect(&request, &answer, text);
    }
}

static void a_refused_sync_has_no_partitions(void **state)
{
    (void)state;
    struct frame request = sync_request(3);
    struct frame answer = sync_answer(3, 27);
    expect(&request, &answer, "synced billing member-1 instance=node-1 generation=7 error=27\n");
}

static void an_assignment_past_the_bound_is_undecodable(void **state)
{
    (void)state;
    struct fixture fixture;
    open_wire(&fixture);
    struct frame request = sync_request(3);
    feed(&fixture, &request, NULL);
    size_t len = 4 + 4 + 4 + 2 + 4 + 2 + 4 + 2 + 1 + 4 + 4 * (WIRE_ASSIGNMENT_MAX + 1);
    struct frame head = answer_begin(10);
    put_int(&head, 4, 0);
    put_int(&head, 2, 0);
    put_int(&head, 4, (int64_t)len - 18);
    put_int(&head, 2, 0);
    put_int(&head, 4, 1);
    put_string(&head, "a");
    put_int(&head, 4, WIRE_ASSIGNMENT_MAX + 1);
    set_int(&head, 0, 4, len - 4);
    uint8_t *bytes = calloc(1, len);
    assert_non_null(bytes);
    memcpy(bytes, head.bytes, head.len);
    wire_written(fixture.connection, bytes, len, 20);
    free(bytes);
    assert_string_equal(fixture.told.text, "");
    assert_int_equal(fixture.told.undecodable, 1);
    close_wire(&fixture);
}

static void heartbeats_and_leaves_are_told(void **state)
{
    (void)state;
    for (int version = 0; version <= 3; version++) {
        struct frame request = heartbeat_request(version);
        struct frame answer = short_answer(version, 27);
        expect(&request, &answer, "heartbeat billing member-1 instance=- generation=7 error=27\n");
    }
    for (int version = 0; version <= 1; version++) {
        struct frame request = leave_request(version);
        struct frame answer = short_answer(version, 0);
        expect(&request, &answer, "left billing member-1 instance=- generation=-1 error=0\n");
    }
}

/* ---- hostile bytes ---- */

/* One exchange of every kind that is decoded. */
struct sample {
    struct frame request;
    struct frame answer;
};

#define SAMPLES 9

static void make_samples(struct sample *samples)
{
    samples[0] = (struct sample){produce_request(7, -1, 0), produce_answer(7, 0, 100)};
    samples[1] = (struct sample){commit_request(7), commit_answer(7)};
    samples[2] = (struct sample){fetch_offsets_request(5), fetch_offsets_answer(5)};
    samples[3] = (struct sample){coordinator_request(2), coordinator_answer(2)};
    samples[4] = (struct sample){join_request(5, "member-1"), join_answer(5, 0)};
    samples[5] = (struct sample){sync_request(3), sync_answer(3, 0)};
    samples[6] = (struct sample){heartbeat_request(3), short_answer(3, 0)};
    samples[7] = (struct sample){leave_request(1), short_answer(1, 0)};
    samples[8] = (struct sample){produce_request(3, -1, 0), produce_answer(3, 0, 100)};
}

static struct frame cut(const struct frame *frame, size_t len)
{
    struct frame shorter = *frame;
    shorter.len = len;
    frame_end(&shorter);
    return shorter;
}

static void a_request_cut_at_any_length_is_undecodable_once(void **state)
{
    (void)state;
    static struct sample samples[SAMPLES];
    make_samples(samples);
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t len = 4; len < samples[i].request.len; len++) {
            struct fixture fixture;
            open_wire(&fixture);
            struct frame request = cut(&samples[i].request, len);
            feed(&fixture, &request, &samples[i].answer);
            feed(&fixture, &samples[i].request, &samples[i].answer);
            close_wire(&fixture);
            /* What OffsetFetch asks for is not read: the answer names it. */
            bool unread = i == 2 && len >= 4 + 8 + 8 + 9;
            assert_int_equal(fixture.told.undecodable, unread ? 0 : 1);
        }
    }
}

static void an_answer_cut_at_any_length_is_undecodable_once(void **state)
{
    (void)state;
    static struct sample samples[SAMPLES];
    make_samples(samples);
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t len = 4; len < samples[i].answer.len; len++) {
            struct fixture fixture;
            open_wire(&fixture);
            struct frame answer = cut(&samples[i].answer, len);
            feed(&fixture, &samples[i].request, &answer);
            feed(&fixture, &samples[i].request, &samples[i].answer);
            close_wire(&fixture);
            assert_int_equal(fixture.told.undecodable, 1);
        }
    }
}

static void bytes_changed_anywhere_do_no_harm(void **state)
{
    (void)state;
    static struct sample samples[SAMPLES];
    make_samples(samples);
    static const uint8_t VALUES[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    for (size_t i = 0; i < SAMPLES; i++) {
        size_t total = samples[i].request.len + samples[i].answer.len;
        for (size_t at = 0; at < total * sizeof VALUES; at++) {
            struct sample changed = samples[i];
            size_t place = at / sizeof VALUES;
            uint8_t *byte = place < changed.request.len ? &changed.request.bytes[place]
                                                        : &changed.answer.bytes[place - changed.request.len];
            *byte = VALUES[at % sizeof VALUES];
            struct fixture fixture;
            open_wire(&fixture);
            feed(&fixture, &changed.request, &changed.answer);
            close_wire(&fixture);
            assert_in_range(fixture.told.undecodable, 0, 1);
        }
    }
}

static void it_does_not_matter_where_the_bytes_are_cut(void **state)
{
    (void)state;
    static struct sample samples[SAMPLES];
    make_samples(samples);
    struct fixture whole;
    struct fixture cut_up;
    open_wire(&whole);
    open_wire(&cut_up);
    for (size_t i = 0; i < SAMPLES; i++) {
        feed(&whole, &samples[i].request, &samples[i].answer);
        for (size_t at = 0; at < samples[i].request.len; at++) {
            wire_read(cut_up.connection, samples[i].request.bytes + at, 1, 10);
        }
        for (size_t at = 0; at < samples[i].answer.len; at++) {
            wire_written(cut_up.connection, samples[i].answer.bytes + at, 1, 20);
        }
    }
    assert_string_equal(whole.told.text, cut_up.told.text);
    assert_non_null(strstr(whole.told.text, APPENDED));
    close_wire(&whole);
    close_wire(&cut_up);
}

static void several_frames_in_one_read_are_all_told(void **state)
{
    (void)state;
    struct frame requests = commit_request(7);
    struct frame second = leave_request(1);
    put_raw(&requests, second.bytes, second.len);
    struct frame answers = commit_answer(7);
    struct frame last = short_answer(1, 0);
    put_raw(&answers, last.bytes, last.len);
    expect(&requests, &answers,
           "committed billing member-1 generation=7 orders/0@40 error=0\n"
           "committed billing member-1 generation=7 orders/1@41 error=16\n"
           "left billing member-1 instance=- generation=-1 error=0\n");
}

static void expect_undecodable(const struct frame *request, const struct frame *answer)
{
    struct fixture fixture;
    open_wire(&fixture);
    feed(&fixture, request, answer);
    assert_int_equal(fixture.told.undecodable, 1);
    struct frame good_request = leave_request(1);
    struct frame good_answer = short_answer(1, 0);
    feed(&fixture, &good_request, &good_answer);
    close_wire(&fixture);
    assert_string_equal(fixture.told.text, "");
    assert_int_equal(fixture.told.undecodable, 1);
}

static void a_frame_of_a_wrong_size_is_undecodable(void **state)
{
    (void)state;
    static const int64_t SIZES[] = {-1, 0, 7, WIRE_FRAME_MAX + 1, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        struct frame frame = leave_request(1);
        set_int(&frame, 0, 4, (uint64_t)SIZES[i]);
        expect_undecodable(&frame, NULL);
    }
}

static void an_answer_to_no_request_is_undecodable(void **state)
{
    (void)state;
    struct frame request = leave_request(1);
    struct frame answer = commit_answer(7);
    expect_undecodable(&request, &answer);
}

static void a_later_version_than_known_is_undecodable(void **state)
{
    (void)state;
    struct frame request = commit_request(7);
    set_int(&request, 6, 2, 8);
    expect_undecodable(&request, NULL);
    set_int(&request, 6, 2, (uint64_t)-1);
    expect_undecodable(&request, NULL);
}

static void older_message_formats_are_undecodable(void **state)
{
    (void)state;
    struct frame request = produce_request(7, -1, 0);
    struct frame answer = produce_answer(2, 0, 100);
    set_int(&request, 6, 2, 2);
    expect_undecodable(&request, &answer);
}

static void names_that_are_too_long_or_hold_a_zero_are_undecodable(void **state)
{
    (void)state;
    char name[1100];
    memset(name, 'x', sizeof name);
    name[1024] = '\0';
    struct frame request = request_begin(KAFKA_API_LEAVE_GROUP, 1, 11);
    put_string(&request, name);
    put_string(&request, "member-1");
    frame_end(&request);
    struct frame answer = short_answer(1, 0);
    expect_undecodable(&request, &answer);
    struct frame zero = leave_request(1);
    zero.bytes[22] = 0; /* inside of `billing` */
    expect_undecodable(&zero, &answer);
}

static void too_many_requests_without_answers_are_undecodable(void **state)
{
    (void)state;
    struct fixture fixture;
    open_wire(&fixture);
    struct frame request = leave_request(1);
    for (int i = 0; i < WIRE_PENDING_MAX; i++) {
        feed(&fixture, &request, NULL);
    }
    assert_int_equal(fixture.told.undecodable, 0);
    feed(&fixture, &request, NULL);
    assert_int_equal(fixture.told.undecodable, 1);
    close_wire(&fixture);
}

static void other_requests_pass_unread(void **state)
{
    (void)state;
    struct frame request = request_begin(KAFKA_API_VERSIONS, 3, 12);
    put_raw(&request, "\0anything", 9);
    frame_end(&request);
    struct frame answer = answer_begin(12);
    put_raw(&answer, "whatever", 8);
    frame_end(&answer);
    expect(&request, &answer, "");
}

static void fetches_are_counted(void **state)
{
    (void)state;
    struct fixture fixture;
    open_wire(&fixture);
    struct frame request = request_begin(KAFKA_API_FETCH, 11, 12);
    frame_end(&request);
    struct frame answer = answer_begin(12);
    put_raw(&answer, "records", 7);
    frame_end(&answer);
    feed(&fixture, &request, &answer);
    feed(&fixture, &request, &answer);
    assert_int_equal(fixture.told.fetched, 2);
    close_wire(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_told_with_their_offsets_when_the_answer_is_written),
        cmocka_unit_test(records_that_the_broker_refuses_are_told_with_its_error),
        cmocka_unit_test(a_batch_the_broker_knew_already_is_not_told_again),
        cmocka_unit_test(records_without_acks_are_told_at_the_request_and_once),
        cmocka_unit_test(requests_without_acks_never_fill_the_bound),
        cmocka_unit_test(records_of_another_codec_are_told_as_compressed),
        cmocka_unit_test(records_without_an_answer_are_told_when_the_connection_ends),
        cmocka_unit_test(a_request_read_after_the_end_is_told_as_unanswered),
        cmocka_unit_test(commits_are_told_with_the_error_of_each_partition),
        cmocka_unit_test(a_commit_outside_of_a_group_has_no_member),
        cmocka_unit_test(positions_are_told),
        cmocka_unit_test(coordinators_are_told),
        cmocka_unit_test(a_join_is_told_with_generation_and_given_member),
        cmocka_unit_test(a_refused_join_is_told_with_the_member_it_came_with),
        cmocka_unit_test(a_sync_is_told_with_its_partitions),
        cmocka_unit_test(a_refused_sync_has_no_partitions),
        cmocka_unit_test(an_assignment_past_the_bound_is_undecodable),
        cmocka_unit_test(heartbeats_and_leaves_are_told),
        cmocka_unit_test(a_request_cut_at_any_length_is_undecodable_once),
        cmocka_unit_test(an_answer_cut_at_any_length_is_undecodable_once),
        cmocka_unit_test(bytes_changed_anywhere_do_no_harm),
        cmocka_unit_test(it_does_not_matter_where_the_bytes_are_cut),
        cmocka_unit_test(several_frames_in_one_read_are_all_told),
        cmocka_unit_test(a_frame_of_a_wrong_size_is_undecodable),
        cmocka_unit_test(an_answer_to_no_request_is_undecodable),
        cmocka_unit_test(a_later_version_than_known_is_undecodable),
        cmocka_unit_test(older_message_formats_are_undecodable),
        cmocka_unit_test(names_that_are_too_long_or_hold_a_zero_are_undecodable),
        cmocka_unit_test(too_many_requests_without_answers_are_undecodable),
        cmocka_unit_test(other_requests_pass_unread),
        cmocka_unit_test(fetches_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
