#include "hart/interrupt.h"
#include "hart/aia.h"
#include "hext/interrupt.h"

static bool sstc(const struct hart *h)
{
    return h->menvcfg & ENVCFG_STCE;
}

/* While M-mode filters SEI, the bit that software sets is mvip's alone (AIA). */
u64 interrupts_pending(const struct hart *h)
{
    u64 pending = (h->mip & ~(h->aia.mvien & MIP_SEIP)) | h->lines;
    if (sstc(h)) {
        bool due = h->bus.time(h->bus.machine) >= h->stimecmp;
        pending = (pending & ~MIP_STIP) | (due ? MIP_STIP : 0);
    }
    return pending | hext_pending(h);
}

const u8 interrupt_order[INTERRUPT_N] = {IRQ_RAS_HIGH, IRQ_MEI,   IRQ_MSI,    IRQ_MTI,  IRQ_SEI,
                                         IRQ_SSI,      IRQ_STI,   IRQ_SGEI,   IRQ_VSEI, IRQ_VSSI,
                                         IRQ_VSTI,     IRQ_LCOFI, IRQ_RAS_LOW};

static int first_of(u64 set)
{
    for (unsigned k = 0; k < INTERRUPT_N; k++)
        if (set >> interrupt_order[k] & 1) return interrupt_order[k];
    return -1;
}

/* A level's interrupts are on in less privileged modes always, in its own by its SIE or MIE, in
 * more privileged ones never. */
static bool is_on(const struct hart *h, enum level level)
{
    if (level == LEVEL_M) return h->priv < PRIV_M || (h->mstatus & STATUS_MIE);
    if (level == LEVEL_HS)
        return h->virt || h->priv < PRIV_S || (h->priv == PRIV_S && (h->mstatus & STATUS_SIE));
    return h->virt && (h->priv < PRIV_S || (h->vsstatus & STATUS_SIE));
}

/* The most privileged level comes first. */
static struct taken_interrupt take_top(const struct hart *h)
{
    for (enum level l = LEVEL_M; l < LEVEL_N; l++) {
        u64 topi = is_on(h, l) ? topi_of(h, l) : 0;
        if (topi) return (struct taken_interrupt){(int)(topi >> TOPI_IID_SHIFT), l};
    }
    return (struct taken_interrupt){-1, LEVEL_M};
}

struct taken_interrupt interrupt_to_take(const struct hart *h)
{
    static const struct taken_interrupt none = {-1, LEVEL_M};
    if (RARE(has_aia(h))) return hart_nmi_masked(h) ? none : take_top(h);
    u64 ready = h->mie ? interrupts_pending(h) & h->mie : 0;
    if (LIKELY(!ready) || hart_nmi_masked(h)) return none;
    u64 m = ready & ~h->mideleg, hs = ready & h->mideleg & ~h->hideleg;
    u64 vs = ready & h->mideleg & h->hideleg;
    if (m && is_on(h, LEVEL_M)) return (struct taken_interrupt){first_of(m), LEVEL_M};
    if (hs && is_on(h, LEVEL_HS)) return (struct taken_interrupt){first_of(hs), LEVEL_HS};
    if (vs && is_on(h, LEVEL_VS)) return (struct taken_interrupt){vs_cause(first_of(vs)), LEVEL_VS};
    return none;
}

/* With the AIA, at any level ("WFI (Wait for Interrupt) instruction"). */
bool interrupt_wakes(const struct hart *h)
{
    if (!has_aia(h)) return interrupts_pending(h) & h->mie;
    return topi_of(h, LEVEL_M) || topi_of(h, LEVEL_HS) || topi_of(h, LEVEL_VS);
}

u64 interrupt_deadline(const struct hart *h)
{
    u64 now = h->bus.time(h->bus.machine), first = ~0ull;
    if (sstc(h) && h->stimecmp > now) first = h->stimecmp;
    u64 guest = hext_deadline(h, now);
    return guest < first ? guest : first;
}
