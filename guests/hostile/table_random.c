/* Random entries at every level, whose page numbers lie within its memory: tables made of what
 * happens to lie there.
 * outcome: contained */
#include "guests/hostile/hostile.h"

/* The fields at random, the page within RAM. */
static u64 entry(void)
{
    u64 r = random64();
    return pte(RAM + (r % RAM_SIZE & -4096ull), (r >> 40 & 0xff) | PTE_V);
}

static bool is_own(u64 cause)
{
    return cause == NONE || cause == LOAD_PAGE || cause == STORE_PAGE || cause == LOAD_ACCESS ||
           cause == STORE_ACCESS;
}

void attack(void)
{
    static u64 table[3][512] __attribute__((aligned(PAGE_SIZE)));
    paging_on();
    root[4] = pte((u64)table[0], PTE_V);
    for (unsigned i = 0; i < 2000; i++) {
        u64 at = 0x100000000ull | (random64() & 0x3ffffff8);
        table[0][at >> 21 & 511] = i % 3 ? pte((u64)table[1], PTE_V) : entry() & ~(u64)PTE_W;
        table[1][at >> 12 & 511] = entry() & ~(u64)PTE_W;
        fence();
        check(is_own(attempt(load64, at, 0)), "load from", at);
        check(is_own(attempt(store64, at, 0)), "store to", at);
    }
    paging_off();
}
