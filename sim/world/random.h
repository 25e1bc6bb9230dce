/* Streams of numbers.  Seeds are hashed before use: those of two streams may differ by little and share nothing. */
#ifndef SIM_WORLD_RANDOM_H
#define SIM_WORLD_RANDOM_H

#include <stdint.h>

struct sim_random {
    uint64_t state;
};

static inline uint64_t sim_random_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

/* The next number of `random` (splitmix64, Steele and others, 2014). */
static inline uint64_t sim_random_next(struct sim_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    return sim_random_mix(random->state);
}

/* 0 .. below - 1; `below` fits 32 bits. */
static inline uint64_t sim_random_below(struct sim_random *random, uint64_t below)
{
    return ((sim_random_next(random) >> 32) * below) >> 32;
}

/* Which stream of a seed: users differ, and so do the numbers within one. */
enum sim_random_user { RANDOM_SCHEDULER = 1, RANDOM_NETWORK, RANDOM_THREAD, RANDOM_CALLER };

static inline struct sim_random sim_random_stream(uint64_t seed, enum sim_random_user user, uint64_t number)
{
    uint64_t state = sim_random_mix(seed + UINT64_C(0x632be59bd9b4e019));
    state = sim_random_mix(state ^ ((uint64_t)user * UINT64_C(0xd6e8feb86659fd93)));
    state = sim_random_mix(state ^ (number * UINT64_C(0xa0761d6478bd642f)));
    return (struct sim_random){state};
}

#endif
