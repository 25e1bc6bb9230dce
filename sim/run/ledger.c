#include "run/ledger.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define LEDGER_OFFSET_MAX (INT64_C(1) << 26) /* offsets past this are not remembered one by one */
#define LEDGER_GROUPS_MAX 64

/* Which offsets of a partition were seen, and how many different ones. */
struct offsets {
    uint64_t *bits;
    size_t words;
    int64_t count;
};

/* One partition in the eyes of a group or a process. */
struct view_of_partition {
    struct offsets processed;
    int64_t consumed;
    int64_t committed; /* offset; -1: never */
    bool owned;
};

/* A group or a process: all partitions of all topics in one row. */
struct party {
    char *name; /* of a group; NULL for a process */
    struct view_of_partition *partitions;
    bool *handles; /* by topic */
    int64_t reports;
    int64_t errors;
};

struct ledger {
    const struct program *program;
    size_t *first; /* of each topic, index of its partition 0 in a row */
    size_t partition_count;
    int64_t *produced; /* log end, by partition */
    int64_t *loaded;   /* by topic */
    struct party *processes;
    size_t process_count;
    struct party groups[LEDGER_GROUPS_MAX];
    size_t group_count;
};

/* The group in which `process` handles `topic`; NULL: it does not. */
static const char *group_name(const struct program *program, size_t process, size_t topic)
{
    size_t server = program_process_server(program, process);
    if (server == PROGRAM_NONE) {
        const struct program_member *member = &program->members[process - program->server_count];
        for (size_t i = 0; i < member->topic_count; i++) {
            if (member->topics[i] == topic) {
                return member->group;
            }
        }
        return NULL;
    }
    const char *name = NULL;
    for (size_t i = 0; i < program->handler_count; i++) {
        const struct program_handler *handler = &program->handlers[i];
        const struct program_value *group = program_setting(&handler->settings, PROGRAM_TOPIC_GROUP);
        if (handler->server == server && handler->of.topic == topic) {
            name = group != NULL ? group->text : name != NULL ? name : program->servers[server].group;
        }
    }
    return name;
}

static struct party *group_of(struct ledger *ledger, const char *name)
{
    for (size_t i = 0; i < ledger->group_count; i++) {
        if (strcmp(ledger->groups[i].name, name) == 0) {
            return &ledger->groups[i];
        }
    }
    if (ledger->group_count == LEDGER_GROUPS_MAX) {
        return NULL;
    }
    struct party *party = &ledger->groups[ledger->group_count++];
    party->name = strdup(name);
    party->handles = calloc(ledger->program->topic_count + 1, sizeof *party->handles);
    ASSERT(party->name != NULL && party->handles != NULL);
    return party;
}

/* Who handles which topic, as the program says. */
static void enrol(struct ledger *ledger)
{
    for (size_t process = 0; process < ledger->process_count; process++) {
        struct party *party = &ledger->processes[process];
        party->handles = calloc(ledger->program->topic_count + 1, sizeof *party->handles);
        ASSERT(party->handles != NULL);
        for (size_t topic = 0; topic < ledger->program->topic_count; topic++) {
            const char *group = group_name(ledger->program, process, topic);
            struct party *whole = group != NULL ? group_of(ledger, group) : NULL;
            party->handles[topic] = group != NULL;
            if (whole != NULL) {
                whole->handles[topic] = true;
            }
        }
    }
}

struct ledger *ledger_create(const struct program *program)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL) {
        return NULL;
    }
    ledger->program = program;
    ledger->process_count = program_process_count(program);
    ledger->first = calloc(program->topic_count + 1, sizeof *ledger->first);
    ledger->loaded = calloc(program->topic_count + 1, sizeof *ledger->loaded);
    ledger->processes = calloc(ledger->process_count + 1, sizeof *ledger->processes);
    for (size_t i = 0; ledger->first != NULL && i < program->topic_count; i++) {
        ledger->first[i] = ledger->partition_count;
        ledger->partition_count += (size_t)program->topics[i].partitions;
    }
    ledger->produced = calloc(ledger->partition_count + 1, sizeof *ledger->produced);
    if (ledger->first == NULL || ledger->loaded == NULL || ledger->processes == NULL || ledger->produced == NULL) {
        ledger_destroy(ledger);
        return NULL;
    }
    enrol(ledger);
    return ledger;
}

static void party_release(const struct ledger *ledger, struct party *party)
{
    for (size_t i = 0; party->partitions != NULL && i < ledger->partition_count; i++) {
        free(party->partitions[i].processed.bits);
    }
    free(party->partitions);
    free(party->handles);
    free(party->name);
}

void ledger_destroy(struct ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    for (size_t i = 0; ledger->processes != NULL && i < ledger->process_count; i++) {
        party_release(ledger, &ledger->processes[i]);
    }
    for (size_t i = 0; i < ledger->group_count; i++) {
        party_release(ledger, &ledger->groups[i]);
    }
    free(ledger->processes);
    free(ledger->first);
    free(ledger->loaded);
    free(ledger->produced);
    free(ledger);
}

size_t ledger_topic(const struct ledger *ledger, const char *name)
{
    for (size_t i = 0; i < ledger->program->topic_count; i++) {
        if (strcmp(ledger->program->topics[i].name, name) == 0) {
            return i;
        }
    }
    return PROGRAM_NONE;
}

/* ---- Finding a place --------------------------------------------------------------------------------------------- */

static bool known(const struct ledger *ledger, size_t topic, int32_t partition)
{
    return topic < ledger->program->topic_count && partition >= 0 &&
           partition < ledger->program->topics[topic].partitions;
}

static struct view_of_partition *row(const struct ledger *ledger, struct party *party)
{
    if (party->partitions == NULL) {
        party->partitions = calloc(ledger->partition_count + 1, sizeof *party->partitions);
        ASSERT(party->partitions != NULL);
        for (size_t i = 0; i < ledger->partition_count; i++) {
            party->partitions[i].committed = -1;
        }
    }
    return party->partitions;
}

/* False: it was there already. */
static bool offsets_add(struct offsets *offsets, int64_t offset)
{
    if (offset < 0 || offset >= LEDGER_OFFSET_MAX) {
        return false;
    }
    size_t word = (size_t)offset / 64;
    if (word >= offsets->words) {
        size_t words = word < 16 ? 16 : word * 2;
        uint64_t *bits = realloc(offsets->bits, words * sizeof *bits);
        ASSERT(bits != NULL);
        memset(bits + offsets->words, 0, (words - offsets->words) * sizeof *bits);
        offsets->bits = bits;
        offsets->words = words;
    }
    uint64_t bit = UINT64_C(1) << (offset % 64);
    bool fresh = (offsets->bits[word] & bit) == 0;
    offsets->bits[word] |= bit;
    offsets->count += fresh;
    return fresh;
}

/* Whose counters what `process` does belongs to as well: those of its supervisor; PROGRAM_NONE: it is no node. */
static size_t swarm_of(const struct ledger *ledger, size_t process)
{
    bool node = program_process_node(ledger->program, process) != PROGRAM_NO_NODE;
    return node ? program_process_server(ledger->program, process) : PROGRAM_NONE;
}

/* ---- Facts ------------------------------------------------------------------------------------------------------- */

void ledger_appended(struct ledger *ledger, size_t topic, int32_t partition, int64_t offset)
{
    if (known(ledger, topic, partition)) {
        int64_t *end = &ledger->produced[ledger->first[topic] + (size_t)partition];
        *end = offset + 1 > *end ? offset + 1 : *end;
    }
}

void ledger_committed(struct ledger *ledger, const char *group, size_t topic, int32_t partition, int64_t offset)
{
    struct party *party = group_of(ledger, group);
    if (party != NULL && known(ledger, topic, partition)) {
        row(ledger, party)[ledger->first[topic] + (size_t)partition].committed = offset;
    }
}

void ledger_consumed(struct ledger *ledger, size_t process, const char *group, size_t topic, int32_t partition,
                     int64_t offset)
{
    (void)offset;
    struct party *party = group_of(ledger, group);
    if (!known(ledger, topic, partition)) {
        return;
    }
    size_t place = ledger->first[topic] + (size_t)partition;
    for (size_t i = process; i != PROGRAM_NONE; i = swarm_of(ledger, i)) {
        row(ledger, &ledger->processes[i])[place].consumed++;
    }
    if (party != NULL) {
        row(ledger, party)[place].consumed++;
    }
}

void ledger_processed(struct ledger *ledger, size_t process, const char *group, size_t topic, int32_t partition,
                      int64_t offset)
{
    struct party *party = group_of(ledger, group);
    if (!known(ledger, topic, partition)) {
        return;
    }
    size_t place = ledger->first[topic] + (size_t)partition;
    for (size_t i = process; i != PROGRAM_NONE; i = swarm_of(ledger, i)) {
        offsets_add(&row(ledger, &ledger->processes[i])[place].processed, offset);
    }
    if (party != NULL) {
        offsets_add(&row(ledger, party)[place].processed, offset);
    }
}

void ledger_assigned(struct ledger *ledger, size_t process, size_t topic, int32_t partition, bool assigned)
{
    if (known(ledger, topic, partition)) {
        row(ledger, &ledger->processes[process])[ledger->first[topic] + (size_t)partition].owned = assigned;
    }
}

void ledger_unassign_all(struct ledger *ledger, size_t process)
{
    for (size_t i = 0; i < ledger->partition_count; i++) {
        row(ledger, &ledger->processes[process])[i].owned = false;
    }
}

void ledger_reported(struct ledger *ledger, size_t process, bool error_document)
{
    for (size_t i = process; i != PROGRAM_NONE; i = swarm_of(ledger, i)) {
        ledger->processes[i].errors += error_document ? 1 : 0;
        ledger->processes[i].reports += error_document ? 0 : 1;
    }
}

void ledger_loaded(struct ledger *ledger, size_t topic, int64_t messages)
{
    ledger->loaded[topic] += messages;
}

/* ---- Counters ---------------------------------------------------------------------------------------------------- */

static bool selected(const struct program_partition *of, size_t topic, int32_t partition)
{
    return (of->topic == PROGRAM_NONE || of->topic == topic) &&
           (of->partition == PROGRAM_NO_PARTITION || of->partition == partition);
}

static int64_t of_view(const struct view_of_partition *view, enum program_counter counter)
{
    switch (counter) {
    case PROGRAM_COUNT_CONSUMED:
        return view->consumed;
    case PROGRAM_COUNT_PROCESSED:
        return view->processed.count;
    case PROGRAM_COUNT_COMMITTED:
        return view->committed > 0 ? view->committed : 0;
    default:
        return 0;
    }
}

/* One counter of one partition; in the eyes of `party` where that matters. */
static int64_t count_at(const struct ledger *ledger, const struct party *party, enum program_counter counter,
                        size_t place)
{
    if (counter == PROGRAM_COUNT_PRODUCED) {
        return ledger->produced[place];
    }
    return party != NULL && party->partitions != NULL ? of_view(&party->partitions[place], counter) : 0;
}

static const struct party *find_group(const struct ledger *ledger, const char *name)
{
    for (size_t i = 0; i < ledger->group_count; i++) {
        if (name != NULL && strcmp(ledger->groups[i].name, name) == 0) {
            return &ledger->groups[i];
        }
    }
    return NULL;
}

/* Whose eyes count a process's share: what it committed is kept for its group. */
static const struct party *eyes(const struct ledger *ledger, size_t process, enum program_counter counter, size_t topic)
{
    if (counter == PROGRAM_COUNT_COMMITTED) {
        return find_group(ledger, group_name(ledger->program, process, topic));
    }
    return &ledger->processes[process];
}

static int64_t documents(const struct ledger *ledger, enum program_counter counter, size_t process)
{
    int64_t sum = 0;
    for (size_t i = 0; i < ledger->process_count; i++) {
        bool counted = process == PROGRAM_NONE ? swarm_of(ledger, i) == PROGRAM_NONE : process == i;
        if (counted) {
            sum += counter == PROGRAM_COUNT_ERRORS ? ledger->processes[i].errors : ledger->processes[i].reports;
        }
    }
    return sum;
}

static int64_t count_partition(const struct ledger *ledger, enum program_counter counter, size_t process, size_t topic,
                               size_t place)
{
    if (counter == PROGRAM_COUNT_PRODUCED) {
        return ledger->produced[place];
    }
    if (process != PROGRAM_NONE) {
        return count_at(ledger, eyes(ledger, process, counter, topic), counter, place);
    }
    int64_t sum = 0; /* each group counts for itself */
    for (size_t group = 0; group < ledger->group_count; group++) {
        sum += count_at(ledger, &ledger->groups[group], counter, place);
    }
    return sum;
}

int64_t ledger_count(const struct ledger *ledger, enum program_counter counter, size_t process,
                     const struct program_partition *of)
{
    if (counter == PROGRAM_COUNT_REPORTS || counter == PROGRAM_COUNT_ERRORS) {
        return documents(ledger, counter, process);
    }
    int64_t sum = 0;
    for (size_t topic = 0; topic < ledger->program->topic_count; topic++) {
        for (int32_t partition = 0; partition < ledger->program->topics[topic].partitions; partition++) {
            if (selected(of, topic, partition)) {
                sum += count_partition(ledger, counter, process, topic, ledger->first[topic] + (size_t)partition);
            }
        }
    }
    return sum;
}

int64_t ledger_loaded_count(const struct ledger *ledger, const struct program_partition *of)
{
    int64_t sum = 0;
    for (size_t topic = 0; topic < ledger->program->topic_count; topic++) {
        if (of->topic == PROGRAM_NONE || of->topic == topic) {
            sum += ledger->loaded[topic];
        }
    }
    return sum;
}

bool ledger_owns(const struct ledger *ledger, size_t process, size_t topic, int32_t partition)
{
    const struct view_of_partition *partitions = ledger->processes[process].partitions;
    if (partitions != NULL && known(ledger, topic, partition) &&
        partitions[ledger->first[topic] + (size_t)partition].owned) {
        return true;
    }
    /* A swarm owns what one of its nodes does. */
    size_t members_end = ledger->program->server_count + ledger->program->member_count;
    for (size_t i = members_end; process < ledger->program->server_count && i < ledger->process_count; i++) {
        if (swarm_of(ledger, i) == process && ledger_owns(ledger, i, topic, partition)) {
            return true;
        }
    }
    return false;
}

size_t ledger_owned_count(const struct ledger *ledger, size_t process, const struct program_partition *of)
{
    size_t owned = 0;
    for (size_t topic = 0; topic < ledger->program->topic_count; topic++) {
        for (int32_t partition = 0; partition < ledger->program->topics[topic].partitions; partition++) {
            owned += selected(of, topic, partition) && ledger_owns(ledger, process, topic, partition);
        }
    }
    return owned;
}

bool program_compare(int64_t left, enum program_comparison comparison, int64_t right)
{
    switch (comparison) {
    case PROGRAM_EQUAL:
        return left == right;
    case PROGRAM_NOT_EQUAL:
        return left != right;
    case PROGRAM_LESS:
        return left < right;
    case PROGRAM_AT_MOST:
        return left <= right;
    case PROGRAM_MORE:
        return left > right;
    case PROGRAM_AT_LEAST:
        return left >= right;
    default:
        return false;
    }
}

static bool compare_at(const struct ledger *ledger, enum program_counter left, enum program_comparison comparison,
                       enum program_counter right, size_t process, size_t topic, size_t place)
{
    if (process != PROGRAM_NONE) {
        return !ledger->processes[process].handles[topic] ||
               program_compare(count_at(ledger, eyes(ledger, process, left, topic), left, place), comparison,
                               count_at(ledger, eyes(ledger, process, right, topic), right, place));
    }
    for (size_t group = 0; group < ledger->group_count; group++) {
        const struct party *party = &ledger->groups[group];
        if (party->handles[topic] &&
            !program_compare(count_at(ledger, party, left, place), comparison, count_at(ledger, party, right, place))) {
            return false;
        }
    }
    return true;
}

bool ledger_compare(const struct ledger *ledger, enum program_counter left, enum program_comparison comparison,
                    enum program_counter right, size_t process, const struct program_partition *of)
{
    for (size_t topic = 0; topic < ledger->program->topic_count; topic++) {
        for (int32_t partition = 0; partition < ledger->program->topics[topic].partitions; partition++) {
            if (selected(of, topic, partition) && !compare_at(ledger, left, comparison, right, process, topic,
                                                              ledger->first[topic] + (size_t)partition)) {
                return false;
            }
        }
    }
    return true;
}
