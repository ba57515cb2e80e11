/* Tables that contain themselves, at each level, and are read and written through that: all of it
 * is the guest's own memory, and a page fault where no leaf comes.
 * outcome: contained */
#include "guests/hostile/hostile.h"

#define TABLES 0xc0000000ull /* served by the root as its own second level */

void attack(void)
{
    paging_on();
    root[3] = pte((u64)root, PTE_V);
    middle[1] = pte((u64)middle, PTE_V);
    leaves[5] = pte((u64)leaves, PTE_ALL);
    fence();
    for (u64 i = 0; i < 100; i++) {
        u64 to = RAM + (random64() % RAM_SIZE & -4096ull);
        u64 cause = attempt(store64, WINDOW + 5 * PAGE_SIZE + 8 * 6, pte(to, PTE_ALL));
        check(cause == NONE, "store to the leaves", i);
        fence();
        check(attempt(load64, WINDOW + 6 * PAGE_SIZE, 0) == NONE, "load by the new leaf", to);
    }
    for (u64 i = 0; i < 512; i++) {
        u64 at = TABLES + i * (BIT(21) + PAGE_SIZE);
        u64 cause = attempt(load64, at, 0);
        check(cause == LOAD_PAGE || (cause == NONE && i == 2), "load by the root in the root", at);
    }
    paging_off();
}
