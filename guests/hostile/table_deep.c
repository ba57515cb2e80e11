/* Sv48 and Sv57, all levels of which are one table that contains itself.
 * outcome: contained */
#include "guests/hostile/hostile.h"

/* Bits of an address in the gigapage at which there is no memory. */
#define OUTSIDE (BIT(30) - RAM_SIZE)

/* Entry 2 is a leaf in a table of the second level, and a pointer above. */
static void try(u64 mode, unsigned levels)
{
    static u64 top[4][512] __attribute__((aligned(PAGE_SIZE)));
    for (unsigned i = 0; i + 3 < levels; i++) {
        u64 *below = i + 4 < levels ? top[i + 1] : root;
        top[i][0] = pte((u64)below, PTE_V);
        top[i][1] = pte((u64)top[i], PTE_V);
    }
    root[2] = pte(RAM, PTE_ALL);
    csr_write(satp, mode << 60 | (u64)top[0] >> 12);
    fence();
    if (csr_read(satp) >> 60 != mode) return;
    for (u64 i = 0; i < 200; i++) {
        u64 at = nasty();
        u64 cause = attempt(load64, at & ~OUTSIDE & -8ull, 0);
        check(cause == LOAD_PAGE || cause == NONE, "load from", at);
    }
    paging_off();
}

void attack(void)
{
    try(9, 4);
    try(10, 5);
}
