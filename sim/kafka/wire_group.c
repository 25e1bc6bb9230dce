/* JoinGroup, SyncGroup, Heartbeat, LeaveGroup: who is a member, in which generation, of which partitions. */
#include <stdlib.h>

#include "kafka/wire_exchange.h"

#define PROTOCOL_MIN   6u
#define MEMBER_MIN     6u
#define ASSIGNMENT_MIN 6u
#define TOPIC_MIN      6u
#define PARTITION_MIN  4u

/* The names a membership borrows. */
struct identity {
    struct name group;
    struct name member;
    struct name instance;
};

static bool wrong(struct exchange *exchange, const char *why)
{
    exchange->why = why;
    return false;
}

static void begin(struct exchange *exchange, struct wire_membership *told, enum wire_membership_kind kind)
{
    *told = (struct wire_membership){
        .origin = exchange->origin,
        .kind = kind,
        .generation = -1,
        .requested_ns = exchange->requested_ns,
    };
}

static bool identify(struct wire_membership *told, struct identity *identity, struct view group, struct view member,
                     struct view instance)
{
    told->group = identity->group.text;
    told->member = identity->member.text;
    told->instance = instance.len == 0 ? NULL : identity->instance.text;
    return name_of(&identity->group, group) && name_of(&identity->member, member) &&
           name_of(&identity->instance, instance);
}

static void tell(const struct exchange *exchange, const struct wire_membership *told)
{
    if (exchange->observer->membership != NULL) {
        exchange->observer->membership(told, exchange->observer->owner);
    }
}

static void skip_throttle(struct exchange *exchange, int since)
{
    if (exchange->end == EXCHANGE_ANSWERED && exchange->version >= since) {
        (void)read_int32(&exchange->answer);
    }
}

static bool read_join_request(struct exchange *exchange, struct wire_membership *told, struct identity *identity)
{
    struct reader *request = &exchange->request;
    struct view group = read_string(request);
    told->session_timeout_ms = read_int32(request);
    if (exchange->version >= 1) {
        (void)read_int32(request); /* rebalance timeout */
    }
    struct view member = read_string(request);
    struct view instance = exchange->version >= 5 ? read_string(request) : (struct view){.null = true};
    (void)read_string(request); /* protocol type */
    int32_t count = read_count(request, PROTOCOL_MIN);
    for (int32_t i = 0; i < count && !request->failed; i++) {
        (void)read_string(request);
        (void)read_bytes(request);
    }
    return !request->failed && identify(told, identity, group, member, instance);
}

/* The answer after the error; fills the protocol's name and the member's new id. */
static bool read_join_answer(struct exchange *exchange, struct wire_membership *told, struct name *protocol,
                             struct name *member)
{
    struct reader *answer = &exchange->answer;
    told->generation = read_int32(answer);
    struct view assignor = read_string(answer);
    struct view leader = read_string(answer);
    struct view given = read_string(answer);
    int32_t count = read_count(answer, MEMBER_MIN);
    for (int32_t i = 0; i < count && !answer->failed; i++) {
        (void)read_string(answer);
        if (exchange->version >= 5) {
            (void)read_string(answer); /* group instance id */
        }
        (void)read_bytes(answer);
    }
    if (answer->failed || !name_of(protocol, assignor)) {
        return false;
    }
    if (told->error == 0) {
        told->protocol = protocol->text;
        told->leader = view_equal(leader, given);
        return name_of(member, given);
    }
    return true;
}

bool exchange_join_group(struct exchange *exchange)
{
    struct wire_membership told;
    struct identity identity;
    struct name protocol;
    begin(exchange, &told, WIRE_JOINED);
    if (!read_join_request(exchange, &told, &identity)) {
        return wrong(exchange, "JoinGroup: request: expected group, member and protocols, got less");
    }
    skip_throttle(exchange, 2);
    told.error = exchange_error(exchange);
    if (exchange->end == EXCHANGE_ANSWERED && !read_join_answer(exchange, &told, &protocol, &identity.member)) {
        return wrong(exchange, "JoinGroup: answer: expected generation and members, got less");
    }
    if (!exchange_complete(exchange, "JoinGroup: length: expected the end, got more or less")) {
        return false;
    }
    tell(exchange, &told);
    return true;
}

/* The partitions of one member, taken out of the consumer protocol's assignment. */
struct assignment {
    struct wire_assigned *list;
    size_t count;
    char *names; /* the topics, each with a closing zero */
    size_t names_len;
};

/* Behind each name of the wire are at least four more bytes, so the copies with their zeroes fit in as many bytes. */
static const char *keep_name(struct assignment *assignment, struct view view)
{
    struct name name;
    if (!name_of(&name, view)) {
        return NULL;
    }
    char *kept = assignment->names + assignment->names_len;
    for (size_t i = 0; i <= view.len; i++) {
        kept[i] = name.text[i];
    }
    assignment->names_len += view.len + 1;
    return kept;
}

static bool read_assigned_topic(struct reader *reader, struct assignment *assignment)
{
    struct view topic = read_string(reader);
    int32_t count = read_count(reader, PARTITION_MIN);
    const char *name = reader->failed ? NULL : keep_name(assignment, topic);
    if (name == NULL || assignment->count + (size_t)count > WIRE_ASSIGNMENT_MAX) {
        return false;
    }
    for (int32_t i = 0; i < count; i++) {
        assignment->list[assignment->count++] = (struct wire_assigned){name, read_int32(reader)};
    }
    return !reader->failed;
}

/* False: not an assignment, or no memory.  The caller frees `list` and `names` in any case. */
static bool read_assignment(struct assignment *assignment, struct view bytes)
{
    *assignment = (struct assignment){0};
    if (bytes.len == 0) {
        return true;
    }
    assignment->list = malloc((bytes.len / PARTITION_MIN + 1) * sizeof *assignment->list);
    assignment->names = malloc(bytes.len);
    if (assignment->list == NULL || assignment->names == NULL) {
        return false;
    }
    struct reader reader = reader_of(bytes.bytes, bytes.len);
    (void)read_int16(&reader); /* version */
    int32_t count = read_count(&reader, TOPIC_MIN);
    for (int32_t i = 0; i < count; i++) {
        if (!read_assigned_topic(&reader, assignment)) {
            return false;
        }
    }
    if (reader.left > 0) {
        (void)read_bytes(&reader); /* user data */
    }
    return !reader.failed && reader.left == 0;
}

static bool read_sync_request(struct exchange *exchange, struct wire_membership *told, struct identity *identity)
{
    struct reader *request = &exchange->request;
    struct view group = read_string(request);
    told->generation = read_int32(request);
    struct view member = read_string(request);
    struct view instance = exchange->version >= 3 ? read_string(request) : (struct view){.null = true};
    int32_t count = read_count(request, ASSIGNMENT_MIN);
    for (int32_t i = 0; i < count && !request->failed; i++) {
        (void)read_string(request);
        (void)read_bytes(request);
    }
    return !request->failed && identify(told, identity, group, member, instance);
}

bool exchange_sync_group(struct exchange *exchange)
{
    struct wire_membership told;
    struct identity identity;
    begin(exchange, &told, WIRE_SYNCED);
    if (!read_sync_request(exchange, &told, &identity)) {
        return wrong(exchange, "SyncGroup: request: expected group, member and assignments, got less");
    }
    skip_throttle(exchange, 1);
    told.error = exchange_error(exchange);
    struct view bytes = exchange->end == EXCHANGE_ANSWERED ? read_bytes(&exchange->answer) : (struct view){0};
    if (!exchange_complete(exchange, "SyncGroup: length: expected the end, got more or less")) {
        return false;
    }
    struct assignment assignment;
    bool decoded = read_assignment(&assignment, told.error == 0 ? bytes : (struct view){0});
    if (decoded) {
        told.assigned = assignment.list;
        told.assigned_count = assignment.count;
        tell(exchange, &told);
    } else {
        exchange->why = "SyncGroup: answer: expected an assignment, got something else";
    }
    free(assignment.list);
    free(assignment.names);
    return decoded;
}

bool exchange_heartbeat(struct exchange *exchange)
{
    struct wire_membership told;
    struct identity identity;
    begin(exchange, &told, WIRE_HEARTBEAT);
    struct view group = read_string(&exchange->request);
    told.generation = read_int32(&exchange->request);
    struct view member = read_string(&exchange->request);
    struct view instance = exchange->version >= 3 ? read_string(&exchange->request) : (struct view){.null = true};
    skip_throttle(exchange, 1);
    told.error = exchange_error(exchange);
    if (!exchange_complete(exchange, "Heartbeat: length: expected the end, got more or less")) {
        return false;
    }
    if (!identify(&told, &identity, group, member, instance)) {
        return wrong(exchange, "Heartbeat: request: expected names, got something else");
    }
    tell(exchange, &told);
    return true;
}

bool exchange_leave_group(struct exchange *exchange)
{
    struct wire_membership told;
    struct identity identity;
    begin(exchange, &told, WIRE_LEFT);
    struct view group = read_string(&exchange->request);
    struct view member = read_string(&exchange->request);
    skip_throttle(exchange, 1);
    told.error = exchange_error(exchange);
    if (!exchange_complete(exchange, "LeaveGroup: length: expected the end, got more or less")) {
        return false;
    }
    if (!identify(&told, &identity, group, member, (struct view){.null = true})) {
        return wrong(exchange, "LeaveGroup: request: expected names, got something else");
    }
    tell(exchange, &told);
    return true;
}
