/* Zfa: constants, minimum and maximum with NaNs, rounding to integers, quiet comparisons and the
 * modular conversion, in all three formats. Each instruction is put together at run time. */
#include "harness.h"

enum { NX = 1, UF = 2, OF = 4, DZ = 8, NV = 16 };
enum { RNE, RTZ, RDN, RUP, RMM, DYN = 7 };

struct format {
    u32 fmt;
    unsigned width, mantissa;
};
static const struct format formats[] = {
    {0, 32, 23},
    {1, 64, 52},
    {2, 16, 10}
};
static const struct format *F; /* the one under test */
#define FOR_EACH_FORMAT for (F = formats; F < formats + 3; F++)

#define SIGN BIT(F->width - 1)
#define INF  MASK(F->width - 2, F->mantissa)
#define NAN  (INF | BIT(F->mantissa - 1))
#define SNAN (INF | 1)
#define BIAS (BIT(F->width - F->mantissa - 2) - 1)
#define ONE  number(4)

/* n / 4 as a floating-point number; n != 0 is small enough to be exact. */
static u64 number(s64 n)
{
    u64 size = (u64)(n < 0 ? -n : n);
    unsigned top = 0;
    while (size >> top > 1) top++;
    u64 fraction = (size ^ BIT(top)) << (F->mantissa - top);
    return (n < 0 ? SIGN : 0) | (BIAS + top - 2) << F->mantissa | fraction;
}

static u64 boxed(u64 v)
{
    return F->width == 64 ? v : v | ~0ull << F->width;
}

/* ---- making and running one ---- */

static u32 op(u32 funct5, u32 rs2, u32 funct3)
{
    return funct5 << 27 | F->fmt << 25 | rs2 << 20 | 10u << 15 | funct3 << 12 | 10u << 7 | 0x53;
}
static u32 fli(u32 k)
{
    return (op(0x1e, 1, 0) & ~(31u << 15)) | k << 15;
}
static u32 fminm(void)
{
    return op(0x05, 11, 2);
}
static u32 fmaxm(void)
{
    return op(0x05, 11, 3);
}
static u32 fround(u32 rm)
{
    return op(0x08, 4, rm);
}
static u32 froundnx(u32 rm)
{
    return op(0x08, 5, rm);
}
static u32 fleq(void)
{
    return op(0x14, 11, 4);
}
static u32 fltq(void)
{
    return op(0x14, 11, 5);
}

/* fa0 = a0, fa1 = a1, the instruction, then back to a0 unless its result is there. */
static u32 made[5] __attribute__((aligned(8)));
enum { AT = 8 }; /* of the instruction in it */

static const u32 *make(u32 instruction, bool to_x)
{
    made[0] = 0xf2050553; /* fmv.d.x fa0, a0 */
    made[1] = 0xf20585d3; /* fmv.d.x fa1, a1 */
    made[2] = instruction;
    made[3] = to_x ? 0x00000013 : 0xe2050553; /* fmv.x.d a0, fa0 */
    made[4] = 0x00008067;
    __asm__ volatile("fence.i" ::: "memory");
    return made;
}

static void check(struct place at, const u32 *code, u64 a, u64 b, u64 want, u64 flags)
{
    csr_write(fflags, 0);
    note(F->width);
    expect_value(at, run(M_MODE, code, a, b), want);
    check_eq(at, "fflags", csr_read(fflags), flags);
}
#define CHECK_F(insn, a, b, want, flags)                                                           \
    check(HERE, make(insn, false), boxed(a), boxed(b), boxed(want), flags)
#define CHECK_X(insn, a, b, want, flags)                                                           \
    check(HERE, make(insn, true), boxed(a), boxed(b), want, flags)

static void check_illegal(struct place at, u32 instruction)
{
    note(instruction);
    const u32 *code = make(instruction, false);
    expect_trap(
        at, run(S_MODE, code),
        &(struct expected){
            .level = LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS, .epc = (u64)code + AT});
}

/* ---- constants ---- */

/* The specification's table: sign, exponent, the two highest bits of the significand. */
static const struct {
    u8 negative;
    s8 exponent;
    u8 significand;
} constants[32] = {
    {1, 0,   0},
    {0, 0,   0},
    {0, -16, 0},
    {0, -15, 0},
    {0, -8,  0},
    {0, -7,  0},
    {0, -4,  0},
    {0, -3,  0},
    {0, -2,  0},
    {0, -2,  1},
    {0, -2,  2},
    {0, -2,  3},
    {0, -1,  0},
    {0, -1,  1},
    {0, -1,  2},
    {0, -1,  3},
    {0, 0,   0},
    {0, 0,   1},
    {0, 0,   2},
    {0, 0,   3},
    {0, 1,   0},
    {0, 1,   1},
    {0, 1,   2},
    {0, 2,   0},
    {0, 3,   0},
    {0, 4,   0},
    {0, 7,   0},
    {0, 8,   0},
    {0, 15,  0},
    {0, 16,  0},
    {0, 0,   0},
    {0, 0,   0},
};

static u64 constant(u32 k)
{
    if (k == 1) return BIT(F->mantissa);
    if (k == 30 || (k == 29 && F->width == 16)) return INF;
    if (k == 31) return NAN;
    if (k == 2 && F->width == 16) return 0x0100; /* subnormal: 2^8 and 2^9 times 2^-24 */
    if (k == 3 && F->width == 16) return 0x0200;
    u64 exponent = (u64)((s64)BIAS + constants[k].exponent);
    return (constants[k].negative ? SIGN : 0) | exponent << F->mantissa |
           (u64)constants[k].significand << (F->mantissa - 2);
}

/* No flags, and no rounding mode that could be reserved. */
TEST(load_immediate)
{
    csr_write(frm, 7);
    FOR_EACH_FORMAT
    for (u32 k = 0; k < 32; k++) CHECK_F(fli(k), 0, 0, constant(k), 0);
    csr_write(frm, 0);
}

/* ---- minimum and maximum ---- */

TEST(minimum_and_maximum)
{
    FOR_EACH_FORMAT
    {
        CHECK_F(fminm(), ONE, number(8), ONE, 0);
        CHECK_F(fmaxm(), ONE, number(8), number(8), 0);
        CHECK_F(fminm(), number(-4), number(-8), number(-8), 0);
        CHECK_F(fmaxm(), SIGN | INF, number(-8), number(-8), 0);
        CHECK_F(fminm(), 0, SIGN, SIGN, 0); /* -0 is less than +0 */
        CHECK_F(fminm(), SIGN, 0, SIGN, 0);
        CHECK_F(fmaxm(), 0, SIGN, 0, 0);
        CHECK_F(fmaxm(), SIGN, 0, 0, 0);
        CHECK_F(fminm(), NAN | 5, ONE, NAN, 0); /* unlike fmin: a NaN gives the canonical one */
        CHECK_F(fmaxm(), INF, SIGN | NAN, NAN, 0);
        CHECK_F(fminm(), ONE, SNAN, NAN, NV);
        CHECK_F(fmaxm(), SIGN | SNAN, NAN, NAN, NV);
    }
}

/* ---- quiet comparisons ---- */

TEST(comparisons)
{
    FOR_EACH_FORMAT
    {
        CHECK_X(fleq(), ONE, ONE, 1, 0);
        CHECK_X(fltq(), ONE, ONE, 0, 0);
        CHECK_X(fleq(), 0, SIGN, 1, 0);
        CHECK_X(fltq(), SIGN, 0, 0, 0);
        CHECK_X(fltq(), SIGN | INF, number(-4), 1, 0);
        CHECK_X(fleq(), ONE, number(-4), 0, 0);
        CHECK_X(fleq(), NAN, ONE, 0, 0); /* unlike fle: quiet */
        CHECK_X(fltq(), ONE, SIGN | NAN | 3, 0, 0);
        CHECK_X(fleq(), SNAN, ONE, 0, NV);
        CHECK_X(fltq(), NAN, SNAN, 0, NV);
    }
}

/* ---- rounding to an integer ---- */

/* q / 4, rounded */
static s64 rounded(s64 q, u64 rm)
{
    s64 down = q >> 2, rest = q & 3;
    switch (rm) {
    case RDN: return down;
    case RUP: return down + (rest != 0);
    case RTZ: return q < 0 ? down + (rest != 0) : down;
    case RNE: return rest == 2 ? down + (down & 1) : down + (rest > 2);
    default: return rest == 2 ? down + (q > 0) : down + (rest > 2); /* RMM */
    }
}

static void check_rounding(s64 q, u32 rm)
{
    s64 r = rounded(q, rm);
    u64 want = r ? number(4 * r) : q < 0 ? SIGN : 0; /* a zero keeps the sign */
    u64 flags = 4 * r == q ? 0 : NX;
    csr_write(frm, (rm + 1) % 5);
    CHECK_F(fround(rm), number(q), 0, want, 0);
    CHECK_F(froundnx(rm), number(q), 0, want, flags);
    csr_write(frm, rm);
    CHECK_F(fround(DYN), number(q), 0, want, 0);
    CHECK_F(froundnx(DYN), number(q), 0, want, flags);
}

TEST(round_to_integer)
{
    FOR_EACH_FORMAT
    for (s64 q = -23; q <= 23; q++)
        for (u32 rm = RNE; rm <= RMM; rm++)
            if (q) check_rounding(q, rm);
    csr_write(frm, 0);
}

/* The greatest number with a fraction: half an integer. Beyond it all numbers are integers. */
TEST(round_great_numbers)
{
    FOR_EACH_FORMAT
    {
        u64 half = (BIAS + F->mantissa - 1) << F->mantissa | (BIT(F->mantissa) - 1);
        CHECK_F(froundnx(RTZ), half, 0, half - 1, NX);
        CHECK_F(froundnx(RUP), half, 0, half + 1, NX);
        CHECK_F(froundnx(RNE), half, 0, half + 1, NX); /* up to even */
        CHECK_F(froundnx(RMM), SIGN | (half - 2), 0, SIGN | (half - 1), NX);
        CHECK_F(froundnx(RUP), half + 2, 0, half + 2, 0);
        CHECK_F(froundnx(RDN), SIGN | (INF - 1), 0, SIGN | (INF - 1), 0);
    }
}

TEST(round_special_numbers)
{
    FOR_EACH_FORMAT
    {
        for (u32 rm = RNE; rm <= RMM; rm++) {
            CHECK_F(froundnx(rm), 0, 0, 0, 0);
            CHECK_F(froundnx(rm), SIGN, 0, SIGN, 0);
            CHECK_F(froundnx(rm), INF, 0, INF, 0);
            CHECK_F(fround(rm), SIGN | INF, 0, SIGN | INF, 0);
            CHECK_F(froundnx(rm), SIGN | NAN | 5, 0, NAN, 0);
            CHECK_F(fround(rm), SNAN, 0, NAN, NV);
            CHECK_F(froundnx(rm), SIGN | SNAN, 0, NAN, NV);
        }
        CHECK_F(froundnx(RUP), 1, 0, ONE, NX); /* the smallest number; no underflow */
        CHECK_F(fround(RDN), SIGN | 1, 0, number(-4), 0);
        CHECK_F(froundnx(RNE), 1, 0, 0, NX);
    }
}

/* ---- operands that are not boxed are NaNs ---- */

TEST(operands_that_are_not_boxed)
{
    FOR_EACH_FORMAT
    {
        if (F->width == 64) continue;
        u64 bad = ONE | BIT(63);
        check(HERE, make(fround(RNE), false), bad, 0, boxed(NAN), 0);
        check(HERE, make(fminm(), false), boxed(ONE), bad, boxed(NAN), 0);
        check(HERE, make(fleq(), true), bad, boxed(ONE), 0, 0);
    }
}

/* ---- fcvtmod.w.d ---- */

#define MOD    0xc2851553 /* fcvtmod.w.d a0, fa0, rtz */
#define FROM_L 0xd2250553 /* fcvt.d.l fa0, a0 */

static u64 double_of(s64 n)
{
    return run(M_MODE, make(FROM_L, false), n).value;
}

/* Flags are those of fcvt.w.d: what does not fit into 32 bits is invalid, and then not inexact. */
TEST(modular_conversion)
{
    static const struct {
        u64 a, want, flags;
    } cases[] = {
        {0x0000000000000000, 0,                  0 },
        {0x8000000000000000, 0,                  0 },
        {0x3ff8000000000000, 1,                  NX}, /* 1.5 */
        {0xbff8000000000000, 0xffffffffffffffff, NX}, /* -1.5 */
        {0x3fefffffffffffff, 0,                  NX}, /* just below 1 */
        {0x41dfffffffc00000, 0x7fffffff,         0 }, /* 2^31 - 1 */
        {0x41dfffffffe00000, 0x7fffffff,         NX}, /* 2^31 - 0.5 */
        {0x41e0000000000000, 0xffffffff80000000, NV}, /* 2^31 */
        {0xc1e0000000000000, 0xffffffff80000000, 0 }, /* -2^31 */
        {0xc1e0000000100000, 0xffffffff80000000, NX}, /* -2^31 - 0.5 */
        {0xc1e0000000200000, 0x7fffffff,         NV}, /* -2^31 - 1 */
        {0x41effffffff00000, 0xffffffffffffffff, NV}, /* 2^32 - 0.5 */
        {0x41f0000000500000, 5,                  NV}, /* 2^32 + 5 */
        {0xc1f0000000500000, 0xfffffffffffffffb, NV}, /* -2^32 - 5 */
        {0x4340000000000001, 2,                  NV}, /* 2^53 + 2 */
        {0x4520000000000001, 0xffffffff80000000, NV}, /* 2^83 + 2^31 */
        {0x4530000000000001, 0,                  NV}, /* 2^84 + 2^32 */
        {0x7fefffffffffffff, 0,                  NV},
        {0x7ff0000000000000, 0,                  NV},
        {0xfff0000000000000, 0,                  NV},
        {0x7ff8000000000000, 0,                  NV},
        {0x7ff0000000000001, 0,                  NV},
        {0x0000000000000001, 0,                  NX},
    };

    F = &formats[1];
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        check(HERE, make(MOD, true), cases[i].a, 0, cases[i].want, cases[i].flags);
    }
    for (s64 n = 0x123456789a; n < 0x20000000000; n = n * 3 + 0x1010101) {
        u64 d = double_of(-n);
        EXPECT_VALUE(run(M_MODE, make(MOD, true), d), (u64)(s64)(s32)-n);
    }
}

/* ---- what is illegal ---- */

TEST(reserved)
{
    static const u32 rms[] = {0, 2, 3, 4, 5, 6, 7};

    for (unsigned i = 0; i < 7; i++) check_illegal(HERE, (MOD & ~0x7000u) | rms[i] << 12);
    FOR_EACH_FORMAT
    {
        check_illegal(HERE, fround(5));
        check_illegal(HERE, froundnx(6));
        check_illegal(HERE, fli(3) | 2 << 12);
        csr_write(frm, 5);
        check_illegal(HERE, fround(DYN));
        csr_write(frm, 0);
    }
    F = &formats[0];
    check_illegal(HERE, MOD & ~(3u << 25)); /* in single precision */
}

/* With FS off, each of them; with FS on it becomes dirty. */
TEST(floating_point_off)
{
    FOR_EACH_FORMAT
    {
        u32 all[] = {fli(7), fminm(), fmaxm(), fround(0), froundnx(0), fleq(), fltq(), MOD};
        for (unsigned i = 0; i < 8; i++) {
            u32 code[] = {all[i], 0x00008067};
            made[0] = code[0];
            made[1] = code[1];
            __asm__ volatile("fence.i" ::: "memory");
            note(F->width << 4 | i);
            csr_clear(mstatus, STATUS_FS);
            EXPECT_TRAP(run(S_MODE, made), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
            csr_set(mstatus, STATUS_FS);
        }
        made[0] = fli(7);
        __asm__ volatile("fence.i" ::: "memory");
        csr_clear(mstatus, STATUS_FS);
        csr_set(mstatus, FS_INITIAL);
        EXPECT_RETURN(run(S_MODE, made));
        CHECK_EQ(csr_read(mstatus) & STATUS_FS, STATUS_FS);
    }
}
