/* Loads and stores.
 *
 * Each has a site: an entry of its own, in every context, that holds the page it last met. A check
 * is a subtraction and a comparison, and the host address does not wait for a table to be indexed.
 * Behind the trace, a failed check looks into the second level of the TLB, then calls tlb_fill, and
 * then leaves the row to the stepper.
 *
 * Rows that go through one unchanged register, as those of a stack frame do, share a site, and a
 * run of them one check: of the range that they cover. */
#include "hart/decode.h"
#include "hart/jit/maker.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { LOOK_AHEAD = 40, RANGE_MAX = 512 };

/* What a row accesses through rs1 + imm. */
struct access_row {
    u8 size; /* 0: no such row */
    bool store;
};
static struct access_row access_rows[OP_N];

static struct access_row read_body(const char *body)
{
    const char *load = strstr(body, "LD("), *at = load ? load : strstr(body, "ST(");
    unsigned bits;
    char sign;
    if (!at || !strstr(at, ", ADD(RS1, IMM)")) return (struct access_row){0};
    if (sscanf(at + 3, "%c%u", &sign, &bits) != 2) return (struct access_row){0};
    return (struct access_row){(u8)(bits / 8), !load};
}

static void read_rows(void)
{
    for (unsigned op = 0; op < ROW_FULL_N; op++) access_rows[op] = read_body(full_rows[op].body);
}

void access_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_rows);
}

void forget_checks(struct maker *m, unsigned g, bool moved_a_little)
{
    for (unsigned store = 0; store < 2; store++) {
        m->checked[store][g].low = m->checked[store][g].high = 0;
        if (!moved_a_little) m->checked[store][g].site = 0;
    }
}

/* The rows ahead that access memory through register g as the present one does: widen the range to
 * theirs. True: there are some. */
static bool look_ahead(const struct maker *m, unsigned g, bool store, s32 *low, s32 *high)
{
    struct insn i = *m->insn;
    s32 least = *low, most = *high;
    u64 pc = m->pc;
    bool found = false;
    for (unsigned k = 0; k < LOOK_AHEAD; k++) {
        if ((i.rd & 31) == g || i.op == OP_jal || i.op == OP_jalr) break;
        pc += i.len;
        if (!maker_decode(m, pc, &i)) break;
        if (i.op >= OP_ILLEGAL || strncmp(full_rows[i.op].body, "SYS(", 4) == 0) break;
        struct access_row a = access_rows[i.op];
        if (!a.size || a.store != store || i.rs1 != g) continue;
        if (i.imm < least) least = i.imm;
        if (i.imm + a.size > most) most = i.imm + a.size;
        if (most - least > RANGE_MAX) break;
        *low = least;
        *high = most;
        found = true;
    }
    return found;
}

static struct operand site_tag(u32 site, bool store)
{
    return mem(CONTEXT, (s32)(offsetof(struct context, site_tag) + (store * SITE_N + site) * 8ul));
}
static struct operand site_add(u32 site, bool store)
{
    return mem(CONTEXT, (s32)(offsetof(struct context, site_add) + (store * SITE_N + site) * 8ul));
}

static void gen_check(struct maker *m, struct miss miss)
{
    struct x64 *c = m->code;
    if (miss.low)
        lea(c, 8, CX, mem(miss.base, miss.low));
    else
        move(c, CX, host_reg(miss.base));
    alu(c, 8, ALU_SUB, CX, site_tag(miss.site, miss.store));
    alu_imm(c, 8, ALU_CMP, host_reg(CX), PAGE_SIZE - (miss.high - miss.low));
    miss.from = jump_if(c, CC_A);
    miss.keep_rax = m->held[AX];
    move(c, CX, site_add(miss.site, miss.store));
    miss.hot = c->at;
    gen_clobber(m, 1u << CX);
    m->miss[m->miss_n++] = miss;
}

static void gen_alignment(struct maker *m, int base, s32 disp, unsigned size)
{
    if (size == 1 || !m->h->config.trap_misaligned) return;
    lea(m->code, 4, CX, mem(base, disp));
    test_imm(m->code, 1, host_reg(CX), (s32)size - 1);
    make_give_up(m, jump_if(m->code, CC_NE));
}

/* The base in a pin or in rdx, which the way round by a failed check leaves alone. */
static int gen_base(struct maker *m, const struct node *base)
{
    int b = node_pin(m, base);
    if (b >= DX) return b;
    gen(m, base, 8, DX, gen_free(m) & ~(1u << DX));
    gen_clobber(m, 1u << DX);
    if (base->op == NODE_REG) gen_hold(m, DX, base->reg);
    return DX;
}

struct operand gen_access(struct maker *m, const struct node *address, unsigned size, bool store)
{
    const struct node *base = address;
    s32 disp = 0;
    if (address->op == NODE_ADD && node_is_leaf(address->a) && address->b->known &&
        fits32(address->b->k)) {
        base = address->a;
        disp = (s32)address->b->k;
    }
    int b = gen_base(m, base);
    gen_alignment(m, b, disp, size);
    gen_clobber(m, 1u << CX);

    struct miss miss = {.base = b, .low = disp, .high = disp + (s32)size, .store = store};
    struct checked none = {0};
    struct checked *checked = base->op == NODE_REG ? &m->checked[store][base->reg] : &none;
    if (checked->low <= miss.low && checked->high >= miss.high) {
        move(m->code, CX, site_add(checked->site, store));
        return mem_index(b, CX, 0, disp);
    }
    if (!checked->site) checked->site = context_new_site(m->h);
    miss.site = checked->site;
    miss.point = make_point(m, m->insn);
    if (base->op == NODE_REG) miss.run = look_ahead(m, base->reg, store, &miss.low, &miss.high);
    checked->low = miss.low;
    checked->high = miss.high;
    gen_check(m, miss);
    return mem_index(b, CX, 0, disp);
}

void gen_load(struct maker *m, const struct node *n, int d)
{
    static const struct {
        u8 width;
        u16 opcode;
    } how[] = {
        [TYPE_s8] = {8, 0x0fbe},
          [TYPE_s16] = {8, 0x0fbf},
          [TYPE_s32] = {8, 0x63  },
        [TYPE_s64] = {8, 0x8b  },
          [TYPE_u8] = {4, 0x0fb6},
          [TYPE_u16] = {4, 0x0fb7},
        [TYPE_u32] = {4, 0x8b  },
          [TYPE_u64] = {8, 0x8b  },
    };
    struct operand from = gen_access(m, n->a, type_size(n->type), false);
    emit_op(m->code, how[n->type].width, how[n->type].opcode, d, from);
}

void make_store(struct maker *m, enum type t, const struct node *address, const struct node *value)
{
    unsigned size = type_size(t);
    struct operand to = gen_access(m, address, size, true);
    if (node_is(value, 0)) {
        move_imm_to(m->code, size, to, 0);
        return;
    }
    int r = gen_reg(m, value, 8, 1u << AX);
    emit_op(m->code, size, size == 1 ? 0x88 : 0x89, r, to);
}

/* ---- behind the trace ---- */

static struct operand second(bool store, size_t field)
{
    enum access access = store ? ACCESS_STORE : ACCESS_LOAD;
    size_t at = sizeof(struct hart) + offsetof(struct translations, second) +
                access * sizeof(struct tlb_entry[TLB2_N]) + field;
    return mem_index(HART, AX, 0, (s32)at - HART_BIAS);
}

/* enter leaves room for one register at the top of the stack. */
#define SPARE_SLOT mem(SP, 0)

static void make_return(struct maker *m, const struct miss *s)
{
    if (s->keep_rax) move(m->code, AX, SPARE_SLOT);
    jump_to(m->code, s->hot);
}

static void address_again(struct maker *m, const struct miss *s)
{
    lea(m->code, 8, CX, mem(s->base, s->low));
}

/* The second level (hart/context.c: second_slot, second_tag). A hit refills the site; when the page
 * has moved but its offset has not, which is usual, the access does not wait for the entry. */
static void make_second_lookup(struct maker *m, const struct miss *s)
{
    struct x64 *c = m->code;
    struct operand tag_bits = AT_CONTEXT(tag_bits[0]);
    tag_bits.disp += 8 * s->store;
    struct operand add = second(s->store, offsetof(struct tlb_entry, add));

    address_again(m, s);
    move(c, AX, host_reg(CX));
    shift_imm(c, 8, SHIFT_ARITHMETIC, AX, 56); /* are the top bits all alike? */
    alu_imm(c, 8, ALU_ADD, host_reg(AX), 1);
    alu_imm(c, 8, ALU_CMP, host_reg(AX), 1);
    u8 *odd = jump_if(c, CC_A);
    emit_vex(c, 4, (struct vex){MAP_0F3A, PP_F2, 0xf0}, AX, 0, host_reg(CX)); /* rorx */
    emit_byte(c, PAGE_SHIFT - 4);
    alu(c, 4, ALU_XOR, AX, AT_CONTEXT(second_skew));
    alu_imm(c, 4, ALU_AND, host_reg(AX), (TLB2_N - 1) << 4);
    alu_imm(c, 8, ALU_AND, host_reg(CX), -PAGE_SIZE);
    alu(c, 8, ALU_XOR, CX, tag_bits);
    alu(c, 8, ALU_CMP, CX, second(s->store, offsetof(struct tlb_entry, tag)));
    u8 *absent = jump_if(c, CC_NE);
    alu(c, 8, ALU_XOR, CX, tag_bits);
    move_to(c, site_tag(s->site, s->store), CX);
    move(c, CX, site_add(s->site, s->store));
    alu(c, 8, ALU_CMP, CX, add);
    u8 *same = jump_if(c, CC_E);
    move(c, CX, add);
    move_to(c, site_add(s->site, s->store), CX);
    aim(same, c->at);
    make_return(m, s);
    aim(odd, c->at);
    aim(absent, c->at);
}

static void make_miss(struct maker *m, const struct miss *s)
{
    struct x64 *c = m->code;
    u32 span = (u32)(s->high - s->low);
    aim(s->from, c->at);
    if (s->keep_rax) move_to(c, SPARE_SLOT, AX);
    address_again(m, s);
    alu_imm(c, 4, ALU_AND, host_reg(CX), (s32)PAGE_OFFSET_MASK);
    alu_imm(c, 4, ALU_CMP, host_reg(CX), PAGE_SIZE - (s32)span);
    u8 *crosses = jump_if(c, CC_A);
    make_second_lookup(m, s);
    address_again(m, s);
    move_imm(c, AX, span | (u32)s->store << 16 | s->site << 17);
    call_to(c, m->j->entries.fill);
    u8 *not_found = jump_if(c, CC_E);
    make_return(m, s);
    aim(not_found, c->at);
    aim(crosses, c->at);
    if (s->run) {
        make_charge(m, m->j->points[s->point].done);
        make_exit(m, NULL, m->j->points[s->point].pc, true);
    } else {
        move_imm(c, DX, s->point);
        jump_to(c, m->j->entries.step);
    }
}

void make_misses(struct maker *m)
{
    for (unsigned k = 0; k < m->miss_n; k++) make_miss(m, &m->miss[k]);
}
