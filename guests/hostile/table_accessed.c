/* Clears A and D of leaves again and again: they are set by the hart, or a page fault asks for it;
 * a neighbour's tables are none of it.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    static u64 page[512] __attribute__((aligned(PAGE_SIZE)));
    paging_on();
    for (unsigned i = 0; i < 2000; i++) {
        leaves[11] = pte((u64)page, PTE_ALL & ~(i & 1 ? PTE_A : PTE_D));
        fence();
        u64 cause = attempt(store64, WINDOW + 11 * PAGE_SIZE, i);
        check(cause == NONE || cause == STORE_PAGE, "store", i);
        bool set = (leaves[11] & (PTE_A | PTE_D)) == (PTE_A | PTE_D);
        check((cause == NONE) == set, "entry after it", leaves[11]);
    }
    paging_off();
}
