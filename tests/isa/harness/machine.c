/* The plain state in which each test starts: nothing delegated, no translation, no interrupt
 * enabled, extensions of menvcfg and relatives off, state-enable bits on, memory open by PMP
 * entry 15 alone. */
#include "harness.h"
#include "paging.h"

bool has_stateen;

SNIPPET(probe_mstateen0, "csrr a0, mstateen0");

static void reset_pmp(void)
{
    csr_write(pmpcfg0, 0);
    csr_write(pmpaddr15, MASK(53, 0));
    csr_write(pmpcfg2, 0x1full << 56); /* NAPOT over everything, RWX */
}

static void reset_traps(void)
{
    csr_write(mtvec, trap_m);
    csr_write(stvec, trap_hs);
    csr_write(vstvec, trap_vs);
    csr_write(medeleg, 0);
    csr_write(hedeleg, 0);
    csr_write(hideleg, 0);
    csr_write(mideleg, 0);
}

static void reset_status(void)
{
    csr_clear(mstatus, STATUS_MPRV | STATUS_SUM | STATUS_MXR | STATUS_TVM | STATUS_TW | STATUS_TSR |
                           STATUS_MIE | STATUS_SIE | STATUS_MPIE | STATUS_SPIE | STATUS_SPP |
                           STATUS_FS);
    csr_set(mstatus, FS_INITIAL);
    csr_clear(vsstatus,
              STATUS_SUM | STATUS_MXR | STATUS_SIE | STATUS_SPIE | STATUS_SPP | STATUS_FS);
    csr_set(vsstatus, FS_INITIAL);
    csr_clear(hstatus, HSTATUS_GVA | HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_HU | HSTATUS_VGEIN |
                           HSTATUS_VTVM | HSTATUS_VTW | HSTATUS_VTSR);
}

static void reset_interrupts(void)
{
    CLINT_MSIP = 0;
    CLINT_MTIMECMP = ~0ull;
    csr_write(mie, 0);
    csr_write(menvcfg, ENVCFG_STCE); /* so that the comparators can be written */
    csr_write(henvcfg, ENVCFG_STCE);
    csr_write(stimecmp, ~0ull);
    csr_write(vstimecmp, ~0ull);
    csr_write(htimedelta, 0);
    csr_write(henvcfg, 0);
    csr_write(menvcfg, 0);
    csr_write(senvcfg, 0);
    csr_write(mip, 0);
    csr_write(hvip, 0);
}

static void reset_stateen(void)
{
    if (!has_stateen) return;
    csr_write(mstateen0, ~0ull);
    csr_write(hstateen0, ~0ull);
    csr_write(sstateen0, ~0ull);
}

void reset_machine(void)
{
    static bool probed;

    reset_pmp();
    reset_traps();
    reset_status();
    reset_interrupts();
    csr_write(mcounteren, 0);
    csr_write(scounteren, 0);
    csr_write(hcounteren, 0);
    csr_write(satp, 0);
    csr_write(vsatp, 0);
    csr_write(hgatp, 0);
    reset_tables();
    fence_all();
    if (!probed) has_stateen = run(M_MODE, probe_mstateen0).level == NOT_TAKEN;
    probed = true;
    reset_stateen();
}

void fence_all(void)
{
    __asm__ volatile("sfence.vma\nhfence.vvma\nhfence.gvma" ::: "memory");
}
