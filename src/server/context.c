#include "server/context.h"

#include <stdio.h>

void id_generate(struct process *process, char id[ID_SIZE])
{
    unsigned char bytes[ID_SIZE / 2];
    process->random(process, bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        (void)snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    }
}

int64_t deadline_after_ms(int64_t from_ns, int64_t duration_ms)
{
    if (duration_ms > (NEVER_NS - 1 - from_ns) / NS_PER_MS) {
        return NEVER_NS - 1;
    }
    return from_ns + duration_ms * NS_PER_MS;
}
