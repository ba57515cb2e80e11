#include "tests/peers/program.h"
#include "hart/csrbits.h"
#include "mmu/walk.h"
#include "tests/peers/layout.h"
#include "tests/peers/place.h"
#include "tests/random/draw.h"
#include "tests/random/emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct maker {
    struct program *p;
    const struct peer *peer;
    struct isa isa;
    struct rng r;
    u64 free_pa;
};

static u32 at(u64 pa)
{
    return (u32)(pa - PLACES);
}

/* ---- page tables: every page at its own address ---- */

enum { TREE_N = 3 };

static u64 take_pages(struct maker *m, unsigned n)
{
    u64 pa = m->free_pa;
    m->free_pa += (u64)n * PAGE_SIZE;
    if (m->free_pa > TABLES_END) abort(); /* there are too many trees */
    return pa;
}

static u64 data_leaf(struct maker *m, bool user)
{
    struct rng *r = &m->r;
    u64 pte = PTE_V | PTE_R | PTE_A | PTE_D | (user ? PTE_U : 0);
    if (chance(r, 85)) pte |= PTE_W;
    if (chance(r, 20)) pte |= PTE_X;
    if (chance(r, 6)) pte = (pte & ~(u64)(PTE_R | PTE_W)) | PTE_X;
    if (chance(r, 6)) pte ^= PTE_U;
    if (chance(r, 4)) pte &= ~(u64)PTE_V;
    if (chance(r, 3)) pte = (pte & ~(u64)PTE_R) | PTE_W;
    if (m->peer->a_d_faults && chance(r, 6)) pte &= ~(u64)(chance(r, 50) ? PTE_A : PTE_D);
    if (m->peer->reserved && chance(r, 3)) pte |= BIT(54 + below(r, 10));
    return pte;
}

static u64 leaf_of(struct maker *m, u64 pa, bool user)
{
    u64 table = PTE_V | PTE_R | PTE_A | PTE_D | (user ? PTE_U : 0);
    if (pa >= CODE && pa < CODE_LIMIT) return table | PTE_X;
    if (pa >= DATA && pa < DATA_END) return data_leaf(m, user);
    return pa >= TABLES ? table : 0;
}

/* A tree for satp and vsatp, or for hgatp; the register's value. */
static u64 make_tree(struct maker *m, bool g, bool user)
{
    unsigned mode = ATP_SV39 + below(&m->r, 2), level = mode - 6u;
    if (g) m->free_pa = (m->free_pa + 0x3fff) & ~0x3fffull;
    u64 root = take_pages(m, g ? 4 : 1), table = root;
    for (; level; level--) {
        u64 below_it = take_pages(m, 1);
        u64 index = (u64)CODE >> (PAGE_SHIFT + 9 * level) & 511;
        put_u64(m->p, at(table + index * 8), below_it >> 2 | PTE_V);
        table = below_it;
    }
    for (u64 pa = CODE; pa < TABLES_END; pa += PAGE_SIZE) {
        u64 pte = leaf_of(m, pa, user);
        if (pte) put_u64(m->p, at(table + (pa >> PAGE_SHIFT & 511) * 8), pa >> 2 | pte);
    }
    return (u64)mode << ATP_MODE_SHIFT | root >> PAGE_SHIFT;
}

/* ---- places ---- */

static u64 maybe(struct rng *r, unsigned percent, u64 bits)
{
    return chance(r, percent) ? bits : 0;
}

static u64 random_status(struct rng *r)
{
    return STATUS_FS | maybe(r, 40, STATUS_SUM) | maybe(r, 30, STATUS_MXR);
}

static void make_places(struct maker *m)
{
    struct rng *r = &m->r;
    u64 tree[2][TREE_N], g_tree[TREE_N];
    bool guests = isa_has(&m->isa, EXT_H);
    for (unsigned k = 0; k < TREE_N; k++) {
        tree[0][k] = make_tree(m, false, true);
        tree[1][k] = make_tree(m, false, false);
        g_tree[k] = guests ? make_tree(m, true, true) : 0;
    }
    for (unsigned k = 0; k < PLACE_N; k++) {
        unsigned priv = chance(r, 60) ? PRIV_S : PRIV_U, guest_priv = below(r, 2);
        bool virt = guests && chance(r, 50);
        struct place p = {
            .mstatus = random_status(r) | (u64)priv << STATUS_MPP_SHIFT | (virt ? STATUS_MPV : 0) |
                       maybe(r, 15, STATUS_TVM),
            .hstatus = maybe(r, 60, HSTATUS_HU) | (guest_priv ? HSTATUS_SPVP : 0) |
                       maybe(r, 15, HSTATUS_VTVM),
            .vsstatus = random_status(r),
            .satp = tree[priv][below(r, TREE_N)],
            .vsatp = tree[virt ? priv : guest_priv][below(r, TREE_N)],
            .hgatp = g_tree[below(r, TREE_N)],
        };
        if (!guests) p.vsatp = p.hstatus = p.vsstatus = 0;
        memcpy(m->p->image + at(PLACES) + k * sizeof p, &p, sizeof p);
    }
}

/* ---- code ---- */

/* CSRs whose every bit, or the bits that count, are the same everywhere; those from 0x100 on that
 * are not to be written are read: mostly to see who may. */
static const u16 written[] = {0x001, 0x002, 0x003, 0x140, 0x140, 0x240, 0x143, 0x243};
static const u16 read_only[] = {0x100, 0x180, 0x200, 0x280, 0x300, 0x302, 0x341, 0x600,
                                0x602, 0x603, 0x680, 0xc00, 0xc01, 0xc02, 0xf14};

static bool is_csr_access(unsigned op)
{
    u32 match = full_pattern(op).match;
    return (match & 0x7f) == 0x73 && (match >> 12 & 3);
}

static void choose_csr(struct maker *m, struct insn *i)
{
    struct rng *r = &m->r;
    if (chance(r, 50)) {
        i->imm = written[below(r, sizeof written / sizeof written[0])];
        if (i->rs1 >= REG_COPY && strstr(full_rows[i->op].syntax, "rs1")) i->rs1 = 0;
    } else {
        i->imm = read_only[below(r, sizeof read_only / sizeof read_only[0])];
        i->op = OP_csrrs;
        i->rs1 = 0;
    }
}

static bool left_out(const struct maker *m, unsigned op)
{
    char name[40];
    snprintf(name, sizeof name, " %s ", full_rows[op].name);
    return strstr(m->peer->rows, name) != NULL;
}

/* Nothing waits, jumps back or through a register, or returns from a trap: every program ends. */
static bool acceptable(const struct maker *m, const struct insn *i)
{
    if (i->op == OP_ILLEGAL || left_out(m, i->op)) return false;
    bool jumps = i->op == OP_jal || (full_pattern(i->op).match & 0x7f) == 0x63;
    if (i->op == OP_jalr || i->op == OP_sret || i->op == OP_wfi || i->op == OP_mnret) return false;
    if (i->op == OP_wrs_nto || i->op == OP_wrs_sto) return false;
    return !jumps || i->imm > 0;
}

/* Peers differ in what a misaligned store that fails has stored, and in an AMO's exception. */
static void align(struct emitter *e, const struct insn *i)
{
    unsigned opcode = full_pattern(i->op).match & 0x7f;
    bool store = opcode == 0x23 || opcode == 0x27 || opcode == 0x2f;
    bool guest = opcode == 0x73 && (full_pattern(i->op).match >> 12 & 7) == 4 && !i->rd;
    if ((store || guest) && i->rs1) emit(e, OP_andi, i->rs1, i->rs1, 0, -16);
}

static u32 aligned_offset(struct insn *i, u32 raw)
{
    unsigned opcode = raw & 0x7f;
    if (i->len == 2 || (opcode != 0x23 && opcode != 0x27)) return raw;
    i->imm &= ~7;
    return encode(i);
}

static void emit_one(struct maker *m, struct emitter *e, const struct taste *taste)
{
    struct insn i;
    u32 raw;
    do {
        raw = draw(&m->r, taste);
        decode(&m->isa, raw, &i);
    } while (!acceptable(m, &i));
    if (is_csr_access(i.op)) {
        choose_csr(m, &i);
        raw = encode(&i);
    }
    align(e, &i);
    emit_raw(e, aligned_offset(&i, raw));
}

static void make_code(struct maker *m)
{
    static const struct taste taste = {
        .weight = {[DRAW_ALU] = 150,
                   [DRAW_LOAD] = 80,
                   [DRAW_STORE] = 70,
                   [DRAW_AMO] = 40,
                   [DRAW_BRANCH] = 50,
                   [DRAW_JAL] = 6,
                   [DRAW_FP] = 160,
                   [DRAW_CSR] = 30,
                   [DRAW_GUEST] = 25,
                   [DRAW_FENCE] = 8,
                   [DRAW_CONTROL] = 10,
                   [DRAW_COMPRESSED] = 150}
    };
    struct taste t = taste;
    struct emitter e = {m->p, at(CODE), at(CODE_LIMIT), false};
    if (!isa_has(&m->isa, EXT_H)) t.weight[DRAW_GUEST] = 0;
    if (!m->peer->amo_faults) t.weight[DRAW_AMO] = 0;
    while (e.at < at(CODE_END) - 12) emit_one(m, &e, &t);
    e.solid = true;
    if (e.at & 2) emit_raw(&e, 1); /* c.nop */
    while (e.at < at(CODE_LIMIT)) emit(&e, OP_ecall, 0, 0, 0, 0);
}

/* ---- registers and data ---- */

static void make_registers(struct maker *m)
{
    struct rng *r = &m->r;
    for (unsigned k = 1; k < 64; k++) {
        u64 value = rng_value(r);
        u64 page = DATA + below(r, (DATA_END - DATA) / PAGE_SIZE) * PAGE_SIZE;
        if (k < 32 && is_pointer_register(k)) value = page + (below(r, PAGE_SIZE) & ~15u);
        put_u64(m->p, at(REGISTERS) + k * 8, value);
    }
    for (u64 pa = DATA; pa < DATA_END; pa += 8) put_u64(m->p, at(pa), rng_value(r));
}

void peer_program(struct program *p, const struct peer *peer, u64 seed)
{
    static struct maker m;
    char error[200];
    m = (struct maker){
        .p = p, .peer = peer, .r = {seed * 0x2545f4914f6cdd1du + 3}, .free_pa = TABLES};
    if (!isa_parse(&m.isa, peer->isa, error, sizeof error)) abort(); /* the table is wrong */
    memset(p, 0, sizeof *p);
    p->seed = seed;
    make_places(&m);
    make_code(&m);
    make_registers(&m);
}
