#include "hext/interrupt.h"
#include "hext/csr_views.h"

static bool guest_sstc(const struct hart *h)
{
    return isa_has(h->isa, EXT_H) && (henvcfg_effective(h) & ENVCFG_STCE);
}

/* VSTIP is hvip's or the guest's own timer's, which sees time + htimedelta (sstc 3.2); VSEIP is
 * hvip's or that of the guest external interrupt that VGEIN selects (22.2.3, 22.2.4). */
u64 hext_pending(const struct hart *h)
{
    u64 pending = h->hvip & MIP_VS;
    u64 vgein = (h->hstatus & HSTATUS_VGEIN) >> HSTATUS_VGEIN_SHIFT;
    if (guest_sstc(h) && h->bus.time(h->bus.machine) + h->htimedelta >= h->vstimecmp)
        pending |= MIP_VSTIP;
    if (vgein && (h->hgeip >> vgein & 1)) pending |= MIP_VSEIP;
    if (h->hgeip & h->hgeie) pending |= MIP_SGEIP;
    return pending;
}

int vs_cause(int number)
{
    return MIP_VS >> number & 1 ? number - 1 : number;
}

u64 hext_deadline(const struct hart *h, u64 now)
{
    if (!guest_sstc(h) || now + h->htimedelta >= h->vstimecmp) return ~0ull;
    u64 left = h->vstimecmp - (now + h->htimedelta);
    return left < ~0ull - now ? now + left : ~0ull;
}
