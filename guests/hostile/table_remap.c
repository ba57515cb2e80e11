/* Changes a mapping between two pages of its own, with and without a fence: an access may see the
 * old or the new page, and never a third.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    static u64 page[2][512] __attribute__((aligned(PAGE_SIZE)));
    page[0][0] = 1;
    page[1][0] = 2;
    paging_on();
    for (unsigned i = 0; i < 5000; i++) {
        leaves[9] = pte((u64)page[i & 1], PTE_ALL);
        if (i & 2) fence();
        check(attempt(load64, WINDOW + 9 * PAGE_SIZE, 0) == NONE, "load", i);
        bool fresh = last.value == 1 + (i & 1);
        check(fresh || (!(i & 2) && last.value == 2 - (i & 1)), "value", last.value);
    }
    paging_off();
}
