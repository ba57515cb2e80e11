/* Interrupts as the Advanced Interrupt Architecture has them (RISC-V AIA 1.0: "Interrupts for
 * Machine and Supervisor Levels"): priority numbers, what M-mode filters or makes up for S-mode,
 * and the windows to indirectly accessed registers. hext/aia.h has the guest's level. */
#ifndef HART_AIA_H
#define HART_AIA_H

#include "hart/csr.h"

static inline bool has_aia(const struct hart *h)
{
    return isa_has(h->isa, EXT_SSAIA);
}

/* ---- the top interrupt of a level ---- */

/* A priority number: 1 is highest; those of external interrupts may be above 255. 0 would say
 * "before all external ones"; PRIORITY_LAST says behind them. */
enum { PRIORITY_UNKNOWN = 256, PRIORITY_LAST = 0x1000 };

struct top {
    int number; /* -1: none */
    unsigned priority;
};

/* How a level's interrupts are ranked: byte n of iprio is number n's priority; but that of the
 * external interrupt comes from its controller. */
struct priorities {
    const u64 *iprio; /* 8 words */
    unsigned external, external_priority;
};

/* Of this set of interrupts, the first. */
struct top top_of(u64 set, const struct priorities *p);

/* A topi register's value for it, when it shows priorities. */
u64 topi_value(const struct top *t);

/* mtopi, stopi (LEVEL_M, LEVEL_HS) or vstopi (LEVEL_VS): 0 when nothing is pending and enabled
 * there. */
u64 topi_of(const struct hart *h, enum level level);

/* ---- sip and sie, which M-mode may filter (table of the effects of mideleg and mvien) ---- */

u64 sip_of(const struct hart *h);
u64 sie_of(const struct hart *h);
void write_sip(struct hart *h, u64 mask, u64 value);
void write_sie(struct hart *h, u64 mask, u64 value);

/* ---- the windows ---- */

enum { ISELECT_MASK = 0xfff };

/* What a select register's value names. */
static inline bool selects_priorities(u64 select)
{
    return select >> 4 == 3;
}
static inline bool selects_file(u64 select)
{
    return select >= 0x70 && select <= 0xff;
}
/* No register has this number where XLEN is 64. */
static inline bool selects_odd(u64 select)
{
    return (select & 1) && (selects_priorities(select) || select >= 0x80);
}

/* Do GATE_IREG and GATE_TOPEI let it pass, or at least on to the hypervisor's rules? If not, the
 * instruction is illegal. */
bool ireg_open(const struct hart *h, unsigned number);
bool topei_open(const struct hart *h, unsigned number);

/* mstateen0's bit, and hstateen0's besides; open where there are no state enables. */
bool mstateen_open(const struct hart *h, u64 bit);
bool hstateen_open(const struct hart *h, u64 bit);

CSR_GET(get_mvien);
CSR_SET(set_mvien);
CSR_GET(get_mvip);
CSR_SET(set_mvip);
CSR_GET(get_mireg);
CSR_SET(set_mireg);
CSR_GET(get_sireg);
CSR_SET(set_sireg);
CSR_GET(get_mtopei);
CSR_SET(set_mtopei);
CSR_GET(get_stopei);
CSR_SET(set_stopei);
CSR_GET(get_mtopi);
CSR_GET(get_stopi);

#endif
