/* Loads and stores (hart/jit/access.c). */
#include "hart/jit/x64/gen.h"

struct operand site_tag(u32 site, bool store)
{
    return mem(CONTEXT, (s32)(offsetof(struct context, site_tag) + (store * SITE_N + site) * 8ul));
}
struct operand site_add(u32 site, bool store)
{
    return mem(CONTEXT, (s32)(offsetof(struct context, site_add) + (store * SITE_N + site) * 8ul));
}

/* rcx = what the site that has been checked adds to an address; it may still be there. */
static void gen_add(struct maker *m, const struct miss *miss)
{
    u32 wanted = miss->store * SITE_N + miss->site;
    if (m->held[CX] == HOLDS_ADD && m->adds == wanted) return;
    gen_clobber(m, 1u << CX);
    move(m->code, CX, site_add(miss->site, miss->store));
    m->held[CX] = HOLDS_ADD;
    m->adds = wanted;
}

static void gen_check(struct maker *m, struct miss miss)
{
    struct code *c = m->code;
    gen_clobber(m, 1u << CX);
    miss.check = c->at;
    if (miss.low)
        lea(c, 8, CX, mem(miss.base, miss.low));
    else
        move(c, CX, host_reg(miss.base));
    alu(c, 8, ALU_SUB, CX, site_tag(miss.site, miss.store));
    alu_imm(c, 8, ALU_CMP, host_reg(CX), PAGE_SIZE - (miss.high - miss.low));
    miss.from = jump_if(c, CC_A);
    miss.keep = m->held[AX];
    miss.unsaved = to_be_saved(m);
    gen_add(m, &miss);
    miss.hot = c->at;
    m->miss[m->miss_n++] = miss;
}

static void gen_alignment(struct maker *m, int base, s32 disp, unsigned size)
{
    if (size == 1 || !m->h->config.trap_misaligned) return;
    gen_clobber(m, 1u << CX);
    lea(m->code, 4, CX, mem(base, disp));
    test_imm(m->code, 1, host_reg(CX), (s32)size - 1);
    make_give_up(m, jump_if(m->code, CC_NE));
}

/* The base in a pin or in rdx, which the way round by a failed check leaves alone. */
static int gen_base(struct maker *m, const struct node *base)
{
    int b = node_pin(m, base);
    if (b >= DX) return b;
    gen_save(m, 1u << DX);
    gen(m, base, 8, DX, gen_free(m) & ~(1u << DX));
    gen_clobber(m, 1u << DX);
    if (base->op == NODE_REG) m->held[DX] = base->reg;
    return DX;
}

/* The operand that reaches size bytes at an address, after the check; rcx is used up. */
static struct operand gen_access(struct maker *m, const struct node *address, unsigned size,
                                 bool store)
{
    s32 disp;
    const struct node *base = access_base(address, &disp);
    int b = gen_base(m, base);
    gen_alignment(m, b, disp, size);
    struct miss miss = {.base = b, .low = disp, .high = disp + (s32)size, .store = store};
    if (access_check(m, base, &miss)) gen_check(m, miss);
    gen_add(m, &miss);
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
    if (d == CX) gen_clobber(m, 1u << CX);
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

static struct operand in_translations(size_t field)
{
    return mem(HART, (s32)(sizeof(struct hart) + field) - HART_BIAS);
}

void gen_address(struct code *c, const struct check *k, int to)
{
    lea(c, 8, to, mem(k->base, k->low));
}

u8 *jump_if_crossing(struct code *c, const struct check *k)
{
    gen_address(c, k, CX);
    alu_imm(c, 4, ALU_AND, host_reg(CX), (s32)PAGE_OFFSET_MASK);
    alu_imm(c, 4, ALU_CMP, host_reg(CX), PAGE_SIZE - (k->high - k->low));
    return jump_if(c, CC_A);
}

struct operand gen_second(struct code *c, const struct check *k, u8 *absent[2])
{
    struct operand tag_bits = AT_CONTEXT(tag_bits[0]), entry;
    tag_bits.disp += 8 * k->store;
    entry =
        in_translations(offsetof(struct translations, second) +
                        (k->store ? ACCESS_STORE : ACCESS_LOAD) * sizeof(struct tlb_entry[TLB2_N]));
    entry.index = AX;

    gen_address(c, k, CX);
    move(c, AX, host_reg(CX));
    shift_imm(c, 8, SHIFT_ARITHMETIC, AX, 56); /* are the top bits all alike? */
    alu_imm(c, 8, ALU_ADD, host_reg(AX), 1);
    alu_imm(c, 8, ALU_CMP, host_reg(AX), 1);
    absent[0] = jump_if(c, CC_A);
    rotate_right(c, AX, CX, PAGE_SHIFT - 4);
    alu(c, 4, ALU_XOR, AX, AT_CONTEXT(second_skew));
    alu_imm(c, 4, ALU_AND, host_reg(AX), (TLB2_N - 1) << 4);
    alu_imm(c, 8, ALU_AND, host_reg(CX), -PAGE_SIZE);
    alu(c, 8, ALU_XOR, CX, tag_bits);
    alu(c, 8, ALU_CMP, CX, entry); /* the tag comes first */
    absent[1] = jump_if(c, CC_NE);
    alu(c, 8, ALU_XOR, CX, tag_bits);
    entry.disp += (s32)offsetof(struct tlb_entry, add);
    return entry;
}

void go_back(struct code *c, const struct check *k)
{
    if (k->keep) move(c, AX, SPARE_SLOT);
    jump_to(c, k->hot);
}

/* A hit refills the site; when the page has moved but its offset has not, which is usual, the
 * access does not wait for the entry. */
static void make_second_lookup(struct code *c, const struct check *k)
{
    u8 *absent[2];
    struct operand add = gen_second(c, k, absent);
    move_to(c, site_tag(k->site, k->store), CX);
    move(c, CX, site_add(k->site, k->store));
    alu(c, 8, ALU_CMP, CX, add);
    u8 *same = jump_if(c, CC_E);
    move(c, CX, add);
    move_to(c, site_add(k->site, k->store), CX);
    aim(same, c->at);
    go_back(c, k);
    for (unsigned n = 0; n < 2; n++) aim(absent[n], c->at);
}

/* A check counts how often it fails. */
static u8 *make_count(struct code *c, const struct miss *s)
{
    size_t one =
        offsetof(struct translations, site_patience) + (s->store * SITE_N + s->site) * sizeof(s32);
    alu_imm(c, 4, ALU_SUB, in_translations(one), 1);
    return jump_if(c, CC_S);
}

static void make_widen(struct maker *m, u8 *from, u32 point)
{
    struct code *c = m->code;
    const struct check *k = &m->j->points[point].check;
    aim(from, c->at);
    if (k->keep) move_to(c, SPARE_SLOT, AX);
    gen_address(c, k, AX);
    move_imm(c, CX, point);
    call_to(c, m->j->entries.widen);
    if (k->keep) move(c, AX, SPARE_SLOT);
    jump_to(c, k->slow);
}

static void save_unsaved(struct code *c, const struct miss *s)
{
    if (s->unsaved.by_scratch[AX]) move(c, AX, SPARE_SLOT);
    save_later(c, &s->unsaved);
}

void make_miss(struct maker *m, const struct miss *s)
{
    struct code *c = m->code;
    aim(s->from, c->at);
    u8 *impatient = make_count(c, s);
    const struct check *k = keep_check(m, s);
    if (k->keep) move_to(c, SPARE_SLOT, AX);
    u8 *crosses = jump_if_crossing(c, k);
    make_second_lookup(c, k);
    gen_address(c, k, CX);
    move_imm(c, AX, fill_how(k->high - k->low, k->store, k->early, k->site));
    call_to(c, m->j->entries.fill);
    u8 *not_found = jump_if(c, CC_E);
    go_back(c, k);
    aim(not_found, c->at);
    if (s->early) {
        save_unsaved(c, s);
        go_step(m, s->point);
    }
    aim(crosses, c->at);
    save_unsaved(c, s);
    make_unreachable(m, s);
    make_widen(m, impatient, s->point);
}
