/* Floating-point tests that are the same in each format. The including file defines FORMAT (the
 * suffix, a string), WIDTH (bits) and TABLE (the file that fp_vectors.py made). Values of a
 * narrower format are NaN-boxed on their way into f registers, and expected boxed on the way out.
 */
#ifndef TESTS_ISA_FP_H
#define TESTS_ISA_FP_H

#include "harness.h"

#define BOX(value, width) ((u64)(value) | ((width) == 64 ? 0 : ~0ull << ((width)&63)))
#define SIGN              BIT(WIDTH - 1)
#define MANTISSA          (WIDTH == 64 ? 52 : WIDTH == 32 ? 23 : 10)
#define INF               (MASK(WIDTH - 2, MANTISSA))
#define NAN               (INF | BIT(MANTISSA - 1))
#define SNAN              (INF | 1)
#define ONE               (INF & ~BIT(WIDTH - 2))

enum { NX = 1, UF = 2, OF = 4, DZ = 8, NV = 16 };
enum { RNE, RTZ, RDN, RUP, RMM };

/* f registers in, f register out; operands are in fa0-fa2. */
#define FP(name, text)                                                                             \
    SNIPPET(name, "fmv.d.x fa0, a0\nfmv.d.x fa1, a1\nfmv.d.x fa2, a2\n" text "\nfmv.x.d a0, fa0")
/* x register out or in. */
#define FP_TO_X(name, text)   SNIPPET(name, "fmv.d.x fa0, a0\nfmv.d.x fa1, a1\n" text)
#define FP_FROM_X(name, text) SNIPPET(name, text "\nfmv.x.d a0, fa0")

FP(do_fadd, "fadd." FORMAT " fa0, fa0, fa1");
FP(do_fsub, "fsub." FORMAT " fa0, fa0, fa1");
FP(do_fmul, "fmul." FORMAT " fa0, fa0, fa1");
FP(do_fdiv, "fdiv." FORMAT " fa0, fa0, fa1");
FP(do_fsqrt, "fsqrt." FORMAT " fa0, fa0");
FP(do_fmadd, "fmadd." FORMAT " fa0, fa0, fa1, fa2");
FP(do_fmsub, "fmsub." FORMAT " fa0, fa0, fa1, fa2");
FP(do_fnmsub, "fnmsub." FORMAT " fa0, fa0, fa1, fa2");
FP(do_fnmadd, "fnmadd." FORMAT " fa0, fa0, fa1, fa2");
FP_TO_X(to_w, "fcvt.w." FORMAT " a0, fa0");
FP_TO_X(to_wu, "fcvt.wu." FORMAT " a0, fa0");
FP_TO_X(to_l, "fcvt.l." FORMAT " a0, fa0");
FP_TO_X(to_lu, "fcvt.lu." FORMAT " a0, fa0");
FP_FROM_X(from_w, "fcvt." FORMAT ".w fa0, a0");
FP_FROM_X(from_wu, "fcvt." FORMAT ".wu fa0, a0");
FP_FROM_X(from_l, "fcvt." FORMAT ".l fa0, a0");
FP_FROM_X(from_lu, "fcvt." FORMAT ".lu fa0, a0");
#if WIDTH != 16
FP(from_h, "fcvt." FORMAT ".h fa0, fa0");
#endif
#if WIDTH != 32
FP(from_s, "fcvt." FORMAT ".s fa0, fa0");
#endif
#if WIDTH != 64
FP(from_d, "fcvt." FORMAT ".d fa0, fa0");
#endif

struct fp_vector {
    const u32 *code;
    u64 operands[3];
    u64 want[5], flags[5]; /* by rounding mode */
};

static const struct fp_vector table[] = {
#include TABLE
};

static unsigned operand_width(const u32 *code)
{
    if (code == from_w || code == from_wu || code == from_l || code == from_lu) return 64;
#if WIDTH != 16
    if (code == from_h) return 16;
#endif
#if WIDTH != 32
    if (code == from_s) return 32;
#endif
#if WIDTH != 64
    if (code == from_d) return 64;
#endif
    return WIDTH;
}

static bool result_in_x(const u32 *code)
{
    return code == to_w || code == to_wu || code == to_l || code == to_lu;
}

TEST(all_rounding_modes)
{
    for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
        const struct fp_vector *v = &table[i];
        unsigned in = operand_width(v->code);

        for (u64 rm = RNE; rm <= RMM; rm++) {
            csr_write(fcsr, rm << 5);
            struct trap t = run3(M_MODE, v->code, BOX(v->operands[0], in), BOX(v->operands[1], in),
                                 BOX(v->operands[2], in));
            note((u64)i << 4 | rm);
            EXPECT_VALUE(t, result_in_x(v->code) ? v->want[rm] : BOX(v->want[rm], WIDTH));
            CHECK_EQ(csr_read(fflags), v->flags[rm]);
        }
    }
}

/* Flags accumulate until software clears them. */
TEST(flags_are_sticky)
{
    csr_write(fcsr, 0);
    run(M_MODE, do_fdiv, BOX(ONE, WIDTH), BOX(0, WIDTH));
    run(M_MODE, do_fadd, BOX(INF, WIDTH), BOX(INF | SIGN, WIDTH));
    CHECK_EQ(csr_read(fflags), DZ | NV);
    run(M_MODE, do_fadd, BOX(ONE, WIDTH), BOX(ONE, WIDTH));
    CHECK_EQ(csr_read(fflags), DZ | NV);
}

/* ---- rounding modes in the instruction ---- */

#define STATIC(rm) FP(div_##rm, "fdiv." FORMAT " fa0, fa0, fa1, " #rm)
STATIC(rne);
STATIC(rtz);
STATIC(rdn);
STATIC(rup);
STATIC(rmm);

TEST(static_rounding_modes)
{
    static const u32 *const codes[] = {div_rne, div_rtz, div_rdn, div_rup, div_rmm};
    u64 two = ONE + BIT(MANTISSA), three = two + BIT(MANTISSA - 1);

    for (u64 rm = 0; rm < 5; rm++) {
        for (unsigned frm = 0; frm < 5; frm++) {
            csr_write(frm, rm);
            u64 positive = run(M_MODE, do_fdiv, BOX(ONE, WIDTH), BOX(three, WIDTH)).value;
            u64 negative = run(M_MODE, do_fdiv, BOX(two | SIGN, WIDTH), BOX(three, WIDTH)).value;
            csr_write(frm, frm);
            note(rm << 4 | frm);
            EXPECT_VALUE(run(M_MODE, codes[rm], BOX(ONE, WIDTH), BOX(three, WIDTH)), positive);
            EXPECT_VALUE(run(M_MODE, codes[rm], BOX(two | SIGN, WIDTH), BOX(three, WIDTH)),
                         negative);
        }
    }
}

/* frm 5 to 7 make instructions with a dynamic mode illegal; so do 5 and 6 in the instruction. */
TEST(reserved_rounding_modes)
{
    SNIPPET(static_5, ".word 0x00b55553 | " FORMAT_FIELD);
    SNIPPET(static_6, ".word 0x00b56553 | " FORMAT_FIELD);
    for (u64 frm = 5; frm < 8; frm++) {
        note(frm);
        csr_write(frm, frm);
        CHECK_EQ(csr_read(frm), frm);
        EXPECT_TRAP(run(S_MODE, do_fsqrt, BOX(ONE, WIDTH)), LEVEL_M, .cause = ILLEGAL_INSTRUCTION,
                    .tval = BITS, .epc = (u64)do_fsqrt + 12);
        EXPECT_RETURN(run(S_MODE, div_rne, BOX(ONE, WIDTH), BOX(ONE, WIDTH)));
    }
    csr_write(frm, 0);
    EXPECT_TRAP(run(S_MODE, static_5), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    EXPECT_TRAP(run(S_MODE, static_6), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
}

/* ---- comparisons, minimum and maximum, sign injection, classes ---- */

FP(do_fmin, "fmin." FORMAT " fa0, fa0, fa1");
FP(do_fmax, "fmax." FORMAT " fa0, fa0, fa1");
FP(do_fsgnj, "fsgnj." FORMAT " fa0, fa0, fa1");
FP(do_fsgnjn, "fsgnjn." FORMAT " fa0, fa0, fa1");
FP(do_fsgnjx, "fsgnjx." FORMAT " fa0, fa0, fa1");
FP_TO_X(do_feq, "feq." FORMAT " a0, fa0, fa1");
FP_TO_X(do_flt, "flt." FORMAT " a0, fa0, fa1");
FP_TO_X(do_fle, "fle." FORMAT " a0, fa0, fa1");
FP_TO_X(do_fclass, "fclass." FORMAT " a0, fa0");

static void check_fp(struct place at, const u32 *code, u64 a, u64 b, u64 want, u64 flags)
{
    csr_write(fcsr, 0);
    struct trap t = run(M_MODE, code, BOX(a, WIDTH), BOX(b, WIDTH));
    expect_value(at, t, want);
    check_eq(at, "fflags", csr_read(fflags), flags);
}
#define CHECK_FP(code, a, b, want, flags)   check_fp(HERE, code, a, b, BOX(want, WIDTH), flags)
#define CHECK_FP_X(code, a, b, want, flags) check_fp(HERE, code, a, b, want, flags)

TEST(minimum_and_maximum)
{
    CHECK_FP(do_fmin, ONE, 0, 0, 0);
    CHECK_FP(do_fmax, ONE, 0, ONE, 0);
    CHECK_FP(do_fmin, SIGN | ONE, 0, SIGN | ONE, 0);
    CHECK_FP(do_fmax, SIGN | INF, SIGN | ONE, SIGN | ONE, 0);
    CHECK_FP(do_fmin, 0, SIGN, SIGN, 0); /* -0 is less than +0 */
    CHECK_FP(do_fmin, SIGN, 0, SIGN, 0);
    CHECK_FP(do_fmax, 0, SIGN, 0, 0);
    CHECK_FP(do_fmax, SIGN, 0, 0, 0);
    CHECK_FP(do_fmin, NAN, ONE, ONE, 0); /* the operand that is not a NaN */
    CHECK_FP(do_fmax, ONE, NAN | 5, ONE, 0);
    CHECK_FP(do_fmin, SNAN, ONE, ONE, NV);
    CHECK_FP(do_fmax, ONE, SIGN | SNAN, ONE, NV);
    CHECK_FP(do_fmin, SIGN | NAN | 5, NAN, NAN, 0); /* two NaNs: the canonical one */
    CHECK_FP(do_fmax, SNAN, NAN, NAN, NV);
}

TEST(comparisons)
{
    CHECK_FP_X(do_feq, ONE, ONE, 1, 0);
    CHECK_FP_X(do_feq, 0, SIGN, 1, 0);
    CHECK_FP_X(do_feq, NAN, NAN, 0, 0); /* quiet */
    CHECK_FP_X(do_feq, SNAN, ONE, 0, NV);
    CHECK_FP_X(do_flt, SIGN | ONE, ONE, 1, 0);
    CHECK_FP_X(do_flt, ONE, ONE, 0, 0);
    CHECK_FP_X(do_flt, SIGN, 0, 0, 0);
    CHECK_FP_X(do_flt, SIGN | INF, SIGN | (INF - 1), 1, 0);
    CHECK_FP_X(do_flt, NAN, ONE, 0, NV); /* signaling */
    CHECK_FP_X(do_fle, ONE, ONE, 1, 0);
    CHECK_FP_X(do_fle, 0, SIGN, 1, 0);
    CHECK_FP_X(do_fle, 1, 0, 0, 0);
    CHECK_FP_X(do_fle, ONE, NAN, 0, NV);
    CHECK_FP_X(do_fle, SNAN, ONE, 0, NV);
}

/* Sign injection copies bits, of NaNs too, and raises nothing. */
TEST(sign_injection)
{
    CHECK_FP(do_fsgnj, ONE, SIGN, SIGN | ONE, 0);
    CHECK_FP(do_fsgnjn, ONE, SIGN, ONE, 0);
    CHECK_FP(do_fsgnjx, SIGN | ONE, SIGN, ONE, 0);
    CHECK_FP(do_fsgnj, SNAN | 4, SIGN | ONE, SIGN | SNAN | 4, 0);
    CHECK_FP(do_fsgnjn, SIGN | NAN | 3, 0, SIGN | NAN | 3, 0);
    CHECK_FP(do_fsgnjx, NAN | 3, SIGN | SNAN, SIGN | NAN | 3, 0);
}

TEST(classes)
{
    u64 classes[] = {SIGN | INF, SIGN | ONE, SIGN | 1, SIGN, 0, 1, ONE, INF, SNAN, NAN};

    for (unsigned i = 0; i < 10; i++) CHECK_FP_X(do_fclass, classes[i], 0, 1ull << i, 0);
    CHECK_FP_X(do_fclass, SIGN | NAN | 1, 0, 1 << 9, 0);
    CHECK_FP_X(do_fclass, BIT(MANTISSA) - 1, 0, 1 << 5, 0);
}

/* ---- the CSRs ---- */

TEST(fcsr)
{
    csr_write(fcsr, ~0ull);
    CHECK_EQ(csr_read(fcsr), 0xff);
    CHECK_EQ(csr_read(frm), 7);
    CHECK_EQ(csr_read(fflags), 0x1f);
    csr_write(fflags, 0);
    CHECK_EQ(csr_read(fcsr), 0xe0);
    csr_write(frm, 2);
    csr_write(fflags, 0x15);
    CHECK_EQ(csr_read(fcsr), 0x55);
    csr_write(fcsr, 0);
}

#endif
