/* Traps (priv. spec 3.1.6 to 3.1.16, 12.1, 22.6). Three levels take them: M, HS and VS; they differ
 * in where their fields lie, not in what is done. */
#include "hart/trap.h"
#include "hart/aia.h"
#include "hart/context.h"
#include "hart/counters.h"
#include "hart/csr.h"
#include "hext/csr_views.h"
#include "hext/trap_values.h"

/* clang-format off */
static const struct level_info {
    u16 status;              /* offset of the status register */
    u64 ie, pie, pp;         /* its interrupt-enable, previous enable, previous privilege */
    u64 pelp;                /* its previous state of expecting a landing pad */
    u64 dt;                  /* its trap-disable bit: a trap while it is set is unexpected */
    u8 pp_shift, priv, virt; /* where pp lies; the mode that the handler runs in */
} levels[LEVEL_N] = {
    [LEVEL_M] = {offsetof(struct hart, mstatus), STATUS_MIE, STATUS_MPIE, STATUS_MPP, STATUS_MPELP,
                 STATUS_MDT, STATUS_MPP_SHIFT, PRIV_M, 0},
    [LEVEL_HS] = {offsetof(struct hart, mstatus), STATUS_SIE, STATUS_SPIE, STATUS_SPP, STATUS_SPELP,
                  STATUS_SDT, 8, PRIV_S, 0},
    [LEVEL_VS] = {offsetof(struct hart, vsstatus), STATUS_SIE, STATUS_SPIE, STATUS_SPP, STATUS_SPELP,
                  STATUS_SDT, 8, PRIV_S, 1},
};
/* clang-format on */

/* The RNMI handler is what would be entry 64 of the table of a vectored mtvec, past every
 * interrupt; the handler of exceptions in it is mtvec's base, like that of all others. */
#define RNMI_ENTRY (4 * 64)

/* What is made once for each level: its fields are constants then. System calls and exits are as
 * fast as this. */
#define FOR_EACH_LEVEL static inline __attribute__((always_inline))

static inline u64 *status_of(struct hart *h, enum level level)
{
    return (u64 *)((char *)h + levels[level].status);
}

/* xLPE of the present mode (priv. spec, "Landing-Pad-Enabled State"). */
static bool landing_enabled(const struct hart *h)
{
    if (h->priv == PRIV_M) return h->mseccfg & MSECCFG_MLPE;
    u64 env = h->priv == PRIV_U ? h->senvcfg : h->virt ? h->henvcfg : h->menvcfg;
    return env & ENVCFG_LPE;
}

void hart_set_mode(struct hart *h, enum priv priv, bool virt)
{
    counters_mode(h, priv, virt, 0);
    h->priv = (u8)priv;
    h->virt = virt;
    h->fs_off = !(h->mstatus & STATUS_FS) || (virt && !(h->vsstatus & STATUS_FS));
    h->lpe = landing_enabled(h);
    if (h->mie || h->rnmi || has_aia(h)) h->attention = true; /* what was off may be on now */
    context_select(h);
}

u64 ecall_cause(const struct hart *h)
{
    if (h->priv == PRIV_S && h->virt) return EXC_ECALL_VS;
    return EXC_ECALL_U + h->priv;
}

/* An exception goes to M unless delegated, and never to a less privileged mode (3.1.8, 22.2.2). An
 * interrupt has found its level already. */
static enum level destination(const struct hart *h, const struct exception_info *e)
{
    u64 bit = BIT(e->cause & 63);
    if (e->cause & CAUSE_INTERRUPT) return (enum level)e->level;
    if (h->priv == PRIV_M || !(h->medeleg & bit)) return LEVEL_M;
    return h->virt && (h->hedeleg & bit) ? LEVEL_VS : LEVEL_HS;
}

static u64 handler(u64 tvec, u64 cause)
{
    u64 base = tvec & ~3ull;
    return (tvec & 1) && (cause & CAUSE_INTERRUPT) ? base + 4 * (cause & ~CAUSE_INTERRUPT) : base;
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
    if (!(r->cause & CAUSE_INTERRUPT)) {
        e.raw = h->insn->raw;
        e.len = h->insn->len;
    }
    h->observer->trap(h->observer->arg, h, &e);
}

/* ---- double traps (3.1.6.2, 12.1.1.5) ---- */

/* The level's trap-disable bit when its extension is there and on, else 0. */
static u64 trap_disable(const struct hart *h, enum level level)
{
    u64 env = level == LEVEL_VS ? henvcfg_effective(h) : h->menvcfg;
    bool on = level == LEVEL_M ? isa_has(h->isa, EXT_SMDBLTRP) : (env & ENVCFG_DTE) != 0;
    return on ? levels[level].dt : 0;
}

/* Must M-mode not be trapped into now? */
static bool unexpected_in_m(const struct hart *h)
{
    if (!isa_has(h->isa, EXT_SMDBLTRP)) return false;
    return (h->mstatus & STATUS_MDT) || (h->priv == PRIV_M && hart_nmi_masked(h));
}

/* Such a trap goes to the RNMI handler, or is the end: the critical-error state. */
static void take_in_m_again(struct hart *h, u64 epc, u64 cause)
{
    if (isa_has(h->isa, EXT_SMRNMI) && !hart_nmi_masked(h))
        trap_rnmi(h, epc, cause);
    else
        h->critical = h->attention = true;
}

static void report_rnmi(struct hart *h)
{
    struct trap_event e = {
        .pc = h->mnepc,
        .cause = h->mncause,
        .from_priv = h->priv,
        .from_virt = h->virt,
        .to_priv = PRIV_M,
    };
    h->observer->trap(h->observer->arg, h, &e);
}

void trap_rnmi(struct hart *h, u64 epc, u64 cause)
{
    h->mnepc = epc;
    h->mncause = cause;
    h->mnstatus = (u64)h->priv << MNSTATUS_MNPP_SHIFT | (h->virt ? MNSTATUS_MNPV : 0) |
                  (h->elp ? MNSTATUS_MNPELP : 0);
    h->elp = false;
    if (RARE(h->observer && h->observer->trap)) report_rnmi(h);
    h->pc = (h->level[LEVEL_M].tvec & ~3ull) + RNMI_ENTRY;
    h->waiting = false;
    hart_set_mode(h, PRIV_M, false);
}

/* ---- trap and return ---- */

/* mtval2 is there for double traps even without H. */
static void write_mtval2(struct hart *h, bool doubled)
{
    if (doubled)
        h->mtval2 = h->trap.cause;
    else if (!isa_has(h->isa, EXT_H))
        h->mtval2 = 0;
}

FOR_EACH_LEVEL void enter(struct hart *h, enum level to, u64 epc, u64 cause, u64 disable)
{
    const struct level_info *l = &levels[to];
    struct level_regs *r = &h->level[to];
    u64 *status = status_of(h, to), enabled = *status & l->ie ? l->pie : 0;
    u64 pp = (u64)h->priv << l->pp_shift & l->pp, pelp = h->elp ? l->pelp : 0;

    r->epc = epc;
    r->cause = cause;
    r->tval = h->trap.tval;
    *status &= ~(l->ie | l->pie | l->pp | l->pelp);
    *status |= enabled | pp | pelp | disable;
    h->elp = false;
    if (isa_has(h->isa, EXT_H)) hext_trap_values(h, to);
    if (to == LEVEL_M) write_mtval2(h, cause == EXC_DOUBLE_TRAP);
    if (RARE(h->observer && h->observer->trap)) report_trap(h, epc, to);
    h->pc = handler(r->tvec, r->cause);
    h->waiting = false;
    hart_set_mode(h, l->priv, l->virt);
}

static void enter_m(struct hart *h, u64 epc, u64 cause)
{
    if (RARE(unexpected_in_m(h)))
        take_in_m_again(h, epc, cause);
    else
        enter(h, LEVEL_M, epc, cause, trap_disable(h, LEVEL_M));
}

/* HS or VS, unless its traps are disabled. */
FOR_EACH_LEVEL void enter_delegated(struct hart *h, enum level to, u64 epc, u64 cause)
{
    u64 disable = trap_disable(h, to);
    if (RARE(*status_of(h, to) & disable))
        enter_m(h, epc, EXC_DOUBLE_TRAP);
    else
        enter(h, to, epc, cause, disable);
}

void trap_take(struct hart *h, u64 epc)
{
    u64 cause = h->trap.cause;
    switch (destination(h, &h->trap)) {
    case LEVEL_HS: enter_delegated(h, LEVEL_HS, epc, cause); break;
    case LEVEL_VS: enter_delegated(h, LEVEL_VS, epc, cause); break;
    default: enter_m(h, epc, cause); break;
    }
}

static void report_return(struct hart *h, u64 pc, unsigned priv, bool virt)
{
    struct return_event e = {pc, h->priv, (u8)priv, h->virt, virt};
    h->observer->returned(h->observer->arg, h, &e);
}

/* A return from above to user mode or a guest leaves no level between in its critical phase. The
 * text has MRET do this where it tells of Smdbltrp (3.1.6.2), but with SDT set any trap of the user
 * would be a double one, so it does not depend on that here; nor does it elsewhere. */
static void enable_traps_between(struct hart *h, unsigned priv, bool virt)
{
    if (virt || priv == PRIV_U) h->mstatus &= ~STATUS_SDT;
    if (virt && priv == PRIV_U) h->vsstatus &= ~STATUS_SDT;
}

/* The instruction that returns counts in the mode that it leaves. */
static void return_to(struct hart *h, enum priv priv, bool virt)
{
    counters_mode(h, priv, virt, 1);
    hart_set_mode(h, priv, virt);
}

static void expect_landing(struct hart *h, bool expected)
{
    h->elp = h->lpe && expected;
    if (h->elp) h->attention = true;
}

FOR_EACH_LEVEL u64 return_from(struct hart *h, enum level level)
{
    const struct level_info *l = &levels[level];
    u64 *status = status_of(h, level), enabled = *status & l->pie ? l->ie : 0;
    unsigned priv = (unsigned)((*status & l->pp) >> l->pp_shift);
    bool virt = hext_return_virt(h, level, priv), pelp = *status & l->pelp;

    *status = (*status & ~(l->ie | l->pp | l->pelp | l->dt)) | enabled | l->pie;
    if (h->priv == PRIV_M) h->mstatus &= ~STATUS_MDT; /* SRET does this too */
    if (level != LEVEL_VS) enable_traps_between(h, priv, virt);
    csr_note(h, level == LEVEL_VS ? 0x200 : 0x300);
    if (level == LEVEL_HS && isa_has(h->isa, EXT_H)) csr_note(h, 0x600);
    if (priv != PRIV_M) h->mstatus &= ~STATUS_MPRV;
    if (RARE(h->observer && h->observer->returned))
        report_return(h, h->level[level].epc, priv, virt);
    return_to(h, (enum priv)priv, virt);
    expect_landing(h, pelp);
    return h->level[level].epc;
}

u64 trap_return(struct hart *h, enum priv from)
{
    if (from == PRIV_M) return return_from(h, LEVEL_M);
    return h->virt ? return_from(h, LEVEL_VS) : return_from(h, LEVEL_HS);
}

u64 trap_return_rnmi(struct hart *h)
{
    unsigned priv = (unsigned)(h->mnstatus >> MNSTATUS_MNPP_SHIFT & 3);
    bool virt = priv != PRIV_M && (h->mnstatus & MNSTATUS_MNPV);

    h->mnstatus |= MNSTATUS_NMIE;
    csr_note(h, 0x744);
    if (priv != PRIV_M) {
        h->mstatus &= ~(STATUS_MPRV | STATUS_MDT);
        enable_traps_between(h, priv, virt);
        csr_note(h, 0x300);
    }
    if (RARE(h->observer && h->observer->returned)) report_return(h, h->mnepc, priv, virt);
    return_to(h, (enum priv)priv, virt);
    expect_landing(h, h->mnstatus & MNSTATUS_MNPELP);
    return h->mnepc;
}
