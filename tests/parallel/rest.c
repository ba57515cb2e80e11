/* A second of waiting, which costs the host nothing: programs.sh measures the run. */
#include "smp.h"

void on_ipi(unsigned hart)
{
    (void)hart;
}

void program(unsigned hart)
{
    MTIMECMP(hart) = MTIME + TICKS_PER_S;
    csr_write(mie, BIT(MTI));
    while (!(csr_read(mip) & BIT(MTI))) WFI();
    barrier();
}
