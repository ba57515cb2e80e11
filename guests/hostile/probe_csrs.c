/* Puts values into its CSRs and looks at them over many slices: they must stay, and the
 * neighbour's must never come in their place.
 * outcome: contained */
#include "guests/hostile/hostile.h"

#define MINE 0x484f5354494c4521ull

void attack(void)
{
    u64 deadline = now() + ticks(25);
    csr_write(sepc, 0x80201230);
    csr_write(scause, 5);
    csr_write(stval, MINE);
    csr_write(sscratch, ~MINE);
    csr_write(scounteren, 2);
    u64 senvcfg = csr_read(senvcfg);
    while (!passed(deadline)) {
        check(csr_read(sepc) == 0x80201230, "sepc", csr_read(sepc));
        check(csr_read(scause) == 5, "scause", csr_read(scause));
        check(csr_read(stval) == MINE, "stval", csr_read(stval));
        check(csr_read(sscratch) == ~MINE, "sscratch", csr_read(sscratch));
        check(csr_read(satp) == 0, "satp", csr_read(satp));
        check(csr_read(senvcfg) == senvcfg, "senvcfg", csr_read(senvcfg));
        check((csr_read(scounteren) & 2) == 2, "scounteren", csr_read(scounteren));
    }
}
