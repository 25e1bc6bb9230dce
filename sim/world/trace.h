/* The hashes that tell two runs apart. */
#ifndef SIM_WORLD_TRACE_H
#define SIM_WORLD_TRACE_H

#include "world/state.h"

void sim_trace_start(void);
void sim_trace_switch(const struct sim_thread *next);
/* `bytes` of a socket or pipe, sent (`way` 1) or read (2), now. */
void sim_trace_bytes(uint64_t socket_number, int way, const void *bytes, size_t len);
/* Of the three. */
uint64_t sim_trace_hash(void);

#endif
