/* The plain state in which each test starts: nothing delegated, no translation, no interrupt
 * enabled, extensions of menvcfg and relatives off, state-enable bits on, memory open by PMP
 * entry 15 alone. */
#include "harness.h"
#include "paging.h"

bool has_stateen, has_sstc;
u64 stateen_at_start[4];

SNIPPET(read_mstateen0, "csrr a0, mstateen0");
SNIPPET(read_mstateen1, "csrr a0, mstateen1");
SNIPPET(read_mstateen2, "csrr a0, mstateen2");
SNIPPET(read_mstateen3, "csrr a0, mstateen3");
SNIPPET(read_stimecmp, "csrr a0, stimecmp");

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
    csr_write(mip, 0);
    csr_write(hvip, 0);
}

static void reset_timers(void)
{
    if (!has_sstc) return;
    csr_write(henvcfg, ENVCFG_STCE);
    csr_write(htimedelta, 0); /* exists, as time does */
    csr_write(stimecmp, ~0ull);
    csr_write(vstimecmp, ~0ull);
}

/* menvcfg's bits are on meanwhile: while one is 0, henvcfg's may be kept out of reach. */
static void reset_environment(void)
{
    csr_write(menvcfg, ENVCFG_ADUE | ENVCFG_PBMTE | ENVCFG_STCE);
    reset_timers();
    csr_write(henvcfg, 0);
    csr_write(menvcfg, 0);
    csr_write(senvcfg, 0);
    csr_write(mcounteren, 0);
    csr_write(scounteren, 0);
    csr_write(hcounteren, 0);
    if (has_stateen) {
        csr_write(mstateen0, ~0ull);
        csr_write(hstateen0, ~0ull);
        csr_write(sstateen0, ~0ull);
    }
}

void probe_machine(void)
{
    static const u32 *const read[] = {read_mstateen0, read_mstateen1, read_mstateen2,
                                      read_mstateen3};

    has_stateen = run(M_MODE, read_mstateen0).level == NOT_TAKEN;
    for (unsigned n = 0; n < 4; n++) stateen_at_start[n] = run(M_MODE, read[n]).value;
    has_sstc = run(M_MODE, read_stimecmp).level == NOT_TAKEN;
}

void reset_machine(void)
{
    reset_pmp();
    reset_traps();
    reset_status();
    reset_environment();
    reset_interrupts();
    csr_write(satp, 0);
    csr_write(vsatp, 0);
    csr_write(hgatp, 0);
    reset_tables();
    fence_all();
}

void fence_all(void)
{
    __asm__ volatile("sfence.vma\nhfence.vvma\nhfence.gvma" ::: "memory");
}
