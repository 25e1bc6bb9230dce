#include "run/loads.h"

#include "base/assert.h"
#include "kafka/load.h"
#include "ports/clock.h"
#include "run/director.h"
#include "run/files.h"
#include "run/ledger.h"
#include "run/verdict.h"
#include "world/world.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_STREAM   UINT64_C(0x6c6f6164)
#define LOAD_FLUSH_MS 30000
#define LOAD_RETRY_NS (10 * NS_PER_MS)

/* One load that is under way. */
struct sending {
    const struct program_load *load;
    int64_t start_ns; /* of the world */
    int64_t sent;
    int64_t total;
    char *file; /* its bytes; NULL: none */
    size_t file_len;
    size_t file_at;
};

struct loads {
    struct run *run;
    struct sim_process *process;
    struct load *load;
    struct sending *list;
    size_t count;
    int thread; /* that sends; 0: not started */
    bool stopping;
    bool ended;
    int waiter; /* thread that waits for the end */
    char *payload;
    size_t payload_size;
};

struct loads *loads_create(struct run *run)
{
    struct loads *loads = calloc(1, sizeof *loads);
    if (loads == NULL) {
        return NULL;
    }
    loads->run = run;
    loads->list = calloc(PROGRAM_LOADS_MAX, sizeof *loads->list);
    if (loads->list == NULL) {
        loads_destroy(loads);
        return NULL;
    }
    return loads;
}

void loads_destroy(struct loads *loads)
{
    if (loads == NULL) {
        return;
    }
    for (size_t i = 0; loads->list != NULL && i < loads->count; i++) {
        free(loads->list[i].file);
    }
    free(loads->list);
    free(loads->payload);
    free(loads);
}

/* ---- What is sent, and when -------------------------------------------------------------------------------------- */

/* When message `index` of a load is due, since its start. */
static int64_t due_ns(const struct program_load *load, int64_t index)
{
    if (load->kind == PROGRAM_LOAD_BURST) {
        return load->burst > 0 ? index / load->burst * load->every_ns : 0;
    }
    return index / load->rate * load->rate_ns + index % load->rate * load->rate_ns / load->rate;
}

/* How many messages there are in all; bounded by time, by count, or by both. */
static int64_t total_of(const struct program_load *load)
{
    int64_t total = load->count;
    if (load->kind == PROGRAM_LOAD_BURST && load->every_ns == 0) {
        return load->burst < total ? load->burst : total;
    }
    if (load->for_ns == PROGRAM_END_NS) {
        return total;
    }
    int64_t in_time = 0;
    if (load->kind == PROGRAM_LOAD_RATE) {
        in_time = load->for_ns / load->rate_ns * load->rate +
                  (load->for_ns % load->rate_ns * load->rate + load->rate_ns - 1) / load->rate_ns;
    } else {
        in_time = load->every_ns > 0 ? (load->for_ns + load->every_ns - 1) / load->every_ns * load->burst : load->burst;
    }
    return in_time < total ? in_time : total;
}

/* The next line of the file, from its start again after the last. */
static size_t next_line(struct sending *sending, const char **line)
{
    if (sending->file_at >= sending->file_len) {
        sending->file_at = 0;
    }
    *line = sending->file + sending->file_at;
    const char *end = memchr(*line, '\n', sending->file_len - sending->file_at);
    size_t len = end != NULL ? (size_t)(end - *line) : sending->file_len - sending->file_at;
    sending->file_at += len + 1;
    return len;
}

/* Room for a payload of `size` bytes, all of them dots. */
static void reserve_payload(struct loads *loads, size_t size)
{
    if (size > loads->payload_size) {
        loads->payload = realloc(loads->payload, size);
        ASSERT(loads->payload != NULL);
        loads->payload_size = size;
    }
    memset(loads->payload, '.', size);
}

/* Numbered, so that a person finds a message again; filled up to the size that is wanted. */
static size_t make_payload(struct loads *loads, const struct program_load *load, int64_t index)
{
    int64_t drawn = run_draw(loads->run, &load->size, LOAD_STREAM + (uint64_t)index);
    size_t size = drawn < PROGRAM_PAYLOAD_MAX ? (size_t)drawn : PROGRAM_PAYLOAD_MAX;
    char head[32];
    size_t len = (size_t)snprintf(head, sizeof head, "%" PRId64 " ", index);
    reserve_payload(loads, size + 1);
    memcpy(loads->payload, head, len < size ? len : size);
    return size;
}

static const char *key_of(const struct program_load *load, int64_t index, char *buffer, size_t size)
{
    switch (load->keys) {
    case PROGRAM_KEYS_ONE:
        return load->key;
    case PROGRAM_KEYS_MANY:
        snprintf(buffer, size, "key-%" PRId64, index % load->key_count);
        return buffer;
    default:
        return NULL;
    }
}

static int send_one(struct loads *loads, struct sending *sending, struct carafe_error *error)
{
    const struct program_load *load = sending->load;
    const struct program_topic *topic = &loads->run->program->topics[load->to.topic];
    char buffer[32];
    const char *key = key_of(load, sending->sent, buffer, sizeof buffer);
    int32_t partition = load->to.partition;
    if (partition == PROGRAM_NO_PARTITION && key == NULL) {
        partition = (int32_t)(sending->sent % topic->partitions);
    }
    const char *payload = NULL;
    size_t len = 0;
    if (sending->file != NULL) {
        len = next_line(sending, &payload);
    } else if (load->null_payload) {
        payload = NULL;
    } else if (load->payload != NULL) {
        payload = load->payload;
        len = strlen(payload);
    } else {
        len = make_payload(loads, load, sending->sent);
        payload = loads->payload;
    }
    return load_send(loads->load, topic->name, partition, key, key != NULL ? strlen(key) : 0, payload, len,
                     (uint64_t)sending->sent, error);
}

/* ---- The thread -------------------------------------------------------------------------------------------------- */

/* The load whose next message is due first; NULL: all are done. */
static struct sending *next_sending(struct loads *loads, int64_t *when_ns)
{
    struct sending *next = NULL;
    for (size_t i = 0; i < loads->count; i++) {
        struct sending *sending = &loads->list[i];
        if (sending->sent >= sending->total) {
            continue;
        }
        int64_t due = sending->start_ns + due_ns(sending->load, sending->sent);
        if (next == NULL || due < *when_ns) {
            next = sending;
            *when_ns = due;
        }
    }
    return next;
}

static void send_due(struct loads *loads, struct sending *sending)
{
    struct carafe_error error;
    int code = send_one(loads, sending, &error);
    if (code == CARAFE_FULL) {
        sim_sleep_until(sim_now() + LOAD_RETRY_NS);
        load_poll(loads->load, 0);
        return;
    }
    if (code != 0) {
        verdict_error(loads->run, EXIT_USAGE, "load: %s", error.text);
        sending->sent = sending->total;
        return;
    }
    sending->sent++;
    load_poll(loads->load, 0);
}

static void send_all(void *argument)
{
    struct loads *loads = argument;
    struct carafe_error error;
    int code = load_borrow(loads->run->cluster, &loads->load, &error);
    ASSERT(code == 0);
    while (!loads->stopping) {
        int64_t when = SIM_NEVER;
        struct sending *sending = next_sending(loads, &when);
        if (sending == NULL) {
            director_wake(loads->run->director);
            sim_wait_until(SIM_NEVER);
        } else if (when > sim_now()) {
            sim_wait_until(when);
        } else {
            send_due(loads, sending);
        }
    }
    (void)load_flush(loads->load, LOAD_FLUSH_MS, &error);
    load_close(loads->load, 0);
    loads->load = NULL;
    loads->ended = true;
    sim_wake(loads->waiter);
}

static bool read_file(struct sending *sending, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    sending->file = malloc(LOAD_FILE_MAX);
    sending->file_len = sending->file != NULL ? fread(sending->file, 1, LOAD_FILE_MAX, file) : 0;
    bool whole = sending->file_len > 0 && fgetc(file) == EOF && ferror(file) == 0;
    fclose(file);
    return whole;
}

static int64_t lines_of(const struct sending *sending)
{
    int64_t lines = 0;
    for (size_t i = 0; i < sending->file_len; i++) {
        lines += sending->file[i] == '\n' || i + 1 == sending->file_len;
    }
    return lines;
}

void loads_start(struct loads *loads, const struct program_load *load)
{
    ASSERT(loads->count < PROGRAM_LOADS_MAX);
    struct sending *sending = &loads->list[loads->count];
    *sending = (struct sending){.load = load, .start_ns = sim_now(), .total = total_of(load)};
    if (load->file != NULL) {
        if (!read_file(sending, load->file)) {
            verdict_error(loads->run, EXIT_USAGE, "load: expected %s to be a file of 1 to %d bytes, got %s", load->file,
                          LOAD_FILE_MAX, errno != 0 ? strerror(errno) : "another size");
            return;
        }
        if (sending->total == PROGRAM_UNLIMITED) {
            sending->total = lines_of(sending);
        }
    }
    ledger_loaded(loads->run->ledger, load->to.topic, sending->total);
    loads->count++;
    if (loads->thread != 0) {
        sim_wake(loads->thread);
        return;
    }
    loads->process = sim_process_create(&(struct sim_process_options){.name = "load", .host_name = "load"});
    loads->thread = sim_process_spawn(loads->process, "load", send_all, loads);
}

bool loads_done(const struct loads *loads)
{
    for (size_t i = 0; i < loads->count; i++) {
        if (loads->list[i].sent < loads->list[i].total) {
            return false;
        }
    }
    return true;
}

void loads_stop(struct loads *loads)
{
    if (loads->thread == 0) {
        return;
    }
    loads->waiter = sim_thread_number();
    loads->stopping = true;
    sim_wake(loads->thread);
    while (!loads->ended) {
        sim_wait_until(SIM_NEVER);
    }
}
