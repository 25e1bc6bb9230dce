#include "world/trace.h"

#include <string.h>

#include "world/scheduler.h"

#define HASH_START      UINT64_C(0xcbf29ce484222325)
#define HASH_MULTIPLIER UINT64_C(0x9fb21c651e98df25)

static void (*sink)(int64_t now_ns, const char *text, size_t len, void *owner);
static void *sink_owner;

static inline uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * HASH_MULTIPLIER;
    return hash ^ (hash >> 29);
}

static uint64_t mix_bytes(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *next = bytes;
    uint64_t word;
    hash = mix(hash, len);
    for (; len >= sizeof(word); len -= sizeof(word), next += sizeof(word)) {
        __builtin_memcpy(&word, next, sizeof(word));
        hash = mix(hash, word);
    }
    word = 0;
    for (size_t i = 0; i < len; i++) {
        word |= (uint64_t)next[i] << (8 * i);
    }
    return mix(hash, word);
}

void sim_trace_start(void)
{
    sim_world.summary.event_hash = HASH_START;
    sim_world.summary.byte_hash = HASH_START;
    sim_world.summary.switch_hash = HASH_START;
}

void sim_trace_switch(const struct sim_thread *next)
{
    uint64_t hash = mix(sim_world.summary.switch_hash, (uint64_t)next->number);
    sim_world.summary.switch_hash = mix(hash, (uint64_t)sim_world.now_ns);
    sim_world.summary.switches++;
}

void sim_trace_bytes(uint64_t socket_number, int way, const void *bytes, size_t len)
{
    uint64_t hash = mix(sim_world.summary.byte_hash, (uint64_t)sim_world.now_ns);
    hash = mix(hash, socket_number << 2 | (uint64_t)way);
    sim_world.summary.byte_hash = mix_bytes(hash, bytes, len);
    sim_world.summary.bytes += way == 1 ? len : 0;
    sim_scheduler_progress();
}

void sim_trace_event(const char *text, size_t len)
{
    uint64_t hash = mix(sim_world.summary.event_hash, (uint64_t)sim_world.now_ns);
    sim_world.summary.event_hash = mix_bytes(hash, text, len);
    sim_world.summary.events++;
    sim_scheduler_progress();
    if (sink) {
        sink(sim_world.now_ns, text, len, sink_owner);
    }
}

void sim_trace_set_sink(void (*new_sink)(int64_t now_ns, const char *text, size_t len, void *owner), void *owner)
{
    sink = new_sink;
    sink_owner = owner;
}

uint64_t sim_trace_hash(void)
{
    uint64_t hash = mix(sim_world.summary.event_hash, sim_world.summary.byte_hash);
    return mix(mix(hash, sim_world.summary.switch_hash), (uint64_t)sim_world.now_ns);
}
