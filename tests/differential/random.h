/* splitmix64: small, seeded, the same everywhere. http://prng.di.unimi.it/splitmix64.c */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_RANDOM_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0 to bound - 1. */
static inline int random_below(struct random *random, int bound)
{
    return (int)(random_next(random) % (uint64_t)bound);
}

static inline bool random_percent(struct random *random, int percent)
{
    return random_below(random, 100) < percent;
}

#endif
