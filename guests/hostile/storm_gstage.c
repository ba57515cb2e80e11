/* Touches each page of its memory that it has not yet, by stores, loads and fetches.
 * outcome: contained */
#include "guests/hostile/hostile.h"

extern char bss_end[];

void attack(void)
{
    /* Its tree lies at the end, and is left alone. */
    u64 first = ((u64)bss_end + PAGE_SIZE - 1) & -4096ull, end = RAM + RAM_SIZE - 65536;
    for (u64 at = first; at < end; at += PAGE_SIZE) {
        check(attempt(load64, at, 0) == NONE && last.value == 0, "fresh page", at);
        check(attempt(store64, at, at) == NONE, "store to", at);
        check(attempt(jump, at + 8, 0) == ILLEGAL, "fetch from", at);
    }
    for (u64 at = first; at < end; at += PAGE_SIZE)
        check(attempt(load64, at, 0) == NONE && last.value == at, "what was stored at", at);
    for (u64 at = RAM; at < RAM + 0x200000; at += PAGE_SIZE)
        check(attempt(store64, at, at) == NONE, "store to", at);
}
