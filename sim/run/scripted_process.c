#include "run/scripted.h"

#include "world/world.h"

#include <stdio.h>
#include <string.h>

#define RANDOM_STREAM UINT64_C(0x72616e64)

static const char *host_name(struct process *port)
{
    return ((struct scripted_process *)port)->host_name;
}

static int64_t id(struct process *port)
{
    struct scripted_process *process = (struct scripted_process *)port;
    return process->id != 0 ? process->id : sim_process_id(process->process);
}

static int64_t parent_id(struct process *port)
{
    return ((struct scripted_process *)port)->parent_id;
}

static void random_bytes(struct process *port, void *bytes, size_t len)
{
    struct scripted_process *process = (struct scripted_process *)port;
    unsigned char *at = bytes;
    while (len > 0) {
        uint64_t word = run_random(process->run, (RANDOM_STREAM << 32) + ((uint64_t)id(port) << 16) + process->draws++);
        size_t count = len < sizeof word ? len : sizeof word;
        memcpy(at, &word, count);
        at += count;
        len -= count;
    }
}

static void end(struct process *port, int code) __attribute__((noreturn));

static void end(struct process *port, int code)
{
    (void)port;
    sim_process_exit(code);
}

void scripted_process_init(struct scripted_process *process, struct run *run, const char *name, int64_t number)
{
    *process = (struct scripted_process){
        .port = {.host_name = host_name, .id = id, .parent_id = parent_id, .random = random_bytes, .exit = end},
        .run = run,
        .id = number,
        .parent_id = 1};
    snprintf(process->host_name, sizeof process->host_name, "%s", name);
}
