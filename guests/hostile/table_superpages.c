/* Superpages that are not aligned to their size: page faults, as the guest's own.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    for (unsigned bit = 12; bit < 30; bit++) {
        root[4] = pte(RAM | BIT(bit), PTE_ALL);
        fence();
        check(attempt(load64, 0x100000000, 0) == LOAD_PAGE, "gigapage off by", BIT(bit));
    }
    for (unsigned bit = 12; bit < 21; bit++) {
        middle[2] = pte(RAM | BIT(bit), PTE_ALL);
        fence();
        check(attempt(store64, WINDOW + 2 * BIT(21), 0) == STORE_PAGE, "megapage off by", BIT(bit));
    }
    paging_off();
}
