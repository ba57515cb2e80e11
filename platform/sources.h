/* Sets of an interrupt controller's sources, a bit each, in words as its registers have them. */
#ifndef PLATFORM_SOURCES_H
#define PLATFORM_SOURCES_H

#include "hart/types.h"

static inline bool get(const u32 *set, unsigned source)
{
    return set[source / 32] >> source % 32 & 1;
}

static inline void put(u32 *set, unsigned source, bool value)
{
    u32 bit = (u32)1 << source % 32;
    if (value)
        set[source / 32] |= bit;
    else
        set[source / 32] &= ~bit;
}

#endif
