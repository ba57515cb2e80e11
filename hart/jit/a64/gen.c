/* Trees to A64 code. A tree is walked with its destination known, which the last instruction
 * writes: so sources may be where the destination is. */
#include "hart/jit/a64/gen.h"

/* The guest registers that compiled code uses most, in host registers for as long as translated
 * code runs: ra, sp, t0, t1, s0, s1, a0 to a7, s2 to s4. */
const s8 pin_of[32] = {
    NO_REG, 19,     20,     NO_REG, NO_REG, 5,      6,      NO_REG, 21,     22,     7,
    8,      9,      10,     11,     12,     13,     14,     15,     23,     29,     NO_REG,
    NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG, NO_REG,
};

s64 in_x(unsigned reg)
{
    return IN_HART(x) + reg * 8;
}

s64 in_f(unsigned reg)
{
    return IN_HART(f) + reg * 8;
}

/* ---- scratch registers, and what they happen to hold ----
 *
 * The guest registers without a pin live in memory, which is always up to date. A scratch register
 * that was the last to have a value of one holds it still, until it is used for something else. */

/* The host register that holds guest register r, or NO_REG. */
static int holder(const struct maker *m, unsigned r)
{
    if (pin_of[r] >= 0) return pin_of[r];
    for (int s = 0; s < SCRATCH_N; s++)
        if (m->held[s] == r) return s;
    return NO_REG;
}

void save_registers(struct maker *m)
{
    (void)m; /* they are, always */
}

struct unsaved to_be_saved(const struct maker *m)
{
    (void)m;
    return (struct unsaved){{0}};
}

void save_later(struct code *c, const struct unsaved *u)
{
    (void)c, (void)u;
}

void gen_hold(struct maker *m, int host, unsigned r)
{
    for (int s = 0; s < SCRATCH_N; s++)
        if (m->held[s] == r) m->held[s] = 0;
    if (host < SCRATCH_N) m->held[host] = (u8)r;
}

/* A register that holds an operand of the row is kept for it. */
u32 gen_free(const struct maker *m)
{
    u32 free = SCRATCH;
    for (int s = 0; s < SCRATCH_N; s++)
        if (m->held[s] && (m->held[s] == m->insn->rs1 || m->held[s] == m->insn->rs2))
            free &= ~(1u << s);
    return free;
}

/* Take a register out of the free ones: one that holds nothing, if there is one. */
int gen_take(struct maker *m, u32 *free)
{
    int found = NO_REG;
    for (int s = 0; s < SCRATCH_N; s++)
        if ((*free >> s & 1) && (found < 0 || m->held[found])) found = s;
    if (found < 0) {
        m->failed = true;
        return 0;
    }
    *free &= ~(1u << found);
    m->held[found] = 0;
    return found;
}

static int leaf_reg(const struct maker *m, const struct node *n)
{
    if (n->op == NODE_IT) return IT_REG;
    return n->op == NODE_REG ? holder(m, n->reg) : NO_REG;
}

int gen_base(struct maker *m, const struct node *n, u32 *free)
{
    int r = leaf_reg(m, n);
    if (r >= 0) {
        *free &= ~(1u << r);
        return r;
    }
    r = gen_take(m, free);
    gen(m, n, 8, r, *free);
    if (n->op == NODE_REG) gen_hold(m, r, n->reg);
    return r;
}

int gen_reg(struct maker *m, const struct node *n, unsigned width, u32 *free)
{
    if (n->op == NODE_K && n->k == 0) return ZR;
    if (node_is_leaf(n)) return gen_base(m, n, free);
    int r = gen_take(m, free);
    gen(m, n, width, r, *free);
    return r;
}

void gen_logical(struct maker *m, u32 op, int d, int n, u64 k)
{
    if (fits_logical(8, k)) {
        logical_imm(m->code, 8, op, d, n, k);
    } else {
        move_imm(m->code, TEMP2, k);
        emit_3(m->code, 8, op, d, n, TEMP2);
    }
}

/* ---- comparisons ---- */

int gen_compare(struct maker *m, const struct node *n, u32 free)
{
    static const u8 straight[] = {CC_EQ, CC_NE, CC_LT, CC_GE, CC_LO, CC_HS};
    static const u8 swapped[] = {CC_EQ, CC_NE, CC_GT, CC_LE, CC_HI, CC_LS};
    const struct node *a = n->a, *b = n->b;
    const u8 *cc = straight;
    if (a->known && !b->known) {
        a = n->b;
        b = n->a;
        cc = swapped;
    }
    int r = gen_reg(m, a, 8, &free);
    if (b->known && r != ZR && fits_add((s64)b->k))
        compare_imm(m->code, 8, r, (s64)b->k);
    else
        compare(m->code, 8, r, gen_reg(m, b, 8, &free));
    return cc[n->op - NODE_EQ];
}

static void gen_truth(struct maker *m, const struct node *n, int d, u32 free)
{
    set_if(m->code, d, gen_compare(m, n, free));
}

static void gen_select(struct maker *m, const struct node *n, int d, u32 free)
{
    int yes = gen_reg(m, n->b, 8, &free), no = gen_reg(m, n->c, 8, &free);
    choose(m->code, 8, A64_CSEL, d, yes, no, gen_compare(m, n->a, free));
}

/* ---- shifts ---- */

static bool is_shift(const struct node *n)
{
    return n->op >= NODE_SLL && n->op <= NODE_SRA;
}

static void gen_shift(struct maker *m, const struct node *n, unsigned width, int d, u32 free)
{
    static const u32 by_reg[] = {A64_LSLV, A64_LSRV, A64_ASRV};
    unsigned kind = is_shift(n) ? n->op - NODE_SLL : n->op - NODE_SLL32;
    int value = gen_reg(m, n->a, width, &free);
    if (n->b->known)
        shift_imm(m->code, width, (enum shift)kind, d, value, (unsigned)n->b->k & (width * 8 - 1));
    else
        emit_3(m->code, width, by_reg[kind], d, value, gen_reg(m, n->b, 4, &free));
}

/* ---- sums and the like ---- */

static bool is_low_half(const struct node *n)
{
    return n->op == NODE_NARROW && n->type == TYPE_u32;
}

/* a + (the low half of b << constant) */
static bool gen_add_low_half(struct maker *m, const struct node *n, int d, u32 free)
{
    const struct node *b = n->b;
    unsigned k = 0;
    if (n->op != NODE_ADD) return false;
    if (b->op == NODE_SLL && b->b->known && b->b->k <= 4) {
        k = (unsigned)b->b->k;
        b = b->a;
    }
    if (!is_low_half(b)) return false;
    int base = gen_base(m, n->a, &free);
    add_low_half(m->code, d, base, gen_reg(m, b->a, 4, &free), k);
    return true;
}

static u32 opcode_of(enum node_op op)
{
    static const u32 of[] = {A64_ADD, A64_SUB, A64_AND, A64_ORR, A64_EOR};
    return op == NODE_MUL ? A64_MUL : of[op - NODE_ADD];
}

/* a op constant, in one instruction. */
static bool gen_immediate(struct maker *m, const struct node *n, unsigned width, int d, u32 free)
{
    s64 k = (s64)n->b->k;
    bool sum = n->op == NODE_ADD || n->op == NODE_SUB;
    if (!n->b->known || n->op == NODE_MUL || (sum && !fits_add(k))) return false;
    bool not = n->op == NODE_XOR && k == -1;
    if (!sum && !not &&!fits_logical(width, (u64)k)) return false;
    int a = gen_base(m, n->a, &free);
    if (sum)
        add_imm(m->code, width, d, a, n->op == NODE_ADD ? k : -k);
    else if (not )
        emit_3(m->code, width, A64_ORR | A64_INVERT, d, ZR, a);
    else
        logical_imm(m->code, width, opcode_of(n->op), d, a, (u64)k);
    return true;
}

/* The second source may be shifted by a constant, or inverted. */
static void gen_binary(struct maker *m, const struct node *n, unsigned width, int d, u32 free)
{
    const struct node *b = n->b;
    u32 op = opcode_of(n->op);
    if (width == 8 && gen_add_low_half(m, n, d, free)) return;
    if (gen_immediate(m, n, width, d, free)) return;
    int a = gen_reg(m, n->a, width, &free);
    if (n->op >= NODE_AND && n->op <= NODE_XOR && b->op == NODE_XOR && node_is(b->b, ~0ull)) {
        op |= A64_INVERT;
        b = b->a;
    }
    if (n->op != NODE_MUL && width == 8 && is_shift(b) && b->b->known) {
        int r = gen_reg(m, b->a, 8, &free);
        emit_shifted(m->code, 8, op, d, a, r, (enum shift)(b->op - NODE_SLL),
                     (unsigned)b->b->k & 63);
    } else {
        emit_3(m->code, width, op, d, a, gen_reg(m, b, width, &free));
    }
}

static void gen_high_product(struct maker *m, const struct node *n, int d, u32 free)
{
    int a = gen_reg(m, n->a, 8, &free), b = gen_reg(m, n->b, 8, &free);
    emit_3(m->code, 8, n->op == NODE_MULH ? A64_SMULH : A64_UMULH, d, a, b);
}

/* Here x / 0 = 0, which makes x % 0 = x as it should be; and overflow gives what RISC-V wants
 * (unpriv. spec 13.2). Only the quotient by zero is to be -1. */
static void gen_division(struct maker *m, const struct node *n, int d, u32 free)
{
    unsigned kind = n->op >= NODE_DIV32 ? n->op - NODE_DIV32 : n->op - NODE_DIV;
    unsigned width = n->op >= NODE_DIV32 ? 4 : 8;
    u32 divide = kind == 0 || kind == 2 ? A64_SDIV : A64_UDIV;
    int a = gen_reg(m, n->a, width, &free), b = gen_reg(m, n->b, width, &free);
    if (kind >= 2) {
        emit_3(m->code, width, divide, TEMP, a, b);
        multiply_subtract(m->code, width, d, TEMP, b, a);
    } else {
        compare(m->code, width, b, ZR);
        emit_3(m->code, width, divide, d, a, b);
        choose(m->code, width, A64_CSINV, d, d, ZR, CC_NE);
    }
}

/* ---- one source ---- */

static void gen_narrow(struct maker *m, const struct node *n, int d, u32 free)
{
    int a = gen_reg(m, n->a, 4, &free);
    extend(m->code, d, a, type_size(n->type), n->type < TYPE_u8);
}

static void gen_bits(struct maker *m, const struct node *n, int d, u32 free)
{
    unsigned width = n->op == NODE_CLZ32 || n->op == NODE_CTZ32 ? 4 : 8;
    int a = gen_reg(m, n->a, width, &free);
    if (n->op == NODE_REV8) {
        emit_2(m->code, 8, A64_REV64, d, a);
        return;
    }
    if (n->op == NODE_CTZ || n->op == NODE_CTZ32) {
        emit_2(m->code, width, A64_RBIT, d, a);
        a = d;
    }
    emit_2(m->code, width, A64_CLZ, d, a);
}

static void gen_leaf(struct maker *m, const struct node *n, int d)
{
    int r = leaf_reg(m, n);
    if (r >= 0)
        move(m->code, d, r);
    else
        load(m->code, 8, false, d, HART, n->op == NODE_F ? in_f(n->reg) : in_x(n->reg));
}

void gen(struct maker *m, const struct node *n, unsigned width, int d, u32 free)
{
    if (d < SCRATCH_N) free |= 1u << d;
    switch ((enum node_op)n->op) {
    case NODE_K: move_imm(m->code, d, width == 4 ? (u32)n->k : n->k); break;
    case NODE_REG:
    case NODE_F:
    case NODE_IT: gen_leaf(m, n, d); break;
    case NODE_LOAD: gen_load(m, n, d, free); break;
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
    case NODE_REMU32: gen_division(m, n, d, free); break;
    case NODE_CLZ:
    case NODE_CTZ:
    case NODE_CLZ32:
    case NODE_CTZ32:
    case NODE_REV8: gen_bits(m, n, d, free); break;
    case NODE_CPOP: gen_count_ones(m, n, d, free); break;
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
    case NODE_FTRUNCATE: gen_fp_to_int(m, n, d, free); break;
    case NODE_COLD: m->failed = true; break;
    }
    if (d < SCRATCH_N) m->held[d] = 0; /* an operand, until now */
}

void gen_write(struct maker *m, unsigned rd, const struct node *value)
{
    u32 free = gen_free(m);
    bool pinned = rd && pin_of[rd] >= 0;
    int d = pinned ? pin_of[rd] : gen_take(m, &free);
    gen(m, value, 8, d, free);
    if (!rd || m->failed) return;
    if (!pinned) store(m->code, 8, d, HART, in_x(rd));
    gen_hold(m, d, rd);
}
