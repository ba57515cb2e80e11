/* Runs through all ASIDs, with one page that differs between them.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    static u64 page[2][512] __attribute__((aligned(PAGE_SIZE)));
    page[0][0] = 0;
    page[1][0] = 1;
    paging_on();
    u64 base = csr_read(satp);
    for (u64 asid = 0; asid < 65536; asid += 13) {
        leaves[9] = pte((u64)page[asid & 1], PTE_ALL);
        csr_write(satp, base | asid << 44);
        fence();
        u64 value = *(volatile u64 *)(WINDOW + 9 * PAGE_SIZE);
        check(value == (asid & 1), "page of ASID", asid);
    }
    paging_off();
}
