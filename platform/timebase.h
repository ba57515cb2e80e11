/* What a device with a timer needs from the board. */
#ifndef PLATFORM_TIMEBASE_H
#define PLATFORM_TIMEBASE_H

#include "hart/types.h"

enum { TIMEBASE_HZ = 10000000, NS_PER_TICK = 1000000000 / TIMEBASE_HZ };
enum { NS_PER_MS = 1000000 };

#define NEVER (~0ull) /* a deadline that does not come */

struct timebase {
    void *arg;
    u64 (*now)(void *arg);     /* ticks of 1/TIMEBASE_HZ seconds since the machine was made */
    void (*replan)(void *arg); /* a deadline of the device has changed */
};

/* The deadline that is gap ticks after now. */
static inline u64 deadline_after(u64 now, u64 gap)
{
    return gap < NEVER - now ? now + gap : NEVER;
}

#endif
