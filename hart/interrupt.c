#include "hart/interrupt.h"
#include "hext/interrupt.h"

static bool sstc(const struct hart *h)
{
    return h->menvcfg & ENVCFG_STCE;
}

u64 interrupts_pending(const struct hart *h)
{
    u64 pending = h->mip | h->lines;
    if (sstc(h)) {
        bool due = h->bus.time(h->bus.machine) >= h->stimecmp;
        pending = (pending & ~MIP_STIP) | (due ? MIP_STIP : 0);
    }
    return pending | hext_pending(h);
}

/* Within a level, in this order (3.1.9, 22.4.3). */
static int first_of(u64 set)
{
    static const u8 order[] = {IRQ_MEI,  IRQ_MSI,  IRQ_MTI,  IRQ_SEI,  IRQ_SSI,  IRQ_STI,
                               IRQ_SGEI, IRQ_VSEI, IRQ_VSSI, IRQ_VSTI, IRQ_LCOFI};
    for (unsigned k = 0; k < sizeof order; k++)
        if (set >> order[k] & 1) return order[k];
    return -1;
}

/* A level's interrupts are on in less privileged modes always, in its own by its SIE or MIE, in
 * more privileged ones never; the most privileged level comes first. */
int interrupt_to_take(const struct hart *h)
{
    u64 ready = interrupts_pending(h) & h->mie;
    if (LIKELY(!ready) || hart_nmi_masked(h)) return -1;
    u64 m = ready & ~h->mideleg, hs = ready & h->mideleg & ~h->hideleg;
    u64 vs = ready & h->mideleg & h->hideleg;
    bool m_on = h->priv < PRIV_M || (h->mstatus & STATUS_MIE);
    bool hs_on = h->virt || h->priv < PRIV_S || (h->priv == PRIV_S && (h->mstatus & STATUS_SIE));
    bool vs_on = h->virt && (h->priv < PRIV_S || (h->vsstatus & STATUS_SIE));
    if (m && m_on) return first_of(m);
    if (hs && hs_on) return first_of(hs);
    if (vs && vs_on) return first_of(vs);
    return -1;
}

u64 interrupt_deadline(const struct hart *h)
{
    u64 now = h->bus.time(h->bus.machine), first = ~0ull;
    if (sstc(h) && h->stimecmp > now) first = h->stimecmp;
    u64 guest = hext_deadline(h, now);
    return guest < first ? guest : first;
}
