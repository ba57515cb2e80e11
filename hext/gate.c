#include "hext/gate.h"

/* A supervisor instruction: bit is the M-level trap for S-mode, vbit the hypervisor's for VS-mode.
 * With V=1, HS could do it (HS-qualification takes TVM and TSR as 0). */
static u64 supervisor(const struct hart *h, u64 bit, u64 vbit)
{
    if (h->priv == PRIV_M) return 0;
    if (h->virt) return h->priv == PRIV_U || (h->hstatus & vbit) ? EXC_VIRTUAL : 0;
    return h->priv == PRIV_U || (h->mstatus & bit) ? EXC_ILLEGAL : 0;
}

u64 mret_gate(const struct hart *h)
{
    return h->priv == PRIV_M ? 0 : EXC_ILLEGAL;
}
u64 sret_gate(const struct hart *h)
{
    return supervisor(h, STATUS_TSR, HSTATUS_VTSR);
}
u64 sfence_gate(const struct hart *h)
{
    return supervisor(h, STATUS_TVM, HSTATUS_VTVM);
}
u64 sinval_gate(const struct hart *h)
{
    return supervisor(h, 0, 0);
}

/* TW makes WFI illegal in every less privileged mode (3.1.6.6); S-mode being there, user modes may
 * not wait. */
u64 wfi_gate(const struct hart *h)
{
    if (h->priv != PRIV_M && (h->mstatus & STATUS_TW)) return EXC_ILLEGAL;
    return supervisor(h, 0, HSTATUS_VTW);
}

static u64 hypervisor(const struct hart *h, u64 bit)
{
    return h->virt ? EXC_VIRTUAL : supervisor(h, bit, 0);
}

u64 hfence_vvma_gate(const struct hart *h)
{
    return hypervisor(h, 0);
}
u64 hfence_gvma_gate(const struct hart *h)
{
    return hypervisor(h, STATUS_TVM);
}

u64 hlv_gate(const struct hart *h)
{
    if (h->virt) return EXC_VIRTUAL;
    return h->priv == PRIV_U && !(h->hstatus & HSTATUS_HU) ? EXC_ILLEGAL : 0;
}

/* Bits of the envcfg registers that stand above the present mode must be set (CMO extensions):
 * menvcfg for all below M, then henvcfg for guests, senvcfg for users. */
static u64 envcfg_chain(const struct hart *h, u64 bits)
{
    bool user = h->priv == PRIV_U;
    if (h->priv == PRIV_M) return 0;
    if (!(h->menvcfg & bits)) return EXC_ILLEGAL;
    if (h->virt) {
        if (!(h->henvcfg & bits)) return EXC_VIRTUAL;
        return user && !(h->senvcfg & bits) ? EXC_VIRTUAL : 0;
    }
    return user && !(h->senvcfg & bits) ? EXC_ILLEGAL : 0;
}

u64 cbo_gate(const struct hart *h, u64 bit)
{
    return envcfg_chain(h, bit);
}
u64 cbo_inval_gate(const struct hart *h)
{
    return envcfg_chain(h, ENVCFG_CBIE);
}
u64 shadow_gate(const struct hart *h)
{
    return envcfg_chain(h, ENVCFG_SSE);
}
