/* Turns paging on and off, without a pause.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    u64 deadline = now() + ticks(20);
    paging_on();
    for (u64 i = 0; !passed(deadline); i++) {
        csr_write(satp, SATP_SV39 << 60 | (i & 0xffff) << 44 | (u64)root >> 12);
        check(load64((u64)&root[2], 0) == root[2], "memory", i);
        csr_write(satp, 0);
    }
    paging_off();
}
