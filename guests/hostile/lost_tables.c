/* Paging with a root full of zeros: every fetch is a page fault, that of the trap vector too.
 * outcome: spins */
#include "guests/hostile/hostile.h"

void attack(void)
{
    static u64 empty[512] __attribute__((aligned(PAGE_SIZE)));
    csr_write(satp, SATP_SV39 << 60 | (u64)empty >> 12);
    fence();
}
