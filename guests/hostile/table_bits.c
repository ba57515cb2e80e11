/* Leaves with every combination of their low bits, and with each of the reserved and attribute
 * bits: each access is done or is the guest's own page fault.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static void try(u64 entry)
{
    leaves[7] = entry;
    fence();
    u64 load = attempt(load64, WINDOW + 7 * PAGE_SIZE, 0);
    check(load == NONE || load == LOAD_PAGE, "load by", entry);
    u64 store = attempt(store64, WINDOW + 7 * PAGE_SIZE, 0);
    check(store == NONE || store == STORE_PAGE || store == STORE_ACCESS, "store by", entry);
    u64 fetch = attempt(jump, WINDOW + 7 * PAGE_SIZE, 0);
    check(fetch == FETCH_PAGE || fetch == ILLEGAL, "fetch by", entry);
}

void attack(void)
{
    static u64 page[512] __attribute__((aligned(PAGE_SIZE)));
    paging_on();
    for (u64 low = 0; low < 1024; low++) try(pte((u64)page, low));
    for (unsigned bit = 54; bit < 64; bit++) {
        try(pte((u64)page, PTE_ALL) | BIT(bit));
        try(pte((u64)page, PTE_V) | BIT(bit));
    }
    try(pte((u64)page, PTE_ALL) | 3ull << 61);
    paging_off();
}
