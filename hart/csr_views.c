#include "hart/csr_views.h"
#include "hart/context.h"
#include "hart/csr.h"
#include "hart/interrupt.h"
#include "hart/trap.h"
#include "hext/csr_views.h"

CSR_GET(get_zero)
{
    (void)h;
    return 0;
}

/* Bit 0: there is no trigger at this tselect. */
CSR_GET(get_tinfo)
{
    (void)h;
    return 1;
}
CSR_SET(set_nothing)
{
    (void)h, (void)value;
}

/* ---- floating point ---- */

/* A write makes the state dirty, at both levels when V=1 (22.2.11). */
static void fp_dirty(struct hart *h)
{
    u64 before = h->mstatus;
    h->mstatus |= STATUS_FS;
    if (h->virt) h->vsstatus |= STATUS_FS;
    if (before != h->mstatus) csr_note(h, 0x300);
}

CSR_GET(get_fflags)
{
    return h->fflags;
}
CSR_GET(get_frm)
{
    return h->frm;
}
CSR_GET(get_fcsr)
{
    return h->fflags | (u64)h->frm << 5;
}
CSR_SET(set_fflags)
{
    h->fflags = value & 31;
    fp_dirty(h);
}
CSR_SET(set_frm)
{
    h->frm = value & 7;
    fp_dirty(h);
}
CSR_SET(set_fcsr)
{
    h->fflags = value & 31;
    h->frm = value >> 5 & 7;
    csr_note(h, 0x002);
    fp_dirty(h);
}

/* ---- counters ----
 * One instruction or trap is one cycle. While a counter runs, its bias is what must be added to the
 * hart's own count; while it is inhibited, the bias is its value. */

static u64 cycles(const struct hart *h)
{
    return h->limit - h->budget;
}
static bool inhibited(const struct hart *h, u64 bit)
{
    return h->mcountinhibit & bit;
}

CSR_GET(get_cycle)
{
    return h->cycle_bias + (inhibited(h, COUNTER_CY) ? 0 : cycles(h));
}
CSR_GET(get_instret)
{
    return h->instret_bias + (inhibited(h, COUNTER_IR) ? 0 : hart_retired(h));
}

/* The writing instruction does not count itself: the next one reads the value written (3.1.10). */
CSR_SET(set_cycle)
{
    h->cycle_bias = value - (inhibited(h, COUNTER_CY) ? 0 : cycles(h) + 1);
}
CSR_SET(set_instret)
{
    h->instret_bias = value - (inhibited(h, COUNTER_IR) ? 0 : hart_retired(h) + 1);
}

CSR_GET(get_time)
{
    return h->bus.time(h->bus.machine) + (h->virt ? h->htimedelta : 0);
}

CSR_GET(get_mcountinhibit)
{
    return h->mcountinhibit;
}
CSR_SET(set_mcountinhibit)
{
    u64 cycle = get_cycle(h, 0), instret = get_instret(h, 0);
    h->mcountinhibit = value & (COUNTER_CY | COUNTER_IR);
    h->cycle_bias = cycle - (inhibited(h, COUNTER_CY) ? 0 : cycles(h));
    h->instret_bias = instret - (inhibited(h, COUNTER_IR) ? 0 : hart_retired(h));
}

/* ---- status ---- */

#define MSTATUS_BASE                                                                               \
    (STATUS_SIE | STATUS_MIE | STATUS_SPIE | STATUS_MPIE | STATUS_SPP | STATUS_MPP | STATUS_FS |   \
     STATUS_MPRV | STATUS_SUM | STATUS_MXR | STATUS_TVM | STATUS_TW | STATUS_TSR)
#define SSTATUS_BASE (STATUS_SIE | STATUS_SPIE | STATUS_SPP | STATUS_FS | STATUS_SUM | STATUS_MXR)

static u64 dirty_bit(u64 status)
{
    return (status & STATUS_FS) == STATUS_FS ? STATUS_SD : 0;
}

/* Writable fields of sstatus; SDT is read-only zero unless menvcfg.DTE is set. */
static u64 sstatus_mask(const struct hart *h)
{
    u64 spelp = isa_has(h->isa, EXT_ZICFILP) ? STATUS_SPELP : 0;
    return SSTATUS_BASE | spelp | (h->menvcfg & ENVCFG_DTE ? STATUS_SDT : 0);
}

/* Where traps are disabled, so are interrupts, whatever the same write says (12.1.1.5, 3.1.6.2). */
u64 status_disable(u64 status)
{
    if (status & STATUS_SDT) status &= ~STATUS_SIE;
    if (status & STATUS_MDT) status &= ~STATUS_MIE;
    return status;
}

static void write_status(struct hart *h, u64 mask, u64 value)
{
    u64 old = h->mstatus;
    if ((value & STATUS_MPP) == 2ull << STATUS_MPP_SHIFT) mask &= ~STATUS_MPP; /* 2 is reserved */
    h->mstatus = status_disable((old & ~mask) | (value & mask));
    status_changed(h, old, h->mstatus);
}

CSR_GET(get_mstatus)
{
    return h->mstatus | STATUS_UXL64 | STATUS_SXL64 | dirty_bit(h->mstatus);
}
CSR_SET(set_mstatus)
{
    u64 mask = MSTATUS_BASE | sstatus_mask(h);
    if (isa_has(h->isa, EXT_H)) mask |= STATUS_MPV | STATUS_GVA;
    if (isa_has(h->isa, EXT_SMDBLTRP)) mask |= STATUS_MDT;
    if (isa_has(h->isa, EXT_ZICFILP)) mask |= STATUS_MPELP;
    write_status(h, mask, value);
}

CSR_GET(get_sstatus)
{
    return (h->mstatus & sstatus_mask(h)) | STATUS_UXL64 | dirty_bit(h->mstatus);
}
CSR_SET(set_sstatus)
{
    write_status(h, sstatus_mask(h), value);
}

/* NMIE can be set but not cleared (smrnmi, "RNMI CSRs"). */
CSR_GET(get_mnstatus)
{
    return h->mnstatus;
}
CSR_SET(set_mnstatus)
{
    u64 mask = MNSTATUS_MNPP | (value & MNSTATUS_NMIE);
    if ((value & MNSTATUS_MNPP) == 2ull << MNSTATUS_MNPP_SHIFT) mask &= ~MNSTATUS_MNPP;
    if (isa_has(h->isa, EXT_H)) mask |= MNSTATUS_MNPV;
    if (isa_has(h->isa, EXT_ZICFILP)) mask |= MNSTATUS_MNPELP;
    h->mnstatus = (h->mnstatus & ~mask) | (value & mask);
}

CSR_GET(get_misa)
{
    return isa_misa(h->isa);
}
CSR_GET(get_hartid)
{
    return h->config.id;
}

/* ---- delegation ---- */

/* Everything that can occur below M-mode, but an ecall from M (3.1.8). */
CSR_GET(get_medeleg)
{
    return h->medeleg;
}
CSR_SET(set_medeleg)
{
    u64 mask = MASK(9, 0) | BIT(EXC_FETCH_PAGE) | BIT(EXC_LOAD_PAGE) | BIT(EXC_STORE_PAGE) |
               BIT(EXC_SOFTWARE_CHECK) | BIT(EXC_HARDWARE_ERROR);
    if (isa_has(h->isa, EXT_H)) mask |= MEDELEG_H;
    h->medeleg = value & mask;
}

CSR_GET(get_mideleg)
{
    return h->mideleg;
}
CSR_SET(set_mideleg)
{
    h->mideleg = (value & MIP_S) | mideleg_fixed(h);
}

/* ---- interrupts ---- */

CSR_GET(get_mie)
{
    return h->mie;
}
CSR_SET(set_mie)
{
    h->mie = value & (MIP_M | MIP_S | mideleg_fixed(h));
}

CSR_GET(get_mip)
{
    return interrupts_pending(h);
}

/* A line that holds SEIP does not leak into the software-written bit (3.1.9). */
u64 get_mip_to_modify(const struct hart *h)
{
    u64 pending = interrupts_pending(h);
    return (pending & ~MIP_SEIP) | (h->mip & MIP_SEIP);
}

/* STIP belongs to stimecmp while Sstc is on (sstc 2.1). */
CSR_SET(set_mip)
{
    u64 mask = MIP_SSIP | MIP_SEIP | (h->menvcfg & ENVCFG_STCE ? 0 : MIP_STIP);
    h->mip = (h->mip & ~mask) | (value & mask);
    if (isa_has(h->isa, EXT_H)) set_hip(h, number, value);
}

CSR_GET(get_sie)
{
    return h->mie & h->mideleg & MIP_S;
}
CSR_SET(set_sie)
{
    u64 mask = h->mideleg & MIP_S;
    h->mie = (h->mie & ~mask) | (value & mask);
}

CSR_GET(get_sip)
{
    return interrupts_pending(h) & h->mideleg & MIP_S;
}
CSR_SET(set_sip)
{
    u64 mask = h->mideleg & MIP_SSIP;
    h->mip = (h->mip & ~mask) | (value & mask);
}

/* ---- translation and environment ---- */

CSR_GET(get_satp)
{
    return h->satp;
}

/* A write with an unknown MODE has no effect (12.1.11). */
CSR_SET(set_satp)
{
    if (walk_mode_known(value >> ATP_MODE_SHIFT)) h->satp = value;
}

/* The reserved CBIE value 10 keeps the old one. */
static u64 envcfg_merge(u64 old, u64 value, u64 mask)
{
    if ((value & ENVCFG_CBIE) == BIT(5)) mask &= ~ENVCFG_CBIE;
    return (old & ~mask) | (value & mask);
}

u64 envcfg_fields(const struct hart *h)
{
    u64 lpe = isa_has(h->isa, EXT_ZICFILP) ? ENVCFG_LPE : 0;
    return ENVCFG_FIOM | ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE | lpe;
}

CSR_GET(get_menvcfg)
{
    return h->menvcfg;
}
CSR_SET(set_menvcfg)
{
    u64 mask = envcfg_fields(h);
    if (isa_has(h->isa, EXT_SVADU)) mask |= ENVCFG_ADUE;
    if (isa_has(h->isa, EXT_SVPBMT)) mask |= ENVCFG_PBMTE;
    if (isa_has(h->isa, EXT_SSTC)) mask |= ENVCFG_STCE;
    if (isa_has(h->isa, EXT_SSDBLTRP)) mask |= ENVCFG_DTE;
    if (isa_has(h->isa, EXT_ZICFISS)) mask |= ENVCFG_SSE;
    h->menvcfg = envcfg_merge(h->menvcfg, value, mask);
    if (!(h->menvcfg & ENVCFG_DTE)) h->mstatus &= ~STATUS_SDT;
    vsstatus_follow(h);
}

/* senvcfg.SSE is read-only zero where a register above has SSE 0 (Zicfiss). */
static u64 senvcfg_sse(const struct hart *h)
{
    return h->menvcfg & (h->virt ? h->henvcfg : ~0ull) & ENVCFG_SSE;
}

CSR_GET(get_senvcfg)
{
    return h->senvcfg & (~ENVCFG_SSE | senvcfg_sse(h));
}
CSR_SET(set_senvcfg)
{
    h->senvcfg = envcfg_merge(h->senvcfg, value, envcfg_fields(h) | senvcfg_sse(h));
}

/* Of the states that stateen registers govern, only envcfg and the registers themselves exist. */
CSR_GET(get_mstateen)
{
    return h->mstateen[number & 3];
}
CSR_SET(set_mstateen)
{
    unsigned n = number & 3;
    h->mstateen[n] = value & (n ? STATEEN_SE0 : STATEEN_SE0 | STATEEN_ENVCFG);
}
CSR_GET(get_sstateen)
{
    return h->sstateen[number & 3];
}
CSR_SET(set_sstateen)
{
    (void)h, (void)value;
}

/* ---- PMP ---- */

CSR_GET(get_pmpcfg)
{
    return pmp_read_cfg(&h->pmp, (number & 15) * 4);
}
CSR_SET(set_pmpcfg)
{
    pmp_write_cfg(&h->pmp, (number & 15) * 4, value);
    contexts_retire_all(h);
}
CSR_GET(get_pmpaddr)
{
    return h->pmp.addr[number - 0x3b0];
}
CSR_SET(set_pmpaddr)
{
    pmp_write_addr(&h->pmp, number - 0x3b0, value);
    contexts_retire_all(h);
}

/* MLPE is the mode's own that writes it. */
CSR_GET(get_mseccfg)
{
    return h->mseccfg;
}
CSR_SET(set_mseccfg)
{
    h->mseccfg = isa_has(h->isa, EXT_ZICFILP) ? value & MSECCFG_MLPE : 0;
    hart_set_mode(h, h->priv, h->virt);
}
