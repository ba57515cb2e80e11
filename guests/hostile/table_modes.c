/* Every MODE in satp, with roots of its own: those that there are work, the others change nothing.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    paging_on();
    u64 good = csr_read(satp);
    for (u64 mode = 0; mode < 16; mode++) {
        if (mode == 9 || mode == 10) continue; /* they want more levels: see table_deep */
        csr_write(satp, mode << 60 | (good & (BIT(44) - 1)));
        u64 got = csr_read(satp);
        check(got == good || (mode == 0 && got >> 60 == 0), "satp after MODE", mode);
        csr_write(satp, good);
        fence();
    }
    for (u64 i = 0; i < 100; i++) {
        u64 wild = nasty() | 15ull << 60;
        csr_write(satp, wild);
        check(csr_read(satp) == good, "satp after", wild);
    }
    paging_off();
}
