#include "hart/aia.h"
#include "hart/csr_views.h"
#include "hart/imsic.h"
#include "hart/interrupt.h"
#include "hext/aia.h"
#include "hext/csr_views.h"

/* ---- the top interrupt of a level ---- */

static unsigned iprio_of(const u64 *iprio, unsigned number)
{
    return iprio[number / 8] >> number % 8 * 8 & 0xff;
}

/* In the default order, so that the first of equals stays. */
struct top top_of(u64 set, const struct priorities *p)
{
    struct top best = {-1, PRIORITY_LAST + 1};
    bool external_passed = false;
    for (unsigned k = 0; k < INTERRUPT_N; k++) {
        unsigned number = interrupt_order[k], priority = iprio_of(p->iprio, number);
        if (number == p->external) {
            external_passed = true;
            priority = p->external_priority;
        } else if (!priority && external_passed) {
            priority = PRIORITY_LAST;
        }
        if ((set >> number & 1) && priority < best.priority)
            best = (struct top){(int)number, priority};
    }
    return best;
}

u64 topi_value(const struct top *t)
{
    if (t->number < 0) return 0;
    return (u64)t->number << TOPI_IID_SHIFT | (t->priority > 255 ? 255 : t->priority);
}

/* Interrupts whose priority numbers can be set. Without an IMSIC none can, for then nothing tells
 * those of external interrupts, which they are to be compared with. */
static u64 configurable(const struct hart *h, enum level level)
{
    if (!h->imsic) return 0;
    if (level == LEVEL_M) return (MIP_M | mip_s(h)) & ~MIP_MEIP;
    return (((h->mideleg & mip_s(h)) | h->aia.mvien) & ~MIP_SEIP) | mideleg_fixed(h);
}

/* The bytes of word k of the level's iprio array that are not read-only zero now. */
static u64 iprio_mask(const struct hart *h, enum level level, unsigned k)
{
    u64 mask = 0, set = configurable(h, level) >> 8 * k;
    for (unsigned b = 0; b < 8; b++)
        if (set >> b & 1) mask |= 0xffull << 8 * b;
    return mask;
}

static u64 iprio_word(const struct hart *h, enum level level, unsigned k)
{
    return h->aia.iprio[level][k] & iprio_mask(h, level, k);
}

static u64 topi_of_set(const struct hart *h, enum level level, u64 set)
{
    static const struct {
        unsigned external, file;
    } levels[] = {
        [LEVEL_M] = {IRQ_MEI, MSI_FILE_M},
          [LEVEL_HS] = {IRQ_SEI, MSI_FILE_S}
    };
    u64 iprio[8];
    unsigned external = levels[level].external;
    bool told = h->imsic && (h->lines >> external & 1);
    for (unsigned k = 0; k < 8; k++) iprio[k] = iprio_word(h, level, k);
    struct top t = top_of(
        set, &(struct priorities){iprio, external,
                                  told ? imsic_top(h, levels[level].file) : PRIORITY_UNKNOWN});
    if (!h->imsic) t.priority = 1; /* as it may be when all numbers are read-only zero */
    return topi_value(&t);
}

u64 topi_of(const struct hart *h, enum level level)
{
    u64 ready = interrupts_pending(h) & h->mie;
    if (level == LEVEL_VS) return vstopi_of(h);
    if (level == LEVEL_M) return topi_of_set(h, LEVEL_M, ready & ~h->mideleg);
    ready = (ready & mideleg_fixed(h)) | (sip_of(h) & sie_of(h));
    return topi_of_set(h, LEVEL_HS, ready & ~h->hideleg);
}

CSR_GET(get_mtopi)
{
    return topi_of(h, LEVEL_M);
}
CSR_GET(get_stopi)
{
    return topi_of(h, LEVEL_HS);
}

/* ---- interrupts that M-mode filters or makes up ---- */

/* Those that S-mode sees through mvip and bits of its own. */
static u64 filtered(const struct hart *h)
{
    return h->aia.mvien & ~h->mideleg;
}

/* Bit SEIP of mvip is the bit that software sets in mip, whatever mvien says. */
static u64 mvip_own(const struct hart *h)
{
    return (h->aia.mvip & ~MIP_SEIP) | (h->mip & MIP_SEIP);
}

u64 sip_of(const struct hart *h)
{
    u64 real = h->mideleg & mip_s(h);
    return (interrupts_pending(h) & real) | (mvip_own(h) & filtered(h));
}

u64 sie_of(const struct hart *h)
{
    return (h->mie & h->mideleg & mip_s(h)) | (h->aia.sie & filtered(h));
}

static void merge(u64 *to, u64 mask, u64 value)
{
    *to = (*to & ~mask) | (value & mask);
}

/* SEIP is read-only in sip (12.1.3), in either of its two meanings. */
void write_sip(struct hart *h, u64 mask, u64 value)
{
    merge(&h->mip, mask & h->mideleg & mip_s(h) & (MIP_SSIP | MIP_LCOFIP), value);
    merge(&h->aia.mvip, mask & filtered(h) & ~MIP_SEIP, value);
}

void write_sie(struct hart *h, u64 mask, u64 value)
{
    merge(&h->mie, mask & h->mideleg & mip_s(h), value);
    merge(&h->aia.sie, mask & filtered(h), value);
}

CSR_GET(get_mvien)
{
    return h->aia.mvien;
}
CSR_SET(set_mvien)
{
    h->aia.mvien = value & (MIP_SSIP | MIP_SEIP | MIP_LOCAL);
    hideleg_follow(h);
}

/* Which of mvip's bits are mip's own: SSIP unless it is filtered, STIP where it can be written. */
static u64 mvip_aliases(const struct hart *h)
{
    u64 stip = h->menvcfg & ENVCFG_STCE ? 0 : MIP_STIP;
    return stip | MIP_SEIP | (MIP_SSIP & ~h->aia.mvien);
}

CSR_GET(get_mvip)
{
    u64 aliases = mvip_aliases(h);
    return (h->mip & aliases) | (h->aia.mvip & ~aliases);
}
CSR_SET(set_mvip)
{
    u64 aliases = mvip_aliases(h);
    merge(&h->mip, aliases, value);
    merge(&h->aia.mvip, (MIP_SSIP & h->aia.mvien) | MIP_LOCAL, value);
}

/* ---- who may use the windows ("Access control by the state-enable CSRs") ---- */

bool mstateen_open(const struct hart *h, u64 bit)
{
    return h->priv == PRIV_M || !isa_has(h->isa, EXT_SMSTATEEN) || (h->mstateen[0] & bit);
}

bool hstateen_open(const struct hart *h, u64 bit)
{
    return !isa_has(h->isa, EXT_SMSTATEEN) || (get_hstateen(h, 0x60c) & bit);
}

/* The supervisor's interrupt file, which M-mode keeps to itself while it filters SEI. */
static bool file_s_open(const struct hart *h)
{
    if (!h->imsic || !mstateen_open(h, STATEEN_IMSIC)) return false;
    return h->priv == PRIV_M || !(h->aia.mvien & MIP_SEIP);
}

static bool guest_file_open(const struct hart *h)
{
    return guest_file(h) && mstateen_open(h, STATEEN_IMSIC);
}

/* A guest's access: what the hypervisor closes is not illegal, whatever is selected. Nor is what a
 * guest lacks; but numbers that nobody has are. */
static bool ireg_open_to_guest(const struct hart *h, unsigned number)
{
    u64 select = h->aia.vsiselect;
    if (number != 0x151 || h->priv == PRIV_U || !hstateen_open(h, STATEEN_CSRIND)) return true;
    if (selects_file(select)) return !h->imsic || mstateen_open(h, STATEEN_IMSIC);
    return selects_priorities(select);
}

bool ireg_open(const struct hart *h, unsigned number)
{
    u64 select = number == 0x351   ? h->aia.miselect
                 : number == 0x151 ? h->aia.siselect
                                   : h->aia.vsiselect;
    if (!mstateen_open(h, STATEEN_CSRIND)) return false;
    if (h->virt) return ireg_open_to_guest(h, number);
    if (selects_odd(select)) return false;
    if (selects_priorities(select))
        return number == 0x351 || (number == 0x151 && mstateen_open(h, STATEEN_AIA));
    if (!selects_file(select)) return false;
    if (number == 0x351) return h->imsic;
    return number == 0x151 ? file_s_open(h) : guest_file_open(h);
}

bool topei_open(const struct hart *h, unsigned number)
{
    if (h->virt) return !h->imsic || mstateen_open(h, STATEEN_IMSIC);
    if (number == 0x35c) return h->imsic;
    return number == 0x15c ? file_s_open(h) : guest_file_open(h);
}

/* ---- the windows ---- */

static u64 read_window(const struct hart *h, enum level level, unsigned file, u64 select)
{
    if (selects_priorities(select)) return iprio_word(h, level, (unsigned)(select & 15) / 2);
    return h->imsic && selects_file(select) ? imsic_read(h, file, select) : 0;
}

static void write_window(struct hart *h, enum level level, unsigned file, u64 select, u64 value)
{
    unsigned k = (unsigned)(select & 15) / 2;
    if (selects_priorities(select))
        merge(&h->aia.iprio[level][k], iprio_mask(h, level, k), value);
    else
        imsic_write(h, file, select, value);
}

CSR_GET(get_mireg)
{
    return read_window(h, LEVEL_M, MSI_FILE_M, h->aia.miselect);
}
CSR_SET(set_mireg)
{
    write_window(h, LEVEL_M, MSI_FILE_M, h->aia.miselect, value);
}
CSR_GET(get_sireg)
{
    return read_window(h, LEVEL_HS, MSI_FILE_S, h->aia.siselect);
}
CSR_SET(set_sireg)
{
    write_window(h, LEVEL_HS, MSI_FILE_S, h->aia.siselect, value);
}

/* Identity and priority are one number ("Top external interrupt CSRs"). */
static u64 topei(const struct hart *h, unsigned file)
{
    u64 identity = h->imsic ? imsic_top(h, file) : 0;
    return identity << TOPI_IID_SHIFT | identity;
}

CSR_GET(get_mtopei)
{
    return topei(h, MSI_FILE_M);
}
CSR_SET(set_mtopei)
{
    (void)value;
    imsic_claim(h, MSI_FILE_M);
}
CSR_GET(get_stopei)
{
    return topei(h, MSI_FILE_S);
}
CSR_SET(set_stopei)
{
    (void)value;
    imsic_claim(h, MSI_FILE_S);
}
