/* Trees to x86-64 code. A tree is walked with its destination known. Three scratch registers
 * suffice for what compilers write; where they do not (min of two constants, say), the row has
 * failed. */
#include "hart/jit/x64/gen.h"

/* The guest registers that compiled code uses most, in host registers for as long as translated
 * code runs. */
const s8 pin_of[32] = {
    NO_REG, NO_REG, R13,    NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, R11,    R12,    SI,
    DI,     R9,     R10,    R8,     BX,     NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG,
    NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG,
};

struct operand guest_in_memory(unsigned reg)
{
    return mem(HART, (s32)(offsetof(struct hart, x) + reg * 8) - HART_BIAS);
}

struct operand guest(unsigned reg)
{
    return pin_of[reg] >= 0 ? host_reg(pin_of[reg]) : guest_in_memory(reg);
}

struct operand guest_f(unsigned reg)
{
    return mem(HART, (s32)(offsetof(struct hart, f) + reg * 8) - HART_BIAS);
}

/* ---- scratch registers, and what they happen to hold ----
 *
 * The guest registers without a pin live in memory. A scratch register that was the last to have a
 * value of one holds it still, until it is used for something else, and only then is it saved: so a
 * value that is used at once does not come from memory, and one that is replaced does not go there.
 */

/* The host register that holds guest register r, or NO_REG. */
static int holder(const struct maker *m, unsigned r)
{
    if (pin_of[r] >= 0) return pin_of[r];
    for (int s = AX; s <= DX; s++)
        if (m->held[s] == r) return s;
    return NO_REG;
}

void gen_save(struct maker *m, u32 registers)
{
    for (int s = AX; s <= DX; s++)
        if (m->unsaved & registers & 1u << s) move_to(m->code, guest_in_memory(m->held[s]), s);
    m->unsaved &= ~registers;
}

static void forget(struct maker *m, int s)
{
    m->held[s] = 0;
    m->unsaved &= ~(1u << s);
}

void gen_clobber(struct maker *m, u32 registers)
{
    gen_save(m, registers);
    for (int s = AX; s <= DX; s++)
        if (registers >> s & 1) forget(m, s);
}

void save_registers(struct maker *m)
{
    gen_save(m, SCRATCH);
}

struct unsaved to_be_saved(const struct maker *m)
{
    struct unsaved u = {{0}};
    for (int s = AX; s <= DX; s++)
        if (m->unsaved >> s & 1) u.by_scratch[s] = m->held[s];
    return u;
}

void save_later(struct code *c, const struct unsaved *u)
{
    for (int s = AX; s <= DX; s++)
        if (u->by_scratch[s]) move_to(c, guest_in_memory(u->by_scratch[s]), s);
}

static u32 held_registers(const struct maker *m)
{
    u32 held = 0;
    for (int s = AX; s <= DX; s++)
        if (m->held[s]) held |= 1u << s;
    return held;
}

/* A new value of guest register r is in a scratch register, if host is one, and nowhere else. */
static void hold_new(struct maker *m, int host, unsigned r)
{
    for (int s = AX; s <= DX; s++)
        if (m->held[s] == r) forget(m, s);
    if (host > DX) return;
    m->held[host] = (u8)r;
    m->unsaved |= 1u << host;
}

/* A register that holds an operand of the row is not free until the row is done. */
u32 gen_free(const struct maker *m)
{
    u32 free = SCRATCH;
    for (int s = AX; s <= DX; s++)
        if (m->held[s] && (m->held[s] == m->insn->rs1 || m->held[s] == m->insn->rs2))
            free &= ~(1u << s);
    return m->it ? free & ~(1u << AX) : free;
}

/* Take a register out of the free ones. */
static int take(struct maker *m, u32 *free)
{
    static const u8 order[] = {CX, DX, AX};
    for (unsigned k = 0; k < sizeof order; k++) {
        if (!(*free >> order[k] & 1)) continue;
        *free &= ~(1u << order[k]);
        gen_clobber(m, 1u << order[k]);
        return order[k];
    }
    m->failed = true;
    return AX;
}

int node_pin(const struct maker *m, const struct node *n)
{
    if (n->op == NODE_IT) return AX;
    return n->op == NODE_REG ? holder(m, n->reg) : NO_REG;
}

static struct operand leaf(const struct maker *m, const struct node *n)
{
    int r = node_pin(m, n);
    if (n->op == NODE_F) return guest_f(n->reg);
    return r >= 0 ? host_reg(r) : guest(n->reg);
}

static bool is_imm(const struct node *n)
{
    return n->known && fits32(n->k);
}

int gen_reg(struct maker *m, const struct node *n, unsigned width, u32 free)
{
    if (node_pin(m, n) >= 0) return node_pin(m, n);
    int t = take(m, &free);
    gen(m, n, width, t, free);
    return t;
}

/* The operand for a second source: where the leaf is, or a scratch register, taken from *free. */
static struct operand gen_operand(struct maker *m, const struct node *n, unsigned width, u32 *free)
{
    if (node_is_leaf(n)) return leaf(m, n);
    int t = take(m, free);
    gen(m, n, width, t, *free);
    return host_reg(t);
}

/* ---- comparisons ---- */

int gen_compare(struct maker *m, const struct node *c, u32 free)
{
    static const u8 straight[] = {CC_E, CC_NE, CC_L, CC_GE, CC_B, CC_AE};
    static const u8 swapped[] = {CC_E, CC_NE, CC_G, CC_LE, CC_A, CC_BE};
    const struct node *a = c->a, *b = c->b;
    const u8 *cc = straight;
    bool a_in_memory = node_is_leaf(a) && node_pin(m, a) < 0;
    if ((is_imm(a) && !is_imm(b)) || (a_in_memory && node_pin(m, b) >= 0)) {
        a = c->b;
        b = c->a;
        cc = swapped;
    }
    if (node_is(b, 0) && node_pin(m, a) >= 0) {
        test(m->code, 8, node_pin(m, a), leaf(m, a));
    } else if (is_imm(b)) {
        struct operand left = gen_operand(m, a, 8, &free);
        alu_imm(m->code, 8, ALU_CMP, left, (s32)b->k);
    } else {
        struct operand right = gen_operand(m, b, 8, &free);
        alu(m->code, 8, ALU_CMP, gen_reg(m, a, 8, free), right);
    }
    return cc[c->op - NODE_EQ];
}

static void gen_truth(struct maker *m, const struct node *n, int d, u32 free)
{
    int cc = gen_compare(m, n, free);
    gen_clobber(m, 1u << CX);
    emit_op(m->code, 1, 0x0f90 | (unsigned)cc, 0, host_reg(CX)); /* setcc */
    emit_op(m->code, 4, 0x0fb6, d, host_reg(CX));                /* movzx */
}

static void gen_select(struct maker *m, const struct node *n, int d, u32 free)
{
    const struct node *yes = n->b, *no = n->c;
    bool swap = !node_is_leaf(yes) && node_is_leaf(no);
    if (swap) {
        yes = n->c;
        no = n->b;
    }
    int t = take(m, &free);
    gen(m, no, 8, t, free);
    struct operand other = gen_operand(m, yes, 8, &free);
    int cc = gen_compare(m, n->a, free) ^ (int)swap;
    emit_op(m->code, 8, 0x0f40 | (unsigned)cc, t, other); /* cmovcc */
    move(m->code, d, host_reg(t));
}

/* ---- shifts ---- */

static bool is_32(enum node_op op)
{
    return op >= NODE_SLL32 && op <= NODE_SRA32;
}

static void gen_shift(struct maker *m, const struct node *n, unsigned width, int d, u32 free)
{
    static const u8 by_imm[] = {SHIFT_LEFT, SHIFT_RIGHT, SHIFT_ARITHMETIC};
    static const u8 by_reg[] = {PP_66, PP_F2, PP_F3}; /* shlx, shrx, sarx */
    const struct node *value = n->a, *count = n->b;
    unsigned kind = is_32(n->op) ? n->op - NODE_SLL32 : n->op - NODE_SLL;
    if (is_32(n->op)) width = 4;
    if (count->known) {
        gen(m, value, width, d, free);
        shift_imm(m->code, width, by_imm[kind], d, (unsigned)count->k & (width * 8 - 1));
        return;
    }
    int c = gen_reg(m, count, 4, free);
    free &= ~(1u << c);
    struct operand v = host_reg(d);
    if (node_is_leaf(value) || c == d)
        v = gen_operand(m, value, width, &free);
    else
        gen(m, value, width, d, free);
    emit_vex(m->code, width, (struct vex){MAP_0F38, by_reg[kind], 0xf7}, d, c, v);
}

/* ---- sums and the like ---- */

/* base + (index << scale), or base + constant, in one instruction. */
static bool gen_lea(struct maker *m, const struct node *n, unsigned width, int d)
{
    const struct node *a = n->a, *b = n->b;
    int base = node_pin(m, a), index = node_pin(m, b);
    unsigned scale = 0;
    if (base < 0) return false;
    if (b->op == NODE_SLL && b->b->known && b->b->k <= 3) {
        scale = (unsigned)b->b->k;
        index = node_pin(m, b->a);
    }
    if (base != d && is_imm(b))
        lea(m->code, width, d, mem(base, (s32)b->k));
    else if (index >= 0 && ((base != d && index != d) || scale))
        lea(m->code, width, d, mem_index(base, index, scale, 0));
    else
        return false;
    return true;
}

static void gen_product(struct maker *m, unsigned width, int t, const struct node *b,
                        struct operand source)
{
    if (is_imm(b)) {
        emit_op(m->code, width, 0x69, t, host_reg(t));
        emit_long(m->code, b->k);
    } else {
        emit_op(m->code, width, 0x0faf, t, source);
    }
}

static enum alu alu_of(enum node_op op)
{
    static const u8 of[] = {ALU_ADD, ALU_SUB, ALU_AND, ALU_OR, ALU_XOR};
    return of[op - NODE_ADD];
}

/* Two operands: the second stays where it is or goes to a scratch register first; then the first is
 * brought to the destination, unless that is still needed as the second. */
static void gen_binary(struct maker *m, const struct node *n, unsigned width, int d, u32 free)
{
    const struct node *a = n->a, *b = n->b;
    if (n->op == NODE_ADD && gen_lea(m, n, width, d)) return;
    if (n->op == NODE_SUB && node_is(a, 0)) {
        gen(m, b, width, d, free);
        emit_op(m->code, width, 0xf7, 3, host_reg(d)); /* neg */
        return;
    }
    if (n->op == NODE_XOR && is_imm(b) && b->k == ~0ull) {
        gen(m, a, width, d, free);
        emit_op(m->code, width, 0xf7, 2, host_reg(d)); /* not */
        return;
    }
    if (n->op != NODE_SUB && node_is_leaf(b) && node_pin(m, b) == d && node_is_leaf(a)) {
        a = n->b;
        b = n->a;
    }
    struct operand source = {.reg = NO_REG};
    if (!is_imm(b)) source = gen_operand(m, b, width, &free);
    bool clash = !is_imm(b) && source.reg == d && node_pin(m, a) != d;
    int t = clash ? take(m, &free) : d;
    gen(m, a, width, t, free);
    if (n->op == NODE_MUL)
        gen_product(m, width, t, b, source);
    else if (is_imm(b))
        alu_imm(m->code, width, alu_of(n->op), host_reg(t), (s32)b->k);
    else
        alu(m->code, width, alu_of(n->op), t, source);
    move(m->code, d, host_reg(t));
}

/* ---- high products, division: rax and rdx are wired in ---- */

static void gen_high_product(struct maker *m, const struct node *n, int d, u32 free)
{
    u32 wired = 1u << AX | 1u << DX, in_use = SCRATCH & ~free & ~held_registers(m) & ~(1u << d);
    if (in_use & wired) m->failed = true;
    gen_clobber(m, SCRATCH);
    free &= ~wired;
    struct operand b = node_is_leaf(n->b) ? leaf(m, n->b) : gen_operand(m, n->b, 8, &free);
    gen(m, n->a, 8, AX, free);
    emit_op(m->code, 8, 0xf7, n->op == NODE_MULH ? 5 : 4, b); /* imul, mul */
    move(m->code, d, host_reg(DX));
}

/* What x86 has no result for (unpriv. spec 13.2): x / 0 = -1, x % 0 = x; and the overflow, which
 * x / -1 = -x and x % -1 = 0 cover. */
static void gen_division(struct maker *m, const struct node *n, int d)
{
    struct code *c = m->code;
    unsigned kind = n->op >= NODE_DIV32 ? n->op - NODE_DIV32 : n->op - NODE_DIV;
    unsigned width = n->op >= NODE_DIV32 ? 4 : 8;
    bool is_signed = kind == 0 || kind == 2, remainder = kind >= 2;
    u8 *minus_one = NULL, *minus_done = NULL;

    gen_clobber(m, SCRATCH);
    int b = gen_reg(m, n->b, width, 1u << CX);
    gen(m, n->a, width, AX, 1u << DX);
    test(c, width, b, host_reg(b));
    u8 *zero = jump_if(c, CC_E);
    if (is_signed) {
        alu_imm(c, width, ALU_CMP, host_reg(b), -1);
        minus_one = jump_if(c, CC_E);
        if (width == 8) emit_byte(c, 0x48);
        emit_byte(c, 0x99); /* cdq, cqo */
    } else {
        alu(c, 4, ALU_XOR, DX, host_reg(DX));
    }
    emit_op(c, width, 0xf7, is_signed ? 7 : 6, host_reg(b));
    if (remainder) move(c, AX, host_reg(DX));
    u8 *done = jump_ahead(c);
    if (is_signed) {
        aim(minus_one, c->at);
        if (remainder)
            alu(c, 4, ALU_XOR, AX, host_reg(AX));
        else
            emit_op(c, width, 0xf7, 3, host_reg(AX));
        minus_done = jump_ahead(c);
    }
    aim(zero, c->at);
    if (!remainder) move_imm(c, AX, ~0ull);
    aim(done, c->at);
    if (minus_done) aim(minus_done, c->at);
    move(c, d, host_reg(AX));
}

/* ---- one source ---- */

static void gen_narrow(struct maker *m, const struct node *n, int d, u32 free)
{
    static const u16 opcode[] = {0x0fbe, 0x0fbf, 0x63, 0, 0x0fb6, 0x0fb7, 0x8b};
    struct operand source = host_reg(d);
    if (node_is_leaf(n->a))
        source = leaf(m, n->a);
    else
        gen(m, n->a, 4, d, free);
    emit_op(m->code, n->type == TYPE_u32 ? 4 : 8, opcode[n->type], d, source);
}

/* lzcnt, tzcnt, popcnt */
static void gen_count(struct maker *m, const struct node *n, int d, u32 free)
{
    bool half = n->op == NODE_CLZ32 || n->op == NODE_CTZ32;
    unsigned opcode = n->op == NODE_CPOP                         ? 0x0fb8
                      : n->op == NODE_CLZ || n->op == NODE_CLZ32 ? 0x0fbd
                                                                 : 0x0fbc;
    struct operand source = gen_operand(m, n->a, half ? 4 : 8, &free);
    emit_prefixed(m->code, 0xf3, half ? 4 : 8, opcode, d, source);
}

static void gen_rev8(struct maker *m, const struct node *n, int d, u32 free)
{
    gen(m, n->a, 8, d, free);
    emit_byte(m->code, 0x48 | (d > 7)); /* bswap */
    emit_byte(m->code, 0x0f);
    emit_byte(m->code, 0xc8 | ((unsigned)d & 7));
}

void gen(struct maker *m, const struct node *n, unsigned width, int d, u32 free)
{
    switch ((enum node_op)n->op) {
    case NODE_K: move_imm(m->code, d, width == 4 ? (u32)n->k : n->k); break;
    case NODE_REG:
    case NODE_F:
    case NODE_IT: move(m->code, d, leaf(m, n)); break;
    case NODE_LOAD: gen_load(m, n, d); break;
    case NODE_ADD:
    case NODE_SUB:
    case NODE_AND:
    case NODE_OR:
    case NODE_XOR:
    case NODE_MUL: gen_binary(m, n, width, d, free); break;
    case NODE_SLL:
    case NODE_SRL:
    case NODE_SRA: gen_shift(m, n, 8, d, free); break;
    case NODE_SLL32:
    case NODE_SRL32:
    case NODE_SRA32: gen_shift(m, n, 4, d, free); break;
    case NODE_NARROW: gen_narrow(m, n, d, free); break;
    case NODE_EQ:
    case NODE_NE:
    case NODE_LT:
    case NODE_GE:
    case NODE_LTU:
    case NODE_GEU: gen_truth(m, n, d, free); break;
    case NODE_SELECT: gen_select(m, n, d, free); break;
    case NODE_MULH:
    case NODE_MULHU: gen_high_product(m, n, d, free); break;
    case NODE_DIV:
    case NODE_DIVU:
    case NODE_REM:
    case NODE_REMU:
    case NODE_DIV32:
    case NODE_DIVU32:
    case NODE_REM32:
    case NODE_REMU32: gen_division(m, n, d); break;
    case NODE_CLZ:
    case NODE_CTZ:
    case NODE_CLZ32:
    case NODE_CTZ32:
    case NODE_CPOP: gen_count(m, n, d, free); break;
    case NODE_REV8: gen_rev8(m, n, d, free); break;
    case NODE_FADD:
    case NODE_FSUB:
    case NODE_FMUL:
    case NODE_FDIV:
    case NODE_FSQRT:
    case NODE_FFMA:
    case NODE_FFROM:
    case NODE_FCONVERT: m->failed = true; break; /* no row has one within integer operations */
    case NODE_FEQ:
    case NODE_FLT:
    case NODE_FLE: gen_fp_compare(m, n, d, free); break;
    case NODE_FNEAREST:
    case NODE_FTRUNCATE: gen_fp_to_int(m, n, d); break;
    case NODE_COLD: m->failed = true; break;
    }
}

/* Does rd have its old value, in scratch register s, until it has the new one? Floating point may
 * be given up in between. */
static bool replaces(const struct maker *m, int s, unsigned rd, const struct node *v)
{
    return m->held[s] == rd && v->op < NODE_FADD;
}

void gen_write(struct maker *m, unsigned rd, const struct node *v)
{
    struct operand to = guest(rd);
    int d = to.reg >= 0 ? to.reg : AX;
    if (v->op == NODE_K && d == AX) d = CX; /* rax may hold the target of a jump */
    if (d <= DX && !replaces(m, d, rd, v)) gen_save(m, 1u << d);
    gen(m, v, 8, d, gen_free(m) & ~(1u << d));
    if (d <= DX) forget(m, d);
    if (rd && !m->failed) hold_new(m, d, rd);
}
