#include "tests/random/director.h"
#include "hart/csrbits.h"
#include "tests/random/aims.h"
#include "tests/random/experiment.h"
#include "tests/random/machine.h"

/* The vault's first pages:
 *
 *     0x0000  the vector table: a jump for each cause
 *     0x0100  the common start: counts traps, jumps to routine (count mod ROUTINE_N)
 *     0x1108  the count, on a page without code: a store beside code makes the block engine forget
 *     0x2000  the fence stubs: STUB_PA
 *     0x3000  the first routine, where the hart begins
 *     0x3800  where the second hart begins (AIM_PAIR)
 *     0x4000  the routines, 1 KiB of instructions and 1 KiB of constants each
 *     0x14000 the second hart's trap handler
 *
 * While a routine runs, REG_VAULT holds its address plus BIAS (routine.h). */
enum {
    VECTORS = 0,
    START = 0x100,
    COUNT = START + 8 + 0x1000,
    BOOT = 0x3000,
    SECOND_BOOT = 0x3800,
    ROUTINES = 0x4000,
    ROUTINE_N = 32,
    SECOND_HANDLER = ROUTINES + (ROUTINE_N << ROUTINE_SHIFT),
};

static struct emitter at_vault(struct world *w, u64 offset, u64 size)
{
    u32 at = image_offset(VAULT_PA + offset);
    return (struct emitter){w->p, at, at + (u32)size, true};
}

/* ---- where to go ---- */

static const struct atp *random_atp(struct rng *r, const struct atp *values, unsigned n)
{
    const struct atp *v;
    do v = &values[below(r, n)];
    while (v->tree == TREE_BAD && chance(r, 90));
    return v;
}

static struct place random_place(struct world *w)
{
    const struct tables *t = w->tables;
    unsigned kind = below(w->r, 100), m = w->p->aims >> AIM_LOCKDOWN & 1 ? 30 : 8;
    return (struct place){
        .satp = random_atp(w->r, t->first_value, t->first_value_n),
        .vsatp = random_atp(w->r, t->first_value, t->first_value_n),
        .hgatp = random_atp(w->r, t->g_value, t->g_value_n),
        .priv = kind < m    ? PRIV_M
                : kind < 48 ? PRIV_S
                            : PRIV_U,
        .virt = kind >= m && kind % 5 > 1,
    };
}

/* ---- parts of routines ---- */

static u64 random_hstatus(struct rng *r)
{
    return maybe(r, 10, HSTATUS_VTSR) | maybe(r, 10, HSTATUS_VTW) | maybe(r, 10, HSTATUS_VTVM) |
           maybe(r, 60, HSTATUS_HU) | maybe(r, 50, HSTATUS_SPVP) | maybe(r, 50, HSTATUS_SPV) |
           (u64)below(r, GUEST_LINE_N + 1) << 12; /* VGEIN */
}

/* Delegation of exceptions: fetch faults seldom, since only the director finds the way back. */
static u64 random_delegation(struct rng *r, unsigned fetch_percent)
{
    u64 fetch = BIT(EXC_FETCH_ACCESS) | BIT(EXC_FETCH_PAGE) | BIT(EXC_FETCH_GUEST);
    u64 calls = BIT(EXC_ECALL_U) | BIT(EXC_ECALL_S) | BIT(EXC_ECALL_VS);
    return rng_bits(r) & ~maybe(r, 100 - fetch_percent, fetch) & ~maybe(r, 70, calls);
}

/* A value for stvec, or from a later one on for vstvec. */
static u64 server(struct rng *r, unsigned first)
{
    return MAIN_PA + (first + below(r, SERVER_N / 2)) * SERVER_SIZE + below(r, 2);
}

/* Registers that decide what traps and what is seen; each is changed now and then. */
static void settings(struct routine *o)
{
    struct rng *r = o->w->r;
    const struct {
        u16 csr;
        u8 percent;
        u64 value;
    } list[] = {
        {0x302,      40,                                    random_delegation(r,    5)                                                                          }, /* medeleg */
        {0x602,      40,                                    random_delegation(r,    40)                                                                         }, /* hedeleg */
        {0x303,      40,                                    rng_bits(r)           }, /* mideleg */
        {0x603,        40,                           rng_bits(r)                      }, /* hideleg */
        {0x304, 50, (chance(r,                       60) ? ~0ull : rng_bits(r)) | MIP_MTIP                                                                            }, /* mie */
        {0x344,  40,                  chance(r,                       80) ? 0 : rng_bits(r)                                                                        }, /* mip */
        {0x645,  40,                  chance(r,                       80) ? 0 : rng_bits(r)}, /* hvip */
        {0x14d,     40,                                          ~0ull                  }, /* stimecmp */
        {0x24d,          40,                                           ~0ull                                                          }, /* vstimecmp */
        {0x30a,     30,                                          rng_bits(r) | ENVCFG_STCE | maybe(r,                                                            50, 0xf0)}, /* menvcfg */
        {0x60a,        30,                       rng_bits(r) | maybe(r,                                           60,                                                                             ENVCFG_STCE) | maybe(r, 50, 0xf0)}, /* henvcfg */
        {0x10a,      25,                                    chance(r,               50) ? 0xf0 : rng_bits(r)                                                                 }, /* senvcfg */
        {0x306,      25,                                    chance(r,               60) ? ~0ull : rng_bits(r)}, /* mcounteren */
        {0x606,      25,                                    chance(r,               60) ? ~0ull : rng_bits(r)                                                                                                                              }, /* hcounteren */
        {0x106,      25,                                    chance(r,               60) ? ~0ull : rng_bits(r)}, /* scounteren */
        {0x30c,      15,                                    chance(r,               60) ? ~0ull : rng_bits(r)                                                    }, /* mstateen0 */
        {0x60c,      15,                                    chance(r,               60) ? ~0ull : rng_bits(r)                                                   }, /* hstateen0 */
        {0x607,      20,                                    rng_bits(r)           }, /* hgeie */
        {0x605,        10,                              chance(r, 50) ? 0 : rng_value(r)                                                   }, /* htimedelta */
        {0x003,        20,                               below(r,                6) << 5                                                   }, /* fcsr */
        {0x105,        30,                              server(r,                     0)                                                   }, /* stvec */
        {0x205,        30,                              server(r,          SERVER_N / 2)                                                   }, /* vstvec */
    };
    for (unsigned k = 0; k < sizeof list / sizeof list[0]; k++)
        if (chance(r, list[k].percent)) set_csr(o, list[k].csr, list[k].value);
}

/* stimecmp or vstimecmp: a little after now. */
static void set_timer(struct routine *o)
{
    emit(&o->e, OP_csrrs, REG_CONST, 0, 0, 0xc01);
    emit(&o->e, OP_addi, REG_CONST, REG_CONST, 0, (s32)below(o->w->r, 120));
    emit_csr(&o->e, OP_csrrw, chance(o->w->r, 50) ? 0x14d : 0x24d, REG_CONST);
}

/* PMP entries over parts of MAIN; entry 15 opens the rest. */
static void set_pmp(struct routine *o)
{
    struct rng *r = o->w->r;
    u64 cfg = 0;
    for (unsigned n = 0; n < 4; n++) {
        u64 pa = MAIN_PA + below(r, MAIN_PAGE_N * PAGE_SIZE);
        u64 napot = (pa | (BIT(3 + below(r, 11)) - 1)) >> 2;
        set_csr(o, 0x3b0 + n, chance(r, 50) ? napot : pa >> 2);
        u64 entry = below(r, 32) | maybe(r, 60, 4) | maybe(r, 3, 0x80);
        cfg |= entry << 8 * n;
    }
    set_csr(o, 0x3a0, cfg);
}

static void reload_registers(struct routine *o, const struct place *to)
{
    struct rng *r = o->w->r;
    s8 tree = tree_of(to);
    for (unsigned x = 1; x < REG_HANDLER; x++) {
        if (is_pointer_register(x) && chance(r, 55))
            load_constant(o, x, tagged(o->w, random_data(r, tree, to->priv == PRIV_U)));
        if (is_code_register(x) && chance(r, 70))
            load_constant(o, x, random_code_view(o->w, tree, to->priv == PRIV_U));
    }
}

/* Where returns lead that the program makes itself. */
static void set_return_addresses(struct routine *o, const struct place *to)
{
    struct rng *r = o->w->r;
    set_csr(o, 0x141, random_code_view(o->w, to->satp->tree, chance(r, 50)));
    set_csr(o, 0x241, random_code_view(o->w, to->vsatp->tree, chance(r, 50)));
}

static void go_anywhere(struct routine *o)
{
    struct rng *r = o->w->r;
    struct place to = random_place(o->w);
    settings(o);
    set_aims(o);
    if (chance(r, 30)) set_timer(o);
    if (o->w->taste->wild_pmp && chance(r, 20)) set_pmp(o);
    if (chance(r, 50)) set_csr(o, 0x600, random_hstatus(r));
    set_return_addresses(o, &to);
    reload_registers(o, &to);
    go(o, &to, random_code_view(o->w, tree_of(&to), to.priv == PRIV_U));
    if (to.priv == PRIV_M && chance(r, 30)) set_bits(o, 0x300, STATUS_MPRV);
    leave(o);
}

/* ---- kinds of routines ---- */

static void step_over(struct routine *o)
{
    struct rng *r = o->w->r;
    emit(&o->e, OP_csrrs, REG_CONST, 0, 0, 0x341);
    emit(&o->e, OP_addi, REG_CONST, REG_CONST, 0, chance(r, 70) ? 4 : 2);
    emit_csr(&o->e, OP_csrrw, 0x341, REG_CONST);
    set_bits(o, 0x304, chance(r, 30) ? ~0ull : MIP_MTIP);
    if (chance(r, 50)) set_csr(o, 0x302, random_delegation(r, 5));
    if (chance(r, 30)) {
        struct place to = random_place(o->w);
        reload_registers(o, &to);
    }
    leave(o);
}

/* Rewrite entries under the feet of what runs. */
static void rewrite(struct routine *o)
{
    emit(&o->e, OP_csrrs, REG_CONST, 0, 0, 0x680);
    emit_csr(&o->e, OP_csrrw, 0x340, REG_CONST); /* mscratch */
    for (unsigned n = 1 + below(o->w->r, 2); n; n--) {
        struct edit edit = random_edit(o->w);
        make_edit(o, &edit);
        fence_edit(o, &edit);
    }
    emit(&o->e, OP_csrrs, REG_CONST, 0, 0, 0x340);
    emit_csr(&o->e, OP_csrrw, 0x680, REG_CONST);
    step_over(o);
}

static u64 routine_offset(unsigned n)
{
    return ROUTINES + ((u64)n << ROUTINE_SHIFT);
}

/* One routine, or those of an experiment; how many there are now. */
static unsigned make_routine(struct world *w, unsigned n)
{
    unsigned kind = below(w->r, 100);
    if (kind < 18 && n + EXPERIMENT_N <= ROUTINE_N) {
        u64 offset[EXPERIMENT_N];
        for (unsigned k = 0; k < EXPERIMENT_N; k++) offset[k] = routine_offset(n + k);
        make_experiment(w, offset);
        return n + EXPERIMENT_N;
    }
    struct routine o = begin(w, routine_offset(n));
    if ((w->p->aims >> AIM_LOCKDOWN & 1) && chance(w->r, 10)) lock_down(&o);
    if (kind < 50)
        go_anywhere(&o);
    else if (kind < 68)
        rewrite(&o);
    else
        step_over(&o);
    return n + 1;
}

/* ---- what is the same in every program ---- */

static void make_start(struct world *w)
{
    struct emitter e = at_vault(w, START, 256);
    emit(&e, OP_lui, REG_CONST, 0, 0, (s32)STATUS_MPRV);
    emit_csr(&e, OP_csrrc, 0x300, REG_CONST);
    emit(&e, OP_auipc, REG_VAULT, 0, 0, COUNT - START - 8);
    emit(&e, OP_lw, REG_CONST, REG_VAULT, 0, 0);
    emit(&e, OP_addi, REG_CONST, REG_CONST, 0, 1);
    emit(&e, OP_sw, 0, REG_VAULT, REG_CONST, 0);
    emit(&e, OP_addi, REG_VAULT, 0, 0, ROUTINE_N);
    emit(&e, OP_remu, REG_CONST, REG_CONST, REG_VAULT, 0);
    emit(&e, OP_slli, REG_CONST, REG_CONST, 0, ROUTINE_SHIFT);
    u32 after = e.at;
    emit(&e, OP_auipc, REG_VAULT, 0, 0, ROUTINES);
    s32 distance = (s32)(after - image_offset(VAULT_PA)) - BIAS;
    emit(&e, OP_addi, REG_VAULT, REG_VAULT, 0, -distance);
    emit(&e, OP_add, REG_VAULT, REG_VAULT, REG_CONST, 0);
    emit(&e, OP_jalr, 0, REG_VAULT, 0, -BIAS);
}

static void make_vectors(struct world *w)
{
    for (s32 cause = 0; cause < 64; cause++) {
        struct emitter e = at_vault(w, (u64)cause * 4, 4);
        emit(&e, OP_jal, 0, 0, 0, START - 4 * cause);
    }
}

/* A routine that the director does not call: REG_VAULT is not set when it begins. */
static struct routine begin_alone(struct world *w, u64 offset)
{
    struct routine o = begin(w, offset);
    s32 ahead = (s32)(o.e.at - o.base);
    emit(&o.e, OP_auipc, REG_VAULT, 0, 0, 0);
    emit(&o.e, OP_addi, REG_VAULT, REG_VAULT, 0, BIAS - ahead);
    return o;
}

static void make_boot(struct world *w)
{
    struct routine o = begin_alone(w, BOOT);
    set_csr(&o, 0x305, VAULT_PA + below(w->r, 2));
    set_csr(&o, 0x3b0 + 15, ~0ull);
    set_csr(&o, 0x3a2, 0x1full << 56);
    set_csr(&o, 0x105, MAIN_PA);
    set_csr(&o, 0x205, MAIN_PA + SERVER_N / 2 * SERVER_SIZE);
    set_csr(&o, 0x304, ~0ull);
    set_csr(&o, 0x306, ~0ull);
    go_anywhere(&o);
    w->p->entry = VAULT_PA + BOOT;
}

/* ---- the second hart: S- and U-mode without translation, so that no edit concerns it ---- */

/* Every trap leads it to another place, 106 bytes further on in the code. */
static void make_second_handler(struct world *w)
{
    struct place to = {.priv = PRIV_M};
    struct routine o = begin_alone(w, SECOND_HANDLER);
    reload_registers(&o, &to);
    emit(&o.e, OP_csrrs, REG_CONST, 0, 0, 0x340);
    emit(&o.e, OP_addi, REG_CONST, REG_CONST, 0, 106);
    emit_csr(&o.e, OP_csrrw, 0x340, REG_CONST);
    emit(&o.e, OP_slli, REG_CONST, REG_CONST, 0, 49);
    emit(&o.e, OP_srli, REG_CONST, REG_CONST, 0, 49);
    load_constant(&o, REG_VAULT, MAIN_PA + CODE_PAGE * PAGE_SIZE);
    emit(&o.e, OP_add, REG_CONST, REG_CONST, REG_VAULT, 0);
    emit_csr(&o.e, OP_csrrw, 0x341, REG_CONST);
    leave(&o);
}

/* Of the vault it sees nothing below M-mode; satp stays 0 by TVM, and it never waits. */
static void make_second(struct world *w)
{
    struct place to = {.priv = PRIV_M};
    struct routine o = begin_alone(w, SECOND_BOOT);
    set_csr(&o, 0x305, VAULT_PA + SECOND_HANDLER);
    set_csr(&o, 0x3b0, (VAULT_PA | 0x7ffff) >> 2);
    set_csr(&o, 0x3b0 + 15, ~0ull);
    set_csr(&o, 0x3a0, 0x18);
    set_csr(&o, 0x3a2, 0x1full << 56);
    set_csr(&o, 0x300, STATUS_TVM | STATUS_TW | BIT(13) | (u64)PRIV_S << STATUS_MPP_SHIFT);
    set_csr(&o, 0x340, rng_bits(w->r));
    set_csr(&o, 0x341, MAIN_PA + random_code(w));
    reload_registers(&o, &to);
    leave(&o);
    w->p->second_entry = VAULT_PA + SECOND_BOOT;
    make_second_handler(w);
}

void make_director(struct world *w)
{
    make_vectors(w);
    make_start(w);
    make_stubs(w);
    make_boot(w);
    if (w->p->aims >> AIM_PAIR & 1) make_second(w);
    for (unsigned n = 0; n < ROUTINE_N;) n = make_routine(w, n);
}
