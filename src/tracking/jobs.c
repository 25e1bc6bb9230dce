#include "tracking/jobs.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64
#define NO_OFFSET      (-1001)

struct tracked_job {
    uint64_t id;
    uint32_t next; /* in order of arrival, or of the free ones */
    uint32_t previous;
    enum carafe_job_type type;
    bool running;
    double updated_at;
    int32_t partition;
    int64_t first_offset;
    int64_t last_offset;
    int64_t processing_lag_ms;
    int64_t consumption_lag_ms;
    int64_t committed_offset;
    size_t messages;
    struct json_buffer text; /* topic, consumer, group, subscription group, tags: terminated, in this order */
    size_t consumer;         /* places in `text` */
    size_t group;
    size_t subscription_group;
    size_t tags;
    size_t tag_count;
};

void jobs_init(struct jobs *jobs)
{
    *jobs = (struct jobs){.first = JOBS_NONE, .last = JOBS_NONE, .free = JOBS_NONE};
}

void jobs_close(struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->capacity; i++) {
        json_buffer_close(&jobs->records[i].text);
    }
    free(jobs->records);
    free(jobs->slots);
    jobs_init(jobs);
}

/* ---- records by id: open addressing ------------------------------------------------------------------------------ */

static size_t slot_count(const struct jobs *jobs)
{
    return jobs->capacity * 2;
}

/* Ids count upwards, so that their low bits spread them evenly. */
static size_t home_slot(const struct jobs *jobs, uint64_t id)
{
    return (size_t)id & (slot_count(jobs) - 1);
}

/* The slot that holds `id`, or the empty one where it belongs. */
static size_t find_slot(const struct jobs *jobs, uint64_t id)
{
    size_t slot = home_slot(jobs, id);
    while (jobs->slots[slot] != JOBS_NONE && jobs->records[jobs->slots[slot]].id != id) {
        slot = (slot + 1) & (slot_count(jobs) - 1);
    }
    return slot;
}

/* Empty `slot`, and move those behind it that would not be found over the gap. */
static void empty_slot(struct jobs *jobs, size_t slot)
{
    size_t mask = slot_count(jobs) - 1;
    size_t gap = slot;
    for (size_t at = (slot + 1) & mask; jobs->slots[at] != JOBS_NONE; at = (at + 1) & mask) {
        size_t home = home_slot(jobs, jobs->records[jobs->slots[at]].id);
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            jobs->slots[gap] = jobs->slots[at];
            gap = at;
        }
    }
    jobs->slots[gap] = JOBS_NONE;
}

static int grow(struct jobs *jobs)
{
    if (jobs->capacity >= JOBS_MAX) {
        return CARAFE_FULL;
    }
    size_t capacity = jobs->capacity == 0 ? FIRST_CAPACITY : jobs->capacity * 2;
    uint32_t *slots = malloc(capacity * 2 * sizeof *slots);
    struct tracked_job *records = slots == NULL ? NULL : realloc(jobs->records, capacity * sizeof *records);
    if (records == NULL) {
        free(slots);
        return CARAFE_NO_MEMORY;
    }
    memset(slots, 0xFF, capacity * 2 * sizeof *slots); /* JOBS_NONE */
    for (size_t i = capacity; i-- > jobs->capacity;) {
        records[i] = (struct tracked_job){.next = jobs->free};
        jobs->free = (uint32_t)i;
    }
    free(jobs->slots);
    jobs->slots = slots;
    jobs->records = records;
    jobs->capacity = capacity;
    for (uint32_t i = jobs->first; i != JOBS_NONE; i = records[i].next) {
        slots[find_slot(jobs, records[i].id)] = i;
    }
    return 0;
}

/* ---- listing ----------------------------------------------------------------------------------------------------- */

static size_t keep_text(struct json_buffer *text, const char *value)
{
    size_t place = text->len;
    const char *present = value == NULL ? "" : value;
    json_buffer_add(text, present, strlen(present) + 1);
    return place;
}

static void fill(struct tracked_job *record, const struct carafe_job_view *job, bool running, double updated_at)
{
    record->type = job->type;
    record->running = running;
    record->updated_at = updated_at;
    record->partition = job->partition;
    record->first_offset = job->first_offset;
    record->last_offset = job->last_offset;
    record->processing_lag_ms = job->processing_lag_ms;
    record->consumption_lag_ms = job->consumption_lag_ms;
    record->committed_offset = job->committed_offset;
    record->messages = job->messages;
    json_buffer_reset(&record->text);
    (void)keep_text(&record->text, job->topic);
    record->consumer = keep_text(&record->text, job->consumer);
    record->group = keep_text(&record->text, job->group);
    record->subscription_group = keep_text(&record->text, job->subscription_group);
    record->tags = record->text.len;
    record->tag_count = job->tags.count;
    for (size_t i = 0; i < job->tags.count; i++) {
        (void)keep_text(&record->text, job->tags.list[i]);
    }
}

/* Take a free record and put it at the end of the list. */
static uint32_t append(struct jobs *jobs, uint64_t id)
{
    uint32_t index = jobs->free;
    struct tracked_job *record = &jobs->records[index];
    jobs->free = record->next;
    record->id = id;
    record->next = JOBS_NONE;
    record->previous = jobs->last;
    if (jobs->last == JOBS_NONE) {
        jobs->first = index;
    } else {
        jobs->records[jobs->last].next = index;
    }
    jobs->last = index;
    jobs->count++;
    return index;
}

static void remove_slot(struct jobs *jobs, size_t slot)
{
    uint32_t index = jobs->slots[slot];
    struct tracked_job *record = &jobs->records[index];
    empty_slot(jobs, slot);
    if (record->previous == JOBS_NONE) {
        jobs->first = record->next;
    } else {
        jobs->records[record->previous].next = record->next;
    }
    if (record->next == JOBS_NONE) {
        jobs->last = record->previous;
    } else {
        jobs->records[record->next].previous = record->previous;
    }
    record->next = jobs->free;
    jobs->free = index;
    jobs->count--;
}

int jobs_put(struct jobs *jobs, const struct carafe_job_view *job, bool running, double updated_at)
{
    if (jobs->free == JOBS_NONE) {
        int code = grow(jobs);
        if (code != 0) {
            return code;
        }
    }
    size_t slot = find_slot(jobs, job->id);
    if (jobs->slots[slot] == JOBS_NONE) {
        jobs->slots[slot] = append(jobs, job->id);
    }
    struct tracked_job *record = &jobs->records[jobs->slots[slot]];
    fill(record, job, running, updated_at);
    if (record->text.failed) {
        remove_slot(jobs, slot);
        return CARAFE_NO_MEMORY;
    }
    return 0;
}

int jobs_retag(struct jobs *jobs, const struct carafe_job_view *job)
{
    if (jobs->capacity == 0) {
        return 0;
    }
    uint32_t index = jobs->slots[find_slot(jobs, job->id)];
    if (index == JOBS_NONE) {
        return 0;
    }
    const struct tracked_job *record = &jobs->records[index];
    return jobs_put(jobs, job, record->running, record->updated_at);
}

void jobs_remove(struct jobs *jobs, uint64_t id)
{
    if (jobs->capacity == 0) {
        return;
    }
    size_t slot = find_slot(jobs, id);
    if (jobs->slots[slot] != JOBS_NONE) {
        remove_slot(jobs, slot);
    }
}

void jobs_remove_pending(struct jobs *jobs, const char *subscription_group)
{
    uint32_t next = JOBS_NONE;
    for (uint32_t i = jobs->first; i != JOBS_NONE; i = next) {
        const struct tracked_job *record = &jobs->records[i];
        next = record->next;
        if (!record->running && strcmp(record->text.bytes + record->subscription_group, subscription_group) == 0) {
            remove_slot(jobs, find_slot(jobs, record->id));
        }
    }
}

/* ---- reporting --------------------------------------------------------------------------------------------------- */

static void write_job(const struct tracked_job *job, struct json_document *document, struct json_value *array)
{
    const char *text = job->text.bytes;
    struct json_value *object = json_add_object(document, array, JSON_NO_KEY);
    json_add_float(document, object, JSON_KEY("updated_at"), job->updated_at);
    json_add_text(document, object, JSON_KEY("topic"), text);
    json_add_integer(document, object, JSON_KEY("partition"), job->partition);
    json_add_integer(document, object, JSON_KEY("first_offset"), job->first_offset);
    json_add_integer(document, object, JSON_KEY("last_offset"), job->last_offset);
    json_add_integer(document, object, JSON_KEY("processing_lag"), job->processing_lag_ms);
    json_add_integer(document, object, JSON_KEY("consumption_lag"), job->consumption_lag_ms);
    /* The UI knows -1 for a partition that nothing was committed of yet. */
    json_add_integer(document, object, JSON_KEY("committed_offset"),
                     job->committed_offset == NO_OFFSET ? -1 : job->committed_offset);
    json_add_integer(document, object, JSON_KEY("messages"), (int64_t)job->messages);
    json_add_text(document, object, JSON_KEY("consumer"), text + job->consumer);
    json_add_text(document, object, JSON_KEY("consumer_group"), text + job->group);
    json_add_text(document, object, JSON_KEY("type"), carafe_job_type_name(job->type));
    struct json_value *tags = json_add_array(document, object, JSON_KEY("tags"));
    const char *tag = text + job->tags;
    for (size_t i = 0; i < job->tag_count; i++) {
        json_add_text(document, tags, JSON_NO_KEY, tag);
        tag += strlen(tag) + 1;
    }
    json_add_text(document, object, JSON_KEY("status"), job->running ? "running" : "pending");
}

void jobs_write(const struct jobs *jobs, struct json_document *document, struct json_value *array)
{
    for (uint32_t i = jobs->first; i != JOBS_NONE; i = jobs->records[i].next) {
        write_job(&jobs->records[i], document, array);
    }
}
