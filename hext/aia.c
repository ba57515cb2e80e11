#include "hext/aia.h"
#include "hart/imsic.h"
#include "hart/interrupt.h"
#include "hext/csr_views.h"

/* ---- vsip and vsie ---- */

/* Local interrupts that are the guest's by hvien alone: made up by the hypervisor. */
static u64 made_up(const struct hart *h)
{
    return h->aia.hvien & ~h->hideleg;
}

static u64 passed_on(const struct hart *h)
{
    return h->hideleg & MIP_LOCAL;
}

/* VS interrupt n is the guest's n - 1; the local ones keep their place, for they are sip's and
 * sie's (22.2.12; AIA, table of the effects of hideleg and hvien). */
u64 vsip_of(const struct hart *h)
{
    u64 vs = interrupts_pending(h) & h->hideleg & MIP_VS;
    return vs >> 1 | (sip_of(h) & passed_on(h)) | (h->hvip & made_up(h));
}

u64 vsie_of(const struct hart *h)
{
    u64 vs = h->mie & h->hideleg & MIP_VS;
    return vs >> 1 | (sie_of(h) & passed_on(h)) | (h->aia.vsie & made_up(h));
}

static void merge(u64 *to, u64 mask, u64 value)
{
    *to = (*to & ~mask) | (value & mask);
}

void write_vsip(struct hart *h, u64 value)
{
    merge(&h->hvip, h->hideleg & MIP_VSSIP, value << 1);
    merge(&h->hvip, made_up(h), value);
    write_sip(h, passed_on(h), value);
}

void write_vsie(struct hart *h, u64 value)
{
    merge(&h->mie, h->hideleg & MIP_VS, value << 1);
    merge(&h->aia.vsie, made_up(h), value);
    write_sie(h, passed_on(h), value);
}

CSR_SET(set_hvip)
{
    merge(&h->hvip, has_aia(h) ? MIP_VS | MIP_LOCAL : MIP_VS, value);
}

/* ---- the guest's interrupt file ---- */

unsigned guest_file(const struct hart *h)
{
    unsigned vgein = (unsigned)((h->hstatus & HSTATUS_VGEIN) >> HSTATUS_VGEIN_SHIFT);
    return h->imsic && vgein && MSI_FILE_S + vgein < h->imsic->file_n ? MSI_FILE_S + vgein : 0;
}

static bool guest_file_open(const struct hart *h)
{
    return guest_file(h) && hstateen_open(h, STATEEN_IMSIC);
}

bool guest_ireg_open(const struct hart *h)
{
    u64 select = h->aia.vsiselect;
    if (!hstateen_open(h, STATEEN_CSRIND) || selects_odd(select)) return false;
    return selects_file(select) && guest_file_open(h);
}

bool guest_topei_open(const struct hart *h)
{
    return guest_file_open(h);
}

/* Level VS has no priorities in its window. */
CSR_GET(get_vsireg)
{
    u64 select = h->aia.vsiselect;
    unsigned file = guest_file(h);
    return file && selects_file(select) ? imsic_read(h, file, select) : 0;
}
CSR_SET(set_vsireg)
{
    imsic_write(h, guest_file(h), h->aia.vsiselect, value);
}

static unsigned guest_identity(const struct hart *h)
{
    unsigned file = guest_file(h);
    return file ? imsic_top(h, file) : 0;
}

CSR_GET(get_vstopei)
{
    u64 identity = guest_identity(h);
    return identity << TOPI_IID_SHIFT | identity;
}
CSR_SET(set_vstopei)
{
    (void)value;
    imsic_claim(h, guest_file(h));
}

/* ---- vstopi ---- */

#define IID(h)   ((unsigned)((h)->aia.hvictl >> HVICTL_IID_SHIFT & 0xfff))
#define IPRIO(h) ((unsigned)((h)->aia.hvictl & HVICTL_IPRIO))

/* The priority number of the guest's external interrupt: the first three candidates. */
static unsigned external_priority(const struct hart *h)
{
    unsigned identity = guest_identity(h);
    bool vgein = h->hstatus & HSTATUS_VGEIN;
    if (identity) return identity;
    return !vgein && IID(h) == IRQ_SEI && IPRIO(h) ? IPRIO(h) : PRIORITY_UNKNOWN;
}

/* Fields of hviprio1 for interrupts 1, 5 and 13, at the places that an iprio array has for them.
 * The others' are read-only zero, hviprio2's among them. */
static struct top top_of_guest(const struct hart *h, u64 set)
{
    u64 p = h->aia.hviprio1;
    u64 iprio[8] = {(p >> 8 & 0xff) << 8 | (p >> 24 & 0xff) << 40, (p >> 40 & 0xff) << 40};
    return top_of(set, &(struct priorities){iprio, IRQ_SEI, external_priority(h)});
}

/* What hvictl says is pending; where it is equal to the external interrupt, DPR decides. */
static struct top injected(const struct hart *h, struct top external)
{
    bool behind = h->aia.hvictl & HVICTL_DPR;
    struct top t = {(int)IID(h), IPRIO(h) ? IPRIO(h) : behind ? PRIORITY_LAST : 0};
    if (t.number == IRQ_SEI) return external;
    if (external.number < 0 || t.priority < external.priority) return t;
    return t.priority == external.priority && !behind ? t : external;
}

u64 vstopi_of(const struct hart *h)
{
    u64 ready = vsip_of(h) & vsie_of(h);
    bool vti = h->aia.hvictl & HVICTL_VTI;
    struct top t = top_of_guest(h, vti ? ready & MIP_SEIP : ready);
    if (vti) t = injected(h, t);
    if (!(h->aia.hvictl & HVICTL_IPRIOM)) t.priority = 1;
    return topi_value(&t);
}

CSR_GET(get_vstopi)
{
    return vstopi_of(h);
}
