#include "hart/csr_views.h"
#include "hart/aia.h"
#include "hart/context.h"
#include "hart/counters.h"
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
    fp_dirty(h);
}

/* ---- counters: the number's last five bits say which ---- */

CSR_GET(get_counter)
{
    return counter_read(h, number & 31);
}
CSR_SET(set_counter)
{
    counter_write(h, number & 31, value);
}

CSR_GET(get_time)
{
    return h->bus.time(h->bus.machine) + (h->virt ? h->htimedelta : 0);
}

CSR_GET(get_mcountinhibit)
{
    return h->counters.inhibit;
}
CSR_SET(set_mcountinhibit)
{
    counters_set_inhibit(h, value & MASK(31, 0) & ~COUNTER_TM);
}

/* The modes that there are: guests' with H only. */
static u64 inhibit_mask(const struct hart *h)
{
    return isa_has(h->isa, EXT_H) ? EVENT_INH : EVENT_MINH | EVENT_SINH | EVENT_UINH;
}

/* mcyclecfg and minstretcfg: what they count is the same for good. */
static unsigned counter_of_cfg(unsigned number)
{
    return number == 0x321 ? 0 : 2;
}
CSR_GET(get_counter_cfg)
{
    return h->counters.event[counter_of_cfg(number)];
}
CSR_SET(set_counter_cfg)
{
    counter_set_event(h, counter_of_cfg(number), value & inhibit_mask(h));
}

/* An event that is not known is none. */
CSR_GET(get_mhpmevent)
{
    return h->counters.event[number & 31];
}
CSR_SET(set_mhpmevent)
{
    u64 select = value & EVENT_SELECT;
    bool known = select == EVENT_CYCLES || select == EVENT_INSTRUCTIONS;
    u64 mask = isa_has(h->isa, EXT_SSCOFPMF) ? EVENT_OF | inhibit_mask(h) : 0;
    counter_set_event(h, number & 31, (value & mask) | (known ? select : EVENT_NONE));
}

/* The OF bits of the counters that the mode may read (sscofpmf). */
CSR_GET(get_scountovf)
{
    u64 bits = 0;
    for (unsigned n = 3; n < COUNTER_N; n++)
        if (h->counters.event[n] & EVENT_OF) bits |= BIT(n);
    if (h->priv != PRIV_M) bits &= h->mcounteren;
    if (h->virt) bits &= h->hcounteren;
    return bits;
}

/* ---- status ---- */

#define MSTATUS_BASE                                                                               \
    (STATUS_SIE | STATUS_MIE | STATUS_SPIE | STATUS_MPIE | STATUS_SPP | STATUS_MPP | STATUS_FS |   \
     STATUS_MPRV | STATUS_SUM | STATUS_MXR | STATUS_TVM | STATUS_TW | STATUS_TSR)
#define SSTATUS_BASE (STATUS_SIE | STATUS_SPIE | STATUS_SPP | STATUS_FS | STATUS_SUM | STATUS_MXR)

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
    mask &= ~status_fixed(h);
    if ((value & STATUS_MPP) == 2ull << STATUS_MPP_SHIFT) mask &= ~STATUS_MPP; /* 2 is reserved */
    h->mstatus = status_disable((old & ~mask) | (value & mask));
    status_changed(h, old, h->mstatus);
}

CSR_SET(set_mstatus)
{
    u64 mask = MSTATUS_BASE | sstatus_mask(h);
    if (isa_has(h->isa, EXT_H)) mask |= STATUS_MPV | STATUS_GVA;
    if (isa_has(h->isa, EXT_SMDBLTRP)) mask |= STATUS_MDT;
    if (isa_has(h->isa, EXT_ZICFILP)) mask |= STATUS_MPELP;
    write_status(h, mask, value);
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
    u64 mask = MASK(9, 1) | BIT(EXC_FETCH_PAGE) | BIT(EXC_LOAD_PAGE) | BIT(EXC_STORE_PAGE) |
               BIT(EXC_SOFTWARE_CHECK) | BIT(EXC_HARDWARE_ERROR);
    if (!isa_has(h->isa, EXT_ZCA)) mask |= BIT(EXC_FETCH_MISALIGNED);
    if (isa_has(h->isa, EXT_H)) mask |= MEDELEG_H;
    h->medeleg = value & mask;
}

u64 mip_s(const struct hart *h)
{
    return isa_has(h->isa, EXT_SSCOFPMF) ? MIP_S | MIP_LCOFIP : MIP_S;
}

CSR_GET(get_mideleg)
{
    return h->mideleg;
}
CSR_SET(set_mideleg)
{
    h->mideleg = (value & mip_s(h)) | mideleg_fixed(h);
    hideleg_follow(h);
}

/* ---- interrupts ---- */

CSR_GET(get_mie)
{
    return h->mie;
}
CSR_SET(set_mie)
{
    h->mie = value & (MIP_M | mip_s(h) | mideleg_fixed(h));
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
    u64 mask = (mip_s(h) & ~MIP_STIP) | (h->menvcfg & ENVCFG_STCE ? 0 : MIP_STIP);
    mask &= ~(h->aia.mvien & MIP_SEIP);
    h->mip = (h->mip & ~mask) | (value & mask);
    if (isa_has(h->isa, EXT_H)) set_hip(h, number, value);
}

CSR_GET(get_sie)
{
    return sie_of(h);
}
CSR_SET(set_sie)
{
    write_sie(h, ~0ull, value);
}

CSR_GET(get_sip)
{
    return sip_of(h);
}
CSR_SET(set_sip)
{
    write_sip(h, ~0ull, value);
}

/* ---- translation and environment ---- */

CSR_GET(get_satp)
{
    return h->satp;
}

/* A write with an unknown MODE has no effect (12.1.11). */
CSR_SET(set_satp)
{
    if (!atp_mode_exists(value >> ATP_MODE_SHIFT, h->config.satp_cut)) return;
    h->satp = value & ~(SATP_ASID & ~(asid_mask(h) << ATP_ID_SHIFT));
}

u64 envcfg_merge(u64 old, u64 value, u64 mask)
{
    if ((value & ENVCFG_CBIE) == BIT(5)) mask &= ~ENVCFG_CBIE;
    if ((value & ENVCFG_PMM) == BIT(32)) mask &= ~ENVCFG_PMM;
    return (old & ~mask) | (value & mask);
}

u64 envcfg_fields(const struct hart *h)
{
    u64 fields = ENVCFG_FIOM;
    if (isa_has(h->isa, EXT_ZICBOM)) fields |= ENVCFG_CBIE | ENVCFG_CBCFE;
    if (isa_has(h->isa, EXT_ZICBOZ)) fields |= ENVCFG_CBZE;
    if (isa_has(h->isa, EXT_ZICFILP)) fields |= ENVCFG_LPE;
    return fields;
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
    if (isa_has(h->isa, EXT_SMNPM)) mask |= ENVCFG_PMM;
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
    u64 pmm = isa_has(h->isa, EXT_SSNPM) ? ENVCFG_PMM : 0;
    h->senvcfg = envcfg_merge(h->senvcfg, value, envcfg_fields(h) | pmm | senvcfg_sse(h));
}

/* Of the states that stateen registers govern, envcfg, the registers themselves and the AIA's
 * exist; the IMSIC's only where there is one. */
u64 stateen_mask(const struct hart *h, unsigned n)
{
    u64 mask = n ? STATEEN_SE0 : STATEEN_SE0 | STATEEN_ENVCFG;
    if (!n && has_aia(h)) mask |= STATEEN_AIA | STATEEN_CSRIND;
    return !n && h->imsic ? mask | STATEEN_IMSIC : mask;
}
CSR_GET(get_mstateen)
{
    return h->mstateen[number & 3];
}
CSR_SET(set_mstateen)
{
    unsigned n = number & 3;
    h->mstateen[n] = value & stateen_mask(h, n);
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
    return h->mseccfg | h->pmp.seccfg;
}
CSR_SET(set_mseccfg)
{
    u64 mask = isa_has(h->isa, EXT_SMMPM) ? ENVCFG_PMM : 0;
    if (isa_has(h->isa, EXT_ZICFILP)) mask |= MSECCFG_MLPE;
    h->mseccfg = envcfg_merge(h->mseccfg, value, mask);
    hart_set_mode(h, h->priv, h->virt);
    if (!isa_has(h->isa, EXT_SMEPMP)) return;
    pmp_write_seccfg(&h->pmp, value);
    contexts_retire_all(h);
}
