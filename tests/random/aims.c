#include "tests/random/aims.h"
#include "hart/csrbits.h"
#include "mmu/pmp.h"

u16 random_aims(struct rng *r)
{
    u16 aims = 0;
    if (chance(r, 50)) return 0;
    for (unsigned n = 0; n < AIM_N; n++)
        if (chance(r, 25)) aims |= (u16)(1u << n);
    return aims;
}

static bool has(const struct world *w, enum aim aim)
{
    return w->p->aims >> aim & 1;
}

/* ---- settings ---- */

enum { MENVCFG = 0x30a, HENVCFG = 0x60a, SENVCFG = 0x10a, MSECCFG = 0x747, SSP = 0x011 };

/* The same bits of menvcfg, henvcfg and senvcfg, each now and then, the upper ones first. */
static void set_environment(struct routine *o, u64 bits, bool of_user_too)
{
    static const u16 csrs[] = {MENVCFG, HENVCFG, SENVCFG};
    for (unsigned k = 0; k < 2u + of_user_too; k++)
        if (chance(o->w->r, 60))
            set_bits(o, csrs[k], bits);
        else if (chance(o->w->r, 10))
            clear_bits(o, csrs[k], bits);
}

static void set_pads(struct routine *o)
{
    set_environment(o, ENVCFG_LPE, true);
    if (chance(o->w->r, 30)) set_bits(o, MSECCFG, MSECCFG_MLPE);
}

static u64 shadow_address(struct rng *r)
{
    return VIEW_SHADOW + below(r, SHADOW_PAGE_N * PAGE_SIZE / 8) * 8;
}

static void set_shadow(struct routine *o)
{
    set_environment(o, ENVCFG_SSE, true);
    if (chance(o->w->r, 70)) set_csr(o, SSP, shadow_address(o->w->r));
}

static void set_double(struct routine *o)
{
    set_environment(o, ENVCFG_DTE, false);
    if (chance(o->w->r, 25)) set_bits(o, 0x300, STATUS_SDT);
    if (chance(o->w->r, 25)) set_bits(o, 0x200, STATUS_SDT);
}

/* Values 2 and 3: 7 and 16 bits are ignored. */
static void set_mask(struct routine *o)
{
    struct rng *r = o->w->r;
    if (chance(r, 30)) clear_bits(o, MSECCFG, BIT(PMM_SHIFT));
    if (chance(r, 40)) set_bits(o, MSECCFG, (2ull + below(r, 2)) << PMM_SHIFT);
    set_environment(o, (2ull + below(r, 2)) << PMM_SHIFT, true);
    if (chance(r, 40)) set_bits(o, 0x600, (2ull + below(r, 2)) << HSTATUS_HUPMM_SHIFT);
}

/* Some counters are about to overflow, most of them in some modes only. */
static void set_overflow(struct routine *o)
{
    struct rng *r = o->w->r;
    for (unsigned n = 3; n < 6; n++) {
        if (chance(r, 50)) continue;
        u64 modes = chance(r, 40) ? 0 : rng_bits(r) & EVENT_INH;
        set_csr(o, 0x320 + n, (1 + below(r, 2)) | modes | maybe(r, 10, EVENT_OF));
        set_csr(o, 0xb00 + n, -(u64)below(r, chance(r, 50) ? 30 : 600));
    }
    set_bits(o, 0x304, MIP_LCOFIP);
    if (chance(r, 10)) set_csr(o, 0x320, chance(r, 70) ? 0 : rng_bits(r));
}

void set_aims(struct routine *o)
{
    static void (*const setters[AIM_N])(struct routine *) = {
        [AIM_PADS] = set_pads, [AIM_SHADOW] = set_shadow,     [AIM_DOUBLE] = set_double,
        [AIM_MASK] = set_mask, [AIM_OVERFLOW] = set_overflow,
    };
    for (unsigned n = 0; n < AIM_N; n++)
        if (has(o->w, n) && setters[n] && chance(o->w->r, 70)) setters[n](o);
}

u64 tagged(struct world *w, u64 address)
{
    unsigned bits = chance(w->r, 50) ? 7 : 16;
    if (!has(w, AIM_MASK) || chance(w->r, 50)) return address;
    return address ^ rng_bits(w->r) << (64 - bits);
}

/* ---- sequences ---- */

/* A jump to a landing pad: its label is in x7, or another one is, or it is not 4-byte aligned. */
static void land(struct world *w, struct emitter *e)
{
    unsigned t = value_register(w->r);
    s32 label = (s32)below(w->r, 4) << 12;
    if ((e->at & 2) && w->p->compressed && chance(w->r, 90)) emit_raw(e, 1); /* c.nop */
    emit(e, OP_lui, 7, 0, 0, label);
    emit(e, OP_auipc, t, 0, 0, 0);
    emit(e, OP_addi, t, t, 0, 12);
    emit(e, OP_jalr, 0, t, 0, 0);
    emit(e, OP_lpad, 0, 0, 0, chance(w->r, 85) ? label : (s32)below(w->r, 4) << 12);
}

/* A call, and the return that checks it: mostly the address that was pushed. */
static void push_and_pop(struct world *w, struct emitter *e)
{
    s32 link = chance(w->r, 50) ? 0 : 4;
    if (chance(w->r, 60)) {
        emit_li(e, REG_COPY, shadow_address(w->r));
        emit_csr(e, OP_csrrw, SSP, REG_COPY);
    }
    emit(e, OP_sspush, 0, 0, 0, link);
    for (unsigned n = below(w->r, 4); n; n--)
        emit_raw(e, draw_of(w->r, w->taste, chance(w->r, 70) ? DRAW_ALU : DRAW_STORE));
    if (chance(w->r, 30)) emit(e, OP_ssrdp, value_register(w->r), 0, 0, 0);
    emit(e, OP_sspopchk, 0, 0, 0, chance(w->r, 85) ? link : 4 - link);
}

/* The ways in which a shadow stack may and may not be got at, one after the other. */
static void touch_shadow(struct world *w, struct emitter *e)
{
    static const u16 ops[] = {OP_ld, OP_sd, OP_ssamoswap_d, OP_lw, OP_amoadd_d, OP_ssamoswap_w};
    unsigned p = pointer_register(w->r);
    emit_li(e, p, shadow_address(w->r));
    for (unsigned n = 2 + below(w->r, 4); n; n--)
        emit(e, ops[below(w->r, sizeof ops / sizeof ops[0])], value_register(w->r), p,
             value_register(w->r), 0);
}

/* The same word by its address and by ones that may stand for it. */
static void touch_by_tags(struct world *w, struct emitter *e)
{
    unsigned p = pointer_register(w->r), v = value_register(w->r);
    emit(e, OP_andi, p, p, 0, -8);
    emit(e, OP_sd, 0, p, value_register(w->r), 0);
    emit(e, OP_addi, v, 0, 0, 1 + (s32)below(w->r, 100));
    emit(e, OP_slli, v, v, 0, 48 + (s32)below(w->r, 16));
    emit(e, OP_xor, p, p, v, 0);
    emit(e, chance(w->r, 50) ? OP_ld : OP_sd, value_register(w->r), p, value_register(w->r), 0);
    if (chance(w->r, 50)) emit(e, OP_xor, p, p, v, 0);
    emit(e, OP_ld, value_register(w->r), p, 0, 0);
}

void trap_again(struct world *w, struct emitter *e)
{
    if (!has(w, AIM_DOUBLE) || chance(w->r, 85)) return;
    emit(e, chance(w->r, 50) ? OP_ebreak : OP_mret, 0, 0, 0, 0);
}

bool aim_sequence(struct world *w, struct emitter *e)
{
    static const struct {
        enum aim aim;
        void (*emit)(struct world *, struct emitter *);
    } list[] = {
        {AIM_PADS,   land         },
        {AIM_SHADOW, push_and_pop },
        {AIM_SHADOW, touch_shadow },
        {AIM_MASK,   touch_by_tags},
    };
    unsigned n = below(w->r, sizeof list / sizeof list[0]);
    if (!has(w, list[n].aim)) return false;
    list[n].emit(w, e);
    return true;
}

/* ---- lockdown ---- */

/* Entry n over size bytes, a power of two, at pa. */
static void cover(struct routine *o, unsigned n, u64 pa, u64 size)
{
    set_csr(o, 0x3b0 + n, (pa | (size / 2 - 1)) >> 2);
}

/* The director can go on after MML, but for its edits of tables: they are refused then. */
void lock_ahead(struct routine *o)
{
    enum { NAPOT = 3 << 3 };
    struct rng *r = o->w->r;
    u64 count = NAPOT | PMP_L | PMP_R | PMP_W, code = NAPOT | PMP_L | PMP_R | PMP_X;
    u64 main = NAPOT | PMP_R | below(r, 8) | maybe(r, 50, PMP_L), rest = maybe(r, 80, NAPOT | 7);
    cover(o, 8, VAULT_PA + 0x1000, PAGE_SIZE);
    cover(o, 9, VAULT_PA, 0x20000);
    cover(o, 10, MAIN_PA, MAIN_PAGE_N * PAGE_SIZE);
    set_csr(o, 0x3a2, rest << 56 | (rest ? main << 16 : 0) | code << 8 | count);
}

/* The director's count; its code; the rest of the vault; and MAIN. Bits L R W X mean, once MML is
 * set: 0.11 data shared by all modes, 1.01 code that M-mode alone reads, 1011 code shared by all.
 * RLB is needed while the rules of before become those of after; it may stay. */
void lock_down(struct routine *o)
{
    enum { NAPOT = 3 << 3, SHARED_DATA = NAPOT | PMP_W | PMP_X };
    enum { M_CODE = NAPOT | PMP_L | PMP_R | PMP_X, SHARED_CODE = NAPOT | PMP_L | PMP_W | PMP_X };
    static const u8 mains[] = {NAPOT | 7, SHARED_DATA, SHARED_CODE, NAPOT | 5, NAPOT | PMP_L | 5};
    struct rng *r = o->w->r;
    u64 main = mains[below(r, sizeof mains)];
    u64 others = main << 24 | 0x1full << 56 | SHARED_DATA << 16 | SHARED_DATA;
    set_csr(o, MSECCFG, PMP_RLB);
    cover(o, 8, VAULT_PA + 0x1000, PAGE_SIZE);
    cover(o, 9, VAULT_PA, 0x20000);
    cover(o, 10, VAULT_PA, 0x100000);
    cover(o, 11, MAIN_PA, MAIN_PAGE_N * PAGE_SIZE);
    set_csr(o, 0x3a2, 0x1full << 56 | (u64)M_CODE << 8 | (NAPOT | 7) << 16 | (NAPOT | 7));
    set_csr(o, MSECCFG, PMP_RLB | PMP_MML);
    set_csr(o, 0x3a2, others | (u64)SHARED_CODE << 8);
    if (chance(r, 60))
        set_csr(o, MSECCFG, PMP_MML | maybe(r, 50, PMP_MMWP) | maybe(r, 30, PMP_RLB));
}
