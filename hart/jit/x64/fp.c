/* Floating point (hart/jit/fp.c). x86 and RISC-V agree on the flags, tininess
 * after rounding included (Intel SDM 11.5.2, unpriv. spec 21.3); they differ in NaNs, so a result
 * that is one is the stepper's, as is what converts to the least integer, which stands for
 * overflow.
 *
 * The flags gather in the host's MXCSR while translated code runs and are the hart's as soon as C
 * code may look (fp_flags_to_hart). */
#include "hart/fp/fp.h"
#include "hart/jit/x64/gen.h"

#include <xmmintrin.h>

enum { X0, X1, X2 };
enum { PREFIX_DOUBLE = 0xf2, PREFIX_SINGLE = 0xf3 };

/* ---- flags ---- */

enum { MXCSR_FLAGS = 0x3f };

void fp_flags_clear(void)
{
    _mm_setcsr(_mm_getcsr() & ~(unsigned)MXCSR_FLAGS);
}

/* MXCSR has IE, DE, ZE, OE, UE, PE from bit 0 on; DE is x86's own. */
void fp_flags_to_hart(struct hart *h)
{
    unsigned flags = _mm_getcsr();
    if (!(flags & MXCSR_FLAGS)) return;
    h->fflags |= (u8)((flags & 1 ? FP_NV : 0) | (flags & 4 ? FP_DZ : 0) | (flags & 8 ? FP_OF : 0) |
                      (flags & 16 ? FP_UF : 0) | (flags & 32 ? FP_NX : 0));
    fp_flags_clear();
}

/* ---- before a row ---- */

void make_dirty(struct maker *m)
{
    struct code *c = m->code;
    gen_clobber(m, 1u << AX);
    move(c, AX, AT_HART(mstatus));
    if (m->h->virt) alu(c, 8, ALU_AND, AX, AT_HART(vsstatus));
    emit_op(c, 4, 0xf7, 2, host_reg(AX)); /* not */
    test_imm(c, 4, host_reg(AX), (s32)STATUS_FS);
    make_give_up(m, jump_if(c, CC_NE));
    move_imm_to(c, 1, AT_HART(fp_flags), 1);
}

static struct operand upper_half(unsigned reg)
{
    struct operand o = guest_f(reg);
    o.disp += 4;
    return o;
}

u8 *jump_unless_boxed(struct maker *m, unsigned reg)
{
    alu_imm(m->code, 4, ALU_CMP, upper_half(reg), -1);
    return jump_if(m->code, CC_NE);
}

/* ---- values in xmm registers ---- */

static void emit_fp(struct maker *m, const struct node *n, unsigned opcode, int x,
                    struct operand source)
{
    emit_prefixed(m->code, n->width == 64 ? PREFIX_DOUBLE : PREFIX_SINGLE, 4, opcode, x, source);
}

static void gen_fp(struct maker *m, const struct node *n, unsigned width, int x);

/* A second source: a register in memory, or xmm x. */
static struct operand gen_fp_operand(struct maker *m, const struct node *n, unsigned width, int x)
{
    if (n->op == NODE_F) return guest_f(n->reg);
    gen_fp(m, n, width, x);
    return host_reg(x);
}

/* ucomis or comis of two registers */
static void emit_compare(struct maker *m, unsigned width, unsigned opcode, int a, int b)
{
    emit_prefixed(m->code, width == 64 ? 0x66 : 0, 4, opcode, a, host_reg(b));
}

static void gen_arithmetic(struct maker *m, const struct node *n, int x)
{
    static const u16 opcode[] = {0x0f58, 0x0f5c, 0x0f59, 0x0f5e};
    gen_fp(m, n->a, n->width, x);
    struct operand b = gen_fp_operand(m, n->b, n->width, X1);
    emit_fp(m, n, opcode[n->op - NODE_FADD], x, b);
}

/* x = a * b + c; a is in xmm x, b in xmm 1 */
static void gen_fma(struct maker *m, const struct node *n, int x)
{
    if (!__builtin_cpu_supports("fma")) m->failed = true;
    gen_fp(m, n->a, n->width, x);
    gen_fp(m, n->b, n->width, X1);
    struct operand c = gen_fp_operand(m, n->c, n->width, X2);
    emit_vex(m->code, n->width == 64 ? 8 : 4, (struct vex){MAP_0F38, PP_66, 0xa9}, x, X1, c);
}

static void gen_from_int(struct maker *m, const struct node *n, int x)
{
    int r = gen_reg(m, n->a, 8, gen_free(m));
    emit_op(m->code, 4, 0x0f57, x, host_reg(x)); /* xorps: cvtsi2sd leaves the upper half alone */
    emit_prefixed(m->code, n->width == 64 ? PREFIX_DOUBLE : PREFIX_SINGLE, 8, 0x0f2a, x,
                  host_reg(r));
}

static void gen_fp(struct maker *m, const struct node *n, unsigned width, int x)
{
    if (n->op == NODE_F) {
        emit_prefixed(m->code, width == 64 ? PREFIX_DOUBLE : PREFIX_SINGLE, 4, 0x0f10, x,
                      guest_f(n->reg));
    } else if (n->op >= NODE_FADD && n->op <= NODE_FDIV) {
        gen_arithmetic(m, n, x);
    } else if (n->op == NODE_FSQRT || n->op == NODE_FCONVERT) {
        gen_fp(m, n->a, n->width, x);
        emit_fp(m, n, n->op == NODE_FSQRT ? 0x0f51 : 0x0f5a, x, host_reg(x));
    } else if (n->op == NODE_FFMA) {
        gen_fma(m, n, x);
    } else if (n->op == NODE_FFROM) {
        gen_from_int(m, n, x);
    } else { /* bits */
        int r = gen_reg(m, n, 8, gen_free(m));
        emit_prefixed(m->code, 0x66, 8, 0x0f6e, x, host_reg(r)); /* movq */
    }
}

/* ---- effects ---- */

static void write_number(struct maker *m, unsigned width, const struct node *value, unsigned rd)
{
    gen_fp(m, value, width, X0);
    emit_compare(m, width, 0x0f2e, X0, X0);
    make_give_up(m, jump_if(m->code, CC_P));
    emit_prefixed(m->code, width == 64 ? PREFIX_DOUBLE : PREFIX_SINGLE, 4, 0x0f11, X0, guest_f(rd));
}

static void write_bits(struct maker *m, unsigned width, const struct node *value, unsigned rd)
{
    gen_save(m, 1u << AX);
    gen(m, value, 8, AX, gen_free(m) & ~(1u << AX));
    gen_clobber(m, 1u << AX);
    emit_op(m->code, width / 8, 0x89, AX, guest_f(rd)); /* mov */
}

void gen_write_f(struct maker *m, unsigned width, unsigned rd, const struct node *value)
{
    if (node_is_fp(value))
        write_number(m, width, value, rd);
    else
        write_bits(m, width, value, rd);
    if (width == 32) move_imm_to(m->code, 4, upper_half(rd), -1);
}

/* a < b is b above a, which is false when they are not ordered. FEQ is quiet (ucomis). */
void gen_fp_compare(struct maker *m, const struct node *n, int d, u32 free)
{
    struct code *c = m->code;
    gen_fp(m, n->a, n->width, X0);
    gen_fp(m, n->b, n->width, X1);
    gen_clobber(m, 1u << CX);
    if (n->op != NODE_FEQ) {
        emit_compare(m, n->width, 0x0f2f, X1, X0);
        emit_op(c, 1, 0x0f90 | (n->op == NODE_FLT ? CC_A : CC_AE), 0, host_reg(CX));
    } else {
        int both = d <= DX && d != CX ? d : free >> DX & 1 ? DX : AX;
        gen_clobber(m, 1u << both);
        emit_compare(m, n->width, 0x0f2e, X0, X1);
        emit_op(c, 1, 0x0f90 | CC_E, 0, host_reg(CX));
        emit_op(c, 1, 0x0f90 | CC_NP, 0, host_reg(both));
        alu(c, 1, ALU_AND, CX, host_reg(both));
    }
    emit_op(c, 4, 0x0fb6, d, host_reg(CX)); /* movzx */
}

void gen_fp_to_int(struct maker *m, const struct node *n, int d)
{
    struct code *c = m->code;
    unsigned size = type_size(n->type);
    gen_fp(m, n->a, n->width, X0);
    emit_prefixed(c, n->width == 64 ? PREFIX_DOUBLE : PREFIX_SINGLE, size,
                  n->op == NODE_FTRUNCATE ? 0x0f2c : 0x0f2d, d, host_reg(X0));
    alu_imm(c, size, ALU_CMP, host_reg(d), 1); /* overflows for the least integer alone */
    make_give_up(m, jump_if(c, CC_O));
    if (size == 4) emit_op(c, 8, 0x63, d, host_reg(d)); /* movsxd */
}
