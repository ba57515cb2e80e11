/* The program itself: code, data, registers, and the trap handlers of HS and VS. */
#include "tests/random/aims.h"
#include "hart/csr.h"
#include "hart/csrbits.h"
#include "tests/random/emit.h"

#include <string.h>

#define CODE_START ((u32)CODE_PAGE * PAGE_SIZE)
#define CODE_END   ((u32)DATA_PAGE * PAGE_SIZE)

/* ---- addresses ---- */

u64 random_code(struct world *w)
{
    if (chance(w->r, 4)) return CODE_START + (below(w->r, CODE_END - CODE_START) & ~1u);
    return w->code[below(w->r, w->code_n)];
}

/* Page ends are where the bugs are. */
static u64 random_in_page(struct rng *r)
{
    switch (below(r, 5)) {
    case 0: return 0xff0 + below(r, 16);
    case 1: return below(r, 8);
    case 2: return below(r, PAGE_SIZE);
    default: return below(r, PAGE_SIZE) & ~63u;
    }
}

static const u8 hot_pages[] = {CODE_PAGE, CODE_PAGE + 1, DATA_PAGE, DATA_PAGE + 1, NAPOT_PAGE};

bool is_hot(u64 va)
{
    return memchr(hot_pages, va >> PAGE_SHIFT & (MAIN_PAGE_N - 1), sizeof hot_pages) != NULL;
}

u64 random_data(struct rng *r, s8 tree, bool user)
{
    static const u64 views[] = {VIEW_IDENTITY, VIEW_USER, VIEW_HIGH,
                                VIEW_NAPOT,    VIEW_GIGA, VIEW_TERA};
    u64 view = tree < 0 ? VIEW_IDENTITY : user ? VIEW_USER : VIEW_IDENTITY;
    unsigned page = DATA_PAGE + below(r, MAIN_PAGE_N - DATA_PAGE);
    unsigned kind = below(r, 100);
    if (kind < 4) return DEVICE_PA + (kind & 1 ? 0 : below(r, 0x120));
    if (kind < 25) view = views[below(r, sizeof views / sizeof views[0])];
    if (kind % 8 == 0) page = CODE_PAGE + below(r, CODE_PAGE_N);
    if (kind % 8 > 4) page = hot_pages[below(r, sizeof hot_pages)];
    return view + (u64)page * PAGE_SIZE + random_in_page(r);
}

/* ---- sequences that single instructions hardly ever make ---- */

static void loop(struct world *w, struct emitter *e)
{
    unsigned counter = REG_LOOP, body = 1 + below(w->r, 5);
    emit(e, OP_addi, counter, 0, 0, 2 + (s32)below(w->r, 12));
    u32 top = e->at;
    for (; body; body--)
        emit_raw(e, draw_of(w->r, w->taste, chance(w->r, 60) ? DRAW_ALU : DRAW_LOAD));
    emit(e, OP_addi, counter, counter, 0, -1);
    emit(e, OP_blt, 0, 0, counter, (s32)top - (s32)e->at);
}

static void reserve(struct world *w, struct emitter *e)
{
    unsigned p = pointer_register(w->r), v = value_register(w->r);
    bool wide = chance(w->r, 50);
    emit(e, OP_andi, p, p, 0, -8);
    emit(e, wide ? OP_lr_d : OP_lr_w, v, p, 0, 0);
    if (chance(w->r, 30)) emit_raw(e, draw_of(w->r, w->taste, DRAW_STORE));
    emit(e, wide ? OP_sc_d : OP_sc_w, value_register(w->r), p, v, 0);
}

/* Copy an instruction from near by to near by, and perhaps fence.i. */
static void modify_self(struct world *w, struct emitter *e)
{
    unsigned p = value_register(w->r), v = REG_COPY;
    unsigned ops[][2] = {
        {OP_lw,  OP_sw},
        {OP_lhu, OP_sh},
        {OP_ld,  OP_sd}
    };
    unsigned k = below(w->r, 3);
    s32 from = ((s32)below(w->r, 1024) - 512) & ~1, to = (s32)below(w->r, 128) & ~1;
    if (chance(w->r, 40)) to = ((s32)below(w->r, 4000) - 2000) & ~1;
    emit(e, OP_auipc, p, 0, 0, 0);
    emit(e, ops[k][0], v, p, 0, from);
    emit(e, ops[k][1], 0, p, v, to);
    if (chance(w->r, 30)) emit(e, OP_fence_i, 0, 0, 0, 0);
}

static void set_timer(struct world *w, struct emitter *e)
{
    unsigned v = value_register(w->r);
    emit(e, OP_csrrs, v, 0, 0, 0xc01);
    emit(e, OP_addi, v, v, 0, (s32)below(w->r, 60));
    emit_csr(e, OP_csrrw, chance(w->r, 60) ? 0x14d : 0x24d, v);
}

/* A translation register is written with a value that the director knows of (program.h), and the
 * register that held it is cleared. */
static void switch_space(struct world *w, struct emitter *e)
{
    static const u16 csrs[] = {0x180, 0x180, 0x280, 0x680};
    const struct tables *t = w->tables;
    unsigned csr = csrs[below(w->r, 4)];
    const struct atp *v = csr == 0x680 ? &t->g_value[below(w->r, t->g_value_n)]
                                       : &t->first_value[below(w->r, t->first_value_n)];
    e->solid = true;
    emit_li(e, REG_CONST, v->value);
    emit_csr(e, OP_csrrw, csr, REG_CONST);
    emit(e, OP_addi, REG_CONST, 0, 0, 0);
    e->solid = false;
}

/* Return from a trap that never was. */
static void return_somewhere(struct world *w, struct emitter *e)
{
    static const u64 views[] = {VIEW_IDENTITY, VIEW_IDENTITY, VIEW_USER, VIEW_HIGH};
    static const u64 bits[] = {STATUS_SPP, STATUS_SPIE, STATUS_SUM, STATUS_MXR, STATUS_MPP};
    unsigned v = value_register(w->r);
    u64 offset = CODE_START + (below(w->r, CODE_END - CODE_START) & ~1u);
    bool m = chance(w->r, 30);
    emit_li(e, v, views[below(w->r, 4)] + offset);
    emit_csr(e, OP_csrrw, m ? 0x341 : 0x141, v);
    if (chance(w->r, 60)) {
        emit_li(e, v, bits[below(w->r, sizeof bits / sizeof bits[0])]);
        emit_csr(e, chance(w->r, 50) ? OP_csrrs : OP_csrrc, m ? 0x300 : 0x100, v);
    }
    if (chance(w->r, 40)) {
        emit_li(e, v, chance(w->r, 70) ? HSTATUS_SPV : HSTATUS_SPVP);
        emit_csr(e, chance(w->r, 60) ? OP_csrrs : OP_csrrc, 0x600, v);
    }
    emit(e, m ? OP_mret : OP_sret, 0, 0, 0, 0);
}

/* Another page's code through a register: an auipc pair. */
static void call_far(struct world *w, struct emitter *e)
{
    unsigned x = code_register(w->r);
    s32 target = (s32)(CODE_START + (below(w->r, CODE_END - CODE_START) & ~1u));
    s32 distance = target - (s32)e->at, low = ((distance & 0xfff) ^ 0x800) - 0x800;
    emit(e, OP_auipc, x, 0, 0, distance - low);
    emit(e, OP_jalr, chance(w->r, 50) ? 0 : code_register(w->r), x, 0, low);
}

static void move_pointer(struct world *w, struct emitter *e)
{
    unsigned p = pointer_register(w->r);
    emit(e, OP_addi, p, p, 0, (s32)below(w->r, 1024) - 512);
}

static void touch(struct world *w, struct emitter *e, unsigned pointer, unsigned store)
{
    emit(e, store ? OP_sd : OP_ld, value_register(w->r), pointer, value_register(w->r), 0);
}

/* The same accesses before and after whatever the director does. */
static void touch_around_call(struct world *w, struct emitter *e)
{
    unsigned p = pointer_register(w->r), store = below(w->r, 2);
    touch(w, e, p, store);
    emit(e, OP_ecall, 0, 0, 0, 0);
    touch(w, e, p, store);
}

static void call_pc_relative(struct emitter *e, u32 target)
{
    s32 distance = (s32)target - (s32)e->at, low = ((distance & 0xfff) ^ 0x800) - 0x800;
    emit(e, OP_auipc, 1, 0, 0, distance - low);
    emit(e, OP_jalr, 1, 1, 0, low);
}

static void call_around_call(struct world *w, struct emitter *e)
{
    u32 target = (CODE_PAGE + below(w->r, CODE_PAGE_N)) * PAGE_SIZE + FUNCTION_OFFSET;
    call_pc_relative(e, target);
    emit(e, OP_ecall, 0, 0, 0, 0);
    call_pc_relative(e, target);
}

/* Write a function into another page, call it, write it anew, call it again. */
static void write_and_call(struct world *w, struct emitter *e)
{
    u32 target = CODE_START + (below(w->r, CODE_END - CODE_START) & ~3u);
    s32 distance = (s32)target - (s32)e->at, low = ((distance & 0xfff) ^ 0x800) - 0x800;
    struct insn add = {.op = OP_addi, .rd = 12, .rs1 = 12}, back = {.op = OP_jalr, .rs1 = 1};
    unsigned p = value_register(w->r);
    emit(e, OP_auipc, p, 0, 0, distance - low);
    emit(e, OP_addi, p, p, 0, low);
    for (unsigned n = 2 + below(w->r, 2); n; n--) {
        add.imm = (s32)below(w->r, 2048);
        emit_li(e, REG_COPY, encode(&back));
        emit(e, OP_sw, 0, p, REG_COPY, 4);
        emit_li(e, REG_COPY, encode(&add));
        emit(e, OP_sw, 0, p, REG_COPY, 0);
        if (chance(w->r, 20)) emit(e, OP_fence_i, 0, 0, 0, 0);
        emit(e, OP_jalr, 1, p, 0, 0);
    }
}

/* Accesses around a page's end, with the page at hand already. */
static void straddle(struct world *w, struct emitter *e)
{
    static const u16 ops[] = {OP_ld, OP_sd, OP_lw, OP_sw, OP_lhu, OP_sh, OP_fld, OP_fsw};
    unsigned p = pointer_register(w->r), v = value_register(w->r);
    emit(e, OP_addi, v, 0, 0, -1);
    emit(e, OP_srli, v, v, 0, 52);
    emit(e, OP_or, p, p, v, 0);
    touch(w, e, p, 0);
    emit(e, OP_andi, v, p, 0, -8);
    touch(w, e, v, below(w->r, 2));
    for (unsigned n = 2 + below(w->r, 4); n; n--) {
        unsigned x = value_register(w->r), op = ops[below(w->r, sizeof ops / sizeof ops[0])];
        emit(e, op, x, p, x, -(s32)below(w->r, 8));
    }
}

static void (*const sequences[])(struct world *, struct emitter *) = {
    loop,           reserve,          modify_self, set_timer,         switch_space,
    move_pointer,   return_somewhere, call_far,    touch_around_call, call_around_call,
    write_and_call, straddle,
};

/* ---- code ---- */

enum { SEQUENCE_ROOM = 200 };

static void emit_function(struct emitter *e, unsigned page)
{
    emit(e, OP_addi, 12, 12, 0, (s32)page * 3);
    emit(e, OP_jalr, 0, 1, 0, 0);
}

/* Where the next function must be, from here on. */
static u32 next_function(u32 at)
{
    u32 here = (at & ~(u32)PAGE_OFFSET_MASK) + FUNCTION_OFFSET;
    return at <= here ? here : here + PAGE_SIZE;
}

static void emit_sequence(struct world *w, struct emitter *e)
{
    if (w->p->aims && chance(w->r, 60) && aim_sequence(w, e)) return;
    sequences[below(w->r, sizeof sequences / sizeof sequences[0])](w, e);
}

/* Instructions up to the end, one after the other, across page borders too. */
static void fill_code(struct world *w)
{
    struct emitter e = {w->p, CODE_START, CODE_END, false};
    while (e.at < CODE_END - 4) {
        u32 room = next_function(e.at) - e.at;
        if (w->code_n < sizeof w->code / sizeof w->code[0]) w->code[w->code_n++] = e.at;
        if (!room)
            emit_function(&e, e.at >> PAGE_SHIFT);
        else if (room < 4)
            emit_raw(&e, 1); /* c.nop */
        else if (room > SEQUENCE_ROOM && e.at + SEQUENCE_ROOM < CODE_END && chance(w->r, 7))
            emit_sequence(w, &e);
        else
            emit_raw(&e, draw(w->r, w->taste));
    }
    if (CODE_END - e.at == 4) emit(&e, OP_jal, 0, 0, 0, -2048);
}

static void fill_data(struct world *w)
{
    for (u32 at = CODE_END; at < MAIN_PAGE_N * PAGE_SIZE; at += 8)
        put_u64(w->p, at, rng_value(w->r));
    for (unsigned page = DATA_PAGE; page < MAIN_PAGE_N; page++) {
        u32 at = page * PAGE_SIZE + FUNCTION_OFFSET;
        struct emitter e = {w->p, at, at + FUNCTION_SIZE, false};
        emit_function(&e, page);
    }
}

/* ---- trap handlers of HS and VS ---- */

/* End what is pending, and disable the interrupt whose number is the cause, so that the interrupted
 * code gets on. Nothing here may trap: the handler would never end. */
static void calm(struct world *w, struct emitter *e, bool hs)
{
    emit(e, OP_csrrci, 0, 2, 0, 0x144);
    if (hs && chance(w->r, 80)) emit_csr(e, OP_csrrw, 0x645, 0);
    emit(e, OP_csrrs, REG_HANDLER, 0, 0, 0x142);
    emit(e, OP_addi, REG_COPY, 0, 0, 1);
    emit(e, OP_sll, REG_COPY, REG_COPY, REG_HANDLER, 0);
    emit_csr(e, OP_csrrc, 0x104, REG_COPY);
    if (hs) emit_csr(e, OP_csrrc, 0x604, REG_COPY);
}

static void flip(struct world *w, struct emitter *e, unsigned csr, u64 bit)
{
    emit_li(e, REG_HANDLER, bit);
    emit_csr(e, chance(w->r, 50) ? OP_csrrs : OP_csrrc, csr, REG_HANDLER);
}

/* Some instructions, then step over the one that trapped, or go elsewhere. */
static void make_server(struct world *w, u32 at, bool hs)
{
    struct emitter e = {w->p, at, at + SERVER_SIZE, false};
    for (unsigned n = below(w->r, 8); n; n--) emit_raw(&e, draw_of(w->r, w->taste, DRAW_ALU));
    if (chance(w->r, 95)) calm(w, &e, hs);
    trap_again(w, &e);
    if (chance(w->r, 8)) flip(w, &e, 0x100, STATUS_SPP);
    if (hs && chance(w->r, 15)) flip(w, &e, 0x600, chance(w->r, 70) ? HSTATUS_SPV : HSTATUS_SPVP);
    if (chance(w->r, 85)) {
        emit(&e, OP_csrrs, REG_HANDLER, 0, 0, 0x141);
        emit(&e, OP_addi, REG_HANDLER, REG_HANDLER, 0, chance(w->r, 70) ? 4 : 2);
    } else {
        emit_li(&e, REG_HANDLER, (chance(w->r, 50) ? VIEW_IDENTITY : VIEW_USER) + random_code(w));
    }
    emit_csr(&e, OP_csrrw, 0x141, REG_HANDLER);
    emit(&e, OP_sret, 0, 0, 0, 0);
}

void make_servers(struct world *w)
{
    for (unsigned k = 0; k < SERVER_N; k++) make_server(w, k * SERVER_SIZE, k < SERVER_N / 2);
}

/* ---- programs ---- */

static struct taste random_taste(struct rng *r, bool compressed)
{
    static const u16 typical[DRAW_ANY_N] = {
        [DRAW_ALU] = 200,   [DRAW_LOAD] = 110,       [DRAW_STORE] = 90, [DRAW_AMO] = 35,
        [DRAW_BRANCH] = 80, [DRAW_JAL] = 20,         [DRAW_JALR] = 20,  [DRAW_FP] = 140,
        [DRAW_CACHE] = 12,  [DRAW_CSR] = 30,         [DRAW_GUEST] = 14, [DRAW_FENCE] = 8,
        [DRAW_CONTROL] = 7, [DRAW_COMPRESSED] = 260,
    };
    struct taste t = {.wild_pmp = chance(r, 15), .wild_vec = chance(r, 5)};
    for (unsigned k = 0; k < DRAW_ANY_N; k++)
        t.weight[k] = (u16)(typical[k] * (20 + below(r, 180)) / 100 + 1);
    if (!compressed) t.weight[DRAW_COMPRESSED] = 0;
    return t;
}

static void fill_registers(struct program *p, struct rng *r)
{
    for (unsigned k = 0; k < 32; k++) {
        p->x[k] = k && k < REG_HANDLER ? rng_value(r) : 0;
        p->f[k] = rng_value(r);
    }
}

void generate(struct program *p, u64 seed)
{
    static struct tables tables;
    static struct world w;
    struct rng r = {seed * 0x2545f4914f6cdd1du + 1};
    memset(p, 0, sizeof *p);
    p->seed = seed;
    p->trap_misaligned = chance(&r, 25);
    p->compressed = chance(&r, 92);
    p->ticks_shift = (u8)below(&r, 6);
    p->watched_page = chance(&r, 40) ? (u8)(CODE_PAGE + below(&r, MAIN_PAGE_N - CODE_PAGE)) : 0;
    p->aims = random_aims(&r);
    struct taste taste = random_taste(&r, p->compressed);
    w = (struct world){.p = p, .r = &r, .tables = &tables, .taste = &taste};
    taste.wild_lock = p->aims >> AIM_LOCKDOWN & 1;
    make_tables(&tables, p, &r);
    fill_code(&w);
    fill_data(&w);
    make_servers(&w);
    make_director(&w);
    fill_registers(p, &r);
    p->tier = chance(&r, 60) ? TIER_JIT : TIER_BLOCK;
    p->heat = 1 + below(&r, 3);
}
