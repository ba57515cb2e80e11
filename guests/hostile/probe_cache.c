/* Cache-block operations on its own memory: what is dropped from a cache must not bring back what
 * others left in memory.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 words[] = {
    0x0005200f, /* cbo.inval (a0) */
    0x0015200f, /* cbo.clean (a0) */
    0x0025200f, /* cbo.flush (a0) */
    0x0045200f, /* cbo.zero (a0) */
};

void attack(void)
{
    u64 page = RAM + 0x600000;
    for (u64 at = page; at < page + PAGE_SIZE; at += 64)
        for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
            u64 cause = attempt_word(words[i], at, 0);
            check(cause == NONE || cause == ILLEGAL, "cache-block operation", words[i]);
            check(attempt(load64, at, 0) == NONE && last.value == 0, "memory at", at);
        }
}
