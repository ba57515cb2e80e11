/* Numbers that depend on nothing but a seed. */
#ifndef PLATFORM_RANDOM_H
#define PLATFORM_RANDOM_H

#include "hart/types.h"

/* The next of them (splitmix64). */
static inline u64 next_random(u64 *state)
{
    u64 z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

#endif
