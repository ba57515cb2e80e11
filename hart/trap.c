/* Traps (priv. spec 3.1.6 to 3.1.16, 12.1, 22.6). Three levels take them: M, HS and VS; they differ
 * in where their fields lie, not in what is done. */
#include "hart/trap.h"
#include "hart/context.h"
#include "hart/counters.h"
#include "hart/csr.h"
#include "hext/trap_values.h"

static const struct level_info {
    u16 status;              /* offset of the status register */
    u64 ie, pie, pp;         /* its interrupt-enable, previous enable, previous privilege */
    u8 pp_shift, priv, virt; /* where pp lies; the mode that the handler runs in */
} levels[LEVEL_N] = {
    [LEVEL_M] = {offsetof(struct hart, mstatus),  STATUS_MIE, STATUS_MPIE, STATUS_MPP,
                 STATUS_MPP_SHIFT,                                                        PRIV_M, 0},
    [LEVEL_HS] = {offsetof(struct hart, mstatus),  STATUS_SIE, STATUS_SPIE, STATUS_SPP, 8, PRIV_S,
                 0                                                                                 },
    [LEVEL_VS] = {offsetof(struct hart, vsstatus), STATUS_SIE, STATUS_SPIE, STATUS_SPP, 8, PRIV_S,
                 1                                                                                 },
};

static u64 *status_of(struct hart *h, enum level level)
{
    return (u64 *)((char *)h + levels[level].status);
}

void hart_set_mode(struct hart *h, enum priv priv, bool virt)
{
    counters_mode(h, priv, virt, 0);
    h->priv = (u8)priv;
    h->virt = virt;
    h->fs_off = !(h->mstatus & STATUS_FS) || (virt && !(h->vsstatus & STATUS_FS));
    h->attention = true;
    context_select(h);
}

u64 ecall_cause(const struct hart *h)
{
    if (h->priv == PRIV_S && h->virt) return EXC_ECALL_VS;
    return EXC_ECALL_U + h->priv;
}

/* A trap goes to M unless delegated, and never to a less privileged mode (3.1.8, 22.2.2). */
static enum level destination(const struct hart *h, u64 cause)
{
    u64 bit = BIT(cause & 63);
    bool irq = cause & CAUSE_INTERRUPT;
    if (h->priv == PRIV_M || !((irq ? h->mideleg : h->medeleg) & bit)) return LEVEL_M;
    if (h->virt && ((irq ? h->hideleg : h->hedeleg) & bit)) return LEVEL_VS;
    return LEVEL_HS;
}

static u64 handler(u64 tvec, u64 cause)
{
    u64 base = tvec & ~3ull;
    return (tvec & 1) && (cause & CAUSE_INTERRUPT) ? base + 4 * (cause & 63) : base;
}

static void report_trap(struct hart *h, u64 epc, enum level to)
{
    const struct level_regs *r = &h->level[to];
    const struct level_info *l = &levels[to];
    struct trap_event e = {
        .pc = epc,
        .cause = r->cause,
        .tval = r->tval,
        .tval2 = to == LEVEL_M    ? h->mtval2
                 : to == LEVEL_HS ? h->htval
                                  : 0,
        .tinst = to == LEVEL_M    ? h->mtinst
                 : to == LEVEL_HS ? h->htinst
                                  : 0,
        .from_priv = h->priv,
        .from_virt = h->virt,
        .to_priv = l->priv,
        .to_virt = l->virt,
    };
    h->observer->trap(h->observer->arg, h, &e);
}

void trap_take(struct hart *h, u64 epc)
{
    u64 cause = h->trap.cause;
    enum level to = destination(h, cause);
    const struct level_info *l = &levels[to];
    struct level_regs *r = &h->level[to];
    u64 *status = status_of(h, to), enabled = *status & l->ie ? l->pie : 0;
    u64 pp = (u64)h->priv << l->pp_shift & l->pp;

    r->epc = epc;
    r->cause = to == LEVEL_VS ? vs_cause(cause) : cause;
    r->tval = h->trap.tval;
    *status = (*status & ~(l->ie | l->pie | l->pp)) | enabled | pp;
    if (isa_has(h->isa, EXT_H)) hext_trap_values(h, to);
    if (RARE(h->observer && h->observer->trap)) report_trap(h, epc, to);
    h->pc = handler(r->tvec, r->cause);
    h->waiting = false;
    hart_set_mode(h, l->priv, l->virt);
}

static void report_return(struct hart *h, u64 pc, unsigned priv, bool virt)
{
    struct return_event e = {pc, h->priv, (u8)priv, h->virt, virt};
    h->observer->returned(h->observer->arg, h, &e);
}

u64 trap_return(struct hart *h, enum priv from)
{
    enum level level = from == PRIV_M ? LEVEL_M : h->virt ? LEVEL_VS : LEVEL_HS;
    const struct level_info *l = &levels[level];
    u64 *status = status_of(h, level), enabled = *status & l->pie ? l->ie : 0;
    unsigned priv = (unsigned)((*status & l->pp) >> l->pp_shift);
    bool virt = hext_return_virt(h, level, priv);

    *status = (*status & ~(l->ie | l->pp)) | enabled | l->pie;
    csr_note(h, level == LEVEL_VS ? 0x200 : 0x300);
    if (level == LEVEL_HS && isa_has(h->isa, EXT_H)) csr_note(h, 0x600);
    if (priv != PRIV_M) h->mstatus &= ~STATUS_MPRV;
    if (RARE(h->observer && h->observer->returned))
        report_return(h, h->level[level].epc, priv, virt);
    counters_mode(h, priv, virt, 1); /* the return counts where it was made */
    hart_set_mode(h, priv, virt);
    return h->level[level].epc;
}
