#include "run/picture.h"

#include "base/error.h"
#include "kafka/wire.h"
#include "run/picture_parts.h"
#include "scenario/program.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 512

int picture_create(const char *path, struct picture **picture, struct carafe_error *error)
{
    struct picture *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "picture: out of memory");
    }
    made->file = fopen(path, "w");
    if (made->file == NULL) {
        free(made);
        return error_set(error, CARAFE_FAILED, "%s: picture: expected a file that can be written, got %s", path,
                         strerror(errno));
    }
    *picture = made;
    return 0;
}

int picture_destroy(struct picture *picture, const struct picture_caption *caption, struct carafe_error *error)
{
    if (picture == NULL) {
        return 0;
    }
    picture_draw(picture, caption);
    bool failed = ferror(picture->file) != 0;
    failed = fclose(picture->file) != 0 || failed;
    for (size_t i = 0; i < picture->item_count; i++) {
        free(picture->items[i].text);
    }
    for (size_t i = 0; i < picture->process_count; i++) {
        free(picture->processes[i]);
    }
    for (size_t i = 0; i < picture->partition_count; i++) {
        free(picture->partitions[i].group);
        free(picture->partitions[i].topic);
    }
    free(picture->items);
    free(picture);
    return failed ? error_set(error, CARAFE_FAILED, "picture: expected room for all of it, got too little") : 0;
}

/* ---- Rows and items ---------------------------------------------------------------------------------------------- */

static size_t process_row(struct picture *picture, const char *name)
{
    for (size_t i = 0; i < picture->process_count; i++) {
        if (strcmp(picture->processes[i], name) == 0) {
            return i;
        }
    }
    char *copy = picture->process_count < PICTURE_PROCESSES_MAX ? strdup(name) : NULL;
    if (copy == NULL) {
        picture->cut = true;
        return PICTURE_NONE;
    }
    picture->processes[picture->process_count] = copy;
    return picture->process_count++;
}

static size_t partition_row(struct picture *picture, const char *group, const char *topic, int32_t number)
{
    for (size_t i = 0; i < picture->partition_count; i++) {
        const struct picture_partition *row = &picture->partitions[i];
        if (row->number == number && strcmp(row->topic, topic) == 0 && strcmp(row->group, group) == 0) {
            return i;
        }
    }
    struct picture_partition fresh = {.number = number};
    if (picture->partition_count < PICTURE_PARTITIONS_MAX) {
        fresh.group = strdup(group);
        fresh.topic = strdup(topic);
    }
    if (fresh.group == NULL || fresh.topic == NULL) {
        free(fresh.group);
        free(fresh.topic);
        picture->cut = true;
        return PICTURE_NONE;
    }
    picture->partitions[picture->partition_count] = fresh;
    return picture->partition_count++;
}

static bool has_room(struct picture *picture)
{
    if (picture->item_count < picture->item_room) {
        return true;
    }
    size_t room = picture->item_room == 0 ? 256 : picture->item_room * 2;
    struct picture_item *items = room <= 2 * PICTURE_ITEMS_MAX ? realloc(picture->items, room * sizeof *items) : NULL;
    if (items == NULL) {
        return false;
    }
    picture->items = items;
    picture->item_room = room;
    return true;
}

/* NULL: there is no room for it. */
static struct picture_item *add(struct picture *picture, const struct picture_item *item, const char *text)
{
    bool span = item->until_ns == PICTURE_OPEN;
    if (picture->item_count >= PICTURE_ITEMS_MAX || !has_room(picture) ||
        (span && picture->open_count == PICTURE_SPANS_MAX)) {
        picture->cut = true;
        return NULL;
    }
    if (span) {
        picture->open[picture->open_count++] = picture->item_count;
    }
    struct picture_item *added = &picture->items[picture->item_count++];
    *added = *item;
    added->text = text != NULL ? strdup(text) : NULL;
    return added;
}

static void add_moment(struct picture *picture, enum picture_kind kind, size_t process, size_t partition,
                       const struct observation *what)
{
    char text[TEXT_MAX];
    (void)observation_summary(what, text, sizeof text);
    struct picture_item item = {
        .kind = kind, .process = process, .partition = partition, .from_ns = what->at_ns, .until_ns = what->at_ns};
    if (process != PICTURE_NONE || kind == PICTURE_STIMULUS) {
        (void)add(picture, &item, text);
    }
}

/* `partition`, `job`: PICTURE_NONE and 0 for any.  NULL: no such span is open. */
static struct picture_item *find_open(const struct picture *picture, enum picture_kind kind, size_t process,
                                      size_t partition, uint64_t job)
{
    for (size_t i = 0; i < picture->open_count; i++) {
        struct picture_item *item = &picture->items[picture->open[i]];
        if (item->kind == kind && item->process == process &&
            (partition == PICTURE_NONE || item->partition == partition) && (job == 0 || item->job == job)) {
            return item;
        }
    }
    return NULL;
}

static void close_span(struct picture *picture, struct picture_item *item, int64_t at_ns)
{
    for (size_t i = 0; item != NULL && i < picture->open_count; i++) {
        if (&picture->items[picture->open[i]] == item) {
            item->until_ns = at_ns;
            picture->open[i] = picture->open[--picture->open_count];
            return;
        }
    }
}

static void open_span(struct picture *picture, enum picture_kind kind, size_t process, size_t partition, int64_t at_ns)
{
    struct picture_item item = {
        .kind = kind, .process = process, .partition = partition, .from_ns = at_ns, .until_ns = PICTURE_OPEN};
    if (process != PICTURE_NONE && partition != PICTURE_NONE &&
        find_open(picture, kind, process, partition, 0) == NULL) {
        (void)add(picture, &item, NULL);
    }
}

/* ---- What happens to processes ----------------------------------------------------------------------------------- */

static void on_status(struct picture *picture, const struct observation *observation)
{
    size_t process = process_row(picture, observation->process);
    close_span(picture, find_open(picture, PICTURE_STATUS, process, PICTURE_NONE, 0), observation->at_ns);
    if (process != PICTURE_NONE) {
        struct picture_item item = {.kind = PICTURE_STATUS,
                                    .process = process,
                                    .partition = PICTURE_NONE,
                                    .from_ns = observation->at_ns,
                                    .until_ns = PICTURE_OPEN,
                                    .status = observation->event->status};
        (void)add(picture, &item, NULL);
    }
}

/* Whatever the process still did is over. */
static void on_exit_of(struct picture *picture, const struct observation *observation)
{
    size_t process = process_row(picture, observation->process);
    for (size_t i = picture->open_count; i > 0 && process != PICTURE_NONE; i--) {
        struct picture_item *item = &picture->items[picture->open[i - 1]];
        if (item->process == process) {
            item->failed = item->kind == PICTURE_JOB;
            close_span(picture, item, observation->at_ns);
        }
    }
    add_moment(picture, PICTURE_EXIT, process, PICTURE_NONE, observation);
}

/* A fault that lasts as long as the scenario says, and not as the seed draws. */
static void on_stimulus(struct picture *picture, const struct observation *observation)
{
    const struct program_statement *statement = observation->statement;
    add_moment(picture, PICTURE_STIMULUS, PICTURE_NONE, PICTURE_NONE, observation);
    if (statement == NULL || statement->kind != PROGRAM_FAULT) {
        return;
    }
    const struct program_range *lasts = &statement->as.fault->for_ns;
    if (lasts->low == lasts->high && lasts->low > 0 && lasts->low != PROGRAM_END_NS) {
        struct picture_item item = {.kind = PICTURE_FAULT,
                                    .process = PICTURE_NONE,
                                    .partition = PICTURE_NONE,
                                    .from_ns = observation->at_ns,
                                    .until_ns = observation->at_ns + lasts->low};
        (void)add(picture, &item, observation->name);
    }
}

/* ---- What happens to partitions ---------------------------------------------------------------------------------- */

static bool is_assigned(const struct wire_membership *membership, const struct picture_partition *row)
{
    for (size_t i = 0; i < membership->assigned_count; i++) {
        if (membership->assigned[i].partition == row->number &&
            strcmp(membership->assigned[i].topic, row->topic) == 0) {
            return true;
        }
    }
    return false;
}

/* A server has a status to show. */
static void on_joined(struct picture *picture, size_t process, int64_t at_ns)
{
    struct picture_item item = {.kind = PICTURE_MEMBER,
                                .process = process,
                                .partition = PICTURE_NONE,
                                .from_ns = at_ns,
                                .until_ns = PICTURE_OPEN};
    if (find_open(picture, PICTURE_STATUS, process, PICTURE_NONE, 0) == NULL &&
        find_open(picture, PICTURE_MEMBER, process, PICTURE_NONE, 0) == NULL) {
        (void)add(picture, &item, NULL);
    }
}

/* It has one owner in its group; who does not know yet that it is not its own any more has lost it all the same. */
static void on_assigned(struct picture *picture, size_t process, size_t partition, int64_t at_ns)
{
    for (size_t i = 0; i < picture->process_count && partition != PICTURE_NONE; i++) {
        if (i != process) {
            close_span(picture, find_open(picture, PICTURE_OWNED, i, partition, 0), at_ns);
        }
    }
    open_span(picture, PICTURE_OWNED, process, partition, at_ns);
}

/* Whose a partition is, as the coordinator has it. */
static void on_membership(struct picture *picture, const struct observation *observation)
{
    const struct wire_membership *membership = observation->membership;
    size_t process = process_row(picture, observation->process);
    if (process == PICTURE_NONE || membership->error != 0 || membership->kind == WIRE_HEARTBEAT) {
        return;
    }
    if (membership->kind == WIRE_JOINED) {
        on_joined(picture, process, observation->at_ns);
        return;
    }
    if (membership->kind == WIRE_LEFT) {
        close_span(picture, find_open(picture, PICTURE_MEMBER, process, PICTURE_NONE, 0), observation->at_ns);
    }
    for (size_t i = 0; i < picture->partition_count; i++) {
        const struct picture_partition *row = &picture->partitions[i];
        if (strcmp(row->group, membership->group) == 0 && !is_assigned(membership, row)) {
            close_span(picture, find_open(picture, PICTURE_OWNED, process, i, 0), observation->at_ns);
            close_span(picture, find_open(picture, PICTURE_PAUSED, process, i, 0), observation->at_ns);
        }
    }
    for (size_t i = 0; i < membership->assigned_count; i++) {
        size_t partition =
            partition_row(picture, membership->group, membership->assigned[i].topic, membership->assigned[i].partition);
        on_assigned(picture, process, partition, observation->at_ns);
    }
}

static void on_job(struct picture *picture, const struct observation *observation)
{
    const struct carafe_job_view *job = observation->event->job;
    size_t process = process_row(picture, observation->process);
    size_t partition = partition_row(picture, job->group, job->topic, job->partition);
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "%s %s/%" PRId32 " by %s: offsets %" PRId64 "..%" PRId64 ", attempt %d",
                   carafe_job_type_name(job->type), job->topic, job->partition, observation->process, job->first_offset,
                   job->last_offset, job->attempt);
    struct picture_item item = {.kind = PICTURE_JOB,
                                .process = process,
                                .partition = partition,
                                .from_ns = observation->at_ns,
                                .until_ns = PICTURE_OPEN,
                                .job = job->id};
    if (process != PICTURE_NONE && partition != PICTURE_NONE) {
        (void)add(picture, &item, text);
    }
}

static struct picture_item *job_of(struct picture *picture, const struct observation *observation)
{
    const struct carafe_job_view *job = observation->event->job;
    return job == NULL
               ? NULL
               : find_open(picture, PICTURE_JOB, process_row(picture, observation->process), PICTURE_NONE, job->id);
}

static void on_error(struct picture *picture, const struct observation *observation)
{
    struct picture_item *job = job_of(picture, observation);
    if (job != NULL) {
        job->failed = true;
    }
    add_moment(picture, PICTURE_ERROR, process_row(picture, observation->process), PICTURE_NONE, observation);
}

static void on_letter(struct picture *picture, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    size_t partition = partition_row(picture, event->group, event->topic, event->partition);
    add_moment(picture, PICTURE_LETTER, process_row(picture, observation->process), partition, observation);
}

static void on_pause(struct picture *picture, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    size_t process = process_row(picture, observation->process);
    size_t partition = partition_row(picture, event->group, event->topic, event->partition);
    if (event->kind == CARAFE_EVENT_CLIENT_PAUSE) {
        open_span(picture, PICTURE_PAUSED, process, partition, observation->at_ns);
    } else if (partition != PICTURE_NONE) {
        close_span(picture, find_open(picture, PICTURE_PAUSED, process, partition, 0), observation->at_ns);
    }
}

/* ---- Observations ------------------------------------------------------------------------------------------------ */

static void on_event(struct picture *picture, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    switch (event->kind) {
    case CARAFE_EVENT_CONSUMER_CONSUME:
        if (event->job != NULL) {
            on_job(picture, observation);
        }
        break;
    case CARAFE_EVENT_WORKER_PROCESSED:
    case CARAFE_EVENT_WORKER_COMPLETED:
        close_span(picture, job_of(picture, observation), observation->at_ns);
        break;
    case CARAFE_EVENT_CLIENT_PAUSE:
    case CARAFE_EVENT_CLIENT_RESUME:
        on_pause(picture, observation);
        break;
    case CARAFE_EVENT_DEAD_LETTER_DISPATCHED:
        on_letter(picture, observation);
        break;
    case CARAFE_EVENT_ERROR_OCCURRED:
        on_error(picture, observation);
        break;
    case CARAFE_EVENT_PROCESS_NOTICE_SIGNAL:
        add_moment(picture, PICTURE_SIGNAL, process_row(picture, observation->process), PICTURE_NONE, observation);
        break;
    default:
        if (event->kind <= CARAFE_EVENT_APP_TERMINATED) {
            on_status(picture, observation);
        }
        break;
    }
}

/* A plain member tells of no jobs: a moment for each message. */
static void on_handled(struct picture *picture, const struct observation *observation)
{
    const struct observed *number = observation_field(observation, "partition");
    size_t process = process_row(picture, observation->process);
    for (size_t i = 0; number != NULL && i < picture->partition_count; i++) {
        const struct picture_partition *row = &picture->partitions[i];
        if (row->number == number->integer && strcmp(row->topic, observation->name) == 0 &&
            find_open(picture, PICTURE_OWNED, process, i, 0) != NULL &&
            find_open(picture, PICTURE_JOB, process, i, 0) == NULL) {
            struct picture_item item = {.kind = PICTURE_JOB,
                                        .process = process,
                                        .partition = i,
                                        .from_ns = observation->at_ns,
                                        .until_ns = observation->at_ns};
            (void)add(picture, &item, NULL);
        }
    }
}

void picture_observe(struct picture *picture, const struct observation *observation)
{
    switch (observation->kind) {
    case OBSERVATION_EVENT:
        on_event(picture, observation);
        break;
    case OBSERVATION_STIMULUS:
        on_stimulus(picture, observation);
        break;
    case OBSERVATION_GROUP:
        on_membership(picture, observation);
        break;
    case OBSERVATION_HANDLED:
        on_handled(picture, observation);
        break;
    case OBSERVATION_REPORT:
        add_moment(picture, PICTURE_REPORT, process_row(picture, observation->process), PICTURE_NONE, observation);
        break;
    case OBSERVATION_EXIT:
        on_exit_of(picture, observation);
        break;
    default:
        break;
    }
}
