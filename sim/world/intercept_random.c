/* Random numbers: of each thread its own, from the world's seed. */
#include "world/intercept.h"
#include "world/memory.h"

static uint64_t next(void)
{
    struct sim_random stream = {sim_world.current->random};
    uint64_t number = sim_random_next(&stream);
    sim_world.current->random = stream.state;
    return number;
}

static int next_int(void)
{
    return (int)(next() % ((uint64_t)RAND_MAX + 1));
}

SIM_INTERCEPT int rand(void)
{
    return INSIDE(rand) ? next_int() : REAL(rand)();
}

/* Seeds are made of addresses and times by those who call: the thread's stream takes their place. */
SIM_INTERCEPT int rand_r(unsigned *seed)
{
    return INSIDE(rand_r) ? next_int() : REAL(rand_r)(seed);
}

SIM_INTERCEPT void srand(unsigned seed)
{
    if (!INSIDE(srand)) {
        REAL(srand)(seed);
    }
}

SIM_INTERCEPT ssize_t getrandom(void *bytes, size_t len, unsigned flags)
{
    if (!INSIDE(getrandom)) {
        return REAL(getrandom)(bytes, len, flags);
    }
    unsigned char *to = bytes;
    for (size_t done = 0; done < len; done += sizeof(uint64_t)) {
        uint64_t number = next();
        size_t piece = len - done < sizeof(number) ? len - done : sizeof(number);
        sim_memory_copy(to + done, &number, piece);
    }
    return (ssize_t)len;
}
