#include "hext/csr_views.h"
#include "hart/csr.h"
#include "hart/interrupt.h"
#include "hext/aia.h"
#include "hext/gate.h"

u64 mideleg_fixed(const struct hart *h)
{
    if (!isa_has(h->isa, EXT_H)) return 0;
    return h->config.geilen ? MIP_VS | MIP_SGEIP : MIP_VS;
}

/* ---- interrupts: views of the one pending set and the one enable set ---- */

CSR_GET(get_hie)
{
    return h->mie & mideleg_fixed(h);
}

CSR_SET(set_hie)
{
    u64 mask = mideleg_fixed(h);
    h->mie = (h->mie & ~mask) | (value & mask);
}

CSR_GET(get_hip)
{
    return interrupts_pending(h) & mideleg_fixed(h);
}

/* VSSIP is an alias of hvip's; the others are read-only (22.2.3). */
CSR_SET(set_hip)
{
    h->hvip = (h->hvip & ~MIP_VSSIP) | (value & MIP_VSSIP);
}

/* Bits GEILEN to 1 (22.2.4). */
CSR_GET(get_hgeie)
{
    return h->hgeie;
}

CSR_SET(set_hgeie)
{
    h->hgeie = value & ((2ull << h->config.geilen) - 2);
}

CSR_GET(get_hgeip)
{
    return h->hgeip;
}

CSR_GET(get_hideleg)
{
    return h->hideleg;
}

CSR_SET(set_hideleg)
{
    u64 mask = isa_has(h->isa, EXT_SHLCOFIDELEG) ? MIP_VS | MIP_LCOFIP : MIP_VS;
    h->hideleg = value & (has_aia(h) ? MIP_VS | MIP_LOCAL : mask);
    hideleg_follow(h);
}

void hideleg_follow(struct hart *h)
{
    if (has_aia(h)) h->hideleg &= MIP_VS | h->mideleg | h->aia.mvien;
}

CSR_GET(get_vsie)
{
    return vsie_of(h);
}

CSR_SET(set_vsie)
{
    write_vsie(h, value);
}

CSR_GET(get_vsip)
{
    return vsip_of(h);
}

CSR_SET(set_vsip)
{
    write_vsip(h, value);
}

/* ---- environment ---- */

#define ENVCFG_BY_MENVCFG (ENVCFG_ADUE | ENVCFG_PBMTE | ENVCFG_STCE | ENVCFG_DTE | ENVCFG_SSE)

u64 henvcfg_effective(const struct hart *h)
{
    return h->henvcfg & (h->menvcfg | ~ENVCFG_BY_MENVCFG);
}

CSR_GET(get_henvcfg)
{
    return henvcfg_effective(h);
}

CSR_SET(set_henvcfg)
{
    u64 mask = envcfg_fields(h) | ENVCFG_BY_MENVCFG;
    mask &= h->menvcfg | ~ENVCFG_BY_MENVCFG;
    if (isa_has(h->isa, EXT_SSNPM)) mask |= ENVCFG_PMM;
    h->henvcfg = envcfg_merge(h->henvcfg, value, mask);
    vsstatus_follow(h);
}

/* Bits of hstateen are read-only zero where mstateen has them 0 (smstateen). */
CSR_GET(get_hstateen)
{
    return h->hstateen[number & 3] & h->mstateen[number & 3];
}

CSR_SET(set_hstateen)
{
    unsigned n = number & 3;
    u64 mask = h->mstateen[n] & stateen_mask(h, n);
    h->hstateen[n] = (h->hstateen[n] & ~mask) | (value & mask);
}

/* ---- translation ---- */

CSR_GET(get_hgatp)
{
    return h->hgatp;
}

/* An unknown MODE leaves the old one; the rest is written all the same. The root is 16 KiB aligned:
 * PPN[1:0] are read-only zero (22.2.10). */
CSR_SET(set_hgatp)
{
    u64 mode = value >> ATP_MODE_SHIFT;
    u64 rest = vmid_mask(h) << ATP_ID_SHIFT | (HGATP_PPN & ~3ull);
    if (!atp_mode_exists(mode, h->config.hgatp_cut)) mode = h->hgatp >> ATP_MODE_SHIFT;
    h->hgatp = mode << ATP_MODE_SHIFT | (value & rest);
}

CSR_GET(get_vsatp)
{
    return h->vsatp;
}

/* A write with an unknown MODE does nothing when V=1; when V=0, MODE alone keeps its value
 * (22.2.18). */
CSR_SET(set_vsatp)
{
    u64 mode = value >> ATP_MODE_SHIFT;
    if (!atp_mode_exists(mode, h->config.satp_cut)) {
        if (h->virt) return;
        mode = h->vsatp >> ATP_MODE_SHIFT;
    }
    h->vsatp = mode << ATP_MODE_SHIFT | (value & (asid_mask(h) << ATP_ID_SHIFT | SATP_PPN));
}

/* ---- status ---- */

#define VSSTATUS_BASE (STATUS_SIE | STATUS_SPIE | STATUS_SPP | STATUS_FS | STATUS_SUM | STATUS_MXR)

static u64 vsstatus_mask(const struct hart *h)
{
    u64 spelp = isa_has(h->isa, EXT_ZICFILP) ? STATUS_SPELP : 0;
    u64 sdt = henvcfg_effective(h) & ENVCFG_DTE ? STATUS_SDT : 0;
    return (VSSTATUS_BASE | spelp | sdt) & ~status_fixed(h);
}

void vsstatus_follow(struct hart *h)
{
    h->vsstatus &= vsstatus_mask(h);
}

CSR_SET(set_vsstatus)
{
    u64 old = h->vsstatus;
    h->vsstatus = status_disable(value & vsstatus_mask(h));
    status_changed(h, old, h->vsstatus);
}

#define HSTATUS_MASK                                                                               \
    (HSTATUS_VTSR | HSTATUS_VTW | HSTATUS_VTVM | HSTATUS_HU | HSTATUS_SPVP | HSTATUS_SPV |         \
     HSTATUS_GVA)

/* VSXL is 64 bits for good and VSBE little-endian; a VGEIN above GEILEN leaves the old one. */
CSR_SET(set_hstatus)
{
    u64 mask = HSTATUS_MASK;
    u64 hupmm = (value & HSTATUS_HUPMM) >> HSTATUS_HUPMM_SHIFT;
    if (isa_has(h->isa, EXT_SSNPM) && hupmm != 1) mask |= HSTATUS_HUPMM; /* 1 is reserved */
    if ((value & HSTATUS_VGEIN) >> HSTATUS_VGEIN_SHIFT <= h->config.geilen) mask |= HSTATUS_VGEIN;
    h->hstatus = (h->hstatus & ~mask) | (value & mask);
}

/* ---- gates ---- */

/* The timer registers need TM and STCE at the hypervisor's level too (sstc 2.1). */
static bool timer_open(const struct hart *h)
{
    return (h->hcounteren & COUNTER_TM) && (henvcfg_effective(h) & ENVCFG_STCE);
}

static bool counter_open(const struct hart *h, unsigned bit)
{
    return (h->hcounteren >> bit & 1) && (h->priv == PRIV_S || (h->scounteren >> bit & 1));
}

/* The guest shall see no interrupt come or go but as hvictl has it. */
static bool vti(const struct hart *h)
{
    return h->aia.hvictl & HVICTL_VTI;
}

/* Reached with V=1 only, by an access that HS-mode would be allowed (22.6.1: "virtual-instruction
 * exception"). */
u64 hext_csr_verdict(const struct hart *h, unsigned number, unsigned gate, bool write)
{
    unsigned level = number >> 8 & 3; /* 2: hypervisor and VS CSRs */
    bool open = level == 0 || (level == 1 && h->priv == PRIV_S);
    switch ((enum csr_gate)gate) {
    case GATE_COUNTER: open = open && counter_open(h, number & 31); break;
    case GATE_TIMER: open = open && timer_open(h) && !(write && vti(h)); break;
    case GATE_TVM: open = open && !(h->hstatus & HSTATUS_VTVM); break;
    case GATE_ENVCFG:
        if (isa_has(h->isa, EXT_SMSTATEEN)) open = open && (get_hstateen(h, 0) & STATEEN_ENVCFG);
        break;
    case GATE_SSE: open = open && !shadow_gate(h); break;
    case GATE_STATEEN: open = open && (get_hstateen(h, number) & STATEEN_SE0); break;
    case GATE_AIA: open = open && hstateen_open(h, STATEEN_AIA); break;
    case GATE_CSRIND: open = open && hstateen_open(h, STATEEN_CSRIND); break;
    case GATE_IREG: open = open && guest_ireg_open(h); break;
    case GATE_TOPEI: open = open && guest_topei_open(h); break;
    case GATE_VTI: open = open && !vti(h); break;
    case GATE_NONE:
    case GATE_FS: break;
    }
    return open ? 0 : EXC_VIRTUAL;
}
