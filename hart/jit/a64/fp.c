/* Floating point (hart/jit/fp.c). With FPCR.DN set (entry.c) NaNs that result are RISC-V's, and so
 * are the flags but for one: here a result is tiny when it is so before rounding (DDI 0487, A1.5),
 * there after rounding (unpriv. spec 21.3). The two differ when the result has been rounded up to
 * the least normal number. So a flag of underflow is never left in FPSR, and after what may
 * underflow a small result is looked at again, behind the trace.
 *
 * The other flags gather in FPSR while translated code runs and are the hart's as soon as C code
 * may look (fp_flags_to_hart). */
#include "hart/fp/fp.h"
#include "hart/jit/a64/gen.h"

enum { FPSR_IOC = 1, FPSR_DZC = 2, FPSR_OFC = 4, FPSR_UFC = 8, FPSR_IXC = 16 };
enum { FPSR_FLAGS = FPSR_IOC | FPSR_DZC | FPSR_OFC | FPSR_UFC | FPSR_IXC };
enum { MRS_FPSR = 0xd53b4420, MSR_FPSR = 0xd51b4420 };

/* ---- flags ---- */

static u64 read_fpsr(void)
{
    u64 fpsr;
    __asm__ volatile("mrs %0, fpsr" : "=r"(fpsr));
    return fpsr;
}

void fp_flags_clear(void)
{
    __asm__ volatile("msr fpsr, %0" : : "r"(read_fpsr() & ~(u64)FPSR_FLAGS));
}

void fp_flags_to_hart(struct hart *h)
{
    u64 flags = read_fpsr() & FPSR_FLAGS;
    if (!flags) return;
    h->fflags |= (u8)((flags & FPSR_IOC ? FP_NV : 0) | (flags & FPSR_DZC ? FP_DZ : 0) |
                      (flags & FPSR_OFC ? FP_OF : 0) | (flags & FPSR_IXC ? FP_NX : 0));
    fp_flags_clear();
}

/* ---- before a row ---- */

void make_dirty(struct maker *m)
{
    struct code *c = m->code;
    load(c, 8, false, TEMP, HART, IN_HART(mstatus));
    if (m->h->virt) {
        load(c, 8, false, TEMP2, HART, IN_HART(vsstatus));
        emit_3(c, 8, A64_AND, TEMP, TEMP, TEMP2);
    }
    logical_imm(c, 8, A64_AND, TEMP, TEMP, STATUS_FS);
    compare_imm(c, 8, TEMP, STATUS_FS);
    make_give_up(m, jump_if(c, CC_NE));
    move_imm(c, TEMP, 1);
    store(c, 1, TEMP, HART, IN_HART(fp_flags));
}

u8 *jump_unless_boxed(struct maker *m, unsigned reg)
{
    load(m->code, 4, false, TEMP, HART, in_f(reg) + 4);
    compare_imm(m->code, 4, TEMP, -1);
    return jump_if(m->code, CC_NE);
}

/* ---- values in floating-point registers ---- */

static u32 type_of(unsigned width)
{
    return (u32)(width == 64) << 22;
}

static void emit_fp(struct maker *m, u32 op, unsigned width, int d, int n, int b)
{
    emit_word(m->code, op | type_of(width) | (u32)b << 16 | (u32)n << 5 | (u32)d);
}

/* Between x and v registers: FMOV, 32 or 64 bits. */
static void fp_from_bits(struct maker *m, unsigned width, int v, int x)
{
    emit_word(m->code, (width == 64 ? 0x9e670000 : 0x1e270000) | (u32)x << 5 | (u32)v);
}
static void bits_from_fp(struct maker *m, unsigned width, int x, int v)
{
    emit_word(m->code, (width == 64 ? 0x9e660000 : 0x1e260000) | (u32)v << 5 | (u32)x);
}

enum {
    FMUL = 0x1e200800,
    FDIV = 0x1e201800,
    FADD = 0x1e202800,
    FSUB = 0x1e203800,
    FSQRT = 0x1e21c000,
    FCMP = 0x1e202000,
    FCMPE = 0x1e202010,
    FMADD = 0x1f000000,
    FCVT_TO_SINGLE = 0x1e224000,
    FCVT_TO_DOUBLE = 0x1e22c000,
    SCVTF = 0x9e220000,
    FCVTN = 0x1e200000, /* and FCVTZ, unsigned, or to 64 bits: */
    FCVT_ZERO = 0x00180000,
};

static void gen_fp(struct maker *m, const struct node *n, unsigned width, int v);

static void gen_arithmetic(struct maker *m, const struct node *n, int v)
{
    static const u32 of[] = {FADD, FSUB, FMUL, FDIV};
    gen_fp(m, n->a, n->width, v);
    gen_fp(m, n->b, n->width, 1);
    emit_fp(m, of[n->op - NODE_FADD], n->width, v, v, 1);
}

static void gen_fma(struct maker *m, const struct node *n, int v)
{
    gen_fp(m, n->a, n->width, v);
    gen_fp(m, n->b, n->width, 1);
    gen_fp(m, n->c, n->width, 2);
    emit_fp(m, FMADD | 2 << 10, n->width, v, v, 1);
}

/* A value of width bits in register v; registers above v may change. */
static void gen_fp(struct maker *m, const struct node *n, unsigned width, int v)
{
    u32 free = gen_free(m);
    if (n->op == NODE_F) {
        u32 at = (u32)in_f(n->reg) / (width / 8);
        emit_word(m->code, (width == 64 ? 0xfd400000 : 0xbd400000) | at << 10 | HART << 5 | (u32)v);
    } else if (n->op >= NODE_FADD && n->op <= NODE_FDIV) {
        gen_arithmetic(m, n, v);
    } else if (n->op == NODE_FSQRT) {
        gen_fp(m, n->a, n->width, v);
        emit_fp(m, FSQRT, n->width, v, v, 0);
    } else if (n->op == NODE_FCONVERT) {
        gen_fp(m, n->a, n->width, v);
        emit_fp(m, n->width == 64 ? FCVT_TO_SINGLE : FCVT_TO_DOUBLE, n->width, v, v, 0);
    } else if (n->op == NODE_FFMA) {
        gen_fma(m, n, v);
    } else if (n->op == NODE_FFROM) {
        emit_fp(m, SCVTF, n->width, v, gen_reg(m, n->a, 8, &free), 0);
    } else { /* bits */
        fp_from_bits(m, width, v, gen_reg(m, n, 8, &free));
    }
}

/* ---- effects ---- */

/* A small result has raised UFC or not; exact ones, zero among them, have not. When it has, and the
 * result is the least normal number, the stepper says whether that is underflow. */
static void make_small(struct maker *m, const struct again *s)
{
    struct code *c = m->code;
    emit_word(c, MRS_FPSR | TEMP);
    logical_imm(c, 8, A64_ANDS, ZR, TEMP, FPSR_UFC);
    aim(jump_if(c, CC_EQ), s->back);
    logical_imm(c, 8, A64_AND, TEMP, TEMP, ~(u64)FPSR_UFC);
    emit_word(c, MSR_FPSR | TEMP);
    bits_from_fp(m, s->width, TEMP, 0);
    logical_imm(c, s->width / 8, A64_AND, TEMP, TEMP, ~BIT(s->width - 1));
    move_imm(c, TEMP2, s->width == 64 ? BIT(52) : BIT(23));
    compare(c, 8, TEMP, TEMP2);
    u8 *smaller = jump_if(c, CC_NE);
    go_step(m, s->point);
    aim(smaller, c->at);
    load(c, 1, false, TEMP, HART, IN_HART(fflags));
    logical_imm(c, 4, A64_ORR, TEMP, TEMP, FP_UF);
    store(c, 1, TEMP, HART, IN_HART(fflags));
}

static bool may_underflow(const struct node *n)
{
    return n->op == NODE_FMUL || n->op == NODE_FDIV || n->op == NODE_FFMA ||
           (n->op == NODE_FCONVERT && n->width == 64);
}

/* Is the exponent of v0 the least, or that of zero? */
static void look_for_small(struct maker *m, unsigned width)
{
    struct again *again = &m->again[m->again_n++];
    bits_from_fp(m, width, TEMP, 0);
    extract(m->code, TEMP, TEMP, width == 64 ? 52 : 23, width == 64 ? 11 : 8);
    compare_imm(m->code, 4, TEMP, 1);
    *again = (struct again){
        .from = jump_if(m->code, CC_LS),
        .back = m->code->at,
        .make = make_small,
        .point = make_point(m, m->insn),
        .width = (u8)width,
    };
}

void gen_write_f(struct maker *m, unsigned width, unsigned rd, const struct node *value)
{
    u32 free = gen_free(m);
    int r = TEMP;
    if (node_is_fp(value)) {
        gen_fp(m, value, width, 0);
        if (may_underflow(value)) look_for_small(m, width);
        bits_from_fp(m, width, TEMP, 0);
    } else {
        r = gen_reg(m, value, 8, &free);
    }
    if (width == 32) logical_imm(m->code, 8, A64_ORR, TEMP, r, ~0ull << 32);
    store(m->code, 8, width == 32 ? TEMP : r, HART, in_f(rd));
}

/* Not ordered is none of these. FEQ is quiet. */
void gen_fp_compare(struct maker *m, const struct node *n, int d, u32 free)
{
    (void)free;
    gen_fp(m, n->a, n->width, 0);
    gen_fp(m, n->b, n->width, 1);
    emit_fp(m, n->op == NODE_FEQ ? FCMP : FCMPE, n->width, 0, 0, 1);
    set_if(m->code, d, n->op == NODE_FEQ ? CC_EQ : n->op == NODE_FLT ? CC_MI : CC_LS);
}

/* Both saturate; but a NaN becomes the greatest integer there, and zero here. */
void gen_fp_to_int(struct maker *m, const struct node *n, int d, u32 free)
{
    unsigned size = type_size(n->type);
    bool is_signed = n->type < TYPE_u8;
    u32 op = FCVTN | (n->op == NODE_FTRUNCATE ? FCVT_ZERO : 0) | (u32)!is_signed << 16;
    (void)free;
    gen_fp(m, n->a, n->width, 0);
    emit_word(m->code, op | (u32)(size == 8) << 31 | type_of(n->width) | (u32)d);
    emit_fp(m, FCMP, n->width, 0, 0, 0);
    move_imm(m->code, TEMP, is_signed ? BIT(size * 8 - 1) - 1 : ~0ull);
    choose(m->code, 8, A64_CSEL, d, TEMP, d, CC_VS);
    if (size == 4) extend(m->code, d, d, 4, true);
}

/* CNT counts in bytes, ADDV adds them up. */
void gen_count_ones(struct maker *m, const struct node *n, int d, u32 free)
{
    fp_from_bits(m, 64, 0, gen_reg(m, n->a, 8, &free));
    emit_word(m->code, 0x0e205800); /* CNT v0.8b, v0.8b */
    emit_word(m->code, 0x0e31b800); /* ADDV b0, v0.8b */
    bits_from_fp(m, 32, d, 0);
}
