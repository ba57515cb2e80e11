/* Reproducible randomness: the same seed gives the same numbers on every machine. */
#ifndef TESTS_RANDOM_RNG_H
#define TESTS_RANDOM_RNG_H

#include "hart/types.h"

struct rng {
    u64 state;
};

/* 64 random bits (splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014). */
static inline u64 rng_bits(struct rng *r)
{
    u64 z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* 0 to n - 1. */
static inline unsigned below(struct rng *r, unsigned n)
{
    return (unsigned)((rng_bits(r) >> 32) * n >> 32);
}

static inline bool chance(struct rng *r, unsigned percent)
{
    return below(r, 100) < percent;
}

/* A 64-bit value of the kind that programs, and bugs, like. */
u64 rng_value(struct rng *r);

#endif
